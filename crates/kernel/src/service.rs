//! A service's one table: its operations and everything else the cloud calls it for.

use crate::{Cx, authorise::Target, timers::Timer};
use std::{future::Future, pin::Pin, sync::Arc};
use wire::{Fault, Input, Model, Operation, Shape};

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
    /// The service checks its values itself, and takes what is missing as empty, as SQS does; otherwise every value that
    /// breaks the model's constraints is a violation.
    pub judges_values: bool,
    /// The largest body of a request, in bytes.
    pub max_body: usize,
}

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
pub fn route<I: Input, F>(handler: impl Fn(Cx, I) -> F + Send + Sync + 'static) -> Route
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
            let call = handler(cx, *input);
            Box::pin(async move { Ok(Box::new(call.await?) as Box<dyn Shape>) })
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
