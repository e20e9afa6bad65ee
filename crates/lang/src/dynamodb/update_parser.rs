//! From text to an update.

use super::{
    Action, Assigned, Path, Result, Term, Type, Update, Value,
    lexer::Kind,
    operands::{requires_path, wrong_count, wrong_operand_type},
    parser::Parser,
};

const SECTIONS: [&str; 4] = ["SET", "REMOVE", "ADD", "DELETE"];

/// Stands for a value that is not defined, until that is told.
static NOTHING: Value = Value::Null;

impl<'a> Parser<'a, '_> {
    pub(super) fn update(&mut self) -> Result<Update<'a>> {
        let mut actions = Vec::new();
        let mut seen = [false; 4];
        loop {
            let Some(section) = SECTIONS.iter().position(|word| self.is_word(word)) else {
                return Err(self.unexpected());
            };
            self.next();
            if std::mem::replace(&mut seen[section], true) {
                let word = SECTIONS[section];
                self.defer(format_args!("The \"{word}\" section can only be used once in an update expression;"));
            }
            loop {
                actions.push(self.action(section)?);
                if !self.take(Kind::Comma) {
                    break;
                }
            }
            if self.token.kind == Kind::End {
                break;
            }
        }
        self.check_distinct(&actions.iter().map(Action::path).collect::<Vec<_>>());
        Ok(Update { actions, legacy: false })
    }

    fn action(&mut self, section: usize) -> Result<Action<'a>> {
        let path = self.path()?;
        Ok(match SECTIONS[section] {
            "SET" => {
                self.require(Kind::Equal)?;
                Action::Set(path, self.assigned()?)
            }
            "REMOVE" => Action::Remove(path),
            "ADD" => Action::Add(path, self.added("ADD", |of| of == Type::N || of.is_set())?),
            _ => Action::Delete(path, self.added("DELETE", Type::is_set)?),
        })
    }

    /// The value of ADD or DELETE, of a type that it takes.
    fn added(&mut self, operator: &str, takes: impl Fn(Type) -> bool) -> Result<&'a Value> {
        if self.token.kind != Kind::Value {
            return Err(self.unexpected());
        }
        self.count_operator()?;
        let Some(value) = self.value() else { return Ok(&NOTHING) };
        if !takes(value.type_of()) {
            let found = value.type_of().long_name();
            self.defer(format_args!(
                "Incorrect operand type for operator or function; operator: {operator}, operand type: {found}, \
                 typeSet: ALLOWED_FOR_{operator}_OPERAND"
            ));
        }
        Ok(value)
    }

    fn assigned(&mut self) -> Result<Assigned<'a>> {
        // The developer guide has no parentheses in its grammar; AWS takes them around the whole.
        if self.take(Kind::Open) {
            let assigned = self.nested(Self::assigned)?;
            self.require(Kind::Close)?;
            return Ok(assigned);
        }
        let left = self.term()?;
        let sign = match self.token.kind {
            Kind::Plus => "+",
            Kind::Minus => "-",
            _ => return Ok(Assigned::Term(left)),
        };
        self.next();
        self.count_operator()?;
        let right = self.term()?;
        for term in [&left, &right] {
            self.check_term(sign, term, Type::N);
        }
        Ok(if sign == "+" { Assigned::Sum(left, right) } else { Assigned::Difference(left, right) })
    }

    fn term(&mut self) -> Result<Term<'a>> {
        match self.token.kind {
            Kind::Value => Ok(Term::Value(self.value().unwrap_or(&NOTHING))),
            _ if self.is_call() => self.function(),
            _ if self.is_path() => Ok(Term::Path(self.path()?)),
            _ => Err(self.unexpected()),
        }
    }

    fn function(&mut self) -> Result<Term<'a>> {
        let function = self.next();
        self.count_operator()?;
        self.next();
        let (mut first, mut second, mut count) = (None, None, 0);
        while self.token.kind != Kind::Close || count > 0 {
            let term = self.nested(Self::term)?;
            match count {
                0 => first = Some(term),
                1 => second = Some(term),
                _ => {}
            }
            count += 1;
            if !self.take(Kind::Comma) {
                break;
            }
        }
        self.require(Kind::Close)?;
        match (function, first, second) {
            ("if_not_exists", Some(Term::Path(path)), Some(otherwise)) if count == 2 => {
                return Ok(Term::IfNotExists(path, Box::new(otherwise)));
            }
            ("list_append", Some(left), Some(right)) if count == 2 => {
                for term in [&left, &right] {
                    self.check_term(function, term, Type::L);
                }
                return Ok(Term::ListAppend(Box::new([left, right])));
            }
            ("if_not_exists", ..) if count == 2 => requires_path(self, function),
            ("if_not_exists" | "list_append", ..) => wrong_count(self, function, count),
            (
                "attribute_exists" | "attribute_not_exists" | "attribute_type" | "begins_with" | "contains" | "size",
                ..,
            ) => {
                self.defer(format_args!("The function is not allowed in an update expression; function: {function}"));
            }
            _ => self.defer(format_args!("Invalid function name; function: {function}")),
        }
        Ok(Term::Path(Path::attribute("")))
    }

    /// As far as the type of a term is known before an item is seen.
    fn check_term(&mut self, operator: &str, term: &Term, wanted: Type) {
        let found = match term {
            Term::Value(value) => value.type_of(),
            Term::ListAppend(_) => Type::L,
            Term::IfNotExists(_, otherwise) => return self.check_term(operator, otherwise, wanted),
            Term::Path(_) => return,
        };
        if found != wanted {
            wrong_operand_type(self, operator, found);
        }
    }
}
