//! Conditions on an item: `ConditionExpression`, `FilterExpression`, and what legacy parameters amount to (developer guide,
//! "Condition and filter expressions, operators, and functions").

use super::{Error, Map, Parameter, Path, Result, Substitutions, Type, Value, parser::Parser};

#[derive(Clone, Debug, PartialEq)]
pub enum Condition<'a> {
    And(Vec<Condition<'a>>),
    Or(Vec<Condition<'a>>),
    Not(Box<Condition<'a>>),
    Compare(Comparator, Operand<'a>, Operand<'a>),
    /// The value, the lower and the upper bound; both bounds are in.
    Between(Box<[Operand<'a>; 3]>),
    In(Operand<'a>, Vec<Operand<'a>>),
    Exists(Path<'a>),
    NotExists(Path<'a>),
    /// The value is the name of the type.
    AttributeType(Path<'a>, Type, &'a Value),
    BeginsWith(Operand<'a>, Operand<'a>),
    Contains(Operand<'a>, Operand<'a>),
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand<'a> {
    Path(Path<'a>),
    Value(&'a Value),
    /// `size(…)` of the other.
    Size(Box<Operand<'a>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    pub fn sign(self) -> &'static str {
        match self {
            Comparator::Equal => "=",
            Comparator::NotEqual => "<>",
            Comparator::Less => "<",
            Comparator::LessOrEqual => "<=",
            Comparator::Greater => ">",
            Comparator::GreaterOrEqual => ">=",
        }
    }

    /// With its sides exchanged.
    pub fn reversed(self) -> Comparator {
        match self {
            Comparator::Less => Comparator::Greater,
            Comparator::LessOrEqual => Comparator::GreaterOrEqual,
            Comparator::Greater => Comparator::Less,
            Comparator::GreaterOrEqual => Comparator::LessOrEqual,
            same => same,
        }
    }

    /// Whether it needs an order.
    pub(super) fn is_ordering(self) -> bool {
        !matches!(self, Comparator::Equal | Comparator::NotEqual)
    }
}

impl<'a> Condition<'a> {
    /// A `ConditionExpression`.
    ///
    /// # Errors
    /// As AWS tells them: what is wrong with the text, before what is wrong with its names, values and operands.
    pub fn parse(text: &'a str, substitutions: &mut Substitutions<'a>) -> Result<Condition<'a>> {
        Parser::read(Parameter::Condition, text, substitutions, Parser::condition)
    }

    /// A `FilterExpression`.
    ///
    /// # Errors
    /// As [`Condition::parse`].
    pub fn parse_filter(text: &'a str, substitutions: &mut Substitutions<'a>) -> Result<Condition<'a>> {
        Parser::read(Parameter::Filter, text, substitutions, Parser::condition)
    }

    /// A filter of Query is not about the attributes of the key that is queried.
    ///
    /// # Errors
    /// The first of `keys` that it names.
    pub fn check_filter(&self, keys: &[&str]) -> Result<()> {
        let mut found = None;
        self.paths(&mut |path| {
            if found.is_none() && keys.contains(&path.name) {
                found = Some(path.name.to_owned());
            }
        });
        found.map_or(Ok(()), |key| {
            Err(Error::table(format!(
                "Filter Expression can only contain non-primary key attributes: Primary key attribute: {key}"
            )))
        })
    }

    /// All paths, as they are written.
    pub fn paths(&self, visit: &mut dyn FnMut(&Path<'a>)) {
        match self {
            Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| part.paths(visit)),
            Condition::Not(inner) => inner.paths(visit),
            Condition::Compare(_, left, right)
            | Condition::BeginsWith(left, right)
            | Condition::Contains(left, right) => {
                left.path(visit);
                right.path(visit);
            }
            Condition::Between(operands) => operands.iter().for_each(|operand| operand.path(visit)),
            Condition::In(value, list) => {
                value.path(visit);
                list.iter().for_each(|operand| operand.path(visit));
            }
            Condition::Exists(path) | Condition::NotExists(path) | Condition::AttributeType(path, ..) => visit(path),
        }
    }

    /// Whether the item fulfils it; of an item that is not there, nothing exists.
    pub fn holds(&self, item: Option<&Map>) -> bool {
        match item {
            Some(item) => self.evaluate(item),
            None => self.evaluate(&Map::new()),
        }
    }
}

impl<'a> Operand<'a> {
    fn path(&self, visit: &mut dyn FnMut(&Path<'a>)) {
        match self {
            Operand::Path(path) => visit(path),
            Operand::Size(of) => of.path(visit),
            Operand::Value(_) => {}
        }
    }

    /// What is known of its type before an item is seen.
    pub(super) fn known_type(&self) -> Option<Type> {
        match self {
            Operand::Path(_) => None,
            Operand::Value(value) => Some(value.type_of()),
            Operand::Size(_) => Some(Type::N),
        }
    }
}
