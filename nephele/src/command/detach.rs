//! `nephele up --detach`: the cloud in a process of its own, which answers before this one ends.
//!
//! The new process says on its standard output where it is and what its banner is, once it serves; what it says on
//! standard error before that is why it does not. From then on both go to its log file.

use crate::{
    control::{Control, Trouble},
    output::print,
    target::Endpoint,
};
use anyhow::{Context as _, Result, bail};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

const LOG: &str = "nephele.log";

/// Starts this very command again, in the background.
pub fn start() -> Result<ExitCode> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1).map(|word| if word == "--detach" { "--background".into() } else { word }))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start a process")?;
    let (mut said, mut complaints) = (String::new(), String::new());
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut said)?;
    }
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut complaints)?;
    }
    let Some((endpoint, banner)) = said.split_once('\n') else {
        eprint!("{complaints}");
        let status = child.wait()?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
        return Ok(ExitCode::from(status.max(1)));
    };
    let endpoint: Endpoint = endpoint.parse()?;
    match Control::new(&endpoint).within(Duration::from_secs(10)).get("health") {
        // Behind a token, or on an address where control commands are refused, a refusal is the sign of life.
        Ok(_) | Err(Trouble::Refused { .. }) => {}
        Err(trouble) => bail!("the cloud started and then did not answer: {trouble}"),
    }
    print(banner);
    Ok(ExitCode::SUCCESS)
}

/// Where the process in the background writes its messages.
pub fn log_file(data: Option<&Path>) -> PathBuf {
    match data {
        Some(data) => data.join(LOG),
        None => std::env::temp_dir().join(format!("nephele-{}.log", std::process::id())),
    }
}

/// In the background: leaves the terminal, tells the waiting process, and turns to the log file.
pub fn ready(endpoint: &str, banner: &str, log: &Path) -> Result<()> {
    let in_use = |error| anyhow::anyhow!("cannot write the log {}: {error}", log.display());
    let file = open(log).map_err(in_use)?;
    rustix::process::setsid().context("cannot leave the terminal")?;
    let mut stdout = std::io::stdout();
    write!(stdout, "{endpoint}\n{banner}").and_then(|()| stdout.flush()).context("nobody waits for this process")?;
    (&file).write_all(banner.as_bytes()).map_err(in_use)?;
    // All paths are absolute by now; the directory in which it was started can be removed or unmounted.
    rustix::process::chdir("/").context("cannot leave the working directory")?;
    rustix::stdio::dup2_stdout(&file)?;
    rustix::stdio::dup2_stderr(&file)?;
    Ok(())
}

fn open(log: &Path) -> std::io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(no_follow()).open(log)
}

/// The temporary directory is everybody's: a link that someone put there is not followed.
fn no_follow() -> i32 {
    rustix::fs::OFlags::NOFOLLOW.bits() as i32
}
