//! Dead-letter queues: the policies that name them, and moving messages there.

use crate::{
    budget::Budget,
    faults, fifo,
    lease::{Held, Leases},
    limits::MAX_RECEIVES,
    queue::{self, Queue, damaged},
    records::{HeldRecord, MessageRecord, OUTSIDE, QueueRecord, Redrive, StateRecord},
};
use kernel::{Arn, Cx, Result, record::Record, store::Txn};
use wire::{Bytes, Json, Timestamp};

/// Reads a RedrivePolicy; empty text removes it. The target must exist, be of the same type, and allow this source.
pub async fn parse(cx: &Cx, record: &QueueRecord, text: &str) -> Result<Option<Redrive>> {
    if text.is_empty() {
        return Ok(None);
    }
    let refuse = |reason: &str| faults::invalid_value(text, "RedrivePolicy", reason);
    let json = Json::parse(text).ok().filter(|json| json.as_object().is_some());
    let json = json.ok_or_else(|| refuse("Redrive policy is not a valid JSON map."))?;
    let missing = |name: &str| refuse(&format!("Redrive policy does not contain mandatory attribute: {name}."));
    if let Some((unknown, _)) = json
        .as_object()
        .unwrap_or_default()
        .iter()
        .find(|(name, _)| name != "deadLetterTargetArn" && name != "maxReceiveCount")
    {
        return Err(refuse(&format!(
            "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]; not {unknown}."
        )));
    }
    let target_arn = json.get("deadLetterTargetArn").ok_or_else(|| missing("deadLetterTargetArn"))?;
    let count = json.get("maxReceiveCount").ok_or_else(|| missing("maxReceiveCount"))?;
    // Clients write the number as text too.
    let number = count.as_i64().or_else(|| count.as_str()?.parse().ok()).and_then(|count| u32::try_from(count).ok());
    let max_receives = number.filter(|count| MAX_RECEIVES.contains(count)).ok_or_else(|| {
        let count = count.as_str().map_or_else(|| count.to_string(), str::to_owned);
        refuse(&format!("Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."))
    })?;
    let target_arn = target_arn.as_str().unwrap_or_default().to_owned();
    if Arn::parse(&target_arn).is_none_or(|arn| arn.service != "sqs") {
        return Err(refuse("Invalid value for deadLetterTargetArn."));
    }
    let target = queue::by_arn(cx, &target_arn).await?;
    let target = target
        .filter(|target| target.owner == cx.account())
        .ok_or_else(|| refuse("Dead letter target does not exist."))?;
    if target.fifo != record.fifo {
        return Err(refuse("Dead-letter queue must be same type of queue as the source."));
    }
    let source = cx.arn(&record.name).to_string();
    if !allows(&target.redrive_allow, &source) {
        return Err(refuse("The dead-letter queue's redrive allow policy does not allow this queue as a source."));
    }
    Ok(Some(Redrive { target_arn, max_receives }))
}

/// Checks a RedriveAllowPolicy (API reference, SetQueueAttributes) and keeps it as it came.
pub fn parse_allow(text: &str) -> Result<String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    // The sentence is a guess, the code is AWS's.
    let refuse = || faults::invalid_value(text, "RedriveAllowPolicy", "Invalid value for RedriveAllowPolicy.");
    let json = Json::parse(text).map_err(|_| refuse())?;
    let sources = json.get("sourceQueueArns").map(|sources| sources.as_list().unwrap_or_default());
    let valid = match (json.get("redrivePermission").and_then(Json::as_str), sources) {
        (Some("allowAll" | "denyAll"), None) => true,
        (Some("byQueue"), Some(sources)) => {
            (1..=10).contains(&sources.len()) && sources.iter().all(|source| source.as_str().is_some())
        }
        _ => false,
    };
    let known = |name: &str| name == "redrivePermission" || name == "sourceQueueArns";
    match valid && json.as_object().is_some_and(|members| members.iter().all(|(name, _)| known(name))) {
        true => Ok(text.to_owned()),
        false => Err(refuse()),
    }
}

fn allows(policy: &str, source: &str) -> bool {
    let Ok(policy) = Json::parse(policy) else { return true };
    match policy.get("redrivePermission").and_then(Json::as_str) {
        Some("denyAll") => false,
        Some("byQueue") => {
            let sources = policy.get("sourceQueueArns").and_then(Json::as_list).unwrap_or_default();
            sources.iter().any(|allowed| allowed.as_str() == Some(source))
        }
        _ => true,
    }
}

