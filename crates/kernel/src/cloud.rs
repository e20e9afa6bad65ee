//! The cloud: the services and everything they share.

use crate::{
    Clock, Ids, Wakes,
    audit::Audit,
    authorise::{Decided, Decisions},
    credentials::AuthMode,
    feed::Feed,
    identity::Identity,
    meter::Meter,
    service::{Route, Service},
    store::{After, Blobs, Commit, Committed, Engine, Snapshots, StoreError, Txn},
    timers::Timer,
    turn::Turn,
    used::Used,
    vault::{RootKey, Vault},
    web::Web,
};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};
use wire::{Fault, Model, Operation};

/// Woken after each flush, successful or not.
pub(crate) const FLUSH_TOPIC: &str = "sys/flush";

/// What a cloud is made of.
pub struct Parts {
    pub engine: Arc<dyn Engine>,
    pub blobs: Arc<dyn Blobs>,
    pub snapshots: Arc<dyn Snapshots>,
    /// Of the data directory: what secrets at rest are sealed under.
    pub root_key: RootKey,
    /// What services would keep as it is, they keep encrypted under the root key.
    pub encrypts: bool,
    pub clock: Clock,
    pub ids: Ids,
    pub auth: AuthMode,
    pub identity: Arc<dyn Identity>,
    pub web: Arc<dyn Web>,
    /// Where background work says the cloud is: `http://localhost:4566`.
    pub endpoint: String,
}

pub struct Cloud {
    parts: Parts,
    services: HashMap<&'static str, Loaded>,
    wakes: Wakes,
    pub(crate) meter: Meter,
    pub(crate) audit: Audit,
    pub(crate) feed: Arc<Feed>,
    pub(crate) decisions: Decisions,
    pub(crate) used: Used,
    /// Of whoever runs timers, changes the clock or exchanges the state: one at a time.
    pub(crate) clock_turn: Turn,
    /// Left to do by commits whose callers went away.
    unanswered: Mutex<After>,
    /// Services' own caches, by type.
    caches: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

struct Loaded {
    service: &'static Service,
    routes: HashMap<&'static str, Route>,
}

impl Cloud {
    pub fn new(parts: Parts, services: &[&'static Service]) -> Arc<Cloud> {
        let load = |service: &'static Service| {
            let routes = (service.operations)().into_iter().map(|route| (route.operation.name, route)).collect();
            (service.model.name, Loaded { service, routes })
        };
        Arc::new(Cloud {
            parts,
            services: services.iter().map(|service| load(service)).collect(),
            wakes: Wakes::default(),
            meter: Meter::default(),
            audit: Audit::default(),
            feed: Arc::default(),
            decisions: Decisions::default(),
            used: Used::default(),
            clock_turn: Turn::default(),
            unanswered: Mutex::default(),
            caches: Mutex::default(),
        })
    }

    pub fn engine(&self) -> &dyn Engine {
        &*self.parts.engine
    }

    pub fn blobs(&self) -> &dyn Blobs {
        &*self.parts.blobs
    }

    pub fn snapshots(&self) -> &dyn Snapshots {
        &*self.parts.snapshots
    }

    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    pub fn ids(&self) -> &Ids {
        &self.parts.ids
    }

    /// Seals secrets before they are stored.
    pub fn vault(&self) -> Vault<'_> {
        Vault { root: &self.parts.root_key, ids: &self.parts.ids }
    }

    pub fn auth(&self) -> AuthMode {
        self.parts.auth
    }

    pub fn identity(&self) -> &dyn Identity {
        &*self.parts.identity
    }

    pub fn web(&self) -> &dyn Web {
        &*self.parts.web
    }

    /// Whether bytes that nobody asked to be encrypted are encrypted all the same, under the root key.
    pub fn encrypts(&self) -> bool {
        self.parts.encrypts
    }

    /// What was decided lately for a request; nothing of the root user within its account.
    pub fn decisions(&self, request_id: &str) -> Vec<Decided> {
        self.decisions.of(request_id)
    }

    pub fn used(&self) -> &Used {
        &self.used
    }

    pub fn endpoint(&self) -> &str {
        &self.parts.endpoint
    }

