//! What a store holds after it was closed, or just let go, and opened again.

use crate::support::*;
use bytes::Bytes;
use kernel::store::{Key, Op, Range, StoreError};

#[test]
fn everything_acknowledged_is_there_again() {
    for mut store in everywhere().into_iter().filter(Subject::is_durable) {
        for close in [false, true, false] {
            let engine = store.engine();
            for n in 0..500u64 {
                commit(engine, vec![put(key(n), format!("{n}")), Op::Add(Key::new().text("count"), 1)]).unwrap();
                if n % 3 == 0 {
                    commit(engine, vec![Op::Delete(key(n))]).unwrap();
                }
            }
            commit(engine, vec![Op::DeleteRange(Range { from: key(100), to: key(490) })]).unwrap();
            let before = rows(engine, &all());
            if close {
                wait(engine.close()).unwrap();
                assert!(matches!(commit(engine, vec![put(key(1), "")]), Err(StoreError::Unavailable(_))));
                assert!(matches!(
                    wait(engine.claim(&all(), 1, &mut |_| unreachable!())),
                    Err(StoreError::Unavailable(_))
                ));
                assert_eq!(rows(engine, &all()), before);
            }
            store.reopen();
            assert_eq!(rows(store.engine(), &all()), before, "{}, closed {close}", store.name);
            if close {
                assert_eq!(store.store().recovered.commits, 0);
            }
        }
        assert_eq!(counter(store.engine(), &Key::new().text("count")), 1_500);
    }
}

#[test]
fn versions_go_on_after_opening() {
    for mut store in everywhere().into_iter().filter(Subject::is_durable) {
        let before = commit(store.engine(), vec![put(key(1), "a")]).unwrap().ver;
        store.reopen();
        assert_eq!(ver(store.engine(), &key(1)), before);
        assert!(commit(store.engine(), vec![put(key(1), "b")]).unwrap().ver > before);
    }
}

#[test]
fn a_range_tombstone_and_what_came_after_it_are_replayed() {
    for mut store in everywhere().into_iter().filter(Subject::is_durable) {
        let many = |value: &'static str| (0..600).map(|n| put(key(n), value)).collect();
        commit(store.engine(), many("old")).unwrap();
        wait(store.engine().close()).unwrap();
        store.reopen();
        commit(store.engine(), vec![Op::DeleteRange(all())]).unwrap();
        commit(store.engine(), vec![put(key(300), "new")]).unwrap();
        store.reopen();
        let left = rows(store.engine(), &all());
        assert_eq!(left.len(), 1, "{}", store.name);
        assert_eq!(left[0].value, "new");
    }
}

#[test]
fn one_process_at_a_time() {
    for mut store in everywhere().into_iter().filter(Subject::is_durable) {
        let error = store::open(store.options.clone()).err().unwrap().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        store.abandon();
        store.reopen();
    }
}

#[test]
fn a_newer_format_and_a_foreign_directory_are_refused() {
    let dir = TempDir::new();
    let options = store::Options { data: Some(dir.path()), ..Default::default() };
    std::fs::create_dir_all(dir.path()).unwrap();
    std::fs::write(dir.path().join("holiday.jpg"), "x").unwrap();
    assert!(matches!(store::open(options.clone()), Err(store::OpenError::Foreign { .. })));
    std::fs::remove_file(dir.path().join("holiday.jpg")).unwrap();
    drop(store::open(options.clone()).unwrap());
    std::fs::write(dir.path().join("format"), "nephele data 3\n").unwrap();
    let error = store::open(options).err().unwrap();
    assert!(error.to_string().contains("newer release"), "{error}");
}

#[test]
fn a_data_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new();
    let _store = store::open(store::Options { data: Some(dir.path()), ..Default::default() }).unwrap();
    for path in ["", "log", "base", "blobs", "snapshots"] {
        let mode = std::fs::metadata(dir.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{path}");
    }
}

#[test]
fn values_do_not_keep_the_callers_buffer() {
    for store in everywhere() {
        let buffer = Bytes::from(vec![1; 100_000]);
        commit(store.engine(), vec![put(key(1), buffer.slice(0..10))]).unwrap();
        assert!(buffer.is_unique(), "{}", store.name);
    }
}

#[test]
fn the_root_key_stays_and_none_is_made_in_its_place() {
    let dir = TempDir::new();
    let (key, format) = (dir.path().join("root.key"), dir.path().join("format"));
    let options = store::Options { data: Some(dir.path()), ..Default::default() };
    let fingerprint = |options: &store::Options| store::open(options.clone()).unwrap().root_key.fingerprint();
    let first = fingerprint(&options);
    assert_eq!(fingerprint(&options), first);
    let bytes = std::fs::read(&key).unwrap();
    assert_eq!(bytes.len(), 32);
    std::fs::remove_file(&key).unwrap();
    assert!(matches!(store::open(options.clone()), Err(store::OpenError::KeyMissing { .. })));
    for wrong in [&[0; 32][..], &bytes[..31]] {
        std::fs::write(&key, wrong).unwrap();
        assert!(matches!(store::open(options.clone()), Err(store::OpenError::KeyForeign { .. })));
    }
    std::fs::write(&key, &bytes).unwrap();
    assert_eq!(fingerprint(&options), first);
    // Of a release that sealed nothing, and as a crash before `format` leaves it.
    std::fs::write(&format, "nephele data 1\ngeneration 1\n").unwrap();
    let second = fingerprint(&options);
    assert_ne!(second, first);
    assert_eq!(fingerprint(&options), second);
}

#[test]
fn the_root_key_outlives_a_reset() {
    for mut store in everywhere().into_iter().filter(Subject::is_durable) {
        let first = store.store().root_key.fingerprint();
        wait(store.engine().reset()).unwrap();
        store.reopen();
        assert_eq!(store.store().root_key.fingerprint(), first);
    }
}

#[test]
fn the_root_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new();
    let _store = store::open(store::Options { data: Some(dir.path()), ..Default::default() }).unwrap();
    assert_eq!(std::fs::metadata(dir.path().join("root.key")).unwrap().permissions().mode() & 0o777, 0o600);
}
