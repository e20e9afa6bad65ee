//! What an expression says.

use super::{Decimal, Time};

/// `SELECT list FROM S3Object… [WHERE …] [LIMIT …]`
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub list: SelectList,
    pub from: From,
    pub filter: Option<Expr>,
    pub limit: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SelectList {
    /// `*`
    All,
    Items(Vec<Item>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Expr {
        expr: Expr,
        alias: Option<Name>,
    },
    /// `path.*`: all members of what the path leads to.
    Members(Expr),
}

/// `S3Object`, with a path where its records are JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct From {
    /// Behind `S3Object[*]`.
    pub steps: Vec<Step>,
    pub alias: Option<Name>,
}

/// A name as it was written; in quotation marks its case counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub quoted: bool,
}

impl Name {
    pub fn matches(&self, other: &str) -> bool {
        match self.quoted {
            true => self.text == other,
            false if self.text.is_ascii() && other.is_ascii() => self.text.eq_ignore_ascii_case(other),
            // Letters beyond ASCII have cases too.
            false => self.text.to_lowercase() == other.to_lowercase(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Name(Name),
    /// From 0.
    Index(usize),
    /// `.*`
    Members,
    /// `[*]`
    Items,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    Missing,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Float(f64),
    Str(String),
    Time(Time),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Literal(Literal),
    /// Begins with a name.
    Path(Vec<Step>),
    /// A path that leads to a column of CSV, from 0; made when the columns are known.
    Column(usize),
    /// A path from the record; made when it is known that records are JSON.
    Row(Vec<Step>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Between {
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negated: bool,
    },
    In {
        value: Box<Expr>,
        list: Vec<Expr>,
        negated: bool,
    },
    Like {
        value: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
        negated: bool,
    },
    Is {
        value: Box<Expr>,
        what: Is,
        negated: bool,
    },
    Case {
        operand: Option<Box<Expr>>,
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Cast(Box<Expr>, Type),
    Call(Function, Vec<Expr>),
    Aggregate {
        function: Aggregate,
        /// `None`: `COUNT(*)`
        argument: Option<Box<Expr>>,
        /// Which of the statement's it is, from 0.
        slot: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Concatenate,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    Null,
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Int,
    Float,
    Decimal,
    Str,
    Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Avg,
    Count,
    Max,
    Min,
    Sum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Coalesce,
    NullIf,
    CharLength,
    Lower,
    Upper,
    Substring,
    /// Of the text, and of the characters to take away where they are given.
    Trim(Side),
    DateAdd(Part),
    DateDiff(Part),
    Extract(Part),
    ToString,
    ToTimestamp,
    UtcNow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Leading,
    Trailing,
}

/// A part of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    /// `EXTRACT` only, as the next.
    TimezoneHour,
    TimezoneMinute,
}

impl Part {
    pub(super) const ALL: [(Part, &'static str); 8] = [
        (Part::Year, "year"),
        (Part::Month, "month"),
        (Part::Day, "day"),
        (Part::Hour, "hour"),
        (Part::Minute, "minute"),
        (Part::Second, "second"),
        (Part::TimezoneHour, "timezone_hour"),
        (Part::TimezoneMinute, "timezone_minute"),
    ];
}

impl Aggregate {
    pub(super) const ALL: [(Aggregate, &'static str); 5] = [
        (Aggregate::Avg, "avg"),
        (Aggregate::Count, "count"),
        (Aggregate::Max, "max"),
        (Aggregate::Min, "min"),
        (Aggregate::Sum, "sum"),
    ];
}
