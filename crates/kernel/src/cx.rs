//! The call context: who calls, where, and everything a handler may use.

use crate::{
    AccountId, Arn, Caller, Cloud, Region, pipeline,
    service::Result,
    store::{Committed, Key, Snapshot, StoreError, Txn},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::{
    any::Any,
    cell::{Cell, RefCell},
    net::IpAddr,
    rc::Rc,
    sync::Arc,
};
use wire::{Fault, Input, Model, Operation, Protocol, Timestamp, common};

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
    operation: Cell<Option<&'static Operation>>,
    kept: RefCell<Option<Box<dyn Any>>>,
    extras: RefCell<Extras>,
}

/// What an answer has beside what its operation's output says.
#[derive(Debug, Default)]
pub struct Extras {
    pub status: Option<StatusCode>,
    pub headers: HeaderMap,
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
    pub secure: bool,
    /// The request's head, where the client's own words count; `None` for calls from inside.
    pub head: Option<Rc<http::request::Parts>>,
    /// The request's body, what its digests are of; `None` where it streams, or there was no request.
    pub body: Option<Bytes>,
    /// How the request was signed, if it was.
    pub signed: Option<Signed>,
}

/// How a request was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The instant that the signature names, on the cloud's clock.
    pub at: Timestamp,
    pub place: SignedIn,
}

/// Where a signature was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedIn {
    Header,
    /// A presigned URL.
    Query,
    /// A browser's form.
    Form,
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
            operation: Cell::default(),
            kept: RefCell::default(),
            extras: RefCell::default(),
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
            secure: true, // As between AWS's own services: policies that want TLS let them in.
            head: None,
            body: None,
            signed: None,
        };
        Cx::new(cloud, model, account, region, caller, request)
    }

    /// This call by somebody else: whom a page's form was signed by, or a role that a service was given.
    #[must_use]
    pub fn acting(&self, caller: Caller, region: Region, signed: Option<Signed>) -> Cx {
        let Inner { cloud, model, request, via, .. } = &*self.0;
        Cx(Rc::new(Inner {
            cloud: cloud.clone(),
            model,
            account: caller.account,
            region,
            caller,
            request: Request { signed, ..request.clone() },
            via: via.clone(),
            operation: Cell::default(),
            kept: RefCell::default(),
            extras: RefCell::default(),
        }))
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

    /// Answers with another status than the operation's: 206 for a part of an object.
    pub fn answer_status(&self, status: StatusCode) {
        self.0.extras.borrow_mut().status = Some(status);
    }

    /// Adds a header to the answer, be it a success or a fault.
    pub fn answer_header(&self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.extras.borrow_mut().headers.insert(name, value);
        }
    }

    /// What was added to the answer, once.
    pub fn extras(&self) -> Extras {
        self.0.extras.take()
    }

    /// A header of the client's request, if it is text.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.request().head.as_ref()?.headers.get(name)?.to_str().ok()
    }

    /// A consistent view of the store as of now.
    pub fn read(&self) -> Box<dyn Snapshot> {
        self.0.cloud.engine().snapshot()
    }

    /// Runs `attempt` as one transaction, again if another commit came between. Its effects outside of `tx` must bear
    /// repeating. What is never done in time is refused, by the operation's own ConcurrentModification if it has one.
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
        let message = "Too many concurrent changes of the same resource. Please retry.";
        let errors = self.0.operation.get().map_or(&[][..], |operation| operation.errors);
        match errors.iter().find(|kind| kind.name.starts_with("ConcurrentModification")) {
            Some(kind) => Err(kind.fault(message)),
            None => Err(common::throttling(message)),
        }
    }

    /// Which operation the call is of; nobody's work in the background is of any.
    pub(crate) fn runs(&self, operation: &'static Operation) {
        self.0.operation.set(Some(operation));
    }

    /// Hints to everyone who waits under this topic (usually a resource's ARN) that something changed.
    pub fn wake(&self, topic: &str) {
        self.0.cloud.wakes().wake(topic);
    }

    /// Calls an operation of any service, as this call's caller, through the same pipeline as the network.
    pub async fn call<I: Input>(&self, input: I) -> Result<I::Output> {
        let Inner { model, request, via, .. } = &*self.0;
        if via.len() >= MAX_DEPTH {
            return Err(common::internal_failure(format!("calls are nested deeper than {MAX_DEPTH}")));
        }
        let via = [via.as_slice(), &[model.principal]].concat();
        self.enter(input, Request { head: None, body: None, ..request.clone() }, via).await.0
    }

    /// Runs the operation that a page's request, or a delivery, stands for: the caller's own call, whose head counts, with
    /// what its answer has beside its output.
    pub async fn stand_for<I: Input>(&self, input: I) -> (Result<I::Output>, Extras) {
        self.enter(input, self.request().clone(), self.via().to_vec()).await
    }

    async fn enter<I: Input>(&self, input: I, request: Request, via: Vec<&'static str>) -> (Result<I::Output>, Extras) {
        let Inner { cloud, account, region, caller, .. } = &*self.0;
        let route = cloud
            .route(I::OPERATION.model.name, I::OPERATION.name)
            .ok_or_else(|| common::not_implemented(format!("{} is not part of this cloud", I::OPERATION.name)));
        let route = match route {
            Ok(route) => route,
            Err(fault) => return (Err(fault), Extras::default()),
        };
        let cx = Cx(Rc::new(Inner {
            cloud: cloud.clone(),
            model: I::OPERATION.model,
            account: *account,
            region: *region,
            caller: caller.clone(),
            request,
            via,
            operation: Cell::default(),
            kept: RefCell::default(),
            extras: RefCell::default(),
        }));
        let output = pipeline::run(cx.clone(), route, Box::new(input), Vec::new()).await;
        let output = output.and_then(|output| {
            let output: Box<dyn Any> = output;
            let other = |_| common::internal_failure("output of another operation");
            output.downcast::<I::Output>().map(|output| *output).map_err(other)
        });
        (output, cx.extras())
    }
}

/// The fault of a call that the store could not serve.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::Conflict => common::throttling("The resource is being changed. Please retry."),
            StoreError::TooLarge(what) => common::request_entity_too_large(format!("{what} is too large to be stored")),
            StoreError::Refused(why) => common::validation(why),
            StoreError::Damaged => common::internal_failure(error.to_string()),
            StoreError::SnapshotTooOld | StoreError::Unavailable(_) => common::service_unavailable(error.to_string()),
        }
    }
}