/// A queue may name itself as its dead-letter queue, on AWS too.
pub fn is_own_target(queue: &Queue) -> bool {
    queue.redrive.as_ref().is_some_and(|redrive| *redrive.target_arn == *queue.arn)
}

/// The dead-letter queue, if it is there.
pub async fn target(cx: &Cx, redrive: &Redrive) -> Result<Option<Queue>> {
    queue::by_arn(cx, &redrive.target_arn).await
}

/// A message that was received too often, and its lease.
pub struct Exhausted {
    pub at: Timestamp,
    pub lease: u64,
    pub message: u64,
    pub sent: Timestamp,
}

/// Moves exhausted messages of a standard queue; whether any was. Their ids, receive counts and instants of sending stay
/// as they are (developer guide, "Using dead-letter queues": the original enqueue timestamp counts for retention).
pub async fn dead_letter(cx: &Cx, queue: &Queue, exhausted: &[Exhausted]) -> Result<bool> {
    let Some(redrive) = &queue.redrive else { return Ok(false) };
    let Some(target) = target(cx, redrive).await? else { return Ok(false) };
    let now = cx.now();
    let oldest = exhausted.iter().map(|one| one.sent).min().unwrap_or(now);
    let mut rest = exhausted;
    let mut moved = 0;
    while !rest.is_empty() {
        let (seen, of_them) = cx
            .write(async |tx| {
                target.accept(cx, tx, oldest).await?;
                tx.wake_after(target.arn.clone());
                let (mut from, mut to) = (Leases::new(queue, now), Leases::new(&target, now));
                let (mut budget, mut seen, mut moved) = (Budget::default(), 0, 0);
                for one in rest {
                    if budget.is_spent() {
                        break;
                    }
                    seen += 1;
                    // Gone if somebody else moved it, or it was deleted by an old receipt.
                    let Some(held) = from.take(tx, one.at, one.lease, one.message).await? else { continue };
                    budget.spend(relocate(cx, tx, queue, &target, &mut to, held, now).await?);
                    moved += 1;
                }
                from.close(tx);
                to.close(tx);
                Ok((seen, moved))
            })
            .await?;
        rest = &rest[seen..];
        moved += of_them;
    }
    Ok(moved > 0)
}

/// Moves a message that was taken out of its lease. Answers how many bytes that writes.
async fn relocate(
    cx: &Cx,
    tx: &mut Txn,
    from: &Queue,
    to: &Queue,
    leases: &mut Leases<'_>,
    held: Held,
    now: Timestamp,
) -> Result<usize> {
    let key = from.keys.message(from.id, held.record.message);
    let mut record: MessageRecord = tx.read(&key).await?.ok_or_else(|| damaged("message"))?;
    tx.delete(key);
    record.source_arn = from.arn.to_string();
    if let Some(blob) = record.blob {
        tx.delete(from.keys.blob(from.id, blob));
        tx.put(to.keys.blob(to.id, blob), Bytes::new());
    }
    let message = cx.cloud().ids().sequence(now) | OUTSIDE;
    let bytes = record.encode();
    let len = bytes.len();
    tx.put(to.keys.message(to.id, message), bytes);
    let first_received = held.record.first_received(held.received);
    let record = HeldRecord { message, first_received, ..held.record };
    leases.put(tx, now, message, Held { record, received: held.received }).await?;
    Ok(len)
}

/// Puts an exhausted FIFO message at the end of its group in the dead-letter queue: for FIFO queues the instant of
/// enqueueing begins anew there. Answers its number there.
pub async fn push_fifo(
    cx: &Cx,
    tx: &mut Txn,
    from: &Queue,
    to: &Queue,
    mut record: MessageRecord,
    state: &StateRecord,
    now: Timestamp,
) -> Result<u64> {
    to.accept(cx, tx, now).await?;
    record.source_arn = from.arn.to_string();
    let state = StateRecord { visible: now, sent: now, nonce: 0, ..state.clone() };
    tx.wake_after(to.arn.clone());
    let number = cx.cloud().ids().sequence(now);
    fifo::put(tx, to, number, &record, state).await?;
    Ok(number)
}
