//! How many messages a queue has: approximate on AWS, exact here for what is stored.
//!
//! Whoever hides messages counts them at the second in which they will be visible, so that nobody has to look at each.
//! What becomes visible within the current second is counted one by one: in a standard queue the leases are, which stand
//! in that order; a FIFO queue counts by instant too.

use crate::{limits::MICROS, queue::Queue, records::LeaseRecord};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Range, Row, Rows, Scan, Txn, counter},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use wire::Timestamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

/// Why messages are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Delayed = 0,
    InFlight = 1,
}

impl Why {
    /// Of a message that was received so often.
    pub fn of(receives: u32) -> Why {
        if receives == 0 { Why::Delayed } else { Why::InFlight }
    }
}

fn second(at: Timestamp) -> u64 {
    (at.0.max(0) / MICROS) as u64
}

/// The counters of messages that are hidden until then.
pub fn counters(queue: &Queue, at: Timestamp, why: Why) -> impl Iterator<Item = Key> {
    let keys = &queue.keys;
    let by_instant = queue.fifo.then(|| keys.instants(queue.id).number(at.0.max(0) as u64).number(why as u64));
    [keys.seconds(queue.id).number(second(at)).number(why as u64)].into_iter().chain(by_instant)
}

/// The counters that nobody reads any more.
pub fn past(queue: &Queue, now: Timestamp) -> impl Iterator<Item = Range> {
    let keys = &queue.keys;
    let before = |counters: Key, end: u64| Range { from: counters.children().from, to: counters.number(end) };
    let by_instant = queue.fifo.then(|| before(keys.instants(queue.id), now.0.max(0) as u64));
    [before(keys.seconds(queue.id), second(now))].into_iter().chain(by_instant)
}

/// Counts `by` messages more that are hidden until `at`, or less. The past is not counted.
pub fn hide(tx: &mut Txn, queue: &Queue, at: Timestamp, now: Timestamp, why: Why, by: i64) {
    if at > now && by != 0 {
        counters(queue, at, why).for_each(|counter| tx.add(counter, by));
    }
}

pub async fn count(cx: &Cx, queue: &Queue) -> Result<Counts> {
    let snapshot = cx.read();
    let (keys, now) = (&queue.keys, cx.now());
    let mut hidden = [0; 2];
    let all = Scan::default();
    let count = |row: &Row, hidden: &mut [i64; 2]| {
        if let Some(count) = row.key.last_number().and_then(|why| hidden.get_mut(why as usize)) {
            *count += counter(&row.value);
        }
    };
    let later = keys.seconds(queue.id);
    let range = Range { from: later.clone().number(second(now) + 1), to: later.children().to };
    snapshot.each(range, &all, |row| count(&row, &mut hidden)).await?;
    // What is left of this second.
    let rest = |index: Key| Range {
        from: index.clone().number(now.0.max(0) as u64 + 1),
        to: index.number((second(now) + 1) * MICROS as u64),
    };
    if queue.fifo {
        snapshot.each(rest(keys.instants(queue.id)), &all, |row| count(&row, &mut hidden)).await?;
    } else {
        let lease = |row: Row| {
            for held in LeaseRecord::decode(&row.value).unwrap_or_default().messages {
                hidden[Why::of(held.receives) as usize] += 1;
            }
        };
        snapshot.each(rest(keys.leases(queue.id)), &all, lease).await?;
    }
    let mut total = 0;
    // Those in the stream are between its head and its cursor.
    for (row, sign) in keys.counters(queue.id).into_iter().zip([1, 1, -1]) {
        total += sign * snapshot.get(&row).await?.map_or(0, |row| counter(&row.value));
    }
    let [delayed, in_flight] = hidden.map(|count| count.max(0) as u64);
    Ok(Counts { visible: (total.max(0) as u64).saturating_sub(in_flight + delayed), in_flight, delayed })
}

/// What is remembered of a queue between receives.
#[derive(Clone, Copy, Default)]
struct Noted {
    /// An upper bound of the messages in flight: what was counted last, and what was taken since.
    in_flight: Option<usize>,
    /// The second in which past counters were removed last.
    swept: u64,
}

#[derive(Default)]
struct Notes(Mutex<HashMap<u64, Noted>>);

fn note<T>(cx: &Cx, queue: &Queue, change: impl FnOnce(&mut Noted) -> T) -> T {
    let notes = cx.cloud().cache::<Notes>();
    let mut notes = notes.0.lock().unwrap_or_else(PoisonError::into_inner);
    change(notes.entry(queue.id).or_default())
}

pub fn note_taken(cx: &Cx, queue: &Queue, taken: usize) {
    note(cx, queue, |noted| noted.in_flight = Some(noted.in_flight.unwrap_or(0) + taken));
}

/// Whether it is time to remove past counters: once a second.
pub fn is_sweep_due(cx: &Cx, queue: &Queue, now: Timestamp) -> bool {
    let second = second(now);
    note(cx, queue, |noted| std::mem::replace(&mut noted.swept, second) != second)
}

/// The messages in flight, at the most. Counts them only when so many were taken that the limit may be reached.
pub async fn at_limit(cx: &Cx, queue: &Queue, wanted: usize) -> Result<usize> {
    match note(cx, queue, |noted| noted.in_flight) {
        Some(bound) if bound + wanted <= crate::limits::MAX_IN_FLIGHT => Ok(bound),
        _ => {
            let counted = count(cx, queue).await?.in_flight as usize;
            note(cx, queue, |noted| noted.in_flight = Some(counted));
            Ok(counted)
        }
    }
}
