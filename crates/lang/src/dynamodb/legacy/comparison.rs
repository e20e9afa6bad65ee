//! A `ComparisonOperator` with its `AttributeValueList`, and filters of them.

use crate::dynamodb::{Comparator, Condition, Error, Operand, Path, Result, Type, Value};
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonOperator {
    Eq,
    Ne,
    In,
    Le,
    Lt,
    Ge,
    Gt,
    Between,
    NotNull,
    Null,
    Contains,
    NotContains,
    BeginsWith,
}

use ComparisonOperator as Op;

impl ComparisonOperator {
    const ALL: [(Op, &str); 13] = [
        (Op::Eq, "EQ"),
        (Op::Ne, "NE"),
        (Op::In, "IN"),
        (Op::Le, "LE"),
        (Op::Lt, "LT"),
        (Op::Ge, "GE"),
        (Op::Gt, "GT"),
        (Op::Between, "BETWEEN"),
        (Op::NotNull, "NOT_NULL"),
        (Op::Null, "NULL"),
        (Op::Contains, "CONTAINS"),
        (Op::NotContains, "NOT_CONTAINS"),
        (Op::BeginsWith, "BEGINS_WITH"),
    ];

    pub fn parse(name: &str) -> Option<ComparisonOperator> {
        Op::ALL.iter().find(|(_, other)| *other == name).map(|(operator, _)| *operator)
    }

    pub fn name(self) -> &'static str {
        Op::ALL[self as usize].1
    }

    fn takes(self, count: usize) -> bool {
        match self {
            Op::Null | Op::NotNull => count == 0,
            Op::Between => count == 2,
            Op::In => count >= 1,
            _ => count == 1,
        }
    }

    /// Which values it compares with: what has an order, or can be in something.
    fn is_valid_for(self, of: Type) -> bool {
        match self {
            Op::Le | Op::Lt | Op::Ge | Op::Gt | Op::Between | Op::In => of.is_scalar_key(),
            Op::BeginsWith => matches!(of, Type::S | Type::B),
            Op::Contains | Op::NotContains => !(of.is_set() || matches!(of, Type::L | Type::M)),
            Op::Eq | Op::Ne | Op::Null | Op::NotNull => true,
        }
    }

    /// How many values, of which types.
    ///
    /// # Errors
    /// In the order in which AWS looks: their number, that they are of one type, that it is one for this operator, and that
    /// bounds are in order.
    pub fn check(self, values: &[Value]) -> Result<()> {
        let name = self.name();
        if !self.takes(values.len()) {
            return Err(Error::invalid(format_args!(
                "Invalid number of argument(s) for the {name} ComparisonOperator"
            )));
        }
        let Some(first) = values.first().map(Value::type_of) else { return Ok(()) };
        if values.iter().any(|value| value.type_of() != first) {
            return Err(Error::invalid("AttributeValues inside AttributeValueList must be of same type"));
        }
        if !self.is_valid_for(first) {
            return Err(Error::invalid(format_args!(
                "ComparisonOperator {name} is not valid for {first} AttributeValue type"
            )));
        }
        match (self, values) {
            (Op::Between, [low, high]) if low.compare(high) == Some(Ordering::Greater) => Err(Error::request(
                "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
            )),
            _ => Ok(()),
        }
    }

    /// As a condition on an attribute.
    ///
    /// # Errors
    /// As [`ComparisonOperator::check`].
    pub fn condition<'a>(self, name: &'a str, values: &'a [Value]) -> Result<Condition<'a>> {
        self.check(values)?;
        let path = || Path::attribute(name);
        let attribute = || Operand::Path(path());
        let comparator = match (self, values) {
            (Op::Null, _) => return Ok(Condition::NotExists(path())),
            (Op::NotNull, _) => return Ok(Condition::Exists(path())),
            (Op::In, _) => return Ok(Condition::In(attribute(), values.iter().map(Operand::Value).collect())),
            (Op::Between, [low, high]) => {
                let operands = [attribute(), Operand::Value(low), Operand::Value(high)];
                return Ok(Condition::Between(Box::new(operands)));
            }
            (Op::BeginsWith, [prefix]) => return Ok(Condition::BeginsWith(attribute(), Operand::Value(prefix))),
            (Op::Contains, [part]) => return Ok(Condition::Contains(attribute(), Operand::Value(part))),
            // What is not there does not lack anything: a guess, as NE holds then.
            (Op::NotContains, [part]) => {
                let contains = Condition::Contains(attribute(), Operand::Value(part));
                return Ok(Condition::And(vec![Condition::Exists(path()), Condition::Not(Box::new(contains))]));
            }
            (Op::Ne, _) => Comparator::NotEqual,
            (Op::Le, _) => Comparator::LessOrEqual,
            (Op::Lt, _) => Comparator::Less,
            (Op::Ge, _) => Comparator::GreaterOrEqual,
            (Op::Gt, _) => Comparator::Greater,
            _ => Comparator::Equal,
        };
        match values {
            [value] => Ok(Condition::Compare(comparator, attribute(), Operand::Value(value))),
            // The number of values is checked.
            _ => Ok(Condition::Exists(path())),
        }
    }
}

