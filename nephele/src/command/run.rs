//! `nephele run`: a private cloud in memory, for one command, that ends with it.

use crate::{
    aws_cli,
    cloud::{AuthArg, DurabilityArg, Running, Settings},
    environment::{self, Environment},
    listen,
    signals::hangup_is_ignored,
    target::Endpoint,
};
use anyhow::{Context as _, Result};
use clap::Args;
use rustix::{
    process::{Pid, Signal, getpgrp, kill_process},
    termios::tcgetpgrp,
};
use std::{
    ffi::OsString,
    net::SocketAddr,
    os::unix::{
        fs::{DirBuilderExt, PermissionsExt},
        process::ExitStatusExt,
    },
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// Run a command with a private cloud in memory that ends with it.
///
/// The command finds the cloud in its environment (AWS_ENDPOINT_URL, keys, region; NEPHELE_ENDPOINT). Signals reach it,
/// and its exit status is passed on.
#[derive(Args, Debug)]
pub struct Run {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = listen::parse)]
    listen: SocketAddr,
    /// Verify signatures, or take any access key as root of the account it names.
    #[arg(long, value_enum, default_value = "verify")]
    auth: AuthArg,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Run {
    pub fn run(self) -> Result<ExitCode> {
        let listener = listen::take(self.listen)?;
        let settings = Settings {
            data: None,
            durability: DurabilityArg::Process,
            auth: self.auth,
            encrypt: false,
            token: None,
            // It ends with its command.
            stop: None,
            log: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let status = runtime.block_on(async {
            let mut signals = listen_for_signals()?;
            let running = Running::start(listener, settings).await?;
            let shim = Shim::place()?;
            let mut child = command(&Endpoint::of(running.address()), &self.command, shim.as_ref())?
                .spawn()
                .context("cannot start a process")?;
            loop {
                tokio::select! {
                    status = child.wait() => break anyhow::Ok(status?),
                    Some(signal) = signals.recv() => pass_on(signal, &child),
                }
            }
        })?;
        // The state was in memory: there is nothing to finish, whoever may still be asking.
        Ok(ExitCode::from(exit_code(status)))
    }
}

/// The command, by way of `nephele child`.
fn command(endpoint: &Endpoint, words: &[OsString], shim: Option<&Shim>) -> Result<Command> {
    let environment = Environment::of(endpoint);
    let mut path = environment::path_with_nephele().or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    if let Some(Shim(directory)) = shim {
        path = std::env::join_paths(std::iter::once(directory.clone()).chain(std::env::split_paths(&path)))?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["child", "--parent", &std::process::id().to_string(), "--"]).args(words);
    command.envs(environment.set).env("NEPHELE_ENDPOINT", endpoint.to_string()).env("PATH", path);
    for name in environment.unset {
        command.env_remove(name);
    }
    Ok(command)
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn listen_for_signals() -> Result<mpsc::UnboundedReceiver<Signal>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let hangup_ignored = hangup_is_ignored();
    for (kind, number) in [
        (SignalKind::hangup(), Signal::HUP),
        (SignalKind::interrupt(), Signal::INT),
        (SignalKind::quit(), Signal::QUIT),
        (SignalKind::terminate(), Signal::TERM),
        (SignalKind::user_defined1(), Signal::USR1),
        (SignalKind::user_defined2(), Signal::USR2),
    ] {
        if number == Signal::HUP && hangup_ignored {
            continue;
        }
        let (mut stream, sender) = (signal(kind)?, sender.clone());
        tokio::spawn(async move { while stream.recv().await.is_some() && sender.send(number).is_ok() {} });
    }
    Ok(receiver)
}

fn pass_on(signal: Signal, child: &Child) {
    // What is typed at a terminal reaches all of its foreground processes: the command has it already.
    let typed = [Signal::INT, Signal::QUIT].contains(&signal)
        && tcgetpgrp(std::io::stdin()).is_ok_and(|foreground| foreground == getpgrp());
    if let (false, Some(pid)) = (typed, child.id().and_then(|id| Pid::from_raw(id as i32))) {
        // A command that has just ended needs no signal.
        let _ = kill_process(pid, signal);
    }
}

/// A directory, first on PATH, with an `aws` that names the endpoint to a CLI that may be version 1.
struct Shim(PathBuf);

const SHIM: &str = "nephele-run-";

impl Shim {
    fn place() -> Result<Option<Shim>> {
        let Some(aws) = aws_cli::search("aws").filter(|aws| aws_cli::is_script(aws)) else { return Ok(None) };
        let temporary = std::env::temp_dir();
        remove_stale(&temporary);
        let directory = temporary.join(format!("{SHIM}{}", std::process::id()));
        let place = || {
            std::fs::DirBuilder::new().mode(0o700).create(&directory)?;
            let program = format!("exec {}", crate::shell::Shell::Sh.quote(&aws.to_string_lossy()));
            let script = directory.join("aws");
            std::fs::write(&script, format!("#!/bin/sh\n{}\n", aws_cli::with_endpoint(&program)))?;
            std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700))
        };
        place().with_context(|| format!("cannot write {}", directory.display()))?;
        Ok(Some(Shim(directory)))
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        // What cannot be removed now, the next `run` removes.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes what a `run` that was killed could not.
fn remove_stale(temporary: &Path) {
    for entry in std::fs::read_dir(temporary).into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.strip_prefix(SHIM)?.parse().ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else { continue };
        let gone = rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH);
        if gone || pid == rustix::process::getpid() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
