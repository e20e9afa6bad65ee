//! The clauses of a statement. Their expressions are in `expression`.

use super::{
    From, Item, Name, Result, SelectError, SelectList, Statement, Step,
    error::{invalid_key_path, unsupported_structure},
    lexer::{self, Kind, Token, error_at},
    resolve,
};

/// Of an expression, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// How deep operators may be nested. AWS does not say its own bound.
pub const MAX_DEPTH: u32 = 128;

impl Statement {
    pub fn parse(text: &str) -> Result<Statement> {
        if text.len() > MAX_BYTES {
            let message = "The SQL expression is too long: The maximum byte-length for the SQL expression is 256 KB.";
            return Err(SelectError::new("ExpressionTooLong", message));
        }
        let mut parser =
            Parser { text, tokens: lexer::tokens(text)?, at: 0, nesting: 0, aggregates: 0, mode: Mode::Row };
        parser.statement()
    }
}

/// Where in a statement an expression is: only a list may have aggregates, and they none inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    List,
    Row,
}

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// Of the parser itself.
    pub nesting: u32,
    pub aggregates: usize,
    pub mode: Mode,
}

impl Parser<'_> {
    fn statement(&mut self) -> Result<Statement> {
        if !self.take_keyword("select") {
            return Err(match self.kind() {
                Kind::Keyword(_) => self.error("ParseUnexpectedKeyword", "Unexpected keyword found"),
                _ => self.unexpected(),
            });
        }
        for unsupported in ["distinct", "all", "value"] {
            if self.is_keyword(unsupported) {
                return Err(self.error("ParseUnsupportedSelect", "Unsupported use of SELECT"));
            }
        }
        self.mode = Mode::List;
        let mut list = self.list()?;
        resolve::check_list(&mut list)?;
        self.mode = Mode::Row;
        if !self.take_keyword("from") {
            return Err(match self.kind() {
                Kind::End => self.error("ParseSelectMissingFrom", "The SELECT has no FROM"),
                _ => self.unexpected(),
            });
        }
        let from = self.from()?;
        let filter = match self.take_keyword("where") {
            true => Some(self.expression()?),
            false => None,
        };
        for clause in ["group", "having"] {
            if self.is_keyword(clause) {
                return Err(unsupported_structure());
            }
        }
        for operation in ["union", "intersect", "except"] {
            if self.is_keyword(operation) {
                return Err(SelectError::new(
                    "UnsupportedSqlOperation",
                    "We encountered an unsupported SQL operation.",
                ));
            }
        }
        let limit = match self.take_keyword("limit") {
            true => Some(self.limit()?),
            false => None,
        };
        self.take_operator(";");
        match self.kind() {
            Kind::End => Ok(Statement { list, from, filter, limit }),
            _ => Err(self.unexpected()),
        }
    }

    fn list(&mut self) -> Result<SelectList> {
        if matches!(self.kind(), Kind::End) || self.is_keyword("from") {
            return Err(self.error("ParseEmptySelect", "The SELECT clause is empty"));
        }
        if self.take_operator("*") {
            return match self.is_operator(",") {
                false => Ok(SelectList::All),
                true => Err(self.asterisk_is_not_alone()),
            };
        }
        let mut items = vec![self.item()?];
        while self.take_operator(",") {
            if self.is_operator("*") {
                return Err(self.asterisk_is_not_alone());
            }
            items.push(self.item()?);
        }
        Ok(SelectList::Items(items))
    }

    fn asterisk_is_not_alone(&self) -> SelectError {
        self.error(
            "ParseAsteriskIsNotAloneInSelectList",
            "Other expressions are not allowed in the SELECT list when '*' is used without dot notation",
        )
    }

    fn item(&mut self) -> Result<Item> {
        let expr = match self.expression()? {
            super::Expr::Path(mut steps) if steps.last() == Some(&Step::Members) => {
                steps.pop();
                if steps.iter().any(|step| matches!(step, Step::Members | Step::Items | Step::Index(_))) {
                    return Err(self.error(
                        "ParseCannotMixSqbAndWildcardInSelectList",
                        "Cannot mix [] and * in the same expression in a SELECT list",
                    ));
                }
                return Ok(Item::Members(super::Expr::Path(steps)));
            }
            expr => expr,
        };
        let alias = self.alias()?;
        Ok(Item::Expr { expr, alias })
    }

    /// `AS alias`, or the alias alone.
    fn alias(&mut self) -> Result<Option<Name>> {
        if self.take_keyword("as") {
            return match self.name() {
                Some(name) => Ok(Some(name)),
                None => Err(self.error("ParseExpectedIdentForAlias", "Expected an identifier for the alias")),
            };
        }
        Ok(self.name())
    }

    fn from(&mut self) -> Result<From> {
        match self.name() {
            Some(name) if name.text.eq_ignore_ascii_case("s3object") => {}
            Some(_) => {
                let message =
                    "The SQL expression contains a table name that is not valid: only S3Object can be queried.";
                return Err(SelectError::new("InvalidTableAlias", message));
            }
            None if self.is_operator("(") => return Err(unsupported_structure()),
            None => return Err(self.unexpected()),
        }
        let mut steps = self.steps(true)?;
        // Records are an object's values; a path leads on from each.
        match steps.first() {
            None => {}
            Some(Step::Items) => drop(steps.remove(0)),
            Some(_) => return Err(invalid_key_path()),
        }
        let alias = self.alias()?;
        if self.is_keyword("at") {
            return Err(self.error("ParseUnsupportedSyntax", "Unsupported use of AT"));
        }
        if self.is_operator(",")
            || ["join", "inner", "left", "right", "full", "cross", "natural"].iter().any(|word| self.is_keyword(word))
        {
            let message = "Multiple data sources are not supported.";
            return Err(SelectError::new("MultipleDataSourcesUnsupported", message));
        }
        Ok(From { steps, alias })
    }

    fn limit(&mut self) -> Result<u64> {
        let negative = self.take_operator("-");
        match self.next() {
            Kind::Number(digits) => match digits.parse() {
                Ok(limit) if !negative || limit == 0 => Ok(limit),
                Ok(_) => Err(SelectError::new("EvaluatorNegativeLimit", "LIMIT must not be negative.")),
                Err(_) => {
                    self.at -= 1;
                    Err(self.error("ParseExpectedNumber", "Expected a number for LIMIT"))
                }
            },
            _ => {
                self.at -= 1;
                Err(self.error("ParseExpectedNumber", "Expected a number for LIMIT"))
            }
        }
    }

    /// What follows a name: `.name`, `[0]`, `['name']`, and wildcards.
    pub(super) fn steps(&mut self, wildcards: bool) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            if self.take_operator(".") {
                match self.name() {
                    Some(name) => steps.push(Step::Name(name)),
                    None if self.take_operator("*") => {
                        steps.push(Step::Members);
                        // In a list it ends the path.
                        if !wildcards {
                            return Ok(steps);
                        }
                    }
                    None => return Err(self.error("ParseInvalidPathComponent", "Invalid path component")),
                }
            } else if self.take_operator("[") {
                let step = match self.next() {
                    Kind::Operator("*") if wildcards => Step::Items,
                    Kind::Operator("*") => {
                        self.at -= 1;
                        let sentence = "Invalid use of * in SELECT list";
                        return Err(self.error("ParseInvalidContextForWildcardInSelectList", sentence));
                    }
                    Kind::Text(text) => Step::Name(Name { text, quoted: true }),
                    Kind::Number(digits) if digits.parse::<u32>().is_ok() => {
                        Step::Index(digits.parse().unwrap_or_default())
                    }
                    _ => {
                        self.at -= 1;
                        return Err(self.error("ParseInvalidPathComponent", "Invalid path component"));
                    }
                };
                steps.push(step);
                self.require("]")?;
            } else {
                return Ok(steps);
            }
        }
    }

    pub(super) fn name(&mut self) -> Option<Name> {
        let name = match self.kind() {
            Kind::Identifier(text) => Name { text: text.clone(), quoted: false },
            Kind::Quoted(text) => Name { text: text.clone(), quoted: true },
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.tokens[self.at.min(self.tokens.len() - 1)].kind
    }

    /// The token behind the next.
    pub(super) fn after(&self) -> &Kind {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind
    }

    pub(super) fn next(&mut self) -> Kind {
        let kind = self.kind().clone();
        self.at += 1;
        kind
    }

    /// Goes back by one token.
    pub(super) fn back(&mut self) {
        self.at -= 1;
    }

    pub(super) fn is_keyword(&self, word: &str) -> bool {
        matches!(self.kind(), Kind::Keyword(found) if found == word)
    }

    pub(super) fn take_keyword(&mut self, word: &str) -> bool {
        let is = self.is_keyword(word);
        self.at += usize::from(is);
        is
    }

    pub(super) fn require_keyword(&mut self, word: &str) -> Result<()> {
        match self.take_keyword(word) {
            true => Ok(()),
            false => Err(self.error("ParseExpectedKeyword", &format!("Expected the keyword {}", word.to_uppercase()))),
        }
    }

    pub(super) fn is_operator(&self, sign: &str) -> bool {
        matches!(self.kind(), Kind::Operator(found) if *found == sign)
    }

    pub(super) fn take_operator(&mut self, sign: &str) -> bool {
        let is = self.is_operator(sign);
        self.at += usize::from(is);
        is
    }

    pub(super) fn require(&mut self, sign: &str) -> Result<()> {
        match self.take_operator(sign) {
            true => Ok(()),
            false => Err(self.error("ParseExpectedTokenType", &format!("Expected '{sign}'"))),
        }
    }

    pub(super) fn unexpected(&self) -> SelectError {
        self.error("ParseUnexpectedToken", &format!("Unexpected token found {}", self.kind().describe()))
    }

    /// At the next token.
    pub(super) fn error(&self, code: &'static str, sentence: &str) -> SelectError {
        let at = self.tokens.get(self.at).map_or(self.text.len(), |token| token.at);
        error_at(code, sentence, self.text, at)
    }
}
