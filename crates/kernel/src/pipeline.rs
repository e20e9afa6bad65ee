//! The one way every call takes, from the network and from inside: validate, authorise, handle, meter, audit.

use crate::{
    Cx, authorise,
    guarded::guarded,
    service::{Result, Route},
};
use wire::{Constraint, ErrorKind, Fault, Operation, Shape, View, Violation};

/// Runs a call. `violations` are what the decoder found already.
pub async fn run(cx: Cx, route: &Route, input: Box<dyn Shape>, violations: Vec<Violation>) -> Result<Box<dyn Shape>> {
    let operation = route.operation;
    cx.runs(operation);
    let cloud = cx.cloud().clone();
    let hidden = cloud.service(operation.model.name).map_or(&[][..], |service| service.hidden);
    let mut call = Call { cx: &cx, operation, parameters: String::new(), noted: false };
    let result = guarded(async {
        call.parameters = crate::audit::parameters(&*input, hidden);
        stages(&cx, route, input, violations).await
    })
    .await;
    call.note(result.as_ref().err());
    result
}

/// A call on its way to the meter and the audit log. It gets there even if it is dropped half-way, because its client
/// went away: what it had committed by then stands.
struct Call<'a> {
    cx: &'a Cx,
    operation: &'static Operation,
    parameters: String,
    noted: bool,
}

/// Never sent, as nobody is there to read it; the audit log shows it. The status is what proxies write in their logs.
static CLIENT_CLOSED: ErrorKind = ErrorKind {
    name: "ClientClosedConnection",
    code: "ClientClosedConnection",
    status: 499,
    sender: true,
    message: "message",
};

impl Call<'_> {
    fn note(&mut self, fault: Option<&Fault>) {
        let Call { cx, operation, parameters, noted } = self;
        *noted = true;
        cx.cloud().meter.count(cx.account(), cx.region(), operation, fault.is_some());
        cx.cloud().audit.note(cx, operation, parameters, fault);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.noted {
            self.note(Some(&CLIENT_CLOSED.fault("The client closed the connection before it was answered.")));
        }
    }
}

async fn stages(
    cx: &Cx,
    route: &Route,
    input: Box<dyn Shape>,
    mut violations: Vec<Violation>,
) -> Result<Box<dyn Shape>> {
    wire::check(&*input, None, &mut violations);
    let service = cx.cloud().service(route.operation.model.name);
    if service.is_some_and(|service| service.judges_values) {
        violations.retain(|violation| is_missing_number(&*input, violation));
    }
    if !violations.is_empty() {
        let protocol = cx.request().protocol.unwrap_or(route.operation.model.protocols[0]);
        return Err(route.operation.model.style.fault(protocol, &violations));
    }
    authorise::authorise(cx, route.operation, &*input).await?;
    route.run(cx.clone(), input).await
}

/// Whether a number is missing at the input's top. Text and lists that are missing are empty there; of a number, its
/// handler cannot see it.
fn is_missing_number(input: &dyn Shape, violation: &Violation) -> bool {
    let member = || input.schema().index(&violation.path).map(|index| input.get(index));
    violation.constraint == Constraint::Required && matches!(member(), Some(View::Int(_)))
}
