//! kill -9 under load, again and again, in commits, checkpoints, saves and restores: what was acknowledged is there.
//! About 20 s; `NEPHELE_CRASH_SECONDS=600` for longer.
#![allow(clippy::unwrap_used)]

mod support;

use kernel::store::{Claim, Engine, Key, Op, Row};
use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::RwLock,
    thread,
    time::{Duration, Instant},
};
use store::{Durability, Options};
use support::*;

const DIR: &str = "NEPHELE_CRASH_DIR";
const MODE: &str = "NEPHELE_CRASH_MODE";
const LIFE: &str = "NEPHELE_CRASH_LIFE";
const WRITERS: u64 = 12;

fn options(dir: &Path, durability: Durability) -> Options {
    Options {
        data: Some(dir.to_owned()),
        durability,
        // So small that checkpoints never end, so large that commits have room beside them.
        overlay_bytes: 128 * 1024,
        log_bytes: 512 * 1024,
        ..Options::default()
    }
}

fn one(id: u64) -> Key {
    Key::new().text("one").number(id)
}

fn two(id: u64) -> Key {
    Key::new().text("two").number(id)
}

fn job(id: u64) -> Key {
    Key::new().text("job").number(id)
}

fn body(id: u64) -> Vec<u8> {
    (0..20 + id % 300).map(|n| (id + n) as u8).collect()
}

/// Tells the parent, in one write.
fn say(word: &str, id: u64) {
    std::io::stdout().write_all(format!("{word} {id}\n").as_bytes()).unwrap();
}

/// The process that is killed. It does nothing unless the parent started it.
#[test]
#[ignore = "run by the other tests"]
fn child() {
    let (Ok(dir), Ok(mode)) = (std::env::var(DIR), std::env::var(MODE)) else { return };
    // The test runner has begun a line, which would spoil the first thing said.
    std::io::stdout().write_all(b"\n").unwrap();
    let life: u64 = std::env::var(LIFE).unwrap().parse().unwrap();
    let durability = if mode == "power" { Durability::Power } else { Durability::Process };
    let store = store::open(options(Path::new(&dir), durability)).unwrap();
    let engine = &*store.engine;
    let exchange = RwLock::new(());
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let exchange = &exchange;
            scope.spawn(move || {
                let mut random = Random(life * 1_000 + writer + 1);
                for n in 0.. {
                    let _live = exchange.read().unwrap();
                    let id = (life << 32) | (n << 8) | writer;
                    let ops = vec![
                        put(one(id), body(id)),
                        put(two(id), body(id)),
                        put(job(id), "waiting"),
                        Op::Add(Key::new().text("count"), 1),
                        Op::Append {
                            stream: Key::new().text("stream"),
                            head: Key::new().text("head"),
                            value: id.to_le_bytes().to_vec().into(),
                        },
                    ];
                    commit(engine, ops).unwrap();
                    say("put", id);
                    if n > 3 && random.below(2) == 0 {
                        let old = (life << 32) | ((n - 3) << 8) | writer;
                        say("deleting", old);
                        commit(engine, vec![Op::Delete(one(old)), Op::Delete(two(old))]).unwrap();
                        say("deleted", old);
                    }
                    if random.below(4) == 0 {
                        let mut take = |row: &Row| Claim::Take(vec![Op::Delete(row.key.clone())]);
                        let range = Key::new().text("job").children();
                        for row in wait(engine.claim(&range, 3, &mut take)).unwrap() {
                            say("claimed", row.key.last_number().unwrap());
                        }
                    }
                }
            });
        }
        scope.spawn(|| {
            let mut random = Random(life + 77);
            loop {
                // After so many commits, or else nothing but saving and restoring would be killed.
                let next = engine_ver(engine) + random.below(400);
                while engine_ver(engine) < next {
                    thread::yield_now();
                }
                wait(store.snapshots.save("s", 1, true)).unwrap();
                // With nothing in between, the restored state is the one before.
                let _alone = exchange.write().unwrap();
                wait(store.snapshots.save("r", 2, true)).unwrap();
                wait(store.snapshots.restore("r")).unwrap();
            }
        });
    });
}

fn engine_ver(engine: &dyn Engine) -> u64 {
    ver(engine, &Key::new().text("count")).0
}

