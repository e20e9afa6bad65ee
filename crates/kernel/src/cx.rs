//! The call context: who calls, where, and everything a handler may use.

use crate::{
    AccountId, Arn, Caller, Cloud, Region, pipeline,
    service::Result,
    store::{Committed, Key, Snapshot, StoreError, Txn},
};
use std::{any::Any, cell::RefCell, net::IpAddr, rc::Rc, sync::Arc};
use wire::{Fault, Input, Model, Protocol, Timestamp, common};

/// Cheap to clone; belongs to one call and one thread.
#[derive(Clone)]
pub struct Cx(Rc<Inner>);

struct Inner {
    cloud: Arc<Cloud>,
    model: &'static Model,
    account: AccountId,
    region: Region,
    caller: Caller,
    request: Request,
    /// The services that called, outermost first, each as its principal; empty for a client's own call.
    via: Vec<&'static str>,
    kept: RefCell<Option<Box<dyn Any>>>,
}

/// What is known of the HTTP request behind a call.
#[derive(Clone, Debug)]
pub struct Request {
    /// Answered to the client and written to the audit log.
    pub id: String,
    /// What the client speaks; `None` for calls from inside.
    pub protocol: Option<Protocol>,
    /// `http://host:port` as the client addressed it.
    pub endpoint: String,
    pub source_ip: Option<IpAddr>,
    pub user_agent: String,
    /// The page that a browser says it comes from.
    pub referer: Option<String>,
    pub secure: bool,
}

/// Attempts of a transaction before the caller is told to slow down.
const ATTEMPTS: usize = 8;
/// How deep calls may call: a loop of services ends with an error, not with a full stack.
const MAX_DEPTH: usize = 16;

impl Cx {
    pub fn new(
        cloud: &Arc<Cloud>,
        model: &'static Model,
        account: AccountId,
        region: Region,
        caller: Caller,
        request: Request,
    ) -> Cx {
        Cx(Rc::new(Inner {
            cloud: cloud.clone(),
            model,
            account,
            region,
            caller,
            request,
            via: Vec::new(),
            kept: RefCell::default(),
        }))
    }

    /// The context of a service's own work: timers, reconcilers.
    pub fn background(cloud: &Arc<Cloud>, model: &'static Model, account: AccountId, region: Region) -> Cx {
        let kind = crate::CallerKind::Service {
            principal: model.principal,
            source_arn: String::new(),
            source_account: account,
        };
        let caller = Caller::new(kind, account, "");
        let request = Request {
            id: cloud.ids().uuid(),
            protocol: None,
            endpoint: cloud.endpoint().to_owned(),
            source_ip: None,
            user_agent: model.principal.to_owned(),
            referer: None,
            secure: false,
        };
        Cx::new(cloud, model, account, region, caller, request)
    }

    pub fn cloud(&self) -> &Arc<Cloud> {
        &self.0.cloud
    }

    /// The folder's name of the service that is running.
    pub fn service(&self) -> &'static str {
        self.0.model.name
    }

    pub fn model(&self) -> &'static Model {
        self.0.model
    }

    /// The account whose resources the call is about by default: the caller's.
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    pub fn region(&self) -> Region {
        self.0.region
    }

    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// The services through which the call came, outermost first, each as its principal. Empty for a client's own call.
    pub fn via(&self) -> &[&'static str] {
        &self.0.via
    }

    pub fn request(&self) -> &Request {
        &self.0.request
    }

    pub fn now(&self) -> Timestamp {
        self.0.cloud.clock().now()
    }

    /// An ARN of this service, in the call's account and region.
    pub fn arn(&self, resource: &str) -> Arn {
        Arn::new(self.service(), self.region(), self.account(), resource)
    }

    /// Where the running service keeps its state for an account and region.
    pub fn key_of(&self, account: AccountId, region: Region) -> Key {
        Key::new().number(account.0).text(region.as_str()).text(self.service())
    }

    /// `key_of` the call's account and region.
    pub fn key(&self) -> Key {
        self.key_of(self.account(), self.region())
    }

    /// Leaves what finding the call's target found to the handler, so that it is not looked up twice.
    pub fn keep(&self, found: impl Any) {
        *self.0.kept.borrow_mut() = Some(Box::new(found));
    }

    /// What was kept, once: who asks again looks up again.
    pub fn kept<T: Any>(&self) -> Option<T> {
        let kept = self.0.kept.borrow_mut().take()?;
        kept.downcast().ok().map(|kept| *kept)
    }

    /// A consistent view of the store as of now.
    pub fn read(&self) -> Box<dyn Snapshot> {
        self.0.cloud.engine().snapshot()
    }

    /// Runs `attempt` as one transaction, again if another commit came between. Its effects outside of `tx` must bear
    /// repeating.
    pub async fn write<R>(&self, mut attempt: impl AsyncFnMut(&mut Txn) -> Result<R>) -> Result<R> {
        for _ in 0..ATTEMPTS {
            let mut txn = Txn::begin(self.0.cloud.engine());
            let result = attempt(&mut txn).await?;
            match self.0.cloud.commit(txn).await {
                Ok(Committed { .. }) => return Ok(result),
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        Err(common::throttling("Too many concurrent changes of the same resource. Please retry."))
    }

    /// Hints to everyone who waits under this topic (usually a resource's ARN) that something changed.
    pub fn wake(&self, topic: &str) {
        self.0.cloud.wakes().wake(topic);
    }

    /// Calls an operation of any service, as this call's caller, through the same pipeline as the network.
    pub async fn call<I: Input>(&self, input: I) -> Result<I::Output> {
        let Inner { cloud, model, account, region, caller, request, via, .. } = &*self.0;
        if via.len() >= MAX_DEPTH {
            return Err(common::internal_failure(format!("calls are nested deeper than {MAX_DEPTH}")));
        }
        let route = cloud
            .route(I::OPERATION.model.name, I::OPERATION.name)
            .ok_or_else(|| common::not_implemented(format!("{} is not part of this cloud", I::OPERATION.name)))?;
        let cx = Cx(Rc::new(Inner {
            cloud: cloud.clone(),
            model: I::OPERATION.model,
            account: *account,
            region: *region,
            caller: caller.clone(),
            request: request.clone(),
            via: [via.as_slice(), &[model.principal]].concat(),
            kept: RefCell::default(),
        }));
        let output: Box<dyn Any> = pipeline::run(cx, route, Box::new(input), Vec::new()).await?;
        match output.downcast::<I::Output>() {
            Ok(output) => Ok(*output),
            Err(_) => Err(common::internal_failure("output of another operation")),
        }
    }
}

/// The fault of a call that the store could not serve.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::Conflict => common::throttling("The resource is being changed. Please retry."),
            StoreError::TooLarge(what) => common::request_entity_too_large(format!("{what} is too large to be stored")),
            StoreError::Refused(why) => common::validation(why),
            StoreError::SnapshotTooOld | StoreError::Unavailable(_) => common::service_unavailable(error.to_string()),
        }
    }
}
