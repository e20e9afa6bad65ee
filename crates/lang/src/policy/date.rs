//! Instants of the Date operators: W3C's ISO 8601 profile, as loosely as IAM reads it, or seconds since the epoch.

use std::cmp::Ordering;

use wire::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Date {
    At(Timestamp),
    /// A year beyond our calendar; IAM takes any that a Java long of milliseconds holds.
    Remote(i64),
}

const MAX_YEAR: i64 = 292_278_993;

impl Date {
    pub(super) fn parse(text: &str) -> Option<Date> {
        let text = text.trim().to_ascii_lowercase();
        if !text.contains(['t', '-']) {
            return epoch(&text);
        }
        let (date, time) = text.split_once('t').unwrap_or((&text, ""));
        let (sign, date) = date.strip_prefix('-').map_or((1, date), |date| (-1, date));
        let mut date = date.split('-');
        let year = sign * digits(date.next()?)?;
        let month = date.next().map_or(Some(1), digits).filter(|month| (1..=12).contains(month))?;
        let day = date.next().map_or(Some(1), digits).filter(|day| (1..=31).contains(day))?;
        let (time, offset) = split_offset(time)?;
        let micros = micros_of(time)?;
        if date.next().is_some() || year.abs() > MAX_YEAR {
            return None;
        }
        if !(0..=9999).contains(&year) {
            return Some(Date::Remote(year));
        }
        let date = format!("{year:04}-{month:02}-{day:02}");
        // The 31st of a short month passes IAM's parser; it is then the last day that exists.
        let midnight = (0..4).find_map(|short| Timestamp::parse(&format!("{}{:02}", &date[..8], day - short)))?;
        Some(Date::At(Timestamp(midnight.0 + micros - offset * 60_000_000)))
    }

    pub(super) fn compare(self, other: Date) -> Ordering {
        match (self, other) {
            (Date::At(a), Date::At(b)) => a.cmp(&b),
            (Date::Remote(a), Date::Remote(b)) => a.cmp(&b),
            (Date::Remote(year), Date::At(_)) => year.cmp(&0),
            (Date::At(_), Date::Remote(year)) => 0.cmp(&year),
        }
    }
}

fn epoch(text: &str) -> Option<Date> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = if fraction.is_empty() { 0 } else { digits(&format!("{:0<6.6}", fraction))? };
    let seconds = digits(seconds)?;
    Some(Date::At(Timestamp(seconds.saturating_mul(1_000_000).saturating_add(fraction))))
}

/// The time of day, and the minutes that it is ahead of UTC.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('z') {
        return Some((time, 0));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, 0)) };
    let sign = if time.as_bytes()[at] == b'-' { -1 } else { 1 };
    let (hours, minutes) = time[at + 1..].split_once(':').unwrap_or((&time[at + 1..], "00"));
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (hours < 24 && minutes < 60).then_some((&time[..at], sign * (hours * 60 + minutes)))
}

fn micros_of(time: &str) -> Option<i64> {
    if time.is_empty() {
        return Some(0);
    }
    let mut fields = time.splitn(3, ':');
    let hours = digits(fields.next()?).filter(|hours| *hours < 24)?;
    let minutes = fields.next().map_or(Some(0), digits).filter(|minutes| *minutes < 60)?;
    let seconds = fields.next().unwrap_or("0");
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let seconds = digits(seconds).filter(|seconds| *seconds < 60)?;
    if fraction.len() > 9 {
        return None;
    }
    let micros = digits(&format!("{:0<9}", fraction))? / 1_000;
    Some((hours * 3_600 + minutes * 60 + seconds) * 1_000_000 + micros)
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}
