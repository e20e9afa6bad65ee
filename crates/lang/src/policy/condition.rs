//! One key of a Condition block, and whether it holds in a request.

use data_encoding::BASE64;

use super::{
    Comparison, Context, Operator, SetOperator, Values,
    date::Date,
    network::Network,
    number::Number,
    pattern::{Pattern, Syntax, Unresolved},
};

/// An operator, a key, and the values it is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub operator: Operator,
    pub key: String,
    values: Vec<Comparand>,
}

/// A value of the policy, read once as its operator wants it. What cannot be read equals nothing.
#[derive(Clone, Debug, PartialEq)]
struct Comparand {
    text: String,
    value: Compiled,
}

#[derive(Clone, Debug, PartialEq)]
enum Compiled {
    Pattern(Pattern),
    Number(Option<Number>),
    Date(Option<Date>),
    Binary(Option<Vec<u8>>),
    Network(Option<Network>),
    Null(Option<bool>),
}

impl Condition {
    pub(super) fn new(operator: Operator, key: &str, values: &[String], variables: bool) -> Condition {
        let pattern = |text: &str, syntax| Compiled::Pattern(Pattern::new(text, syntax, variables));
        let compile = |text: &String| match operator.comparison {
            Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::Bool => {
                pattern(text, Syntax::Exact)
            }
            Comparison::StringLike | Comparison::ArnEquals | Comparison::ArnLike => pattern(text, Syntax::Wildcards),
            Comparison::Numeric(_) => Compiled::Number(Number::parse(text)),
            Comparison::Date(_) => Compiled::Date(Date::parse(text)),
            Comparison::Binary => Compiled::Binary(BASE64.decode(text.as_bytes()).ok()),
            Comparison::IpAddress => Compiled::Network(Network::parse(text)),
            Comparison::Null => Compiled::Null(boolean(text)),
        };
        let values = values.iter().map(|text| Comparand { text: text.clone(), value: compile(text) }).collect();
        Condition { operator, key: key.to_owned(), values }
    }

    /// The policy's values as written.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|value| value.text.as_str())
    }

    /// The keys of variables in the values.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.values.iter().flat_map(|value| {
            let pattern = match &value.value {
                Compiled::Pattern(pattern) => Some(pattern),
                _ => None,
            };
            pattern.into_iter().flat_map(Pattern::variables)
        })
    }

    /// A Date operator's value that is no date.
    pub(super) fn bad_date(&self) -> Option<&str> {
        self.values.iter().find(|value| value.value == Compiled::Date(None)).map(|value| value.text.as_str())
    }

    /// Whether the request meets this condition. IAM user guide, "Condition operators" and "Single-valued vs. multivalued context keys".
    pub fn holds(&self, context: &dyn Context) -> bool {
        let values = context.get(&self.key);
        if self.operator.comparison == Comparison::Null {
            // An empty value counts as absent: "check if the key exists and its value is not empty".
            let absent = values.is_none_or(|values| values.is_null());
            return self.values.iter().any(|wanted| wanted.value == Compiled::Null(Some(absent)));
        }
        if values.is_none() && self.operator.if_exists {
            return true;
        }
        match (self.operator.set, values) {
            (Some(SetOperator::ForAllValues), values) => {
                values.is_none_or(|values| values.is_null() || self.all(&values, context))
            }
            (Some(SetOperator::ForAnyValue), values) => {
                values.is_some_and(|values| !values.is_null() && self.any(&values, context))
            }
            // "If the key is not present, the values do not match"; what must not match is then true.
            (None, None) => self.operator.negated,
            // Without a set operator one match among several values is enough, and for a negated operator one is too many.
            (None, Some(values)) if self.operator.negated => self.all(&values, context),
            (None, Some(values)) => self.any(&values, context),
        }
    }

    fn all(&self, values: &Values, context: &dyn Context) -> bool {
        values.iter().all(|value| self.accepts(value, context))
    }

    fn any(&self, values: &Values, context: &dyn Context) -> bool {
        values.iter().any(|value| self.accepts(value, context))
    }

    /// One value of the request against the policy's: any of them, or for a negated operator none. A variable without a value has
    /// "no equal or like value", so inverted operators "do match". IAM user guide, "Policy variables with no value".
    fn accepts(&self, value: &str, context: &dyn Context) -> bool {
        let equal = self.values.iter().any(|wanted| self.compare(value, wanted, context).unwrap_or(false));
        equal != self.operator.negated
    }

    fn compare(&self, value: &str, wanted: &Comparand, context: &dyn Context) -> Result<bool, Unresolved> {
        Ok(match (&wanted.value, self.operator.comparison) {
            (Compiled::Pattern(pattern), Comparison::ArnEquals | Comparison::ArnLike) => {
                return pattern.matches_arn(value, context);
            }
            (Compiled::Pattern(pattern), comparison) => {
                let ignore_case = matches!(comparison, Comparison::StringEqualsIgnoreCase | Comparison::Bool);
                return pattern.matches(value, ignore_case, context);
            }
            (Compiled::Number(Some(wanted)), Comparison::Numeric(relation)) => Number::parse(value)
                .and_then(|value| value.compare(*wanted))
                .is_some_and(|ordering| relation.holds(ordering)),
            (Compiled::Date(Some(wanted)), Comparison::Date(relation)) => {
                Date::parse(value).is_some_and(|value| relation.holds(value.compare(*wanted)))
            }
            // A context has text only, so binary keys come in base64 too.
            (Compiled::Binary(Some(wanted)), _) => BASE64.decode(value.as_bytes()).is_ok_and(|value| value == *wanted),
            (Compiled::Network(Some(wanted)), _) => value.parse().is_ok_and(|address| wanted.contains(address)),
            _ => false,
        })
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
