//! The audit log: one event per call, in CloudTrail's shape, kept for 90 virtual days within a size bound.
//!
//! Events are collected in memory and written to the store in batches (`Cloud::flush`, every 100 ms and when a batch
//! is full), because a commit per call would cost more than most calls. A crash may lose the last batch; the state
//! the calls changed is never lost with it.

use crate::{
    Cloud, Cx, record,
    record::{FieldValue, Record, put_sized, put_text, put_varint},
    store::{Key, Range, Row, Rows, Scan, StoreError, Txn},
};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use wire::{Fault, Flags, Json, Operation, Shape, TimeFormat, Timestamp, View, json::Writer};

/// Bytes of a batch: below the store's limit of a value.
const BATCH: usize = 48 * 1024;
/// Bytes of all batches kept.
const KEPT: u64 = 32 * 1024 * 1024;
/// Microseconds an event is kept: CloudTrail's event history is 90 days.
const RETENTION: i64 = 90 * 86_400 * 1_000_000;
/// Bytes of a call's rendered parameters; CloudTrail too leaves out what is larger than its bound.
const PARAMETERS: usize = 2_048;
/// Characters of one string in them.
const TEXT: usize = 256;
/// Characters of what else a client chooses, such as its user agent: an event has to fit into a batch.
const CHOSEN: usize = 512;
/// Batches deleted in one commit.
const FORGOTTEN: usize = 500;
/// Full batches kept while the store does not take them.
const WAITING: usize = 64;

#[derive(Default)]
pub struct Audit {
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    open: Vec<u8>,
    opened_at: Timestamp,
    full: VecDeque<(Timestamp, Vec<u8>)>,
    /// Batches lost, because the store took none for too long.
    lost: u64,
    /// (key, bytes) of the batches in the store, oldest first; filled at the first flush.
    stored: Option<VecDeque<(Key, u64)>>,
}

record! {
    struct Event {
        1 time: Timestamp,
        2 account: u64,
        3 region: String,
        4 service: String,
        5 operation: String,
        6 caller_type: String,
        7 caller_arn: String,
        8 caller_id: String,
        9 access_key: String,
        10 source_ip: String,
        11 user_agent: String,
        12 error_code: String,
        13 error_message: String,
        14 parameters: String,
        15 request_id: String,
        16 event_id: u128,
        17 read_only: bool,
    }
}

fn log() -> Key {
    Key::new().text("sys").text("audit")
}

/// The parameters of a call as CloudTrail shows them: bounded, without secrets.
pub(crate) fn parameters(input: &dyn Shape, hidden: &[&str]) -> String {
    let mut writer = Writer::with_capacity(256);
    write_shape(&mut writer, input, hidden);
    let text = writer.into_string();
    if text.len() <= PARAMETERS { text } else { "{\"omitted\":true}".to_owned() }
}

fn write_shape(writer: &mut Writer, shape: &dyn Shape, hidden: &[&str]) {
    writer.byte(b'{');
    let mut first = true;
    for (index, member) in shape.schema().members.iter().enumerate() {
        let view = shape.get(index);
        if matches!(view, View::Unset) {
            continue;
        }
        if !first {
            writer.byte(b',');
        }
        first = false;
        // CloudTrail writes members with a small first letter.
        writer.byte(b'"');
        let mut name = member.name.chars();
        if let Some(letter) = name.next() {
            writer.raw(letter.to_ascii_lowercase().encode_utf8(&mut [0; 4]));
        }
        writer.raw(name.as_str());
        writer.raw("\":");
        if member.has(Flags::SENSITIVE) || hidden.contains(&member.name) {
            writer.raw("\"HIDDEN_DUE_TO_SECURITY_REASONS\"");
        } else {
            write_value(writer, &view, hidden);
        }
    }
    writer.byte(b'}');
}

