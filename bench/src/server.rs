//! A server process on a core of its own, and what the operating system charges it.

use anyhow::{Context, Result, bail};
use rustix::{
    process::{Pid, Signal, kill_process},
    thread::{CpuSet, sched_setaffinity},
};
use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

/// A number of `/proc/PID/status`.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Children inherit the affinity, so it is set before they start and set back afterwards.
fn pin(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).context("cannot pin to a core: two are needed")
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// The bare hyper server.
    pub fn bare(size: usize) -> Result<Server> {
        pin(0)?;
        let child =
            Command::new(std::env::current_exe()?).args(["bare", &size.to_string()]).stdout(Stdio::piped()).spawn();
        pin(1)?;
        let mut child = child?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        Ok(Server { child, address: line.trim().parse()? })
    }

    /// Debian's nginx, if it is here, with one worker that serves the files of a folder by sendfile.
    pub fn nginx(scratch: &Path, files: &Path) -> Result<Option<Server>> {
        let address = free_address()?;
        let temporary = |name: &str| format!("{name}_temp_path {}/{name};", scratch.display());
        let folders: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(temporary).concat();
        let configuration = format!(
            "daemon off; master_process off; worker_processes 1; pid {0}/nginx.pid; error_log {0}/nginx.log;\n\
             events {{ worker_connections 64; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; {folders}\n\
             server {{ listen {address}; root {1}; }} }}\n",
            scratch.display(),
            files.display()
        );
        let path = scratch.join("nginx.conf");
        std::fs::write(&path, configuration)?;
        pin(0)?;
        let child = Command::new("nginx").arg("-c").arg(&path).arg("-p").arg(scratch).spawn();
        pin(1)?;
        let Ok(child) = child else { return Ok(None) };
        let mut server = Server { child, address };
        server.wait()?;
        Ok(Some(server))
    }

    /// A cloud on both cores, which it shares with the load.
    pub fn on_all_cores(binary: &Path, data: &Path) -> Result<Server> {
        let mut cores = CpuSet::new();
        (0..2).for_each(|core| cores.set(core));
        sched_setaffinity(None, &cores)?;
        let address = free_address()?;
        let mut command = Command::new(binary);
        command.args(["up", "--listen", &address.to_string(), "--data"]).arg(data);
        let mut server = Server { child: command.stdout(Stdio::null()).spawn()?, address };
        server.wait()?;
        Ok(server)
    }

    /// A cloud; `data` is its directory, `None` for memory.
    pub fn nephele(binary: &Path, data: Option<&Path>, options: &[&str]) -> Result<Server> {
        let address = free_address()?;
        let mut command = Command::new(binary);
        command.args(["up", "--listen", &address.to_string()]).args(options);
        match data {
            Some(data) => command.arg("--data").arg(data),
            None => command.arg("--memory"),
        };
        pin(0)?;
        let child = command.stdout(Stdio::null()).spawn();
        pin(1)?;
        let mut server = Server { child: child?, address };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            if std::net::TcpStream::connect(self.address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if start.elapsed() > Duration::from_secs(30) {
                bail!("the server does not listen");
            }
            std::hint::spin_loop();
        }
    }

    /// User and system time so far, all threads.
    pub fn cpu(&self) -> Result<Duration> {
        // Per thread, in nanoseconds; `/proc/PID/stat` counts in hundredths of a second only.
        let mut total = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            total += text.split_whitespace().next().context("schedstat")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(total))
    }

    /// Resident memory in KiB: (all, anonymous).
    pub fn memory(&self) -> Result<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| field(&status, name);
        Ok((field("VmRSS:").context("VmRSS")?, field("RssAnon:").context("RssAnon")?))
    }

    /// The most memory that was ever resident, in KiB.
    pub fn peak_memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        field(&status, "VmHWM:").context("VmHWM")
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(self.child.id() as i32).context("pid")?;
        Ok(kill_process(pid, signal)?)
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(mut self) -> Result<Duration> {
        let start = Instant::now();
        self.signal(Signal::TERM)?;
        self.child.wait()?;
        Ok(start.elapsed())
    }

    /// SIGKILL.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
