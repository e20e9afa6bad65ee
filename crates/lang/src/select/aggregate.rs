//! Aggregates over all records (S3 user guide, "Aggregate functions"). They pass over what is null or missing.

use super::{Aggregate, Operator, Result, Value, arithmetic, error::wrong_type, value::Number};
use std::cmp::Ordering;

/// An aggregate on its way.
pub(super) struct State {
    function: Aggregate,
    count: i64,
    /// The sum so far, or the least or greatest.
    value: Option<Number>,
}

impl State {
    pub(super) fn new(function: Aggregate) -> State {
        State { function, count: 0, value: None }
    }

    /// `None`: a record of `COUNT(*)`.
    pub(super) fn add(&mut self, value: Option<&Value>) -> Result<()> {
        let Some(value) = value else {
            self.count += 1;
            return Ok(());
        };
        if !value.is_known() {
            return Ok(());
        }
        self.count += 1;
        if self.function == Aggregate::Count {
            return Ok(());
        }
        let number = match value.number().ok_or_else(wrong_type)? {
            // The average of integers is a decimal, and so is their sum on the way.
            Number::Int(int) if self.function == Aggregate::Avg => Number::Decimal(int.into()),
            number => number,
        };
        self.value = Some(match (self.value, self.function) {
            (None, _) => number,
            (Some(sum), Aggregate::Sum | Aggregate::Avg) => arithmetic::compute(Operator::Add, &sum.into(), value)?,
            (Some(best), function) => {
                let wanted = if function == Aggregate::Max { Ordering::Greater } else { Ordering::Less };
                if value.compare(&best.into()) == Some(wanted) { number } else { best }
            }
        });
        Ok(())
    }

    /// Null where there was nothing; a count is then 0.
    pub(super) fn result(&self) -> Result<Value<'static>> {
        match (self.function, self.value) {
            (Aggregate::Count, _) => Ok(Value::Int(self.count)),
            (_, None) => Ok(Value::Null),
            (Aggregate::Avg, Some(Number::Float(sum))) => Ok(Value::Float(sum / self.count as f64)),
            (Aggregate::Avg, Some(sum)) => {
                let (sum, count) = (Value::Decimal(sum.decimal()), Value::Int(self.count));
                Ok(arithmetic::compute(Operator::Divide, &sum, &count)?.into())
            }
            (_, Some(value)) => Ok(value.into()),
        }
    }
}
