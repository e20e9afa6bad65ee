//! `nephele snapshot`: saved states of the whole cloud.

use crate::{control::Trouble, exit::Exit, output::say, target::Target, words};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use wire::Json;

/// Save, restore, list and delete states of the whole cloud.
#[derive(Args, Debug)]
pub struct Snapshot {
    #[command(subcommand)]
    action: Option<Action>,
    /// As one JSON object.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Keep the present state under a name.
    Save {
        #[arg(value_parser = name)]
        name: String,
        /// Replace an older one of that name.
        #[arg(long)]
        replace: bool,
    },
    /// Exchange the whole state for a saved one, which stays.
    Restore {
        #[arg(value_parser = name)]
        name: String,
    },
    /// List what is saved (as without a subcommand).
    List,
    /// Delete a saved state.
    Delete {
        #[arg(value_parser = name)]
        name: String,
    },
}

impl Snapshot {
    pub fn run(self) -> Result<ExitCode> {
        let control = self.target.control()?;
        let nothing = Json::Object(Vec::new());
        let action = self.action.unwrap_or(Action::List);
        let (answer, hint) = match &action {
            Action::List => (control.get("snapshots"), ""),
            Action::Save { name, replace } => {
                let body = Json::from([("replace", *replace)]);
                (control.post(&format!("snapshots/{name}"), &body), "; --replace replaces it")
            }
            Action::Restore { name } => {
                (control.post(&format!("snapshots/{name}/restore"), &nothing), "; `nephele snapshot list` names them")
            }
            Action::Delete { name } => {
                (control.delete(&format!("snapshots/{name}")), "; `nephele snapshot list` names them")
            }
        };
        let answer = answer.map_err(|trouble| match trouble {
            Trouble::Refused { status: 400, message } => Exit::new(1, message + hint),
            other => other.into(),
        })?;
        match &action {
            _ if self.json => say(&answer),
            Action::List => {
                for saved in answer.get("snapshots").and_then(Json::as_list).unwrap_or_default() {
                    say(describe(saved));
                }
            }
            Action::Save { .. } => say(format_args!("saved {}", describe(&answer))),
            Action::Restore { name } => say(format_args!("restored {name}")),
            Action::Delete { name } => say(format_args!("deleted {name}")),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn describe(saved: &Json) -> String {
    let text = |name| saved.get(name).and_then(Json::as_str).unwrap_or_default();
    let bytes = words::bytes(saved.get("bytes").and_then(Json::as_i64).unwrap_or_default());
    format!("{:<24} {} {bytes:>10}", text("name"), text("saved"))
}

/// The store's rule, which also makes the name fit for a path.
fn name(text: &str) -> Result<String, String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(good) && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err("1 to 64 characters of A-Z a-z 0-9 . _ -, not beginning with a period".to_owned())
}
