//! Claims: order, limits, what becomes of the rows.

use crate::support::*;
use kernel::store::{Claim, Claimant, Key, Op, Row, Source};

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

#[test]
fn a_stream_is_claimed_behind_its_cursor() {
    for store in everywhere() {
        let engine = store.engine();
        let (stream, head, cursor) = (Key::new().text("s"), Key::new().text("head"), Key::new().text("cursor"));
        let append = || Op::Append { stream: stream.clone(), head: head.clone(), value: "x".into() };
        // One beside the stream, in the same place.
        commit(engine, vec![put(stream.clone().number(u64::MAX), "beside")]).unwrap();
        let mut claimed = Vec::new();
        for _ in 0..5 {
            commit(engine, vec![append(), append(), append(), append()]).unwrap();
            let source = Source::Stream { stream: &stream, cursor: &cursor };
            let mut consumer = Consumer { cursor: &cursor, last: 0, stop: false };
            let taken = wait(engine.claim_from(source, 3, &mut consumer)).unwrap();
            claimed.extend(taken.iter().map(number));
        }
        assert_eq!(claimed, (1..=15).collect::<Vec<_>>(), "{}", store.name);
        assert_eq!(rows(engine, &stream.children()).len(), 21, "what was claimed stays");
        let source = Source::Stream { stream: &stream, cursor: &cursor };
        let mut consumer = Consumer { cursor: &cursor, last: 0, stop: true };
        assert!(wait(engine.claim_from(source, 3, &mut consumer)).unwrap().is_empty());
        assert_eq!(wait(engine.claim_from(source, 9, &mut Consumer { stop: false, ..consumer })).unwrap().len(), 5);
    }
}

/// Takes rows of a stream and moves its cursor behind them.
struct Consumer<'a> {
    cursor: &'a Key,
    last: u64,
    stop: bool,
}

impl Claimant for Consumer<'_> {
    fn decide(&mut self, row: &Row) -> Claim {
        if self.stop {
            return Claim::Stop;
        }
        self.last = number(row);
        Claim::Take(Vec::new())
    }

    fn end(&mut self) -> Vec<Op> {
        assert!(!self.stop, "nothing was taken");
        vec![Op::Put(self.cursor.clone(), self.last.to_le_bytes().to_vec().into())]
    }
}

#[test]
fn a_counter_is_written_once_a_commit_and_in_order_with_other_operations() {
    for store in everywhere() {
        let engine = store.engine();
        let (a, b) = (Key::new().text("c").text("a"), Key::new().text("c").text("b"));
        let add = |key: &Key, by| Op::Add(key.clone(), by);
        commit(engine, vec![add(&a, 1), add(&b, 5), Op::Delete(a.clone()), add(&a, 2), add(&a, 3)]).unwrap();
        let count = |key: &Key| {
            let row = wait(engine.snapshot().get(key)).unwrap();
            row.map(|row| i64::from_le_bytes(row.value[..].try_into().unwrap()))
        };
        assert_eq!((count(&a), count(&b)), (Some(5), Some(5)));
        commit(engine, vec![add(&a, 1), add(&b, 1), Op::DeleteRange(a.children()), Op::Delete(b.clone())]).unwrap();
        assert_eq!((count(&a), count(&b)), (Some(6), None), "{}", store.name);
        commit(engine, vec![add(&a, 1), Op::DeleteRange(Key::new().text("c").children()), add(&b, 1)]).unwrap();
        assert_eq!((count(&a), count(&b)), (None, Some(1)), "{}", store.name);
    }
}
