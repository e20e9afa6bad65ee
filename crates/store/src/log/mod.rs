//! The write-ahead log: segments of records, appended by one writer at a time.

pub mod record;
pub mod replay;

use crate::{
    error::OpenError,
    files::{Files, LogFile},
};
use kernel::store::Ver;
use record::Change;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub const MAGIC: &[u8; SEGMENT_HEADER] = b"NEPHLOG1";
pub const SEGMENT_HEADER: usize = 8;

pub struct Log {
    files: Arc<dyn Files>,
    dir: PathBuf,
    generation: u64,
    /// Whether a record must be safe against power loss before it counts.
    power: bool,
    current: Segment,
    file: Arc<dyn LogFile>,
    /// Older segments that the base does not cover yet.
    sealed: Vec<Segment>,
    /// The file may hold bytes behind `current.length`: they must go before anything is written.
    torn: bool,
}

#[derive(Clone, Debug)]
pub struct Segment {
    sequence: u64,
    /// The length up to the last whole record.
    length: u64,
}

/// A segment that was made but not yet taken into use.
pub struct Prepared {
    sequence: u64,
    file: Arc<dyn LogFile>,
}

/// What replaying the log found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Commits that the base did not hold yet.
    pub commits: u64,
    /// Bytes of log read.
    pub bytes: u64,
    /// Bytes of a torn end that were cut off; more than one batch of them means that a file system or disk lied.
    pub cut: u64,
}

impl Log {
    /// Replays what `dir` holds of this generation, and goes on in a new segment. Records up to `covered` are skipped.
    pub fn open(
        files: Arc<dyn Files>,
        dir: &Path,
        generation: u64,
        power: bool,
        covered: Ver,
        each: &mut dyn FnMut(Ver, Vec<Change>),
    ) -> Result<(Log, Recovered), OpenError> {
        let mut recovered = Recovered::default();
        let mut sealed = Vec::new();
        let mut newest = Ver::ABSENT;
        let mut torn: Option<(OpenError, Arc<dyn LogFile>, u64)> = None;
        let mut last = 0;
        for sequence in sequences(dir, generation)? {
            let path = dir.join(name(generation, sequence));
            let failed = |error| OpenError::io(&path, error);
            last = sequence;
            let file = files.open(&path).map_err(failed)?;
            let size = file.size().map_err(failed)?;
            if let Some((error, ..)) = torn.take_if(|_| size > SEGMENT_HEADER as u64) {
                return Err(error);
            }
            let end = replay::segment(&*file, covered, &mut newest, &mut |ver, changes| {
                if ver > covered {
                    recovered.commits += 1;
                    each(ver, changes);
                }
            });
            let end = end.map_err(failed)?;
            recovered.bytes += end.good;
            sealed.push(Segment { sequence, length: end.good });
            if let Some(damage) = end.damage {
                let error = OpenError::corrupt(&path, end.good, damage);
                if !end.torn {
                    return Err(error);
                }
                // Only an error if a later segment holds anything: then this is not the end of the log.
                recovered.cut += size - end.good;
                torn = Some((error, file, end.good));
            } else {
                // What a killed process left to the OS: the next segment relies on this one being whole.
                file.sync().map_err(failed)?;
            }
        }
        if let Some((_, file, good)) = torn {
            file.truncate(good).and_then(|()| file.sync()).map_err(|error| OpenError::io(dir, error))?;
        }
        let path = dir.join(name(generation, last + 1));
        let file = create(&*files, dir, &path).map_err(|error| OpenError::io(&path, error))?;
        let current = Segment { sequence: last + 1, length: SEGMENT_HEADER as u64 };
        let log = Log { files, dir: dir.to_owned(), generation, power, current, file, sealed, torn: false };
        Ok((log, recovered))
    }

