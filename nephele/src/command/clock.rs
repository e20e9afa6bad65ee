//! `nephele clock`: the cloud's virtual time, shown and moved.

use crate::{banner, exit::Exit, output::say, target::Target};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use wire::Json;

/// Show or move the cloud's clock.
///
/// Everything that waits in the cloud waits on this clock. What becomes due when it is moved has happened when the
/// command returns.
#[derive(Args, Debug)]
pub struct Clock {
    #[command(subcommand)]
    change: Option<Change>,
    /// As one JSON object.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Change {
    /// Show the time (as without a subcommand).
    Show,
    /// Move time forward: 90s, 15m, 12h, 30d, 1h30m.
    Advance { duration: String },
    /// Let time stand still; `advance` still moves it.
    Freeze,
    /// Let time run again.
    Resume,
}

impl Clock {
    pub fn run(self) -> Result<ExitCode> {
        let control = self.target.control()?;
        let change = match self.change {
            None | Some(Change::Show) => None,
            Some(Change::Advance { duration }) => Some(Json::from([("advance", duration)])),
            Some(Change::Freeze) => Some(Json::from([("freeze", true)])),
            Some(Change::Resume) => Some(Json::from([("resume", true)])),
        };
        let clock = match change {
            None => control.get("clock"),
            Some(change) => control.post("clock", &change),
        };
        let clock = clock.map_err(Exit::from)?;
        if self.json {
            say(&clock);
        } else {
            let now = clock.get("now").and_then(Json::as_str).unwrap_or_default().to_owned();
            let state = banner::clock(&Json::Object(vec![("clock".to_owned(), clock)]));
            say(format_args!("{now} ({})", state.as_deref().unwrap_or("as the wall clock")));
        }
        Ok(ExitCode::SUCCESS)
    }
}
