//! `nephele whoami`: whose the shell's access key is, and which policies are over it.

use crate::{
    exit::Exit,
    output::{print, say},
    target::Target,
};
use anyhow::Result;
use clap::Args;
use kernel::credentials::ROOT_KEY;
use std::process::ExitCode;
use wire::Json;

/// Show whose an access key is, and the policies over it.
#[derive(Args, Debug)]
pub struct Whoami {
    /// The access key's id; without it that of the environment, or `test`.
    #[arg(long, env = "AWS_ACCESS_KEY_ID", default_value = ROOT_KEY)]
    key: String,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Whoami {
    pub fn run(self) -> Result<ExitCode> {
        // A variable that is empty is one that is not set, to AWS's clients too.
        let key = if self.key.is_empty() { ROOT_KEY } else { &self.key };
        if !key.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Exit::new(2, "an access key's id has letters and digits only".to_owned()).into());
        }
        let answer = self.target.control()?.get(&format!("whoami/{key}")).map_err(Exit::from)?;
        match self.json {
            true => say(&answer),
            false => print(table(&answer)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn table(answer: &Json) -> String {
    let mut table = String::new();
    let mut line = |name: &str, value: &str| table += &format!("{name:<20}{value}\n");
    let text = |name: &str| answer.get(name).and_then(Json::as_str);
    for (name, title) in [("arn", "principal"), ("type", "type"), ("account", "account"), ("userId", "id")] {
        line(title, text(name).unwrap_or_default());
    }
    if let Some(expires) = text("expires") {
        let expired = answer.get("expired") == Some(&Json::Bool(true));
        let mfa = answer.get("mfa") == Some(&Json::Bool(true));
        let state = if expired { "is over since" } else { "until" };
        line("session", &format!("{state} {expires}, {} MFA", if mfa { "with" } else { "without" }));
    }
    let names =
        |list: &Json| list.as_list().unwrap_or_default().iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ");
    let is_root = text("type") == Some("Root");
    let policies = answer.get("policies").map(names).unwrap_or_default();
    match (policies.is_empty(), is_root) {
        (true, true) => line("policies", "none needed: the root user"),
        (true, false) => line("policies", "none: nothing is allowed"),
        (false, _) => line("policies", &policies),
    }
    if let Some(boundary) = text("boundary") {
        line("boundary", boundary);
    }
    if let Some(policies) = answer.get("sessionPolicies") {
        line("session policies", &names(policies));
    }
    if let Some(organization) = text("organization") {
        line("organization", organization);
        for level in answer.get("serviceControlPolicies").and_then(Json::as_list).unwrap_or_default() {
            line("  service controls", &names(level));
        }
    }
    table
}
