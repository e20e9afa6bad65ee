//! The data directory: who may use it, which format it has, which generation is live.

use crate::{error::OpenError, root_key};
use kernel::RootKey;
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The newest format that this release reads and writes.
const FORMAT: u64 = 2;
const ENTRIES: [&str; 7] = ["format", "format.new", "lock", "log", "base", "blobs", root_key::FILE];

/// Half a second in all.
const LOCK_ATTEMPTS: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

pub struct Directory {
    root: PathBuf,
    generation: AtomicU64,
    root_key: RootKey,
    /// Locked for as long as it is open.
    _lock: File,
}

impl Directory {
    pub fn open(root: &Path) -> Result<Directory, OpenError> {
        let failed = |error| OpenError::io(root, error);
        make(root).map_err(failed)?;
        let lock = lock(root)?;
        let (generation, root_key) = match fs::read_to_string(root.join("format")) {
            Ok(text) => {
                let Format { generation, key } = parse(root, &text)?;
                let root_key = match key {
                    Some(fingerprint) => root_key::read(root, fingerprint)?,
                    None => {
                        // Of format 1, in which nothing is sealed.
                        let key = root_key::make(root).map_err(failed)?;
                        write_format(root, generation, &key).map_err(failed)?;
                        key
                    }
                };
                (generation, root_key)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                for entry in fs::read_dir(root).map_err(failed)? {
                    let name = entry.map_err(failed)?.file_name();
                    if !name.to_str().is_some_and(|name| ENTRIES.contains(&name) || name == "snapshots") {
                        return Err(OpenError::Foreign { dir: root.to_owned() });
                    }
                }
                let key = root_key::make(root).map_err(failed)?;
                write_format(root, 1, &key).map_err(failed)?;
                (1, key)
            }
            Err(error) => return Err(failed(error)),
        };
        let directory =
            Directory { root: root.to_owned(), generation: AtomicU64::new(generation), root_key, _lock: lock };
        for dir in [directory.log(), directory.base(generation), directory.blobs(), directory.snapshots()] {
            make(&dir).map_err(|error| OpenError::io(&dir, error))?;
        }
        directory.remove_bases_but(generation).map_err(failed)?;
        Ok(directory)
    }

    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    pub fn base(&self, generation: u64) -> PathBuf {
        self.root.join("base").join(generation.to_string())
    }

    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// Another entry of the data directory.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn root_key(&self) -> &RootKey {
        &self.root_key
    }

    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Makes another generation the live one, at once and for good.
    pub fn set_generation(&self, generation: u64) -> io::Result<()> {
        write_format(&self.root, generation, &self.root_key)?;
        self.generation.store(generation, Ordering::Release);
        Ok(())
    }

    pub fn remove_bases_but(&self, generation: u64) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join("base"))? {
            let path = entry?.path();
            if path != self.base(generation) {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    }
}

/// Makes the directory, for its owner alone, and those above it.
pub fn make(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

pub fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn lock(root: &Path) -> Result<File, OpenError> {
    let path = root.join("lock");
    let failed = |error| OpenError::io(&path, error);
    let mut file = OpenOptions::new();
    let mut file = file.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
    // A process that is just ending, or its child between fork and exec, holds the lock a moment longer.
    let mut attempts = LOCK_ATTEMPTS;
    let mut locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
    while attempts > 0 && locked == Err(rustix::io::Errno::WOULDBLOCK) {
        std::thread::sleep(LOCK_PAUSE);
        attempts -= 1;
        locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
    }
    match locked {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut pid = String::new();
            // For the message only.
            let _ = (&file).take(20).read_to_string(&mut pid);
            let holder = match pid.trim() {
                "" => "another process".into(),
                pid => format!("process {pid}"),
            };
            return Err(OpenError::Locked { dir: root.to_owned(), holder });
        }
        Err(error) => return Err(failed(error.into())),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
    Ok(file)
}

/// What the file `format` says.
struct Format {
    generation: u64,
    /// Of the root key; none in format 1.
    key: Option<u64>,
}

fn parse(root: &Path, text: &str) -> Result<Format, OpenError> {
    let path = root.join("format");
    let broken = || OpenError::corrupt(&path, 0, "it does not say which format the directory has");
    let mut lines = text.lines();
    let mut value = |prefix| lines.next()?.strip_prefix(prefix);
    let number = |text: &str| text.parse::<u64>().ok();
    let found = value("nephele data ").and_then(number).ok_or_else(broken)?;
    if found > FORMAT {
        return Err(OpenError::NewerFormat { dir: root.to_owned(), found, known: FORMAT });
    }
    let generation = value("generation ").and_then(number).ok_or_else(broken)?;
    let key = match found {
        1 => None,
        _ => Some(value("root key ").and_then(|text| u64::from_str_radix(text, 16).ok()).ok_or_else(broken)?),
    };
    Ok(Format { generation, key })
}

fn write_format(root: &Path, generation: u64, key: &RootKey) -> io::Result<()> {
    let new = root.join("format.new");
    let mut file = File::create(&new)?;
    let key = key.fingerprint();
    write!(file, "nephele data {FORMAT}\ngeneration {generation}\nroot key {key:016x}\n")?;
    file.sync_all()?;
    fs::rename(new, root.join("format"))?;
    sync(root)
}
