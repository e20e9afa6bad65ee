//! From text to a condition. What its operands may be is in `operands`.

use super::{
    Comparator, Condition, Operand, Path, Result, Value,
    lexer::Kind,
    operands::{Arguments, Call, boolean, check_between, check_comparison, check_in},
    parser::Parser,
};

/// What was read: only what follows tells whether an operand was meant, or something true or false.
enum Node<'a> {
    Condition(Condition<'a>),
    Operand(Operand<'a>),
    /// A function, and its name.
    Call(Call<'a>, &'a str),
}

/// A node, and whether it is in parentheses.
struct Part<'a> {
    node: Node<'a>,
    enclosed: bool,
}

/// Stands for an operand that is wrong, until the error is told.
static NOTHING: Value = Value::Null;

/// What has been read of one level of parentheses. Levels are kept here, not on the stack of the thread: 4 KB may open many.
#[derive(Default)]
struct Level<'a> {
    /// Before the last OR.
    either: Vec<Condition<'a>>,
    /// Behind it, before the last AND.
    both: Vec<Condition<'a>>,
    /// How many NOTs are before what is next.
    negations: usize,
}

impl<'a> Level<'a> {
    fn is_joined(&self) -> bool {
        !(self.either.is_empty() && self.both.is_empty())
    }

    fn and(&mut self, condition: Condition<'a>) {
        if self.both.is_empty() {
            self.both.reserve(8);
        }
        self.both.push(condition);
    }

    fn or(&mut self, condition: Condition<'a>) {
        self.both.push(condition);
        let both = std::mem::take(&mut self.both);
        self.either.push(one_or(both, Condition::And));
    }

