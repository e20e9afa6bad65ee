//! Claims: order, limits, what becomes of the rows.

use crate::support::*;
use kernel::store::{Claim, Key, Op, Row};

fn number(row: &Row) -> u64 {
    row.key.last_number().unwrap()
}

#[test]
fn a_claim_takes_passes_drops_and_stops() {
    for store in everywhere() {
        let engine = store.engine();
        commit(engine, (0..20).map(|n| put(key(n), "x")).collect()).unwrap();
        let moved = Key::new().text("moved");
        let mut seen = Vec::new();
        let mut decide = |row: &Row| {
            seen.push(number(row));
            match number(row) {
                n if n % 4 == 0 => Claim::Pass,
                n if n % 4 == 1 => Claim::Drop(vec![Op::Delete(row.key.clone())]),
                15 => Claim::Stop,
                n => Claim::Take(vec![Op::Delete(row.key.clone()), put(moved.clone().number(n), row.value.clone())]),
            }
        };
        let taken = wait(engine.claim(&key(0).children(), 5, &mut decide)).unwrap();
        assert!(taken.is_empty());
        let taken = wait(engine.claim(&all(), 5, &mut decide)).unwrap();
        assert_eq!(taken.iter().map(number).collect::<Vec<_>>(), [2, 3, 6, 7, 10]);
        let taken = wait(engine.claim(&Key::new().text("k").children(), 5, &mut decide)).unwrap();
        assert_eq!(taken.iter().map(number).collect::<Vec<_>>(), [11, 14]);
        let left: Vec<_> = rows(engine, &Key::new().text("k").children()).iter().map(number).collect();
        assert_eq!(left, [0, 4, 8, 12, 15, 16, 17, 18, 19], "{}", store.name);
        let moved: Vec<_> = rows(engine, &moved.children()).iter().map(number).collect();
        assert_eq!(moved, [2, 3, 6, 7, 10, 11, 14]);
        assert_eq!(seen.len(), 11 + 8);
    }
}

#[test]
fn a_queue_is_found_at_its_head_after_many_deletes_and_when_rows_come_back() {
    for store in everywhere() {
        let engine = store.engine();
        for n in 0..100u64 {
            commit(engine, (n * 20..n * 20 + 20).map(|n| put(key(n), "x")).collect()).unwrap();
        }
        let mut delete = |row: &Row| Claim::Take(vec![Op::Delete(row.key.clone())]);
        for n in 0..190u64 {
            let taken = wait(engine.claim(&all(), 10, &mut delete)).unwrap();
            assert_eq!(number(&taken[0]), n * 10, "{}", store.name);
        }
        // Behind the head that is known by now.
        commit(engine, vec![put(key(3), "back"), put(key(700), "back")]).unwrap();
        let taken = wait(engine.claim(&all(), 3, &mut delete)).unwrap();
        assert_eq!(taken.iter().map(number).collect::<Vec<_>>(), [3, 700, 1_900], "{}", store.name);
        assert_eq!(rows(engine, &all()).len(), 99);
    }
}

#[test]
fn a_claim_that_would_be_too_large_ends_early() {
    for store in everywhere() {
        let engine = store.engine();
        for n in 0..4u64 {
            commit(engine, (n * 1_000..n * 1_000 + 1_000).map(|n| put(key(n), "x")).collect()).unwrap();
        }
        let mut drop = |row: &Row| Claim::Drop(vec![Op::Delete(row.key.clone())]);
        while !rows(engine, &all()).is_empty() {
            assert!(wait(engine.claim(&all(), 1, &mut drop)).unwrap().is_empty());
        }
    }
}
