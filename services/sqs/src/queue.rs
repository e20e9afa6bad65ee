//! Queues: finding, creating, deleting, listing them.

use crate::{
    attributes, faults,
    limits::{COOLDOWN, MAX_PAGE, MICROS},
    records::{Keys, QueueRecord},
    retention, tags,
};
use kernel::{
    AccountId, Arn, Cx, Result,
    record::Record,
    store::{Key, Row, Scan, Txn, Ver},
};
use sqs_api::*;
use std::{
    cell::Cell,
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};
use wire::{Fault, Protocol, Timestamp};

/// A queue as it was when the call found it.
pub struct Queue {
    pub record: Arc<QueueRecord>,
    pub arn: Arc<str>,
    /// The policy's text, if there is one.
    pub policy_text: Option<Arc<str>>,
    pub owner: AccountId,
    pub keys: Keys,
    row: Row,
    /// Whether a transaction relied on the row as it was found; if that failed, the next looks.
    relied: Cell<bool>,
}

impl Deref for Queue {
    type Target = QueueRecord;

    fn deref(&self) -> &QueueRecord {
        &self.record
    }
}

/// Decoded queue records, by key and version.
#[derive(Default)]
struct Decoded(Mutex<HashMap<Key, Known>>);

#[derive(Clone)]
struct Known {
    ver: Ver,
    record: Arc<QueueRecord>,
    arn: Arc<str>,
    policy_text: Option<Arc<str>>,
}

/// More queues than this in use at once are decoded again.
const DECODED: usize = 4_096;

impl Queue {
    /// The queue of a URL. Only its path counts: clients reach the cloud under many host names.
    pub async fn find(cx: &Cx, url: &str) -> Result<Queue> {
        if url.is_empty() {
            return Err(faults::no_such_queue());
        }
        if let Some((kept, queue)) = cx.kept::<(String, Queue)>()
            && kept == url
        {
            return Ok(queue);
        }
        let (owner, name) = address(url)
            .ok_or_else(|| fault::invalid_address(format!("The address {url} is not valid for this endpoint.")))?;
        Queue::named(cx, owner, name).await?.ok_or_else(|| not_found(cx))
    }

    pub async fn named(cx: &Cx, owner: AccountId, name: &str) -> Result<Option<Queue>> {
        let keys = Keys(cx.key_of(owner, cx.region()));
        let Some(row) = cx.cloud().engine().latest().get(&keys.queue(name)).await? else { return Ok(None) };
        Queue::from_row(cx, owner, keys, row).map(Some)
    }

    fn from_row(cx: &Cx, owner: AccountId, keys: Keys, row: Row) -> Result<Queue> {
        let cache = cx.cloud().cache::<Decoded>();
        let mut decoded = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match decoded.get(&row.key).filter(|known| known.ver == row.ver) {
            Some(known) => known.clone(),
            None => {
                let record = Arc::new(QueueRecord::read(&row.value)?);
                let known = Known {
                    ver: row.ver,
                    arn: Arn::new("sqs", cx.region(), owner, &record.name).to_string().into(),
                    policy_text: (!record.policy.is_empty()).then(|| record.policy.as_str().into()),
                    record,
                };
                if decoded.len() >= DECODED {
                    decoded.clear();
                }
                decoded.insert(row.key.clone(), known.clone());
                known
            }
        };
        drop(decoded);
        let Known { record, arn, policy_text, .. } = known;
        Ok(Queue { record, arn, policy_text, owner, keys, row, relied: Cell::new(false) })
    }

    pub fn url(&self, cx: &Cx) -> String {
        url(cx, self.owner, &self.name)
    }

    /// Lets a commit fail if the queue was changed or deleted since it was found.
    pub fn unchanged(&self, tx: &mut Txn) {
        tx.check(&self.row);
    }

    /// Lets a commit fail if the queue is gone; that it was changed does not matter.
    pub async fn alive(&self, tx: &mut Txn) -> Result<()> {
        self.current(tx).await.map(drop)
    }

    /// As `alive`, for a commit that brings messages, the oldest of which was sent at that instant.
    pub async fn accept(&self, cx: &Cx, tx: &mut Txn, oldest: Timestamp) -> Result<()> {
        let current = self.current(tx).await?;
        if current.sweep == Timestamp(0) {
            let mut record = (*current).clone();
            retention::schedule(tx, cx, self.owner, &mut record, retention::due(cx, &current, oldest));
            tx.put(self.row.key.clone(), record.encode());
        }
        Ok(())
    }

    async fn current(&self, tx: &mut Txn) -> Result<Arc<QueueRecord>> {
        if !self.relied.replace(true) {
            tx.check(&self.row);
            return Ok(self.record.clone());
        }
        let row = tx.get_row(&self.row.key).await?.ok_or_else(faults::no_such_queue)?;
        if row.ver == self.row.ver {
            return Ok(self.record.clone());
        }
        let current = QueueRecord::read(&row.value)?;
        if current.id != self.id {
            return Err(faults::no_such_queue());
        }
        Ok(Arc::new(current))
    }

