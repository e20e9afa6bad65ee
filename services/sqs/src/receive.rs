//! Receiving messages.

use crate::{
    body, delete, digest, draft, faults, fifo,
    limits::{MAX_BATCH, MAX_IN_FLIGHT, MAX_VISIBILITY, MAX_WAIT, MICROS},
    queue::Queue,
    receipt::Receipt,
    records::{AttributeRecord, MessageRecord, StateRecord},
    redrive, retention, send, statistics, throttle,
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Claim, Key, Op, Range, Scan},
};
use sqs_api::*;
use std::ops::RangeInclusive;
use wire::{Dict, Timestamp};

/// What a receive asks for, checked.
pub struct Request {
    pub most: usize,
    /// Seconds.
    pub visibility: u32,
    pub attempt: Option<String>,
    system: Vec<String>,
    attributes: Vec<String>,
}

/// A message that was taken.
pub struct Taken {
    pub receipt: Receipt,
    pub state: StateRecord,
    pub record: MessageRecord,
}

pub async fn receive_message(cx: Cx, input: ReceiveMessageInput) -> Result<ReceiveMessageOutput> {
    let mut queue = Queue::find(&cx, &input.queue_url).await?;
    let between = |value: Option<i32>, range: RangeInclusive<u32>, name: &str, reason: &str| {
        let check = |value: i32| match u32::try_from(value).ok().filter(|value| range.contains(value)) {
            Some(value) => Ok(value),
            None => Err(faults::invalid_value(value, name, reason)),
        };
        value.map(check).transpose()
    };
    let most = between(
        input.max_number_of_messages,
        1..=MAX_BATCH as u32,
        "MaxNumberOfMessages",
        "Must be between 1 and 10, if provided.",
    )?;
    let wait =
        between(input.wait_time_seconds, 0..=MAX_WAIT, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")?;
    let visibility = between(
        input.visibility_timeout,
        0..=MAX_VISIBILITY,
        "VisibilityTimeout",
        "Must be between 0 and 43200, if provided.",
    )?;
    if let Some(attempt) = &input.receive_request_attempt_id {
        if !queue.fifo {
            return Err(faults::invalid_value(
                attempt,
                "ReceiveRequestAttemptId",
                "The request include parameter that is not valid for this queue type.",
            ));
        }
        draft::check_id(attempt, "ReceiveRequestAttemptId")?;
    }
    let old_names = input.attribute_names.unwrap_or_default();
    let new_names = input.message_system_attribute_names.unwrap_or_default();
    let old_names = old_names.iter().map(|name| name.as_str().to_owned());
    let system: Vec<String> = old_names.chain(new_names.iter().map(|name| name.as_str().to_owned())).collect();
    if let Some(unknown) = system.iter().find(|name| !MessageSystemAttributeName::VALUES.contains(&name.as_str())) {
        return Err(fault::invalid_attribute_name(format!("Unknown Attribute {unknown}.")));
    }
    throttle::check(&cx, &queue, throttle::Action::Receive)?;
    let request = Request {
        most: most.unwrap_or(1) as usize,
        visibility: visibility.unwrap_or(queue.visibility),
        attempt: input.receive_request_attempt_id,
        system,
        attributes: input.message_attribute_names.unwrap_or_default(),
    };
    let deadline = Timestamp(cx.now().0 + i64::from(wait.unwrap_or(queue.wait)) * MICROS);
    let epoch = cx.cloud().engine().epoch();
    loop {
        // Watched before looking, so that a message which comes in between is not missed.
        let arrival = cx.cloud().wakes().watch(&queue.arn);
        // One instant for both looks, so that a message which becomes visible between them is in the second.
        let now = cx.now();
        let taken = match queue.fifo {
            true => fifo::take(&cx, &queue, &request, now).await?,
            false => take(&cx, &queue, &request, now).await?,
        };
        // In another state (a snapshot was restored) it may be long until the deadline: the clock went back with it.
        if !taken.is_empty() || now >= deadline || cx.cloud().engine().epoch() != epoch {
            return answer(&cx, &request, taken).await;
        }
        let next = next_visible(&cx, &queue, now).await?.map_or(deadline, |next| next.min(deadline));
        kernel::either(arrival, cx.cloud().clock().at(next)).await;
        // It may have been deleted or changed meanwhile.
        queue = Queue::find(&cx, &input.queue_url).await?;
    }
}

/// When the next message (or FIFO group) that is hidden at `now` becomes visible.
async fn next_visible(cx: &Cx, queue: &Queue, now: Timestamp) -> Result<Option<Timestamp>> {
    let index = match queue.fifo {
        true => queue.keys.availabilities(queue.id),
        false => queue.keys.visibilities(queue.id),
    };
    let range = Range { from: index.clone().number(now.0.max(0) as u64 + 1), to: index.children().to };
    let page = cx.read().scan(&range, &Scan { limit: 1, keys_only: true, ..Scan::default() }).await?;
    let at = |key: &Key| {
        let at = key.as_bytes().get(index.len() + 1..index.len() + 9)?.first_chunk().copied()?;
        Some(Timestamp(u64::from_be_bytes(at) as i64))
    };
    Ok(page.rows.first().and_then(|row| at(&row.key)))
}

/// Takes visible messages of a standard queue, oldest visibility first.
async fn take(cx: &Cx, queue: &Queue, request: &Request, now: Timestamp) -> Result<Vec<Taken>> {
    let mut taken = Vec::new();
    while taken.len() < request.most {
        if statistics::at_limit(cx, queue, request.most).await? >= MAX_IN_FLIGHT {
            return Err(fault::over_limit("The maximum number of in flight messages is reached."));
        }
        let claimed = claim(cx, queue, request, request.most - taken.len(), now).await?;
        for blob in claimed.expired_blobs {
            cx.cloud().blobs().delete(kernel::store::BlobId(blob));
        }
        let expired = claimed.expired > 0;
        let full = taken.len() + claimed.receipts.len() == request.most;
        taken.extend(read(cx, queue, claimed.receipts).await?);
        let moved = match claimed.exhausted.is_empty() {
            true => Ok(false),
            false => redrive::dead_letter(cx, queue, &claimed.exhausted).await,
        };
        let moved = match moved {
            // What was taken is hidden by now, and would be lost to everyone until it is visible again.
            Err(_) if !taken.is_empty() => break,
            moved => moved?,
        };
        // A queue may be its own dead-letter queue: what was moved is here again, and never given out.
        // What was moved or has expired may have filled the commit, with more behind it.
        if full || !(expired || (moved && !redrive::is_own_target(queue))) {
            break;
        }
    }
    Ok(taken)
}

#[derive(Default)]
struct Claimed {
    receipts: Vec<(Receipt, StateRecord)>,
    /// Received as often as the redrive policy allows: (visible at, message).
    exhausted: Vec<(Timestamp, u64)>,
    expired: usize,
    expired_blobs: Vec<u128>,
}

async fn claim(cx: &Cx, queue: &Queue, request: &Request, most: usize, now: Timestamp) -> Result<Claimed> {
    let mut claimed = Claimed::default();
    let keys = &queue.keys;
    let max_receives = match &queue.redrive {
        Some(redrive) if redrive::target(cx, redrive).await?.is_some() => redrive.max_receives,
        // Guess: without its dead-letter queue, a message is delivered on.
        _ => u32::MAX,
    };
    let visible = Timestamp(now.0 + i64::from(request.visibility) * MICROS);
    let horizon = retention::horizon(queue, now);
    let range = Range::numbers_to(&keys.visibilities(queue.id), now.0.max(0) as u64);
    let mut decide = |row: &kernel::store::Row| {
        let Some((at, message)) = place(&row.key) else { return Claim::Pass };
        let mut state = StateRecord::decode(&row.value).unwrap_or_default();
        if retention::begun(&state, message) <= horizon {
            let rows = delete::rows(queue, row.key.clone(), &state, message);
            let mut ops: Vec<Op> = rows.map(Op::Delete).collect();
            ops.push(Op::Add(keys.count(queue.id), -1));
            claimed.expired += 1;
            if let Some(blob) = state.blob {
                ops.push(Op::Delete(kernel::store::BlobId(blob).key()));
                claimed.expired_blobs.push(blob);
            }
            return Claim::Drop(ops);
        }
        if state.receives >= max_receives {
            claimed.exhausted.push((at, message));
            return match claimed.exhausted.len() {
                // As many as are moved in one commit; the rest at the next round.
                0..100 => Claim::Pass,
                _ => Claim::Stop,
            };
        }
        let moved = std::mem::take(&mut state.moved);
        state.receives += 1;
        state.received = now;
        if state.first_received == Timestamp(0) {
            state.first_received = now;
        }
        state.nonce = cx.cloud().ids().u64();
        let mut ops =
            vec![Op::Delete(row.key.clone()), Op::Put(keys.visibility(queue.id, visible, message), state.encode())];
        if moved {
            // An older receipt's forwarding must not lead to this receive's row.
            ops.push(Op::Delete(keys.changed(queue.id, message)));
        }
        let receipt = Receipt { queue: queue.id, message, nonce: state.nonce, visible, group: String::new() };
        claimed.receipts.push((receipt, state));
        Claim::Take(ops)
    };
    let result = cx.cloud().engine().claim(&range, most, &mut decide).await;
    result?;
    statistics::note_taken(cx, queue, claimed.receipts.len());
    Ok(claimed)
}

/// The instant and the message in the key of a visibility row.
pub fn place(key: &Key) -> Option<(Timestamp, u64)> {
    let message = key.last_number()?;
    let bytes = key.as_bytes();
    let at = bytes.get(bytes.len().checked_sub(17)?..)?.first_chunk().copied()?;
    Some((Timestamp(u64::from_be_bytes(at) as i64), message))
}

async fn read(cx: &Cx, queue: &Queue, receipts: Vec<(Receipt, StateRecord)>) -> Result<Vec<Taken>> {
    let snapshot = cx.read();
    let mut taken = Vec::with_capacity(receipts.len());
    for (receipt, state) in receipts {
        // Gone if it was deleted by an earlier receipt in this very moment.
        if let Some(row) = snapshot.get(&queue.keys.message(queue.id, receipt.message)).await? {
            let record = MessageRecord::decode(&row.value).ok_or_else(|| crate::queue::damaged("message"))?;
            taken.push(Taken { receipt, state, record });
        }
    }
    Ok(taken)
}

async fn answer(cx: &Cx, request: &Request, taken: Vec<Taken>) -> Result<ReceiveMessageOutput> {
    let mut messages = Vec::with_capacity(taken.len());
    for Taken { receipt, state, record } in taken {
        let attributes = system_attributes(&request.system, &record, &state, receipt.message);
        let (id, body_md5, attributes_md5) = (record.id, record.body_md5, record.attributes_md5);
        // One that cannot be read must not withhold the others, which are hidden by now.
        let Some((body, own)) = body::read(cx, record).await? else { continue };
        let shown: Vec<_> = own.iter().filter(|a| is_asked(&request.attributes, &a.name)).collect();
        let md5 = match shown.len() {
            0 => None,
            all if all == own.len() => Some(attributes_md5),
            _ => Some(digest::of_attributes(shown.iter().copied())),
        };
        messages.push(Message {
            message_id: Some(kernel::uuid_text(id)),
            receipt_handle: Some(receipt.encode()),
            md5_of_body: Some(digest::hex(body_md5)),
            body: Some(body),
            attributes: (!attributes.is_empty()).then_some(attributes),
            md5_of_message_attributes: md5.map(digest::hex),
            message_attributes: (!shown.is_empty()).then(|| shown.into_iter().map(attribute).collect()),
        });
    }
    Ok(ReceiveMessageOutput { messages: (!messages.is_empty()).then_some(messages) })
}

/// `All` and `.*` ask for every attribute, `bar.*` for those that begin with `bar`: AWS gives `barrel` too.
fn is_asked(asked: &[String], name: &str) -> bool {
    asked.iter().any(|asked| match asked.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => asked == "All" || asked == name,
    })
}

