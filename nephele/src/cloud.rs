//! A cloud in this process: how it is set up, started and ended.

use crate::{
    exit::{Exit, IN_USE},
    listen,
};
use anyhow::{Context as _, Result, anyhow};
use clap::ValueEnum;
use front::{Door, Facts, Guard, Info, Server};
use kernel::{Clock, Cloud, Ids, Parts, credentials::AuthMode};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{Durability, Gauge, OpenError, Opened, Options};
use wire::Json;

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

pub struct Settings {
    /// `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    pub durability: DurabilityArg,
    pub auth: AuthArg,
    /// Objects are encrypted at rest, whatever their writers say.
    pub encrypt: bool,
    pub token: Option<String>,
    /// Tells this process to end.
    pub stop: Option<fn()>,
    /// Where messages go, when not to a terminal.
    pub log: Option<PathBuf>,
}

/// A cloud that serves.
pub struct Running {
    cloud: Arc<Cloud>,
    door: Arc<Door>,
    server: Server,
}

impl Running {
    pub async fn start(listener: TcpListener, settings: Settings) -> Result<Running> {
        raise_open_files();
        let opened = open(&settings)?;
        let address = listener.local_addr()?;
        let clock = Clock::system();
        let started = clock.wall();
        let info = Info {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data: settings.data.as_ref().map(|data| data.display().to_string()),
            durability: match (&settings.data, settings.durability) {
                (None, _) => "none",
                (_, DurabilityArg::Process) => "process",
                (_, DurabilityArg::Power) => "power",
            }
            .to_owned(),
            started,
            facts: Some(facts(opened.gauge, settings.log)),
            stop: settings.stop,
        };
        let parts = Parts {
            engine: opened.engine,
            blobs: opened.blobs,
            snapshots: opened.snapshots,
            root_key: opened.root_key,
            encrypts: settings.encrypt,
            clock,
            ids: Ids::random().context("cannot read randomness from the operating system")?,
            auth: match settings.auth {
                AuthArg::Verify => AuthMode::Verify,
                AuthArg::Open => AuthMode::Open,
            },
            identity: Arc::new(identity::Directory::default()),
            web: Arc::new(front::Outside::default()),
            endpoint: format!("http://{}", listen::reachable(address)),
        };
        let cloud = Cloud::new(parts, crate::services::SERVICES);
        cloud.load_clock().await?;
        let door = Arc::new(Door::new(cloud.clone(), Guard { token: settings.token }, info));
        let server = Server::start(listener, door.clone())?;
        Ok(Running { cloud, door, server })
    }

    pub fn endpoint(&self) -> &str {
        self.cloud.endpoint()
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub fn describe(&self) -> Json {
        self.door.describe()
    }

    /// Takes no more requests, finishes those in progress, and writes what is not yet written.
    pub async fn end(self) -> Result<()> {
        self.server.stopper().stop();
        tokio::task::spawn_blocking(move || self.server.join()).await?;
        self.cloud.flush().await?;
        self.cloud.engine().close().await?;
        Ok(())
    }
}

fn open(settings: &Settings) -> Result<Opened> {
    let durability = match settings.durability {
        DurabilityArg::Process => Durability::Process,
        DurabilityArg::Power => Durability::Power,
    };
    let opened = store::open(Options { data: settings.data.clone(), durability, ..Options::default() });
    opened.map_err(|error| match error {
        OpenError::Locked { .. } => Exit::new(IN_USE, format!("{error} with --data, or --memory")).into(),
        OpenError::Io { .. } => anyhow!(
            "the data directory cannot be used: {error}; make it writable, or choose another one with --data, or --memory"
        ),
        OpenError::KeyMissing { .. } | OpenError::KeyForeign { .. } => anyhow!("{error} with --data"),
        OpenError::Corrupt { .. } | OpenError::Base { .. } => {
            anyhow!("{error}; move the data directory away to begin anew, or choose another one with --data")
        }
        OpenError::NewerFormat { .. } => anyhow!("{error}, or choose another data directory with --data, or --memory"),
        OpenError::Foreign { .. } => anyhow!("{error} with --data, or --memory"),
    })
}

/// What `info` tells of this process, measured when it is asked.
fn facts(gauge: Gauge, log: Option<PathBuf>) -> Facts {
    let log = log.map_or(Json::Null, |log| log.display().to_string().into());
    Arc::new(move || {
        let status = gauge.status();
        let size = |bytes: u64| Json::Int(i64::try_from(bytes).unwrap_or(i64::MAX));
        let store = Json::from([
            ("overlayBytes", size(status.overlay_bytes + status.frozen_bytes)),
            ("logBytes", size(status.log_bytes)),
            ("baseBytes", size(status.base_bytes)),
            ("trouble", status.trouble.map_or(Json::Null, Json::from)),
        ]);
        vec![("store".into(), store), ("log".into(), log.clone())]
    })
}

/// A connection is an open file, and many systems allow a process 256 or 1024 unless it asks for more.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // Fewer connections at once are no reason not to start.
        let _ = setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit });
    }
}

/// The one given, `$NEPHELE_DATA`, or `nephele` under the user's data directory (XDG base directory specification), as
/// an absolute path.
pub fn data_directory(given: Option<&Path>) -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = match given.map(Path::to_owned).or_else(|| variable("NEPHELE_DATA")) {
        Some(data) => data,
        None => variable("XDG_DATA_HOME")
            .filter(|base| base.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
            .context("neither --data nor HOME says where to keep the state; name a directory, or try --memory")?
            .join("nephele"),
    };
    Ok(std::path::absolute(data)?)
}
