//! Runs a transcript: does its steps and writes it anew with the answers that came.

use crate::{
    aliases::Aliases,
    cloud::Cloud,
    json, rest,
    signer::Credentials,
    tasks::Handle,
    transcript::{self, Request, Step},
    xml::Element,
};
use data_encoding::BASE64;
use http::Response;
use kernel::{ClockChange, Service};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};
use wire::{Json, Protocol};

pub(crate) struct Runner {
    cloud: Cloud,
    opaque: &'static [(&'static str, &'static str)],
    aliases: Aliases,
    /// Access key, secret and token, as far as they are given; none for requests that are not signed.
    signer: Vec<String>,
    region: String,
    signing: Vec<(String, String)>,
    repeat: usize,
    shown: Vec<String>,
    waiting: VecDeque<(usize, Handle<Response<Vec<u8>>>)>,
    last: Last,
}

/// The last answer's body, for captures.
enum Last {
    Json(Json),
    Xml(Element),
    Other,
}

impl Runner {
    /// `opaque`: names of members whose values get names, and the kind of name.
    pub fn new(services: &[&'static Service], opaque: &'static [(&'static str, &'static str)]) -> Runner {
        Runner {
            cloud: Cloud::new(services, 1),
            opaque,
            aliases: Aliases::default(),
            signer: vec!["test".to_owned()],
            region: "us-east-1".to_owned(),
            signing: Vec::new(),
            repeat: 1,
            shown: vec!["x-amzn-query-error".to_owned()],
            waiting: VecDeque::new(),
            last: Last::Other,
        }
    }

    /// The transcript with the answers that came.
    pub fn run(mut self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        for line in transcript::read(text)? {
            out.push_str(&line.text);
            out.push('\n');
            let answer = self.step(line.number, &line.step);
            let answer = answer.map_err(|why| format!("line {}: {why}, after\n{}", line.number, tail(&out)))?;
            for line in answer.iter().flat_map(|answer| answer.lines()) {
                out.push_str(format!("< {line}").trim_end());
                out.push('\n');
            }
        }
        match self.waiting.front() {
            Some((line, _)) => Err(format!("line {line}: the request still waits at the end, after\n{}", tail(&out))),
            None => Ok(out),
        }
    }

    fn step(&mut self, number: usize, step: &Step) -> Result<Option<String>, String> {
        match step {
            Step::Nothing => {}
            Step::Request(request) if request.quiet => return self.quiet(request).map(|()| None),
            Step::Request(request) => return self.request(number, request).map(Some),
            Step::Wait => {
                let (line, handle) = self.waiting.pop_front().ok_or("no request waits")?;
                return Ok(Some(match handle.take() {
                    Some(response) => self.show(response),
                    None => {
                        self.waiting.push_front((line, handle));
                        "(waiting)".to_owned()
                    }
                }));
            }
            Step::Set { name, text } => self.aliases.set(name, text.clone()),
            Step::Capture { name, path } => {
                let value = match &self.last {
                    Last::Json(json) => json::at(json, path).map(|value| match value {
                        Json::Str(text) => text.clone(),
                        other => other.to_string(),
                    }),
                    Last::Xml(xml) => xml.find(path).map(str::to_owned),
                    Last::Other => None,
                };
                self.aliases.set(name, value.ok_or_else(|| format!("the last answer has no {path}"))?);
            }
            Step::Code { name, seed } => {
                let seed = BASE64.decode(self.aliases.expand(seed).as_bytes()).map_err(|error| error.to_string())?;
                let now = self.cloud.kernel().clock().now();
                let code = identity::totp::shown(&String::from_utf8_lossy(&seed), now);
                self.aliases.set(name, code.ok_or("no seed of a device")?);
            }
            Step::Advance(by) => self.cloud.advance(*by),
            Step::Freeze => self.cloud.change_clock(ClockChange::Freeze),
            Step::Resume => self.cloud.change_clock(ClockChange::Resume),
            Step::As(who) => {
                let signer = who.iter().filter(|part| *part != "anonymous");
                self.signer = signer.map(|part| self.aliases.expand(part)).collect();
            }
            Step::In(region) => self.region.clone_from(region),
            Step::Sign(signing) => self.signing.clone_from(signing),
            Step::Repeat(times) => self.repeat = *times,
            Step::Show(headers) => self.shown.extend(headers.iter().cloned()),
        }
        Ok(None)
    }

    fn quiet(&mut self, request: &Request) -> Result<(), String> {
        let signing = std::mem::take(&mut self.signing);
        let response = self.send(request, &signing)?.take().ok_or("the request waits")?;
        let success = response.status().is_success();
        // Shown all the same, so that what is in it gets its names.
        let answer = self.show(response);
        if success { Ok(()) } else { Err(answer) }
    }

    fn request(&mut self, number: usize, request: &Request) -> Result<String, String> {
        let signing = std::mem::take(&mut self.signing);
        let times = std::mem::replace(&mut self.repeat, 1);
        let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
        for n in 1.. {
            if times > 1 {
                self.aliases.set("n", n.to_string());
            }
            let handle = self.send(request, &signing)?;
            let Some(response) = handle.take() else {
                self.waiting.push_back((number, handle));
                return Ok("(waiting)".to_owned());
            };
            *statuses.entry(response.status().as_u16()).or_default() += 1;
            if n == times {
                let counts: String = match times {
                    1 => String::new(),
                    _ => statuses.iter().map(|(status, count)| format!("{count} × {status}\n")).collect(),
                };
                return Ok(counts + &self.show(response));
            }
        }
        unreachable!("the last one returned")
    }

    fn send(&mut self, request: &Request, signing: &[(String, String)]) -> Result<Handle<Response<Vec<u8>>>, String> {
        let model = self.cloud.kernel().model(&request.service);
        if is_method(&request.operation) {
            let http = raw(request, &self.aliases)?;
            return self.sign_and_send(request, http, signing);
        }
        let protocol = model.map_or(Protocol::Json10, |model| model.protocols[0]);
        let mut http = http::Request::post(request.query.as_deref().unwrap_or("/"));
        let body = match protocol {
            _ if request.query.is_some() || protocol == Protocol::Query => {
                http = http.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
                form(request, model.map_or("", |model| model.api_version), &self.aliases)?
            }
            Protocol::RestJson => {
                let mut operations = self.cloud.kernel().operations(&request.service);
                let operation = operations.find(|operation| operation.name == request.operation);
                let operation = operation.ok_or_else(|| format!("the cloud has no {}", request.operation))?;
                let (path, headers, body) =
                    rest::request(operation.uri, operation.input, &self.aliases.expand_json(&request.body))?;
                http = http.method(operation.method).uri(path).header("content-type", "application/json");
                http = headers.into_iter().fold(http, |http, (name, value)| http.header(name, value));
                body
            }
            _ => {
                let prefix = model.and_then(|model| model.target_prefix).unwrap_or(&request.service);
                http = http.header("content-type", "application/x-amz-json-1.0");
                http = http.header("x-amz-target", format!("{prefix}.{}", request.operation));
                self.aliases.expand_json(&request.body)
            }
        };
        let http = http.body(body.into_bytes()).map_err(|error| error.to_string())?;
        self.sign_and_send(request, http, signing)
    }

    fn sign_and_send(
        &mut self,
        request: &Request,
        http: http::Request<Vec<u8>>,
        signing: &[(String, String)],
    ) -> Result<Handle<Response<Vec<u8>>>, String> {
        let model = self.cloud.kernel().model(&request.service);
        let mut signer = self.signer.iter().cloned();
        let Some(access_key) = signer.next() else { return Ok(self.cloud.send(http)) };
        let mut credentials = Credentials {
            access_key,
            secret: signer.next().unwrap_or_else(|| "test".to_owned()),
            token: signer.next(),
            region: self.region.clone(),
            service: model.map_or(request.service.as_str(), |model| model.signing_name).to_owned(),
        };
        let mut age = Duration::ZERO;
        for (name, value) in signing {
            match name.as_str() {
                "key" => credentials.access_key.clone_from(value),
                "secret" => credentials.secret.clone_from(value),
                "token" => credentials.token = Some(self.aliases.expand(value)),
                "region" => credentials.region.clone_from(value),
                "service" => credentials.service.clone_from(value),
                "age" => age = transcript::duration(value).ok_or("age is a duration: 20m")?,
                _ => return Err(format!("{name} is no part of a signature")),
            }
        }
        Ok(self.cloud.send_signed(http, &credentials, age))
    }

    /// An answer as the transcript shows it.
    fn show(&mut self, response: Response<Vec<u8>>) -> String {
        let (parts, body) = response.into_parts();
        let mut out = String::new();
        if parts.status != 200 {
            out.push_str(parts.status.as_str());
            out.push('\n');
        }
        for name in &self.shown {
            for value in parts.headers.get_all(name) {
                out.push_str(&format!("{name}: {}\n", value.to_str().unwrap_or("(bytes)")));
            }
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let (opaque, aliases) = (self.opaque, &mut self.aliases);
        let mut rename = |member: &str, text: &mut String| {
            if matches!(member, "RequestId" | "HostId") {
                "…".clone_into(text);
            } else if let Some((_, kind)) = opaque.iter().find(|(name, _)| *name == member).filter(|_| text != "null") {
                *text = aliases.name(kind, text);
            } else {
                aliases.shorten(text);
            }
        };
        let json = kind.contains("json").then(|| Json::parse(&text).ok()).flatten();
        let xml = kind.contains("xml").then(|| Element::parse(&text)).flatten();
        self.last = match (json, xml) {
            (Some(json), _) => {
                let mut shown = json.clone();
                json::each_string(&mut shown, "", &mut rename);
                out.push_str(&json::lay_out(&shown, 0));
                Last::Json(json)
            }
            (_, Some(xml)) => {
                let mut shown = xml.clone();
                shown.each_text(&mut rename);
                out.push_str(&shown.lay_out(0));
                Last::Xml(xml)
            }
            _ => {
                let id = parts.headers.get("x-amz-request-id").and_then(|id| id.to_str().ok());
                out.push_str(&id.map_or(text.clone(), |id| text.replace(id, "…")));
                Last::Other
            }
        };
        out
    }
}

fn is_method(operation: &str) -> bool {
    matches!(operation, "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "OPTIONS")
}

/// A request as it is written out.
fn raw(request: &Request, aliases: &Aliases) -> Result<http::Request<Vec<u8>>, String> {
    let mut lines = request.body.lines().map(str::trim);
    let path = aliases.expand(lines.next().unwrap_or("/"));
    let mut http = http::Request::builder().method(request.operation.as_str()).uri(path);
    let mut body: Vec<String> = Vec::new();
    for line in lines {
        if let Some(text) = line.strip_prefix('|') {
            body.push(aliases.expand(text.strip_prefix(' ').unwrap_or(text)));
        } else {
            let (name, value) = line.split_once(':').ok_or_else(|| format!("{line} is neither header nor body"))?;
            http = http.header(name, aliases.expand(value.trim()));
        }
    }
    let body = body.join("\n").into_bytes();
    if !body.is_empty() || matches!(request.operation.as_str(), "PUT" | "POST") {
        http = http.header("content-length", body.len());
    }
    http.body(body).map_err(|error| error.to_string())
}

/// The last lines of what came so far.
fn tail(out: &str) -> &str {
    let start = out.rmatch_indices('\n').nth(12).map_or(0, |(at, _)| at + 1);
    &out[start..]
}

/// The form of a Query request, from an object of its parameters.
fn form(request: &Request, version: &str, aliases: &Aliases) -> Result<String, String> {
    let json = Json::parse(&request.body).map_err(|error| error.to_string())?;
    let mut form = format!("Action={}&Version={version}", request.operation);
    for (name, value) in json.as_object().ok_or("parameters are an object")? {
        let value = match value {
            Json::Str(text) => aliases.expand(text),
            other => other.to_string(),
        };
        form.push_str(&format!("&{}={}", escape(name), escape(&value)));
    }
    Ok(form)
}

pub(crate) fn escape(text: &str) -> String {
    let byte = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
        _ => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}
