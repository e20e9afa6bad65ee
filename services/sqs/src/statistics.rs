//! How many messages a queue has: approximate on AWS, exact here for what is stored.

use crate::{queue::Queue, records::StateRecord};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Range, Scan},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

/// All messages are counted as they come and go; the hidden ones are found in the index.
pub async fn count(cx: &Cx, queue: &Queue) -> Result<Counts> {
    let snapshot = cx.read();
    let total = snapshot.get(&queue.keys.count(queue.id)).await?;
    let total = total.and_then(|row| row.value.first_chunk().map(|bytes| i64::from_le_bytes(*bytes))).unwrap_or(0);
    let now = cx.now();
    let mut counts = Counts::default();
    let mut range = match queue.fifo {
        true => queue.keys.fifo(queue.id).children(),
        false => {
            let index = queue.keys.visibilities(queue.id);
            Range { from: index.clone().number(now.0.max(0) as u64 + 1), to: index.children().to }
        }
    };
    loop {
        let page = snapshot.scan(&range, &Scan::default()).await?;
        for row in &page.rows {
            let state = StateRecord::decode(&row.value).unwrap_or_default();
            match state.receives {
                _ if queue.fifo && state.visible <= now => {}
                0 => counts.delayed += 1,
                _ => counts.in_flight += 1,
            }
        }
        match page.rows.last() {
            Some(row) if page.more => range = range.after(&row.key),
            _ => break,
        }
    }
    counts.visible = (total.max(0) as u64).saturating_sub(counts.in_flight + counts.delayed);
    Ok(counts)
}

/// An upper bound of the messages in flight by queue: what was counted last, and what was taken since.
#[derive(Default)]
struct Bounds(Mutex<HashMap<u64, usize>>);

pub fn note_taken(cx: &Cx, queue: &Queue, taken: usize) {
    let bounds = cx.cloud().cache::<Bounds>();
    *bounds.0.lock().unwrap_or_else(PoisonError::into_inner).entry(queue.id).or_default() += taken;
}

/// The messages in flight, at the most. Counts them only when so many were taken that the limit may be reached.
pub async fn at_limit(cx: &Cx, queue: &Queue, wanted: usize) -> Result<usize> {
    let bounds = cx.cloud().cache::<Bounds>();
    let known = bounds.0.lock().unwrap_or_else(PoisonError::into_inner).get(&queue.id).copied();
    match known {
        Some(bound) if bound + wanted <= crate::limits::MAX_IN_FLIGHT => Ok(bound),
        _ => {
            let counted = count(cx, queue).await?.in_flight as usize;
            bounds.0.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.id, counted);
            Ok(counted)
        }
    }
}
