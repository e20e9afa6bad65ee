//! Numbers of the Numeric operators: integers exactly, everything else as floating point.

use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Decimal(f64),
}

impl Number {
    pub(super) fn parse(text: &str) -> Option<Number> {
        let text = text.trim();
        if let Ok(int) = text.parse() {
            return Some(Number::Int(int));
        }
        // Rust also reads `inf` and `nan`.
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        plain.then(|| text.parse().ok().filter(|value: &f64| value.is_finite()).map(Number::Decimal))?
    }

    pub(super) fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    fn as_f64(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Decimal(value) => value,
        }
    }
}
