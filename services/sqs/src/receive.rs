//! Receiving messages.

use crate::{
    body, digest, draft, faults, fifo, lease,
    limits::{MAX_BATCH, MAX_IN_FLIGHT, MAX_VISIBILITY, MAX_WAIT, MICROS},
    queue::Queue,
    receipt::Receipt,
    records::{AttributeRecord, HeldRecord, LeaseRecord, MessageRecord},
    redrive::{self, Exhausted},
    retention, send,
    statistics::{self, Why},
    throttle,
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{BlobId, Claim, Claimant, Key, Op, Range, Row, Scan, Source},
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
    pub receives: u32,
    pub first_received: Timestamp,
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
            return answer(&cx, &queue, &request, taken).await;
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
        false => queue.keys.leases(queue.id),
    };
    let range = Range { from: index.clone().number(now.0.max(0) as u64 + 1), to: index.children().to };
    let page = cx.read().scan(&range, &Scan { limit: 1, keys_only: true, ..Scan::default() }).await?;
    let at = |key: &Key| {
        let at = key.as_bytes().get(index.len() + 1..index.len() + 9)?.first_chunk().copied()?;
        Some(Timestamp(u64::from_be_bytes(at) as i64))
    };
    Ok(page.rows.first().and_then(|row| at(&row.key)))
}

/// Takes visible messages of a standard queue: first those of leases that are over, then those that nobody received yet.
async fn take(cx: &Cx, queue: &Queue, request: &Request, now: Timestamp) -> Result<Vec<Taken>> {
    let mut taken = Vec::new();
    while taken.len() < request.most {
        if statistics::at_limit(cx, queue, request.most).await? >= MAX_IN_FLIGHT {
            return Err(fault::over_limit("The maximum number of in flight messages is reached."));
        }
        let max_receives = match &queue.redrive {
            Some(redrive) if redrive::target(cx, redrive).await?.is_some() => redrive.max_receives,
            // Guess: without its dead-letter queue, a message is delivered on.
            _ => u32::MAX,
        };
        let mut round = Round::new(cx, queue, request, request.most - taken.len(), now);
        round.claim_leases(max_receives).await?;
        let expired = round.finish(&mut taken).await?;
        let exhausted = std::mem::take(&mut round.exhausted);
        let moved = match exhausted.is_empty() {
            true => Ok(false),
            false => redrive::dead_letter(cx, queue, &exhausted).await,
        };
        let moved = match moved {
            // What was taken is hidden by now, and would be lost to everyone until it is visible again.
            Err(_) if !taken.is_empty() => break,
            moved => moved?,
        };
        // A queue may be its own dead-letter queue: what was moved is here again, and never given out.
        // What was moved or has expired may have filled the commit, with more behind it.
        if taken.len() == request.most || expired || (moved && !redrive::is_own_target(queue)) {
            continue;
        }
        let mut round = Round::new(cx, queue, request, request.most - taken.len(), now);
        round.claim_stream().await?;
        if !round.finish(&mut taken).await? {
            break;
        }
    }
    Ok(taken)
}

/// One claim of a receive: what it takes becomes a lease.
struct Round<'a> {
    cx: &'a Cx,
    queue: &'a Queue,
    most: usize,
    now: Timestamp,
    horizon: Timestamp,
    /// When its messages are visible again.
    visible: Timestamp,
    /// The number of its lease, which lets only the receiver use it.
    nonce: u64,
    lease: LeaseRecord,
    /// Of the messages of its lease, those that were read with the claim.
    records: Vec<MessageRecord>,
    /// Received as often as the redrive policy allows.
    exhausted: Vec<Exhausted>,
    expired: i64,
    expired_blobs: Vec<u128>,
}

