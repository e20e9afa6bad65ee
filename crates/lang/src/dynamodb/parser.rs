//! What all expressions have in common: tokens taken in turn, paths, and the errors.
//!
//! AWS finds syntax errors first. Whatever else is wrong is told in the order in which it is written; so the first such error
//! waits until the text has been read to its end.

use super::{
    Error, Path, Result, Step, Substitutions, Value,
    lexer::{self, Kind, Token},
    reserved::is_reserved,
};

/// Of the text of an expression.
pub const MAX_EXPRESSION_BYTES: usize = 4096;
/// Operators and functions of an expression.
pub const MAX_OPERATORS: usize = 300;
/// Names and indexes of a path.
const MAX_PATH: usize = 32;
/// How deep parentheses may be nested. What is nested deeper has redundant ones, or too many operators.
const MAX_NESTING: usize = MAX_OPERATORS + 2;

/// Which parameter an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    Condition,
    Filter,
    KeyCondition,
    Projection,
    Update,
}

impl Parameter {
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Condition => "ConditionExpression",
            Parameter::Filter => "FilterExpression",
            Parameter::KeyCondition => "KeyConditionExpression",
            Parameter::Projection => "ProjectionExpression",
            Parameter::Update => "UpdateExpression",
        }
    }

    /// `Invalid UpdateExpression: …`
    pub(super) fn error(self, detail: impl std::fmt::Display) -> Error {
        Error::request(format!("Invalid {}: {detail}", self.name()))
    }
}

pub(super) struct Parser<'a, 's> {
    pub parameter: Parameter,
    text: &'a str,
    substitutions: &'s mut Substitutions<'a>,
    /// Where the token before begins.
    before: u32,
    pub token: Token,
    deferred: Option<Error>,
    operators: usize,
    nesting: usize,
}

