//! Instants, and their three formats on the wire.

use crate::TimeFormat;

/// Microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: i64 = 86_400;

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis.saturating_mul(1_000))
    }

    pub const fn from_secs(secs: i64) -> Timestamp {
        Timestamp(secs.saturating_mul(1_000_000))
    }

    /// From seconds with a fraction, to the nearest microsecond.
    pub fn from_secs_f64(secs: f64) -> Option<Timestamp> {
        let micros = (secs * 1e6).round();
        (micros.abs() < i64::MAX as f64).then_some(Timestamp(micros as i64))
    }

    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The text form: Unix as decimal seconds with up to three digits after the point.
    pub fn format(self, format: TimeFormat) -> String {
        let millis = self.millis().rem_euclid(1_000);
        let (days, second) = (self.secs().div_euclid(DAY), self.secs().rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let mut out = String::with_capacity(32);
        let date = |out: &mut String| {
            for (value, width, after) in [(year, 4, '-'), (month, 2, '-'), (day, 2, 'T')] {
                push(out, value, width);
                out.push(after);
            }
        };
        let time = |out: &mut String| {
            push(out, hour, 2);
            for value in [minute, second] {
                out.push(':');
                push(out, value, 2);
            }
        };
        match format {
            TimeFormat::Unix => return self.unix(),
            TimeFormat::Iso8601 => {
                date(&mut out);
                time(&mut out);
                if millis != 0 {
                    out.push('.');
                    push(&mut out, millis, 3);
                }
                out.push('Z');
            }
            TimeFormat::Rfc822 => {
                out.push_str(DAYS[days.rem_euclid(7) as usize]);
                out.push_str(", ");
                push(&mut out, day, 2);
                out.push(' ');
                out.push_str(MONTHS[month as usize - 1]);
                out.push(' ');
                push(&mut out, year, 4);
                out.push(' ');
                time(&mut out);
                out.push_str(" GMT");
            }
        }
        out
    }

    fn unix(self) -> String {
        let (secs, millis) = (self.secs(), self.millis().rem_euclid(1_000));
        match (millis, secs < 0) {
            (0, _) => secs.to_string(),
            (_, false) => format!("{secs}.{millis:03}").trim_end_matches('0').to_owned(),
            (_, true) => format!("{}", self.millis() as f64 / 1e3),
        }
    }

    /// Reads any of the three formats; clients are freer in what they send than the model says.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let text = text.trim();
        match text.as_bytes().first()? {
            first if first.is_ascii_alphabetic() => parse_rfc822(text),
            _ if text.get(4..5) == Some("-") && text.len() >= 10 => parse_iso8601(text),
            _ => parse_decimal(text)
                .or_else(|| text.parse().ok().filter(|secs: &f64| secs.is_finite()).and_then(Timestamp::from_secs_f64)),
        }
    }
}

/// A number with leading zeros. (Every answer tells some instant, and the standard library's formatting takes ten times as
/// long.)
fn push(out: &mut String, value: i64, width: usize) {
    let digits = [1_000, 100, 10, 1];
    match (0..10_i64.pow(width as u32)).contains(&value) {
        true => out.extend(digits[4 - width..].iter().map(|unit| (b'0' + (value / unit % 10) as u8) as char)),
        false => out.push_str(&format!("{value:0width$}")),
    }
}

