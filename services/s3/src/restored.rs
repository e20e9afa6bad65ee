//! What becomes of an object that was asked back from an archive: its copy is there, and it goes (S3 user guide, "Supported
//! event types for SQS, SNS, and Lambda": `s3:ObjectRestore:Completed` and `s3:ObjectRestore:Delete`).

use crate::{
    bucket::{Bucket, with_bucket},
    events,
    records::ObjectRecord,
    versions::{self, Named},
};
use kernel::{
    Cx, Local, Result, record,
    record::Record,
    store::Txn,
    timers::{Due, Timer},
};
use s3_api::Event;
use wire::{Bytes, Timestamp};

pub const TIMER: Timer = Timer { kind: "restored", run };

record! {
    struct Restored {
        1 bucket: String,
        2 id: u64,
        3 key: String,
        4 version: Bytes,
        5 order: u64,
    }
}

/// To be called in the commit that gives a version's copy another time to be there.
pub fn expect(cx: &Cx, tx: &mut Txn, bucket: &Bucket, key: &str, record: &ObjectRecord) {
    let Some(restore) = &record.restore else { return };
    let payload = Restored {
        bucket: bucket.name.clone(),
        id: bucket.record.id,
        key: key.to_owned(),
        version: record.version.clone(),
        order: record.order,
    };
    set(cx, tx, restore.ready, payload.encode());
}

fn set(cx: &Cx, tx: &mut Txn, at: Timestamp, payload: Bytes) {
    tx.set_timer(cx, TIMER.kind, &cx.cloud().ids().u128().to_be_bytes(), at, payload);
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let of = Restored::read(&due.payload)?;
        let named = Named::by(of.order, &of.version);
        let Some(bucket) = Bucket::lookup(&cx, &of.bucket).await?.filter(|bucket| bucket.record.id == of.id) else {
            return Ok(());
        };
        let told = with_bucket(&cx, &bucket, async |tx, bucket| {
            let found = versions::change(tx, bucket, &of.key, Some(&named)).await?;
            let Some((row, mut record)) = found.filter(|(_, found)| found.order == of.order) else { return Ok(()) };
            let Some(restore) = &mut record.restore else { return Ok(()) };
            // What came out of an archive of Intelligent-Tiering stays out.
            let stays = restore.expires == Timestamp::default();
            let event = match restore.told {
                _ if cx.now() < restore.ready => return Ok(()),
                false => {
                    restore.told = true;
                    if !stays {
                        set(&cx, tx, restore.expires, due.payload.clone());
                    }
                    Event::S3ObjectRestoreCompleted
                }
                true if stays => return Ok(()),
                // It stays for longer than it was asked for first.
                true if cx.now() < restore.expires => {
                    set(&cx, tx, restore.expires, due.payload.clone());
                    return Ok(());
                }
                true => Event::S3ObjectRestoreDelete,
            };
            events::note(&cx, tx, bucket, &event, &of.key, &record)?;
            if event == Event::S3ObjectRestoreDelete {
                record.restore = None;
            }
            tx.put(row, record.encode());
            Ok(())
        })
        .await;
        match told {
            // The bucket is gone.
            Err(fault) if fault.kind().status == 404 => Ok(()),
            told => told,
        }
    })
}
