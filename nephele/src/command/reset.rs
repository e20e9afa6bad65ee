//! `nephele reset`: an empty cloud again.

use crate::{
    exit::Exit,
    output::{print, say},
    target::Target,
};
use anyhow::{Result, bail};
use clap::Args;
use std::{
    io::{IsTerminal, stdin},
    process::ExitCode,
};
use wire::Json;

/// Delete everything in the cloud, except its snapshots.
#[derive(Args, Debug)]
pub struct Reset {
    /// Do not ask. Without a terminal nothing is asked.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    target: Target,
}

impl Reset {
    pub fn run(self) -> Result<ExitCode> {
        let control = self.target.control()?;
        // Before asking: is it there, and whose is it?
        let info = control.get("info").map_err(Exit::from)?;
        if !self.yes && stdin().is_terminal() {
            let data = info.get("data").and_then(Json::as_str).unwrap_or("in memory");
            print(format_args!("Delete everything in the cloud at {} ({data})? [y/N] ", control.endpoint));
            let mut answer = String::new();
            stdin().read_line(&mut answer)?;
            if !matches!(answer.trim(), "y" | "Y" | "yes") {
                bail!("nothing was deleted");
            }
        }
        control.post("reset", &Json::Object(Vec::new())).map_err(Exit::from)?;
        say(format_args!("reset {}", control.endpoint));
        Ok(ExitCode::SUCCESS)
    }
}