    fn finish(mut self, last: Condition<'a>) -> Condition<'a> {
        self.or(last);
        one_or(self.either, Condition::Or)
    }
}

fn one_or<'a>(mut parts: Vec<Condition<'a>>, join: fn(Vec<Condition<'a>>) -> Condition<'a>) -> Condition<'a> {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

impl<'a> Parser<'a, '_> {
    pub(super) fn condition(&mut self) -> Result<Condition<'a>> {
        let (mut level, mut outer) = (Level::default(), Vec::new());
        loop {
            while self.take(Kind::Not) {
                self.count_operator()?;
                level.negations += 1;
            }
            if self.take(Kind::Open) {
                outer.push(std::mem::take(&mut level));
                continue;
            }
            let mut part = match self.simple()? {
                Some(operand) => self.compared(operand)?,
                None => {
                    let first = self.primary()?;
                    self.comparison(first)?
                }
            };
            loop {
                if level.negations > 0 {
                    part = self.negated(part, std::mem::take(&mut level.negations))?;
                }
                match self.token.kind {
                    Kind::And => level.and(self.boolean(part)?),
                    Kind::Or => level.or(self.boolean(part)?),
                    _ => {
                        if level.is_joined() {
                            let condition = level.finish(self.boolean(part)?);
                            part = Part { node: Node::Condition(condition), enclosed: false };
                        }
                        let Some(before) = outer.pop() else { return self.boolean(part) };
                        level = before;
                        part = self.enclosed(part)?;
                        part = self.comparison(part)?;
                        continue;
                    }
                }
                self.next();
                self.count_operator()?;
                break;
            }
        }
    }

    /// Up to the end of its parentheses.
    fn enclosed(&mut self, part: Part<'a>) -> Result<Part<'a>> {
        self.require(Kind::Close)?;
        if part.enclosed {
            self.redundant_parentheses();
        }
        Ok(Part { enclosed: true, ..part })
    }

    fn negated(&mut self, part: Part<'a>, times: usize) -> Result<Part<'a>> {
        let mut condition = self.boolean(part)?;
        for _ in 0..times {
            condition = Condition::Not(Box::new(condition));
        }
        Ok(Part { node: Node::Condition(condition), enclosed: false })
    }

    /// With what it is compared with, if it is.
    fn comparison(&mut self, first: Part<'a>) -> Result<Part<'a>> {
        match self.token.kind {
            Kind::Equal | Kind::NotEqual | Kind::Less | Kind::LessOrEqual => {}
            Kind::Greater | Kind::GreaterOrEqual | Kind::Between | Kind::In => {}
            _ => return Ok(first),
        }
        let left = self.operand(first)?;
        self.compared(left)
    }

    fn compared(&mut self, left: Operand<'a>) -> Result<Part<'a>> {
        let comparator = match self.token.kind {
            Kind::Equal => Comparator::Equal,
            Kind::NotEqual => Comparator::NotEqual,
            Kind::Less => Comparator::Less,
            Kind::LessOrEqual => Comparator::LessOrEqual,
            Kind::Greater => Comparator::Greater,
            Kind::GreaterOrEqual => Comparator::GreaterOrEqual,
            Kind::Between => return self.between(left),
            Kind::In => return self.within(left),
            _ => return Ok(Part { node: Node::Operand(left), enclosed: false }),
        };
        self.next();
        self.count_operator()?;
        let right = self.next_operand()?;
        check_comparison(self, comparator, &left, &right);
        Ok(Part { node: Node::Condition(Condition::Compare(comparator, left, right)), enclosed: false })
    }

    fn between(&mut self, value: Operand<'a>) -> Result<Part<'a>> {
        self.next();
        self.count_operator()?;
        let low = self.next_operand()?;
        self.require(Kind::And)?;
        let high = self.next_operand()?;
        let operands = Box::new([value, low, high]);
        check_between(self, &operands);
        Ok(Part { node: Node::Condition(Condition::Between(operands)), enclosed: false })
    }

    fn within(&mut self, value: Operand<'a>) -> Result<Part<'a>> {
        self.next();
        self.count_operator()?;
        self.require(Kind::Open)?;
        let mut list = vec![self.next_operand()?];
        while self.take(Kind::Comma) {
            list.push(self.next_operand()?);
        }
        self.require(Kind::Close)?;
        check_in(self, &value, &list);
        Ok(Part { node: Node::Condition(Condition::In(value, list)), enclosed: false })
    }

    /// A value or a path, as most operands are; `None` for everything else.
    fn simple(&mut self) -> Result<Option<Operand<'a>>> {
        match self.token.kind {
            Kind::Value => Ok(Some(Operand::Value(self.value().unwrap_or(&NOTHING)))),
            Kind::Name => self.path().map(Operand::Path).map(Some),
            Kind::Word if !self.is_call() => self.path().map(Operand::Path).map(Some),
            _ => Ok(None),
        }
    }

    fn next_operand(&mut self) -> Result<Operand<'a>> {
        match self.simple()? {
            Some(operand) => Ok(operand),
            None => {
                let part = self.primary()?;
                self.operand(part)
            }
        }
    }

    fn primary(&mut self) -> Result<Part<'a>> {
        let node = match self.token.kind {
            // Of an operand: what is in parentheses otherwise is read in `condition`.
            Kind::Open => {
                self.next();
                let inner = self.nested(Self::primary)?;
                return self.enclosed(inner);
            }
            Kind::And | Kind::Or | Kind::Between | Kind::In => return Err(self.unexpected()),
            _ if self.is_call() => {
                let (call, word) = self.call()?;
                Node::Call(call, word)
            }
            _ => match self.simple()? {
                Some(operand) => Node::Operand(operand),
                // Another keyword is a name that is reserved.
                None if self.is_path() => Node::Operand(Operand::Path(self.path()?)),
                None => return Err(self.unexpected()),
            },
        };
        Ok(Part { node, enclosed: false })
    }

    fn call(&mut self) -> Result<(Call<'a>, &'a str)> {
        let function = self.next();
        self.count_operator()?;
        self.next();
        let mut arguments = Arguments::default();
        while self.token.kind != Kind::Close || arguments.count > 0 {
            arguments.push(self.nested(Self::next_operand)?);
            if !self.take(Kind::Comma) {
                break;
            }
        }
        self.require(Kind::Close)?;
        Ok((boolean(self, function, arguments), function))
    }

    /// Something true or false.
    fn boolean(&mut self, part: Part<'a>) -> Result<Condition<'a>> {
        match part.node {
            Node::Condition(condition) => Ok(condition),
            Node::Call(Call::Condition(condition), _) => Ok(condition),
            Node::Call(Call::Operand(_), word) => {
                self.misused(word);
                Ok(Condition::Exists(Path::attribute("")))
            }
            Node::Call(Call::Wrong, _) => Ok(Condition::Exists(Path::attribute(""))),
            Node::Operand(_) => Err(self.unexpected()),
        }
    }

    /// Something with a value.
    fn operand(&mut self, part: Part<'a>) -> Result<Operand<'a>> {
        match part.node {
            Node::Operand(operand) | Node::Call(Call::Operand(operand), _) => Ok(operand),
            Node::Call(Call::Condition(_), word) => {
                self.misused(word);
                Ok(Operand::Path(Path::attribute("")))
            }
            Node::Call(Call::Wrong, _) => Ok(Operand::Path(Path::attribute(""))),
            Node::Condition(_) => Err(self.unexpected()),
        }
    }

    fn misused(&mut self, function: &str) {
        self.defer(format_args!(
            "The function is not allowed to be used this way in an expression; function: {function}"
        ));
    }
}
