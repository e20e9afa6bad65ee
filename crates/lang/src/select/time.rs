//! Timestamps: instants that know how exactly they are known, and by which offset they were told (S3 user guide, "Data
//! types"; W3C's note on date and time formats).

use super::Part;
use std::fmt;

/// Years 1 to 9999, to the nanosecond; further digits are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Since 1970, of universal time.
    secs: i64,
    nanos: u32,
    /// Of the fraction of a second, as they are shown.
    digits: u8,
    precision: Precision,
    /// In minutes; `None` where it is not known.
    offset: Option<i16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precision {
    Year,
    Month,
    Day,
    Minute,
    Second,
}

const DAY: i64 = 86_400;

/// A date and time of day as it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

impl Fields {
    fn at(secs: i64) -> Fields {
        let (year, month, day) = civil(secs.div_euclid(DAY));
        let second = secs.rem_euclid(DAY);
        Fields { year, month, day, hour: second / 3_600, minute: second / 60 % 60, second: second % 60 }
    }

    fn secs(self) -> i64 {
        days(self.year, self.month, self.day) * DAY + self.hour * 3_600 + self.minute * 60 + self.second
    }
}

impl Time {
    /// Of universal time, in microseconds since 1970.
    pub fn from_micros(micros: i64) -> Time {
        let nanos = micros.rem_euclid(1_000_000) as u32 / 1_000 * 1_000_000;
        Time { secs: micros.div_euclid(1_000_000), nanos, digits: 3, precision: Precision::Second, offset: Some(0) }
    }