impl<'a> Round<'a> {
    fn new(cx: &'a Cx, queue: &'a Queue, request: &Request, most: usize, now: Timestamp) -> Round<'a> {
        Round {
            cx,
            queue,
            most,
            now,
            horizon: retention::horizon(queue, now),
            visible: Timestamp(now.0 + i64::from(request.visibility) * MICROS),
            nonce: cx.cloud().ids().u64(),
            lease: LeaseRecord { received: now, messages: Vec::with_capacity(most) },
            records: Vec::new(),
            exhausted: Vec::new(),
            expired: 0,
            expired_blobs: Vec::new(),
        }
    }

    /// Takes messages whose leases are over, oldest visibility first.
    async fn claim_leases(&mut self, max_receives: u32) -> Result<()> {
        let range = Range::numbers_to(&self.queue.keys.leases(self.queue.id), self.now.0.max(0) as u64);
        let (engine, most) = (self.cx.cloud().engine(), self.most);
        let claimed = engine.claim_from(Source::Range(&range), most, &mut OfLeases { round: self, max_receives });
        claimed.await?;
        Ok(())
    }

    /// Takes messages that nobody received yet, in the order of sending.
    async fn claim_stream(&mut self) -> Result<()> {
        let keys = &self.queue.keys;
        let (stream, cursor) = (keys.messages(self.queue.id), keys.cursor(self.queue.id));
        let (engine, most) = (self.cx.cloud().engine(), self.most);
        let source = Source::Stream { stream: &stream, cursor: &cursor };
        let claimed = engine.claim_from(source, most, &mut OfStream { round: self, cursor: &cursor, last: 0 });
        claimed.await?;
        Ok(())
    }

    fn expire(&mut self, ops: &mut Vec<Op>, message: u64, blob: Option<u128>, moved: bool) {
        ops.extend(lease::forget_ops(self.queue, message, blob, moved));
        self.expired_blobs.extend(blob);
        self.expired += 1;
    }

    /// The lease's own operations.
    fn ops(&self) -> impl Iterator<Item = Op> {
        let Round { queue, now, visible, .. } = self;
        let taken = self.lease.messages.len() as i64;
        let key = queue.keys.lease(queue.id, *visible, self.nonce);
        let lease = (taken > 0).then(|| Op::Put(key, self.lease.encode()));
        let hidden = (taken > 0 && visible > now).then(|| statistics::counters(queue, *visible, Why::InFlight));
        let hidden = hidden.into_iter().flatten().map(move |counter| Op::Add(counter, taken));
        // Nobody reads the past.
        let past = (taken > 0 && statistics::is_sweep_due(self.cx, queue, *now)).then(|| statistics::past(queue, *now));
        lease.into_iter().chain(hidden).chain(past.into_iter().flatten().map(Op::DeleteRange))
    }

    /// Gives what was taken; answers whether messages had expired.
    async fn finish(&mut self, taken: &mut Vec<Taken>) -> Result<bool> {
        let (cx, queue) = (self.cx, self.queue);
        for blob in self.expired_blobs.drain(..) {
            cx.cloud().blobs().delete(BlobId(blob));
        }
        let lease = std::mem::take(&mut self.lease);
        if lease.messages.is_empty() {
            return Ok(self.expired > 0);
        }
        statistics::note_taken(cx, queue, lease.messages.len());
        let mut known = std::mem::take(&mut self.records).into_iter();
        let snapshot = known.as_slice().is_empty().then(|| cx.read());
        for held in lease.messages {
            let record = match &snapshot {
                None => known.next(),
                Some(snapshot) => match snapshot.get(&queue.keys.message(queue.id, held.message)).await? {
                    Some(row) => Some(MessageRecord::read(&row.value)?),
                    None => None,
                },
            };
            // Gone if it was deleted by an earlier receipt in this very moment.
            let Some(record) = record else { continue };
            let first_received = held.first_received(lease.received);
            let receipt = Receipt {
                queue: queue.id,
                message: held.message,
                nonce: self.nonce,
                visible: self.visible,
                group: String::new(),
            };
            taken.push(Taken { receipt, receives: held.receives, first_received, record });
        }
        Ok(self.expired > 0)
    }
}

/// Takes from the leases that are over.
struct OfLeases<'a, 'b> {
    round: &'a mut Round<'b>,
    max_receives: u32,
}

impl Claimant for OfLeases<'_, '_> {
    fn decide(&mut self, row: &Row) -> Claim {
        let OfLeases { round, max_receives } = self;
        let Some((at, id)) = lease::place(&row.key) else { return Claim::Pass };
        // As many as are moved in one commit; the rest at the next round.
        if round.lease.messages.len() == round.most || round.exhausted.len() >= 100 {
            return Claim::Stop;
        }
        let over = LeaseRecord::decode(&row.value).unwrap_or_default();
        let (before, count) = (round.lease.messages.len(), over.messages.len());
        let mut ops = vec![Op::Delete(row.key.clone())];
        let mut rest = Vec::new();
        for held in over.messages {
            if held.sent <= round.horizon {
                round.expire(&mut ops, held.message, held.blob, held.moved);
            } else if held.receives >= *max_receives {
                round.exhausted.push(Exhausted { at, lease: id, message: held.message, sent: held.sent });
                rest.push(held);
            } else if round.lease.messages.len() < round.most {
                if held.moved {
                    // An older receipt's forwarding must not lead to this receive's lease.
                    ops.push(Op::Delete(round.queue.keys.changed(round.queue.id, held.message)));
                }
                round.lease.messages.push(held.receive(over.received));
            } else {
                rest.push(held);
            }
        }
        if rest.len() == count {
            return Claim::Pass;
        }
        if !rest.is_empty() {
            let rest = LeaseRecord { messages: rest, ..over };
            ops[0] = Op::Put(row.key.clone(), rest.encode());
        }
        match round.lease.messages.len() > before {
            true => Claim::Take(ops),
            false => Claim::Drop(ops),
        }
    }

