//! Random histories, compared step by step with a model: a map of versions, and copies of it for the snapshots.

use crate::support::*;
use bytes::Bytes;
use kernel::store::{Check, Claim, Key, Op, Range, Row, Scan, Snapshot, StoreError, Ver};
use std::collections::BTreeMap;

type Map = BTreeMap<Key, (Ver, Bytes)>;

const KEYS: u64 = 120;

struct Model {
    map: Map,
    random: Random,
}

impl Model {
    fn key(&mut self) -> Key {
        let n = self.random.below(KEYS);
        // Two sorts of keys, so that ranges have neighbours.
        Key::new().text(if n.is_multiple_of(2) { "a" } else { "b" }).number(n)
    }

    fn range(&mut self) -> Range {
        let (a, b) = (self.key(), self.key());
        if a < b { Range { from: a, to: b } } else { Range { from: b, to: a } }
    }

    fn value(&mut self) -> Bytes {
        let length = self.random.below(60) as usize;
        vec![self.random.next() as u8; length].into()
    }

    fn rows(&self, range: &Range) -> Vec<Row> {
        rows_of(&self.map, range)
    }

    fn ops(&mut self) -> Vec<Op> {
        (0..1 + self.random.below(6))
            .map(|_| match self.random.below(20) {
                0 => Op::DeleteRange(self.range()),
                1..=6 => Op::Delete(self.key()),
                7 => Op::Add(Key::new().text("counter").number(self.random.below(3)), self.random.below(9) as i64 - 4),
                8 => {
                    Op::Append { stream: Key::new().text("stream"), head: Key::new().text("head"), value: self.value() }
                }
                _ => Op::Put(self.key(), self.value()),
            })
            .collect()
    }

    fn apply(&mut self, ver: Ver, ops: &[Op]) -> Vec<u64> {
        let mut numbers = Vec::new();
        let count = |map: &mut Map, key: &Key, by: i64| {
            let old = map.get(key).map_or(0, |(_, value)| i64::from_le_bytes(value[..].try_into().unwrap()));
            map.insert(key.clone(), (ver, Bytes::copy_from_slice(&(old + by).to_le_bytes())));
            old + by
        };
        for op in ops {
            match op {
                Op::Put(key, value) => drop(self.map.insert(key.clone(), (ver, value.clone()))),
                Op::Delete(key) => drop(self.map.remove(key)),
                Op::DeleteRange(range) => self.map.retain(|key, _| !range.contains(key)),
                Op::Add(key, by) => drop(count(&mut self.map, key, *by)),
                Op::Append { stream, head, value } => {
                    let number = count(&mut self.map, head, 1) as u64;
                    self.map.insert(stream.clone().number(number), (ver, value.clone()));
                    numbers.push(number);
                }
            }
        }
        numbers
    }
}

fn rows_of(map: &Map, range: &Range) -> Vec<Row> {
    let row = |(key, (ver, value)): (&Key, &(Ver, Bytes))| Row { key: key.clone(), value: value.clone(), ver: *ver };
    map.range(range.from.clone()..range.to.clone()).map(row).collect()
}

/// False if the snapshot has become too old, as one that keeps a checkpoint waiting may.
fn compare(name: &str, step: u64, snapshot: &dyn Snapshot, map: &Map, random: &mut Random) -> bool {
    let n = random.below(KEYS);
    let key = Key::new().text(if n.is_multiple_of(2) { "a" } else { "b" }).number(n);
    let expected = map.get(&key).map(|(ver, value)| Row { key: key.clone(), value: value.clone(), ver: *ver });
    match wait(snapshot.get(&key)) {
        Err(StoreError::SnapshotTooOld) => return false,
        found => assert_eq!(found.unwrap(), expected, "{name}, step {step}"),
    }
    let reverse = random.below(2) == 0;
    let limit = 1 + random.below(40) as usize;
    let mut expected = rows_of(map, &all());
    if reverse {
        expected.reverse();
    }
    let more = expected.len() > limit;
    expected.truncate(limit);
    let page = match wait(snapshot.scan(&all(), &Scan { limit, reverse, keys_only: false })) {
        Err(StoreError::SnapshotTooOld) => return false,
        page => page.unwrap(),
    };
    let differing = page.rows.iter().zip(&expected).find(|(found, expected)| found != expected);
    assert_eq!(differing, None, "{name}, step {step}, reverse {reverse}");
    assert_eq!(page.rows.len(), expected.len(), "{name}, step {step}, reverse {reverse}");
    assert_eq!(page.more, more, "{name}, step {step}");
    true
}

