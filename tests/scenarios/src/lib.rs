//! What several services do together, as their clients see it. Most of it is transcripts; what they cannot say, because
//! something must be signed first, is in Rust, with the client here.
#![allow(clippy::unwrap_used)]

use std::time::Duration;
use testkit::{Cloud, Credentials, Handle};
use wire::Timestamp;

/// A cloud, and root of account 000000000000 who talks to it.
pub struct Client {
    pub cloud: Cloud,
}

/// An answer of a Query service.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// The text of the first element of this name.
    pub fn text(&self, element: &str) -> &str {
        let open = format!("<{element}>");
        let start = self.body.find(&open).unwrap_or_else(|| panic!("no {element} in {}", self.body)) + open.len();
        &self.body[start..start + self.body[start..].find('<').unwrap()]
    }

    /// `Code: Message` of a refusal.
    pub fn refusal(&self) -> String {
        assert_ne!(self.status, 200, "{}", self.body);
        format!("{}: {}", self.text("Code"), self.text("Message"))
    }

    pub fn is_success(&self) -> bool {
        self.status == 200
    }
}

fn answer(handle: Handle<http::Response<Vec<u8>>>) -> Answer {
    let response = handle.take().unwrap();
    Answer { status: response.status().as_u16(), body: String::from_utf8(response.into_body()).unwrap() }
}

impl Default for Client {
    fn default() -> Client {
        Client { cloud: Cloud::new(&[&iam::SERVICE, &s3::SERVICE, &sqs::SERVICE, &sts::SERVICE], 1) }
    }
}

impl Client {
    pub fn now(&self) -> Timestamp {
        self.cloud.kernel().clock().now()
    }

    /// A call of a Query service; signed by root unless `unsigned`.
    fn send(&mut self, service: &str, signed: bool, operation: &str, parameters: &[(&str, &str)]) -> Answer {
        let key = signed.then_some(("test", "test"));
        self.send_with(service, key, &[], operation, parameters)
    }

    /// A call with a key and its secret, and with headers more.
    pub fn send_with(
        &mut self,
        service: &str,
        key: Option<(&str, &str)>,
        headers: &[(&str, &str)],
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        let version = self.cloud.kernel().model(service).unwrap().api_version;
        let mut form = format!("Action={operation}&Version={version}");
        for (name, value) in parameters {
            let escape =
                |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
            form.push_str(&format!("&{name}={}", value.bytes().map(escape).collect::<String>()));
        }
        let request =
            http::Request::post("/").header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(form.into_bytes()).unwrap();
        match key {
            Some(key) => self.send_by(service, key, request),
            None => answer(self.cloud.send(request)),
        }
    }

    /// A request as it is, by root.
    pub fn send_signed(&mut self, service: &str, request: http::Request<Vec<u8>>) -> Answer {
        self.send_by(service, ("test", "test"), request)
    }

    fn send_by(&mut self, service: &str, (key, secret): (&str, &str), request: http::Request<Vec<u8>>) -> Answer {
        let credentials = Credentials {
            access_key: key.into(),
            secret: secret.into(),
            token: None,
            region: "us-east-1".into(),
            service: service.into(),
        };
        answer(self.cloud.send_signed(request, &credentials, Duration::ZERO))
    }

    /// Something that must succeed.
    pub fn iam(&mut self, operation: &str, parameters: &[(&str, &str)]) -> Answer {
        let answer = self.send("iam", true, operation, parameters);
        assert!(answer.is_success(), "{operation}: {}", answer.body);
        answer
    }

    pub fn sts(&mut self, operation: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send("sts", true, operation, parameters)
    }

    /// Without credentials, as those who are to get some.
    pub fn sts_unsigned(&mut self, operation: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send("sts", false, operation, parameters)
    }
}
