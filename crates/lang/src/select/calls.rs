//! Calls of functions and aggregates, each with the words between its arguments.

use super::{
    Aggregate, Expr, Function, Part, Result, SelectError, Side, Type,
    error::unsupported_structure,
    expression::{Deep, above, level},
    lexer::Kind,
    parser::{Mode, Parser},
};

impl Parser<'_> {
    /// A function by its name in lower case; a parenthesis follows.
    pub(super) fn call(&mut self, word: &str) -> Result<Deep> {
        if let Some((function, _)) = Aggregate::ALL.iter().find(|(_, name)| *name == word) {
            return self.aggregate(*function);
        }
        let function = match word {
            "cast" => return self.cast(),
            "case" => return self.case(),
            "not" => return self.prefix(),
            "substring" => return self.substring(),
            "trim" => return self.trim(),
            "extract" => return self.extract(),
            "date_add" | "date_diff" => return self.date(word == "date_add"),
            "coalesce" => Function::Coalesce,
            "nullif" => Function::NullIf,
            "char_length" | "character_length" => Function::CharLength,
            "lower" => Function::Lower,
            "upper" => Function::Upper,
            "to_string" => Function::ToString,
            "to_timestamp" => Function::ToTimestamp,
            "utcnow" => Function::UtcNow,
            _ if matches!(self.kind(), Kind::Identifier(_)) => {
                let message = format!("We encountered an unsupported SQL function: {word}.");
                return Err(SelectError::new("UnsupportedFunction", message));
            }
            _ => return Err(self.unexpected()),
        };
        self.next();
        let (arguments, depth) = self.arguments()?;
        self.function(function, arguments, depth)
    }

    /// Checks how many arguments there are.
    fn function(&mut self, function: Function, arguments: Vec<Expr>, depth: u32) -> Result<Deep> {
        let count = match function {
            Function::Coalesce => 1..=usize::MAX,
            Function::UtcNow => 0..=0,
            Function::CharLength | Function::Lower | Function::Upper | Function::Extract(_) => 1..=1,
            Function::ToTimestamp => 1..=1,
            Function::NullIf | Function::ToString | Function::DateAdd(_) | Function::DateDiff(_) => 2..=2,
            Function::Substring => 2..=3,
            Function::Trim(_) => 1..=2,
        };
        match count.contains(&arguments.len()) {
            true => Ok(Deep(Expr::Call(function, arguments), above([depth])?)),
            false => Err(SelectError::new(
                "EvaluatorInvalidArguments",
                "There is an incorrect number of arguments in the function call in the SQL expression.",
            )),
        }
    }

    /// `( a, b )`, and how deep they are.
    pub(super) fn arguments(&mut self) -> Result<(Vec<Expr>, u32)> {
        self.require("(")?;
        let mut arguments = Vec::new();
        let mut deepest = 0;
        if self.take_operator(")") {
            return Ok((arguments, deepest));
        }
        loop {
            if self.is_keyword("select") {
                return Err(unsupported_structure());
            }
            if self.is_operator("*") {
                return Err(self.error("ParseUnsupportedCallWithStar", "Only COUNT with (*) is supported"));
            }
            let Deep(argument, depth) = self.at_level(level::OR)?;
            deepest = deepest.max(depth);
            arguments.push(argument);
            if self.take_operator(")") {
                return Ok((arguments, deepest));
            }
            if !self.take_operator(",") {
                return Err(self.error("ParseExpectedArgumentDelimiter", "Expected an argument delimiter"));
            }
        }
    }

    fn aggregate(&mut self, function: Aggregate) -> Result<Deep> {
        if self.mode != Mode::List {
            return Err(unsupported_structure());
        }
        self.next();
        let slot = self.aggregates;
        self.aggregates += 1;
        if function == Aggregate::Count && *self.after() == Kind::Operator("*") {
            self.next();
            self.next();
            self.require(")")?;
            return Ok(Deep(Expr::Aggregate { function, argument: None, slot }, 1));
        }
        if matches!(self.after(), Kind::Keyword(word) if ["distinct", "all"].contains(&&**word)) {
            self.next();
            return Err(self.error("ParseUnsupportedSyntax", "Unsupported use of DISTINCT or ALL"));
        }
        self.mode = Mode::Row;
        let (arguments, depth) = self.arguments()?;
        self.mode = Mode::List;
        let mut arguments = arguments.into_iter();
        match (arguments.next(), arguments.next()) {
            (Some(argument), None) => {
                let argument = Some(Box::new(argument));
                Ok(Deep(Expr::Aggregate { function, argument, slot }, above([depth])?))
            }
            _ => Err(SelectError::new(
                "ParseNonUnaryAgregateFunctionCall",
                "Only one argument is supported for aggregate functions in the SQL expression.",
            )),
        }
    }

    fn cast(&mut self) -> Result<Deep> {
        self.next();
        self.require("(")?;
        let Deep(expr, depth) = self.at_level(level::OR)?;
        if !self.take_keyword("as") {
            return Err(match self.is_operator(",") || self.is_operator(")") {
                true => self.error("ParseCastArity", "The SQL expression CAST has incorrect arity"),
                false => self.error("ParseExpectedKeyword", "Expected the keyword AS"),
            });
        }
        let to = self.type_name()?;
        self.require(")")?;
        Ok(Deep(Expr::Cast(expr.into(), to), above([depth])?))
    }

    fn type_name(&mut self) -> Result<Type> {
        let word = match self.kind() {
            Kind::Keyword(word) => word.clone(),
            Kind::Identifier(word) => word.to_ascii_lowercase(),
            _ => return Err(self.error("ParseExpectedTypeName", "Expected a type name")),
        };
        let (to, parameters) = match word.as_str() {
            "bool" | "boolean" => (Type::Bool, 0),
            "int" | "integer" => (Type::Int, 0),
            "float" => (Type::Float, 1),
            "decimal" | "numeric" => (Type::Decimal, 2),
            "string" | "varchar" | "char" => (Type::Str, 1),
            "timestamp" => (Type::Timestamp, 0),
            _ => return Err(self.error("InvalidDataType", "The SQL expression contains a data type that is not valid")),
        };
        self.next();
        // Scale and precision are passed over (S3 user guide, "Data types"), and lengths with them.
        if self.take_operator("(") {
            let mut given = 0;
            loop {
                match self.next() {
                    Kind::Number(digits) if digits.parse::<u32>().is_ok() => given += 1,
                    _ => {
                        self.back();
                        return Err(self.error("ParseInvalidTypeParam", "An invalid type parameter"));
                    }
                }
                if !self.take_operator(",") {
                    break;
                }
            }
            if given > parameters {
                return Err(self.error("ParseInvalidTypeParam", "Too many type parameters"));
            }
            self.require(")")?;
        }
        Ok(to)
    }

    /// `SUBSTRING(text FROM start FOR length)`, or with commas.
    fn substring(&mut self) -> Result<Deep> {
        self.next();
        self.require("(")?;
        let mut arguments = Vec::new();
        let mut deepest = 0;
        for word in ["from", "for", ""] {
            let Deep(argument, depth) = self.at_level(level::OR)?;
            deepest = deepest.max(depth);
            arguments.push(argument);
            if !self.take_operator(",") && (word.is_empty() || !self.take_keyword(word)) {
                break;
            }
        }
        if !self.take_operator(")") {
            let sentence = "Expected a right parenthesis";
            return Err(self.error("ParseExpectedRightParenBuiltinFunctionCall", sentence));
        }
        self.function(Function::Substring, arguments, deepest)
    }

    /// `TRIM([[LEADING | TRAILING | BOTH] [characters] FROM] text)`
    fn trim(&mut self) -> Result<Deep> {
        self.next();
        self.require("(")?;
        let side = match () {
            () if self.take_keyword("leading") => Some(Side::Leading),
            () if self.take_keyword("trailing") => Some(Side::Trailing),
            () if self.take_keyword("both") => Some(Side::Both),
            () => None,
        };
        let mut depths = Vec::new();
        let mut characters = None;
        let text = match self.take_keyword("from") {
            true => self.at_level(level::OR)?,
            false => {
                let first = self.at_level(level::OR)?;
                match self.take_keyword("from") {
                    true => {
                        depths.push(first.1);
                        characters = Some(first.0);
                        self.at_level(level::OR)?
                    }
                    false if side.is_some() => {
                        return Err(self.error("ParseExpectedKeyword", "Expected the keyword FROM"));
                    }
                    false => first,
                }
            }
        };
        depths.push(text.1);
        self.require(")")?;
        let arguments = [Some(text.0), characters].into_iter().flatten().collect();
        let deepest = depths.into_iter().max().unwrap_or_default();
        self.function(Function::Trim(side.unwrap_or(Side::Both)), arguments, deepest)
    }

    fn part(&mut self, zones: bool) -> Result<Part> {
        let word = match self.kind() {
            Kind::Keyword(word) => word.clone(),
            Kind::Identifier(word) => word.to_ascii_lowercase(),
            _ => String::new(),
        };
        let part = Part::ALL.iter().find(|(_, name)| *name == word).map(|(part, _)| *part);
        match part.filter(|part| zones || *part < Part::TimezoneHour) {
            Some(part) => {
                self.next();
                Ok(part)
            }
            None => Err(self.error("ParseExpectedDatePart", "Expected a date part")),
        }
    }

    fn extract(&mut self) -> Result<Deep> {
        self.next();
        self.require("(")?;
        let part = self.part(true)?;
        self.require_keyword("from")?;
        let Deep(time, depth) = self.at_level(level::OR)?;
        self.require(")")?;
        self.function(Function::Extract(part), vec![time], depth)
    }

    fn date(&mut self, add: bool) -> Result<Deep> {
        self.next();
        self.require("(")?;
        let part = self.part(false)?;
        let mut arguments = Vec::new();
        let mut deepest = 0;
        while self.take_operator(",") {
            let Deep(argument, depth) = self.at_level(level::OR)?;
            deepest = deepest.max(depth);
            arguments.push(argument);
        }
        self.require(")")?;
        let function = if add { Function::DateAdd(part) } else { Function::DateDiff(part) };
        self.function(function, arguments, deepest)
    }
}
