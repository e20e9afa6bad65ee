//! What things cost: `cargo test -p store --release -- --ignored --nocapture --test-threads=1 bench`.
#![allow(clippy::unwrap_used)]

mod support;

use bytes::Bytes;
use kernel::store::{Claim, Commit, Engine, Key, Op, Range};
use rustix::time::{ClockId, clock_gettime};
use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
    time::Instant,
};
use store::{Durability, Opened, Options};
use support::*;

fn cpu(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Nanoseconds a unit: of this thread, of the whole process, and on the clock.
fn cost<T>(units: u64, run: impl FnOnce() -> T) -> ([f64; 3], T) {
    let start = (cpu(ClockId::ThreadCPUTime), cpu(ClockId::ProcessCPUTime), Instant::now());
    let result = run();
    let thread = cpu(ClockId::ThreadCPUTime) - start.0;
    let process = cpu(ClockId::ProcessCPUTime) - start.1;
    let wall = start.2.elapsed().as_nanos() as f64;
    ([thread, process, wall].map(|total| total / units as f64), result)
}

fn report(what: &str, [thread, process, wall]: [f64; 3]) {
    println!("{what:<58} thread {thread:>9.0} ns  process {process:>9.0} ns  wall {wall:>10.0} ns");
}

/// Resident memory in MiB: anonymous, and mapped files.
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    (field("RssAnon"), field("RssFile"))
}

/// The allocator of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Task {
    id: usize,
    ready: Arc<Mutex<Vec<usize>>>,
    thread: Thread,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.lock().unwrap().push(self.id);
        if self.thread.id() != std::thread::current().id() {
            self.thread.unpark();
        }
    }
}

/// Runs the futures side by side on this thread, as a server's executor does.
fn run_together<'a>(mut futures: Vec<Pin<Box<dyn Future<Output = ()> + 'a>>>) {
    let ready = Arc::new(Mutex::new((0..futures.len()).collect::<Vec<_>>()));
    let task = |id| Task { id, ready: ready.clone(), thread: std::thread::current() };
    let wakers: Vec<Waker> = (0..futures.len()).map(|id| Waker::from(Arc::new(task(id)))).collect();
    let mut left = futures.len();
    let mut tick = Vec::new();
    while left > 0 {
        std::mem::swap(&mut tick, &mut *ready.lock().unwrap());
        if tick.is_empty() {
            std::thread::park();
        }
        for id in tick.drain(..) {
            if let Poll::Ready(()) = futures[id].as_mut().poll(&mut Context::from_waker(&wakers[id])) {
                left -= 1;
            }
        }
    }
}

fn queue() -> Key {
    Key::new().text("123456789012").text("eu-central-1").text("sqs").text("q").text("0f8fad5bd9cb469f")
}

fn by_id(n: u64) -> Key {
    queue().text("m").number(n)
}

fn by_time(n: u64) -> Key {
    queue().text("v").number(1_700_000_000_000_000 + n).number(n)
}

fn send(n: u64, body: &Bytes) -> Commit {
    let ops = vec![Op::Put(by_id(n), body.clone()), Op::Put(by_time(n), Bytes::from_static(&[7; 60]))];
    Commit { checks: vec![], ops }
}

/// Sends `count` messages from 16 tasks.
fn send_all(engine: &dyn Engine, from: u64, count: u64) {
    let next = Rc::new(RefCell::new(from..from + count));
    let body = Bytes::from(vec![42u8; 1_100]);
    let tasks = (0..16).map(|_| {
        let (next, body) = (next.clone(), body.clone());
        Box::pin(async move {
            loop {
                let Some(n) = next.borrow_mut().next() else { return };
                engine.commit(send(n, &body)).await.unwrap();
            }
        }) as Pin<Box<dyn Future<Output = ()>>>
    });
    run_together(tasks.collect());
}

