//! The contract's limits, at them and beyond.

use crate::support::*;
use kernel::store::{Key, MAX_COMMIT, MAX_COMMIT_OPS, MAX_KEY, MAX_VALUE, Op, StoreError};

fn long_key(length: usize) -> Key {
    Key::from_encoded(vec![b'k'; length])
}

#[test]
fn the_largest_things_are_kept_and_larger_ones_refused() {
    for store in everywhere() {
        let engine = store.engine();
        commit(engine, vec![put(long_key(MAX_KEY), vec![7; MAX_VALUE])]).unwrap();
        let too_large = |ops| matches!(commit(engine, ops), Err(StoreError::TooLarge(_)));
        assert!(too_large(vec![put(long_key(MAX_KEY + 1), "")]));
        assert!(too_large(vec![Op::Delete(long_key(MAX_KEY + 1))]));
        assert!(too_large(vec![put(key(1), vec![0; MAX_VALUE + 1])]));
        let append = Op::Append { stream: long_key(MAX_KEY), head: key(1), value: "".into() };
        assert!(too_large(vec![append]));
        assert!(too_large((0..=MAX_COMMIT_OPS as u64).map(|n| put(key(n), "")).collect()));
        let pieces = MAX_COMMIT / MAX_VALUE;
        assert!(too_large((0..pieces as u64).map(|n| put(key(n), vec![0; MAX_VALUE])).collect()));
        commit(engine, (0..pieces as u64 - 1).map(|n| put(key(n), vec![0; MAX_VALUE])).collect()).unwrap();
        commit(engine, (0..MAX_COMMIT_OPS as u64).map(|n| put(key(n), "v")).collect()).unwrap();
        assert!(matches!(commit(engine, vec![put(Key::default(), "")]), Err(StoreError::Refused(_))));
        assert_eq!(value(engine, &long_key(MAX_KEY)).unwrap().len(), MAX_VALUE, "{}", store.name);
        assert_eq!(rows(engine, &all()).len(), MAX_COMMIT_OPS + 1, "{}", store.name);
    }
}
