//! `nephele down`: ends a cloud, and waits until it is gone.

use crate::{exit::Exit, output::say, target::Target};
use anyhow::{Result, bail};
use clap::Args;
use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use std::{process::ExitCode, thread::sleep, time::Duration};
use wire::Json;

/// A cloud that is asked to end finishes its requests and writes what is not yet written: seconds at most.
const LOOKS: u32 = 6_000;
const PERIOD: Duration = Duration::from_millis(5);

/// Stop a cloud.
#[derive(Args, Debug)]
pub struct Down {
    #[command(flatten)]
    target: Target,
}

impl Down {
    pub fn run(self) -> Result<ExitCode> {
        let control = self.target.control()?;
        let info = control.get("info").map_err(Exit::from)?;
        control.post("stop", &Json::Object(Vec::new())).map_err(Exit::from)?;
        // Elsewhere its process is not ours to see.
        let pid = info.get("pid").and_then(Json::as_i64).and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        let pid = pid.filter(|_| control.endpoint.is_local());
        for _ in 0..LOOKS {
            if !control.is_open() && pid.is_none_or(has_ended) {
                say(format_args!("stopped {}", control.endpoint));
                return Ok(ExitCode::SUCCESS);
            }
            sleep(PERIOD);
        }
        match pid {
            Some(pid) => {
                bail!("process {pid} does not end; `kill -9 {pid}` ends it, and loses nothing that it acknowledged")
            }
            None => bail!("{} still takes connections", control.endpoint),
        }
    }
}

fn has_ended(pid: Pid) -> bool {
    // Ended, and its parent has not looked yet; where there is no /proc, the parent has to.
    let zombie = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'))
    };
    test_kill_process(pid) == Err(Errno::SRCH) || zombie()
}
