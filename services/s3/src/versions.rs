//! Versions of objects: which is current, what a put and a delete do to the others.
//!
//! The current version, unless it is a delete marker, is under [`Keys::object`]; all others are under [`Keys::version`]. So a
//! key without a row in the first place has no object, whatever versions it has.

#[cfg(test)]
mod tests;

use crate::{
    bucket::Bucket,
    data, faults,
    records::{ObjectRecord, versioning},
};
use data_encoding::Encoding;
use kernel::{
    Cx, Result,
    record::Record,
    store::{Range, Row, Rows, Scan, Snapshot, Txn},
};
use std::sync::LazyLock;
use wire::Fault;

/// How AWS writes version ids.
static LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = data_encoding::Specification::new();
    spec.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._");
    // The alphabet is valid: 64 different ASCII letters.
    spec.encoding().unwrap_or(data_encoding::BASE64URL_NOPAD)
});

/// Behind the order in a version id: what makes it hard to guess.
const RANDOM: usize = 16;

/// The id of a version, as clients see it.
pub fn id(record: &ObjectRecord) -> String {
    if record.version.is_empty() {
        return "null".to_owned();
    }
    LETTERS.encode(&[&record.order.to_be_bytes()[..], &record.version].concat())
}

/// The id as answers have it: of buckets that keep versions.
pub fn shown(bucket: &Bucket, record: &ObjectRecord) -> Option<String> {
    bucket.is_versioned().then(|| id(record))
}

/// Answers with the version's id in its header, where the output has no member for it.
pub fn tell(cx: &Cx, bucket: &Bucket, record: &ObjectRecord) {
    if let Some(id) = shown(bucket, record) {
        cx.answer_header(http::HeaderName::from_static("x-amz-version-id"), &id);
    }
}

/// What a client means by a version id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Null,
    Version { order: u64, random: Vec<u8> },
}

impl Named {
    pub fn parse(text: &str) -> Result<Named> {
        if text == "null" {
            return Ok(Named::Null);
        }
        let invalid = || faults::invalid_argument("versionId", text, "Invalid version id specified");
        let bytes = LETTERS.decode(text.as_bytes()).map_err(|_| invalid())?;
        let (order, random) = bytes.split_first_chunk().ok_or_else(invalid)?;
        if random.len() != RANDOM {
            return Err(invalid());
        }
        Ok(Named::Version { order: u64::from_be_bytes(*order), random: random.to_vec() })
    }

    /// The name of a version that is known.
    pub fn of(record: &ObjectRecord) -> Named {
        Named::by(record.order, &record.version)
    }

    /// The same, by what a record has of it.
    pub fn by(order: u64, version: &[u8]) -> Named {
        match version.is_empty() {
            true => Named::Null,
            false => Named::Version { order, random: version.to_vec() },
        }
    }

    fn is(&self, record: &ObjectRecord) -> bool {
        match self {
            Named::Null => record.version.is_empty(),
            Named::Version { order, random } => record.order == *order && record.version == *random,
        }
    }
}

/// The current version of a key: its object, or the delete marker that hides the others.
pub async fn latest(snapshot: &dyn Snapshot, bucket: &Bucket, key: &str) -> Result<Option<ObjectRecord>> {
    if let Some(record) = snapshot.record(&bucket.keys.object(key)).await? {
        return Ok(Some(record));
    }
    if !bucket.is_versioned() {
        return Ok(None);
    }
    let newest = snapshot.scan(&bucket.keys.versions_of(key).children(), &Scan { limit: 1, ..Scan::default() }).await?;
    newest.rows.first().map(|row| Ok(ObjectRecord::read(&row.value)?)).transpose()
}

/// A certain version of a key.
pub async fn find(snapshot: &dyn Snapshot, bucket: &Bucket, key: &str, named: &Named) -> Result<Option<ObjectRecord>> {
    if let Some(record) = snapshot.record(&bucket.keys.object(key)).await?.filter(|record| named.is(record)) {
        return Ok(Some(record));
    }
    let order = match named {
        Named::Version { order, .. } => *order,
        Named::Null => match snapshot.bytes(&bucket.keys.null(key)).await? {
            Some(order) => number(&order),
            None => return Ok(None),
        },
    };
    let record = snapshot.record::<ObjectRecord>(&bucket.keys.version(key, order)).await?;
    Ok(record.filter(|record| named.is(record)))
}