    /// `2007T`, `2007-02T`, `2007-02-23`, `2007-02-23T12:14Z`, `2007-02-23T12:14:33.079-08:00`. An offset may be absent,
    /// as in AWS's own examples; then it is not known.
    pub fn parse(text: &str) -> Option<Time> {
        let mut reader = Reader(text);
        let mut fields = Fields { year: reader.number(4)?, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
        let mut time = Time { secs: 0, nanos: 0, digits: 0, precision: Precision::Year, offset: None };
        if reader.take('-') {
            fields.month = reader.number(2)?;
            time.precision = Precision::Month;
            if reader.take('-') {
                fields.day = reader.number(2)?;
                time.precision = Precision::Day;
            }
        }
        let t = reader.take('T') || reader.take('t');
        if !t && time.precision < Precision::Day {
            return None;
        }
        if !reader.0.is_empty() {
            if !t || time.precision != Precision::Day {
                return None;
            }
            fields.hour = reader.number(2)?;
            reader.take(':').then_some(())?;
            fields.minute = reader.number(2)?;
            time.precision = Precision::Minute;
            if reader.take(':') {
                fields.second = reader.number(2)?;
                time.precision = Precision::Second;
                if reader.take('.') {
                    (time.nanos, time.digits) = reader.fraction()?;
                }
            }
            time.offset = reader.offset()?;
        }
        let valid = (1..=9999).contains(&fields.year)
            && (1..=12).contains(&fields.month)
            && (1..=days_of(fields.year, fields.month)).contains(&fields.day)
            && fields.hour < 24
            && fields.minute < 60
            && fields.second < 60;
        valid.then_some(Time { secs: fields.secs() - i64::from(time.offset.unwrap_or_default()) * 60, ..time })
    }

    /// Which instant it is: what is compared.
    pub(super) fn instant(self) -> (i64, u32) {
        (self.secs, self.nanos)
    }

    pub(super) fn fields(self) -> Fields {
        Fields::at(self.secs + i64::from(self.offset.unwrap_or_default()) * 60)
    }

    pub(super) fn nanos(self) -> u32 {
        self.nanos
    }

    pub(super) fn offset(self) -> Option<i16> {
        self.offset
    }

    pub(super) fn part(self, part: Part) -> i64 {
        let fields = self.fields();
        let offset = i64::from(self.offset.unwrap_or_default());
        match part {
            Part::Year => fields.year,
            Part::Month => fields.month,
            Part::Day => fields.day,
            Part::Hour => fields.hour,
            Part::Minute => fields.minute,
            Part::Second => fields.second,
            Part::TimezoneHour => offset / 60,
            Part::TimezoneMinute => offset % 60,
        }
    }

    /// Later by so many of a part, and at least as exact; `None` beyond the calendar. Of months the day is the last, where
    /// there is no such day.
    pub(super) fn add(self, part: Part, quantity: i64) -> Option<Time> {
        let offset = i64::from(self.offset.unwrap_or_default()) * 60;
        let seconds = |unit: i64| self.secs.checked_add(quantity.checked_mul(unit)?);
        let months = |count: i64| {
            let fields = self.fields();
            let month = (fields.year * 12 + fields.month - 1).checked_add(count)?;
            let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
            (1..=9999).contains(&year).then_some(())?;
            let day = fields.day.min(days_of(year, month));
            Some(Fields { year, month, day, ..fields }.secs() - offset)
        };
        let (secs, least) = match part {
            Part::Year => (months(quantity.checked_mul(12)?)?, Precision::Year),
            Part::Month => (months(quantity)?, Precision::Month),
            Part::Day => (seconds(DAY)?, Precision::Day),
            Part::Hour => (seconds(3_600)?, Precision::Minute),
            Part::Minute => (seconds(60)?, Precision::Minute),
            Part::Second | Part::TimezoneHour | Part::TimezoneMinute => (seconds(1)?, Precision::Second),
        };
        let local = secs.checked_add(offset)?;
        let valid = (days(1, 1, 1) * DAY..days(10_000, 1, 1) * DAY).contains(&local);
        valid.then_some(Time { secs, precision: self.precision.max(least), ..self })
    }

    /// How many whole parts later the other one is.
    pub(super) fn until(self, other: Time, part: Part) -> i64 {
        let months = || {
            let (from, to) = (Fields::at(self.secs), Fields::at(other.secs));
            let count = (to.year - from.year) * 12 + to.month - from.month;
            let rest = |fields: Fields, time: Time| (fields.day, fields.hour, fields.minute, fields.second, time.nanos);
            let (from, to) = (rest(from, self), rest(to, other));
            count - i64::from(count > 0 && to < from) + i64::from(count < 0 && to > from)
        };
        let seconds = || {
            let count = other.secs - self.secs;
            count - i64::from(count > 0 && other.nanos < self.nanos) + i64::from(count < 0 && other.nanos > self.nanos)
        };
        match part {
            Part::Year => months() / 12,
            Part::Month => months(),
            Part::Day => seconds() / DAY,
            Part::Hour => seconds() / 3_600,
            Part::Minute => seconds() / 60,
            Part::Second | Part::TimezoneHour | Part::TimezoneMinute => seconds(),
        }
    }
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn take(&mut self, mark: char) -> bool {
        match self.0.strip_prefix(mark) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
    }

    /// Nanoseconds, and how many digits there are of them.
    fn fraction(&mut self) -> Option<(u32, u8)> {
        let length = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let kept = &self.0[..length.min(9)];
        let nanos = format!("{kept:0<9}").parse().ok().filter(|_| length > 0)?;
        self.0 = &self.0[length..];
        Some((nanos, kept.len() as u8))
    }

    /// The offset, which ends the text.
    fn offset(&mut self) -> Option<Option<i16>> {
        if self.0.is_empty() || self.0 == "-00:00" {
            return Some(None);
        }
        if self.0 == "Z" || self.0 == "z" {
            return Some(Some(0));
        }
        let negative = self.take('-');
        if !negative && !self.take('+') {
            return None;
        }
        let hours = self.number(2)?;
        self.take(':').then_some(())?;
        let minutes = self.number(2)?;
        let valid = self.0.is_empty() && hours < 24 && minutes < 60;
        let offset = (hours * 60 + minutes) as i16;
        valid.then_some(Some(if negative { -offset } else { offset }))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Fields { year, month, day, hour, minute, second } = self.fields();
        match self.precision {
            Precision::Year => return write!(f, "{year:04}T"),
            Precision::Month => return write!(f, "{year:04}-{month:02}T"),
            Precision::Day => return write!(f, "{year:04}-{month:02}-{day:02}"),
            Precision::Minute | Precision::Second => {
                write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}")?;
            }
        }
        if self.precision == Precision::Second {
            write!(f, ":{second:02}")?;
            if self.digits > 0 {
                let nanos = format!("{:09}", self.nanos);
                write!(f, ".{}", &nanos[..self.digits.into()])?;
            }
        }
        match self.offset {
            None => f.write_str("-00:00"),
            Some(0) => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
        }
    }
}

/// Year, month and day of a day since 1970, in the proleptic Gregorian calendar.
fn civil(day: i64) -> (i64, i64, i64) {
    // Years begin in March, so that the day that is sometimes there is the last.
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let civil_month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(civil_month <= 2), civil_month, of_year - (153 * month + 2) / 5 + 1)
}

/// The day since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn days_of(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days(next_year, next, 1) - days(year, month, 1)
}
