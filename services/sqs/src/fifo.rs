//! FIFO queues: groups in order, deduplication, receive attempts.
//!
//! A group is available when its first message is visible. While that is in flight, nothing of the group is given out;
//! when it is deleted, the next one stands first. `settle` keeps the group's index row true after every change. Every
//! change of a group writes its `h` row: that is what makes two at once conflict.

use crate::{
    budget::Budget,
    faults, lease,
    limits::{DEDUPLICATION, MAX_IN_FLIGHT, MICROS},
    queue::{Queue, damaged},
    receipt::Receipt,
    receive::{Request, Taken},
    records::{AttemptRecord, DedupRecord, GroupRecord, MessageRecord, StateRecord},
    redrive, retention,
    send::{Outgoing, keep_blob},
    statistics::{self, Why},
    visibility,
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Range, Row, Rows, Scan, Txn},
};
use std::collections::BTreeMap;
use wire::Timestamp;

/// Groups looked at for one receive; more are only needed when many hold nothing but expired messages.
const GROUPS: usize = 100;
/// Expired deduplication and attempt records removed with each receive, which adds one.
const SWEEP: usize = 4;

/// Stores messages in their order; those whose deduplication id was seen are not stored again. Answers for each the
/// number and id under which it is known.
pub async fn push(tx: &mut Txn, queue: &Queue, outgoing: &[Outgoing], now: Timestamp) -> Result<Vec<(u64, u128)>> {
    // Twice what is added, so that they become fewer however the calls come.
    sweep(tx, queue, now, 2 * outgoing.len() + 2).await?;
    let mut stored = Vec::with_capacity(outgoing.len());
    for message in outgoing {
        let record = &message.record;
        let scope = if queue.deduplication_per_group { record.group.as_str() } else { "" };
        let dedup = queue.keys.deduplications(queue.id).text(scope).text(&record.deduplication);
        let known: Option<DedupRecord> = tx.read(&dedup).await?;
        if let Some(known) = known.filter(|known| known.expires > now) {
            stored.push((known.message, known.id));
            continue;
        }
        let state = StateRecord { visible: message.visible, sent: record.sent, ..StateRecord::default() };
        statistics::hide(tx, queue, state.visible, now, Why::Delayed, 1);
        put(tx, queue, message.number, record, state).await?;
        let expires = Timestamp(now.0 + DEDUPLICATION * MICROS);
        tx.put(dedup.clone(), DedupRecord { message: message.number, id: record.id, expires }.encode());
        tx.put(expiry(queue, expires, &dedup), dedup.as_bytes().to_vec());
        stored.push((message.number, record.id));
    }
    Ok(stored)
}

/// Puts a message at the end of its group.
pub async fn put(
    tx: &mut Txn,
    queue: &Queue,
    number: u64,
    record: &MessageRecord,
    mut state: StateRecord,
) -> Result<()> {
    state.blob = record.blob;
    let (keys, group) = (&queue.keys, record.group.as_str());
    tx.put(keys.message(queue.id, number), record.encode());
    tx.put(keys.group_messages(queue.id, group).number(number), state.encode());
    tx.add(keys.count(queue.id), 1);
    if let Some(blob) = record.blob {
        keep_blob(tx, queue, blob);
    }
    let row = keys.group(queue.id, group);
    let before = tx.get(&row).await?;
    if before.is_none() {
        tx.put(keys.availability(queue.id, state.visible, group), Vec::new());
    }
    // Written even where it stays the same, so that a deletion which saw the group without this message fails.
    tx.put(row, before.unwrap_or_else(|| GroupRecord { available: state.visible }.encode()));
    Ok(())
}

fn expiry(queue: &Queue, expires: Timestamp, of: &Key) -> Key {
    queue.keys.expiries(queue.id).number(expires.0.max(0) as u64).bytes(of.as_bytes())
}

