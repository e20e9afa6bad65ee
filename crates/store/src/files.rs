//! The file operations of the log, as a trait, so that tests can tear, drop, shorten and refuse them.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
};

/// Makes and removes the files of a directory.
pub trait Files: Send + Sync {
    /// Makes the file, or empties it.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn LogFile>>;
    fn open(&self, path: &Path) -> io::Result<Arc<dyn LogFile>>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Gives the file another name, in the place of the one that has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes creations, removals and new names in the directory safe against power loss.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// One file of the log. Reads and writes may be short.
pub trait LogFile: Send + Sync {
    fn size(&self) -> io::Result<u64>;
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize>;
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<usize>;
    fn truncate(&self, size: u64) -> io::Result<()>;
    /// Makes the bytes safe against power loss.
    fn sync(&self) -> io::Result<()>;
}

/// The operating system's files.
pub struct OsFiles;

impl Files for OsFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Arc::new(file))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).open(path)?))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl LogFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self, buffer, at)
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<usize> {
        FileExt::write_at(self, bytes, at)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
