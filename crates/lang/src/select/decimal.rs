//! Exact decimal numbers of up to 38 digits (S3 user guide, "Data types"). What has more is rounded half to even.

use std::{cmp::Ordering, fmt};

/// `unscaled · 10^-scale`. Zeros at the end are kept, so that a number is given back as it came; the order does not see
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    unscaled: i128,
    scale: i32,
}

const DIGITS: u32 = 38;
/// The first number that has too many digits.
const LIMIT: u128 = 10_u128.pow(DIGITS);
/// Scales beyond this are no numbers that anybody computes with; AWS says 2^31.
const MAX_SCALE: i32 = 1_000_000;

fn power(exponent: u32) -> u128 {
    10_u128.pow(exponent.min(DIGITS))
}

fn digits(value: u128) -> u32 {
    value.checked_ilog10().map_or(1, |log| log + 1)
}

/// A magnitude while it is cut down: what was taken from its end decides how it is rounded.
struct Rest {
    last: u128,
    more: bool,
}

impl Rest {
    const NONE: Rest = Rest { last: 0, more: false };

    fn take(&mut self, digit: u128) {
        self.more |= self.last != 0;
        self.last = digit;
    }

    /// Whether the number before the rest grows by one.
    fn rounds_up(&self, value: u128) -> bool {
        self.last > 5 || self.last == 5 && (self.more || value % 2 == 1)
    }
}

impl Decimal {
    /// With at most 38 digits; `None` where the scale cannot be had.
    fn new(negative: bool, mut value: u128, mut scale: i64, mut rest: Rest) -> Option<Decimal> {
        while value >= LIMIT {
            rest.take(value % 10);
            value /= 10;
            scale -= 1;
        }
        if rest.rounds_up(value) {
            value += 1;
            if value == LIMIT {
                value /= 10;
                scale -= 1;
            }
        }
        let scale = i32::try_from(scale).ok().filter(|scale| scale.abs() <= MAX_SCALE)?;
        let value = value as i128;
        Some(Decimal { unscaled: if negative { -value } else { value }, scale })
    }

    pub fn unscaled(self) -> i128 {
        self.unscaled
    }

    pub fn scale(self) -> i32 {
        self.scale
    }

