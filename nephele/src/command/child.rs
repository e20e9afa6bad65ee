//! The last step of `nephele run`: becomes the command, after having bound its life to its parent's.

use crate::exit::Exit;
use anyhow::Result;
use clap::Args;
use rustix::process::getppid;
use std::{
    ffi::OsString,
    io::ErrorKind,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

#[derive(Args, Debug)]
pub struct Child {
    #[arg(long)]
    parent: i32,
    #[arg(required = true, last = true)]
    command: Vec<OsString>,
}

impl Child {
    pub fn run(self) -> Result<ExitCode> {
        // Kept over the exec that follows: the command does not outlive a `run` that was killed.
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        if getppid().map(|parent| parent.as_raw_pid()) != Some(self.parent) {
            return Ok(ExitCode::FAILURE);
        }
        let Some((program, arguments)) = self.command.split_first() else { return Ok(ExitCode::FAILURE) };
        let error = Command::new(program).args(arguments).exec();
        // As shells tell the two apart.
        let status = if error.kind() == ErrorKind::NotFound { 127 } else { 126 };
        Err(Exit::new(status, format!("cannot run {}: {error}", program.display())).into())
    }
}