/// One receive of ten and their deletion; the same ten are sent anew, so that the backlog stays.
fn cycle(engine: &dyn Engine, next: &mut u64, body: &Bytes, costs: &mut [f64; 3]) {
    let sent: Vec<_> = (0..10).map(|i| engine.commit(send(*next + i, body))).collect();
    *next += 10;
    wait(async {
        for commit in sent {
            commit.await.unwrap();
        }
    });
    let later = |key: &Key| {
        // As `by_time`, but without making the whole key: that is not the engine's cost.
        let mut bytes = key.as_bytes().to_vec();
        let at = bytes.len() - 15;
        bytes[at] ^= 1;
        Key::from_encoded(bytes)
    };
    let hidden = |row: &kernel::store::Row| {
        Claim::Take(vec![Op::Delete(row.key.clone()), Op::Put(later(&row.key), row.value.clone())])
    };
    let range = Range { from: queue().text("v").children().from, to: queue().text("v").number(1_700_000_500_000_000) };
    let start = cpu(ClockId::ThreadCPUTime);
    let taken = wait(engine.claim(&range, 10, &mut |row| hidden(row))).unwrap();
    assert_eq!(taken.len(), 10);
    let mid = cpu(ClockId::ThreadCPUTime);
    let ids: Vec<Key> = taken.iter().map(|row| by_id(row.key.last_number().unwrap())).collect();
    let ready = cpu(ClockId::ThreadCPUTime);
    let snapshot = engine.snapshot();
    for id in &ids {
        assert!(wait(snapshot.get(id)).unwrap().is_some());
    }
    drop(snapshot);
    let got = cpu(ClockId::ThreadCPUTime);
    let ops = taken.iter().zip(ids).flat_map(|(row, id)| [Op::Delete(id), Op::Delete(later(&row.key))]).collect();
    let end = cpu(ClockId::ThreadCPUTime);
    wait(engine.commit(Commit { checks: vec![], ops })).unwrap();
    costs[0] += mid - start;
    costs[1] += got - ready;
    costs[2] += cpu(ClockId::ThreadCPUTime) - end;
}

fn open(dir: &TempDir, durability: Durability) -> Opened {
    store::open(Options { data: Some(dir.path()), durability, ..Options::default() }).unwrap()
}

#[test]
#[ignore = "a measurement"]
fn bench_commits() {
    let dir = TempDir::new();
    let mem = store::open(Options::default()).unwrap();
    let process = open(&dir, Durability::Process);
    let power_dir = TempDir::new();
    let power = open(&power_dir, Durability::Power);
    for (name, store, count) in [("mem", &mem, 100_000), ("process", &process, 400_000), ("power", &power, 40_000)] {
        send_all(&*store.engine, 0, 1_000);
        let (costs, ()) = cost(count, || send_all(&*store.engine, 1_000, count));
        report(&format!("{name}: commit of 2 puts (1.1 KiB + 60 B), 16 at once"), costs);
        println!("{:?}", store.gauge.status());
    }
}

#[test]
#[ignore = "a measurement"]
fn bench_claims() {
    let body = Bytes::from(vec![42u8; 1_100]);
    for backlog in std::env::var("BACKLOG").map_or(vec![0, 1_000, 1_000_000], |n| vec![n.parse().unwrap()]) {
        let dir = TempDir::new();
        for (name, store) in
            [("mem", store::open(Options::default()).unwrap()), ("process", open(&dir, Durability::Process))]
        {
            send_all(&*store.engine, 0, backlog);
            let mut next = backlog;
            for round in 0..3 {
                let mut costs = [0.0; 3];
                let (all, ()) =
                    cost(2_000, || (0..2_000).for_each(|_| cycle(&*store.engine, &mut next, &body, &mut costs)));
                let [claim, gets, deletes] = costs.map(|cost| cost / 2_000.0);
                println!(
                    "{name}, backlog {backlog}, round {round}: claim 10 {claim:.0} ns, get 10 {gets:.0} ns, delete 20 {deletes:.0} ns, sum {:.0} ns; whole cycle with 10 sends: process {:.0} ns",
                    claim + gets + deletes,
                    all[1]
                );
            }
        }
    }
}

#[test]
#[ignore = "a measurement"]
fn bench_opening() {
    let dir = TempDir::new();
    let (costs, store) = cost(1, || open(&dir, Durability::Process));
    report("open: empty", costs);
    let before = resident();
    let (costs, ()) = cost(1_000_000, || send_all(&*store.engine, 0, 1_000_000));
    report("load a message, checkpoints included", costs);
    println!("resident before {before:?} MiB, after a load of 1,000,000 {:?} MiB", resident());
    println!("{:?}", store.gauge.status());
    // As after kill -9: what is in the log stays there.
    drop(store);
    println!("resident when dropped {:?} MiB", resident());
    let (costs, store) = cost(1, || open(&dir, Durability::Process));
    report("open: 1,000,000 messages, not closed", costs);
    println!("{:?}", store.recovered);
    let (costs, ()) = cost(1, || wait(store.engine.close()).unwrap());
    report("close", costs);
    drop(store);
    let (costs, store) = cost(1, || open(&dir, Durability::Process));
    report("open: 1,000,000 messages, closed", costs);
    println!("resident {:?} MiB", resident());
    println!("{:?}", store.gauge.status());
}
