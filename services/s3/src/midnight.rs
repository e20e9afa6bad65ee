//! What is done in a bucket at midnight, UTC: one durable timer a bucket, from the configuration that asks for it until
//! none does any more.

use crate::{bucket::Bucket, days, lifecycle, tiering};
use kernel::{
    Cx, Local, Result, record,
    record::Record,
    store::Txn,
    timers::{Due, Timer},
};

pub const TIMER: Timer = Timer { kind: "midnight", run };

/// The configurations that have something to do at midnight.
const NIGHTLY: &[&str] = &[lifecycle::NAME, tiering::NAME];

record! {
    struct Midnight {
        1 bucket: String,
        /// Of the bucket: a later one of the same name has its own timer.
        2 id: u64,
    }
}

/// Sees to it that the next midnight is not missed, in the commit that configures something for it.
pub fn expect(cx: &Cx, tx: &mut Txn, bucket: &Bucket) {
    // The bucket's own account and region, whoever configures it: so there is one timer a midnight.
    let cx = Cx::background(cx.cloud(), cx.model(), bucket.account, bucket.region);
    let midnight = Midnight { bucket: bucket.name.clone(), id: bucket.record.id };
    let id = bucket.record.id.to_be_bytes();
    tx.set_timer(&cx, TIMER.kind, &id, days::midnight_after(cx.now()), midnight.encode());
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let midnight = Midnight::read(&due.payload)?;
        let found = Bucket::lookup(&cx, &midnight.bucket).await?;
        let Some(bucket) = found.filter(|bucket| bucket.record.id == midnight.id) else { return Ok(()) };
        if !NIGHTLY.iter().any(|name| bucket.configuration.has(name)) {
            return Ok(());
        }
        crate::aging::run(&cx, &bucket).await?;
        // What was configured meanwhile has set the same timer.
        cx.write(async |tx| {
            expect(&cx, tx, &bucket);
            Ok(())
        })
        .await
    })
}