/// Removes a few records whose five minutes are over; whether there may be more.
pub async fn sweep(tx: &mut Txn, queue: &Queue, now: Timestamp, most: usize) -> Result<bool> {
    let range = Range::numbers_to(&queue.keys.expiries(queue.id), now.0.max(0) as u64);
    let page = tx.scan(&range, &Scan { limit: most, ..Scan::default() }).await?;
    for row in page.rows {
        let of = Key::from_encoded(row.value.to_vec());
        // It may have been written anew since: both kinds of record have their expiry as field 3.
        let expired = |bytes: &[u8]| AttemptRecord::decode(bytes).is_some_and(|record| record.expires <= now);
        if tx.get(&of).await?.is_some_and(|bytes| expired(&bytes)) {
            tx.delete(of);
        }
        tx.delete(row.key);
    }
    Ok(page.more)
}

/// Takes messages: of each available group as many as are visible in a row, in order.
pub async fn take(cx: &Cx, queue: &Queue, request: &Request, now: Timestamp) -> Result<Vec<Taken>> {
    loop {
        if statistics::at_limit(cx, queue, request.most).await? >= MAX_IN_FLIGHT {
            // Unlike a standard queue, no error (API reference, ReceiveMessage).
            return Ok(Vec::new());
        }
        let round = cx.write(async |tx| round(cx, tx, queue, request, now).await).await?;
        statistics::note_taken(cx, queue, round.taken.len());
        if !round.taken.is_empty() || !round.again {
            return Ok(round.taken);
        }
    }
}

/// What one transaction of a receive came to.
struct Round<'a> {
    queue: &'a Queue,
    request: &'a Request,
    now: Timestamp,
    /// The dead-letter queue, and after how many receives.
    target: Option<(Queue, u32)>,
    budget: Budget,
    taken: Vec<Taken>,
    /// Messages were expired or exhausted, and more may stand behind them than fit into one commit.
    again: bool,
}

async fn round<'a>(cx: &Cx, tx: &mut Txn, queue: &'a Queue, request: &'a Request, now: Timestamp) -> Result<Round<'a>> {
    sweep(tx, queue, now, SWEEP).await?;
    // Nobody reads the past.
    if statistics::is_sweep_due(cx, queue, now) {
        statistics::past(queue, now).for_each(|range| tx.delete_range(range));
    }
    let target = match &queue.redrive {
        Some(redrive) => redrive::target(cx, redrive).await?.map(|target| (target, redrive.max_receives)),
        None => None,
    };
    let budget = Budget::default();
    let mut round = Round { queue, request, now, target, budget, taken: Vec::new(), again: false };
    if let Some(attempt) = &request.attempt
        && let Some(taken) = repeat(tx, queue, request, attempt, now).await?
    {
        round.taken = taken;
        return Ok(round);
    }
    let range = Range::numbers_to(&queue.keys.availabilities(queue.id), now.0.max(0) as u64);
    let groups = tx.scan(&range, &Scan { limit: GROUPS, keys_only: true, ..Scan::default() }).await?;
    for row in groups.rows {
        if round.taken.len() == request.most || round.budget.is_spent() {
            break;
        }
        let Some(group) = row.key.name() else { continue };
        round.take_group(cx, tx, &group).await?;
    }
    // In a queue that is its own dead-letter queue, what was moved is here again, and never given out.
    round.again = round.budget.is_touched() && !redrive::is_own_target(queue);
    if let (Some(attempt), false) = (&request.attempt, round.taken.is_empty()) {
        remember(tx, queue, request, attempt, &round.taken, now);
    }
    Ok(round)
}

