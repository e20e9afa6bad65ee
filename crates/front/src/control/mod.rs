//! The control endpoints under `/_nephele/`: what a user of the cloud, not of AWS, may see and do.

mod clock;
mod feed;
mod guard;
mod identity;
mod snapshots;

use crate::{
    answer::Peer,
    body::{ReadError, read},
};
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use kernel::{Cloud, credentials::AuthMode, meter, store::Key, store::Part, store::Scan, timers};
use std::sync::Arc;
use wire::{Body, Fault, Json, TimeFormat, Timestamp};

pub use guard::Guard;
pub(crate) use guard::is_foreign_page;

pub(crate) const PREFIX: &str = "/_nephele/";
/// No request to a control endpoint is larger.
const MAX_BODY: usize = 64 * 1024;

/// Named values, measured when asked for.
pub type Facts = Arc<dyn Fn() -> Vec<(String, Json)> + Send + Sync>;

/// What `info` tells beside what the cloud knows itself.
#[derive(Clone, Default)]
pub struct Info {
    pub version: String,
    /// Where the state is kept; `None` in memory.
    pub data: Option<String>,
    pub durability: String,
    pub started: Timestamp,
    /// Further facts, as they are when asked for.
    pub facts: Option<Facts>,
    /// Tells the process to end, as SIGTERM does.
    pub stop: Option<fn()>,
}

/// An error of a control endpoint: a status and a sentence.
pub(crate) struct Refusal(pub StatusCode, pub String);