fn attribute(record: &AttributeRecord) -> (String, MessageAttributeValue) {
    let value = MessageAttributeValue {
        string_value: record.string.clone(),
        binary_value: record.binary.clone(),
        data_type: record.data_type.clone(),
        ..MessageAttributeValue::default()
    };
    (record.name.clone(), value)
}

fn system_attributes(asked: &[String], record: &MessageRecord, state: &StateRecord, number: u64) -> Dict<String> {
    let mut attributes = Dict::default();
    if asked.is_empty() {
        return attributes;
    }
    let all = asked.iter().any(|asked| asked == "All");
    let mut show = |name: &str, value: &dyn Fn() -> String| {
        if all || asked.iter().any(|asked| asked == name) {
            let value = value();
            if !value.is_empty() {
                attributes.insert(name, value);
            }
        }
    };
    show("SenderId", &|| record.sender.clone());
    show("SentTimestamp", &|| record.sent.millis().to_string());
    show("ApproximateReceiveCount", &|| state.receives.to_string());
    show("ApproximateFirstReceiveTimestamp", &|| state.first_received.millis().to_string());
    // A deduplication id is what only FIFO messages have.
    let fifo = !record.deduplication.is_empty();
    show("SequenceNumber", &|| if fifo { send::sequence_text(number) } else { String::new() });
    show("MessageDeduplicationId", &|| record.deduplication.clone());
    show("MessageGroupId", &|| record.group.clone());
    show("AWSTraceHeader", &|| record.trace_header.clone());
    show("DeadLetterQueueSourceArn", &|| record.source_arn.clone());
    attributes
}