/// How conditions on several attributes go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConditionalOperator {
    #[default]
    And,
    Or,
}

impl ConditionalOperator {
    pub fn parse(name: &str) -> Option<ConditionalOperator> {
        match name {
            "AND" => Some(ConditionalOperator::And),
            "OR" => Some(ConditionalOperator::Or),
            _ => None,
        }
    }

    /// A `ConditionalOperator` needs something to join.
    ///
    /// # Errors
    /// Fewer than two conditions; `conditions` is `None` where the parameter is absent.
    pub fn check(conditions: Option<usize>) -> Result<()> {
        match conditions {
            None => Err(Error::invalid("ConditionalOperator cannot be used without Filter or Expected")),
            Some(0 | 1) => Err(Error::invalid(
                "ConditionalOperator can only be used when Filter or Expected has two or more elements",
            )),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn join<'a>(self, mut parts: Vec<Condition<'a>>) -> Option<Condition<'a>> {
        match (parts.len(), self) {
            (0 | 1, _) => parts.pop(),
            (_, ConditionalOperator::And) => Some(Condition::And(parts)),
            (_, ConditionalOperator::Or) => Some(Condition::Or(parts)),
        }
    }
}

/// An attribute with a condition on it: an entry of `QueryFilter`, `ScanFilter` or `KeyConditions`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LegacyCondition<'a> {
    pub name: &'a str,
    pub operator: ComparisonOperator,
    /// `AttributeValueList`; absent is empty.
    pub values: &'a [Value],
}

impl<'a> Condition<'a> {
    /// `QueryFilter` or `ScanFilter`; `None` where it is empty.
    ///
    /// # Errors
    /// As [`ComparisonOperator::check`], and those of `ConditionalOperator`.
    pub fn of_filter(
        filter: &[LegacyCondition<'a>],
        operator: Option<ConditionalOperator>,
    ) -> Result<Option<Condition<'a>>> {
        let parts: Result<Vec<_>> =
            filter.iter().map(|condition| condition.operator.condition(condition.name, condition.values)).collect();
        let parts = parts?;
        if operator.is_some() {
            ConditionalOperator::check(Some(parts.len()))?;
        }
        Ok(operator.unwrap_or_default().join(parts))
    }

    /// As [`Condition::check_filter`], of a `QueryFilter`.
    ///
    /// # Errors
    /// The first of `keys` that it names.
    pub fn check_query_filter(filter: &[LegacyCondition], keys: &[&str]) -> Result<()> {
        match filter.iter().find(|condition| keys.contains(&condition.name)) {
            None => Ok(()),
            Some(LegacyCondition { name, .. }) => Err(Error::table(format!(
                "QueryFilter can only contain non-primary key attributes: Primary key attribute: {name}"
            ))),
        }
    }
}
