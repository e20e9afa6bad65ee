//! Several threads at once: serializable commits, rows claimed once, gapless numbers, consistent snapshots.

use crate::support::*;
use kernel::store::{Check, Claim, Key, Op, Row, Scan, StoreError, Ver};
use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

const THREADS: u64 = 4;

fn rounds(store: &Subject) -> u64 {
    if store.options.durability == store::Durability::Power { 60 } else { 300 }
}

#[test]
fn transfers_keep_the_sum_and_every_snapshot_sees_it() {
    for store in everywhere() {
        let (engine, rounds) = (&store.store().engine, rounds(&store));
        commit(&**engine, (0..8).map(|n| put(key(n), 100i64.to_le_bytes().to_vec())).collect()).unwrap();
        let done = AtomicBool::new(false);
        let number = |row: &Row| i64::from_le_bytes(row.value[..].try_into().unwrap());
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let snapshot = engine.snapshot();
                    let page = wait(snapshot.scan(&all(), &Scan::default())).unwrap();
                    let accounts = page.rows.iter().filter(|row| row.key < Key::new().text("l"));
                    assert_eq!(accounts.clone().count(), 8, "{}", store.name);
                    assert_eq!(accounts.map(number).sum::<i64>(), 800, "{}", store.name);
                    // Time enough for others to commit in between.
                    let again = wait(snapshot.scan(&all(), &Scan { reverse: true, ..Scan::default() })).unwrap();
                    assert!(again.rows.iter().rev().eq(page.rows.iter()), "{}", store.name);
                }
            });
            let writers: Vec<_> = (0..THREADS)
                .map(|thread| {
                    scope.spawn(move || {
                        let mut random = Random(thread + 1);
                        for _ in 0..rounds {
                            let (a, b) = (random.below(8), random.below(8));
                            if a == b {
                                continue;
                            }
                            loop {
                                let snapshot = engine.snapshot();
                                let read = |n| wait(snapshot.get(&key(n))).unwrap().unwrap();
                                let (from, to) = (read(a), read(b));
                                drop(snapshot);
                                let checks = vec![Check::Is(key(a), from.ver), Check::Is(key(b), to.ver)];
                                let ops = vec![
                                    put(key(a), (number(&from) - 7).to_le_bytes().to_vec()),
                                    put(key(b), (number(&to) + 7).to_le_bytes().to_vec()),
                                    put(Key::new().text("x").number(random.below(500)), vec![0; 50]),
                                    Op::Delete(Key::new().text("x").number(random.below(500))),
                                ];
                                match checked(&**engine, checks, ops) {
                                    Ok(_) => break,
                                    Err(error) => assert_eq!(error, StoreError::Conflict),
                                }
                            }
                        }
                    })
                })
                .collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            done.store(true, Ordering::Relaxed);
        });
    }
}

#[test]
fn write_skew_on_point_keys_is_refused() {
    for store in everywhere() {
        let engine = &store.store().engine;
        for round in 0..rounds(&store) / 3 {
            let (a, b) = (key(2 * round), key(2 * round + 1));
            // Each takes the one key if the other is still free: both must never succeed.
            let won: usize = thread::scope(|scope| {
                let attempt = |free: Key, take: Key| {
                    scope.spawn(move || {
                        let checks = vec![Check::Is(free, Ver::ABSENT), Check::Is(take.clone(), Ver::ABSENT)];
                        checked(&**engine, checks, vec![put(take, "x")]).is_ok() as usize
                    })
                };
                let (first, second) = (attempt(a.clone(), b.clone()), attempt(b, a));
                first.join().unwrap() + second.join().unwrap()
            });
            assert_eq!(won, 1, "{}", store.name);
        }
    }
}

#[test]
fn a_conflict_is_answered_when_the_retry_can_read_what_it_lost_to() {
    for store in everywhere() {
        let engine = &store.store().engine;
        let lost = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let mut left = rounds(&store);
                    while left > 0 || !lost.load(Ordering::Relaxed) {
                        left = left.saturating_sub(1);
                        let seen = ver(&**engine, &key(1));
                        let result = checked(&**engine, vec![Check::Is(key(1), seen)], vec![put(key(1), "x")]);
                        if result == Err(StoreError::Conflict) {
                            lost.store(true, Ordering::Relaxed);
                            assert!(ver(&**engine, &key(1)) > seen, "{}", store.name);
                        }
                    }
                });
            }
        });
    }
}

#[test]
fn every_row_is_claimed_once() {
    for store in everywhere() {
        let engine = &store.store().engine;
        let count = rounds(&store) * 5;
        let taken = Mutex::new(Vec::new());
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..count {
                    commit(&**engine, vec![put(key(n), vec![1; 30])]).unwrap();
                }
            });
            for _ in 0..THREADS {
                scope.spawn(|| {
                    while (taken.lock().unwrap().len() as u64) < count {
                        let mut take = |row: &Row| {
                            let n = row.key.last_number().unwrap();
                            Claim::Take(vec![Op::Delete(row.key.clone()), put(Key::new().text("z").number(n), "done")])
                        };
                        let found = wait(engine.claim(&Key::new().text("k").children(), 3, &mut take)).unwrap();
                        assert!(found.iter().all(|row| row.value.len() == 30));
                        taken.lock().unwrap().extend(found.iter().map(|row| row.key.last_number().unwrap()));
                    }
                });
            }
        });
        let taken = taken.into_inner().unwrap();
        assert_eq!(taken.len() as u64, count, "{}", store.name);
        assert_eq!(taken.iter().collect::<HashSet<_>>().len() as u64, count, "{}", store.name);
        assert_eq!(rows(&**engine, &all()).len() as u64, count, "{}", store.name);
    }
}

#[test]
fn appended_numbers_have_no_gap_and_follow_the_commits() {
    for store in everywhere() {
        let engine = &store.store().engine;
        let given = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..rounds(&store) {
                        let append = |value: &'static str| Op::Append {
                            stream: Key::new().text("s"),
                            head: Key::new().text("h"),
                            value: value.into(),
                        };
                        let done = commit(&**engine, vec![append("a"), Op::Add(key(9), 1), append("b")]).unwrap();
                        given.lock().unwrap().extend(done.numbers.iter().map(|number| (*number, done.ver)));
                    }
                });
            }
        });
        let mut given = given.into_inner().unwrap();
        given.sort();
        assert!(given.iter().map(|(number, _)| *number).eq(1..=given.len() as u64), "{}", store.name);
        assert!(given.is_sorted_by_key(|(_, ver)| *ver), "{}", store.name);
        assert_eq!(counter(&**engine, &key(9)) as u64 * 2, given.len() as u64, "{}", store.name);
        assert_eq!(rows(&**engine, &Key::new().text("s").children()).len(), given.len(), "{}", store.name);
    }
}