/// A version for a change of it, and where it is.
pub async fn change(
    tx: &mut Txn,
    bucket: &Bucket,
    key: &str,
    named: Option<&Named>,
) -> Result<Option<(kernel::store::Key, ObjectRecord)>> {
    let row = bucket.keys.object(key);
    if let Some(record) = tx.read::<ObjectRecord>(&row).await?
        && named.is_none_or(|named| named.is(&record))
    {
        return Ok(Some((row, record)));
    }
    let order = match named {
        Some(Named::Version { order, .. }) => *order,
        Some(Named::Null) => match tx.get(&bucket.keys.null(key)).await? {
            Some(order) => number(&order),
            None => return Ok(None),
        },
        // No object: at most a delete marker.
        None => match newest(tx, bucket, key, 1).await?.first() {
            Some(row) => ObjectRecord::read(&row.value)?.order,
            None => return Ok(None),
        },
    };
    let row = bucket.keys.version(key, order);
    let record = tx.read::<ObjectRecord>(&row).await?;
    Ok(record.filter(|record| named.is_none_or(|named| named.is(record))).map(|record| (row, record)))
}

/// The newest versions that are not the current object.
async fn newest(tx: &Txn, bucket: &Bucket, key: &str, limit: usize) -> Result<Vec<Row>> {
    Ok(tx.scan(&bucket.keys.versions_of(key).children(), &Scan { limit, ..Scan::default() }).await?.rows)
}