fn write_value(writer: &mut Writer, view: &View, hidden: &[&str]) {
    match view {
        View::Unset => writer.raw("null"),
        View::Bool(value) => writer.bool(*value),
        View::Int(value) => writer.int(*value),
        View::Float(value) => writer.float(*value),
        View::Str(text) => match bounded(text, TEXT) {
            whole if whole.len() == text.len() => writer.string(text),
            beginning => writer.string(&format!("{beginning}…")),
        },
        View::Blob(bytes) => writer.string(&format!("<{} bytes>", bytes.len())),
        View::Time(time) => writer.string(&time.format(TimeFormat::Iso8601)),
        View::List(list) => {
            writer.byte(b'[');
            for index in 0..list.len() {
                if index > 0 {
                    writer.byte(b',');
                }
                write_value(writer, &list.at(index), hidden);
            }
            writer.byte(b']');
        }
        View::Map(map) => {
            writer.byte(b'{');
            for index in 0..map.len() {
                if index > 0 {
                    writer.byte(b',');
                }
                let (key, value) = map.at(index);
                writer.string(key);
                writer.byte(b':');
                write_value(writer, &value, hidden);
            }
            writer.byte(b'}');
        }
        View::Shape(shape) => write_shape(writer, *shape, hidden),
        View::Document(json) => writer.document(json),
        View::Body(_) => writer.raw("\"<body>\""),
        View::Events => writer.raw("\"<events>\""),
    }
}

/// The text's beginning, of at most so many characters.
fn bounded(text: &str, characters: usize) -> &str {
    // Shorter texts need no counting.
    if text.len() <= characters {
        return text;
    }
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// What is written of a call. [`Event`] reads it back; written from borrowed texts, because every call writes one.
struct Call<'a> {
    cx: &'a Cx,
    operation: &'a Operation,
    parameters: &'a str,
    fault: Option<&'a Fault>,
}

impl Call<'_> {
    fn put(&self, time: Timestamp, out: &mut Vec<u8>) {
        let Call { cx, operation, parameters, fault } = self;
        let caller = cx.caller();
        time.put_field(1, out);
        cx.account().0.put_field(2, out);
        put_text(3, cx.region().as_str(), out);
        put_text(4, operation.model.principal, out);
        put_text(5, operation.name, out);
        put_text(6, caller.kind_name(), out);
        if !caller.is_root() {
            // A root's are made from its account when the event is read.
            put_text(7, bounded(&caller.arn(cx.region()), CHOSEN), out);
            put_text(8, bounded(&caller.user_id(), CHOSEN), out);
        }
        put_text(9, bounded(&caller.access_key, CHOSEN), out);
        if let Some(ip) = cx.request().source_ip {
            put_text(10, &ip.to_string(), out);
        }
        put_text(11, bounded(&cx.request().user_agent, CHOSEN), out);
        if let Some(fault) = fault {
            put_text(12, fault.kind().code, out);
            put_text(13, bounded(fault.message(), TEXT), out);
        }
        put_text(14, parameters, out);
        put_text(15, &cx.request().id, out);
        cx.cloud().ids().uuid_bits().put_field(16, out);
        matches!(operation.iam.access, wire::Access::Read | wire::Access::List).put_field(17, out);
    }
}

impl Audit {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest batch that is not stored yet; the one that is being filled, if it is the only one.
    fn next_batch(&self) -> Option<(Timestamp, Vec<u8>)> {
        let mut pending = self.pending();
        let opened_at = pending.opened_at;
        pending.full.pop_front().or_else(|| {
            let open = std::mem::take(&mut pending.open);
            (!open.is_empty()).then_some((opened_at, open))
        })
    }

    /// After a flush that failed: the batch is the next one again, and the batches it was to take the place of are there.
    fn put_back(&self, opened_at: Timestamp, batch: Vec<u8>, forgotten: Vec<(Key, u64)>) {
        let mut pending = self.pending();
        if pending.full.len() < WAITING {
            pending.full.push_front((opened_at, batch));
        } else {
            pending.lost += 1;
        }
        if let Some(stored) = &mut pending.stored {
            forgotten.into_iter().rev().for_each(|old| stored.push_front(old));
        }
    }

    pub(crate) fn note(&self, cx: &Cx, operation: &Operation, parameters: &str, fault: Option<&Fault>) {
        let now = cx.now();
        let call = Call { cx, operation, parameters, fault };
        if cx.cloud().feed().is_heard() {
            let mut bytes = Vec::new();
            call.put(now, &mut bytes);
            let event = Event::decode(&bytes).unwrap_or_default();
            cx.cloud().feed().send(event.cloud_trail(cx.cloud()).to_string());
            cx.wake(crate::feed::TOPIC);
        }
        let mut pending = self.pending();
        let Pending { open, opened_at, full, lost, .. } = &mut *pending;
        if open.is_empty() {
            *opened_at = now;
            open.reserve(BATCH + 2 * PARAMETERS);
        }
        // Field 1 of the batch.
        put_varint(1, open);
        put_sized(open, |out| call.put(now, out));
        if open.len() >= BATCH {
            full.push_back((*opened_at, std::mem::take(open)));
            if full.len() > WAITING {
                full.pop_front();
                *lost += 1;
            }
        }
    }
}

