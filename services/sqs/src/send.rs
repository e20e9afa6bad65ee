//! Sending messages.

use crate::{
    batch, body, digest,
    draft::{Draft, Refusal, Wanted},
    encryption::DataKey,
    faults, fifo,
    lease::{Held, Leases},
    limits::MICROS,
    queue::Queue,
    records::{AttributesRecord, MessageRecord, OUTSIDE},
    throttle,
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{BlobId, Txn},
};
use sqs_api::*;
use wire::{Bytes, Timestamp};

/// A message about to be stored.
pub struct Outgoing {
    /// Its place in the order of sending.
    pub number: u64,
    pub record: MessageRecord,
    pub visible: Timestamp,
    system_md5: Option<u128>,
}

/// What the sender is told.
pub struct Sent {
    id: String,
    body_md5: String,
    attributes_md5: Option<String>,
    system_md5: Option<String>,
    sequence: Option<String>,
}

pub async fn send_message(cx: Cx, input: SendMessageInput) -> Result<SendMessageOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    let draft = Wanted::from(input).check(&queue)?;
    throttle::check(&cx, &queue, throttle::Action::Send)?;
    let sent = send(&cx, &queue, vec![draft]).await?.pop().ok_or_else(faults::no_such_queue)?;
    Ok(SendMessageOutput {
        md5_of_message_body: Some(sent.body_md5),
        md5_of_message_attributes: sent.attributes_md5,
        md5_of_message_system_attributes: sent.system_md5,
        message_id: Some(sent.id),
        sequence_number: sent.sequence,
    })
}

pub async fn send_message_batch(cx: Cx, input: SendMessageBatchInput) -> Result<SendMessageBatchOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    batch::check(input.entries.iter().map(|entry| entry.id.as_str()), "SendMessageBatchRequestEntry")?;
    throttle::check(&cx, &queue, throttle::Action::Send)?;
    let mut output = SendMessageBatchOutput::default();
    let (mut ids, mut drafts) = (Vec::new(), Vec::new());
    for entry in input.entries {
        let id = entry.id.clone();
        match Wanted::from(entry).check(&queue) {
            Ok(draft) => {
                ids.push(id);
                drafts.push(draft);
            }
            Err(Refusal::Request(fault)) => return Err(faults::invalid_parameter(fault.message())),
            Err(Refusal::Entry(fault)) => output.failed.push(batch::failure(id, &fault)),
        }
    }
    batch::check_size(drafts.iter().map(|draft| draft.size).sum())?;
    let sent = send(&cx, &queue, drafts).await?;
    output.successful = ids
        .into_iter()
        .zip(sent)
        .map(|(id, sent)| SendMessageBatchResultEntry {
            id,
            message_id: sent.id,
            md5_of_message_body: sent.body_md5,
            md5_of_message_attributes: sent.attributes_md5,
            md5_of_message_system_attributes: sent.system_md5,
            sequence_number: sent.sequence,
        })
        .collect();
    Ok(output)
}

/// Stores messages in one commit, in their order, and wakes those who wait for them.
async fn send(cx: &Cx, queue: &Queue, drafts: Vec<Draft>) -> Result<Vec<Sent>> {
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let now = cx.now();
    let key = DataKey::of(cx, queue).await?;
    let mut outgoing = Vec::with_capacity(drafts.len());
    for draft in drafts {
        outgoing.push(Outgoing::new(cx, queue, draft, key.as_ref(), now).await?);
    }
    let stored = cx
        .write(async |tx| {
            queue.accept(cx, tx, now).await?;
            tx.wake_after(queue.arn.clone());
            if queue.fifo {
                return fifo::push(tx, queue, &outgoing, now).await;
            }
            for message in &outgoing {
                push(tx, queue, message).await?;
            }
            Ok(Vec::new())
        })
        .await?;
    for (message, (number, _)) in outgoing.iter().zip(&stored) {
        // A duplicate: the message that is known has a blob of its own.
        if let Some(blob) = message.record.blob.filter(|_| *number != message.number) {
            cx.cloud().blobs().delete(BlobId(blob));
        }
    }
    Ok(outgoing.iter().enumerate().map(|(index, message)| message.sent(stored.get(index).copied())).collect())
}

