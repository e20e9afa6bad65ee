//! A cloud with IAM alone, and requests whose answers tests look into.
#![allow(clippy::unwrap_used, dead_code)]

use http::Request;
use identity::{IamKeys, totp};
use kernel::{AccountId, store::Txn};
use std::time::Duration;
use testkit::{Cloud, Credentials};
use wire::Timestamp;

pub struct Run {
    pub cloud: Cloud,
    key: (String, String),
}

impl Run {
    pub fn new() -> Run {
        Run { cloud: Cloud::new(&[&iam::SERVICE], 1), key: ("test".into(), "test".into()) }
    }

    /// Whose store answers late, so that the calls of `together` overtake each other as the seed says.
    pub fn interleaved(seed: u64) -> Run {
        Run { cloud: Cloud::interleaved(&[&iam::SERVICE], seed), key: ("test".into(), "test".into()) }
    }

    /// Calls made at once; the code of each that failed, and `ok` of the others.
    pub fn together(&mut self, calls: &[(&str, Vec<(&str, String)>)]) -> Vec<String> {
        let mut requests = Vec::new();
        for (operation, parameters) in calls {
            let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (mut request, credentials) = self.request(operation, &parameters);
            self.cloud.sign(&mut request, &credentials, Duration::ZERO);
            requests.push(request);
        }
        let answers = self.cloud.send_together(requests);
        let text = |answer: testkit::Handle<http::Response<Vec<u8>>>| answer.take().unwrap().into_body();
        let texts = answers.into_iter().map(|answer| String::from_utf8(text(answer)).unwrap());
        texts.map(|text| element(&text, "Code").unwrap_or_else(|| "ok".to_owned())).collect()
    }

    /// The answer's text; parameters are a form.
    pub fn call(&mut self, operation: &str, parameters: &[(&str, &str)]) -> String {
        let (request, credentials) = self.request(operation, parameters);
        let response = self.cloud.send_signed(request, &credentials, Duration::ZERO).take().unwrap();
        String::from_utf8(response.into_body()).unwrap()
    }

    fn request(&self, operation: &str, parameters: &[(&str, &str)]) -> (Request<Vec<u8>>, Credentials) {
        let mut body = format!("Action={operation}&Version=2010-05-08");
        for (name, value) in parameters {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("&{name}={value}"));
        }
        let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(body.into_bytes()).unwrap();
        let (access_key, secret) = self.key.clone();
        (request, Credentials::new(access_key, secret, "iam"))
    }

    /// The code of an answer that is an error; `ok` of one that is none.
    pub fn result(&mut self, operation: &str, parameters: &[(&str, &str)]) -> String {
        let answer = self.call(operation, parameters);
        element(&answer, "Code").unwrap_or_else(|| "ok".to_owned())
    }

    /// Makes a user with one inline policy (or none) and a key.
    pub fn user(&mut self, name: &str, path: &str, statement: &str) -> (String, String) {
        self.call("CreateUser", &[("UserName", name), ("Path", path)]);
        if !statement.is_empty() {
            let document = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
            let policy = [("UserName", name), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
            assert_eq!(self.result("PutUserPolicy", &policy), "ok");
        }
        let key = self.call("CreateAccessKey", &[("UserName", name)]);
        (element(&key, "AccessKeyId").unwrap(), element(&key, "SecretAccessKey").unwrap())
    }

    /// As `result`, signed by another key.
    pub fn result_as(&mut self, key: &(String, String), operation: &str, parameters: &[(&str, &str)]) -> String {
        let mine = std::mem::replace(&mut self.key, key.clone());
        let result = self.result(operation, parameters);
        self.key = mine;
        result
    }

    /// Makes the account have so many of these, as far as its quotas know.
    pub fn count(&mut self, counts: &[(&'static str, u64)]) {
        let (kernel, counts) = (self.cloud.kernel().clone(), counts.to_vec());
        let commit = async move {
            let mut tx = Txn::begin(kernel.engine());
            for (kind, count) in counts {
                let row = IamKeys::of(AccountId::DEFAULT).other("counter").text(kind);
                tx.put(row, count.to_le_bytes().to_vec());
            }
            kernel.commit(tx).await
        };
        self.cloud.run(commit).unwrap();
    }

    /// A device's serial number and seed.
    pub fn device(&mut self, name: &str) -> (String, String) {
        let made = self.call("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]);
        (element(&made, "SerialNumber").unwrap(), seed(&made))
    }

    /// What the device shows so many seconds from now.
    pub fn code(&self, seed: &str, later: i64) -> String {
        let now = self.cloud.kernel().clock().now();
        totp::shown(seed, Timestamp(now.0 + later * 1_000_000)).unwrap()
    }

    pub fn with_codes(&mut self, operation: &str, user: &str, serial: &str, codes: [String; 2]) -> String {
        let [first, second] = codes;
        let codes = [("AuthenticationCode1", first.as_str()), ("AuthenticationCode2", second.as_str())];
        self.result(operation, &[&[("UserName", user), ("SerialNumber", serial)], &codes[..]].concat())
    }
}

/// The text of the first element of a name.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
}

/// The seed of a device, from the answer that made it.
pub fn seed(made: &str) -> String {
    let seed = data_encoding::BASE64.decode(element(made, "Base32StringSeed").unwrap().as_bytes()).unwrap();
    String::from_utf8(seed).unwrap()
}
