//! Saved states: under which names, with what in them.

use crate::{
    blobs,
    directory::{Directory, make, sync},
    memory::Saved,
    shared::Shared,
};
use kernel::store::{Answer, BlobId, Key, Part, SnapshotInfo, Snapshots, StoreError};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Names that begin so are being made or removed.
const UNFINISHED: &str = ".new-";

pub struct SavedStates(pub Arc<Shared>);

impl Snapshots for SavedStates {
    fn save(&self, name: &str, saved_at: i64, replace: bool) -> Answer<'_, Result<SnapshotInfo, StoreError>> {
        let name = name.to_owned();
        self.0.jobs.answer(move |shared| {
            valid(&name)?;
            match &shared.directory {
                Some(directory) => shared.save_files(directory, &name, saved_at, replace),
                None => shared.save_memory(name, saved_at, replace),
            }
        })
    }

    fn restore(&self, name: &str) -> Answer<'_, Result<(), StoreError>> {
        let name = name.to_owned();
        self.0.jobs.answer(move |shared| {
            valid(&name)?;
            shared.restore(&name)
        })
    }

    fn list(&self) -> Answer<'_, Result<Vec<SnapshotInfo>, StoreError>> {
        Answer::ready(match &self.0.directory {
            Some(directory) => list(&directory.snapshots()).map_err(failed),
            None => Ok(self.0.memory().saved.values().map(|saved| saved.info.clone()).collect()),
        })
    }

    fn delete(&self, name: &str) -> Answer<'_, Result<(), StoreError>> {
        let name = name.to_owned();
        self.0.jobs.answer(move |shared| {
            valid(&name)?;
            let Some(directory) = &shared.directory else {
                return shared.memory().saved.remove(&name).map(drop).ok_or_else(|| unknown(&name));
            };
            let dir = directory.snapshots();
            if !dir.join(&name).exists() {
                return Err(unknown(&name));
            }
            let gone = dir.join(format!("{UNFINISHED}{name}"));
            remove_all(&gone)
                .and_then(|()| fs::rename(dir.join(&name), &gone))
                .and_then(|()| sync(&dir))
                .and_then(|()| remove_all(&gone))
                .map_err(failed)
        })
    }
}

impl Shared {
    fn save_memory(&self, name: String, saved_at: i64, replace: bool) -> Result<SnapshotInfo, StoreError> {
        let state = self.lock();
        let mut memory = self.memory();
        if !replace && memory.saved.contains_key(&name) {
            return Err(taken(&name));
        }
        let rows = state.active.clone();
        drop(state);
        let blobs = memory.blobs.clone();
        let bytes = rows.bytes as u64 + blobs.values().map(|bytes| bytes.len() as u64).sum::<u64>();
        let info = SnapshotInfo { name: name.clone(), bytes, saved_at };
        memory.saved.insert(name, Saved { info: info.clone(), rows, blobs });
        Ok(info)
    }

    fn save_files(
        &self,
        directory: &Directory,
        name: &str,
        saved_at: i64,
        replace: bool,
    ) -> Result<SnapshotInfo, StoreError> {
        let dir = directory.snapshots();
        let place = dir.join(name);
        if !replace && place.exists() {
            return Err(taken(name));
        }
        self.checkpoint()?;
        let new = dir.join(format!("{UNFINISHED}{name}"));
        let written = self.write_files(directory, &new, saved_at).and_then(|bytes| {
            publish(&new, &place).and_then(|()| sync(&dir)).map_err(failed)?;
            Ok(SnapshotInfo { name: name.into(), bytes, saved_at })
        });
        // What it replaced, or what was written in vain; otherwise the next start removes it.
        let _ = remove_all(&new);
        written
    }

    /// Writes everything of a saved state; gives its size.
    fn write_files(&self, directory: &Directory, new: &Path, saved_at: i64) -> Result<u64, StoreError> {
        let Some(base) = self.lock().base.clone() else { return Err(unknown("the base")) };
        remove_all(new).and_then(|()| make(&new.join("base"))).map_err(failed)?;
        let mut bytes = base.copy_to(&new.join("base").join("data.mdb")).map_err(failed)?;
        let blobs = directory.blobs();
        let range = Key::new().text("sys").text("blob").children();
        for row in base.reader()?.range(&range, false)? {
            let Some(id) = blob_id(row?.0) else { continue };
            bytes += link(&blobs::path(&blobs, id), &blobs::path(&new.join("blobs"), id)).map_err(failed)?;
        }
        let manifest = || {
            let mut file = File::create(new.join("manifest"))?;
            write!(file, "nephele snapshot 1\nsaved at {saved_at}\nbytes {bytes}\n")?;
            file.sync_all()?;
            // The links and their many directories at once.
            rustix::fs::syncfs(&file)?;
            Ok(())
        };
        manifest().map_err(failed)?;
        Ok(bytes)
    }
}

/// Links a file under another name and gives its size; a file that is not there is left out, one that is there stays.
pub fn link(from: &Path, to: &Path) -> io::Result<u64> {
    let size = match fs::metadata(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        metadata => metadata?.len(),
    };
    let linked = match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(to.parent().unwrap_or(to))?;
            fs::hard_link(from, to)
        }
        linked => linked,
    };
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(size),
        linked => linked.map(|()| size),
    }
}

fn blob_id(key: &[u8]) -> Option<BlobId> {
    match Key::from_encoded(key).parts()?.last()? {
        Part::Bytes(id) => Some(BlobId(u128::from_be_bytes(id.as_slice().try_into().ok()?))),
        _ => None,
    }
}

/// Gives the new directory its name; the old one, if there is one, takes the new one's.
fn publish(new: &Path, place: &Path) -> io::Result<()> {
    if place.exists() {
        let here = rustix::fs::CWD;
        Ok(rustix::fs::renameat_with(here, new, here, place, rustix::fs::RenameFlags::EXCHANGE)?)
    } else {
        fs::rename(new, place)
    }
}

fn list(dir: &Path) -> io::Result<Vec<SnapshotInfo>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().filter(|name| valid(name).is_ok()).map(str::to_owned) else {
            continue;
        };
        let manifest = fs::read_to_string(entry.path().join("manifest"))?;
        let number = |prefix| manifest.lines().find_map(|line| line.strip_prefix(prefix)?.parse::<i64>().ok());
        let (saved_at, bytes) = (number("saved at ").unwrap_or(0), number("bytes ").unwrap_or(0));
        found.push(SnapshotInfo { name, bytes: bytes as u64, saved_at });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Removes what an interrupted save or delete left.
pub fn remove_unfinished(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
            remove_all(&entry.path())?;
        }
    }
    Ok(())
}

pub fn remove_all(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Where a saved state is; an error where there is none of that name.
pub fn place(directory: &Directory, name: &str) -> Result<PathBuf, StoreError> {
    let place = directory.snapshots().join(name);
    if place.exists() { Ok(place) } else { Err(unknown(name)) }
}

fn valid(name: &str) -> Result<(), StoreError> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(good) && !name.starts_with('.') {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "{name:?} cannot name a snapshot: 1 to 64 characters of A-Z a-z 0-9 . _ -, not beginning with a period"
    )))
}

pub fn unknown(name: &str) -> StoreError {
    StoreError::Refused(format!("there is no snapshot {name:?}"))
}

fn taken(name: &str) -> StoreError {
    StoreError::Refused(format!("a snapshot {name:?} exists already"))
}

pub fn failed(error: io::Error) -> StoreError {
    StoreError::Unavailable(format!("a snapshot cannot be written or read: {error}"))
}