impl Round<'_> {
    async fn take_group(&mut self, cx: &Cx, tx: &mut Txn, group: &str) -> Result<()> {
        let (queue, request, now) = (self.queue, self.request, self.now);
        let horizon = retention::horizon(queue, now);
        let mut change = Change::default();
        let range = queue.keys.group_messages(queue.id, group).children();
        // Some of the rows may be expired or exhausted, so a few more than wanted are read.
        let rows = tx.scan(&range, &Scan { limit: request.most + 10, ..Scan::default() }).await?;
        for row in rows.rows {
            let wanted = self.taken.len() < request.most && !self.budget.is_spent();
            let Some(message) = row.key.last_number().filter(|_| wanted) else { break };
            let mut state = StateRecord::read(&row.value)?;
            if state.visible > now {
                break;
            }
            tx.check(&row);
            let key = queue.keys.message(queue.id, message);
            let bytes = tx.get_weak(&key).await?.ok_or_else(|| damaged("message"))?;
            let record = MessageRecord::read(&bytes)?;
            if retention::begun(&state, message) <= horizon {
                self.budget.spend(0);
                drop_rows(tx, queue, group, message);
                lease::forget(tx, queue, message, state.blob);
                change.removed.push(message);
                continue;
            }
            if let Some((target, max_receives)) = &self.target
                && state.receives >= *max_receives
            {
                self.budget.spend(bytes.len());
                hand_over(tx, queue, group, message, state.blob);
                change.removed.push(message);
                let number = redrive::push_fifo(cx, tx, queue, target, record, &state, now).await?;
                if target.id == queue.id {
                    change.added.push((number, now));
                }
                continue;
            }
            state.receives += 1;
            state.received = now;
            state.nonce = cx.cloud().ids().u64();
            state.visible = hidden_until(request, now);
            if state.first_received == Timestamp(0) {
                state.first_received = now;
            }
            change.moved.push((message, state.visible));
            statistics::hide(tx, queue, state.visible, now, Why::InFlight, 1);
            tx.put(row.key, state.encode());
            let receipt = receipt(queue, group, message, state.nonce);
            self.taken.push(Taken { receipt, receives: state.receives, first_received: state.first_received, record });
        }
        settle(tx, queue, group, &change).await
    }
}

/// A message that no other of its group stands before.
pub struct Ahead {
    pub group: String,
    pub row: Row,
    pub message: u64,
}

/// The first visible messages in the order of sending: those in flight hold back what is behind them in their group.
pub async fn ahead(tx: &Txn, queue: &Queue, most: usize, now: Timestamp) -> Result<Vec<Ahead>> {
    let range = Range::numbers_to(&queue.keys.availabilities(queue.id), now.0.max(0) as u64);
    let groups = tx.scan(&range, &Scan { limit: GROUPS, keys_only: true, ..Scan::default() }).await?;
    let mut ahead = Vec::new();
    for group in groups.rows.iter().filter_map(|row| row.key.name()) {
        let range = queue.keys.group_messages(queue.id, &group).children();
        let page = tx.scan(&range, &Scan { limit: most, ..Scan::default() }).await?;
        let visible = |row: &Row| StateRecord::decode(&row.value).is_some_and(|state| state.visible <= now);
        let rows = page.rows.into_iter().take_while(visible);
        ahead.extend(rows.filter_map(|row| Some(Ahead { group: group.clone(), message: row.key.last_number()?, row })));
    }
    ahead.sort_by_key(|ahead| ahead.message);
    ahead.truncate(most);
    Ok(ahead)
}

/// Holds no instant, so that a repeated receive gives the same handle although it hides the message anew.
fn receipt(queue: &Queue, group: &str, message: u64, nonce: u64) -> Receipt {
    Receipt { queue: queue.id, message, nonce, visible: Timestamp(0), group: group.to_owned() }
}

fn hidden_until(request: &Request, now: Timestamp) -> Timestamp {
    Timestamp(now.0 + i64::from(request.visibility) * MICROS)
}

fn attempt_key(queue: &Queue, attempt: &str) -> Key {
    queue.keys.attempts(queue.id).text(attempt)
}

fn remember(tx: &mut Txn, queue: &Queue, request: &Request, attempt: &str, taken: &[Taken], now: Timestamp) {
    let expires = Timestamp(now.0 + DEDUPLICATION * MICROS);
    let key = attempt_key(queue, attempt);
    let record = AttemptRecord {
        messages: taken.iter().map(|taken| (taken.receipt.message, taken.receipt.nonce)).collect(),
        groups: taken.iter().map(|taken| taken.receipt.group.clone()).collect(),
        expires,
        visible: hidden_until(request, now),
    };
    tx.put(expiry(queue, expires, &key), key.as_bytes().to_vec());
    tx.put(key, record.encode());
}