record! {
    struct Batch { 1 events: Vec<Event> }
}

impl Event {
    /// As CloudTrail's record format has it (version 1.11).
    fn cloud_trail(&self, cloud: &Cloud) -> Json {
        let text = |text: &str| if text.is_empty() { Json::Null } else { Json::from(text) };
        let account = crate::AccountId(self.account).to_string();
        let root = self.caller_type == "Root";
        let region = crate::Region::parse(&self.region).unwrap_or(crate::Region::DEFAULT);
        let (arn, id) = match root {
            true => (format!("arn:{}:iam::{account}:root", region.partition()), account.clone()),
            false => (self.caller_arn.clone(), self.caller_id.clone()),
        };
        let identity = Json::Object(vec![
            ("type".into(), text(&self.caller_type)),
            ("principalId".into(), text(&id)),
            ("arn".into(), text(&arn)),
            ("accountId".into(), Json::from(account.clone())),
            ("accessKeyId".into(), text(&self.access_key)),
        ]);
        let data = cloud.is_data_event(&self.service, &self.operation);
        let mut members: Vec<(String, Json)> = vec![
            ("eventVersion".into(), "1.11".into()),
            ("userIdentity".into(), identity),
            ("eventTime".into(), self.time.format(TimeFormat::Iso8601).into()),
            ("eventSource".into(), text(&self.service)),
            ("eventName".into(), text(&self.operation)),
            ("awsRegion".into(), text(&self.region)),
            ("sourceIPAddress".into(), text(&self.source_ip)),
            ("userAgent".into(), text(&self.user_agent)),
        ];
        if !self.error_code.is_empty() {
            members.push(("errorCode".into(), text(&self.error_code)));
            members.push(("errorMessage".into(), text(&self.error_message)));
        }
        members.extend([
            ("requestParameters".into(), Json::parse(&self.parameters).unwrap_or_default()),
            ("responseElements".into(), Json::Null),
            ("requestID".into(), text(&self.request_id)),
            ("eventID".into(), crate::ids::uuid_text(self.event_id).into()),
            ("readOnly".into(), self.read_only.into()),
            ("eventType".into(), "AwsApiCall".into()),
            ("managementEvent".into(), (!data).into()),
            ("recipientAccountId".into(), account.into()),
            ("eventCategory".into(), if data { "Data" } else { "Management" }.into()),
        ]);
        Json::Object(members)
    }
}

