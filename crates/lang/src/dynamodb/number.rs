//! Numbers: up to 38 significant digits, exact, between 1E-130 and 9.99…E+125 (developer guide, "Data types", Number).

use super::{Error, Result, error::Stage};
use crate::decimal::{DIGITS, Decimal, LIMIT, digits, power};
use std::{cmp::Ordering, fmt};

/// Kept without zeros at its end, so that equal numbers are equal in form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number(Decimal);

/// The places that the first digit of a number can be in, as powers of ten.
const HIGHEST: i64 = 125;
const LOWEST: i64 = -130;

fn overflow() -> Error {
    Error::request("Number overflow. Attempting to store a number with magnitude larger than supported range")
}

fn underflow() -> Error {
    Error::request("Number underflow. Attempting to store a number with magnitude smaller than supported range")
}

fn too_precise() -> Error {
    Error::request("Attempting to store more than 38 significant digits in a Number")
}

fn not_numeric(text: &str) -> Error {
    const SENTENCE: &str = "The parameter cannot be converted to a numeric value";
    let error = Error::request(format!("{SENTENCE}: {text}"));
    if text.is_empty() { error.with_older(SENTENCE) } else { error }
}

impl Number {
    pub const ZERO: Number = Number(Decimal::from_parts(0, 0));