    fn end(&mut self) -> Vec<Op> {
        let OfLeases { round, .. } = self;
        let counted = Op::Add(round.queue.keys.count(round.queue.id), -round.expired);
        round.ops().chain([counted]).collect()
    }
}

/// Takes from the stream. The messages stay where they are, the cursor goes on.
struct OfStream<'a, 'b> {
    round: &'a mut Round<'b>,
    cursor: &'a Key,
    last: u64,
}

impl Claimant for OfStream<'_, '_> {
    fn decide(&mut self, row: &Row) -> Claim {
        let Some(message) = row.key.last_number() else { return Claim::Stop };
        let OfStream { round, last, .. } = self;
        *last = message;
        // One that cannot be read is passed over, and must not hold up the others.
        let Some(record) = MessageRecord::decode(&row.value) else { return Claim::Drop(Vec::new()) };
        if record.sent <= round.horizon {
            let mut ops = Vec::new();
            round.expire(&mut ops, message, record.blob, false);
            return Claim::Drop(ops);
        }
        let held = HeldRecord { message, receives: 1, sent: record.sent, blob: record.blob, ..HeldRecord::default() };
        round.lease.messages.push(held);
        round.records.push(record);
        Claim::Take(Vec::new())
    }

    fn end(&mut self) -> Vec<Op> {
        let OfStream { round, cursor, last } = self;
        let counted = Op::Add(round.queue.keys.count(round.queue.id), round.lease.messages.len() as i64);
        let received = Op::Put(cursor.clone(), last.to_le_bytes().to_vec().into());
        round.ops().chain([received, counted]).collect()
    }
}

async fn answer(cx: &Cx, queue: &Queue, request: &Request, taken: Vec<Taken>) -> Result<ReceiveMessageOutput> {
    let mut messages = Vec::with_capacity(taken.len());
    // A guess: what KMS does not let the caller open stays hidden as long as what was received.
    let mut refused = None;
    for mut taken in taken {
        // One that cannot be read must not withhold the others, which are hidden by now.
        let body = match body::read(cx, queue, &mut taken.record).await {
            Ok(body) => body,
            Err(fault) => {
                refused.get_or_insert(fault);
                continue;
            }
        };
        let Some(body) = body else { continue };
        let attributes = system_attributes(&request.system, &taken);
        let Taken { receipt, record, .. } = taken;
        let own = &record.attributes;
        let shown: Vec<_> = own.iter().filter(|a| is_asked(&request.attributes, &a.name)).collect();
        let md5 = match shown.len() {
            0 => None,
            all if all == own.len() => Some(record.attributes_md5),
            _ => Some(digest::of_attributes(shown.iter().copied())),
        };
        messages.push(Message {
            message_id: Some(kernel::uuid_text(record.id)),
            receipt_handle: Some(receipt.encode()),
            md5_of_body: Some(digest::hex(record.body_md5)),
            body: Some(body),
            attributes: (!attributes.is_empty()).then_some(attributes),
            md5_of_message_attributes: md5.map(digest::hex),
            message_attributes: (!shown.is_empty()).then(|| shown.into_iter().map(attribute).collect()),
        });
    }
    if let (Some(fault), true) = (refused, messages.is_empty()) {
        return Err(fault);
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

fn system_attributes(asked: &[String], taken: &Taken) -> Dict<String> {
    let Taken { receipt, receives, first_received, record } = taken;
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
    show("ApproximateReceiveCount", &|| receives.to_string());
    show("ApproximateFirstReceiveTimestamp", &|| first_received.millis().to_string());
    // A deduplication id is what only FIFO messages have.
    let fifo = !record.deduplication.is_empty();
    show("SequenceNumber", &|| if fifo { send::sequence_text(receipt.message) } else { String::new() });
    show("MessageDeduplicationId", &|| record.deduplication.clone());
    show("MessageGroupId", &|| record.group.clone());
    show("AWSTraceHeader", &|| record.trace_header.clone());
    show("DeadLetterQueueSourceArn", &|| record.source_arn.clone());
    attributes
}
