//! Expressions, by the precedence of their operators (S3 user guide, "Operators").

use super::{
    Decimal, Expr, Is, Literal, MAX_DEPTH, Operator, Result, Step, Time,
    error::{too_complex, unsupported_structure},
    lexer::Kind,
    parser::{Mode, Parser},
};

/// An expression, and how deep it is.
pub(super) struct Deep(pub Expr, pub u32);

/// From loose to tight.
pub(super) mod level {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const EQUALITY: u8 = 4;
    pub const ORDER: u8 = 5;
    pub const PREDICATE: u8 = 6;
    pub const SUM: u8 = 7;
    pub const PRODUCT: u8 = 8;
    pub const UNARY: u8 = 9;
}

fn operator(kind: &Kind) -> Option<(Operator, u8)> {
    let Kind::Operator(sign) = kind else { return None };
    Some(match *sign {
        "=" => (Operator::Equal, level::EQUALITY),
        "<>" | "!=" => (Operator::NotEqual, level::EQUALITY),
        "<" => (Operator::Less, level::ORDER),
        "<=" => (Operator::LessOrEqual, level::ORDER),
        ">" => (Operator::Greater, level::ORDER),
        ">=" => (Operator::GreaterOrEqual, level::ORDER),
        "+" => (Operator::Add, level::SUM),
        "-" => (Operator::Subtract, level::SUM),
        // Not in AWS's table; here because it takes what sums are of.
        "||" => (Operator::Concatenate, level::SUM),
        "*" => (Operator::Multiply, level::PRODUCT),
        "/" => (Operator::Divide, level::PRODUCT),
        "%" => (Operator::Modulo, level::PRODUCT),
        _ => return None,
    })
}