/// Lets the commit fail unless these are still the newest, as `newest` found them: nothing came above or between them,
/// nor below where fewer were found than were asked for. Whoever adds one reads the object's row.
fn rely(tx: &mut Txn, bucket: &Bucket, key: &str, found: &[Row], limit: usize) {
    let guard = bucket.keys.object(key);
    let mut rest = bucket.keys.versions_of(key).children();
    for row in found {
        tx.check(row);
        tx.check_empty(guard.clone(), Range { to: row.key.clone(), ..rest.clone() });
        rest = rest.after(&row.key);
    }
    if found.len() < limit {
        tx.check_empty(guard, rest);
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Makes a version, or a delete marker, the newest of its key. What it replaces is given back; its bytes are forgotten.
/// The caller relies on the bucket's row.
pub async fn put(
    cx: &Cx,
    tx: &mut Txn,
    bucket: &Bucket,
    key: &str,
    record: &mut ObjectRecord,
) -> Result<Option<ObjectRecord>> {
    let keys = &bucket.keys;
    let row = keys.object(key);
    let before = tx.read::<ObjectRecord>(&row).await?;
    record.order = cx.cloud().ids().sequence(cx.now());
    // S3 knows no fractions of a second. What was begun earlier has its date already.
    if record.modified.0 == 0 {
        record.modified = wire::Timestamp::from_secs(cx.now().secs());
    }
    record.version = match bucket.record.versioning {
        versioning::ENABLED => {
            let mut random = vec![0; RANDOM];
            random[..8].copy_from_slice(&cx.cloud().ids().u64().to_be_bytes());
            random[8..].copy_from_slice(&cx.cloud().ids().u64().to_be_bytes());
            random.into()
        }
        _ => wire::Bytes::new(),
    };
    if !bucket.is_versioned() {
        if let Some(before) = &before {
            data::forget(cx, tx, bucket, &before.content);
        }
        match record.delete_marker {
            true => tx.delete(row),
            false => tx.put(row, record.encode()),
        }
        return Ok(before);
    }
    let mut replaced = None;
    if record.version.is_empty() {
        // There is one null version at most.
        let null = keys.null(key);
        if let Some(order) = tx.get(&null).await? {
            let row = keys.version(key, number(&order));
            if let Some(old) = tx.read::<ObjectRecord>(&row).await? {
                data::forget(cx, tx, bucket, &old.content);
                replaced = Some(old);
            }
            tx.delete(row);
            tx.delete(null);
        }
    }
    match before {
        Some(before) if before.version.is_empty() && record.version.is_empty() => {
            data::forget(cx, tx, bucket, &before.content);
            replaced = Some(before);
        }
        Some(before) => {
            if before.version.is_empty() {
                tx.put(keys.null(key), before.order.to_be_bytes().to_vec());
            }
            tx.put(keys.version(key, before.order), before.encode());
        }
        None => {}
    }
    if record.delete_marker {
        tx.delete(row);
        tx.put(keys.version(key, record.order), record.encode());
        if record.version.is_empty() {
            tx.put(keys.null(key), record.order.to_be_bytes().to_vec());
        }
    } else {
        // A delete marker that came meanwhile does not change the object's row, where there was none.
        tx.check_empty(row.clone(), keys.newer(key, record.order));
        tx.put(row, record.encode());
    }
    Ok(replaced)
}

/// Puts a replica, which has its id already, where it belongs among the versions of its key: newer ones stay above it. The
/// caller relies on the bucket's row, and has seen that there is no version of this id.
pub async fn insert(cx: &Cx, tx: &mut Txn, bucket: &Bucket, key: &str, record: &ObjectRecord) -> Result<()> {
    let keys = &bucket.keys;
    let row = keys.object(key);
    let mut current = tx.read::<ObjectRecord>(&row).await?;
    let mut below = newest(tx, bucket, key, 2).await?;
    if current.as_ref().is_none_or(|current| current.version.is_empty()) {
        rely(tx, bucket, key, &below, 2);
    }
    // Whether there was something that hid the others, and is gone.
    let mut gone = false;
    if record.version.is_empty() {
        // There is one null version at most.
        let null = keys.null(key);
        if let Some(order) = tx.get(&null).await? {
            let old = keys.version(key, number(&order));
            gone = current.is_none();
            below.retain(|row| row.key != old);
            if let Some(old) = tx.read::<ObjectRecord>(&old).await? {
                data::forget(cx, tx, bucket, &old.content);
            }
            tx.delete(old);
            tx.delete(null);
        }
        if let Some(old) = current.take_if(|current| current.version.is_empty()) {
            data::forget(cx, tx, bucket, &old.content);
            tx.delete(row.clone());
            gone = true;
        }
    }
    let on_top = match &current {
        Some(current) => current.order < record.order,
        None => {
            let next = below.first().map(|next| Ok::<_, Fault>((next, ObjectRecord::read(&next.value)?)));
            let next = next.transpose()?.filter(|(_, next)| next.order > record.order);
            let on_top = next.is_none();
            if let Some((next, found)) = next.filter(|(_, found)| gone && !found.delete_marker) {
                tx.delete(next.key.clone());
                tx.put(row.clone(), found.encode());
            }
            on_top
        }
    };
    if on_top {
        if let Some(current) = current {
            if current.version.is_empty() {
                tx.put(keys.null(key), current.order.to_be_bytes().to_vec());
            }
            tx.put(keys.version(key, current.order), current.encode());
            tx.delete(row.clone());
        }
        if !record.delete_marker {
            tx.put(row, record.encode());
            return Ok(());
        }
    }
    tx.put(keys.version(key, record.order), record.encode());
    if record.version.is_empty() {
        tx.put(keys.null(key), record.order.to_be_bytes().to_vec());
    }
    Ok(())
}

/// Removes a version for good; the one before it becomes the current one. `None`: there is no such version.
pub async fn remove(
    cx: &Cx,
    tx: &mut Txn,
    bucket: &Bucket,
    key: &str,
    named: &Named,
    allow: impl Fn(&ObjectRecord) -> Result<()>,
) -> Result<Option<ObjectRecord>> {
    let keys = &bucket.keys;
    let Some((row, record)) = change(tx, bucket, key, Some(named)).await? else { return Ok(None) };
    allow(&record)?;
    let current = row == keys.object(key);
    let below = newest(tx, bucket, key, 2).await?;
    // The next one moves up where this one was the newest of all: the object, or a delete marker above all others.
    let next = if current {
        rely(tx, bucket, key, &below, 2);
        below.first()
    } else if below.first().is_some_and(|found| found.key == row) && tx.get(&keys.object(key)).await?.is_none() {
        rely(tx, bucket, key, &below, 2);
        below.get(1)
    } else {
        None
    };
    tx.delete(row);
    if !current && record.version.is_empty() {
        tx.delete(keys.null(key));
    }
    if let Some(next) = next {
        let next_record = ObjectRecord::read(&next.value)?;
        if !next_record.delete_marker {
            tx.delete(next.key.clone());
            if next_record.version.is_empty() {
                tx.delete(keys.null(key));
            }
            tx.put(keys.object(key), next_record.encode());
        }
    }
    data::forget(cx, tx, bucket, &record.content);
    Ok(Some(record))
}
