//! A statement as text, which reads as the same statement.

use super::{
    Aggregate, Expr, From, Function, Is, Item, Literal, Name, Operator, Part, SelectList, Side, Statement, Step, Type,
};
use std::fmt::{Display, Formatter, Result, Write};

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "SELECT {} FROM {}", self.list, self.from)?;
        if let Some(filter) = &self.filter {
            write!(f, " WHERE {filter}")?;
        }
        self.limit.map_or(Ok(()), |limit| write!(f, " LIMIT {limit}"))
    }
}

impl Display for SelectList {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            SelectList::All => f.write_str("*"),
            SelectList::Items(items) => list(f, items),
        }
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Item::Members(path) => write!(f, "{path}.*"),
            Item::Expr { expr, alias: None } => write!(f, "{expr}"),
            Item::Expr { expr, alias: Some(alias) } => write!(f, "{expr} AS {alias}"),
        }
    }
}

impl Display for From {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str("S3Object[*]")?;
        steps(f, &self.steps, true)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, " AS {alias}"))
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self.quoted {
            true => write!(f, "\"{}\"", self.text.replace('"', "\"\"")),
            false => f.write_str(&self.text),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Literal::Null => f.write_str("NULL"),
            Literal::Missing => f.write_str("MISSING"),
            Literal::Bool(true) => f.write_str("TRUE"),
            Literal::Bool(false) => f.write_str("FALSE"),
            // A sign alone would be an operator.
            Literal::Int(value @ ..0) => write!(f, "`{value}`"),
            Literal::Int(value) => write!(f, "{value}"),
            Literal::Decimal(value) => write!(f, "`{}d{}`", value.unscaled(), -i64::from(value.scale())),
            Literal::Float(value) => write!(f, "`{value:e}`"),
            Literal::Str(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Literal::Time(time) => write!(f, "`{time}`"),
        }
    }
}

fn list(f: &mut Formatter, items: &[impl Display]) -> Result {
    for (at, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
    }
    Ok(())
}

/// Between operators, in parentheses.
fn joined(f: &mut Formatter, parts: &[Expr], word: &str) -> Result {
    f.write_char('(')?;
    for (at, part) in parts.iter().enumerate() {
        write!(f, "{}{part}", if at == 0 { "" } else { word })?;
    }
    f.write_char(')')
}

fn steps(f: &mut Formatter, steps: &[Step], follows: bool) -> Result {
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Name(name) if at == 0 && !follows => write!(f, "{name}")?,
            Step::Name(name) => write!(f, ".{name}")?,
            Step::Index(index) => write!(f, "[{index}]")?,
            Step::Members => f.write_str(".*")?,
            Step::Items => f.write_str("[*]")?,
        }
    }
    Ok(())
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Expr::Literal(literal) => write!(f, "{literal}"),
            Expr::Path(path) | Expr::Row(path) => steps(f, path, false),
            Expr::Column(index) => write!(f, "_{}", index + 1),
            Expr::Negative(expr) => write!(f, "(- {expr})"),
            Expr::Positive(expr) => write!(f, "(+ {expr})"),
            Expr::Not(expr) => write!(f, "(NOT {expr})"),
            Expr::And(parts) => joined(f, parts, " AND "),
            Expr::Or(parts) => joined(f, parts, " OR "),
            Expr::Binary(operator, left, right) => write!(f, "({left} {operator} {right})"),
            Expr::Between { value, low, high, negated } => {
                write!(f, "({value} {}BETWEEN {low} AND {high})", not(*negated))
            }
            Expr::In { value, list: items, negated } => {
                write!(f, "({value} {}IN (", not(*negated))?;
                list(f, items)?;
                f.write_str("))")
            }
            Expr::Like { value, pattern, escape, negated } => {
                write!(f, "({value} {}LIKE {pattern}", not(*negated))?;
                escape.as_ref().map_or(Ok(()), |escape| write!(f, " ESCAPE {escape}"))?;
                f.write_char(')')
            }
            Expr::Is { value, what, negated } => {
                let what = if *what == Is::Null { "NULL" } else { "MISSING" };
                write!(f, "({value} IS {}{what})", not(*negated))
            }
            Expr::Case { operand, arms, otherwise } => {
                f.write_str("CASE")?;
                operand.as_ref().map_or(Ok(()), |operand| write!(f, " {operand}"))?;
                for (when, then) in arms {
                    write!(f, " WHEN {when} THEN {then}")?;
                }
                otherwise.as_ref().map_or(Ok(()), |otherwise| write!(f, " ELSE {otherwise}"))?;
                f.write_str(" END")
            }
            Expr::Cast(expr, to) => write!(f, "CAST({expr} AS {to})"),
            Expr::Call(function, arguments) => call(f, *function, arguments),
            Expr::Aggregate { function, argument, .. } => match argument {
                Some(argument) => write!(f, "{function}({argument})"),
                None => write!(f, "{function}(*)"),
            },
        }
    }
}

fn call(f: &mut Formatter, function: Function, arguments: &[Expr]) -> Result {
    let name = match function {
        Function::Coalesce => "COALESCE",
        Function::NullIf => "NULLIF",
        Function::CharLength => "CHAR_LENGTH",
        Function::Lower => "LOWER",
        Function::Upper => "UPPER",
        Function::Substring => "SUBSTRING",
        Function::ToString => "TO_STRING",
        Function::ToTimestamp => "TO_TIMESTAMP",
        Function::UtcNow => "UTCNOW",
        Function::DateAdd(part) | Function::DateDiff(part) => {
            let name = if matches!(function, Function::DateAdd(_)) { "DATE_ADD" } else { "DATE_DIFF" };
            write!(f, "{name}({part}, ")?;
            list(f, arguments)?;
            return f.write_char(')');
        }
        Function::Extract(part) => {
            write!(f, "EXTRACT({part} FROM ")?;
            list(f, arguments)?;
            return f.write_char(')');
        }
        Function::Trim(side) => {
            let side = match side {
                Side::Both => "BOTH",
                Side::Leading => "LEADING",
                Side::Trailing => "TRAILING",
            };
            return match arguments {
                [text, characters] => write!(f, "TRIM({side} {characters} FROM {text})"),
                _ => {
                    write!(f, "TRIM({side} FROM ")?;
                    list(f, arguments)?;
                    f.write_char(')')
                }
            };
        }
    };
    write!(f, "{name}(")?;
    list(f, arguments)?;
    f.write_char(')')
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str(match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Modulo => "%",
            Operator::Concatenate => "||",
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
        })
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str(match self {
            Type::Bool => "BOOL",
            Type::Int => "INT",
            Type::Float => "FLOAT",
            Type::Decimal => "DECIMAL",
            Type::Str => "STRING",
            Type::Timestamp => "TIMESTAMP",
        })
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str(Part::ALL.iter().find(|(part, _)| part == self).map_or("", |(_, name)| name))
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str(Aggregate::ALL.iter().find(|(function, _)| function == self).map_or("", |(_, name)| name))
    }
}