fn history(mut store: Subject, seed: u64, steps: u64) {
    let mut model = Model { map: Map::new(), random: Random(seed) };
    let mut old: Vec<(Box<dyn Snapshot>, Map)> = Vec::new();
    for step in 0..steps {
        let name = format!("{}, seed {seed}", store.name);
        let engine = store.engine();
        match model.random.below(12) {
            0..=5 => {
                let ops = model.ops();
                let committed = commit(engine, ops.clone()).unwrap();
                let numbers = model.apply(committed.ver, &ops);
                assert_eq!(committed.numbers, numbers, "{name}, step {step}");
            }
            6 | 7 => {
                let key = model.key();
                let current = model.map.get(&key).map_or(Ver::ABSENT, |(ver, _)| *ver);
                let claimed = if model.random.below(2) == 0 { current } else { Ver(current.0 + 1) };
                let range = model.range();
                let empty = model.rows(&range).is_empty();
                let checks = vec![Check::Is(key.clone(), claimed), Check::Empty { guard: key, range }];
                let ops = model.ops();
                match checked(engine, checks, ops.clone()) {
                    Ok(committed) => {
                        assert!(claimed == current && empty, "{name}, step {step}");
                        model.apply(committed.ver, &ops);
                    }
                    Err(error) => {
                        assert_eq!(error, StoreError::Conflict, "{name}, step {step}");
                        assert!(claimed != current || !empty, "{name}, step {step}");
                    }
                }
            }
            8 => {
                let range = model.range();
                let limit = 1 + model.random.below(5) as usize;
                let mut seen = Vec::new();
                let mut taken = Vec::new();
                let mut ops = Vec::new();
                let found = wait(engine.claim(&range, limit, &mut |row| {
                    seen.push(row.clone());
                    let more = vec![Op::Delete(row.key.clone()), Op::Put(row.key.clone().text("t"), row.value.clone())];
                    match model.random.below(8) {
                        0 => Claim::Stop,
                        1 | 2 => Claim::Pass,
                        3 => {
                            ops.push(Op::Delete(row.key.clone()));
                            Claim::Drop(vec![Op::Delete(row.key.clone())])
                        }
                        _ => {
                            ops.extend(more.clone());
                            taken.push(row.clone());
                            Claim::Take(more)
                        }
                    }
                }))
                .unwrap();
                assert_eq!(found, taken, "{name}, step {step}");
                let expected = model.rows(&range);
                assert_eq!(seen[..], expected[..seen.len()], "{name}, step {step}");
                if !ops.is_empty() {
                    // The claim's version is what the rows it put have now (one may have been claimed in turn).
                    let moved = ops.iter().map(|op| match op {
                        Op::Put(key, _) => ver(engine, key),
                        _ => Ver::ABSENT,
                    });
                    let ver = moved.max().unwrap_or(Ver::ABSENT);
                    model.apply(ver, &ops);
                }
            }
            9 => old.push((engine.snapshot(), model.map.clone())),
            10 if old.len() > 3 => {
                let at = model.random.below(old.len() as u64) as usize;
                old.swap_remove(at);
            }
            _ if store.is_durable() && model.random.below(20) == 0 => {
                old.clear();
                if model.random.below(2) == 0 {
                    wait(engine.close()).unwrap();
                }
                store.reopen();
            }
            _ => {}
        }
        let engine = store.engine();
        compare(&name, step, &*engine.snapshot(), &model.map, &mut model.random);
        old.retain(|(snapshot, map)| {
            compare(&format!("{name}, old snapshot"), step, &**snapshot, map, &mut model.random)
        });
    }
}

#[test]
fn random_histories_are_as_the_model_says() {
    for seed in [1, 2, 3] {
        for mut store in everywhere() {
            let steps = if store.options.durability == store::Durability::Power { 200 } else { 1_000 };
            if store.options.overlay_bytes < 10_000 {
                // So that a snapshot does not hold up checkpoints for the whole history.
                store.options.snapshot_age = std::time::Duration::from_millis(20);
                store.reopen();
            }
            history(store, seed, steps);
        }
    }
}
