//! Bytes of a version once more: under names of their own for a replica, or sealed under another key.

use crate::{
    bucket::Bucket,
    data::{self, Expected, Stored},
    garbage,
    records::{Content, PartRecord, kind},
    seal::DataKey,
};
use kernel::{Cx, Result, record::Record, store::Txn};
use wire::{Fault, common};

/// Parts a commit. Each has two operations more for its bytes.
const BATCH: usize = 300;

/// Bytes that no version is made of yet.
pub enum Bytes {
    One(Stored),
    /// Rows of parts, and what removes them unless they become a version's.
    Parts {
        content: Content,
        unused: garbage::Asked,
    },
}

impl Bytes {
    /// The bytes of a content of one bucket, for another. What is sealed stays so: who has the data key reads both.
    pub async fn copy(cx: &Cx, from: &Bucket, to: &Bucket, content: &Content) -> Result<Bytes> {
        Bytes::made(cx, from, to, content, async |content, _| one(cx, from, content).await).await
    }

    /// The bytes of a content that is not sealed, sealed. `size` is that of all of it.
    pub async fn sealed(cx: &Cx, bucket: &Bucket, content: &Content, size: u64, key: &DataKey) -> Result<Bytes> {
        let seal = async |content: &Content, part: Option<u64>| {
            let size = part.unwrap_or(size);
            let pieces = data::pieces(&*cx.read(), &bucket.keys, content, size, 0, size).await?;
            let body = data::read(cx, &bucket.keys, pieces, None).await?;
            data::take(cx, body, Some(key), Expected::default()).await
        };
        Bytes::made(cx, bucket, bucket, content, seal).await
    }

    /// `make` is given a content that is in one place, and its size where it is a part.
    async fn made(
        cx: &Cx,
        from: &Bucket,
        to: &Bucket,
        content: &Content,
        make: impl AsyncFn(&Content, Option<u64>) -> Result<Stored>,
    ) -> Result<Bytes> {
        if content.kind != kind::PARTS {
            return Ok(Bytes::One(make(content, None).await?));
        }
        let parts = data::parts(&*cx.read(), &from.keys, content, None).await?;
        if parts.len() as u64 != content.count() {
            return Err(gone());
        }
        let id = cx.cloud().ids().u128();
        let mut unused = None;
        for batch in parts.chunks(BATCH) {
            let mut stored = Vec::with_capacity(batch.len());
            for (number, part) in batch {
                stored.push((*number, part, make(&part.content, Some(part.size)).await?));
            }
            let first = unused.is_none();
            let asked = cx
                .write(async |tx| {
                    for (number, part, stored) in &stored {
                        stored.keep(tx, &to.keys);
                        let part = PartRecord { content: stored.content.clone(), ..(*part).clone() };
                        tx.put(to.keys.part(id, *number), part.encode());
                    }
                    Ok(first.then(|| garbage::of_unfinished(cx, tx, to, id)))
                })
                .await?;
            unused = unused.or(asked);
        }
        let content = Content { id, ..content.clone() };
        match unused {
            Some(unused) => Ok(Bytes::Parts { content, unused }),
            None => Err(gone()),
        }
    }

    /// Where the bytes are.
    pub fn content(&self) -> Content {
        match self {
            Bytes::One(stored) => stored.content.clone(),
            Bytes::Parts { content, .. } => content.clone(),
        }
    }

    /// Names the bytes in the commit that makes a version of them.
    pub async fn keep(&self, cx: &Cx, tx: &mut Txn, to: &Bucket) -> Result<()> {
        match self {
            Bytes::One(stored) => stored.keep(tx, &to.keys),
            Bytes::Parts { content, unused } => {
                // That took a day: they are removed by now, or just being removed.
                let first = to.keys.part(content.id, content.number(0).unwrap_or_default());
                if tx.get(&first).await?.is_none() {
                    return Err(gone());
                }
                unused.cancel(cx, tx);
            }
        }
        Ok(())
    }

    /// Gives the bytes up, where no version is made of them. Parts are removed within a day.
    pub fn abandon(&self, cx: &Cx) {
        if let Bytes::One(stored) = self {
            stored.abandon(cx);
        }
    }
}

async fn one(cx: &Cx, from: &Bucket, content: &Content) -> Result<Stored> {
    let stored = match Stored::twin(cx, &from.keys, content).await {
        Ok(stored) => stored,
        Err(_) => Stored::duplicate(cx, content).await?,
    };
    stored.ok_or_else(gone)
}

/// Replaced or deleted since they were found. Whoever looks again finds out.
fn gone() -> Fault {
    common::service_unavailable("the bytes of an object are not there any more")
}
