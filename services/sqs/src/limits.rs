//! The quotas and bounds of SQS, as the API reference and "Amazon SQS quotas" (developer guide) give them.

/// Seconds.
pub const MAX_DELAY: u32 = 900;
/// Seconds: 12 hours.
pub const MAX_VISIBILITY: u32 = 43_200;
/// Seconds.
pub const MAX_WAIT: u32 = 20;
/// Seconds: 1 minute to 14 days.
pub const RETENTION: std::ops::RangeInclusive<u32> = 60..=1_209_600;
/// Bytes of a message, and of a batch: 1 KiB to 1 MiB (since August 2025).
pub const MESSAGE_SIZE: std::ops::RangeInclusive<u32> = 1_024..=1_048_576;
/// Seconds: 1 minute to 24 hours.
pub const KMS_REUSE: std::ops::RangeInclusive<u32> = 60..=86_400;
pub const MAX_BATCH: usize = 10;
pub const MAX_ATTRIBUTES: usize = 10;
pub const MAX_TAGS: usize = 50;
/// Messages in flight, of standard and of FIFO queues.
pub const MAX_IN_FLIGHT: usize = 120_000;
/// Characters of group, deduplication and attempt ids.
pub const MAX_ID: usize = 128;
/// Receives after which a message may be dead-lettered.
pub const MAX_RECEIVES: std::ops::RangeInclusive<u32> = 1..=1_000;
/// Seconds a deduplication id or receive attempt id is remembered.
pub const DEDUPLICATION: i64 = 300;
/// Seconds between purges, and between deleting a queue and taking its name again.
pub const COOLDOWN: i64 = 60;
/// FIFO calls per second and action, unless the limit is per group ("high throughput").
pub const FIFO_CALLS: u32 = 300;
/// Messages a second that a move task may ask for.
pub const MAX_MOVE_RATE: i32 = 500;
/// Queues of one listing page.
pub const MAX_PAGE: i32 = 1_000;

pub const MICROS: i64 = 1_000_000;
