//! Scans: order, pages, both directions.

use crate::support::*;
use kernel::store::{Op, Range, Scan};

#[test]
fn pages_cover_the_range_in_both_directions() {
    for store in everywhere() {
        let engine = store.engine();
        for n in 0..300 {
            commit(engine, vec![put(key(n), format!("v{n}"))]).unwrap();
        }
        for n in (0..300).filter(|n| n % 3 == 0 || (100..200).contains(n)) {
            commit(engine, vec![Op::Delete(key(n))]).unwrap();
        }
        let expected: Vec<u64> = (10..290).filter(|n| n % 3 != 0 && !(100..200).contains(n)).collect();
        let snapshot = engine.snapshot();
        for limit in [1, 7, 1_000] {
            for reverse in [false, true] {
                let mut found = Vec::new();
                let mut range = Range { from: key(10), to: key(290) };
                loop {
                    let page = wait(snapshot.scan(&range, &Scan { limit, reverse, keys_only: false })).unwrap();
                    assert!(page.rows.len() <= limit);
                    for row in &page.rows {
                        assert_eq!(row.value, format!("v{}", row.key.last_number().unwrap()));
                    }
                    found.extend(page.rows.iter().map(|row| row.key.last_number().unwrap()));
                    let Some(last) = page.rows.last() else { break };
                    if !page.more {
                        break;
                    }
                    match reverse {
                        false => range = range.after(&last.key),
                        true => range.to = last.key.clone(),
                    }
                }
                if reverse {
                    found.reverse();
                }
                assert_eq!(found, expected, "{}, limit {limit}, reverse {reverse}", store.name);
            }
        }
    }
}

#[test]
fn a_page_ends_at_about_a_mebibyte_and_says_that_there_is_more() {
    for store in everywhere() {
        let engine = store.engine();
        for n in 0..40 {
            commit(engine, vec![put(key(n), vec![1; 60_000])]).unwrap();
        }
        let snapshot = engine.snapshot();
        let page = wait(snapshot.scan(&all(), &Scan::default())).unwrap();
        assert!(page.more);
        let bytes: usize = page.rows.iter().map(|row| row.value.len()).sum();
        assert!((1_000_000..1_200_000).contains(&bytes), "{bytes}");
        let page = wait(snapshot.scan(&all(), &Scan { keys_only: true, ..Scan::default() })).unwrap();
        assert_eq!((page.rows.len(), page.more), (40, false));
        assert!(page.rows.iter().all(|row| row.value.is_empty()));
    }
}

#[test]
fn a_range_that_ends_before_it_begins_is_empty() {
    for store in everywhere() {
        let engine = store.engine();
        commit(engine, vec![put(key(5), "")]).unwrap();
        let range = Range { from: key(9), to: key(1) };
        assert!(rows(engine, &range).is_empty());
        assert!(wait(engine.claim(&range, 1, &mut |_| unreachable!())).unwrap().is_empty());
    }
}
