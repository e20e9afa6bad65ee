//! What is removed in the background: the parts of uploads and of objects made of them, and what a deleted bucket leaves.

use crate::{
    bucket::Bucket,
    records::{Keys, PartRecord, kind},
};
use kernel::{
    AccountId, Cx, Local, Region, Result, record,
    record::Record,
    store::{BlobId, Range, Scan, Txn},
    timers::{Due, Timer},
};
use wire::Timestamp;

pub const TIMER: Timer = Timer { kind: "garbage", run };

/// Rows a commit. Each has two operations more for its bytes.
const BATCH: usize = 300;
/// How long the parts of an object stay that is gone, for reads of it that are under way, in seconds.
const LINGER: i64 = 60;
const DAY: i64 = 24 * 60 * 60;

record! {
    struct Garbage {
        1 account: u64,
        2 region: String,
        3 bucket: u64,
        /// The upload whose parts go; 0 where everything of the bucket goes.
        4 upload: u128,
        /// Parts that stay, as ranges: those an object is made of.
        5 kept: Vec<(u32, u32)>,
    }
}

fn ask(cx: &Cx, tx: &mut Txn, bucket: &Bucket, upload: u128, kept: &[(u32, u32)], linger: i64) -> Asked {
    let garbage = Garbage {
        account: bucket.account.0,
        region: bucket.region.to_string(),
        bucket: bucket.record.id,
        upload,
        kept: kept.to_vec(),
    };
    let due = Timestamp(cx.now().0 + linger * 1_000_000);
    let id = cx.cloud().ids().u128();
    tx.set_timer(cx, TIMER.kind, &id.to_be_bytes(), due, garbage.encode());
    Asked { id, due }
}

/// What is to be removed, unless it is taken back.
#[derive(Clone, Copy)]
pub struct Asked {
    id: u128,
    due: Timestamp,
}

impl Asked {
    /// Takes it back, by the same context.
    pub fn cancel(self, cx: &Cx, tx: &mut Txn) {
        tx.cancel_timer(cx, TIMER.kind, &self.id.to_be_bytes(), self.due);
    }
}

/// Removes the parts of an upload that no object is made of within a day.
pub fn of_unfinished(cx: &Cx, tx: &mut Txn, bucket: &Bucket, upload: u128) -> Asked {
    ask(cx, tx, bucket, upload, &[], DAY)
}

/// Removes all parts of an upload.
pub fn of_upload(cx: &Cx, tx: &mut Txn, bucket: &Bucket, upload: u128) {
    ask(cx, tx, bucket, upload, &[], 0);
}

/// Removes all parts of an object that was made by an upload.
pub fn of_object(cx: &Cx, tx: &mut Txn, bucket: &Bucket, upload: u128) {
    ask(cx, tx, bucket, upload, &[], LINGER);
}

/// Removes the parts of an upload that its object is not made of.
pub fn of_unused_parts(cx: &Cx, tx: &mut Txn, bucket: &Bucket, upload: u128, used: &[(u32, u32)]) {
    ask(cx, tx, bucket, upload, used, 0);
}

/// Removes what a bucket leaves that has no objects: its configuration, and uploads on their way.
pub fn of_bucket(cx: &Cx, tx: &mut Txn, bucket: &Bucket) {
    ask(cx, tx, bucket, 0, &[], 0);
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let garbage = Garbage::read(&due.payload)?;
        let region = Region::parse(&garbage.region).unwrap_or(Region::DEFAULT);
        let keys = Keys::of(AccountId(garbage.account), region, garbage.bucket);
        if garbage.upload != 0 {
            return parts(&cx, &keys, keys.parts(garbage.upload).children(), &garbage.kept).await;
        }
        // Of uploads on their way, and of objects whose parts linger.
        parts(&cx, &keys, keys.all_parts().children(), &[]).await?;
        cx.write(async |tx| {
            tx.delete_range(keys.all());
            Ok(())
        })
        .await
    })
}

async fn parts(cx: &Cx, keys: &Keys, mut range: Range, kept: &[(u32, u32)]) -> Result<()> {
    loop {
        let page = cx.read().scan(&range, &Scan { limit: BATCH, ..Scan::default() }).await?;
        cx.write(async |tx| {
            for row in &page.rows {
                let number = row.key.last_number().unwrap_or_default() as u32;
                if kept.iter().any(|(first, last)| (*first..=*last).contains(&number)) {
                    continue;
                }
                let part = PartRecord::read(&row.value)?;
                match part.content.kind {
                    kind::ROW => tx.delete(keys.row(part.content.id)),
                    kind::BLOB => tx.drop_blob(BlobId(part.content.id)),
                    _ => {}
                }
                tx.delete(row.key.clone());
            }
            Ok(())
        })
        .await?;
        match page.rows.last() {
            Some(last) if page.more => range = range.after(&last.key),
            _ => return Ok(()),
        }
    }
}
