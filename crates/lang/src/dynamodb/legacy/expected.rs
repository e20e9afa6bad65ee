//! `Expected`: conditions of a write.

use super::comparison::{ComparisonOperator, ConditionalOperator};
use crate::dynamodb::{Comparator, Condition, Error, Operand, Path, Result, Value};

/// An entry; each member as it is in the request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected<'a> {
    pub name: &'a str,
    pub value: Option<&'a Value>,
    pub exists: Option<bool>,
    pub operator: Option<ComparisonOperator>,
    pub values: Option<&'a [Value]>,
}

impl<'a> Expected<'a> {
    fn condition(&self) -> Result<Condition<'a>> {
        let path = Path::attribute(self.name);
        let wrong = |detail: &str| Err(Error::invalid(format_args!("{detail} for Attribute: {}", self.name)));
        if self.value.is_some() && self.values.is_some() {
            return wrong("Value and AttributeValueList cannot be used together");
        }
        let Some(operator) = self.operator else {
            return match (self.values, self.exists, self.value) {
                (Some(_), ..) => wrong("AttributeValueList can only be used with a ComparisonOperator"),
                (_, Some(false), None) => Ok(Condition::NotExists(path)),
                (_, Some(false), Some(_)) => wrong("Value cannot be used when Exists is false"),
                (_, _, Some(value)) => {
                    Ok(Condition::Compare(Comparator::Equal, Operand::Path(path), Operand::Value(value)))
                }
                (_, Some(true), None) => wrong("Value must be provided when Exists is true"),
                (_, None, None) => wrong("Value must be provided when Exists is null"),
            };
        };
        if self.exists.is_some() {
            return wrong("Exists and ComparisonOperator cannot be used together");
        }
        let values = match (self.value, self.values) {
            (Some(value), _) => std::slice::from_ref(value),
            (None, Some(values)) => values,
            (None, None) if matches!(operator, ComparisonOperator::Null | ComparisonOperator::NotNull) => &[],
            (None, None) => {
                let name = operator.name();
                return wrong(&format!("Value or AttributeValueList must be used with ComparisonOperator: {name}"));
            }
        };
        operator.condition(self.name, values)
    }
}

impl<'a> Condition<'a> {
    /// `Expected`; `None` where it is empty.
    ///
    /// # Errors
    /// Members that do not go together, those of [`ComparisonOperator::check`] and of `ConditionalOperator`.
    pub fn of_expected(
        expected: &[Expected<'a>],
        operator: Option<ConditionalOperator>,
    ) -> Result<Option<Condition<'a>>> {
        let parts: Result<Vec<_>> = expected.iter().map(Expected::condition).collect();
        let parts = parts?;
        if operator.is_some() {
            ConditionalOperator::check(Some(parts.len()))?;
        }
        Ok(operator.unwrap_or_default().join(parts))
    }
}
