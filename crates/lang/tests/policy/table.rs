//! Reading of the tables: comments, policies by name, and cases `question => answer`.

use lang::policy::{ContextKeys, Policy, Principal};
use wire::Json;

pub struct Case {
    /// File and line.
    pub at: String,
    pub question: String,
    pub answer: String,
    statements: Vec<(String, String)>,
}

impl Case {
    pub fn halves(&self) -> [&str; 2] {
        let (left, right) = self.question.split_once(" | ").unwrap_or_else(|| panic!("{}: no ` | `", self.at));
        [left.trim(), right.trim()]
    }

    pub fn policy(&self, name: &str, parse: impl Fn(&str) -> Policy) -> Policy {
        let found = self.statements.iter().find(|(known, _)| known == name);
        parse(&found.unwrap_or_else(|| panic!("{}: no policy {name}", self.at)).1)
    }
}

pub fn cases(file: &str) -> Vec<Case> {
    let path = format!("{}/tests/policy/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut statements = Vec::new();
    let mut cases = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
    {
        let at = format!("{file}:{}", number + 1);
        if let Some((name, statement)) = line.strip_prefix("policy ").and_then(|line| line.split_once(' ')) {
            statements.push((name.to_owned(), statement.trim().to_owned()));
            continue;
        }
        let (question, answer) = line.rsplit_once("=>").unwrap_or_else(|| panic!("{at}: no `=>`"));
        let [question, answer] = [question, answer].map(|half| half.trim().to_owned());
        cases.push(Case { at, question, answer, statements: statements.clone() });
    }
    cases
}

/// Keys from JSON: a string is a single-valued key, a list a multivalued one.
pub fn context(json: &str) -> ContextKeys {
    let mut keys = ContextKeys::default();
    let json = Json::parse(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    for (key, value) in json.as_object().expect("an object of keys") {
        match value {
            Json::List(values) => keys.set_many(key, values.iter().map(|value| value.as_str().expect("a string"))),
            value => keys.set(key, value.as_str().expect("a string")),
        };
    }
    keys
}

/// The people of all tables.
pub fn principal(name: &str) -> Principal<'static> {
    match name {
        "root" => Principal::Root { account: "111122223333", arn: "arn:aws:iam::111122223333:root" },
        "bob" => Principal::User {
            account: "111122223333",
            arn: "arn:aws:iam::111122223333:user/bob",
            id: "AIDAEXAMPLEBOB000001",
        },
        "eve" => Principal::User {
            account: "444455556666",
            arn: "arn:aws:iam::444455556666:user/eve",
            id: "AIDAEXAMPLEEVE000001",
        },
        "eve-root" => Principal::Root { account: "444455556666", arn: "arn:aws:iam::444455556666:root" },
        "app" => Principal::RoleSession {
            account: "111122223333",
            arn: "arn:aws:sts::111122223333:assumed-role/app/s1",
            role_arn: "arn:aws:iam::111122223333:role/team/app",
            role_id: "AROAEXAMPLEAPP000001",
        },
        "far-app" => Principal::RoleSession {
            account: "444455556666",
            arn: "arn:aws:sts::444455556666:assumed-role/app/s1",
            role_arn: "arn:aws:iam::444455556666:role/app",
            role_id: "AROAEXAMPLEFAR000001",
        },
        "fed" => Principal::FederatedUser {
            account: "111122223333",
            arn: "arn:aws:sts::111122223333:federated-user/fed",
            user_arn: "arn:aws:iam::111122223333:user/bob",
        },
        "sns" => Principal::Service { name: "sns.amazonaws.com" },
        "google" => Principal::Federated { provider: "accounts.google.com" },
        "anonymous" => Principal::Anonymous,
        other => panic!("nobody is called {other}"),
    }
}
