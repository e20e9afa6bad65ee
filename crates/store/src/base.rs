//! The base: an LMDB tree of all that checkpoints have written. Rows are `key -> ver, crc32, value`.

use crate::{error::OpenError, layer::Layer};
use bytes::Bytes;
use heed::{
    CompactionOption, Database, Env, EnvFlags, EnvOpenOptions, PutFlags, RoTxn, RwTxn, WithoutTls, types::Bytes as Raw,
};
use kernel::store::{Key, MAX_KEY, Range, StoreError, Ver};
use std::{
    fs::File,
    io,
    ops::Bound,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What a row has before its value: version and checksum.
const ROW_HEADER: usize = 12;
/// A transaction of a checkpoint ends after so many bytes.
const SLICE_BYTES: usize = 8 * 1024 * 1024;
/// A transaction that empties a range ends after so many rows.
const SLICE_ROWS: usize = 10_000;
/// Address space, not disk: the file grows as it is filled. Smaller ones are for systems that refuse the first.
const MAP_SIZES: [usize; 4] = [1 << 40, 1 << 37, 1 << 34, 1 << 30];
const READERS: u32 = 1_024;
/// Read transactions kept for reuse.
const POOLED: usize = 16;
const VER: &[u8] = b"ver";

type Rows = Database<Raw, Raw>;

pub struct Base {
    env: Env<WithoutTls>,
    rows: Rows,
    meta: Rows,
    empty: AtomicBool,
    pool: Mutex<Pool>,
}

/// Read transactions of the newest state and what was read lately; a checkpoint drops both, the former so that their
/// pages can be reused.
#[derive(Default)]
struct Pool {
    generation: u64,
    idle: Vec<RoTxn<'static, WithoutTls>>,
    recent: Recent,
}

/// Rows that were read by key, each in the place that its key's hash gives it: some, such as a queue's, are read at every
/// call. Of two keys with one place, the last has it.
#[derive(Default)]
struct Recent(Vec<Option<(Key, Ver, Bytes)>>);

/// Places.
const RECENT: usize = 256;
/// Larger values are not kept.
const RECENT_VALUE: usize = 4 * 1024;

impl Recent {
    fn place(key: &Key) -> usize {
        crc32fast::hash(key.as_bytes()) as usize % RECENT
    }

    fn get(&self, key: &Key) -> Option<(Ver, Bytes)> {
        let (known, ver, value) = self.0.get(Recent::place(key))?.as_ref()?;
        (known == key).then(|| (*ver, value.clone()))
    }

    fn insert(&mut self, key: &Key, ver: Ver, value: &Bytes) {
        if value.len() <= RECENT_VALUE {
            self.0.resize(RECENT, None);
            self.0[Recent::place(key)] = Some((key.clone(), ver, value.clone()));
        }
    }
}

/// A view of the base as of its last slice, for the length of one call.
pub struct BaseReader<'b> {
    base: &'b Base,
    txn: Option<RoTxn<'static, WithoutTls>>,
    generation: u64,
}

impl Base {
    /// Opens the tree in `dir`, or makes it there.
    pub fn open(dir: &Path) -> Result<Base, OpenError> {
        let failed = |error| OpenError::base(dir, error);
        let env = open_env(dir).map_err(failed)?;
        let mut txn = env.write_txn().map_err(failed)?;
        let rows: Rows = env.create_database(&mut txn, Some("rows")).map_err(failed)?;
        let meta: Rows = env.create_database(&mut txn, Some("meta")).map_err(failed)?;
        let empty = rows.is_empty(&txn).map_err(failed)?;
        txn.commit().map_err(failed)?;
        Ok(Base { env, rows, meta, empty: AtomicBool::new(empty), pool: Mutex::default() })
    }