    /// Stores a changed record.
    pub async fn update(&self, cx: &Cx, mut change: impl FnMut(&mut QueueRecord) -> Result<()>) -> Result<()> {
        cx.write(async |tx| {
            let record = tx.read(&self.row.key).await?;
            let mut record: QueueRecord = record.ok_or_else(faults::no_such_queue)?;
            if record.id != self.id {
                return Err(faults::no_such_queue());
            }
            change(&mut record)?;
            tx.put(self.row.key.clone(), record.encode());
            Ok(())
        })
        .await
    }
}

/// The Query protocol has its own sentence for a queue that is not there.
fn not_found(cx: &Cx) -> Fault {
    match cx.request().protocol {
        Some(Protocol::Query) => {
            fault::queue_does_not_exist("The specified queue does not exist for this wsdl version.")
        }
        _ => faults::no_such_queue(),
    }
}

/// The URL of a queue under the host that the client addressed.
fn url(cx: &Cx, owner: AccountId, name: &str) -> String {
    format!("{}/{owner}/{name}", cx.request().endpoint)
}

/// Owner and name in a queue's URL: the last two segments of its path.
pub fn address(url: &str) -> Option<(AccountId, &str)> {
    let (rest, name) = url.trim_end_matches('/').rsplit_once('/')?;
    let owner = rest.rsplit_once('/').map_or(rest, |(_, owner)| owner);
    Some((AccountId::parse(owner)?, name))
}

fn check_name(name: &str, fifo: bool) -> Result<()> {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let plain = !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match (plain && name.len() <= 80, fifo, stem.len() < name.len()) {
        (true, true, true) | (true, false, false) => Ok(()),
        (_, true, _) => Err(faults::invalid_parameter(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with \
             .fifo suffix and be 1 to 80 in length.",
        )),
        _ => Err(faults::invalid_parameter(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )),
    }
}

pub async fn create_queue(cx: Cx, input: CreateQueueInput) -> Result<CreateQueueOutput> {
    let asked = input.attributes.unwrap_or_default();
    let fifo = match asked.get("FifoQueue").map(String::as_str) {
        None => false,
        Some("true") => true,
        // AWS takes `true` only: a standard queue is made by leaving the attribute out.
        Some("false") if !input.queue_name.ends_with(".fifo") => {
            return Err(fault::invalid_attribute_name("Unknown Attribute FifoQueue."));
        }
        Some(_) => return Err(attributes::invalid("FifoQueue")),
    };
    check_name(&input.queue_name, fifo)?;
    let now = cx.now();
    let mut record = attributes::defaults(&input.queue_name, fifo);
    attributes::apply(&cx, &mut record, &asked).await?;
    tags::merge(&mut record.tags, input.tags.unwrap_or_default())?;
    record.id = cx.cloud().ids().sequence(now);
    (record.created, record.modified) = (now, now);
    let keys = Keys(cx.key());
    cx.write(async |tx| {
        if let Some(existing) = tx.read(&keys.queue(&record.name)).await? {
            return attributes::same(&existing, &record, &asked);
        }
        let gone = keys.gone(&record.name);
        if let Some(deleted) = tx.get(&gone).await? {
            let deleted = <Timestamp as kernel::record::FieldValue>::take(&deleted).unwrap_or_default();
            if now.0 < deleted.0 + COOLDOWN * MICROS {
                return Err(fault::queue_deleted_recently(
                    "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
                ));
            }
            tx.delete(gone);
        }
        tx.put(keys.queue(&record.name), record.encode());
        Ok(())
    })
    .await?;
    Ok(CreateQueueOutput { queue_url: Some(url(&cx, cx.account(), &record.name)) })
}

pub async fn delete_queue(cx: Cx, input: DeleteQueueInput) -> Result<DeleteQueueOutput> {
    let mut gone = Vec::new();
    kernel::record::FieldValue::put(&cx.now(), &mut gone);
    cx.write(async |tx| {
        let queue = Queue::find(&cx, &input.queue_url).await?;
        queue.unchanged(tx);
        retention::unschedule(tx, &cx, queue.owner, &queue);
        tx.delete(queue.keys.queue(&queue.name));
        tx.put(queue.keys.gone(&queue.name), gone.clone());
        tx.delete(queue.keys.tasks(queue.id));
        tx.delete_range(queue.keys.tasks(queue.id).children());
        retention::empty(tx, &cx, &queue);
        tx.wake_after(queue.arn);
        Ok(())
    })
    .await?;
    Ok(DeleteQueueOutput {})
}