    /// Digits with a sign, a point and an exponent, each of which may be absent.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (mut value, mut scale, mut rest) = (0_u128, -i64::from(exponent), Rest::NONE);
        let (mut point, mut any) = (false, false);
        // How many digits there was no room for.
        let mut surplus = 0_u32;
        for byte in mantissa.bytes() {
            match byte {
                b'.' if !point => point = true,
                b'0'..=b'9' => {
                    any = true;
                    let digit = u128::from(byte - b'0');
                    if value < LIMIT / 10 && surplus == 0 {
                        value = value * 10 + digit;
                        scale += i64::from(point);
                        continue;
                    }
                    // The first that there is no room for decides how it is rounded, of all others only whether they are.
                    match surplus {
                        0 => rest.last = digit,
                        _ => rest.more |= digit != 0,
                    }
                    surplus = 1;
                    scale -= i64::from(!point);
                }
                _ => return None,
            }
        }
        any.then(|| Decimal::new(negative, value, scale, rest))?
    }

    pub fn from_f64(value: f64) -> Option<Decimal> {
        value.is_finite().then(|| Decimal::parse(&format!("{value:e}")))?
    }

    pub fn to_f64(self) -> f64 {
        format!("{}e{}", self.unscaled, -i64::from(self.scale)).parse().unwrap_or(f64::NAN)
    }

    /// Towards zero; `None` beyond 64 bits.
    pub fn to_i64(self) -> Option<i64> {
        if self.unscaled == 0 {
            return Some(0);
        }
        let whole = match u32::try_from(self.scale) {
            Ok(scale @ 0..=DIGITS) => self.unscaled / power(scale) as i128,
            Ok(_) => 0,
            Err(_) => {
                let factor = (self.scale.unsigned_abs() <= DIGITS).then(|| power(self.scale.unsigned_abs()) as i128)?;
                self.unscaled.checked_mul(factor)?
            }
        };
        i64::try_from(whole).ok()
    }

    pub fn is_zero(self) -> bool {
        self.unscaled == 0
    }

    pub fn negated(self) -> Decimal {
        Decimal { unscaled: -self.unscaled, ..self }
    }

    pub fn plus(self, other: Decimal) -> Option<Decimal> {
        let (high, low) = if self.scale >= other.scale { (other, self) } else { (self, other) };
        // `high` has the digits of greater weight; it is written with as many places as the other where that is possible.
        if high.is_zero() {
            return Some(low);
        }
        if low.is_zero() {
            return Some(high.with_scale(low.scale).unwrap_or(high));
        }
        let room = DIGITS - digits(high.unscaled.unsigned_abs());
        let apart = (low.scale - high.scale) as u32;
        if apart <= room {
            let high = high.unscaled * power(apart) as i128;
            // Of one sign the sum may need more than 127 bits.
            let (negative, magnitude) = match (high < 0) == (low.unscaled < 0) {
                true => (high < 0, high.unsigned_abs() + low.unscaled.unsigned_abs()),
                false => (high + low.unscaled < 0, (high + low.unscaled).unsigned_abs()),
            };
            return Decimal::new(negative, magnitude, low.scale.into(), Rest::NONE);
        }
        // In twice as many digits, which are more than the result has; of what is even lower, only how it rounds counts.
        let lift = apart.min(DIGITS);
        let scale = i64::from(high.scale) + i64::from(lift);
        let (mut small, mut rest) = (low.unscaled.unsigned_abs(), Rest::NONE);
        for _ in lift..apart {
            rest.take(small % 10);
            if small == 0 {
                break;
            }
            small /= 10;
        }
        let wide = wide_product(high.unscaled.unsigned_abs(), power(lift));
        let negative = high.unscaled < 0;
        if negative == (low.unscaled < 0) {
            return reduce(negative, wide_sum(wide, small), scale, rest);
        }
        if wide < (0, small) {
            return reduce(!negative, (0, small - wide.1), scale, rest);
        }
        if rest.last == 0 && !rest.more {
            return reduce(negative, wide_difference(wide, small), scale, rest);
        }
        // Borrowed: the rest is what is missing to the next.
        let last = 10 - rest.last - u128::from(rest.more);
        reduce(negative, wide_difference(wide, small + 1), scale, Rest { last, ..rest })
    }

    pub fn minus(self, other: Decimal) -> Option<Decimal> {
        self.plus(other.negated())
    }

    pub fn times(self, other: Decimal) -> Option<Decimal> {
        let negative = (self.unscaled < 0) != (other.unscaled < 0);
        let product = wide_product(self.unscaled.unsigned_abs(), other.unscaled.unsigned_abs());
        reduce(negative, product, i64::from(self.scale) + i64::from(other.scale), Rest::NONE)
    }

    /// To 38 digits, without zeros at the end that neither number has; `None` by zero.
    pub fn over(self, other: Decimal) -> Option<Decimal> {
        let divisor = other.unscaled.unsigned_abs();
        if divisor == 0 {
            return None;
        }
        let negative = (self.unscaled < 0) != (other.unscaled < 0);
        let dividend = self.unscaled.unsigned_abs();
        let (mut quotient, mut remainder) = (dividend / divisor, dividend % divisor);
        let least = i64::from(self.scale) - i64::from(other.scale);
        let mut scale = least;
        let mut rest = Rest::NONE;
        while remainder != 0 {
            let (digit, left) = next_digit(remainder, divisor);
            remainder = left;
            if quotient >= LIMIT / 10 {
                rest = Rest { last: digit, more: remainder != 0 };
                break;
            }
            quotient = quotient * 10 + digit;
            scale += 1;
        }
        let result = Decimal::new(negative, quotient, scale, rest)?;
        Some(if result.scale < 0 { result.with_scale(0).unwrap_or(result) } else { result })
    }

    /// What is left of a division to a whole number, with the sign of the dividend; `None` by zero.
    pub fn remainder(self, other: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(other.scale);
        if let (Some(left), Some(right)) = (self.with_scale(scale), other.with_scale(scale)) {
            return (right.unscaled != 0).then(|| Decimal { unscaled: left.unscaled % right.unscaled, scale });
        }
        let whole = self.over(other)?.whole();
        self.minus(whole.times(other)?)
    }

    /// Without what is behind the point.
    fn whole(self) -> Decimal {
        match u32::try_from(self.scale) {
            Ok(scale @ 1..=DIGITS) => Decimal { unscaled: self.unscaled / power(scale) as i128, scale: 0 },
            Ok(1..) => Decimal { unscaled: 0, scale: 0 },
            _ => self,
        }
    }

    /// The same number with more places; `None` where it would have too many digits.
    fn with_scale(self, scale: i32) -> Option<Decimal> {
        let more = u32::try_from(scale.checked_sub(self.scale)?).ok().filter(|more| *more <= DIGITS)?;
        let unscaled = self.unscaled.checked_mul(power(more) as i128)?;
        (unscaled.unsigned_abs() < LIMIT).then_some(Decimal { unscaled, scale })
    }

    pub fn compare(self, other: Decimal) -> Ordering {
        let sign = self.unscaled.signum().cmp(&other.unscaled.signum());
        if sign != Ordering::Equal || self.unscaled == 0 {
            return sign;
        }
        let (left, right) = (self.unscaled.unsigned_abs(), other.unscaled.unsigned_abs());
        // Where the first digit is decides; where that is the same, the digits do.
        let place = |value: u128, scale: i32| i64::from(digits(value)) - i64::from(scale);
        let magnitude = place(left, self.scale).cmp(&place(right, other.scale)).then_with(|| {
            let full = |value: u128| value * power(DIGITS - digits(value));
            full(left).cmp(&full(right))
        });
        if self.unscaled < 0 { magnitude.reverse() } else { magnitude }
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Decimal {
        Decimal { unscaled: value.into(), scale: 0 }
    }
}

