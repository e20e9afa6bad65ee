//! Who used which permission when: for last-accessed reports, the last use of keys and roles, and policy suggestions.
//!
//! Collected in memory and written with the audit log's batches; the same use again within a minute is not written anew.
//! A crash may lose what was collected since the last flush.

use crate::{
    Cloud, Cx, record,
    record::Record,
    store::{Key, MAX_COMMIT_OPS, Part, Rows, Snapshot, StoreError, Txn},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use wire::Timestamp;

/// Microseconds.
const MINUTE: i64 = 60 * 1_000_000;
/// Uses remembered before the memory starts afresh.
const REMEMBERED: usize = 20_000;

#[derive(Default)]
pub struct Used(Mutex<Uses>);

/// By entity (its unique id), or by access key.
#[derive(Default)]
struct Uses {
    by: HashMap<Arc<str>, Of>,
    count: usize,
}

#[derive(Default)]
struct Of {
    /// By resource, then action; of an access key, empty texts.
    resources: HashMap<Arc<str>, Actions>,
    /// Deletions that are under way or done. Nothing is noted or written any more while there are any.
    deletions: u32,
}

type Actions = Vec<(String, Last)>;

/// Whose use, of which action, on which resource.
type Use = (Arc<str>, String, Arc<str>);

#[derive(Clone, Copy)]
struct Last {
    at: Timestamp,
    region: &'static str,
    /// The service that an access key was used with.
    service: &'static str,
    written: Timestamp,
}

record! {
    /// The last use of a permission or of an access key.
    pub struct LastUse {
        1 at: Timestamp,
        2 region: String,
        /// As its actions are prefixed; of access keys only.
        3 service: String,
    }
}

fn rows() -> Key {
    Key::new().text("sys").text("identity").text("used")
}

/// The uses of an entity (user or role) by its unique id, or of an access key by its.
fn of(id: &str) -> Key {
    rows().text(id)
}

fn row(id: &str, action: &str, resource: &str) -> Key {
    of(id).text(action).text(resource)
}

/// One permission that an entity used.
#[derive(Clone, Debug, PartialEq)]
pub struct UsedAction {
    /// `sqs:SendMessage`
    pub action: String,
    pub resource: String,
    pub last: LastUse,
}

impl Used {
    pub(crate) fn note(&self, cx: &Cx, action: &str, resource: &Arc<str>) {
        let Some(who) = cx.caller().identified() else { return };
        self.insert(cx, who.entity_id.clone(), action, resource.clone());
    }

    /// The long-term key behind an authenticated call; nobody asks when a temporary one was used last.
    pub fn note_key(&self, cx: &Cx) {
        if cx.caller().identified().is_some() && cx.caller().session.is_none() {
            self.insert(cx, cx.caller().access_key.clone(), "", Arc::default());
        }
    }

    fn insert(&self, cx: &Cx, id: Arc<str>, action: &str, resource: Arc<str>) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.count >= REMEMBERED {
            *uses = Uses::default();
        }
        let (at, region, service) = (cx.now(), cx.region().as_str(), cx.model().signing_name);
        let Uses { by, count } = &mut *uses;
        let of = by.entry(id).or_default();
        if of.deletions > 0 {
            return;
        }
        let actions = of.resources.entry(resource).or_default();
        match actions.iter_mut().find(|(known, _)| known == action) {
            Some((_, last)) => *last = Last { at, region, service, ..*last },
            None => {
                actions.push((action.to_owned(), Last { at, region, service, written: Timestamp::default() }));
                *count += 1;
            }
        }
    }

    fn due(&self) -> Vec<(Use, Last)> {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = |last: &Last| last.at.0 - last.written.0 >= MINUTE || last.at < last.written;
        let mut found = Vec::new();
        for (id, of) in uses.by.iter().filter(|(_, of)| of.deletions == 0) {
            for (resource, actions) in &of.resources {
                for (action, last) in actions.iter().filter(|(_, last)| due(last)) {
                    found.push(((id.clone(), action.clone(), resource.clone()), *last));
                }
            }
            if found.len() >= MAX_COMMIT_OPS / 2 {
                break;
            }
        }
        found.truncate(MAX_COMMIT_OPS / 2);
        found
    }

    /// Remembers what was written. The rows of those who were barred meanwhile may have come after their deletion: these
    /// must go again.
    #[must_use]
    fn written(&self, stored: &[(Use, Last)]) -> Vec<Key> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut late = Vec::new();
        for ((id, action, resource), then) in stored {
            let Some(of) = uses.by.get_mut(id) else { continue };
            if of.deletions > 0 {
                late.push(row(id, action, resource));
                continue;
            }
            let known = of.resources.get_mut(resource);
            if let Some((_, last)) = known.and_then(|actions| actions.iter_mut().find(|(known, _)| known == action)) {
                last.written = then.at;
            }
        }
        late
    }

    /// Notes and writes nothing more of these: before the commit that deletes them, as a flush may come with it. Who has
    /// been authenticated before goes on for a while. They stay barred where nobody hears what became of the commit.
    pub(crate) fn bar(&self, ids: &[Arc<str>]) {
        if ids.is_empty() {
            return;
        }
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            uses.by.entry(id.clone()).or_default().deletions += 1;
            uses.count += 1;
        }
    }

    /// After a commit that failed. What a flush took back meanwhile is written anew.
    pub(crate) fn readmit(&self, ids: &[Arc<str>]) {
        if ids.is_empty() {
            return;
        }
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            let Some(of) = uses.by.get_mut(id) else { continue };
            of.deletions = of.deletions.saturating_sub(1);
            of.resources.values_mut().flatten().for_each(|(_, last)| last.written = Timestamp::default());
        }
    }

    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Uses::default();
    }
}

impl Cloud {
    pub(crate) async fn flush_used(&self) -> Result<(), StoreError> {
        loop {
            let due = self.used.due();
            if due.is_empty() {
                return Ok(());
            }
            let mut txn = Txn::begin(self.engine());
            for ((id, action, resource), last) in &due {
                let record = LastUse { at: last.at, region: last.region.to_owned(), service: last.service.to_owned() };
                txn.put(row(id, action, resource), record.encode());
            }
            self.commit(txn).await?;
            let mut txn = Txn::begin(self.engine());
            self.used.written(&due).into_iter().for_each(|late| txn.delete(late));
            self.commit(txn).await?;
        }
    }
}

/// Every permission that a user or role used, by its unique id, in the order of actions and resources.
pub async fn actions(snapshot: &dyn Snapshot, entity_id: &str) -> Result<Vec<UsedAction>, StoreError> {
    let mut found = Vec::new();
    for (key, last) in snapshot.records::<LastUse>(&of(entity_id)).await? {
        if let Some([.., Part::Text(action), Part::Text(resource)]) = key.parts().as_deref()
            && !action.is_empty()
        {
            found.push(UsedAction { action: action.clone(), resource: resource.clone(), last });
        }
    }
    Ok(found)
}

/// Forgets what an entity or an access key was used for, by its id: when it is deleted. A call that was under way is not
/// noted afterwards either.
pub fn forget(tx: &mut Txn, id: &str) {
    tx.forget_after(id);
    tx.delete_range(of(id).children());
}

/// The row of an access key's last use, a [`LastUse`].
pub fn key(access_key: &str) -> Key {
    row(access_key, "", "")
}
