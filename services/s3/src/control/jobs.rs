//! S3 Batch Operations: jobs that do something with many objects, in the background, as a role that they are given.
//! docs/decisions/0008-s3.md says how they are run.

mod acting;
mod asked;
mod checksum;
mod copy;
pub mod create;
pub mod describe;
pub mod end;
mod files;
mod filter;
mod generator;
mod lines;
mod manifest;
mod operation;
mod output;
mod prepare;
mod records;
mod replicate;
mod report;
pub mod schedule;
pub mod tags;
pub mod target;
mod tasks;
#[cfg(test)]
mod tests;
pub mod update;

/// Who assumes the roles of jobs.
const SERVICE: &str = "batchoperations.s3.amazonaws.com";
