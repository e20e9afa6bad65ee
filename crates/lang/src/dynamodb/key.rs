//! Values of keys as bytes in the order of the values.

use super::{Number, Value};
use crate::decimal::digits;

const NEGATIVE: u8 = 0;
const ZERO: u8 = 1;
const POSITIVE: u8 = 2;
/// So that the place of the first digit, -130 to 125, is a byte.
const BIAS: i32 = 130;

impl Value {
    /// Appends a key's value: of two values of one type, the smaller one has the smaller bytes. Strings and binaries are
    /// their bytes as they are, so that a prefix of a value is a prefix of its bytes; who puts more behind them must frame
    /// them. Whether there was something to append: only S, N and B can be keys.
    #[must_use]
    pub fn write_key(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Value::S(text) => out.extend_from_slice(text.as_bytes()),
            Value::B(bytes) => out.extend_from_slice(bytes),
            Value::N(number) => number.write_key(out),
            _ => return false,
        }
        true
    }
}

impl Number {
    /// The sign, the place of the first digit, the digits in pairs, and an end; of a negative number all but the sign is
    /// inverted.
    pub fn write_key(self, out: &mut Vec<u8>) {
        let (unscaled, scale) = self.parts();
        if unscaled == 0 {
            return out.push(ZERO);
        }
        let mut rest = unscaled.unsigned_abs();
        let count = digits(rest);
        if count % 2 == 1 {
            rest *= 10;
        }
        let mut bytes = [0; 21];
        // A number in range has its place within a byte.
        bytes[0] = (count as i32 - 1 - scale + BIAS) as u8;
        let pairs = count.div_ceil(2) as usize;
        for pair in bytes[1..=pairs].iter_mut().rev() {
            *pair = (rest % 100) as u8 + 1;
            rest /= 100;
        }
        let bytes = &mut bytes[..pairs + 2];
        let negative = unscaled < 0;
        if negative {
            bytes.iter_mut().for_each(|byte| *byte = !*byte);
        }
        out.push(if negative { NEGATIVE } else { POSITIVE });
        out.extend_from_slice(bytes);
    }

    /// What [`Number::write_key`] wrote, and what follows it; `None` for other bytes.
    pub fn read_key(bytes: &[u8]) -> Option<(Number, &[u8])> {
        let (sign, mut bytes) = bytes.split_first()?;
        let invert = match *sign {
            ZERO => return Some((Number::ZERO, bytes)),
            NEGATIVE => 0xff,
            POSITIVE => 0,
            _ => return None,
        };
        let mut next = || {
            let (first, rest) = bytes.split_first()?;
            bytes = rest;
            Some(first ^ invert)
        };
        let first = i32::from(next()?) - BIAS;
        let (mut value, mut pairs) = (0_i128, 0);
        loop {
            let pair = next()?;
            if pair == 0 {
                break;
            }
            value = value.checked_mul(100)?.checked_add(i128::from(pair - 1))?;
            pairs += 1;
        }
        let mut scale = 2 * pairs - 1 - first;
        while value != 0 && value % 10 == 0 {
            value /= 10;
            scale -= 1;
        }
        // Only what is written in one way is read.
        let number = Number::from_parts(if invert == 0 { value } else { -value }, scale);
        (value != 0 && digits(value as u128) <= 38).then_some((number, bytes))
    }
}