    /// The version up to which the base is complete.
    pub fn ver(&self) -> Result<Ver, StoreError> {
        let txn = self.env.read_txn().map_err(unreadable)?;
        let bytes = self.meta.get(&txn, VER).map_err(unreadable)?;
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map_or(Ver::ABSENT, |bytes| Ver(u64::from_le_bytes(bytes))))
    }

    pub fn set_ver(&self, ver: Ver) -> Result<(), heed::Error> {
        let mut txn = self.env.write_txn()?;
        self.meta.put(&mut txn, VER, &ver.0.to_le_bytes())?;
        txn.commit()
    }

    pub fn is_empty(&self) -> bool {
        self.empty.load(Ordering::Acquire)
    }

    /// Bytes on disk.
    pub fn size(&self) -> u64 {
        self.env.real_disk_size().unwrap_or(0)
    }

    pub fn reader(&self) -> Result<BaseReader<'_>, StoreError> {
        let mut pool = self.pool();
        let (txn, generation) = (pool.idle.pop(), pool.generation);
        drop(pool);
        let txn = match txn {
            Some(txn) => txn,
            None => self.env.clone().static_read_txn().map_err(unreadable)?,
        };
        Ok(BaseReader { base: self, txn: Some(txn), generation })
    }

    /// A row of the newest state.
    pub fn get(&self, key: &Key) -> Result<Option<(Ver, Bytes)>, StoreError> {
        if let Some(found) = self.pool().recent.get(key) {
            return Ok(Some(found));
        }
        let reader = self.reader()?;
        let Some((ver, value)) = reader.get(key)? else { return Ok(None) };
        let value = Bytes::copy_from_slice(value);
        let mut pool = self.pool();
        // What a checkpoint has made old must not be remembered.
        if pool.generation == reader.generation {
            pool.recent.insert(key, ver, &value);
        }
        drop(pool);
        Ok(Some((ver, value)))
    }

    /// Writes a layer, which makes the base complete up to `ver`, in several transactions.
    pub fn write(&self, layer: &Layer, ver: Ver) -> Result<(), heed::Error> {
        for (range, _) in &layer.deleted {
            while self.delete_some(range)? {}
        }
        let mut slice = self.begin()?;
        let last = self.rows.last(&slice)?.map(|(key, _)| key.to_vec());
        let mut bytes = 0;
        let mut row = Vec::new();
        for (key, entry) in &layer.rows {
            if bytes >= SLICE_BYTES {
                self.commit(slice)?;
                slice = self.begin()?;
                bytes = 0;
            }
            bytes += key.len() + ROW_HEADER;
            let Some(value) = &entry.value else {
                self.rows.delete(&mut slice, key.as_bytes())?;
                continue;
            };
            bytes += value.len();
            // Behind everything there is, pages are filled to the brim.
            let behind = last.as_deref().is_none_or(|last| last < key.as_bytes());
            let flags = if behind { PutFlags::APPEND } else { PutFlags::empty() };
            row.clear();
            row.extend_from_slice(&entry.ver.0.to_le_bytes());
            row.extend_from_slice(&checksum(entry.ver, value).to_le_bytes());
            row.extend_from_slice(value);
            self.rows.put_with_flags(&mut slice, flags, key.as_bytes(), &row)?;
        }
        self.meta.put(&mut slice, VER, &ver.0.to_le_bytes())?;
        self.empty.store(self.rows.is_empty(&slice)?, Ordering::Release);
        self.commit(slice)
    }

    /// Whether there may be more.
    fn delete_some(&self, range: &Range) -> Result<bool, heed::Error> {
        let mut slice = self.begin()?;
        let bounds = (from(range), Bound::Excluded(range.to.as_bytes()));
        let end = self.rows.range(&slice, &bounds)?.nth(SLICE_ROWS).transpose()?.map(|(key, _)| key.to_vec());
        let bounds = (from(range), Bound::Excluded(end.as_deref().unwrap_or(range.to.as_bytes())));
        self.rows.delete_range(&mut slice, &bounds)?;
        self.commit(slice)?;
        Ok(end.is_some())
    }

    fn begin(&self) -> Result<RwTxn<'_>, heed::Error> {
        self.forget_readers();
        self.env.write_txn()
    }

    fn commit(&self, slice: RwTxn) -> Result<(), heed::Error> {
        slice.commit()?;
        self.forget_readers();
        Ok(())
    }

    fn forget_readers(&self) {
        let mut pool = self.pool();
        pool.generation += 1;
        pool.recent.0.clear();
        let idle = std::mem::take(&mut pool.idle);
        drop(pool);
        drop(idle);
    }

    /// Copies the tree, without its free pages, into a new file and syncs it.
    pub fn copy_to(&self, file: &Path) -> io::Result<u64> {
        let mut file = File::create_new(file)?;
        self.env.copy_to_file(&mut file, CompactionOption::Enabled).map_err(io::Error::other)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One row of the base.
pub type BaseRow<'t> = Result<(&'t [u8], Ver, &'t [u8]), StoreError>;

impl BaseReader<'_> {
    fn get(&self, key: &Key) -> Result<Option<(Ver, &[u8])>, StoreError> {
        let Some(txn) = self.txn.as_ref().filter(|_| (1..=MAX_KEY).contains(&key.len())) else { return Ok(None) };
        let Some(row) = self.base.rows.get(txn, key.as_bytes()).map_err(unreadable)? else { return Ok(None) };
        unpack(row).map(Some)
    }

    /// The greatest key before and the least key from `key` on.
    #[expect(clippy::type_complexity)]
    pub fn neighbours(&self, key: &Key) -> Result<(Option<&[u8]>, Option<&[u8]>), StoreError> {
        let Some(txn) = &self.txn else { return Ok((None, None)) };
        let before = self.base.rows.get_lower_than(txn, key.as_bytes()).map_err(unreadable)?;
        let after = self.base.rows.get_greater_than_or_equal_to(txn, key.as_bytes()).map_err(unreadable)?;
        Ok((before.map(|(key, _)| key), after.map(|(key, _)| key)))
    }

    pub fn range<'t>(
        &'t self,
        range: &Range,
        reverse: bool,
    ) -> Result<Box<dyn Iterator<Item = BaseRow<'t>> + 't>, StoreError> {
        let Some(txn) = &self.txn else { return Ok(Box::new(std::iter::empty())) };
        let bounds = (from(range), Bound::Excluded(range.to.as_bytes()));
        let row = |found: heed::Result<(&'t [u8], &'t [u8])>| {
            let (key, row) = found.map_err(unreadable)?;
            let (ver, value) = unpack(row)?;
            Ok((key, ver, value))
        };
        Ok(match reverse {
            false => Box::new(self.base.rows.range(txn, &bounds).map_err(unreadable)?.map(row)),
            true => Box::new(self.base.rows.rev_range(txn, &bounds).map_err(unreadable)?.map(row)),
        })
    }
}

