//! Transcripts that need several services: what only shows where they meet.
