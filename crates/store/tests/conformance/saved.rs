//! Saved states: save, restore, reset, list, delete.

use crate::support::*;
use kernel::store::{BlobId, Op, Scan, StoreError, Ver};

fn refused<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Refused(_)))
}

#[test]
fn a_restored_state_is_the_saved_one_and_nothing_else() {
    for mut store in everywhere() {
        let opened = store.store();
        let (engine, blobs, snapshots) = (&*opened.engine, &opened.blobs, &opened.snapshots);
        let blob = |n: u128| BlobId(n << 64);
        for n in 0..200 {
            commit(engine, vec![put(key(n), "saved")]).unwrap();
        }
        wait(blobs.put(blob(1), &["one".into()])).unwrap();
        commit(engine, vec![put(blob(1).key(), "")]).unwrap();
        let saved = rows(engine, &all());
        let info = wait(snapshots.save("s-1", 42, false)).unwrap();
        assert_eq!((info.name.as_str(), info.saved_at), ("s-1", 42));
        assert!(info.bytes > 3);
        assert!(refused(wait(snapshots.save("s-1", 43, false))));

        commit(engine, vec![Op::DeleteRange(all()), put(key(500), "later")]).unwrap();
        blobs.delete(blob(1));
        wait(blobs.put(blob(2), &["two".into()])).unwrap();
        let last = commit(engine, vec![put(blob(2).key(), "")]).unwrap().ver;
        let epoch = engine.epoch();
        let snapshot = engine.snapshot();
        let stale = get(engine, &key(500)).unwrap();

        wait(snapshots.restore("s-1")).unwrap();
        assert_eq!(rows(engine, &all()), saved, "{}", store.name);
        assert_ne!(engine.epoch(), epoch);
        assert_eq!(wait(snapshot.scan(&all(), &Scan::default())), Err(StoreError::SnapshotTooOld));
        assert_eq!(wait(blobs.read(blob(1), 0, 9)).unwrap().unwrap(), "one");
        drop(snapshot);
        let check = kernel::store::Check::Is(key(500), stale.ver);
        assert_eq!(checked(engine, vec![check], vec![]), Err(StoreError::Conflict));
        let next = commit(engine, vec![put(key(1), "again")]).unwrap().ver;
        assert!(next > last, "versions never go back");

        if store.is_durable() {
            store.reopen();
            assert_eq!(value(store.engine(), &key(1)).unwrap(), "again", "{}", store.name);
            assert_eq!(rows(store.engine(), &all()).len(), saved.len());
        }
        // The snapshot stays as it was.
        wait(store.store().snapshots.restore("s-1")).unwrap();
        assert_eq!(rows(store.engine(), &all()), saved, "{}", store.name);
    }
}

#[test]
fn a_reset_leaves_nothing_but_saved_states() {
    for mut store in everywhere() {
        let opened = store.store();
        let engine = &*opened.engine;
        commit(engine, vec![put(key(1), "x")]).unwrap();
        wait(opened.blobs.put(BlobId(1), &["b".into()])).unwrap();
        wait(opened.snapshots.save("s", 0, false)).unwrap();
        let epoch = engine.epoch();
        let last = commit(engine, vec![put(key(2), "x")]).unwrap().ver;
        wait(engine.reset()).unwrap();
        assert!(rows(engine, &all()).is_empty(), "{}", store.name);
        assert_ne!(engine.epoch(), epoch);
        assert_eq!(wait(opened.blobs.read(BlobId(1), 0, 1)).unwrap(), None);
        assert!(commit(engine, vec![put(key(3), "x")]).unwrap().ver > last);
        wait(opened.blobs.put(BlobId(2), &["b".into()])).unwrap();
        if store.is_durable() {
            store.reopen();
            assert_eq!(rows(store.engine(), &all()).len(), 1, "{}", store.name);
        }
        wait(store.store().snapshots.restore("s")).unwrap();
        assert_eq!(value(store.engine(), &key(1)).unwrap(), "x");
        assert_ne!(ver(store.engine(), &key(1)), Ver::ABSENT);
    }
}

#[test]
fn snapshots_are_replaced_listed_and_deleted() {
    for mut store in everywhere() {
        let opened = store.store();
        let (engine, snapshots) = (&*opened.engine, &opened.snapshots);
        for (n, name) in ["b", "a", "c.9_-Z"].into_iter().enumerate() {
            commit(engine, vec![put(key(n as u64), "x")]).unwrap();
            wait(snapshots.save(name, n as i64, false)).unwrap();
        }
        wait(snapshots.save("b", 7, true)).unwrap();
        wait(snapshots.delete("a")).unwrap();
        assert!(refused(wait(snapshots.delete("a"))));
        assert!(refused(wait(snapshots.restore("a"))));
        if store.is_durable() {
            store.reopen();
        }
        let opened = store.store();
        let listed: Vec<_> =
            wait(opened.snapshots.list()).unwrap().into_iter().map(|info| (info.name, info.saved_at)).collect();
        assert_eq!(listed, [("b".into(), 7), ("c.9_-Z".into(), 2)], "{}", store.name);
        commit(&*opened.engine, vec![Op::DeleteRange(all())]).unwrap();
        wait(opened.snapshots.restore("b")).unwrap();
        assert_eq!(rows(&*opened.engine, &all()).len(), 3, "the one that replaced the first");
    }
}

#[test]
fn names_lead_nowhere_else() {
    for store in everywhere() {
        let snapshots = &store.store().snapshots;
        for name in ["", ".", "..", ".new-x", "a/b", "/etc", "ä", "a b", "a\0", &"x".repeat(65)] {
            assert!(refused(wait(snapshots.save(name, 0, true))), "{name:?}");
            assert!(refused(wait(snapshots.restore(name))), "{name:?}");
            assert!(refused(wait(snapshots.delete(name))), "{name:?}");
        }
    }
}
