//! `nephele up`: a cloud in this process, until it is told to stop.

use super::detach;
use crate::{
    banner::banner,
    cloud::{AuthArg, DurabilityArg, Running, Settings, data_directory},
    listen,
    signals::hangup_is_ignored,
};
use anyhow::Result;
use clap::Args;
use rustix::process::{Signal, getpid, kill_process};
use std::{
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    process::{ExitCode, exit},
};
use tokio::signal::unix::{SignalKind, signal};

/// Start a cloud.
///
/// It runs until Ctrl-C, SIGTERM or `nephele down`, finishes the requests in progress, and ends; a second Ctrl-C ends it
/// at once. No acknowledged write is lost either way.
#[derive(Args, Debug)]
pub struct Up {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4566", env = "NEPHELE_LISTEN", value_parser = listen::parse)]
    pub listen: SocketAddr,
    /// Where the state is kept [default: $NEPHELE_DATA, $XDG_DATA_HOME/nephele or ~/.local/share/nephele].
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "memory")]
    pub data: Option<PathBuf>,
    /// Keep nothing: the state is gone when the cloud ends.
    #[arg(long)]
    pub memory: bool,
    /// What an acknowledged write survives: the end of the process (kill -9), or of the power.
    #[arg(long, value_enum, default_value = "process")]
    pub durability: DurabilityArg,
    /// Verify signatures, or take any access key as root of the account it names.
    #[arg(long, value_enum, default_value = "verify")]
    pub auth: AuthArg,
    /// Encrypt the bytes of all objects, under a key that lies beside the data (`root.key`).
    #[arg(long)]
    pub encrypt: bool,
    /// What control commands must show; without it they work on this machine only.
    #[arg(long, env = "NEPHELE_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Go on in the background; `nephele down` ends it.
    #[arg(long)]
    pub detach: bool,
    /// This is the process in the background.
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub background: bool,
}

impl Up {
    pub fn run(self) -> Result<ExitCode> {
        if self.detach {
            return detach::start();
        }
        let listener = listen::take(self.listen)?;
        let settings = Settings {
            data: if self.memory { None } else { Some(data_directory(self.data.as_deref())?) },
            durability: self.durability,
            auth: self.auth,
            encrypt: self.encrypt,
            token: self.token.filter(|token| !token.is_empty()),
            stop: Some(terminate),
            log: None,
        };
        let log = self.background.then(|| detach::log_file(settings.data.as_deref()));
        let settings = Settings { log: log.clone(), ..settings };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let hangup_ignored = hangup_is_ignored();
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            let mut hangup = signal(SignalKind::hangup())?;
            let running = Running::start(listener, settings).await?;
            let text = banner(&running.describe(), running.address());
            match log {
                Some(log) => detach::ready(running.endpoint(), &text, &log)?,
                // Whoever started the cloud may have closed its output.
                None => drop(std::io::stdout().write_all(text.as_bytes())),
            }
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv(), if !hangup_ignored => {}
            }
            tokio::select! {
                ended = running.end() => ended,
                // Asked a second time: at once.
                _ = interrupt.recv() => exit(130),
                _ = terminate.recv() => exit(143),
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn terminate() {
    // A process may always signal itself.
    let _ = kill_process(getpid(), Signal::TERM);
}
