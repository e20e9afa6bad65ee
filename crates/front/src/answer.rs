//! From an HTTP request to its answer: find the service, verify who asks, decode, run, encode.

use crate::{
    body::{ReadError, read},
    control::{self, Guard, Info},
    issuer,
    refusal::{dialect, refused},
    routing,
};
use http::{HeaderValue, Method, Request, Response, header, request::Parts};
use kernel::{
    AccountId, Answered, Caller, Cloud, Cx, Extras, Region, Signed, SignedIn, Way, credentials, credentials::AuthMode,
    pipeline,
};
use sign::{Claim, Expected, PayloadCheck, Terms, Verifier};
use std::{borrow::Cow, collections::HashMap, net::SocketAddr, rc::Rc, sync::Arc};
use wire::{Body, Bytes, Edit, ErrorKind, Fault, Json, Model, Operation, Protocol, Router, common};

/// Bodies of requests that name no known service are read up to here, to find their operation.
const UNKNOWN_BODY: usize = 64 * 1024;
/// As far as unsigned forms, to find their service: an assertion of SAML has 100,000 characters.
const UNKNOWN_FORM: usize = 256 * 1024;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    /// The address of ours that the peer connected to.
    pub local: Option<SocketAddr>,
    /// The connection is encrypted.
    pub secure: bool,
}

/// The way into a cloud: shared by all threads, without a socket of its own.
pub struct Door {
    cloud: Arc<Cloud>,
    verifier: Verifier,
    /// Of the services whose requests name their operation by method and path.
    routers: HashMap<&'static str, Router>,
    guard: Guard,
    info: Info,
}

/// What is known of a request when its answer is written.
struct Route<'a> {
    model: &'static Model,
    protocol: Protocol,
    operation: Option<&'a Operation>,
}

