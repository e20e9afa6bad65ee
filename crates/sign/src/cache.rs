//! The bounded cache of signing keys.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use crate::claim::Algorithm;
use crate::key::SigningKey;
use crate::scope::Scope;

const SHARDS: usize = 16;

/// Two generations per shard: when the young one is full it becomes the old one, and the old one is dropped. A look-up is
/// one or two probes, and there are never more than `capacity` keys, rounded up to a multiple of 32.
pub(crate) struct Cache {
    shards: [Mutex<Generations>; SHARDS],
    hasher: RandomState,
    per_generation: usize,
}

#[derive(Default)]
struct Generations {
    young: HashMap<u64, Entry>,
    old: HashMap<u64, Entry>,
}

/// The map's key is a hash of the entry's; the entry itself decides, so a collision costs a derivation and nothing else.
struct Entry {
    algorithm: Algorithm,
    credential: Box<str>,
    secret: Box<str>,
    key: Arc<SigningKey>,
}

impl Entry {
    fn is(&self, algorithm: Algorithm, credential: &str, secret: &str) -> bool {
        self.algorithm == algorithm && *self.credential == *credential && *self.secret == *secret
    }
}

impl Cache {
    pub(crate) fn new(capacity: usize) -> Self {
        Cache {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            per_generation: capacity.div_ceil(SHARDS * 2).max(1),
        }
    }

    /// The key of a scope, derived at most once while it stays in the cache.
    pub(crate) fn key(&self, algorithm: Algorithm, scope: &Scope<'_>, secret: &str) -> Arc<SigningKey> {
        // A SigV4a key is the same for all scopes of an access key, and costly; the rest of the scope must not split it.
        let credential = match algorithm {
            Algorithm::HmacSha256 => &*scope.credential,
            Algorithm::EcdsaP256Sha256 => scope.access_key_id(),
        };
        let hash = self.hasher.hash_one((algorithm, credential, secret));
        let shard = &self.shards[hash as usize % SHARDS];

        let mut generations = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = generations.young.get(&hash).filter(|e| e.is(algorithm, credential, secret)) {
            return entry.key.clone();
        }
        let entry = generations.old.remove(&hash).filter(|e| e.is(algorithm, credential, secret));
        drop(generations);
        let entry = entry.unwrap_or_else(|| Entry {
            algorithm,
            credential: credential.into(),
            secret: secret.into(),
            key: Arc::new(SigningKey::derive(algorithm, scope, secret)),
        });
        let key = entry.key.clone();
        let mut generations = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.young.len() >= self.per_generation {
            generations.old = mem::take(&mut generations.young);
        }
        generations.young.insert(hash, entry);
        key
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|s| s.lock().unwrap()).map(|g| g.young.len() + g.old.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_bounded_and_keeps_what_is_used() {
        let cache = Cache::new(64);
        let hot = Scope::read("HOT/20150830/us-east-1/s3/aws4_request".into(), Algorithm::HmacSha256, false).unwrap();
        let first = cache.key(Algorithm::HmacSha256, &hot, "secret");
        for n in 0..1000 {
            let credential = format!("K{n}/20150830/us-east-1/s3/aws4_request");
            let scope = Scope::read(credential.into(), Algorithm::HmacSha256, false).unwrap();
            cache.key(Algorithm::HmacSha256, &scope, "secret");
            assert!(Arc::ptr_eq(&first, &cache.key(Algorithm::HmacSha256, &hot, "secret")));
            assert!(cache.len() <= 64);
        }
        assert!(!Arc::ptr_eq(&first, &cache.key(Algorithm::HmacSha256, &hot, "another secret")));
    }
}
