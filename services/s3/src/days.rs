//! Days as S3 counts them: from midnight to midnight, UTC.

use wire::{TimeFormat, Timestamp};

pub const DAY: i64 = 86_400_000_000;

/// The midnight behind an instant. "S3 calculates the time by adding the number of days … and rounding the resulting time
/// to the next day midnight UTC" (S3 user guide, "Lifecycle configuration elements"); that midnight itself belongs to the
/// day that it begins is a guess.
pub fn midnight_after(at: Timestamp) -> Timestamp {
    Timestamp((at.0.div_euclid(DAY) + 1).saturating_mul(DAY))
}

/// When something is due that is due a number of days after an instant.
pub fn due(from: Timestamp, days: i32) -> Timestamp {
    midnight_after(Timestamp(from.0.saturating_add(i64::from(days.max(0)) * DAY)))
}

/// The midnight that an instant's day began with.
pub fn midnight_before(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(DAY) * DAY)
}

/// As headers write it: `Fri, 21 Dec 2012 00:00:00 GMT`.
pub fn in_header(at: Timestamp) -> String {
    at.format(TimeFormat::Rfc822)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_at_midnight() {
        let at = |text| Timestamp::parse(text).unwrap_or_default();
        for (from, days, expected) in [
            // The user guide's example.
            ("2014-01-15T10:30:00Z", 3, "2014-01-19T00:00:00Z"),
            ("2014-01-15T00:00:00Z", 1, "2014-01-17T00:00:00Z"),
            ("2014-01-15T23:59:59Z", 0, "2014-01-16T00:00:00Z"),
        ] {
            assert_eq!(due(at(from), days), at(expected), "{from} and {days} days");
        }
    }
}