impl Door {
    pub fn new(cloud: Arc<Cloud>, guard: Guard, info: Info) -> Door {
        let rest = |model: &&'static Model| {
            model.protocols.iter().any(|protocol| matches!(protocol, Protocol::RestJson | Protocol::RestXml))
        };
        let router = |model: &'static Model| (model.name, Router::new(cloud.operations(model.name), model.unbuilt));
        let routers = cloud.models().filter(rest).map(router).collect();
        Door { cloud, verifier: Verifier::default(), routers, guard, info }
    }

    pub fn cloud(&self) -> &Arc<Cloud> {
        &self.cloud
    }

    /// What `/_nephele/info` answers.
    pub fn describe(&self) -> Json {
        control::describe(&self.cloud, &self.info)
    }

    /// Answers a request of any kind. Never fails: what goes wrong is an answer too.
    pub async fn answer(&self, peer: Peer, request: Request<Body>) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        if let Some(path) = parts.uri.path().strip_prefix(control::PREFIX) {
            let path = path.to_owned();
            let control = control::answer(&self.cloud, &self.guard, &self.info, peer, &parts, &path, body);
            return Box::pin(control).await;
        }
        if issuer::may_answer(&parts)
            && let Some(response) = Box::pin(issuer::answer(&self.cloud, &parts)).await
        {
            return response;
        }
        name_host(&mut parts);
        let parts = Rc::new(parts);
        let request_id = self.cloud.ids().uuid();
        let foreign = control::is_foreign_page(&parts) && !Box::pin(self.admits(peer, &parts, &request_id)).await;
        let mut response = match foreign {
            false => self.api(peer, &parts, body, &request_id).await,
            true => {
                let fault =
                    common::access_denied("This cloud does not answer web pages from elsewhere than this machine.");
                encode_fault(routing::fallback_protocol(&parts), None, None, &fault, &request_id)
            }
        };
        if parts.method == Method::HEAD {
            *response.body_mut() = Body::Empty;
        }
        response
    }

    /// Whether the service that a request is for lets this page from elsewhere in: that is what the CORS rules of a bucket
    /// say. The service is found here as it is found when the request is answered, and nothing else is believed of it.
    async fn admits(&self, peer: Peer, parts: &Rc<Parts>, request_id: &str) -> bool {
        let Ok(claim) = sign::parse(parts) else { return false };
        let signed_for = claim.as_ref().map(Claim::service);
        let model = routing::model(&self.cloud, parts, signed_for);
        let at_an_edge = || signed_for.is_none().then(|| routing::at_an_edge(&self.cloud, parts)).flatten();
        let Some(model) = model.or_else(at_an_edge) else { return false };
        match self.cloud.service(model.name).and_then(|service| service.edge) {
            Some(edge) => {
                (edge.admits)(self.nobody(model, self.request(peer, parts, request_id)), signed_for.is_some()).await
            }
            None => false,
        }
    }

    async fn api(&self, peer: Peer, parts: &Rc<Parts>, body: Body, request_id: &str) -> Response<Body> {
        let claim = match sign::parse(parts) {
            Ok(claim) => claim,
            Err(fault) => {
                let model =
                    routing::model(&self.cloud, parts, None).or_else(|| routing::at_an_edge(&self.cloud, parts));
                let protocol = match model.map(|model| model.protocols) {
                    Some([one]) => *one,
                    _ => routing::fallback_protocol(parts),
                };
                return encode_fault(protocol, model, None, &refused(&fault, dialect(protocol, model)), request_id);
            }
        };
        let signed_for = claim.as_ref().map(Claim::service);
        let mut routed = Cow::Borrowed(&**parts);
        let (model, body) = match routing::model(&self.cloud, parts, signed_for) {
            None if signed_for.is_none() => match routing::at_an_edge(&self.cloud, parts) {
                Some(model) => (Some(model), body),
                // An unsigned form names its service by nothing but its version.
                None if routing::fallback_protocol(parts) == Protocol::Query => match read(body, UNKNOWN_FORM).await {
                    Ok(body) => (routing::of_form(&self.cloud, &body), Body::from(body)),
                    Err(error) => {
                        return encode_fault(Protocol::Query, None, None, &unread(error, UNKNOWN_FORM), request_id);
                    }
                },
                None => (None, body),
            },
            model => (model, body),
        };
        let Some(model) = model else {
            return Box::pin(self.unknown_service(parts, body, signed_for, request_id)).await;
        };
        let service = self.cloud.service(model.name);
        match service.and_then(|service| (service.edge?.takes)(parts, signed_for.is_some())) {
            None | Some(Way::Operation { path: None }) => {}
            Some(Way::Operation { path: Some(path) }) => match routing::with_path(parts, &path) {
                Some(parts) => routed = Cow::Owned(parts),
                None => {
                    let fault = common::malformed_input("The request's path is malformed.");
                    return encode_fault(routing::fallback_protocol(parts), Some(model), None, &fault, request_id);
                }
            },
            Some(Way::Page) => return Box::pin(self.page(peer, parts, body, model, request_id)).await,
        }
        let rest = self.routers.get(model.name).and_then(|router| router.find(&routed));
        let streams = matches!(rest, Some(wire::Route::Built(operation)) if operation.streams_input());
        let max = service.map_or(UNKNOWN_BODY, |service| service.max_body);
        let fallback = || match model.protocols {
            [one] => *one,
            _ => routing::fallback_protocol(parts),
        };
        let body = match streams {
            true => Payload::Stream(body),
            false => match read(body, max).await {
                Ok(body) => Payload::Whole(body),
                Err(error) => {
                    let fault = unread(error, max);
                    return encode_fault(fallback(), Some(model), None, &fault, request_id);
                }
            },
        };
        let named = Protocol::of_request(model, &routed, body.whole())
            .and_then(|(protocol, name)| name.or_else(|| Some(rest?.name().into())).map(|name| (protocol, name)));
        let (protocol, name) = match named {
            Some((protocol, name)) => (protocol, name.into_owned()),
            None => {
                let fault = common::unknown_operation("The request names no operation.");
                return encode_fault(fallback(), Some(model), None, &fault, request_id);
            }
        };
        let mut route = Route { model, protocol, operation: None };
        let page = service.and_then(|service| service.edge).filter(|_| parts.headers.contains_key(header::ORIGIN));
        let signed = page.and(claim.as_ref()).map(|claim| self.signed(claim));
        match self.call(peer, parts, &routed, claim, body, request_id, &name, &mut route).await {
            Ok(response) => response,
            Err(fault) => {
                let mut response = encode_fault(route.protocol, Some(model), route.operation, &fault, request_id);
                // A page is told of a wrong signature as of everything else.
                if let Some(edge) = page {
                    let request = kernel::Request { signed, ..self.request(peer, parts, request_id) };
                    response.headers_mut().extend((edge.to_pages)(self.nobody(model, request)).await);
                }
                response
            }
        }
    }

    /// What is known of a request when nothing but its head was looked at.
    fn request(&self, peer: Peer, parts: &Rc<Parts>, request_id: &str) -> kernel::Request {
        kernel::Request {
            id: request_id.to_owned(),
            protocol: None,
            endpoint: endpoint(peer, parts),
            source_ip: Some(peer.address.ip()),
            user_agent: routing::text(parts, header::USER_AGENT).unwrap_or_default().to_owned(),
            secure: peer.secure,
            head: Some(parts.clone()),
            body: None,
            signed: None,
        }
    }

    /// A request that is no operation.
    async fn page(
        &self,
        peer: Peer,
        parts: &Rc<Parts>,
        body: Body,
        model: &'static Model,
        request_id: &str,
    ) -> Response<Body> {
        let cx = self.nobody(model, self.request(peer, parts, request_id));
        match self.cloud.service(model.name).and_then(|service| service.edge) {
            Some(edge) => {
                let dialect = dialect(model.protocols[0], Some(model));
                (edge.serve)(cx, crate::body::checked(body, sign::Body::plain(), dialect)).await
            }
            None => Response::new(Body::Empty),
        }
    }

    /// The context of a request of which nothing is known but its head.
    fn nobody(&self, model: &'static Model, request: kernel::Request) -> Cx {
        let caller = Caller::anonymous(AccountId::DEFAULT);
        Cx::new(&self.cloud, model, caller.account, Region::DEFAULT, caller, request)
    }

    #[expect(clippy::too_many_arguments, reason = "the stages of one request, each used once")]
    async fn call<'a>(
        &'a self,
        peer: Peer,
        parts: &Rc<Parts>,
        routed: &Parts,
        claim: Option<Claim<'_>>,
        body: Payload,
        request_id: &str,
        name: &str,
        route: &mut Route<'a>,
    ) -> Result<Response<Body>, Fault> {
        let Route { model, protocol, .. } = *route;
        let signed = claim.as_ref().map(|claim| self.signed(claim));
        let refuse = |fault: sign::Fault| refused(&fault, dialect(protocol, Some(model)));
        let (caller, region, check) = self.authenticate(parts, claim, model, protocol, &body).await?;
        let found = self.cloud.route(model.name, name).ok_or_else(|| unknown_operation(model, protocol, name))?;
        route.operation = Some(found.operation);
        let mut whole = None;
        let body = match body {
            Payload::Whole(body) => whole.insert(unframed(body, check).map_err(refuse)?).clone().into(),
            Payload::Stream(Body::Empty) => {
                check.finish().map_err(refuse)?;
                Body::Empty
            }
            Payload::Stream(body) => crate::body::checked(body, check, dialect(protocol, Some(model))),
        };
        let mut input = (found.input)();
        if protocol == Protocol::Query
            && parts.uri.path() != "/"
            && let Some(member) = self.cloud.service(model.name).and_then(|service| service.posted_to)
            && let Some(index) = input.schema().index(member)
            && let Edit::Str(url) = input.edit_member(index)
        {
            // The form overwrites it, if it names one.
            *url = endpoint(peer, parts) + parts.uri.path();
        }
        let mut violations = Vec::new();
        protocol
            .decode(found.operation, routed, body, &mut *input, &mut violations)
            .map_err(|error| protocol.malformed(&error))?;
        let request =
            kernel::Request { protocol: Some(protocol), body: whole, signed, ..self.request(peer, parts, request_id) };
        let (account, since) = (caller.account, self.cloud.clock().now());
        let cx = Cx::new(&self.cloud, model, account, region, caller, request);
        let mut error = None;
        self.cloud.used().note_key(&cx);
        let mut response = match pipeline::run(cx.clone(), found, input, violations).await {
            Ok(mut output) => protocol.encode(found.operation, &mut *output, request_id),
            Err(fault) => {
                error = Some(fault.kind().code);
                encode_fault(protocol, Some(model), Some(found.operation), &fault, request_id)
            }
        };
        let Extras { status, headers } = cx.extras();
        if let Some(status) = status {
            *response.status_mut() = status;
        }
        response.headers_mut().extend(headers);
        let edge = self.cloud.service(model.name).and_then(|service| service.edge);
        if let Some(edge) = edge {
            (edge.answered)(&cx, &Answered { operation: found.operation, response: &response, error, since });
        }
        match edge {
            Some(edge) if parts.headers.contains_key(header::ORIGIN) => {
                response.headers_mut().extend((edge.to_pages)(cx).await);
            }
            Some(_) => {}
            // Browsers' and proxies' caches must not keep API answers.
            None => {
                response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
            }
        }
        Ok(response)
    }

    fn signed(&self, claim: &Claim<'_>) -> Signed {
        let clock = self.cloud.clock();
        // As in `authenticate`: one made right after the clock was moved belongs to the time after.
        let at = clock.virtual_of(wire::Timestamp(claim.signed_at() * 1_000_000 + 999_999)).min(clock.now());
        Signed { at, place: if claim.is_presigned() { SignedIn::Query } else { SignedIn::Header } }
    }

    /// Who asks, and for which region.
    async fn authenticate(
        &self,
        parts: &Parts,
        claim: Option<Claim<'_>>,
        model: &Model,
        protocol: Protocol,
        body: &Payload,
    ) -> Result<(Caller, Region, sign::Body), Fault> {
        let refuse = |fault: sign::Fault| refused(&fault, dialect(protocol, Some(model)));
        let unverified = || sign::Body::unverified(parts).map_err(refuse);
        let Some(claim) = claim else {
            return Ok((Caller::anonymous(AccountId::DEFAULT), Region::DEFAULT, unverified()?));
        };
        let region = match claim.region() {
            None => Region::DEFAULT,
            Some(name) => Region::parse(name).ok_or_else(|| {
                // As AWS words it; a misspelt region has no endpoint there.
                ErrorKind {
                    name: "SignatureDoesNotMatch",
                    code: "SignatureDoesNotMatch",
                    status: 403,
                    sender: true,
                    message: "message",
                }
                .fault(format!("Credential should be scoped to a valid region, not '{name}'. "))
            })?,
        };
        let bearer = self.cloud.identity().bearer(&self.cloud, claim.access_key_id(), region).await?;
        if self.cloud.auth() == AuthMode::Open {
            let open = || credentials::open(claim.access_key_id());
            return Ok((bearer.map_or_else(open, |bearer| bearer.caller.clone()), region, unverified()?));
        }
        let Some(bearer) = bearer else {
            let fault = sign::Fault::UnknownAccessKey { access_key_id: claim.access_key_id().to_owned() };
            let answer = fault.answer(dialect(protocol, Some(model)));
            return Err(answer_kind(&answer).fault(format!(
                "{} Access key '{}' is not known here. Use test/test (root of account 000000000000), <12-digit account \
                 id>/test or a key made by IAM or STS, or start Nephele with --auth open, which accepts any key.",
                answer.message,
                claim.access_key_id().escape_default()
            )));
        };
        let token = claim.session_token().unwrap_or_default();
        // Long-term keys come without one; clients that send an old token with them are refused on AWS too.
        if token != bearer.token.as_deref().unwrap_or_default() {
            return Err(refuse(sign::Fault::InvalidToken { token: token.to_owned() }));
        }
        let clock = self.cloud.clock();
        // Signatures tell the second only; one made right after the clock was moved belongs to the time after.
        let to_virtual = |wall: i64| clock.virtual_of(wire::Timestamp(wall * 1_000_000 + 999_999)).secs();
        let terms = Terms {
            secret: &bearer.secret,
            body: match body {
                Payload::Whole(bytes) => PayloadCheck::Bytes(bytes),
                Payload::Stream(Body::Empty) => PayloadCheck::Bytes(&[]),
                Payload::Stream(_) => PayloadCheck::Later,
            },
            expected: Expected { region: None, service: Some(model.signing_name) },
            clock: sign::Clock { wall: clock.wall().secs(), virtual_now: clock.now().secs(), to_virtual: &to_virtual },
        };
        let verified = self.verifier.verify(&claim, parts, &terms).map_err(refuse)?;
        if bearer.expires().is_some_and(|end| end <= clock.now()) {
            return Err(refuse(sign::Fault::ExpiredToken { token: token.to_owned() }));
        }
        Ok((bearer.caller.clone(), region, verified.body))
    }

    async fn unknown_service(
        &self,
        parts: &Parts,
        body: Body,
        signed_for: Option<&str>,
        request_id: &str,
    ) -> Response<Body> {
        // Read, so that the connection stays in step; what it says does not matter.
        let _ = read(body, UNKNOWN_BODY).await;
        let protocol = routing::fallback_protocol(parts);
        let known: Vec<_> = self.cloud.models().map(|model| model.name).collect();
        let message = match signed_for {
            Some(service) => format!(
                "The service '{}' is not part of this cloud yet. It has: {}.",
                service.escape_default(),
                known.join(", ")
            ),
            None => {
                let fault = sign::Fault::MissingAuthenticationToken;
                return encode_fault(protocol, None, None, &refused(&fault, dialect(protocol, None)), request_id);
            }
        };
        encode_fault(protocol, None, None, &common::not_implemented(message), request_id)
    }
}

