//! Files that fail: a full disk, errors, short writes, and a power cut that keeps only what was synced.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use store::files::{Files, LogFile, OsFiles};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Well,
    /// Every write writes a part at most.
    Short,
    /// Writes fail, after having written a part.
    Full,
    /// Writes and syncs fail.
    Broken,
    /// Syncs fail.
    Unsynced,
    /// Everything fails, truncation too.
    Dead,
}

#[derive(Default)]
struct State {
    mode: Mode,
    /// What a power cut is sure to leave of each file.
    synced: HashMap<PathBuf, Vec<u8>>,
}

/// A file that a power cut met: what was synced of it, and what it held.
#[derive(Clone)]
pub struct Cut {
    pub path: PathBuf,
    pub synced: Vec<u8>,
    pub written: Vec<u8>,
}

#[derive(Clone, Default)]
pub struct FaultFiles(Arc<Mutex<State>>);

impl FaultFiles {
    pub fn set(&self, mode: Mode) {
        self.0.lock().unwrap().mode = mode;
    }

    fn mode(&self) -> Mode {
        self.0.lock().unwrap().mode
    }

    /// Takes every file back to what was synced, and tells what they were.
    pub fn cut_power(&self) -> Vec<Cut> {
        let mut state = self.0.lock().unwrap();
        state.mode = Mode::Dead;
        let mut cuts = Vec::new();
        for (path, synced) in &state.synced {
            let written = std::fs::read(path).unwrap();
            std::fs::write(path, synced).unwrap();
            cuts.push(Cut { path: path.clone(), synced: synced.clone(), written });
        }
        cuts
    }

    fn wrap(&self, path: &Path, file: Arc<dyn LogFile>) -> io::Result<Arc<dyn LogFile>> {
        let mut state = self.0.lock().unwrap();
        if !state.synced.contains_key(path) {
            state.synced.insert(path.to_owned(), std::fs::read(path)?);
        }
        drop(state);
        Ok(Arc::new(FaultFile { files: self.clone(), path: path.to_owned(), file }))
    }

    fn alive(&self) -> io::Result<()> {
        if self.mode() == Mode::Dead { Err(eio()) } else { Ok(()) }
    }
}

fn eio() -> io::Error {
    io::Error::from_raw_os_error(5)
}

fn enospc() -> io::Error {
    io::Error::from_raw_os_error(28)
}

impl Files for FaultFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        self.alive()?;
        self.wrap(path, OsFiles.create(path)?)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        self.wrap(path, OsFiles.open(path)?)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.mode == Mode::Dead {
            return Err(eio());
        }
        state.synced.remove(path);
        OsFiles.remove(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.mode == Mode::Dead {
            return Err(eio());
        }
        OsFiles.rename(from, to)?;
        let synced = state.synced.remove(from).unwrap();
        state.synced.insert(to.to_owned(), synced);
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.alive()?;
        OsFiles.sync_dir(path)
    }
}

struct FaultFile {
    files: FaultFiles,
    path: PathBuf,
    file: Arc<dyn LogFile>,
}

impl LogFile for FaultFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Reads are short too, always.
        let length = buffer.len().min(1 + buffer.len() / 2);
        self.file.read_at(at, &mut buffer[..length])
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<usize> {
        match self.files.mode() {
            Mode::Well | Mode::Unsynced => self.file.write_at(at, bytes),
            Mode::Short => self.file.write_at(at, &bytes[..1 + bytes.len() / 3]),
            Mode::Full => {
                self.file.write_at(at, &bytes[..bytes.len() / 2])?;
                Err(enospc())
            }
            Mode::Broken => {
                self.file.write_at(at, bytes)?;
                Err(eio())
            }
            Mode::Dead => Err(eio()),
        }
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.files.alive()?;
        self.file.truncate(size)?;
        if let Some(synced) = self.files.0.lock().unwrap().synced.get_mut(&self.path) {
            synced.truncate(size as usize);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if matches!(self.files.mode(), Mode::Broken | Mode::Unsynced | Mode::Dead) {
            return Err(eio());
        }
        // First what it holds: what is written while this runs need not be safe.
        let mut held = vec![0; self.file.size()? as usize];
        let mut read = 0;
        while read < held.len() {
            read += self.file.read_at(read as u64, &mut held[read..])?;
        }
        self.file.sync()?;
        let mut state = self.files.0.lock().unwrap();
        if state.mode == Mode::Dead {
            return Err(eio());
        }
        // Not so if it has another name by now.
        if let Some(synced) = state.synced.get_mut(&self.path) {
            *synced = held;
        }
        Ok(())
    }
}
