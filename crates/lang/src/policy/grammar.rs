//! From a JSON document to a policy. IAM user guide, "Grammar of the IAM JSON policy language".

use wire::Json;

use super::{
    Condition, Effect, Element, Kind, Operator, Pattern, Policy, PolicyError, PrincipalId, Statement, Version,
    document::Service,
    pattern::Syntax,
    rules::{self, Sentences},
};

/// Far above every quota of AWS and the longest policy of its own (149 KiB); what is longer is not even read.
pub const MAX_BYTES: usize = 256 * 1024;
pub const MAX_STATEMENTS: usize = 1_000;
/// Of one element: actions, resources, principals, values of a condition key.
pub const MAX_VALUES: usize = 10_000;

type Result<T> = std::result::Result<T, PolicyError>;

pub(super) fn parse(text: &str, kind: Kind) -> Result<Policy> {
    let say = Sentences(kind);
    if text.len() > MAX_BYTES {
        return Err(say.syntax(format!("the document has {} bytes, of at most {MAX_BYTES}", text.len())));
    }
    let document = Json::parse(text).map_err(|error| say.json(format!("the document is not JSON: {error}")))?;
    policy(&document, kind)
}

pub(super) fn policy(document: &Json, kind: Kind) -> Result<Policy> {
    let say = Sentences(kind);
    let members = object(document, "the document", say)?;
    let mut version = None;
    let mut id = None;
    let mut blocks: Option<&[Json]> = None;
    for (name, value) in members {
        match name.as_str() {
            "Version" => {
                version = Some(match value.as_str() {
                    Some("2008-10-17") => Version::V2008,
                    Some("2012-10-17") => Version::V2012,
                    _ => {
                        return Err(
                            say.syntax(format!("Version: {value} is neither \"2012-10-17\" nor \"2008-10-17\""))
                        );
                    }
                });
            }
            "Id" => id = Some(string(value, "Id", say)?.to_owned()),
            "Statement" => {
                blocks = Some(match value {
                    Json::List(blocks) => blocks,
                    block => std::slice::from_ref(block),
                });
            }
            unknown => return Err(say.unknown_field(unknown, format!("unknown element {unknown:?}"))),
        }
    }
    let blocks = blocks.ok_or_else(|| say.missing("Statement", "the document".to_owned()))?;
    if blocks.is_empty() || blocks.len() > MAX_STATEMENTS {
        return Err(say.syntax(format!("Statement: {} statements, of 1 to {MAX_STATEMENTS}", blocks.len())));
    }
    let reader = Reader { say, variables: version == Some(Version::V2012) };
    let statements =
        blocks.iter().enumerate().map(|(index, block)| reader.statement(block, index)).collect::<Result<Vec<_>>>()?;
    // IAM first reads the whole document and only then looks at what it says, so a syntax error anywhere comes first.
    rules::version(version, kind)?;
    let statements = rules::complete(statements, kind)?;
    Ok(Policy { version, id, statements: statements.into_iter().collect() })
}

/// A statement as read: elements that a kind requires may still be absent.
pub(super) struct Draft {
    pub at: String,
    pub sid: Option<String>,
    pub effect: Effect,
    /// `Effect` was not in AWS's own spelling, which its second parser minds.
    pub effect_misspelt: bool,
    pub principal: Option<Element<PrincipalId>>,
    pub action: Option<Element<Pattern>>,
    pub resource: Option<Element<Pattern>>,
    pub conditions: Vec<Condition>,
}

impl Draft {
    pub(super) fn into_statement(self, action: Element<Pattern>) -> Statement {
        let Draft { sid, effect, principal, resource, conditions, .. } = self;
        Statement { sid, effect, principal, service: Service::of_all(&action), action, resource, conditions }
    }
}

struct Reader {
    say: Sentences,
    variables: bool,
}

impl Reader {
    fn statement(&self, block: &Json, index: usize) -> Result<Draft> {
        let at = format!("Statement[{index}]");
        let mut sid = None;
        let mut effect = None;
        let mut principal = None;
        let mut action = None;
        let mut resource = None;
        let mut conditions = Vec::new();
        for (name, value) in object(block, &at, self.say)? {
            let here = format!("{at}.{name}");
            let negated = name.starts_with("Not");
            let twice = match name.as_str() {
                "Sid" => sid.replace(string(value, &here, self.say)?.to_owned()).is_some(),
                "Effect" => effect.replace(self.effect(value, &here)?).is_some(),
                "Principal" | "NotPrincipal" => principal.replace(self.principals(value, negated, &here)?).is_some(),
                "Action" | "NotAction" => {
                    action.replace(self.patterns(value, Syntax::Wildcards, negated, &here)?).is_some()
                }
                "Resource" | "NotResource" => {
                    resource.replace(self.patterns(value, Syntax::Resource, negated, &here)?).is_some()
                }
                "Condition" => {
                    conditions = self.conditions(value, &here)?;
                    false
                }
                unknown => return Err(self.say.unknown_field(unknown, format!("{at}: unknown element {unknown:?}"))),
            };
            if twice {
                return Err(self.say.syntax(format!("{here}: an element and its Not… form exclude each other")));
            }
        }
        let (effect, effect_misspelt) = effect.ok_or_else(|| self.say.missing("Effect", at.clone()))?;
        Ok(Draft { at, sid, effect, effect_misspelt, principal, action, resource, conditions })
    }