impl Cloud {
    /// Writes what the audit log and the meter collected to the store, reserves sequence numbers, and does what was left
    /// to do by calls whose clients went away.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let flushed = async {
            self.extend_sequence().await?;
            self.follow_up_unanswered().await?;
            self.flush_audit().await?;
            self.flush_used().await?;
            for edge in self.models().filter_map(|model| self.service(model.name)?.edge) {
                (edge.flush)(self).await?;
            }
            Ok(())
        };
        let flushed = flushed.await;
        self.wakes().wake(crate::cloud::FLUSH_TOPIC);
        flushed
    }

    async fn flush_audit(&self) -> Result<(), StoreError> {
        while let Some((opened_at, batch)) = self.audit.next_batch() {
            self.store_batch(opened_at, batch).await?;
        }
        while !self.meter.is_empty() {
            let mut txn = Txn::begin(self.engine());
            let counted = self.meter.flush_into(&mut txn);
            if let Err(error) = self.commit(txn).await {
                self.meter.put_back(counted);
                return Err(error);
            }
        }
        let lost = std::mem::take(&mut self.audit.pending().lost);
        if lost > 0 {
            self.note(&format!("audit log: {lost} batches of events are lost, as the store did not take them"));
        }
        Ok(())
    }

    /// Stores a batch with what the meter counted. What cannot be stored now waits for the next flush.
    async fn store_batch(&self, opened_at: Timestamp, batch: Vec<u8>) -> Result<(), StoreError> {
        let size = batch.len() as u64;
        let forgotten = match self.audit_to_forget(size).await {
            Ok(forgotten) => forgotten,
            Err(error) => {
                self.audit.put_back(opened_at, batch, Vec::new());
                return Err(error);
            }
        };
        let batch = Bytes::from(batch);
        let key = log().number(opened_at.0.max(0) as u64).number(self.ids().sequence(opened_at));
        let mut txn = Txn::begin(self.engine());
        txn.put(key.clone(), batch.clone());
        for (old, _) in &forgotten {
            txn.delete(old.clone());
        }
        let counted = self.meter.flush_into(&mut txn);
        match self.commit(txn).await {
            Ok(_) => {
                if let Some(stored) = &mut self.audit.pending().stored {
                    stored.push_back((key, size));
                }
                Ok(())
            }
            Err(error) => {
                self.meter.put_back(counted);
                self.audit.put_back(opened_at, batch.into(), forgotten);
                Err(error)
            }
        }
    }

    /// Batches that are too old, or too many once `incoming` bytes are added.
    async fn audit_to_forget(&self, incoming: u64) -> Result<Vec<(Key, u64)>, StoreError> {
        let known = self.audit.pending().stored.is_some();
        if !known {
            let stored = self.stored_batches().await?;
            self.audit.pending().stored.get_or_insert(stored);
        }
        let horizon = log().number((self.clock().now().0 - RETENTION).max(0) as u64);
        let mut pending = self.audit.pending();
        let Some(stored) = &mut pending.stored else { return Ok(Vec::new()) };
        let mut total = stored.iter().map(|(_, bytes)| bytes).sum::<u64>() + incoming;
        let mut forget = Vec::new();
        while forget.len() < FORGOTTEN
            && let Some((key, bytes)) = stored.front()
        {
            if total <= KEPT && *key >= horizon {
                break;
            }
            total -= bytes;
            forget.extend(stored.pop_front());
        }
        Ok(forget)
    }

    async fn stored_batches(&self) -> Result<VecDeque<(Key, u64)>, StoreError> {
        let snapshot = self.engine().snapshot();
        let mut stored = VecDeque::new();
        let note = |row: Row| stored.push_back((row.key, row.value.len() as u64));
        snapshot.each(log().children(), &Scan { limit: 100, ..Scan::default() }, note).await?;
        Ok(stored)
    }

    /// After the state was exchanged: what was known of the stored log is void, and what was not stored yet belongs to the
    /// state of before.
    pub(crate) fn forget_audit(&self) {
        *self.audit.pending() = Pending::default();
        self.meter.forget();
    }

    /// The newest `limit` events from `from` on, oldest first, in CloudTrail's shape.
    pub async fn audit_events(&self, from: Timestamp, limit: usize) -> Result<Vec<Json>, StoreError> {
        self.flush().await?;
        let snapshot = self.engine().snapshot();
        let mut range: Range = log().children();
        let mut events = VecDeque::new();
        while events.len() < limit {
            let page = snapshot.scan(&range, &Scan { limit: 10, reverse: true, keys_only: false }).await?;
            for row in &page.rows {
                let batch = Batch::decode(&row.value).unwrap_or_default();
                let events_of_batch = batch.events.iter().rev().filter(|event| event.time >= from);
                for event in events_of_batch.take(limit - events.len()) {
                    events.push_front(event.cloud_trail(self));
                }
            }
            match page.rows.last() {
                Some(last) if page.more => range = range.beyond(&last.key, true),
                _ => break,
            }
        }
        Ok(events.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(bounded("abc", 3), "abc");
        assert_eq!(bounded("abcd", 3), "abc");
        assert_eq!(bounded("äöü", 3), "äöü");
        assert_eq!(bounded("äöüß", 3), "äöü");
    }

    #[test]
    fn a_batch_that_was_not_stored_is_the_next_one_again() {
        let audit = Audit::default();
        audit.pending().full.extend([(Timestamp(1), vec![1]), (Timestamp(2), vec![2])]);
        audit.pending().stored = Some([(log().number(3), 3)].into());
        let (at, batch) = audit.next_batch().expect("there are two");
        audit.put_back(at, batch, vec![(log().number(1), 1), (log().number(2), 2)]);
        assert_eq!(audit.next_batch(), Some((Timestamp(1), vec![1])));
        let pending = audit.pending();
        let stored: Vec<_> = pending.stored.iter().flatten().map(|(_, bytes)| *bytes).collect();
        assert_eq!(stored, [1, 2, 3], "oldest first");
    }
}
