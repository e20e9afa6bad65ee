//! Blobs as files, one each, in two levels of directories by the first bytes of their ids.

use crate::{
    directory::{make, sync},
    options::Durability,
    shared::Shared,
};
use bytes::Bytes;
use kernel::store::{Answer, BlobId, BlobReader, BlobRef, BlobWriter, Blobs, StoreError, Ver};
use rustix::fs::{Timespec, Timestamps, UTIME_NOW};
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
        let written = Writer::new(&self.0, id).and_then(|mut writer| {
            bytes.iter().try_for_each(|bytes| writer.append(bytes.clone()))?;
            Ok(writer)
        });
        match written {
            Ok(writer) => Box::new(writer).finish(),
            Err(error) => Answer::ready(Err(unwritten(error))),
        }
    }

    fn create(&self, id: BlobId) -> Answer<'_, Result<Box<dyn BlobWriter>, StoreError>> {
        let boxed = |writer| Box::new(writer) as Box<dyn BlobWriter>;
        Answer::ready(Writer::new(&self.0, id).map(boxed).map_err(unwritten))
    }

    fn read(&self, id: BlobId, from: u64, to: u64) -> Answer<'_, Result<Option<Bytes>, StoreError>> {
        let read = |open: Option<Reader>| open.map(|open| open.bytes(from, to)).transpose();
        Answer::ready(Reader::open(&self.0, id).and_then(read).map_err(unread))
    }

    fn open(&self, id: BlobId) -> Answer<'_, Result<Option<Box<dyn BlobReader>>, StoreError>> {
        let boxed = |reader: Reader| Box::new(reader) as Box<dyn BlobReader>;
        Answer::ready(Reader::open(&self.0, id).map(|open| open.map(boxed)).map_err(unread))
    }

    fn copy(&self, from: BlobId, to: BlobId) -> Answer<'_, Result<bool, StoreError>> {
        let Some(directory) = &self.0.directory else {
            let mut memory = self.0.memory();
            let found = memory.blobs.get(&from).cloned();
            return Answer::ready(Ok(found.map(|bytes| memory.blobs.insert(to, bytes)).is_some()));
        };
        let blobs = directory.blobs();
        let link = Link { from: path(&blobs, from), to: path(&blobs, to) };
        if self.0.options.durability == Durability::Process {
            return Answer::ready(link.make(false).map_err(unwritten));
        }
        self.0.blob_jobs.answer(move |_| link.make(true).map_err(unwritten))
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

fn unwritten(error: io::Error) -> StoreError {
    StoreError::Unavailable(format!("a blob cannot be written: {error}"))
}

fn unread(error: io::Error) -> StoreError {
    StoreError::Unavailable(format!("a blob cannot be read: {error}"))
}

/// A blob on its way in.
struct Writer {
    shared: Arc<Shared>,
    id: BlobId,
    len: u64,
    place: Place,
}

enum Place {
    Memory(Vec<Bytes>),
    File(NewFile),
}

impl Writer {
    fn new(shared: &Arc<Shared>, id: BlobId) -> io::Result<Writer> {
        let place = match &shared.directory {
            Some(directory) => Place::File(NewFile::create(path(&directory.blobs(), id))?),
            None => Place::Memory(Vec::new()),
        };
        Ok(Writer { shared: shared.clone(), id, len: 0, place })
    }

    fn append(&mut self, bytes: Bytes) -> io::Result<()> {
        self.len += bytes.len() as u64;
        match &mut self.place {
            Place::Memory(pieces) => pieces.push(bytes),
            Place::File(new) => new.file.write_all(&bytes)?,
        }
        Ok(())
    }
}

impl BlobWriter for Writer {
    fn write(&mut self, bytes: Bytes) -> Answer<'_, Result<(), StoreError>> {
        Answer::ready(self.append(bytes).map_err(unwritten))
    }

    fn finish(self: Box<Self>) -> Answer<'static, Result<BlobRef, StoreError>> {
        let Writer { shared, id, len, place } = *self;
        let done = move |written: io::Result<()>| written.map(|()| BlobRef { id, len }).map_err(unwritten);
        match place {
            Place::Memory(pieces) => {
                shared.memory().blobs.insert(id, pieces.concat().into());
                Answer::ready(done(Ok(())))
            }
            Place::File(new) if shared.options.durability == Durability::Process => {
                Answer::ready(done(new.finish(false)))
            }
            Place::File(new) => {
                Answer::later(async move { shared.blob_jobs.answer(move |_| done(new.finish(true))).await })
            }
        }
    }
}

