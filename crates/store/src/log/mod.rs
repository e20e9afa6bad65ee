//! The write-ahead log: segments of records, appended by one writer at a time.
//!
//! A segment that the base covers is kept as the *spare*, and becomes the next one: overwriting it costs a third of what
//! growing a file does. What is left of its former life lies behind zeros, and its versions are not newer than any here.

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
/// A write ends where a page does: a page that is written as a whole never has to be read from the disk before.
const PAGE: usize = 4096;

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
    /// Bytes cut off behind the last whole record, those of the segment's former life among them.
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
            let end = replay::segment(&*file, covered, &mut newest, &mut |ver, changes| {
                if ver > covered {
                    recovered.commits += 1;
                    each(ver, changes);
                }
            });
            let end = end.map_err(failed)?;
            if let Some((error, ..)) = torn.take_if(|_| end.goes_on()) {
                return Err(error);
            }
            recovered.bytes += end.good;
            sealed.push(Segment { sequence, length: end.good });
            match end.damage {
                // Only an error if a later segment goes on: then this is not the end of the log.
                Some(damage) if end.torn => {
                    recovered.cut += file.size().map_err(failed)? - end.good;
                    torn = Some((OpenError::corrupt(&path, end.good, damage), file, end.good));
                }
                Some(damage) => return Err(OpenError::corrupt(&path, end.good, damage)),
                // What a killed process left to the OS: the next segment relies on this one being whole.
                None => file.sync().map_err(failed)?,
            }
        }
        if let Some((_, file, good)) = torn {
            file.truncate(good).and_then(|()| file.sync()).map_err(|error| OpenError::io(dir, error))?;
        }
        let file = begin(&*files, dir, generation, last + 1).map_err(|error| OpenError::io(dir, error))?;
        let current = Segment { sequence: last + 1, length: SEGMENT_HEADER as u64 };
        let log = Log { files, dir: dir.to_owned(), generation, power, current, file, sealed, torn: false };
        Ok((log, recovered))
    }

    /// Writes whole records. On an error none of them is in the log.
    pub fn append(&mut self, records: &mut Vec<u8>) -> io::Result<()> {
        self.repair()?;
        let length = records.len();
        // Zeros say that nothing follows.
        let end = self.current.length as usize + length + record::HEADER;
        records.resize(length + record::HEADER + end.next_multiple_of(PAGE) - end, 0);
        let written = write_all(&*self.file, self.current.length, records);
        records.truncate(length);
        match written.and_then(|()| if self.power { self.file.sync() } else { Ok(()) }) {
            Ok(()) => {
                self.current.length += length as u64;
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
            let file = begin(&*files, &dir, generation, sequence)?;
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

    /// The segments before the current one, all of which the base covers; and how to do without one of them.
    pub fn take_sealed(&mut self) -> (Vec<Segment>, impl Fn(&Segment) -> io::Result<()> + use<>) {
        let (files, dir, generation) = (self.files.clone(), self.dir.clone(), self.generation);
        let retire = move |segment: &Segment| {
            files.rename(&dir.join(name(generation, segment.sequence)), &dir.join(spare(generation)))
        };
        (std::mem::take(&mut self.sealed), retire)
    }

    /// They are still there: the next checkpoint tries again.
    pub fn put_back(&mut self, sealed: Vec<Segment>) {
        self.sealed.splice(0..0, sealed);
    }
}

/// Removes the segments of all generations but one.
pub fn remove_others(files: &dyn Files, dir: &Path, generation: u64) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let own = name.to_str().is_some_and(|name| name == spare(generation) || sequence(name, generation).is_some());
        if !own {
            files.remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Makes a segment without records, of the spare one if there is one. It has no place in the log before it is safe.
fn begin(files: &dyn Files, dir: &Path, generation: u64, sequence: u64) -> io::Result<Arc<dyn LogFile>> {
    let (spare, path) = (dir.join(spare(generation)), dir.join(name(generation, sequence)));
    let file = match files.open(&spare) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => files.create(&spare)?,
        file => file?,
    };
    let mut page = [0; PAGE];
    page[..SEGMENT_HEADER].copy_from_slice(MAGIC);
    write_all(&*file, 0, &page)?;
    file.sync()?;
    files.rename(&spare, &path)?;
    files.sync_dir(dir)?;
    files.open(&path)
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

fn spare(generation: u64) -> String {
    format!("{generation:08}.spare")
}

/// The sequence number of a segment of that generation.
fn sequence(name: &str, generation: u64) -> Option<u64> {
    let (of, sequence) = name.strip_suffix(".log")?.split_once('-')?;
    sequence.parse().ok().filter(|_| of.parse() == Ok(generation))
}

fn sequences(dir: &Path, generation: u64) -> Result<Vec<u64>, OpenError> {
    let failed = |error| OpenError::io(dir, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        found.extend(name.to_str().and_then(|name| sequence(name, generation)));
    }
    found.sort_unstable();
    Ok(found)
}
