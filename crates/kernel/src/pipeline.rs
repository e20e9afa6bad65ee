//! The one way every call takes, from the network and from inside: validate, authorise, handle, meter, audit.

use crate::{
    Cx, authorise,
    guarded::guarded,
    service::{Result, Route},
};
use wire::{Constraint, Shape, View, Violation};

/// Runs a call. `violations` are what the decoder found already.
pub async fn run(cx: Cx, route: &Route, input: Box<dyn Shape>, violations: Vec<Violation>) -> Result<Box<dyn Shape>> {
    let operation = route.operation;
    let cloud = cx.cloud().clone();
    let hidden = cloud.service(operation.model.name).map_or(&[][..], |service| service.hidden);
    let mut parameters = String::new();
    let result = guarded(async {
        parameters = crate::audit::parameters(&*input, hidden);
        stages(&cx, route, input, violations).await
    })
    .await;
    let fault = result.as_ref().err();
    cloud.meter.count(cx.account(), cx.region(), operation, fault.is_some());
    cloud.audit.note(&cx, operation, &parameters, fault);
    result
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