    /// Writes whole records. On an error none of them is in the log.
    pub fn append(&mut self, records: &[u8]) -> io::Result<()> {
        self.repair()?;
        let written = write_all(&*self.file, self.current.length, records);
        match written.and_then(|()| if self.power { self.file.sync() } else { Ok(()) }) {
            Ok(()) => {
                self.current.length += records.len() as u64;
                Ok(())
            }
            Err(error) => {
                self.torn = true;
                // If this fails too, every later append tries again first.
                let _ = self.repair();
                Err(error)
            }
        }
    }

    fn repair(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.truncate(self.current.length)?;
            if self.power {
                // Or a crash could bring back records whose commits were answered with an error.
                self.file.sync()?;
            }
            self.torn = false;
        }
        Ok(())
    }

    /// The file to sync, without keeping the log from being written meanwhile.
    pub fn file(&self) -> Arc<dyn LogFile> {
        self.file.clone()
    }

    /// Bytes in segments that the base does not cover yet.
    pub fn bytes(&self) -> u64 {
        self.current.length + self.sealed.iter().map(|segment| segment.length).sum::<u64>()
    }

    /// How to make the next segment, which takes longer than the log should be locked for.
    pub fn preparation(&self) -> impl FnOnce() -> io::Result<Prepared> + use<> {
        let (files, dir) = (self.files.clone(), self.dir.clone());
        let (generation, sequence) = (self.generation, self.current.sequence + 1);
        move || {
            let file = create(&*files, &dir, &dir.join(name(generation, sequence)))?;
            Ok(Prepared { sequence, file })
        }
    }

    /// Goes on in the prepared segment; everything before is synced first, so that only the last segment can be torn.
    pub fn rotate(&mut self, next: Prepared) -> io::Result<()> {
        self.repair()?;
        self.file.sync()?;
        let next_segment = Segment { sequence: next.sequence, length: SEGMENT_HEADER as u64 };
        self.sealed.push(std::mem::replace(&mut self.current, next_segment));
        self.file = next.file;
        Ok(())
    }

    /// The segments before the current one, all of which the base covers, to be deleted; and how to delete one.
    pub fn take_sealed(&mut self) -> (Vec<Segment>, impl Fn(&Segment) -> io::Result<()> + use<>) {
        let (files, dir, generation) = (self.files.clone(), self.dir.clone(), self.generation);
        let delete = move |segment: &Segment| files.remove(&dir.join(name(generation, segment.sequence)));
        (std::mem::take(&mut self.sealed), delete)
    }

    /// They could not be deleted: the next checkpoint tries again.
    pub fn put_back(&mut self, sealed: Vec<Segment>) {
        self.sealed.splice(0..0, sealed);
    }
}

/// Removes the segments of all generations but one.
pub fn remove_others(files: &dyn Files, dir: &Path, generation: u64) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let own = entry.file_name().to_str().and_then(parse).is_some_and(|(of, _)| of == generation);
        if !own {
            files.remove(&entry.path())?;
        }
    }
    Ok(())
}

fn create(files: &dyn Files, dir: &Path, path: &Path) -> io::Result<Arc<dyn LogFile>> {
    let file = files.create(path)?;
    write_all(&*file, 0, MAGIC)?;
    file.sync()?;
    files.sync_dir(dir)?;
    Ok(file)
}

fn write_all(file: &dyn LogFile, at: u64, bytes: &[u8]) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        match file.write_at(at + written as u64, &bytes[written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn name(generation: u64, sequence: u64) -> String {
    format!("{generation:08}-{sequence:08}.log")
}

fn parse(name: &str) -> Option<(u64, u64)> {
    let (generation, sequence) = name.strip_suffix(".log")?.split_once('-')?;
    Some((generation.parse().ok()?, sequence.parse().ok()?))
}

fn sequences(dir: &Path, generation: u64) -> Result<Vec<u64>, OpenError> {
    let failed = |error| OpenError::io(dir, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        found.extend(name.to_str().and_then(parse).filter(|(of, _)| *of == generation).map(|(_, sequence)| sequence));
    }
    found.sort_unstable();
    Ok(found)
}
