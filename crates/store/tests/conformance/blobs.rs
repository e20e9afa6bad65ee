//! Blobs: stored whole, read in parts, deleted at leisure, swept when forgotten.

use crate::support::*;
use bytes::Bytes;
use kernel::store::{BlobId, BlobRef, Op};
use std::time::{Duration, SystemTime};

#[test]
fn a_blob_is_read_in_parts() {
    for mut store in everywhere() {
        let id = BlobId(0xabcd << 100);
        let parts: Vec<Bytes> = vec![vec![1; 1_000_000].into(), Bytes::new(), vec![2; 1_000_000].into()];
        let done = wait(store.store().blobs.put(id, &parts)).unwrap();
        assert_eq!((done.id, done.len), (id, 2_000_000));
        if store.is_durable() {
            store.reopen();
        }
        let read = |from, to| wait(store.store().blobs.read(id, from, to)).unwrap().unwrap();
        assert_eq!(read(0, 10), vec![1; 10]);
        assert_eq!(read(999_999, 1_000_001), vec![1, 2]);
        assert_eq!(read(1_999_990, 9_999_999), vec![2; 10]);
        assert_eq!(read(5_000_000, 5_000_010), vec![]);
        assert_eq!(read(10, 5), vec![]);
        assert_eq!(read(0, u64::MAX).len(), 1024 * 1024, "a call gives at most 1 MiB");
        assert_eq!(wait(store.store().blobs.read(BlobId(7), 0, 1)).unwrap(), None);
    }
}

#[test]
fn a_deleted_blob_goes() {
    for store in everywhere() {
        let blobs = &store.store().blobs;
        wait(blobs.put(BlobId(1), &["x".into()])).unwrap();
        blobs.delete(BlobId(1));
        while wait(blobs.read(BlobId(1), 0, 1)).unwrap().is_some() {
            std::thread::yield_now();
        }
    }
}

#[test]
fn orphans_are_swept_when_they_are_an_hour_old() {
    for mut store in everywhere().into_iter().filter(|store| store.is_durable()) {
        for n in [1, 2, 3] {
            wait(store.store().blobs.put(BlobId(n << 120), &["x".into()])).unwrap();
        }
        commit(store.engine(), vec![Op::Put(BlobId(1 << 120).key(), Bytes::new())]).unwrap();
        let data = store.options.data.clone().unwrap();
        for n in [1u128, 2] {
            let path = data.join(format!("blobs/0{n}/00/{:032x}", n << 120));
            let file = std::fs::File::options().append(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(3_700)).unwrap();
        }
        store.reopen();
        let read = |store: &Subject, n: u128| wait(store.store().blobs.read(BlobId(n << 120), 0, 1)).unwrap().is_some();
        while read(&store, 2) {
            std::thread::yield_now();
        }
        // Jobs come one after the other: when this one is done, the sweep is.
        wait(store.store().snapshots.save("after", 0, false)).unwrap();
        assert!(read(&store, 1) && read(&store, 3), "{}", store.name);
    }
}

#[test]
fn a_blob_is_written_in_pieces_and_copied() {
    for store in everywhere() {
        let blobs = &store.store().blobs;
        let mut writer = wait(blobs.create(BlobId(1))).unwrap();
        for piece in ["one", "", " two"] {
            wait(writer.write(piece.into())).unwrap();
        }
        assert_eq!(wait(blobs.read(BlobId(1), 0, 9)).unwrap(), None, "not before it is finished");
        assert_eq!(wait(writer.finish()).unwrap(), BlobRef { id: BlobId(1), len: 7 });
        assert!(wait(blobs.copy(BlobId(1), BlobId(2 << 120))).unwrap());
        assert!(!wait(blobs.copy(BlobId(3), BlobId(4))).unwrap());
        let open = wait(blobs.open(BlobId(1))).unwrap().unwrap();
        blobs.delete(BlobId(1));
        while wait(blobs.read(BlobId(1), 0, 1)).unwrap().is_some() {
            std::thread::yield_now();
        }
        assert_eq!(wait(open.read(1, 5)).unwrap(), "ne t");
        assert_eq!(wait(blobs.read(BlobId(2 << 120), 0, 100)).unwrap().unwrap(), "one two");
    }
}

#[test]
fn a_blob_that_is_given_up_leaves_nothing() {
    for store in everywhere() {
        let blobs = &store.store().blobs;
        let mut writer = wait(blobs.create(BlobId(1))).unwrap();
        wait(writer.write("x".into())).unwrap();
        drop(writer);
        assert_eq!(wait(blobs.read(BlobId(1), 0, 1)).unwrap(), None);
        if let Some(data) = &store.options.data {
            assert_eq!(std::fs::read_dir(data.join("blobs/00/00")).unwrap().count(), 0);
        }
    }
}

#[test]
fn a_copy_of_an_old_blob_is_young() {
    for store in everywhere().into_iter().filter(|store| store.is_durable()) {
        let blobs = &store.store().blobs;
        wait(blobs.put(BlobId(1 << 120), &["x".into()])).unwrap();
        let data = store.options.data.clone().unwrap();
        let path = |n: u128| data.join(format!("blobs/0{n}/00/{:032x}", n << 120));
        let file = std::fs::File::options().append(true).open(path(1)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3_700)).unwrap();
        assert!(wait(blobs.copy(BlobId(1 << 120), BlobId(2 << 120))).unwrap());
        let age = std::fs::metadata(path(2)).unwrap().modified().unwrap().elapsed().unwrap_or_default();
        assert!(age < Duration::from_secs(3_600), "the sweep would take it for an orphan");
    }
}
