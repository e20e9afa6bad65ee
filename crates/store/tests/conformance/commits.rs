//! Commits: operations, checks, numbers, versions.

use crate::support::*;
use kernel::store::{Check, Key, Op, StoreError, Ver};

#[test]
fn what_is_put_can_be_read_until_it_is_deleted() {
    for store in everywhere() {
        let engine = store.engine();
        assert_eq!(get(engine, &key(1)), None);
        let first = commit(engine, vec![put(key(1), "one"), put(key(2), "")]).unwrap();
        let row = get(engine, &key(1)).unwrap();
        assert_eq!((row.ver, &row.value[..]), (first.ver, &b"one"[..]), "{}", store.name);
        assert_eq!(value(engine, &key(2)).unwrap(), "");
        let second = commit(engine, vec![put(key(1), "uno"), Op::Delete(key(2))]).unwrap();
        assert!(second.ver > first.ver);
        assert_eq!(value(engine, &key(1)).unwrap(), "uno");
        assert_eq!(get(engine, &key(2)), None);
        commit(engine, vec![Op::Delete(key(1)), Op::Delete(key(7))]).unwrap();
        assert_eq!(rows(engine, &all()), vec![]);
    }
}

#[test]
fn operations_of_one_commit_follow_each_other() {
    for store in everywhere() {
        let engine = store.engine();
        let ops = vec![
            put(key(1), "a"),
            Op::Delete(key(1)),
            Op::Add(key(2), 3),
            Op::Add(key(2), 4),
            put(key(3), 9i64.to_le_bytes().to_vec()),
            Op::Add(key(3), 1),
            put(key(4), "x"),
            Op::DeleteRange(all()),
            Op::Add(key(3), 5),
            put(key(5), "b"),
            put(key(5), "c"),
        ];
        commit(engine, ops).unwrap();
        let found: Vec<_> = rows(engine, &all()).into_iter().map(|row| (row.key, row.value)).collect();
        assert_eq!(found, vec![(key(3), 5i64.to_le_bytes().to_vec().into()), (key(5), "c".into())], "{}", store.name);
    }
}

#[test]
fn a_failed_check_leaves_everything_as_it_was() {
    for store in everywhere() {
        let engine = store.engine();
        let old = commit(engine, vec![put(key(1), "a")]).unwrap().ver;
        let new = commit(engine, vec![put(key(1), "b")]).unwrap().ver;
        for check in [
            Check::Is(key(1), old),
            Check::Is(key(1), Ver::ABSENT),
            Check::Is(key(2), new),
            Check::Empty { guard: key(0), range: all() },
        ] {
            let result = checked(engine, vec![Check::Is(key(1), new), check], vec![put(key(1), "c"), put(key(9), "")]);
            assert_eq!(result, Err(StoreError::Conflict), "{}", store.name);
        }
        assert_eq!(rows(engine, &all()).len(), 1);
        let checks = vec![
            Check::Is(key(1), new),
            Check::Is(key(2), Ver::ABSENT),
            Check::Empty { guard: key(0), range: key(1).children() },
        ];
        checked(engine, checks, vec![put(key(1), "c")]).unwrap();
        assert_eq!(value(engine, &key(1)).unwrap(), "c");
    }
}

#[test]
fn a_deleted_key_is_absent_to_checks() {
    for store in everywhere() {
        let engine = store.engine();
        let ver = commit(engine, vec![put(key(1), "a")]).unwrap().ver;
        commit(engine, vec![Op::Delete(key(1))]).unwrap();
        assert_eq!(checked(engine, vec![Check::Is(key(1), ver)], vec![]), Err(StoreError::Conflict));
        checked(engine, vec![Check::Is(key(1), Ver::ABSENT)], vec![put(key(1), "b")]).unwrap();
    }
}

#[test]
fn appends_are_numbered_from_one() {
    for store in everywhere() {
        let engine = store.engine();
        let (stream, head) = (Key::new().text("stream"), Key::new().text("head"));
        let append =
            |value: &'static str| Op::Append { stream: stream.clone(), head: head.clone(), value: value.into() };
        assert_eq!(commit(engine, vec![append("a"), append("b")]).unwrap().numbers, vec![1, 2]);
        assert_eq!(commit(engine, vec![append("c")]).unwrap().numbers, vec![3]);
        let found: Vec<_> = rows(engine, &stream.children())
            .into_iter()
            .map(|row| (row.key.last_number().unwrap(), row.value))
            .collect();
        assert_eq!(found, vec![(1, "a".into()), (2, "b".into()), (3, "c".into())]);
        assert_eq!(counter(engine, &head), 3);
    }
}

#[test]
fn adding_to_what_is_no_counter_is_refused_and_undone() {
    for store in everywhere() {
        let engine = store.engine();
        commit(engine, vec![put(key(1), "text"), put(key(3), "old")]).unwrap();
        let result = commit(engine, vec![put(key(2), "x"), Op::Delete(key(3)), Op::Add(key(1), 1)]);
        assert!(matches!(result, Err(StoreError::Refused(_))), "{}: {result:?}", store.name);
        assert_eq!(get(engine, &key(2)), None);
        assert_eq!(value(engine, &key(3)).unwrap(), "old");
        commit(engine, vec![put(key(2), "y")]).unwrap();
    }
}

#[test]
fn ranges_long_and_short_are_deleted() {
    for store in everywhere() {
        let engine = store.engine();
        for n in 0..2_000 {
            if n % 100 == 0 {
                commit(engine, (n..n + 100).map(|n| put(key(n), "x")).collect()).unwrap();
            }
        }
        let cut = |from, to| Op::DeleteRange(kernel::store::Range { from: key(from), to: key(to) });
        commit(engine, vec![cut(100, 110), cut(500, 1_900), put(key(600), "new")]).unwrap();
        commit(engine, vec![put(key(700), "new"), cut(9, 9), cut(10, 5)]).unwrap();
        let left: Vec<_> = rows(engine, &all()).iter().map(|row| row.key.last_number().unwrap()).collect();
        let expected: Vec<u64> = (0..100).chain(110..500).chain([600, 700]).chain(1_900..2_000).collect();
        assert_eq!(left, expected, "{}", store.name);
    }
}

#[test]
fn a_commit_whose_future_is_dropped_happens_nevertheless() {
    for store in everywhere() {
        let engine = store.engine();
        drop(engine.commit(kernel::store::Commit { checks: vec![], ops: vec![put(key(1), "a")] }));
        // Published by the next commit, or by the log thread: both come without help.
        commit(engine, vec![put(key(2), "b")]).unwrap();
        assert_eq!(value(engine, &key(1)).unwrap(), "a", "{}", store.name);
        drop(engine.commit(kernel::store::Commit { checks: vec![], ops: vec![put(key(3), "c")] }));
        while get(engine, &key(3)).is_none() {
            std::thread::yield_now();
        }
    }
}
