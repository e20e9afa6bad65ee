//! `nephele up`: a cloud in this process, until it is told to stop.

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use front::{Door, Guard, Info, Server};
use kernel::{Clock, Cloud, Ids, Parts, credentials::AuthMode};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use store::{Durability, Options};

#[derive(Args, Debug)]
pub struct Up {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:4566", env = "NEPHELE_LISTEN")]
    pub listen: SocketAddr,
    /// Where the state is kept.
    #[arg(long, env = "NEPHELE_DATA")]
    pub data: Option<PathBuf>,
    /// Keep nothing: the state is gone when the cloud ends.
    #[arg(long, conflicts_with = "data")]
    pub memory: bool,
    /// What an acknowledged write survives: the end of the process (kill -9), or of the power.
    #[arg(long, value_enum, default_value = "process")]
    pub durability: DurabilityArg,
    /// Verify signatures, or take any access key as root of the account it names.
    #[arg(long, value_enum, default_value = "verify")]
    pub auth: AuthArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DurabilityArg {
    Process,
    Power,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AuthArg {
    Verify,
    Open,
}

/// `$NEPHELE_DATA`, or `nephele` under the user's data directory (XDG base directory specification).
fn data_directory(up: &Up) -> Result<Option<PathBuf>> {
    if up.memory {
        return Ok(None);
    }
    if let Some(data) = &up.data {
        return Ok(Some(data.clone()));
    }
    let base = std::env::var_os("XDG_DATA_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let base = base.or_else(home).context("neither --data nor HOME says where to keep the state; try --memory")?;
    Ok(Some(base.join("nephele")))
}

pub fn run(up: &Up) -> Result<()> {
    let data = data_directory(up)?;
    let durability = match up.durability {
        DurabilityArg::Process => Durability::Process,
        DurabilityArg::Power => Durability::Power,
    };
    let opened = store::open(Options { data: data.clone(), durability, ..Options::default() })?;
    let clock = Clock::system();
    let started = clock.wall();
    let parts = Parts {
        engine: opened.engine,
        blobs: opened.blobs,
        snapshots: opened.snapshots,
        clock,
        ids: Ids::random().context("cannot read randomness from the operating system")?,
        auth: match up.auth {
            AuthArg::Verify => AuthMode::Verify,
            AuthArg::Open => AuthMode::Open,
        },
        endpoint: format!("http://localhost:{}", up.listen.port()),
    };
    let cloud = Cloud::new(parts, crate::services::SERVICES);
    let info = Info {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: data.as_ref().map(|data| data.display().to_string()),
        durability: format!("{:?}", up.durability).to_lowercase(),
        started,
        ..Info::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(cloud.load_clock())?;
    let door = Arc::new(Door::new(cloud.clone(), Guard::default(), info));
    let server = Server::start(up.listen, door)?;
    println!("Nephele {} on http://{}", env!("CARGO_PKG_VERSION"), server.address());
    let stop = server.stopper();
    runtime.block_on(async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    })?;
    stop.stop();
    server.join();
    runtime.block_on(async {
        cloud.flush().await?;
        cloud.engine().close().await
    })?;
    Ok(())
}
