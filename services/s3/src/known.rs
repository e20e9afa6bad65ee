//! Buckets with their configurations, as calls have found them; each good for one version of its row.

use crate::{bucket::Bucket, logging};
use kernel::Cx;
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// By name; those that are logged also by the access points that they were reached through, as requests name them.
#[derive(Default)]
pub struct Known {
    buckets: Mutex<HashMap<String, Bucket>>,
    /// Some bucket's requests are logged, or were.
    logged: AtomicBool,
}

/// More buckets than this in use at once are read again.
const KNOWN: usize = 1_024;

impl Known {
    pub fn get(&self, name: &str) -> Option<Bucket> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub fn keep(&self, name: &str, bucket: &Bucket) {
        if bucket.configuration.has(logging::NAME) {
            self.logged.store(true, Relaxed);
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KNOWN {
            buckets.clear();
        }
        buckets.insert(name.to_owned(), bucket.clone());
    }
}

/// A bucket that a call has found not long ago, as it was then, if its requests are logged.
pub fn logged(cx: &Cx, name: &str) -> Option<Bucket> {
    cx.cloud().cache::<Known>().get(name).filter(|bucket| bucket.configuration.has(logging::NAME))
}

/// Whether there may be a bucket whose requests are logged.
pub fn any_logged(cx: &Cx) -> bool {
    cx.cloud().cache::<Known>().logged.load(Relaxed)
}
