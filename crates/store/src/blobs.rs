//! Blobs as files, one each, in two levels of directories by the first bytes of their ids.

use crate::{
    directory::{make, sync},
    options::Durability,
    shared::Shared,
};
use bytes::Bytes;
use kernel::store::{Answer, BlobId, BlobRef, Blobs, StoreError, Ver};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// The most bytes of one read.
const READ: u64 = 1024 * 1024;
/// An orphan this young may belong to a commit that is still to come.
const GRACE: Duration = Duration::from_secs(3_600);
/// A blob that is still being written.
const UNFINISHED: &str = "new";

pub struct BlobFiles(pub Arc<Shared>);

impl Blobs for BlobFiles {
    fn put(&self, id: BlobId, bytes: &[Bytes]) -> Answer<'_, Result<BlobRef, StoreError>> {
        let len = bytes.iter().map(|bytes| bytes.len() as u64).sum();
        let done = move |written: io::Result<()>| match written {
            Ok(()) => Ok(BlobRef { id, len }),
            Err(error) => Err(StoreError::Unavailable(format!("a blob cannot be written: {error}"))),
        };
        let Some(directory) = &self.0.directory else {
            self.0.memory().blobs.insert(id, bytes.concat().into());
            return Answer::ready(done(Ok(())));
        };
        let path = path(&directory.blobs(), id);
        if self.0.options.durability == Durability::Process {
            return Answer::ready(done(write(&path, bytes, false)));
        }
        let bytes = bytes.to_vec();
        self.0.blob_jobs.answer(move |_| done(write(&path, &bytes, true)))
    }

    fn read(&self, id: BlobId, from: u64, to: u64) -> Answer<'_, Result<Option<Bytes>, StoreError>> {
        let to = to.min(from.saturating_add(READ));
        let read = match &self.0.directory {
            Some(directory) => read(&path(&directory.blobs(), id), from, to),
            None => Ok(self.0.memory().blobs.get(&id).map(|bytes| {
                let to = to.min(bytes.len() as u64);
                bytes.slice(from.min(to) as usize..to as usize)
            })),
        };
        Answer::ready(read.map_err(|error| StoreError::Unavailable(format!("a blob cannot be read: {error}"))))
    }

    fn delete(&self, id: BlobId) {
        let Some(directory) = &self.0.directory else {
            self.0.memory().blobs.remove(&id);
            return;
        };
        let path = path(&directory.blobs(), id);
        // Where this fails or does not come to pass, the sweep after the next start finds an orphan.
        self.0.jobs.push(Box::new(move |_| drop(fs::remove_file(path))));
    }
}

/// Where a blob is, under a directory of blobs.
pub fn path(blobs: &Path, id: BlobId) -> PathBuf {
    let name = format!("{:032x}", id.0);
    blobs.join(&name[..2]).join(&name[2..4]).join(name)
}

fn write(path: &Path, bytes: &[Bytes], durable: bool) -> io::Result<()> {
    let new = path.with_extension(UNFINISHED);
    let dir = path.parent().unwrap_or(path);
    let mut made = false;
    let mut file = match File::create(&new) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(dir)?;
            made = true;
            File::create(&new)?
        }
        file => file?,
    };
    let written = bytes.iter().try_for_each(|bytes| file.write_all(bytes)).and_then(|()| {
        if durable {
            file.sync_data()?;
        }
        fs::rename(&new, path)
    });
    if written.is_err() {
        // Room for others; the error that counts is the one before.
        let _ = fs::remove_file(&new);
        return written;
    }
    if durable {
        sync(dir)?;
        if made {
            let above = dir.parent().unwrap_or(dir);
            sync(above)?;
            sync(above.parent().unwrap_or(above))?;
        }
    }
    Ok(())
}

fn read(path: &Path, from: u64, to: u64) -> io::Result<Option<Bytes>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let to = to.min(file.metadata()?.len());
    let length = to.saturating_sub(from);
    let mut bytes = Vec::with_capacity(length as usize);
    file.seek(SeekFrom::Start(from))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(Some(bytes.into()))
}

impl Shared {
    /// Removes blobs without a row, one directory a job, so that checkpoints need not wait for all of them.
    pub fn sweep_blobs(&self, from: u16) {
        self.jobs.push(Box::new(move |shared| {
            if let Some(directory) = &shared.directory {
                // What cannot be read now is swept another time.
                let _ = shared.sweep_directory(&directory.blobs().join(format!("{from:02x}")));
            }
            if from < 0xff {
                shared.sweep_blobs(from + 1);
            }
        }));
    }

    fn sweep_directory(&self, dir: &Path) -> io::Result<()> {
        if !dir.exists() {
            return Ok(());
        }
        for inner in fs::read_dir(dir)? {
            for file in fs::read_dir(inner?.path())? {
                let file = file?;
                // The age of a file is a matter of the machine's clock, not of the cloud's.
                let age = file.metadata()?.modified()?.elapsed().unwrap_or_default();
                let path = file.path();
                if age >= GRACE && !self.is_alive(&path) {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }

    fn is_alive(&self, path: &Path) -> bool {
        if path.extension().is_some_and(|extension| extension == UNFINISHED) {
            return false;
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(id) = name.and_then(|name| u128::from_str_radix(name, 16).ok()) else { return true };
        // If in doubt, it is.
        !matches!(self.lock().newest_ver(&BlobId(id).key()), Ok(Ver::ABSENT))
    }
}