/// A request's body, as its operation takes it.
enum Payload {
    Whole(Bytes),
    Stream(Body),
}

impl Payload {
    /// What is there of it now.
    fn whole(&self) -> &Bytes {
        static NOTHING: Bytes = Bytes::new();
        match self {
            Payload::Whole(bytes) => bytes,
            Payload::Stream(_) => &NOTHING,
        }
    }
}

/// A whole body without the framing that it may have.
fn unframed(body: Bytes, mut check: sign::Body) -> Result<Bytes, sign::Fault> {
    if check.is_plain() {
        return Ok(body);
    }
    let (mut rest, mut pieces) = (body, Vec::new());
    while let Some(piece) = check.decode(&mut rest)? {
        pieces.push(piece);
    }
    check.finish()?;
    Ok(match pieces.len() {
        1 => pieces.remove(0),
        _ => pieces.concat().into(),
    })
}

/// Why a body could not be read.
fn unread(error: ReadError, max: usize) -> Fault {
    match error {
        ReadError::TooLarge => {
            common::request_entity_too_large(format!("The request's body is larger than {max} bytes."))
        }
        ReadError::Slow => slow(),
        ReadError::Busy => common::service_unavailable("Too many large requests at once. Please retry."),
        ReadError::Broken(error) => common::malformed_input(error.to_string()),
    }
}

