//! Signing instants: ISO 8601 basic format, the RFC 1123 `Date` header, and back to text.

use std::fmt;

/// A signing instant as it appears in a string to sign, `20150830T123600Z`, always 16 ASCII bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stamp([u8; 16]);

impl Stamp {
    /// Formats unix seconds. Years outside 0 to 9999 are clamped, since a stamp has four digits for them.
    pub fn of(unix_seconds: i64) -> Self {
        let days = unix_seconds.div_euclid(86_400).clamp(-719_528, 2_932_896);
        let (year, month, day) = civil(days);
        let second = unix_seconds.rem_euclid(86_400);
        let mut out = *b"00000000T000000Z";
        digits(&mut out[0..4], year);
        digits(&mut out[4..6], month);
        digits(&mut out[6..8], day);
        digits(&mut out[9..11], second / 3600);
        digits(&mut out[11..13], second / 60 % 60);
        digits(&mut out[13..15], second % 60);
        Stamp(out)
    }

    /// Reads `20150830T123600Z`: the stamp and its unix seconds.
    pub(crate) fn read(text: &str) -> Option<(Self, i64)> {
        let seconds = basic(text)?;
        Some((Stamp(text.as_bytes().try_into().ok()?), seconds))
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// `YYYYMMDD`, which the credential scope must repeat.
    pub fn date(&self) -> &str {
        &self.as_str()[..8]
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `2015-08-30T12:36:00Z`, the form S3 uses inside its error documents.
pub fn iso8601(unix_seconds: i64) -> String {
    let stamp = Stamp::of(unix_seconds);
    let s = stamp.as_str();
    format!("{}-{}-{}T{}:{}:{}Z", &s[..4], &s[4..6], &s[6..8], &s[9..11], &s[11..13], &s[13..15])
}

fn basic(text: &str) -> Option<i64> {
    let b = text.as_bytes();
    if b.len() != 16 || b[8] != b'T' || b[15] != b'Z' {
        return None;
    }
    let time = seconds(number(&b[9..11])?, number(&b[11..13])?, number(&b[13..15])?)?;
    Some(days(number(&b[0..4])?, number(&b[4..6])?, number(&b[6..8])?)? * 86_400 + time)
}

/// Reads `2015-08-30T12:36:00Z` or `2015-08-30T12:36:00.000Z`, the expiration of a POST policy.
pub(crate) fn extended(text: &str) -> Option<i64> {
    let (whole, fraction) = text.strip_suffix('Z')?.split_at_checked(19)?;
    let fraction_ok = match fraction.strip_prefix('.') {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
        None => fraction.is_empty(),
    };
    let b = whole.as_bytes();
    let marks = [b[4], b[7], b[10], b[13], b[16]];
    if !fraction_ok || marks != *b"--T::" {
        return None;
    }
    let time = seconds(number(&b[11..13])?, number(&b[14..16])?, number(&b[17..19])?)?;
    Some(days(number(&b[0..4])?, number(&b[5..7])?, number(&b[8..10])?)? * 86_400 + time)
}

/// Reads `Sun, 30 Aug 2015 12:36:00 GMT`. Clients that set `Date` themselves send no `X-Amz-Date`.
pub(crate) fn rfc1123(text: &str) -> Option<i64> {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let b = text.as_bytes();
    let zone_ok =
        text.ends_with(" GMT") || text.ends_with(" UTC") || text.ends_with(" +0000") || text.ends_with(" -0000");
    if b.len() < 29 || !zone_ok || [b[3], b[4], b[7], b[11], b[16], b[19], b[22], b[25]] != *b", \x20\x20\x20:: " {
        return None;
    }
    let month = MONTHS.chunks_exact(3).position(|m| m.eq_ignore_ascii_case(&b[8..11]))? as i64 + 1;
    let time = seconds(number(&b[17..19])?, number(&b[20..22])?, number(&b[23..25])?)?;
    Some(days(number(&b[12..16])?, month, number(&b[5..7])?)? * 86_400 + time)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
}

fn digits(out: &mut [u8], mut n: i64) {
    for slot in out.iter_mut().rev() {
        *slot = b'0' + n.rem_euclid(10) as u8;
        n /= 10;
    }
}

fn seconds(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 61).then_some(hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 of a Gregorian date, counted in years that begin in March so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTHS.get(usize::try_from(month - 1).ok()?)? + i64::from(leap && month == 2);
    if !(1..=length).contains(&day) {
        return None;
    }
    let march_year = if month <= 2 { year - 1 } else { year };
    let era = march_year.div_euclid(400);
    let year_of_era = march_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The Gregorian date of a day count, the inverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_agree() {
        let t = 1_440_938_160;
        assert_eq!(Stamp::of(t).as_str(), "20150830T123600Z");
        assert_eq!(basic("20150830T123600Z"), Some(t));
        assert_eq!(rfc1123("Sun, 30 Aug 2015 12:36:00 GMT"), Some(t));
        assert_eq!(extended("2015-08-30T12:36:00.000Z"), Some(t));
        assert_eq!(extended("2015-08-30T12:36:00Z"), Some(t));
        assert_eq!(iso8601(t), "2015-08-30T12:36:00Z");
        assert_eq!(Stamp::of(t).date(), "20150830");
    }

    #[test]
    fn every_day_of_four_centuries_round_trips() {
        for day in -150_000..150_000 {
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), Some(day));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "20150830T123600", "20151330T123600Z", "20150230T123600Z", "2015083aT123600Z", "20150830T253600Z"]
        {
            assert_eq!(basic(text), None, "{text}");
        }
        for text in ["", "Z", "2015-08-30 12:36:00Z", "2015-08-30T12:36:00.Z", "2015-08-30T12:36:00", "ééééééééééZ"]
        {
            assert_eq!(extended(text), None, "{text}");
        }
        assert_eq!((basic("20150229T123600Z"), basic("21000229T123600Z")), (None, None));
        assert!(basic("20160229T123600Z").is_some() && basic("20000229T123600Z").is_some());
        assert_eq!(rfc1123("Sun, 30 Aug 2015 12:36:00 PST"), None);
        assert_eq!(Stamp::of(i64::MAX).as_str().len(), 16);
        assert_eq!(Stamp::of(i64::MIN).as_str().len(), 16);
    }
}