    fn effect(&self, value: &Json, here: &str) -> Result<(Effect, bool)> {
        let text = string(value, here, self.say)?;
        match text {
            "Allow" => Ok((Effect::Allow, false)),
            "Deny" => Ok((Effect::Deny, false)),
            _ if text.eq_ignore_ascii_case("Allow") => Ok((Effect::Allow, true)),
            _ if text.eq_ignore_ascii_case("Deny") => Ok((Effect::Deny, true)),
            _ => Err(self.say.effect(text, format!("{here}: {text:?} is neither \"Allow\" nor \"Deny\""))),
        }
    }

    fn patterns(&self, value: &Json, syntax: Syntax, negated: bool, here: &str) -> Result<Element<Pattern>> {
        // The trust policy has no resources; `${…}` in an action is text. IAM user guide, "Where you can use policy variables".
        let variables = self.variables && syntax == Syntax::Resource;
        let entries = strings(value, here, self.say)?;
        let entries = entries.into_iter().map(|text| Pattern::new(text, syntax, variables)).collect();
        Ok(Element { negated, entries })
    }

    fn principals(&self, value: &Json, negated: bool, here: &str) -> Result<Element<PrincipalId>> {
        if let Some(text) = value.as_str() {
            if text == "*" {
                return Ok(Element { negated, entries: vec![PrincipalId::Everyone] });
            }
            return Err(self.say.principal(
                &format!("{text:?}"),
                format!("{here}: a string other than \"*\"; write {{\"AWS\": {text:?}}}"),
            ));
        }
        let mut entries = Vec::new();
        for (family, names) in object(value, here, self.say)? {
            let here = format!("{here}.{family}");
            let names = strings(names, &here, self.say)?;
            if names.is_empty() {
                return Err(self.say.principal(&format!("\"{family}\""), format!("{here}: the list is empty")));
            }
            for name in names {
                let plain = !name.is_empty() && !name.contains(|c: char| c == '*' || c.is_whitespace());
                let entry = match family.as_str() {
                    "AWS" => PrincipalId::aws(name),
                    "Service" => (plain && name.contains('.')).then(|| PrincipalId::Service(name.to_owned())),
                    "Federated" => plain.then(|| PrincipalId::Federated(name.to_owned())),
                    "CanonicalUser" => plain.then(|| PrincipalId::CanonicalUser(name.to_owned())),
                    _ => None,
                };
                let reason = || {
                    self.say
                        .principal(&format!("\"{family}\":{name:?}"), format!("{here}: {name:?} names no principal"))
                };
                entries.push(entry.ok_or_else(reason)?);
            }
        }
        Ok(Element { negated, entries })
    }

    fn conditions(&self, value: &Json, here: &str) -> Result<Vec<Condition>> {
        let mut conditions = Vec::new();
        for (name, keys) in object(value, here, self.say)? {
            let here = format!("{here}.{name}");
            let operator =
                Operator::parse(name).ok_or_else(|| self.say.operator(name, format!("{here}: unknown operator")))?;
            for (key, values) in object(keys, &here, self.say)? {
                let values = scalars(values, &format!("{here}.{key}"), self.say)?;
                conditions.push(Condition::new(operator, key, &values, self.variables));
            }
        }
        Ok(conditions)
    }
}

/// An object without a repeated key. "Individual elements must not contain multiple instances of the same key."
fn object<'a>(value: &'a Json, here: &str, say: Sentences) -> Result<&'a [(String, Json)]> {
    let members = value.as_object().ok_or_else(|| say.syntax(format!("{here}: an object is wanted")))?;
    if members.len() > MAX_VALUES {
        return Err(say.syntax(format!("{here}: {} members, of at most {MAX_VALUES}", members.len())));
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(say.syntax(format!("{here}: {:?} comes twice", pair[0]))),
        None => Ok(members),
    }
}

fn string<'a>(value: &'a Json, here: &str, say: Sentences) -> Result<&'a str> {
    value.as_str().ok_or_else(|| say.syntax(format!("{here}: a string is wanted")))
}

fn list<'a>(value: &'a Json, here: &str, say: Sentences) -> Result<&'a [Json]> {
    let items = value.as_list().unwrap_or(std::slice::from_ref(value));
    if items.len() > MAX_VALUES {
        return Err(say.syntax(format!("{here}: {} values, of at most {MAX_VALUES}", items.len())));
    }
    Ok(items)
}

fn strings<'a>(value: &'a Json, here: &str, say: Sentences) -> Result<Vec<&'a str>> {
    list(value, here, say)?.iter().map(|item| string(item, here, say)).collect()
}

/// Condition values: "quotation marks are optional for numeric and Boolean values".
fn scalars(value: &Json, here: &str, say: Sentences) -> Result<Vec<String>> {
    let text = |item: &Json| match item {
        Json::Str(text) => Ok(text.clone()),
        Json::Bool(_) | Json::Int(_) | Json::Float(_) => Ok(item.to_string()),
        _ => Err(say.syntax(format!("{here}: strings, numbers or booleans are wanted"))),
    };
    list(value, here, say)?.iter().map(text).collect()
}