    pub fn wakes(&self) -> &Wakes {
        &self.wakes
    }

    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    pub fn service(&self, name: &str) -> Option<&'static Service> {
        self.services.get(name).map(|loaded| loaded.service)
    }

    pub fn model(&self, name: &str) -> Option<&'static Model> {
        self.service(name).map(|service| service.model)
    }

    pub fn models(&self) -> impl Iterator<Item = &'static Model> {
        self.services.values().map(|loaded| loaded.service.model)
    }

    pub fn route(&self, service: &str, operation: &str) -> Option<&Route> {
        self.services.get(service)?.routes.get(operation)
    }

    /// The operations that a service has.
    pub fn operations(&self, service: &str) -> impl Iterator<Item = &'static Operation> {
        self.services.get(service).into_iter().flat_map(|loaded| loaded.routes.values().map(|route| route.operation))
    }

    pub(crate) fn timer(&self, service: &str, kind: &str) -> Option<&'static Timer> {
        let own = self.service(service)?.timers.iter().find(|timer| timer.kind == kind);
        own.or_else(|| (kind == crate::deliver::TIMER.kind).then_some(&crate::deliver::TIMER))
    }

    /// Whether CloudTrail has the operation as a data event; of the service that is this principal.
    pub(crate) fn is_data_event(&self, principal: &str, operation: &str) -> bool {
        let services = self.services.values().map(|loaded| loaded.service);
        let mut same = services.filter(|service| service.model.principal == principal);
        same.any(|service| service.data_events.contains(&operation))
    }

    /// The service's cache of this type; empty at first. Caches hold nothing that the store does not.
    pub fn cache<T: Default + Any + Send + Sync>(&self) -> Arc<T> {
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = caches.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        drop(caches);
        cache.downcast().unwrap_or_default()
    }

    /// Commits a transaction and does what it asked to be done afterwards; where the caller goes away meanwhile, the next
    /// flush does it.
    pub async fn commit(&self, txn: Txn) -> Result<Committed, StoreError> {
        let (commit, after) = txn.finish();
        // One that only checks goes to the engine too: what it read may not be published yet, and must not be answered
        // before it is.
        if commit.ops.is_empty() && commit.checks.is_empty() {
            self.follow_up(after);
            return Ok(Committed::default());
        }
        self.used.bar(&after.forgotten);
        let answer = self.engine().commit(commit);
        let mut unanswered = Unanswered { cloud: self, after };
        let committed = answer.await;
        let after = std::mem::take(&mut unanswered.after);
        match committed {
            Ok(_) => self.follow_up(after),
            Err(_) => self.used.readmit(&after.forgotten),
        }
        committed
    }

    fn follow_up(&self, after: After) {
        for blob in after.dropped_blobs {
            self.blobs().delete(blob);
        }
        for topic in after.wakes {
            self.wakes.wake(&topic);
        }
    }

    /// Does what commits asked for whose callers went away before they were answered.
    pub(crate) async fn follow_up_unanswered(&self) -> Result<(), StoreError> {
        let left = std::mem::take(&mut *self.unanswered.lock().unwrap_or_else(PoisonError::into_inner));
        if left.is_empty() {
            return Ok(());
        }
        // Answered once all that was applied before is published, or rolled back.
        let published = self.engine().commit(Commit::default()).await;
        let snapshot = self.engine().snapshot();
        for topic in &left.wakes {
            self.wakes.wake(topic);
        }
        if let Err(error) = published {
            self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).dropped_blobs.extend(left.dropped_blobs);
            return Err(error);
        }
        for blob in left.dropped_blobs {
            // A commit that failed has left its row; a blob whose row cannot be read is kept.
            if matches!(snapshot.get(&blob.key()).await, Ok(None)) {
                self.blobs().delete(blob);
            }
        }
        Ok(())
    }

    /// Restore or reset: exchanges the whole state while no timer runs and the clock does not change, forgets caches, takes
    /// up the stored clock and wakes everyone who waits, whatever for. Must not be dropped half-way.
    pub async fn exchange(&self, exchange: impl Future<Output = Result<(), StoreError>>) -> Result<(), StoreError> {
        let _turn = self.clock_turn.take().await;
        exchange.await?;
        self.caches.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.forget_audit();
        self.used.clear();
        let taken_up = self.load_clock().await;
        self.wakes.wake_all();
        taken_up
    }

    /// Reports what went wrong where no caller is there to be told.
    pub fn note_background_failure(&self, what: &str, fault: &Fault) {
        self.note(&format!("{what}: {fault}"));
    }

    /// A remark in the live feed.
    pub(crate) fn note(&self, text: &str) {
        self.feed.note(text);
        self.wakes.wake(crate::feed::TOPIC);
    }
}

/// A commit in the engine's hands. Dropped before its answer, it leaves what was to be done afterwards to the next flush:
/// the commit stands, whoever waits for it.
struct Unanswered<'a> {
    cloud: &'a Cloud,
    after: After,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if !self.after.is_empty() {
            let mut left = self.cloud.unanswered.lock().unwrap_or_else(PoisonError::into_inner);
            left.dropped_blobs.append(&mut self.after.dropped_blobs);
            left.wakes.append(&mut self.after.wakes);
        }
    }
}
