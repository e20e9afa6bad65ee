//! A service's one table: its operations and everything else the cloud calls it for.

use crate::{Cloud, Cx, authorise::Target, deliver::Delivery, store::StoreError, timers::Timer};
use http::{HeaderMap, Response, request::Parts};
use std::{future::Future, pin::Pin, sync::Arc};
use wire::{Body, Fault, Input, Model, Operation, Shape, Timestamp};

/// What a call answers.
pub type Result<T> = std::result::Result<T, Fault>;
/// A future of one thread: a call never leaves the thread that took the request.
pub type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

pub struct Service {
    pub model: &'static Model,
    pub operations: fn() -> Vec<Route>,
    /// Finds what an operation acts on, where the generated template cannot: the resource's ARN and policy.
    pub target: FindTarget,
    /// What runs when a durable timer of the service is due.
    pub timers: &'static [Timer],
    /// Input members that CloudTrail hides beside the sensitive ones.
    pub hidden: &'static [&'static str],
    /// Operations that CloudTrail has as data events; all others are management events.
    pub data_events: &'static [&'static str],
    /// The input member that the URL of a Query request stands for, where the request leaves it out.
    pub posted_to: Option<&'static str>,
    /// Takes what other services deliver to its resources. The caller is the service that delivers.
    pub accepts: Option<Accept>,
    /// How the service is reached beside its API's paths.
    pub edge: Option<&'static Edge>,
    /// The service checks its values itself, and takes what is missing as empty, as SQS does; otherwise every value that
    /// breaks the model's constraints is a violation.
    pub judges_values: bool,
    /// The largest body of a request, in bytes.
    pub max_body: usize,
}

/// The side of a service that its API's paths do not tell: hosts that stand for its resources, and requests that are no
/// operations (a website's pages, a browser's preflight and its forms).
pub struct Edge {
    /// Whether a request is for the service, and how. It is signed for the service, or for none and names no other.
    pub takes: fn(head: &Parts, signed: bool) -> Option<Way>,
    /// Answers a request that is no operation. Its caller is nobody, until the service finds out who it is.
    pub serve: fn(Cx, Body) -> Local<'static, Response<Body>>,
    /// Whether a web page from elsewhere may make this request. Such pages reach nothing otherwise: everybody knows the keys
    /// that a cloud begins with. The caller is nobody, and what the head says is not verified.
    pub admits: fn(Cx, signed: bool) -> Local<'static, bool>,
    /// What an operation's answer has beside what the operation says, for who asks from a web page.
    pub to_pages: fn(Cx) -> Local<'static, HeaderMap>,
    /// Hears of every operation's answer, before it is sent: a service's own access log.
    pub answered: fn(&Cx, &Answered<'_>),
    /// Writes what was heard to the store; with every flush of the audit log.
    pub flush: fn(&Cloud) -> Local<'_, std::result::Result<(), StoreError>>,
}

impl Edge {
    /// An edge that only tells which requests are for the service.
    pub const fn of(takes: fn(head: &Parts, signed: bool) -> Option<Way>) -> Edge {
        Edge {
            takes,
            serve: |_, _| Box::pin(async { Response::new(Body::Empty) }),
            admits: |_, _| Box::pin(async { false }),
            to_pages: |_| Box::pin(async { HeaderMap::new() }),
            answered: |_, _| {},
            flush: |_| Box::pin(async { Ok(()) }),
        }
    }
}

/// An operation's answer, for [`Edge::answered`].
pub struct Answered<'a> {
    pub operation: &'static Operation,
    pub response: &'a Response<Body>,
    /// The error's code, if it is one.
    pub error: Option<&'a str>,
    /// When the request came.
    pub since: Timestamp,
}

/// How a service takes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// As an operation. The path is another than the request's where the host stands for a part of it.
    Operation { path: Option<String> },
    /// By [`Edge::serve`].
    Page,
}

/// See [`Service::accepts`].
pub type Accept = fn(Cx, Delivery) -> Local<'static, Result<()>>;

/// See [`Service::target`]. What it needs of the input it takes before it waits for anything.
pub type FindTarget = fn(Cx, &'static Operation, &dyn Shape) -> Local<'static, Result<Target>>;

type Run = Arc<dyn Fn(Cx, Box<dyn Shape>) -> Local<'static, Result<Box<dyn Shape>>> + Send + Sync>;

/// An operation and its handler.
pub struct Route {
    pub operation: &'static Operation,
    /// An empty input to decode into.
    pub input: fn() -> Box<dyn Shape>,
    run: Run,
}

/// Binds a handler to its operation. One whose types do not belong together does not compile.
pub fn route<I: Input, F>(handler: impl Fn(Cx, I) -> F + Send + Sync + Copy + 'static) -> Route
where
    F: Future<Output = Result<I::Output>> + 'static,
{
    Route {
        operation: I::OPERATION,
        input: || Box::<I>::default(),
        run: Arc::new(move |cx, input| {
            let input: Box<dyn std::any::Any> = input;
            // `Cloud` pairs inputs with routes by the operation, so the type is always this one.
            let Ok(input) = input.downcast::<I>() else {
                return Box::pin(std::future::ready(Err(wire::common::internal_failure("input of another operation"))));
            };
            // The handler's future is made where it stays: moving it would copy some kilobytes.
            Box::pin(async move { Ok(Box::new(handler(cx, *input).await?) as Box<dyn Shape>) })
        }),
    }
}

/// For services whose generated templates say it all.
pub fn templated_target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    Box::pin(std::future::ready(Ok(crate::authorise::templated(&cx, operation, input))))
}

impl Route {
    pub fn run(&self, cx: Cx, input: Box<dyn Shape>) -> Local<'static, Result<Box<dyn Shape>>> {
        (self.run)(cx, input)
    }
}
