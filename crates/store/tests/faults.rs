//! Disks that fail: nothing acknowledged is lost, nothing torn appears, and the store works again when the disk does.
#![allow(clippy::unwrap_used)]

#[path = "support/faults.rs"]
mod faults;
mod support;

use faults::{Cut, FaultFiles, Mode};
use kernel::store::{Check, Engine, Key, Op, StoreError, Ver};
use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
use store::{Durability, OpenError, Options};
use support::*;

const BOTH: [Durability; 2] = [Durability::Process, Durability::Power];

fn options(dir: &TempDir, files: &FaultFiles, durability: Durability, base: Options) -> Options {
    Options { data: Some(dir.path()), files: Arc::new(files.clone()), durability, ..base }
}

fn unavailable<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

/// Two keys that are only ever put together.
fn pair(n: u64) -> Vec<Op> {
    vec![put(key(n), vec![n as u8; 40]), put(Key::new().text("twin").number(n), vec![n as u8; 400])]
}

fn has_pair(engine: &dyn Engine, n: u64) -> bool {
    let twin = value(engine, &Key::new().text("twin").number(n));
    let one = value(engine, &key(n));
    assert_eq!(one.is_some(), twin.is_some(), "pair {n} is torn");
    assert!(one.is_none_or(|one| one == vec![n as u8; 40]) && twin.is_none_or(|twin| twin == vec![n as u8; 400]));
    value(engine, &key(n)).is_some()
}

#[test]
fn what_could_not_be_written_never_was_and_later_commits_succeed() {
    for durability in BOTH {
        for mode in [Mode::Full, Mode::Broken, Mode::Dead] {
            let (dir, files) = (TempDir::fast(), FaultFiles::default());
            let options = options(&dir, &files, durability, Options::default());
            let store = store::open(options.clone()).unwrap();
            let engine = &*store.engine;
            commit(engine, pair(1)).unwrap();
            commit(engine, vec![Op::Add(key(0), 1), put(key(5), "old")]).unwrap();
            let seen = ver(engine, &key(5));
            files.set(mode);
            let name = format!("{durability:?}, {mode:?}");
            assert!(unavailable(commit(engine, pair(2))), "{name}");
            let ops = vec![put(key(5), "new"), Op::Delete(key(1)), Op::Add(key(0), 1), Op::DeleteRange(all())];
            assert!(unavailable(commit(engine, ops)), "{name}");
            assert!(unavailable(wait(
                engine.claim(&all(), 1, &mut |row| { kernel::store::Claim::Take(vec![Op::Delete(row.key.clone())]) })
            )));
            assert!(!has_pair(engine, 2) && has_pair(engine, 1), "{name}");
            files.set(Mode::Well);
            assert_eq!(ver(engine, &key(5)), seen);
            checked(engine, vec![Check::Is(key(5), seen)], vec![Op::Add(key(0), 1)]).unwrap();
            commit(engine, pair(3)).unwrap();
            files.set(Mode::Short);
            commit(engine, pair(4)).unwrap();
            let before = rows(engine, &all());
            drop(store);
            files.set(Mode::Well);
            let store = store::open(options).unwrap();
            assert_eq!(rows(&*store.engine, &all()), before, "{name}");
            assert_eq!(counter(&*store.engine, &key(0)), 2, "{name}");
        }
    }
}

#[test]
fn what_failed_does_not_come_back_by_opening_again() {
    for durability in BOTH {
        for mode in [Mode::Full, Mode::Broken] {
            let (dir, files) = (TempDir::fast(), FaultFiles::default());
            let options = options(&dir, &files, durability, Options::default());
            let store = store::open(options.clone()).unwrap();
            commit(&*store.engine, pair(1)).unwrap();
            files.set(mode);
            // Longer than the commit that follows, which would not cover it.
            assert!(unavailable(commit(&*store.engine, (2..40).flat_map(pair).collect())));
            files.set(Mode::Well);
            drop(store);
            let store = store::open(options.clone()).unwrap();
            assert_eq!(rows(&*store.engine, &all()).len(), 2, "{durability:?}, {mode:?}");
            assert!(has_pair(&*store.engine, 1));
            assert_eq!(store.recovered.cut, 0, "{durability:?}, {mode:?}");
        }
    }
}