/// In two halves.
fn wide_product(left: u128, right: u128) -> (u128, u128) {
    const HALF: u128 = u64::MAX as u128;
    let (a, b, c, d) = (left >> 64, left & HALF, right >> 64, right & HALF);
    let (high, middle, other, low) = (a * c, a * d, b * c, b * d);
    let carry = (low >> 64) + (middle & HALF) + (other & HALF);
    (high + (middle >> 64) + (other >> 64) + (carry >> 64), (carry << 64) | (low & HALF))
}

fn wide_sum((high, low): (u128, u128), more: u128) -> (u128, u128) {
    let (low, carry) = low.overflowing_add(more);
    (high + u128::from(carry), low)
}

/// Of a number that is not the smaller one.
fn wide_difference((high, low): (u128, u128), less: u128) -> (u128, u128) {
    let (low, borrow) = low.overflowing_sub(less);
    (high - u128::from(borrow), low)
}

/// A number in two halves, cut to what a decimal holds.
fn reduce(negative: bool, mut value: (u128, u128), mut scale: i64, mut rest: Rest) -> Option<Decimal> {
    while value.0 > 0 {
        let digit;
        (value, digit) = divide_by_ten(value.0, value.1);
        rest.take(digit);
        scale -= 1;
    }
    Decimal::new(negative, value.1, scale, rest)
}

fn divide_by_ten(high: u128, low: u128) -> ((u128, u128), u128) {
    let mut words = [high >> 64, high & u128::from(u64::MAX), low >> 64, low & u128::from(u64::MAX)];
    let mut left = 0;
    for word in &mut words {
        let value = left << 64 | *word;
        *word = value / 10;
        left = value % 10;
    }
    ((words[0] << 64 | words[1], words[2] << 64 | words[3]), left)
}

/// `10 · remainder` divided, which may not fit as it is.
fn next_digit(remainder: u128, divisor: u128) -> (u128, u128) {
    // 10 = 2 · (2 · 2 + 1); each step stays below twice the divisor.
    let reduce = |digit: u128, value: u128| {
        if value >= divisor { (digit + 1, value - divisor) } else { (digit, value) }
    };
    let (digit, value) = reduce(0, remainder * 2);
    let (digit, value) = reduce(digit * 2, value * 2);
    let (digit, value) = reduce(digit, value + remainder);
    reduce(digit * 2, value * 2)
}

/// As it is written in full; with an exponent where that would need many zeros.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let text = self.unscaled.unsigned_abs().to_string();
        let exponent = text.len() as i64 - 1 - i64::from(self.scale);
        if self.scale >= 0 && exponent >= -6 {
            let scale = self.scale as usize;
            let padded = format!("{text:0>width$}", width = scale + 1);
            let (whole, fraction) = padded.split_at(padded.len() - scale);
            let point = if fraction.is_empty() { "" } else { "." };
            return write!(f, "{sign}{whole}{point}{fraction}");
        }
        let (first, others) = text.split_at(1);
        let point = if others.is_empty() { "" } else { "." };
        write!(f, "{sign}{first}{point}{others}E{exponent:+}")
    }
}