pub(crate) fn slow() -> Fault {
    REQUEST_TIMEOUT
        .fault("Your socket connection to the server was not read from or written to within the timeout period.")
}

/// As S3 words it; the common errors have none for this.
static REQUEST_TIMEOUT: ErrorKind =
    ErrorKind { name: "RequestTimeout", code: "RequestTimeout", status: 400, sender: true, message: "message" };

/// HTTP/2 names the host in `:authority`; signatures cover it as `host`.
fn name_host(parts: &mut Parts) {
    if !parts.headers.contains_key(header::HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(header::HOST, value);
    }
}

/// Where the client says the cloud is.
fn endpoint(peer: Peer, parts: &Parts) -> String {
    [if peer.secure { "https://" } else { "http://" }, routing::host(parts)].concat()
}

fn answer_kind(answer: &sign::Answer) -> ErrorKind {
    ErrorKind { name: answer.code, code: answer.code, status: answer.status, sender: true, message: "message" }
}

fn unknown_operation(model: &Model, protocol: Protocol, name: &str) -> Fault {
    if let Some(unbuilt) = model.unbuilt.iter().find(|unbuilt| unbuilt.name == name) {
        let service = model.id;
        return common::not_implemented(match unbuilt.refused {
            Some(why) => format!("{service} {name} is not part of Nephele: {}.", why.trim_end_matches('.')),
            None => format!("{service} {name} is not built in Nephele yet; see docs/coverage.md."),
        });
    }
    let name = name.escape_default();
    match protocol {
        Protocol::Query | Protocol::Ec2 => {
            common::invalid_action(format!("The action {name} is not valid for this web service."))
        }
        _ => common::unknown_operation(format!("{} has no operation {name}.", model.id)),
    }
}

fn encode_fault(
    protocol: Protocol,
    model: Option<&'static Model>,
    operation: Option<&Operation>,
    fault: &Fault,
    request_id: &str,
) -> Response<Body> {
    protocol.encode_fault(model.unwrap_or(&NO_SERVICE), operation, fault, request_id)
}

/// Stands for the service in errors about requests that name none.
static NO_SERVICE: Model = Model {
    name: "",
    id: "",
    signing_name: "",
    api_version: "",
    protocols: &[],
    target_prefix: None,
    xml_namespace: None,
    error_namespace: None,
    query_compatible: false,
    style: wire::Style::Coral,
    principal: "",
    unbuilt: &[],
};