/// What the children of one directory said.
#[derive(Default)]
struct Said {
    put: HashSet<u64>,
    deleting: HashSet<u64>,
    deleted: HashSet<u64>,
    claimed: HashMap<u64, u32>,
    lives: u64,
}

impl Said {
    fn hear(&mut self, line: &str) -> bool {
        let Some((word, id)) = line.split_once(' ') else { return false };
        let Ok(id) = id.parse() else { return false };
        match word {
            "put" => self.put.insert(id),
            "deleting" => self.deleting.insert(id),
            "deleted" => self.deleted.insert(id),
            "claimed" => {
                *self.claimed.entry(id).or_default() += 1;
                true
            }
            _ => false,
        }
    }

    fn check(&self, engine: &dyn Engine) {
        let found = |name: &str| -> HashSet<u64> {
            let rows = rows(engine, &Key::new().text(name).children());
            rows.into_iter().map(|row| row.key.last_number().unwrap()).collect()
        };
        let (ones, twos, jobs, stream) = (found("one"), found("two"), found("job"), found("stream"));
        assert_eq!(ones, twos, "a pair is torn");
        for id in &ones {
            assert_eq!(value(engine, &one(*id)).unwrap(), body(*id), "a value is torn");
        }
        for id in &self.put {
            assert!(ones.contains(id) || self.deleting.contains(id), "put {id:x} was acknowledged and is lost");
        }
        // Claimed without being heard of: three a writer and life at most.
        let gone = self.put.iter().filter(|id| !jobs.contains(id) && !self.claimed.contains_key(id)).count() as u64;
        assert!(gone <= self.lives * WRITERS * 3, "{gone} jobs are lost");
        for id in &self.deleted {
            assert!(!ones.contains(id), "{id:x} was deleted and is back");
        }
        for (id, times) in &self.claimed {
            assert_eq!(*times, 1, "job {id:x} was claimed twice");
            assert!(!jobs.contains(id), "job {id:x} was claimed and is back");
        }
        let count = counter(engine, &Key::new().text("count")) as u64;
        assert_eq!(count, stream.len() as u64);
        assert_eq!(count, counter(engine, &Key::new().text("head")) as u64);
        assert_eq!(stream.iter().max().copied().unwrap_or(0), count, "the stream has a gap");
        let said = self.put.len() as u64;
        assert!((said..=said + self.lives * WRITERS).contains(&count), "{said} acknowledged, {count} found");
    }
}

/// One child from start to kill.
fn live_and_die(dir: &Path, mode: &str, said: &mut Said, random: &mut Random) {
    said.lives += 1;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .env(MODE, mode)
        .env(LIFE, said.lives.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    // Some die in recovery, most under load.
    let mut left = if random.below(8) == 0 { 0 } else { random.below(1_000) };
    let mut line = String::new();
    while left > 0 {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child ended by itself");
        left -= said.hear(line.trim_end()) as u64;
    }
    child.kill().unwrap();
    // What it had said before it died counts; its last line may be cut off.
    loop {
        line.clear();
        if lines.read_line(&mut line).unwrap() == 0 {
            break;
        }
        if line.ends_with('\n') {
            said.hear(line.trim_end());
        }
    }
    child.wait().unwrap();
}

fn crash(mode: &'static str, durability: Durability, seed: u64) {
    let seconds = std::env::var("NEPHELE_CRASH_SECONDS").map_or(10, |text| text.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(seed);
    let (mut lives, mut commits) = (0, 0);
    while Instant::now() < end {
        let dir = TempDir::new();
        let mut said = Said::default();
        for _ in 0..6 {
            if Instant::now() >= end {
                break;
            }
            live_and_die(&dir.path(), mode, &mut said, &mut random);
            let store = store::open(options(&dir.path(), durability)).unwrap();
            said.check(&*store.engine);
            if random.below(4) == 0 {
                wait(store.engine.close()).unwrap();
            }
        }
        (lives, commits) = (lives + said.lives, commits + said.put.len());
    }
    println!("{mode}: {lives} kills, {commits} acknowledged puts");
    assert!(commits > 0);
}

#[test]
fn a_killed_process_loses_nothing_in_process_mode() {
    crash("process", Durability::Process, 11);
}

#[test]
fn a_killed_process_loses_nothing_in_power_mode() {
    crash("power", Durability::Power, 12);
}