/// Puts a message into a standard queue: at the end of its stream, unless it is delayed.
pub async fn push(tx: &mut Txn, queue: &Queue, message: &Outgoing) -> Result<()> {
    let (keys, record) = (&queue.keys, &message.record);
    if let Some(blob) = record.blob {
        keep_blob(tx, queue, blob);
    }
    if message.visible <= record.sent {
        tx.append(keys.messages(queue.id), keys.head(queue.id), record.encode());
        return Ok(());
    }
    let number = message.number | OUTSIDE;
    tx.put(keys.message(queue.id, number), record.encode());
    let mut leases = Leases::new(queue, record.sent);
    leases.put(tx, message.visible, number, Held::new(number, record.sent, record.blob)).await?;
    leases.close(tx);
    Ok(())
}

/// Makes a blob the queue's.
pub fn keep_blob(tx: &mut Txn, queue: &Queue, blob: u128) {
    tx.keep_blob(BlobId(blob));
    tx.put(queue.keys.blob(queue.id, blob), Bytes::new());
}

impl Outgoing {
    async fn new(cx: &Cx, queue: &Queue, draft: Draft, key: Option<&DataKey>, now: Timestamp) -> Result<Outgoing> {
        let delay = draft.delay.unwrap_or(queue.delay);
        let body_md5 = digest::of_body(draft.body.as_bytes());
        let attributes_md5 = match draft.attributes.is_empty() {
            true => 0,
            false => digest::of_attributes(&draft.attributes),
        };
        let system_md5 = draft.trace_header.as_ref().map(|header| digest::of_attributes([header]));
        let mut record = MessageRecord {
            id: cx.cloud().ids().uuid_bits(),
            body_md5,
            sent: now,
            sender: cx.caller().user_id(),
            group: draft.group,
            deduplication: draft.deduplication.unwrap_or_default(),
            attributes_md5,
            ..MessageRecord::default()
        };
        let trace_header = draft.trace_header.and_then(|header| header.string).unwrap_or_default();
        let size = draft.size + trace_header.len();
        let attributes = AttributesRecord { attributes: draft.attributes, trace_header };
        let body = match key {
            Some(key) => key.seal(cx, queue, &mut record, draft.body.as_bytes())?,
            None => Bytes::from(draft.body),
        };
        body::store(cx, &mut record, body, attributes, size).await?;
        Ok(Outgoing {
            number: cx.cloud().ids().sequence(now),
            record,
            visible: Timestamp(now.0 + i64::from(delay) * MICROS),
            system_md5,
        })
    }

    /// A message that comes from another queue, visible at once.
    pub fn moved(number: u64, record: MessageRecord, visible: Timestamp) -> Outgoing {
        Outgoing { number, record, visible, system_md5: None }
    }

    /// `stored` is the number and id under which a FIFO queue has the message: an earlier one's, if this is a duplicate.
    fn sent(&self, stored: Option<(u64, u128)>) -> Sent {
        Sent {
            id: kernel::uuid_text(stored.map_or(self.record.id, |(_, id)| id)),
            body_md5: digest::hex(self.record.body_md5),
            attributes_md5: (self.record.attributes_md5 != 0).then(|| digest::hex(self.record.attributes_md5)),
            system_md5: self.system_md5.map(digest::hex),
            sequence: stored.map(|(number, _)| sequence_text(number)),
        }
    }
}

/// The 20 digits of a sequence number.
pub fn sequence_text(number: u64) -> String {
    // AWS's begin with 188; a common prefix keeps the order and the look.
    format!("188{number:017}")
}