impl<'a, 's> Parser<'a, 's> {
    /// Reads all of a text.
    pub(super) fn read<T>(
        parameter: Parameter,
        text: &'a str,
        substitutions: &'s mut Substitutions<'a>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
            return Err(parameter.error("The expression can not be empty;"));
        }
        if text.len() > MAX_EXPRESSION_BYTES {
            let sentence = "Expression size has exceeded the maximum allowed size; expression size: ";
            return Err(parameter.error(format_args!("{sentence}{}", text.len())));
        }
        let mut parser = Parser {
            parameter,
            text,
            substitutions,
            before: lexer::token(text, 0).at,
            token: lexer::token(text, 0),
            deferred: None,
            operators: 0,
            nesting: 0,
        };
        let result = read(&mut parser)?;
        if parser.token.kind != Kind::End {
            return Err(parser.unexpected());
        }
        parser.deferred.map_or(Ok(result), Err)
    }

    /// The token at which the text cannot be read on.
    pub(super) fn unexpected(&self) -> Error {
        let after = lexer::token(self.text, self.token.end);
        let end = if after.kind == Kind::End { self.token.end } else { after.end };
        let near = self.text[self.before as usize..end as usize].trim_end();
        let token = if self.token.kind == Kind::End { "<EOF>" } else { self.token.text(self.text) };
        self.parameter.error(format_args!("Syntax error; token: \"{token}\", near: \"{near}\""))
    }

    /// Told when there is no syntax error.
    pub(super) fn defer(&mut self, detail: impl std::fmt::Display) {
        if self.deferred.is_none() {
            self.deferred = Some(self.parameter.error(detail));
        }
    }

    /// Its text.
    pub(super) fn next(&mut self) -> &'a str {
        let token = self.token;
        self.before = token.at;
        self.token = lexer::token(self.text, token.end);
        token.text(self.text)
    }

    /// Of a section; in any case.
    pub(super) fn is_word(&self, keyword: &str) -> bool {
        self.token.kind == Kind::Word
            && (self.token.end - self.token.at) as usize == keyword.len()
            && self.token.text(self.text).eq_ignore_ascii_case(keyword)
    }

    pub(super) fn take(&mut self, kind: Kind) -> bool {
        let is = self.token.kind == kind;
        if is {
            self.next();
        }
        is
    }

    pub(super) fn require(&mut self, kind: Kind) -> Result<()> {
        if self.take(kind) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Whether a word is followed by its operands.
    pub(super) fn is_call(&self) -> bool {
        self.token.kind == Kind::Word && lexer::token(self.text, self.token.end).kind == Kind::Open
    }

    /// AWS stops to count at the first that is too many.
    pub(super) fn count_operator(&mut self) -> Result<()> {
        self.operators += 1;
        if self.operators <= MAX_OPERATORS {
            return Ok(());
        }
        let count = self.operators;
        Err(self.parameter.error(format_args!("The expression contains too many operators; operator count: {count}")))
    }

    pub(super) fn redundant_parentheses(&mut self) {
        self.defer("The expression has redundant parentheses;");
    }

    /// Something in parentheses, or behind an operator: one level down.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting == MAX_NESTING {
            self.redundant_parentheses();
            return Err(self.deferred.take().unwrap_or_else(|| self.unexpected()));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    /// `:v`
    pub(super) fn value(&mut self) -> Option<&'a Value> {
        let placeholder = self.next();
        let value = self.substitutions.value(placeholder);
        if value.is_none() {
            self.defer(format_args!(
                "An expression attribute value used in expression is not defined; attribute value: {placeholder}"
            ));
        }
        value
    }

    /// A name, or what it stands for.
    fn name(&mut self) -> Result<&'a str> {
        match self.token.kind {
            Kind::Word | Kind::And | Kind::Or | Kind::Not | Kind::Between | Kind::In => {
                let word = self.next();
                if is_reserved(word) {
                    self.defer(format_args!("Attribute name is a reserved keyword; reserved keyword: {word}"));
                }
                Ok(word)
            }
            Kind::Name => {
                let placeholder = self.next();
                let name = self.substitutions.name(placeholder);
                if name.is_none() {
                    self.defer(format_args!(
                        "An expression attribute name used in the document path is not defined; attribute name: {placeholder}"
                    ));
                }
                Ok(name.unwrap_or_default())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Whether a path may begin here.
    pub(super) fn is_path(&self) -> bool {
        matches!(self.token.kind, Kind::Word | Kind::Name | Kind::And | Kind::Or | Kind::Not | Kind::Between | Kind::In)
    }

    pub(super) fn path(&mut self) -> Result<Path<'a>> {
        let mut path = Path::attribute(self.name()?);
        loop {
            if self.take(Kind::Dot) {
                let name = self.name()?;
                path.steps.push(Step::Name(name));
            } else if self.take(Kind::OpenBracket) {
                if self.token.kind != Kind::Digits {
                    return Err(self.unexpected());
                }
                let text = self.next();
                let index = text.parse().unwrap_or_else(|_| {
                    self.defer(format_args!("List index is not within the allowable range; index: [{text}]"));
                    0
                });
                self.require(Kind::CloseBracket)?;
                path.steps.push(Step::Index(index));
            } else {
                break;
            }
        }
        if path.len() > MAX_PATH {
            let levels = path.len();
            self.defer(format_args!("The document path has too many nesting elements; nesting levels: {levels}"));
        }
        Ok(path)
    }

    /// Paths of one expression lead to different places. The first that does not is told with the first that it meets.
    pub(super) fn check_distinct(&mut self, paths: &[&Path]) {
        // Sorted, what meets is next to each other.
        let mut sorted = paths.to_vec();
        sorted.sort_unstable_by_key(|path| (path.name, &*path.steps));
        if sorted.windows(2).all(|pair| !pair[0].overlaps(pair[1]) && !pair[0].conflicts(pair[1])) {
            return;
        }
        for (at, two) in paths.iter().enumerate() {
            for one in &paths[..at] {
                let how = match () {
                    () if one.overlaps(two) => "overlap",
                    () if one.conflicts(two) => "conflict",
                    () => continue,
                };
                return self.defer(format_args!(
                    "Two document paths {how} with each other; must remove or rewrite one of these paths; \
                     path one: {one}, path two: {two}"
                ));
            }
        }
    }
}
