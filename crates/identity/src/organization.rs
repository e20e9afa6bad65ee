//! Organizations: which policies are over an account.
