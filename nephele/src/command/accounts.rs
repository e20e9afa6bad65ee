//! `nephele accounts`: the accounts that the cloud knows by name, with their root keys.

use crate::{
    exit::Exit,
    output::{print, say},
    target::Target,
};
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;
use wire::Json;

/// List the accounts that have a name, with their root keys.
///
/// Every 12 digits are an account: `aws --endpoint-url …` with the access key id 111122223333 and the secret `test` is its
/// root user. Listed are those that AWS Organizations created or holds, and those that were given a name.
#[derive(Args, Debug)]
pub struct Accounts {
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Accounts {
    pub fn run(self) -> Result<ExitCode> {
        let answer = self.target.control()?.get("accounts").map_err(Exit::from)?;
        if self.json {
            say(&answer);
            return Ok(ExitCode::SUCCESS);
        }
        let accounts = answer.get("accounts").and_then(Json::as_list).unwrap_or_default();
        if accounts.is_empty() {
            say("No account has a name yet. test/test is root of 000000000000; <12 digits>/test is root of any other.");
            return Ok(ExitCode::SUCCESS);
        }
        for account in accounts {
            let text = |name: &str| account.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
            print(format_args!(
                "{}  {:<9} {:<24} {:<32} {:<14} keys {}/{}\n",
                text("id"),
                text("state"),
                text("name"),
                text("email"),
                text("organization"),
                text("accessKeyId"),
                text("secretAccessKey"),
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