impl Drop for BaseReader<'_> {
    fn drop(&mut self) {
        let mut pool = self.base.pool();
        if pool.generation == self.generation && pool.idle.len() < POOLED {
            pool.idle.extend(self.txn.take());
        }
    }
}

/// The tree takes no empty key, not even to look for.
fn from(range: &Range) -> Bound<&[u8]> {
    match range.from.as_bytes() {
        [] => Bound::Unbounded,
        from => Bound::Included(from),
    }
}

fn checksum(ver: Ver, value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&ver.0.to_le_bytes());
    hasher.update(value);
    hasher.finalize()
}

fn unpack(row: &[u8]) -> Result<(Ver, &[u8]), StoreError> {
    let whole = row.split_first_chunk::<8>().and_then(|(ver, rest)| {
        let (sum, value) = rest.split_first_chunk::<4>()?;
        let ver = Ver(u64::from_le_bytes(*ver));
        (checksum(ver, value) == u32::from_le_bytes(*sum)).then_some((ver, value))
    });
    whole.ok_or_else(|| StoreError::Unavailable("a row of the base is damaged".into()))
}

fn unreadable(error: heed::Error) -> StoreError {
    StoreError::Unavailable(format!("the base cannot be read: {error}"))
}

#[allow(unsafe_code)]
fn open_env(dir: &Path) -> Result<Env<WithoutTls>, heed::Error> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.max_dbs(2).max_readers(READERS);
    let mut result = Err(heed::Error::Io(io::ErrorKind::OutOfMemory.into()));
    for size in MAP_SIZES {
        options.map_size(size);
        // SAFETY: the data directory's lock keeps every other process from opening the tree, a generation's directory
        // is opened once in this one (heed refuses a second time), and nothing else writes or truncates its files while
        // it is open. NO_MEM_INIT only leaves unused parts of pages unzeroed.
        result = unsafe { options.flags(EnvFlags::NO_MEM_INIT).open(dir) };
        match &result {
            Err(heed::Error::Io(error)) if error.raw_os_error() == Some(rustix::io::Errno::NOMEM.raw_os_error()) => {}
            _ => break,
        }
    }
    let env = result?;
    debug_assert!(env.max_key_size() >= MAX_KEY);
    Ok(env)
}
