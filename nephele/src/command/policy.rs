//! `nephele policy`: policies from what was really done.

use crate::{
    exit::Exit,
    output::{pretty, say},
    target::Target,
};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Make policies from what was really done.
#[derive(Args, Debug)]
pub struct Policy {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Print the smallest policy that allows what a user or role did.
    Suggest {
        /// The user's, the role's or a session's ARN.
        #[arg(long)]
        principal: String,
        /// Only what was done since then: 2026-01-31T12:00:00Z, on the cloud's clock.
        #[arg(long)]
        since: Option<String>,
    },
}

impl Policy {
    pub fn run(self) -> Result<ExitCode> {
        let Action::Suggest { principal, since } = self.action;
        let mut query = format!("suggest?principal={}", escaped(&principal));
        if let Some(since) = since {
            query += &format!("&since={}", escaped(&since));
        }
        say(pretty(&self.target.control()?.get(&query).map_err(Exit::from)?));
        Ok(ExitCode::SUCCESS)
    }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}