#[test]
fn commits_that_were_checked_against_a_failed_one_fail_with_it() {
    for durability in BOTH {
        let (dir, files) = (TempDir::fast(), FaultFiles::default());
        let store = store::open(options(&dir, &files, durability, Options::default())).unwrap();
        let engine = &*store.engine;
        let make = |ops| kernel::store::Commit { checks: vec![], ops };
        files.set(Mode::Full);
        let first = engine.commit(make(vec![Op::Add(key(1), 5)]));
        let second = engine.commit(make(vec![Op::Add(key(1), 7)]));
        let third = engine.commit(make(vec![Op::Delete(key(1))]));
        assert!(unavailable(wait(first)) && unavailable(wait(second)) && unavailable(wait(third)));
        files.set(Mode::Well);
        assert_eq!(ver(engine, &key(1)), Ver::ABSENT);
        commit(engine, vec![Op::Add(key(1), 1)]).unwrap();
        assert_eq!(counter(engine, &key(1)), 1);
    }
}

#[test]
fn without_a_sync_nothing_counts_in_power_mode() {
    let (dir, files) = (TempDir::fast(), FaultFiles::default());
    let options = options(&dir, &files, Durability::Power, Options::default());
    let store = store::open(options.clone()).unwrap();
    commit(&*store.engine, pair(1)).unwrap();
    files.set(Mode::Unsynced);
    assert!(unavailable(commit(&*store.engine, pair(2))));
    files.set(Mode::Well);
    commit(&*store.engine, pair(3)).unwrap();
    drop(store);
    let store = store::open(options).unwrap();
    assert!(has_pair(&*store.engine, 1) && !has_pair(&*store.engine, 2) && has_pair(&*store.engine, 3));
}

/// Writers until the power is cut at some moment; gives what was acknowledged.
fn until_power_cut(options: &Options, files: &FaultFiles, after: u64) -> (Vec<u64>, Vec<Cut>) {
    let store = store::open(options.clone()).unwrap();
    let acknowledged = Mutex::new(Vec::new());
    let over = AtomicBool::new(false);
    let cuts = thread::scope(|scope| {
        for thread in 0..6 {
            let (store, acknowledged, over) = (&store, &acknowledged, &over);
            scope.spawn(move || {
                let mut n = thread;
                while !over.load(Ordering::Relaxed) {
                    if commit(&*store.engine, pair(n)).is_err() {
                        break;
                    }
                    acknowledged.lock().unwrap().push(n);
                    n += 6;
                }
            });
        }
        while (acknowledged.lock().unwrap().len() as u64) < after {
            thread::yield_now();
        }
        // The acknowledged ones of this moment must survive it.
        let mut acknowledged = acknowledged.lock().unwrap();
        let cuts = files.cut_power();
        over.store(true, Ordering::Relaxed);
        let count = acknowledged.len();
        acknowledged.truncate(count);
        cuts
    });
    drop(store);
    files.set(Mode::Well);
    (acknowledged.into_inner().unwrap(), cuts)
}