impl Refusal {
    pub(crate) fn bad(message: impl Into<String>) -> Refusal {
        Refusal(StatusCode::BAD_REQUEST, message.into())
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        let status = StatusCode::from_u16(fault.kind().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Refusal(status, fault.message().to_owned())
    }
}

impl From<kernel::store::StoreError> for Refusal {
    fn from(error: kernel::store::StoreError) -> Refusal {
        let status = match error {
            kernel::store::StoreError::Refused(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Refusal(status, error.to_string())
    }
}

pub(crate) type Answer = Result<Json, Refusal>;

/// Whether the request is one for a control endpoint. Those are run to their end even if the client goes away: half of a
/// restore or of an advance is of no use to anyone.
pub(crate) fn is_control<B>(request: &Request<B>) -> bool {
    request.uri().path().starts_with(PREFIX)
}

pub(crate) async fn answer(
    cloud: &Arc<Cloud>,
    guard: &Guard,
    info: &Info,
    peer: Peer,
    parts: &Parts,
    path: &str,
    body: Body,
) -> Response<Body> {
    if let Err(refusal) = guard.admit(peer, parts) {
        return render(Err(refusal));
    }
    let body = match read(body, MAX_BODY).await {
        Ok(body) => body,
        Err(ReadError::TooLarge) => {
            return render(Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large.".to_owned())));
        }
        Err(ReadError::Slow) => return render(Err(Refusal::bad("The request's body did not come."))),
        Err(ReadError::Busy) => {
            return render(Err(Refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many large requests at once.".to_owned(),
            )));
        }
        Err(ReadError::Broken(error)) => return render(Err(Refusal::bad(error.to_string()))),
    };
    if (path, &parts.method) == ("feed", &Method::GET) {
        return feed::stream(cloud);
    }
    let body = match std::str::from_utf8(&body) {
        Ok("") => Ok(Json::Object(Vec::new())),
        Ok(text) => Json::parse(text).map_err(|error| Refusal::bad(format!("The body is not JSON: {error}"))),
        Err(_) => Err(Refusal::bad("The body is not UTF-8.")),
    };
    render(match body {
        Ok(body) => dispatch(cloud, info, &parts.method, path, parts.uri.query().unwrap_or_default(), &body).await,
        Err(refusal) => Err(refusal),
    })
}

async fn dispatch(cloud: &Arc<Cloud>, info: &Info, method: &Method, path: &str, query: &str, body: &Json) -> Answer {
    let segments: Vec<&str> = path.split('/').collect();
    match (method, segments.as_slice()) {
        (&Method::GET, ["health"]) => Ok(health(cloud)),
        (&Method::GET, ["info"]) => Ok(describe(cloud, info)),
        (&Method::POST, ["reset"]) => reset(cloud).await,
        (&Method::POST, ["stop"]) => match info.stop {
            Some(stop) => {
                stop();
                Ok(Json::from([("stopping", true)]))
            }
            None => Err(Refusal(StatusCode::NOT_IMPLEMENTED, "This cloud cannot be stopped from outside.".to_owned())),
        },
        (&Method::GET, ["clock"]) => Ok(clock::show(cloud)),
        (&Method::POST, ["clock"]) => clock::change(cloud, body).await,
        (&Method::GET, ["meter"]) => usage(cloud).await,
        (&Method::GET, ["audit"]) => audit(cloud, query).await,
        (&Method::GET, ["tasks"]) => tasks(cloud).await,
        (&Method::GET, ["coverage"]) => Ok(coverage(cloud)),
        (&Method::GET, ["accounts"]) => identity::accounts(cloud).await,
        (&Method::GET, ["explain", request_id]) => identity::explain(cloud, request_id),
        (&Method::GET, ["suggest"]) => identity::suggest(cloud, query).await,
        (&Method::GET, ["whoami", access_key]) => identity::whoami(cloud, access_key).await,
        (_, ["snapshots", rest @ ..]) => snapshots::dispatch(cloud, method, rest, body).await,
        _ => Err(Refusal(
            StatusCode::NOT_FOUND,
            format!(
                "There is no {method} {PREFIX}{path}. There are: GET health, info, clock, snapshots, feed, meter, audit, \
                 tasks, coverage, accounts, explain/REQUEST-ID, suggest?principal=ARN, whoami/ACCESS-KEY-ID; POST clock, reset, stop, snapshots/NAME, snapshots/NAME/restore; DELETE snapshots/NAME."
            ),
        )),
    }
}

fn render(answer: Answer) -> Response<Body> {
    let (status, json) = match answer {
        Ok(json) => (StatusCode::OK, json),
        Err(Refusal(status, message)) => (status, Json::from([("error", message)])),
    };
    let mut text = json.to_string();
    text.push('\n');
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The services' names, in order.
fn services(cloud: &Cloud) -> Vec<&'static str> {
    let mut names: Vec<_> = cloud.models().map(|model| model.name).collect();
    names.sort_unstable();
    names
}

fn health(cloud: &Cloud) -> Json {
    let services = services(cloud).into_iter().map(|name| (name.to_owned(), Json::from("running"))).collect();
    Json::Object(vec![("status".into(), "ready".into()), ("services".into(), Json::Object(services))])
}

/// What `info` answers.
pub(crate) fn describe(cloud: &Cloud, info: &Info) -> Json {
    let auth = match cloud.auth() {
        AuthMode::Verify => "verify",
        AuthMode::Open => "open",
    };
    let mut members: Vec<(String, Json)> = vec![
        ("version".into(), info.version.clone().into()),
        ("pid".into(), i64::from(std::process::id()).into()),
        ("endpoint".into(), cloud.endpoint().into()),
        ("data".into(), info.data.clone().map_or(Json::Null, Json::from)),
        ("durability".into(), info.durability.clone().into()),
        ("auth".into(), auth.into()),
        ("started".into(), info.started.format(TimeFormat::Iso8601).into()),
        ("uptimeSeconds".into(), ((cloud.clock().wall().0 - info.started.0).max(0) / 1_000_000).into()),
        ("services".into(), Json::List(services(cloud).into_iter().map(Json::from).collect())),
        ("clock".into(), clock::show(cloud)),
    ];
    members.extend(info.facts.as_ref().map(|facts| facts()).unwrap_or_default());
    Json::Object(members)
}

async fn reset(cloud: &Arc<Cloud>) -> Answer {
    cloud.exchange(async { cloud.engine().reset().await }).await?;
    Ok(Json::from([("reset", true)]))
}

async fn usage(cloud: &Cloud) -> Answer {
    let lines = meter::usage(cloud).await?.into_iter().map(|usage| {
        Json::Object(vec![
            ("account".into(), usage.account.to_string().into()),
            ("region".into(), usage.region.into()),
            ("service".into(), usage.service.into()),
            ("operation".into(), usage.operation.into()),
            ("calls".into(), usage.counts.calls.into()),
            ("faults".into(), usage.counts.faults.into()),
        ])
    });
    Ok(Json::Object(vec![("usage".into(), Json::List(lines.collect()))]))
}

async fn audit(cloud: &Cloud, query: &str) -> Answer {
    let limit = query.split('&').find_map(|pair| pair.strip_prefix("limit=")).map_or(Ok(50), str::parse);
    let limit = limit.map_err(|_| Refusal::bad("limit is not a number."))?;
    let events = cloud.audit_events(Timestamp(i64::MIN), usize::min(limit, 10_000)).await?;
    Ok(Json::Object(vec![("events".into(), Json::List(events))]))
}

async fn tasks(cloud: &Cloud) -> Answer {
    let page = cloud.engine().snapshot().scan(&timers::range(), &Scan { limit: 100, ..Scan::default() }).await?;
    let tasks = page.rows.iter().filter_map(|row| task(&row.key));
    Ok(Json::Object(vec![("timers".into(), Json::List(tasks.collect())), ("more".into(), page.more.into())]))
}

fn task(key: &Key) -> Option<Json> {
    let parts = key.parts()?;
    let [_, _, Part::Number(due), Part::Number(account), Part::Text(region), Part::Text(service), Part::Text(kind), ..] =
        parts.as_slice()
    else {
        return None;
    };
    Some(Json::Object(vec![
        ("due".into(), Timestamp(*due as i64).format(TimeFormat::Iso8601).into()),
        ("account".into(), kernel::AccountId(*account).to_string().into()),
        ("region".into(), region.clone().into()),
        ("service".into(), service.clone().into()),
        ("kind".into(), kind.clone().into()),
    ]))
}

/// Each operation of each service: `done`, `partial: what is missing`, `refused: why`, or `not built`.
fn coverage(cloud: &Cloud) -> Json {
    let mut models: Vec<_> = cloud.models().collect();
    models.sort_unstable_by_key(|model| model.name);
    let services = models.into_iter().map(|model| {
        let built = cloud.operations(model.name).map(|operation| {
            let state = operation.missing.map_or("done".to_owned(), |missing| format!("partial: {missing}"));
            (operation.name.to_owned(), Json::from(state))
        });
        let unbuilt = model.unbuilt.iter().map(|unbuilt| {
            let state = unbuilt.refused.map_or("not built".to_owned(), |why| format!("refused: {why}"));
            (unbuilt.name.to_owned(), Json::from(state))
        });
        let mut operations: Vec<_> = built.chain(unbuilt).collect();
        operations.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        (model.name.to_owned(), Json::Object(operations))
    });
    Json::Object(services.collect())
}