/// A file that gets its name when it is complete. Dropped before, it is removed.
struct NewFile {
    file: File,
    path: PathBuf,
    /// Its directories are new, too.
    made: bool,
    named: bool,
}

impl NewFile {
    fn create(path: PathBuf) -> io::Result<NewFile> {
        let new = path.with_extension(UNFINISHED);
        let (file, made) = match File::create(&new) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(parent(&path))?;
                (File::create(&new)?, true)
            }
            file => (file?, false),
        };
        Ok(NewFile { file, path, made, named: false })
    }

    fn finish(mut self, durable: bool) -> io::Result<()> {
        if durable {
            self.file.sync_data()?;
        }
        fs::rename(self.path.with_extension(UNFINISHED), &self.path)?;
        self.named = true;
        if durable { sync_parents(&self.path, self.made) } else { Ok(()) }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.named {
            // Room for others; where it fails, the sweep finds it.
            let _ = fs::remove_file(self.path.with_extension(UNFINISHED));
        }
    }
}

/// By the file system's own clock.
const NOW: Timestamps = {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    Timestamps { last_access: now, last_modification: now }
};

/// A second name of the same file: blobs never change.
struct Link {
    from: PathBuf,
    to: PathBuf,
}

impl Link {
    fn make(&self, durable: bool) -> io::Result<bool> {
        // As young as the commit that is to name it: the sweep goes by the file's age, and both names are of one file.
        match File::open(&self.from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => rustix::fs::futimens(file?, &NOW)?,
        }
        let made = match fs::hard_link(&self.from, &self.to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.from.exists() => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(parent(&self.to))?;
                fs::hard_link(&self.from, &self.to)?;
                true
            }
            linked => linked.map(|()| false)?,
        };
        if durable {
            sync_parents(&self.to, made)?;
        }
        Ok(true)
    }
}

/// An open blob: its bytes stay readable when it is deleted.
enum Reader {
    Memory(Bytes),
    /// With its length.
    File(File, u64),
}

impl Reader {
    fn open(shared: &Shared, id: BlobId) -> io::Result<Option<Reader>> {
        let Some(directory) = &shared.directory else {
            return Ok(shared.memory().blobs.get(&id).cloned().map(Reader::Memory));
        };
        match File::open(path(&directory.blobs(), id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            file => {
                let file = file?;
                let len = file.metadata()?.len();
                Ok(Some(Reader::File(file, len)))
            }
        }
    }

    fn bytes(&self, from: u64, to: u64) -> io::Result<Bytes> {
        let len = match self {
            Reader::Memory(bytes) => bytes.len() as u64,
            Reader::File(_, len) => *len,
        };
        let to = to.min(from.saturating_add(READ)).min(len);
        let from = from.min(to);
        match self {
            Reader::Memory(bytes) => Ok(bytes.slice(from as usize..to as usize)),
            Reader::File(file, _) => {
                let mut bytes = Vec::with_capacity((to - from) as usize);
                let mut file = file;
                file.seek(SeekFrom::Start(from))?;
                file.take(to - from).read_to_end(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

impl BlobReader for Reader {
    fn read(&self, from: u64, to: u64) -> Answer<'_, Result<Bytes, StoreError>> {
        Answer::ready(self.bytes(from, to).map_err(unread))
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Makes a file's name durable, and its directories' if they are new.
fn sync_parents(path: &Path, made: bool) -> io::Result<()> {
    let dir = parent(path);
    sync(dir)?;
    if made {
        sync(parent(dir))?;
        sync(parent(parent(dir)))?;
    }
    Ok(())
}

/// Where a blob is, under a directory of blobs.
pub fn path(blobs: &Path, id: BlobId) -> PathBuf {
    let name = format!("{:032x}", id.0);
    blobs.join(&name[..2]).join(&name[2..4]).join(name)
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
