//! What the tests of the store share: directories, waiting, random numbers, the engines to test.
#![allow(dead_code)]

use bytes::Bytes;
use kernel::store::{Check, Commit, Committed, Engine, Key, Op, Range, Row, Scan, StoreError, Ver};
use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
};
use store::{Durability, Opened, Options};

pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new() -> TempDir {
        TempDir::under(Path::new(env!("CARGO_TARGET_TMPDIR")))
    }

    /// In memory where that is possible: for tests that open a store hundreds of times.
    pub fn fast() -> TempDir {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { TempDir::under(memory) } else { TempDir::new() }
    }

    fn under(parent: &Path) -> TempDir {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("nephele-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = parent.join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        TempDir(path)
    }

    pub fn path(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// xorshift64*
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A store of one kind, and its directory.
pub struct Subject {
    pub name: &'static str,
    pub options: Options,
    dir: Option<TempDir>,
    opened: Option<Opened>,
}

impl Subject {
    pub fn new(name: &'static str, mut options: Options, on_disk: bool) -> Subject {
        let dir = on_disk.then(TempDir::new);
        options.data = dir.as_ref().map(TempDir::path);
        let opened = store::open(options.clone()).unwrap();
        Subject { name, options, dir, opened: Some(opened) }
    }

    pub fn store(&self) -> &Opened {
        self.opened.as_ref().unwrap()
    }

    pub fn engine(&self) -> &dyn Engine {
        &*self.store().engine
    }

    pub fn is_durable(&self) -> bool {
        self.dir.is_some()
    }

    /// Lets go of the store without closing it.
    pub fn abandon(&mut self) {
        self.opened = None;
    }

    pub fn reopen(&mut self) {
        self.opened = None;
        self.opened = Some(store::open(self.options.clone()).unwrap());
    }
}

/// An overlay so small that checkpoints never stop.
pub fn tiny() -> Options {
    Options { overlay_bytes: 4 * 1024, log_bytes: 16 * 1024, ..Options::default() }
}

/// Every kind of engine.
pub fn everywhere() -> Vec<Subject> {
    let power = |options| Options { durability: Durability::Power, ..options };
    vec![
        Subject::new("mem", Options::default(), false),
        Subject::new("process", Options::default(), true),
        Subject::new("power", power(Options::default()), true),
        Subject::new("process, always checkpointing", tiny(), true),
        Subject::new("power, always checkpointing", power(tiny()), true),
    ]
}

pub fn key(n: u64) -> Key {
    Key::new().text("k").number(n)
}

pub fn all() -> Range {
    Range { from: Key::new(), to: Key::from_encoded([0xff]) }
}

pub fn put(key: Key, value: impl Into<Bytes>) -> Op {
    Op::Put(key, value.into())
}

pub fn commit(engine: &dyn Engine, ops: Vec<Op>) -> Result<Committed, StoreError> {
    wait(engine.commit(Commit { checks: Vec::new(), ops }))
}

pub fn checked(engine: &dyn Engine, checks: Vec<Check>, ops: Vec<Op>) -> Result<Committed, StoreError> {
    wait(engine.commit(Commit { checks, ops }))
}

pub fn get(engine: &dyn Engine, key: &Key) -> Option<Row> {
    wait(engine.snapshot().get(key)).unwrap()
}

pub fn value(engine: &dyn Engine, key: &Key) -> Option<Bytes> {
    get(engine, key).map(|row| row.value)
}

pub fn ver(engine: &dyn Engine, key: &Key) -> Ver {
    get(engine, key).map_or(Ver::ABSENT, |row| row.ver)
}

/// All rows of a range, page by page.
pub fn rows(engine: &dyn Engine, range: &Range) -> Vec<Row> {
    let snapshot = engine.snapshot();
    let mut rows: Vec<Row> = Vec::new();
    let mut rest = range.clone();
    loop {
        let page = wait(snapshot.scan(&rest, &Scan::default())).unwrap();
        rows.extend(page.rows);
        match rows.last() {
            Some(last) if page.more => rest = range.after(&last.key),
            _ => return rows,
        }
    }
}

pub fn counter(engine: &dyn Engine, key: &Key) -> i64 {
    value(engine, key).map_or(0, |value| i64::from_le_bytes(value[..].try_into().unwrap()))
}
