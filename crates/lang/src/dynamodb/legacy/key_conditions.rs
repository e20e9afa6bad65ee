//! `KeyConditions` of Query.

use super::comparison::{ComparisonOperator as Op, LegacyCondition};
use crate::dynamodb::{Error, KeyCondition, KeyTest, Result};

impl<'a> KeyCondition<'a> {
    /// # Errors
    /// Those of [`Op::check`], operators that are not for keys, and other than one or two conditions.
    pub fn of_conditions(conditions: &[LegacyCondition<'a>]) -> Result<KeyCondition<'a>> {
        for condition in conditions {
            condition.operator.check(condition.values)?;
        }
        if !matches!(conditions.len(), 1 | 2) {
            return Err(Error::request("Conditions can be of length 1 or 2 only"));
        }
        let mut parts = Vec::with_capacity(conditions.len());
        for LegacyCondition { name, operator, values } in conditions {
            let test = match (operator, *values) {
                (Op::Eq, [value]) => KeyTest::Equal(value),
                (Op::Lt, [value]) => KeyTest::Less(value),
                (Op::Le, [value]) => KeyTest::LessOrEqual(value),
                (Op::Gt, [value]) => KeyTest::Greater(value),
                (Op::Ge, [value]) => KeyTest::GreaterOrEqual(value),
                (Op::BeginsWith, [prefix]) => KeyTest::BeginsWith(prefix),
                (Op::Between, [low, high]) => KeyTest::Between(low, high),
                _ => return Err(Error::request("Attempted conditional constraint is not an indexable operation")),
            };
            parts.push((*name, test));
        }
        Ok(KeyCondition { parts })
    }
}
