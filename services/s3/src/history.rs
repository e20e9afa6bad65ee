//! All versions of a bucket in order: by key, and then the newest first.

use crate::{
    bucket::Bucket,
    records::ObjectRecord,
    walk::{Item, Walk},
};
use kernel::{Result, record::Record, store::Snapshot};
use wire::Timestamp;

/// A version on the walk, newest first.
pub struct Seen {
    pub key: String,
    pub record: ObjectRecord,
    /// When the next newer one came.
    pub since: Option<Timestamp>,
    /// Noncurrent versions that are newer.
    pub newer: usize,
}

/// All versions of a bucket, by key and then the newest first.
pub struct History<'a> {
    objects: Walk<'a>,
    others: Walk<'a>,
    object: Option<(String, ObjectRecord)>,
    other: Option<(String, ObjectRecord)>,
    begun: bool,
    last: Option<(String, Timestamp, usize)>,
}

impl<'a> History<'a> {
    pub fn new(snapshot: &'a dyn Snapshot, bucket: &Bucket, prefix: &'a str) -> History<'a> {
        History {
            objects: Walk::new(snapshot, bucket.keys.objects(), prefix, ""),
            others: Walk::new(snapshot, bucket.keys.versions(), prefix, ""),
            object: None,
            other: None,
            begun: false,
            last: None,
        }
    }

    /// Passes over all keys before one.
    pub fn begin_at(&mut self, key: &str) {
        self.objects.begin_at(key);
        self.others.begin_at(key);
    }

    /// The next version, and whether its key has no older one.
    pub async fn next(&mut self) -> Result<Option<(Seen, bool)>> {
        if !self.begun {
            self.begun = true;
            self.object = record(self.objects.next().await?)?;
            self.other = record(self.others.next().await?)?;
        }
        // The current object before the versions of its key.
        let object = match (&self.object, &self.other) {
            (Some((object, _)), Some((other, _))) => object <= other,
            (object, _) => object.is_some(),
        };
        let next = match object {
            true => std::mem::replace(&mut self.object, record(self.objects.next().await?)?),
            false => match self.other.is_some() {
                true => std::mem::replace(&mut self.other, record(self.others.next().await?)?),
                false => None,
            },
        };
        let Some((key, record)) = next else { return Ok(None) };
        let (since, newer) = match self.last.take().filter(|(last, ..)| *last == key) {
            Some((_, since, above)) => (Some(since), above),
            None => (None, 0),
        };
        // The current version is not counted.
        self.last = Some((key.clone(), record.modified, newer + usize::from(since.is_some())));
        let only = self.other.as_ref().is_none_or(|(other, _)| *other != key);
        Ok(Some((Seen { key, record, since, newer }, only)))
    }
}

fn record(item: Option<Item>) -> Result<Option<(String, ObjectRecord)>> {
    match item {
        Some(Item::Row { key, row }) => Ok(Some((key, ObjectRecord::read(&row.value)?))),
        _ => Ok(None),
    }
}
