//! Quotas and sizes (KMS developer guide, "Quotas").

/// "Aliases per KMS key: 50"
pub const MAX_ALIASES: usize = 50;
/// "Grants per KMS key: 50,000"
pub const MAX_GRANTS: u32 = 50_000;
/// "Key policy document size: 32 KB (32,768 bytes)"
pub const MAX_POLICY: usize = 32_768;
/// "On-demand rotations per KMS key: 25" (API reference, RotateKeyOnDemand).
pub const MAX_ON_DEMAND: u32 = 25;
/// Tags of a key (API reference, TagResource: as everywhere).
pub const MAX_TAGS: usize = 50;
/// "The encryption context cannot exceed 8192 characters", as JSON.
pub const MAX_CONTEXT: usize = 8_192;
/// "Each constraint value can include up to 8 encryption context pairs."
pub const MAX_CONSTRAINT_PAIRS: usize = 8;
/// "The encryption context value in each constraint cannot exceed 384 characters."
pub const MAX_CONSTRAINT: usize = 384;
/// Imported key material expires within so many days.
pub const MAX_VALIDITY_DAYS: i64 = 365;
/// An import token and its wrapping key are valid for 24 hours.
pub const IMPORT_TOKEN_SECS: i64 = 24 * 3_600;

pub const MICROS: i64 = 1_000_000;
pub const DAY: i64 = 86_400 * MICROS;