/// The messages of an earlier receive with this attempt id, hidden anew; `None` where there was none, or its messages
/// are visible again. If one was deleted or had its visibility changed, the receive cannot be repeated.
async fn repeat(
    tx: &mut Txn,
    queue: &Queue,
    request: &Request,
    attempt: &str,
    now: Timestamp,
) -> Result<Option<Vec<Taken>>> {
    let Some(known) = tx.read::<AttemptRecord>(&attempt_key(queue, attempt)).await? else { return Ok(None) };
    if known.expires <= now || known.visible <= now {
        return Ok(None);
    }
    let visible = hidden_until(request, now);
    let (mut taken, mut states) = (Vec::new(), Vec::new());
    for ((message, nonce), group) in known.messages.iter().zip(&known.groups) {
        let row = queue.keys.group_messages(queue.id, group).number(*message);
        let state: Option<StateRecord> = tx.read(&row).await?;
        let Some(mut state) = state.filter(|state| state.nonce == *nonce && state.visible == known.visible) else {
            return Err(faults::invalid_value(
                attempt,
                "ReceiveRequestAttemptId",
                "The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.",
            ));
        };
        let record = tx.record(&queue.keys.message(queue.id, *message)).await?;
        let record: MessageRecord = record.ok_or_else(|| damaged("message"))?;
        state.visible = visible;
        let receipt = receipt(queue, group, *message, *nonce);
        taken.push(Taken { receipt, receives: state.receives, first_received: state.first_received, record });
        states.push((row, state));
    }
    let count = states.len() as i64;
    statistics::hide(tx, queue, known.visible, now, Why::InFlight, -count);
    statistics::hide(tx, queue, visible, now, Why::InFlight, count);
    for (row, state) in states {
        tx.put(row, state.encode());
    }
    tx.put(attempt_key(queue, attempt), AttemptRecord { visible, ..known.clone() }.encode());
    let mut groups: Vec<&str> = known.groups.iter().map(String::as_str).collect();
    groups.dedup();
    for group in groups {
        let of_group = taken.iter().filter(|taken| taken.receipt.group == group);
        let moved = of_group.map(|taken| (taken.receipt.message, visible)).collect();
        settle(tx, queue, group, &Change { moved, ..Change::default() }).await?;
    }
    Ok(Some(taken))
}

/// All that a transaction did to a group's messages; its scans do not see that yet.
#[derive(Default)]
pub struct Change {
    pub removed: Vec<u64>,
    pub moved: Vec<(u64, Timestamp)>,
    /// Put behind the others, and when they are visible.
    pub added: Vec<(u64, Timestamp)>,
}

/// Makes the group's index row say when its first message is visible, or removes it with its last message. Once a group
/// and transaction.
pub async fn settle(tx: &mut Txn, queue: &Queue, group: &str, change: &Change) -> Result<()> {
    let keys = &queue.keys;
    let range = keys.group_messages(queue.id, group).children();
    let rows = tx.scan(&range, &Scan { limit: change.removed.len() + 1, ..Scan::default() }).await?;
    let first = rows.rows.iter().find_map(|row| {
        let message = row.key.last_number().filter(|message| !change.removed.contains(message))?;
        let moved = change.moved.iter().find(|(moved, _)| *moved == message).map(|(_, visible)| *visible);
        moved.or_else(|| StateRecord::decode(&row.value).map(|state| state.visible))
    });
    let first = first.or_else(|| change.added.first().map(|(_, visible)| *visible));
    let key = keys.group(queue.id, group);
    let before = tx.read::<GroupRecord>(&key).await?.map(|before| before.available);
    if before != first {
        if let Some(before) = before {
            tx.delete(keys.availability(queue.id, before, group));
        }
        if let Some(available) = first {
            tx.put(keys.availability(queue.id, available, group), Vec::new());
        }
    }
    // Written even where it stays the same: what was scanned is not checked, so two changes of a group at once must
    // meet in this row.
    match first {
        Some(available) => tx.put(key, GroupRecord { available }.encode()),
        None => tx.delete(key),
    }
    if first.is_some_and(|first| before.is_none_or(|before| first < before)) {
        // Sooner than those who wait have in mind.
        tx.wake_after(queue.arn.clone());
    }
    Ok(())
}

