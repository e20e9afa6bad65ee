//! What must hold of a key's versions whatever meets: the object, if there is one, is newer than all others; without one, a
//! delete marker hides them; there is one null version at most, and it is known where.

use super::*;
use crate::{
    bucket::{create_bucket, with_bucket},
    versioning::put_bucket_versioning,
};
use kernel::{AccountId, Caller, Region, store::Snapshot};
use s3_api::{BucketVersioningStatus, CreateBucketInput, PutBucketVersioningInput, VersioningConfiguration};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::Poll,
};
use testkit::Cloud;

/// Something that is done to the one key.
#[derive(Clone, Copy, Debug)]
enum Step {
    Put,
    PutMarker,
    /// A replica of this order, as an object or a delete marker.
    Insert(u64),
    InsertMarker(u64),
    /// The null version of a bucket where versioning was suspended for a while.
    InsertNull(u64),
    PutNull,
    PutNullMarker,
    /// The version at this place among all, the newest first.
    Remove(usize),
}

use Step::*;

async fn version(cx: &Cx, status: BucketVersioningStatus) {
    let configuration = VersioningConfiguration { status: Some(status), ..Default::default() };
    let bucket = "bkt".to_owned();
    let input = PutBucketVersioningInput { bucket, versioning_configuration: configuration, ..Default::default() };
    put_bucket_versioning(cx.clone(), input).await.unwrap();
}

async fn take(cx: &Cx, bucket: &Bucket, step: Step) {
    let null = matches!(step, PutNull | PutNullMarker);
    if null {
        version(cx, BucketVersioningStatus::Suspended).await;
    }
    let removed = match step {
        Remove(place) => all(&*cx.read(), bucket).await.get(place).map(Named::of),
        _ => None,
    };
    let done = with_bucket(cx, bucket, async |tx, bucket| {
        let delete_marker = matches!(step, PutMarker | InsertMarker(_) | PutNullMarker);
        let mut record = ObjectRecord { delete_marker, ..ObjectRecord::default() };
        match step {
            Put | PutMarker | PutNull | PutNullMarker => put(cx, tx, bucket, "k", &mut record).await.map(drop),
            Insert(order) | InsertMarker(order) | InsertNull(order) => {
                record.order = order;
                record.version = if matches!(step, InsertNull(_)) { "".into() } else { "0123456789abcdef".into() };
                match change(tx, bucket, "k", Some(&Named::of(&record))).await? {
                    Some((_, found)) if found.order == order => Ok(()),
                    _ => insert(cx, tx, bucket, "k", &record).await,
                }
            }
            Remove(_) => match &removed {
                Some(named) => remove(cx, tx, bucket, "k", named, |_| Ok(())).await.map(drop),
                None => Ok(()),
            },
        }
    });
    assert!(done.await.is_ok(), "{step:?}");
    if null {
        version(cx, BucketVersioningStatus::Enabled).await;
    }
}

/// The object, and what is below.
async fn all(snapshot: &dyn Snapshot, bucket: &Bucket) -> Vec<ObjectRecord> {
    let object = snapshot.record::<ObjectRecord>(&bucket.keys.object("k")).await.unwrap();
    let below = snapshot.below(&bucket.keys.versions_of("k")).await.unwrap();
    object.into_iter().chain(below.iter().map(|row| ObjectRecord::read(&row.value).unwrap())).collect()
}

async fn check(snapshot: &dyn Snapshot, bucket: &Bucket) {
    let object = snapshot.record::<ObjectRecord>(&bucket.keys.object("k")).await.unwrap();
    let all = all(snapshot, bucket).await;
    assert!(all.is_sorted_by(|a, b| a.order > b.order), "the object is not the newest");
    match (&object, all.first()) {
        (None, Some(newest)) => assert!(newest.delete_marker, "nothing is current"),
        (Some(object), _) => assert!(!object.delete_marker),
        _ => {}
    }
    let nulls: Vec<u64> = all.iter().filter(|found| found.version.is_empty()).map(|found| found.order).collect();
    assert!(nulls.len() <= 1, "several null versions");
    let below = nulls.first().copied().filter(|order| object.as_ref().is_none_or(|object| object.order != *order));
    let known = snapshot.bytes(&bucket.keys.null("k")).await.unwrap().map(|order| number(&order));
    assert_eq!(known, below, "where the null version is");
}

/// Polls them in turn until all have ended.
async fn together(mut steps: Vec<Pin<Box<dyn Future<Output = ()>>>>) {
    poll_fn(|cx| {
        steps.retain_mut(|step| step.as_mut().poll(cx).is_pending());
        if steps.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await
}

/// Takes the steps `before` one after the other, then the others at once.
fn meet(seed: u64, before: &'static [Step], at_once: &'static [Step]) {
    let mut cloud = Cloud::interleaved(&[&crate::SERVICE], seed);
    let cx = Cx::background(cloud.kernel(), &s3_api::MODEL, AccountId(0), Region::DEFAULT);
    let cx = cx.acting(Caller::root(AccountId(0), ""), Region::DEFAULT, None);
    cloud.run(async move {
        let input = CreateBucketInput { bucket: "bkt".to_owned(), ..Default::default() };
        create_bucket(cx.clone(), input).await.unwrap();
        version(&cx, BucketVersioningStatus::Enabled).await;
        let bucket = Rc::new(Bucket::lookup(&cx, "bkt").await.unwrap().unwrap());
        for step in before {
            take(&cx, &bucket, *step).await;
            check(&*cx.read(), &bucket).await;
        }
        let start = |step: &Step| {
            let (cx, bucket, step) = (cx.clone(), bucket.clone(), *step);
            let step: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move { take(&cx, &bucket, step).await });
            step
        };
        together(at_once.iter().map(start).collect()).await;
        check(&*cx.read(), &bucket).await;
    });
}

#[test]
fn nothing_comes_below_what_it_follows() {
    let table: &[(&[Step], &[Step])] = &[
        // A put whose order is older than a delete marker's that is committed before it.
        (&[], &[Put, PutMarker]),
        (&[PutMarker], &[Put, PutMarker, Put]),
        (&[PutNullMarker], &[Put, PutMarker, Put]),
        // A replica comes between the newest and the one that is to move up.
        (&[Insert(5), InsertMarker(20)], &[Insert(10), Remove(0)]),
        (&[Insert(5), Insert(20)], &[Insert(10), Remove(0)]),
        (&[InsertMarker(20)], &[Insert(10), Remove(0)]),
        (&[Insert(20)], &[Insert(10), Remove(0)]),
        (&[InsertMarker(5), InsertMarker(20)], &[Insert(10), Remove(0)]),
        (&[Insert(5), InsertMarker(20)], &[InsertMarker(10), Remove(0), Put]),
        (&[InsertMarker(20)], &[Insert(10), Remove(0), PutMarker]),
    ];
    for (before, at_once) in table {
        for seed in 0..100 {
            meet(seed, before, at_once);
        }
    }
}

#[test]
fn a_null_replica_replaces_the_null_delete_marker_that_hid_the_others() {
    let table: &[&[Step]] = &[
        &[Insert(5), PutNullMarker, InsertNull(10)],
        &[Insert(20), PutNullMarker, InsertNull(10)],
        &[InsertMarker(20), PutNullMarker, InsertNull(10)],
        &[Insert(20), PutNull, InsertNull(10)],
        &[PutNullMarker, InsertNull(10)],
        &[PutNullMarker, PutMarker, InsertNull(10)],
        &[PutNullMarker, Put, InsertNull(10), Remove(0)],
    ];
    for steps in table {
        meet(1, steps, &[]);
    }
}
