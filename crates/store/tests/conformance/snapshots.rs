//! Open snapshots: they see one moment, until they are too old.

use crate::support::*;
use kernel::store::{Op, Scan, StoreError};
use std::time::Duration;

#[test]
fn a_snapshot_sees_its_moment_whatever_happens_after() {
    for store in everywhere() {
        let engine = store.engine();
        commit(engine, (0..50).map(|n| put(key(n), "old")).collect()).unwrap();
        let before = rows(engine, &all());
        let snapshot = engine.snapshot();
        for n in 0..50 {
            let op = match n % 3 {
                0 => Op::Delete(key(n)),
                1 => put(key(n), "new"),
                _ => put(key(100 + n), "new"),
            };
            commit(engine, vec![op]).unwrap();
        }
        commit(engine, vec![Op::DeleteRange(all())]).unwrap();
        commit(engine, vec![put(key(1), "newer")]).unwrap();
        assert_eq!(wait(snapshot.scan(&all(), &Scan::default())).unwrap().rows, before, "{}", store.name);
        for row in &before {
            assert_eq!(wait(snapshot.get(&row.key)).unwrap().as_ref(), Some(row), "{}", store.name);
        }
        assert_eq!(wait(snapshot.get(&key(102))).unwrap(), None);
        assert_eq!(rows(engine, &all()).len(), 1);
    }
}

#[test]
fn a_snapshot_holds_up_a_checkpoint_only_so_long() {
    for mut store in everywhere().into_iter().filter(|store| store.is_durable()) {
        store.options.snapshot_age = Duration::from_millis(50);
        store.reopen();
        let engine = store.engine();
        let snapshot = engine.snapshot();
        commit(engine, vec![put(key(1), "x")]).unwrap();
        assert_eq!(wait(snapshot.get(&key(1))).unwrap(), None);
        // Saving needs a checkpoint.
        wait(store.store().snapshots.save("s", 0, false)).unwrap();
        assert_eq!(wait(snapshot.get(&key(1))), Err(StoreError::SnapshotTooOld), "{}", store.name);
        assert_eq!(wait(snapshot.scan(&all(), &Scan::default())), Err(StoreError::SnapshotTooOld));
        assert_eq!(value(engine, &key(1)).unwrap(), "x");
    }
}