/// Takes a message out of its group.
fn drop_rows(tx: &mut Txn, queue: &Queue, group: &str, message: u64) {
    tx.delete(queue.keys.group_messages(queue.id, group).number(message));
    tx.add(queue.keys.count(queue.id), -1);
}

/// Takes a visible message out of the queue, to live on elsewhere with its blob.
pub fn hand_over(tx: &mut Txn, queue: &Queue, group: &str, message: u64, blob: Option<u128>) {
    drop_rows(tx, queue, group, message);
    tx.delete(queue.keys.message(queue.id, message));
    if let Some(blob) = blob {
        tx.delete(queue.keys.blob(queue.id, blob));
    }
}

/// Removes messages by group and number, whatever their state, and lets their groups go on.
pub async fn remove_all(cx: &Cx, tx: &mut Txn, queue: &Queue, messages: &[(String, u64)]) -> Result<()> {
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    for (group, message) in messages {
        let row = queue.keys.group_messages(queue.id, group).number(*message);
        let Some(state) = tx.read::<StateRecord>(&row).await? else { continue };
        statistics::hide(tx, queue, state.visible, cx.now(), Why::of(state.receives), -1);
        drop_rows(tx, queue, group, *message);
        lease::forget(tx, queue, *message, state.blob);
        changes.entry(group).or_default().removed.push(*message);
    }
    for (group, change) in &changes {
        settle(tx, queue, group, change).await?;
    }
    Ok(())
}

async fn state_of(tx: &mut Txn, queue: &Queue, receipt: &Receipt) -> Result<Option<StateRecord>> {
    let row = queue.keys.group_messages(queue.id, &receipt.group).number(receipt.message);
    let state: Option<StateRecord> = tx.read(&row).await?;
    Ok(state.filter(|state| state.nonce == receipt.nonce))
}

/// Deletes a message that is in flight under this receipt. One that is gone is no error, an expired receipt is.
pub async fn delete(cx: &Cx, queue: &Queue, receipt: &Receipt, handle: &str) -> Result<()> {
    cx.write(async |tx| {
        let row = queue.keys.group_messages(queue.id, &receipt.group).number(receipt.message);
        if tx.get(&row).await?.is_none() {
            return Ok(());
        }
        match state_of(tx, queue, receipt).await? {
            Some(state) if state.visible > cx.now() => {
                remove_all(cx, tx, queue, &[(receipt.group.clone(), receipt.message)]).await
            }
            _ => Err(faults::expired_receipt_handle(handle)),
        }
    })
    .await
}

pub async fn change_visibility(
    cx: &Cx,
    queue: &Queue,
    receipt: &Receipt,
    handle: &str,
    visible: Timestamp,
) -> Result<()> {
    cx.write(async |tx| {
        let row = queue.keys.group_messages(queue.id, &receipt.group).number(receipt.message);
        if tx.get(&row).await?.is_none() {
            return Err(visibility::unavailable(handle));
        }
        let now = cx.now();
        let state = state_of(tx, queue, receipt).await?.filter(|state| state.visible > now);
        let mut state = state.ok_or_else(|| faults::expired_receipt_handle(handle))?;
        visibility::check_total(state.received, now, visible)?;
        statistics::hide(tx, queue, state.visible, now, Why::InFlight, -1);
        statistics::hide(tx, queue, visible, now, Why::InFlight, 1);
        state.visible = visible;
        tx.put(queue.keys.group_messages(queue.id, &receipt.group).number(receipt.message), state.encode());
        let change = Change { moved: vec![(receipt.message, visible)], ..Change::default() };
        settle(tx, queue, &receipt.group, &change).await
    })
    .await
}