    /// Digits with a sign, a point and an exponent, each of which may be absent.
    ///
    /// # Errors
    /// Text that is no number, an exponent beyond 64 bits, more than 38 significant digits, and magnitudes out of range.
    /// Zero is judged by the exponent that it is written with.
    pub fn parse(text: &str) -> Result<Number> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], exponent(&unsigned[at + 1..]).ok_or_else(|| not_numeric(text))?),
            None => (unsigned, 0),
        };
        // Zeros are held back until a digit follows: they count only between digits.
        let (mut value, mut significant, mut zeros, mut places) = (0_u128, 0_u32, 0_u32, 0_i64);
        let (mut point, mut any) = (false, false);
        for byte in mantissa.bytes() {
            match byte {
                b'.' if !point => {
                    point = true;
                    continue;
                }
                b'0' => zeros = if significant == 0 { 0 } else { zeros.saturating_add(1) },
                b'1'..=b'9' => {
                    significant = significant.saturating_add(zeros).saturating_add(1);
                    if significant <= DIGITS {
                        value = value * power(zeros + 1) + u128::from(byte - b'0');
                    }
                    zeros = 0;
                }
                _ => return Err(not_numeric(text)),
            }
            any = true;
            places += i64::from(point);
        }
        if !any {
            return Err(not_numeric(text));
        }
        // Of the last significant digit, then of the first one.
        let last = exponent.saturating_sub(places).saturating_add(i64::from(zeros));
        let first = if significant == 0 { exponent } else { last.saturating_add(i64::from(significant) - 1) };
        match first {
            _ if first > HIGHEST => Err(overflow().with_older(wrapped(exponent))),
            _ if first < LOWEST => Err(underflow()),
            _ if significant > DIGITS => Err(too_precise()),
            _ if significant == 0 => Ok(Number::ZERO),
            _ => {
                let value = value as i128;
                Ok(Number(Decimal::from_parts(if negative { -value } else { value }, -last as i32)))
            }
        }
    }

    /// Without zeros at its end, and within range.
    fn normal(negative: bool, mut value: u128, mut scale: i32) -> Result<Number> {
        if value == 0 {
            return Ok(Number::ZERO);
        }
        while value.is_multiple_of(10) {
            value /= 10;
            scale -= 1;
        }
        let first = i64::from(digits(value)) - 1 - i64::from(scale);
        match first {
            _ if first > HIGHEST => Err(overflow().at(Stage::Item)),
            _ if first < LOWEST => Err(underflow().at(Stage::Item)),
            _ if value >= LIMIT => Err(too_precise().at(Stage::Item)),
            _ => Ok(Number(Decimal::from_parts(if negative { -(value as i128) } else { value as i128 }, scale))),
        }
    }

    /// # Errors
    /// A sum out of range, or one that has more than 38 significant digits: it is never rounded.
    pub fn plus(self, other: Number) -> Result<Number> {
        let (a, b) = (self.0, other.0);
        // `high` has its last digit in a place of greater weight.
        let (high, low) = if a.scale() <= b.scale() { (a, b) } else { (b, a) };
        if high.is_zero() {
            return Ok(Number(low));
        }
        if low.is_zero() {
            return Ok(Number(high));
        }
        // What does not fit into 128 bits here stays above 38 digits whatever is taken away, and ends in no zero.
        let lifted = u32::try_from(low.scale() - high.scale()).ok().filter(|apart| *apart <= DIGITS);
        let lifted = lifted.and_then(|apart| high.unscaled().unsigned_abs().checked_mul(power(apart)));
        let Some(lifted) = lifted else { return Err(too_precise().at(Stage::Item)) };
        let small = low.unscaled().unsigned_abs();
        let negative = high.unscaled() < 0;
        if negative == (low.unscaled() < 0) {
            let sum = lifted.checked_add(small).ok_or_else(|| too_precise().at(Stage::Item))?;
            return Number::normal(negative, sum, low.scale());
        }
        match lifted >= small {
            true => Number::normal(negative, lifted - small, low.scale()),
            false => Number::normal(!negative, small - lifted, low.scale()),
        }
    }

    /// As [`Number::plus`].
    pub fn minus(self, other: Number) -> Result<Number> {
        self.plus(Number(other.0.negated()))
    }

    /// The digits, as an integer, and how many of them are behind the point: `value = unscaled · 10^-scale`.
    pub fn parts(self) -> (i128, i32) {
        (self.0.unscaled(), self.0.scale())
    }

    pub(super) fn from_parts(unscaled: i128, scale: i32) -> Number {
        Number(Decimal::from_parts(unscaled, scale))
    }

    /// What it adds to the size of an item, in bytes.
    ///
    /// The developer guide ("DynamoDB item sizes and formats") approximates; measured at the limit of 400 KB, digits before
    /// and behind the point are counted in pairs apart, and a sign is one more.
    pub fn size(self) -> usize {
        let (unscaled, scale) = self.parts();
        if unscaled == 0 {
            return 1;
        }
        let digits = i64::from(digits(unscaled.unsigned_abs()));
        let behind = i64::from(scale).clamp(0, digits);
        let pairs = |digits: i64| (digits as usize).div_ceil(2);
        1 + pairs(digits - behind) + pairs(behind) + usize::from(unscaled < 0)
    }
}

/// What the older layer says of an exponent too large: it reads them as Java's `BigDecimal` does, where the largest wrap.
fn wrapped(exponent: i64) -> String {
    match exponent {
        2_147_483_647 => underflow().message().to_owned(),
        _ => overflow().message().to_owned(),
    }
}

/// Of up to 64 bits.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        let (mut value, mut scale) = (i128::from(value), 0);
        while value != 0 && value % 10 == 0 {
            value /= 10;
            scale -= 1;
        }
        Number(Decimal::from_parts(value, scale))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        self.0.compare(other.0)
    }
}

/// As DynamoDB gives numbers back: all digits, never an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (unscaled, scale) = self.parts();
        let sign = if unscaled < 0 { "-" } else { "" };
        let digits = unscaled.unsigned_abs();
        match usize::try_from(scale) {
            Ok(0) => write!(f, "{sign}{digits}"),
            Ok(scale) => {
                let padded = format!("{digits:0>width$}", width = scale + 1);
                let (whole, fraction) = padded.split_at(padded.len() - scale);
                write!(f, "{sign}{whole}.{fraction}")
            }
            Err(_) => write!(f, "{sign}{digits}{:0<zeros$}", "", zeros = scale.unsigned_abs() as usize),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{self}")
    }
}