pub async fn get_queue_url(cx: Cx, input: GetQueueUrlInput) -> Result<GetQueueUrlOutput> {
    check_name(&input.queue_name, input.queue_name.ends_with(".fifo"))?;
    let owner = match &input.queue_owner_aws_account_id {
        None => cx.account(),
        Some(id) => AccountId::parse(id).ok_or_else(faults::no_such_queue)?,
    };
    let queue = Queue::named(&cx, owner, &input.queue_name).await?.ok_or_else(|| not_found(&cx))?;
    Ok(GetQueueUrlOutput { queue_url: Some(queue.url(&cx)) })
}

pub async fn list_queues(cx: Cx, input: ListQueuesInput) -> Result<ListQueuesOutput> {
    let prefix = input.queue_name_prefix.unwrap_or_default();
    let wanted = |queue: &QueueRecord| queue.name.starts_with(&prefix);
    let page = Page::read(&cx, cx.account(), input.max_results, input.next_token.as_deref(), wanted).await?;
    Ok(ListQueuesOutput { queue_urls: (!page.urls.is_empty()).then_some(page.urls), next_token: page.next })
}

/// The queues whose redrive policy names this one.
pub async fn list_dead_letter_source_queues(
    cx: Cx,
    input: ListDeadLetterSourceQueuesInput,
) -> Result<ListDeadLetterSourceQueuesOutput> {
    let target = Queue::find(&cx, &input.queue_url).await?;
    let page = Page::of_sources(&cx, &target, input.max_results, input.next_token.as_deref()).await?;
    Ok(ListDeadLetterSourceQueuesOutput { queue_urls: page.urls, next_token: page.next })
}

/// Whether any queue names this one as its dead-letter queue.
pub async fn is_dead_letter_queue(cx: &Cx, queue: &Queue) -> Result<bool> {
    Ok(!Page::of_sources(cx, queue, Some(1), None).await?.urls.is_empty())
}

struct Page {
    urls: Vec<String>,
    next: Option<String>,
}

impl Page {
    /// A page of the queues that have `target` as their dead-letter queue: its owner's, whoever asks.
    async fn of_sources(cx: &Cx, target: &Queue, limit: Option<i32>, token: Option<&str>) -> Result<Page> {
        let redrives =
            |queue: &QueueRecord| queue.redrive.as_ref().is_some_and(|redrive| *redrive.target_arn == *target.arn);
        Page::read(cx, target.owner, limit, token, redrives).await
    }

    /// A page of an account's queues by name. Without a limit, AWS answers up to 1,000 and no token.
    async fn read(
        cx: &Cx,
        owner: AccountId,
        limit: Option<i32>,
        token: Option<&str>,
        wanted: impl Fn(&QueueRecord) -> bool,
    ) -> Result<Page> {
        if let Some(limit) = limit.filter(|limit| !(1..=MAX_PAGE).contains(limit)) {
            return Err(faults::invalid_value(
                limit,
                "MaxResults",
                "MaxResults must be an integer between 1 and 1000.",
            ));
        }
        let keys = Keys(cx.key_of(owner, cx.region()));
        let mut range = keys.queues().children();
        if let Some(token) = token {
            range = range.after(&after(&keys, token)?);
        }
        let snapshot = cx.read();
        let most = limit.unwrap_or(MAX_PAGE) as usize;
        let mut page = Page { urls: Vec::new(), next: None };
        let mut last = String::new();
        loop {
            let rows = snapshot.scan(&range, &Scan::default()).await?;
            for row in &rows.rows {
                let record = QueueRecord::read(&row.value)?;
                if !wanted(&record) {
                    continue;
                }
                if page.urls.len() == most {
                    page.next = limit.map(|_| data_encoding::BASE64.encode(last.as_bytes()));
                    return Ok(page);
                }
                page.urls.push(url(cx, owner, &record.name));
                last = record.name;
            }
            match rows.rows.last() {
                Some(row) if rows.more => range = range.after(&row.key),
                _ => return Ok(page),
            }
        }
    }
}

/// Where the page after a token begins.
fn after(keys: &Keys, token: &str) -> Result<Key> {
    let invalid = || faults::invalid_value(token, "NextToken", "The token is not one that this operation answered.");
    let name = data_encoding::BASE64.decode(token.as_bytes()).map_err(|_| invalid())?;
    let name = String::from_utf8(name).map_err(|_| invalid())?;
    Ok(keys.queue(&name))
}

/// The queue of an ARN, if it is one of this region.
pub async fn by_arn(cx: &Cx, arn: &str) -> Result<Option<Queue>> {
    let Some(arn) = Arn::parse(arn).filter(|arn| arn.service == "sqs" && arn.region == cx.region().as_str()) else {
        return Ok(None);
    };
    let Some(owner) = arn.account_id() else { return Ok(None) };
    Queue::named(cx, owner, &arn.resource).await
}

/// The fault where a queue's record cannot be read: only a damaged store makes it.
pub fn damaged(what: &str) -> Fault {
    wire::common::internal_failure(format!("the stored {what} cannot be read"))
}