/// Year, month and day of a day number (days since 1970-01-01), in the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) || day < 1 || day > lengths[month as usize - 1] {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn seconds_of(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3_600 + minute * 60 + second)
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Seconds without an exponent, to the microsecond: far from today a float is less exact.
fn parse_decimal(text: &str) -> Option<Timestamp> {
    let (sign, number) = text.strip_prefix('-').map_or((1, text), |number| (-1, number));
    let (secs, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if secs.is_empty() || fraction.is_empty() || fraction.len() > 6 {
        return None;
    }
    let micros = digits(fraction)? * 10_i64.pow(6 - fraction.len() as u32);
    digits(secs)?.checked_mul(1_000_000)?.checked_add(micros).map(|micros| Timestamp(sign * micros))
}

fn parse_iso8601(text: &str) -> Option<Timestamp> {
    let date = days_of(digits(text.get(..4)?)?, digits(text.get(5..7)?)?, digits(text.get(8..10)?)?)?;
    if text.get(7..8)? != "-" {
        return None;
    }
    let Some(time) = text.get(10..).filter(|rest| !rest.is_empty()) else {
        return Some(Timestamp::from_secs(date * DAY));
    };
    if !matches!(time.as_bytes()[0], b'T' | b't' | b' ') {
        return None;
    }
    let seconds = seconds_of(digits(time.get(1..3)?)?, digits(time.get(4..6)?)?, digits(time.get(7..9)?)?)?;
    let mut rest = time.get(9..)?;
    let mut micros = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(fraction.len());
        let kept = &fraction[..end.min(6)];
        micros = digits(kept)? * 10_i64.pow(6 - kept.len() as u32);
        rest = &fraction[end..];
    }
    let offset = match rest {
        "Z" | "z" | "" => 0,
        _ => {
            let sign = match rest.get(..1)? {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let minutes = rest.get(3..).map(|m| m.trim_start_matches(':')).filter(|m| !m.is_empty());
            sign * (digits(rest.get(1..3)?)? * 3_600 + minutes.map_or(Some(0), digits)? * 60)
        }
    };
    Some(Timestamp((date * DAY + seconds - offset) * 1_000_000 + micros))
}

/// RFC 7231's IMF-fixdate, with `GMT` or `UTC` and an optional fraction.
fn parse_rfc822(text: &str) -> Option<Timestamp> {
    let mut words = text.split_once(',')?.1.split_ascii_whitespace();
    let day = digits(words.next()?)?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|m| *m == month)? as i64 + 1;
    let date = days_of(digits(words.next()?)?, month, day)?;
    let time = words.next()?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.split(':').map(digits);
    let seconds = seconds_of(time.next()??, time.next()??, time.next()??)?;
    let millis = (digits(fraction)? as f64 / 10_f64.powi(fraction.len() as i32) * 1e3).round() as i64;
    matches!(words.next(), Some("GMT" | "UTC" | "+0000") | None)
        .then(|| Timestamp::from_millis((date * DAY + seconds) * 1_000 + millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_in_three_formats() {
        let instant = Timestamp::from_millis(1_769_860_800_500);
        for (format, text) in [
            (TimeFormat::Unix, "1769860800.5"),
            (TimeFormat::Iso8601, "2026-01-31T12:00:00.500Z"),
            (TimeFormat::Rfc822, "Sat, 31 Jan 2026 12:00:00 GMT"),
        ] {
            assert_eq!(instant.format(format), text);
            assert_eq!(Timestamp::parse(text).map(Timestamp::secs), Some(instant.secs()), "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_reads_back() {
        for day in -200_000..100_000 {
            let instant = Timestamp::from_secs(day * DAY + 3_661);
            assert_eq!(Timestamp::parse(&instant.format(TimeFormat::Iso8601)), Some(instant));
            assert_eq!(Timestamp::parse(&instant.format(TimeFormat::Rfc822)), Some(instant));
        }
    }

    #[test]
    fn offsets_and_odd_forms() {
        let noon = Some(Timestamp::from_secs(1_769_860_800));
        for text in ["2026-01-31T14:00:00+02:00", "2026-01-31T07:00:00-0500", "2026-01-31 12:00:00", "1.7698608e9"] {
            assert_eq!(Timestamp::parse(text), noon, "{text}");
        }
        assert_eq!(Timestamp::parse("253402300799.999"), Some(Timestamp(253_402_300_799_999_000)));
        assert_eq!(Timestamp::parse("-0.5"), Some(Timestamp(-500_000)));
        for text in
            ["", "x", "2026-13-01", "2026-01-32", "2026-01-31T25:00:00Z", "Sat, 31 Foo 2026 12:00:00 GMT", "NaN"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
