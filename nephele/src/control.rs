//! Asking a cloud's control endpoints: a small blocking HTTP client.

use crate::{
    exit::{Exit, NO_CLOUD},
    target::Endpoint,
};
use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};
use wire::Json;

const CONNECT: Duration = Duration::from_secs(2);
/// Saving a large state, or moving the clock over many timers, takes its time.
const ANSWER: Duration = Duration::from_secs(600);
/// No answer of a control endpoint is larger.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

pub struct Control {
    pub endpoint: Endpoint,
    token: Option<String>,
    answer: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody listens there, or nobody answers in time.
    Silence { endpoint: Endpoint, error: io::Error },
    /// Somebody answers who is no Nephele.
    Stranger { endpoint: Endpoint },
    /// The cloud says no, in a sentence.
    Refused { status: u16, message: String },
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Trouble::Silence { endpoint, error } if error.kind() == io::ErrorKind::ConnectionRefused => {
                write!(
                    f,
                    "no Nephele answers at {endpoint}; start one with `nephele up`, or name another with --endpoint"
                )
            }
            Trouble::Silence { endpoint, error } => {
                write!(f, "no Nephele answers at {endpoint} ({error}); `nephele doctor` looks for the reason")
            }
            Trouble::Stranger { endpoint } => {
                write!(
                    f,
                    "what answers at {endpoint} is no Nephele; name the cloud with --endpoint or NEPHELE_ENDPOINT"
                )
            }
            Trouble::Refused { status: 403, message } => {
                write!(f, "the cloud refuses: {message} Set NEPHELE_TOKEN if it was started with a token.")
            }
            Trouble::Refused { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<Trouble> for Exit {
    fn from(trouble: Trouble) -> Exit {
        let status = match trouble {
            Trouble::Refused { .. } => 1,
            Trouble::Silence { .. } | Trouble::Stranger { .. } => NO_CLOUD,
        };
        Exit::new(status, trouble.to_string())
    }
}

impl Control {
    pub fn new(endpoint: &Endpoint) -> Control {
        let token = std::env::var("NEPHELE_TOKEN").ok().filter(|token| !token.is_empty());
        Control { endpoint: endpoint.clone(), token, answer: ANSWER }
    }

    /// Waits no longer than this for an answer.
    pub fn within(self, answer: Duration) -> Control {
        Control { answer, ..self }
    }

    pub fn get(&self, path: &str) -> Result<Json, Trouble> {
        self.request("GET", path, "")
    }

    pub fn post(&self, path: &str, body: &Json) -> Result<Json, Trouble> {
        self.request("POST", path, &body.to_string())
    }

    pub fn delete(&self, path: &str) -> Result<Json, Trouble> {
        self.request("DELETE", path, "")
    }

    /// Whether the cloud's port takes connections.
    pub fn is_open(&self) -> bool {
        self.connect().is_ok()
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Result<Json, Trouble> {
        let silence = |error| Trouble::Silence { endpoint: self.endpoint.clone(), error };
        let answer = self.exchange(method, path, body).map_err(silence)?;
        let stranger = || Trouble::Stranger { endpoint: self.endpoint.clone() };
        let (status, body) = understand(&answer).ok_or_else(stranger)?;
        match body.get("error").and_then(Json::as_str) {
            Some(message) if status != 200 => Err(Trouble::Refused { status, message: message.to_owned() }),
            _ if status == 200 => Ok(body),
            _ => Err(stranger()),
        }
    }

    fn exchange(&self, method: &str, path: &str, body: &str) -> io::Result<String> {
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(self.answer))?;
        stream.set_write_timeout(Some(self.answer))?;
        let token = self.token.as_ref().map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        // HTTP/1.0, so that the answer is not chunked and ends with the connection.
        let request = format!(
            "{method} /_nephele/{path} HTTP/1.0\r\nhost: {}\r\n{token}content-length: {}\r\n\r\n{body}",
            self.endpoint.authority(),
            body.len(),
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        match stream.take(MAX_ANSWER).read_to_end(&mut answer) {
            // Some servers reset a connection when they have answered.
            Err(error) if answer.is_empty() => return Err(error),
            _ => {}
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let host = self.endpoint.host.trim_matches(['[', ']']);
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in (host, self.endpoint.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// The status and the JSON object of an answer that is complete.
fn understand(answer: &str) -> Option<(u16, Json)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let json = Json::parse(body.trim()).ok()?;
    json.as_object().is_some().then_some((status, json))
}