#[test]
fn a_power_cut_loses_nothing_acknowledged_however_the_last_write_is_torn() {
    for (round, base) in [Options::default(), tiny()].into_iter().enumerate() {
        for after in [1, 30, 100] {
            let (dir, files) = (TempDir::fast(), FaultFiles::default());
            let options = options(&dir, &files, Durability::Power, base.clone());
            let (acknowledged, cuts) = until_power_cut(&options, &files, after);
            // Any part of what was not synced may have reached the disk: its beginning, or its end.
            let Some(cut) = cuts.into_iter().find(|cut| cut.written != cut.synced) else { continue };
            let differs = |at: usize| cut.synced.get(at) != cut.written.get(at);
            let end = cut.written.len().max(cut.synced.len());
            let from = (0..end).find(|at| differs(*at)).unwrap();
            // Every byte of a record once, then only some.
            let step = if round == 0 && after == 1 { 1 } else { 1 + (end - from) / 12 };
            for torn in (from..end.min(from + 560)).step_by(step) {
                let part = |bytes: &[u8], range: Range<usize>| {
                    bytes[range.start.min(bytes.len())..range.end.min(bytes.len())].to_vec()
                };
                let beginning = [part(&cut.written, 0..torn), part(&cut.synced, torn..end)].concat();
                let ending = [part(&cut.synced, 0..torn), part(&cut.written, torn..end)].concat();
                for bytes in [beginning, ending] {
                    std::fs::write(&cut.path, bytes).unwrap();
                    let copy = TempDir::fast();
                    copy_dir(&dir.path(), &copy.path());
                    let store = store::open(Options { data: Some(copy.path()), ..options.clone() }).unwrap();
                    for n in &acknowledged {
                        assert!(has_pair(&*store.engine, *n), "pair {n} is lost, torn at {torn}");
                    }
                    for n in 0..acknowledged.iter().max().unwrap() + 20 {
                        has_pair(&*store.engine, n);
                    }
                    commit(&*store.engine, pair(1_000_000)).unwrap();
                }
            }
        }
    }
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A log of a few segments, made by hand from one store's, with some of their commits in each.
fn logs(dir: &TempDir) -> Vec<PathBuf> {
    let options = Options { data: Some(dir.path()), ..Options::default() };
    for round in 0..3 {
        let store = store::open(options.clone()).unwrap();
        for n in 0..4 {
            commit(&*store.engine, pair(round * 4 + n)).unwrap();
        }
    }
    let mut logs: Vec<_> =
        std::fs::read_dir(dir.path().join("log")).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.sort();
    assert_eq!(logs.len(), 3);
    logs
}

fn open_copy(dir: &TempDir) -> Result<BTreeMap<Key, Vec<u8>>, OpenError> {
    let copy = TempDir::fast();
    copy_dir(&dir.path(), &copy.path());
    let store = store::open(Options { data: Some(copy.path()), ..Options::default() })?;
    for n in 0..12 {
        has_pair(&*store.engine, n);
    }
    Ok(rows(&*store.engine, &all()).into_iter().map(|row| (row.key, row.value.to_vec())).collect())
}

#[test]
fn a_log_cut_or_changed_anywhere_gives_a_prefix_or_an_error_that_says_where() {
    let dir = TempDir::fast();
    let logs = logs(&dir);
    let all = open_copy(&dir).unwrap();
    assert_eq!(all.len(), 24);
    let mut random = Random(9);
    for (at, log) in logs.iter().enumerate() {
        let whole = std::fs::read(log).unwrap();
        let last = at == logs.len() - 1;
        let try_with = |bytes: &[u8], what: &str| {
            std::fs::write(log, bytes).unwrap();
            match open_copy(&dir) {
                // A prefix: the first commits, all of each.
                Ok(found) => {
                    let count = found.len() as u64 / 2;
                    let expected = (0..count).flat_map(|n| [key(n), Key::new().text("twin").number(n)]);
                    assert!(expected.clone().all(|key| found[&key] == all[&key]), "{what}");
                    assert_eq!(expected.count(), found.len(), "{what}");
                    assert!(last || found.len() == 24, "a hole was passed over: {what}");
                }
                Err(error) => {
                    let header = error.to_string().contains("header is broken");
                    assert!(!last || header, "the end of the log may be torn: {what}: {error}");
                    // Of the file itself, or, where whole records are missing, of the one after.
                    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
                    assert!(error.to_string().contains(".log is damaged at byte "), "{error}");
                }
            }
        };
        let step = if last { 7 } else { 61 };
        for length in (0..whole.len()).step_by(step) {
            try_with(&whole[..length], &format!("{log:?} cut at {length}"));
        }
        for _ in 0..60 {
            let mut bytes = whole.clone();
            let byte = random.below(bytes.len() as u64) as usize;
            bytes[byte] ^= 1 << random.below(8);
            try_with(&bytes, &format!("{log:?} changed at {byte}"));
        }
        for _ in 0..10 {
            let mut bytes = whole.clone();
            let byte = random.below(bytes.len() as u64 - 16) as usize;
            bytes[byte..byte + 16].fill(0xff);
            try_with(&bytes, &format!("{log:?} overwritten at {byte}"));
        }
        std::fs::write(log, &whole).unwrap();
    }
    std::fs::remove_file(&logs[1]).unwrap();
    assert!(matches!(open_copy(&dir), Err(OpenError::Corrupt { .. })), "a segment is missing");
}

#[test]
fn a_full_disk_under_checkpoints_stops_commits_and_more_room_lets_them_go_on() {
    for durability in BOTH {
        let (dir, files) = (TempDir::fast(), FaultFiles::default());
        let options = options(&dir, &files, durability, tiny());
        let store = store::open(options.clone()).unwrap();
        let mut acknowledged = Vec::new();
        for n in 0..400 {
            files.set(match n % 40 {
                20..24 => Mode::Full,
                30..33 => Mode::Dead,
                _ => Mode::Well,
            });
            if commit(&*store.engine, pair(n)).is_ok() {
                acknowledged.push(n);
            }
        }
        assert!(acknowledged.len() >= 300, "{}", acknowledged.len());
        files.set(Mode::Well);
        let check = |engine: &dyn Engine| {
            for n in 0..400 {
                assert_eq!(has_pair(engine, n), acknowledged.contains(&n), "{durability:?}, pair {n}");
            }
        };
        check(&*store.engine);
        drop(store);
        check(&*store::open(options).unwrap().engine);
    }
}

#[test]
fn a_segment_that_is_used_again_gives_nothing_back_of_its_former_life() {
    let dir = TempDir::fast();
    let options = Options { data: Some(dir.path()), ..Options::default() };
    let newest = || {
        let files = std::fs::read_dir(dir.path().join("log")).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|ending| ending == "log")).max().unwrap()
    };
    let store = store::open(options.clone()).unwrap();
    let commit_pairs = |numbers: Range<u64>| numbers.for_each(|n| drop(commit(&*store.engine, pair(n)).unwrap()));
    let checkpoint = || drop(wait(store.snapshots.save("s", 0, true)).unwrap());
    commit_pairs(0..8);
    let former = std::fs::read(newest()).unwrap();
    checkpoint();
    commit_pairs(8..9);
    checkpoint();
    commit_pairs(10..13);
    drop(store);
    let log = newest();
    let now = std::fs::read(&log).unwrap();
    assert_eq!(now.len(), former.len(), "it is not the one that was used before");
    // All records are as long as the first, so that where one ends, one of the former life begins.
    let length = 8 + u32::from_le_bytes(now[8..12].try_into().unwrap()) as usize;
    for torn in 8..8 + 3 * length {
        std::fs::write(&log, [&now[..torn], &former[torn..]].concat()).unwrap();
        let copy = TempDir::fast();
        copy_dir(&dir.path(), &copy.path());
        let options = Options { data: Some(copy.path()), ..options.clone() };
        let whole = (torn as u64 - 8) / length as u64;
        let check = |engine: &dyn Engine| {
            for n in 0..13 {
                assert_eq!(has_pair(engine, n), n < 9 || (10..10 + whole).contains(&n), "pair {n}, torn at {torn}");
            }
        };
        let store = store::open(options.clone()).unwrap();
        check(&*store.engine);
        commit(&*store.engine, pair(20)).unwrap();
        drop(store);
        let store = store::open(options).unwrap();
        check(&*store.engine);
        assert!(has_pair(&*store.engine, 20));
    }
}