/// One level above the deepest of what it is made of.
pub(super) fn above(depths: impl IntoIterator<Item = u32>) -> Result<u32> {
    let depth = depths.into_iter().max().unwrap_or_default() + 1;
    if depth > MAX_DEPTH { Err(too_complex()) } else { Ok(depth) }
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expr> {
        Ok(self.at_level(level::OR)?.0)
    }

    /// An expression of operators at least this tight.
    pub(super) fn at_level(&mut self, least: u8) -> Result<Deep> {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(too_complex());
        }
        let mut left = self.prefix()?;
        let mut more = true;
        while more {
            (left, more) = self.infix(left, least)?;
        }
        self.nesting -= 1;
        Ok(left)
    }

    /// What follows an expression made into one with it; whether there may be more.
    fn infix(&mut self, left: Deep, least: u8) -> Result<(Deep, bool)> {
        if let Some((sign, level)) = operator(self.kind()) {
            if level < least {
                return Ok((left, false));
            }
            self.next();
            let right = self.at_level(level + 1)?;
            let depth = above([left.1, right.1])?;
            return Ok((Deep(Expr::Binary(sign, left.0.into(), right.0.into()), depth), true));
        }
        let Kind::Keyword(word) = self.kind().clone() else { return Ok((left, false)) };
        let made = match word.as_str() {
            "or" if level::OR >= least => self.chain(left, "or", level::AND, Expr::Or)?,
            "and" if level::AND >= least => self.chain(left, "and", level::NOT, Expr::And)?,
            "is" if level::EQUALITY >= least => self.is(left)?,
            "in" | "between" | "like" if level::PREDICATE >= least => self.predicate(left, false)?,
            "not" if level::PREDICATE >= least => {
                let follows =
                    matches!(self.after(), Kind::Keyword(word) if ["in", "between", "like"].contains(&&**word));
                if !follows {
                    return Ok((left, false));
                }
                self.next();
                self.predicate(left, true)?
            }
            _ => return Ok((left, false)),
        };
        Ok((made, true))
    }

    /// `a AND b AND c` is one level deep, however long it is.
    fn chain(&mut self, left: Deep, word: &str, level: u8, make: fn(Vec<Expr>) -> Expr) -> Result<Deep> {
        let mut depth = left.1;
        let mut parts = vec![left.0];
        while self.take_keyword(word) {
            let Deep(part, its) = self.at_level(level)?;
            depth = depth.max(its);
            parts.push(part);
        }
        Ok(Deep(make(parts), above([depth])?))
    }

    fn is(&mut self, left: Deep) -> Result<Deep> {
        self.next();
        let negated = self.take_keyword("not");
        let what = match () {
            () if self.take_keyword("null") => Is::Null,
            () if self.take_keyword("missing") => Is::Missing,
            () => return Err(self.error("ParseExpectedKeyword", "Expected the keyword NULL or MISSING")),
        };
        Ok(Deep(Expr::Is { value: left.0.into(), what, negated }, above([left.1])?))
    }

    fn predicate(&mut self, left: Deep, negated: bool) -> Result<Deep> {
        let value = Box::new(left.0);
        match self.next() {
            Kind::Keyword(word) if word == "between" => {
                let low = self.at_level(level::SUM)?;
                self.require_keyword("and")?;
                let high = self.at_level(level::SUM)?;
                let depth = above([left.1, low.1, high.1])?;
                Ok(Deep(Expr::Between { value, low: low.0.into(), high: high.0.into(), negated }, depth))
            }
            Kind::Keyword(word) if word == "like" => {
                let pattern = self.at_level(level::SUM)?;
                let escape = match self.take_keyword("escape") {
                    true => Some(self.at_level(level::SUM)?),
                    false => None,
                };
                let depth = above([left.1, pattern.1, escape.as_ref().map_or(0, |escape| escape.1)])?;
                let escape = escape.map(|escape| Box::new(escape.0));
                Ok(Deep(Expr::Like { value, pattern: pattern.0.into(), escape, negated }, depth))
            }
            _ => {
                if !self.is_operator("(") {
                    return Err(self.error("ParseExpectedLeftParenValueConstructor", "Expected a left parenthesis"));
                }
                let (list, depth) = self.arguments()?;
                if list.is_empty() {
                    return Err(self.error("ParseExpectedExpression", "Expected an expression"));
                }
                Ok(Deep(Expr::In { value, list, negated }, above([left.1, depth])?))
            }
        }
    }

    pub(super) fn prefix(&mut self) -> Result<Deep> {
        if self.take_keyword("not") {
            let Deep(expr, depth) = self.at_level(level::NOT)?;
            return Ok(Deep(Expr::Not(expr.into()), above([depth])?));
        }
        for (sign, make) in [("-", Expr::Negative as fn(Box<Expr>) -> Expr), ("+", Expr::Positive)] {
            if self.take_operator(sign) {
                // The least integer has no positive counterpart.
                if sign == "-" && matches!(self.kind(), Kind::Number(digits) if digits == "9223372036854775808") {
                    self.next();
                    return Ok(Deep(Expr::Literal(Literal::Int(i64::MIN)), 1));
                }
                let Deep(expr, depth) = self.at_level(level::UNARY)?;
                return Ok(Deep(make(expr.into()), above([depth])?));
            }
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Deep> {
        let called = *self.after() == Kind::Operator("(");
        match self.kind().clone() {
            Kind::Operator("(") => {
                self.next();
                if self.is_keyword("select") {
                    return Err(unsupported_structure());
                }
                let inner = self.at_level(level::OR)?;
                self.require(")")?;
                Ok(inner)
            }
            Kind::Text(text) => self.literal(Literal::Str(text)),
            Kind::Number(text) => {
                let literal = number(&text).ok_or_else(|| self.error("NumberFormatError", "An invalid number"))?;
                self.literal(literal)
            }
            Kind::Ion(text) => {
                let literal =
                    ion(&text).ok_or_else(|| self.error("LexerInvalidIONLiteral", "An invalid Ion literal"))?;
                self.literal(literal)
            }
            Kind::Keyword(word) if called => self.call(&word),
            Kind::Identifier(word) if called => self.call(&word.to_ascii_lowercase()),
            Kind::Keyword(word) => self.keyword(&word),
            Kind::Identifier(_) | Kind::Quoted(_) => {
                let mut steps: Vec<Step> = self.name().map(Step::Name).into_iter().collect();
                steps.extend(self.steps(false)?);
                let members = steps.last() == Some(&Step::Members);
                if members && (self.mode != Mode::List || self.nesting > 1) {
                    return Err(self.error("ParseInvalidContextForWildcardInSelectList", "Invalid use of *"));
                }
                Ok(Deep(Expr::Path(steps), 1))
            }
            Kind::End => Err(self.error("ParseExpectedExpression", "Expected an expression")),
            _ => Err(self.unexpected()),
        }
    }

    fn literal(&mut self, literal: Literal) -> Result<Deep> {
        self.next();
        Ok(Deep(Expr::Literal(literal), 1))
    }

    fn keyword(&mut self, word: &str) -> Result<Deep> {
        match word {
            "null" => self.literal(Literal::Null),
            "missing" => self.literal(Literal::Missing),
            "true" => self.literal(Literal::Bool(true)),
            "false" => self.literal(Literal::Bool(false)),
            "case" => self.case(),
            "cast" => Err(self.error("ParseExpectedLeftParenAfterCast", "Expected a left parenthesis after CAST")),
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn case(&mut self) -> Result<Deep> {
        self.next();
        let mut depths = Vec::new();
        let mut part = |parser: &mut Self| -> Result<Expr> {
            let Deep(expr, depth) = parser.at_level(level::OR)?;
            depths.push(depth);
            Ok(expr)
        };
        let operand = match self.is_keyword("when") {
            true => None,
            false => Some(Box::new(part(self)?)),
        };
        let mut arms = Vec::new();
        while self.take_keyword("when") {
            let when = part(self)?;
            self.require_keyword("then")?;
            arms.push((when, part(self)?));
        }
        if arms.is_empty() {
            return Err(self.error("ParseExpectedWhenClause", "Expected a WHEN clause"));
        }
        let otherwise = match self.take_keyword("else") {
            true => Some(Box::new(part(self)?)),
            false => None,
        };
        self.require_keyword("end")?;
        Ok(Deep(Expr::Case { operand, arms, otherwise }, above(depths)?))
    }
}

/// Integers of 64 bits; everything else exactly, in decimal digits.
fn number(text: &str) -> Option<Literal> {
    if let Ok(int) = text.parse() {
        return Some(Literal::Int(int));
    }
    Decimal::parse(text).map(Literal::Decimal)
}

/// The scalars of Amazon Ion that have a type here: what is between backquotes is one of them.
fn ion(text: &str) -> Option<Literal> {
    let text = text.trim();
    Some(match text {
        "null" => Literal::Null,
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        _ if text.len() >= 2 && text.starts_with('"') && text.ends_with('"') => {
            match super::Data::parse(text.as_bytes()).ok()? {
                super::Data::Str(text) => Literal::Str(text),
                _ => return None,
            }
        }
        // An exponent after `e` makes it a float in Ion, one after `d` a decimal.
        _ => match Time::parse(text) {
            Some(time) => Literal::Time(time),
            None if text.contains(['e', 'E']) => {
                Decimal::parse(text)?;
                Literal::Float(text.parse().ok().filter(|value: &f64| value.is_finite())?)
            }
            None => number(&text.replace(['d', 'D'], "e"))?,
        },
    })
}
