//! Signs requests as a client does (SigV4, header form), with the signing key of the day kept.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac::{HMAC_SHA256, Key, sign},
};
use data_encoding::HEXLOWER;
use std::fmt::Write;

pub struct Signer {
    service: &'static str,
    access_key: String,
    token: Option<String>,
    date: String,
    instant: String,
    key: Key,
}

impl Signer {
    /// As root of the default account.
    pub fn new(service: &'static str) -> Signer {
        Signer::with(service, "test", "test", None)
    }

    pub fn with(service: &'static str, access_key: &str, secret: &str, token: Option<&str>) -> Signer {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
        let (days, second) = (now / 86_400, now % 86_400);
        // Days to a date, as in Howard Hinnant's "chrono-compatible low-level date algorithms".
        let z = days + 719_468;
        let (era, doe) = (z / 146_097, z % 146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
        let year = yoe + era * 400 + u64::from(month <= 2);
        let date = format!("{year:04}{month:02}{day:02}");
        let instant = format!("{date}T{:02}{:02}{:02}Z", second / 3_600, second / 60 % 60, second % 60);
        let hmac = |key: &[u8], text: &str| sign(&Key::new(HMAC_SHA256, key), text.as_bytes());
        let key = hmac(format!("AWS4{secret}").as_bytes(), &date);
        let key = hmac(key.as_ref(), "us-east-1");
        let key = hmac(key.as_ref(), service);
        let key = hmac(key.as_ref(), "aws4_request");
        Signer {
            service,
            access_key: access_key.to_owned(),
            token: token.map(str::to_owned),
            date,
            instant,
            key: Key::new(HMAC_SHA256, key.as_ref()),
        }
    }

    /// A whole HTTP/1.1 request of S3: the query string in order and escaped, further headers in lower case, as clients that hash the body send it.
    pub fn object(
        &self,
        method: &str,
        host: &str,
        target: (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let hash = HEXLOWER.encode(digest(&SHA256, body).as_ref());
        self.object_of(method, host, target, headers, &hash, body)
    }

    /// The same, whose body is vouched for by a checksum among the headers, not by the signature.
    pub fn object_with_checksum(
        &self,
        host: &str,
        target: (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        self.object_of("PUT", host, target, headers, "UNSIGNED-PAYLOAD", body)
    }

    fn object_of(
        &self,
        method: &str,
        host: &str,
        (path, query): (&str, &str),
        headers: &[(&str, &str)],
        hash: &str,
        body: &[u8],
    ) -> Vec<u8> {
        let Signer { service, access_key, date, instant, key, .. } = self;
        let own = [("host", host), ("x-amz-content-sha256", hash), ("x-amz-date", instant)];
        let mut signed_headers: Vec<_> = own.iter().chain(headers).collect();
        signed_headers.sort();
        let lines: String = signed_headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let signed = signed_headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{signed}\n{hash}");
        let scope = format!("{date}/us-east-1/{service}/aws4_request");
        let canonical = HEXLOWER.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
        let to_sign = format!("AWS4-HMAC-SHA256\n{instant}\n{scope}\n{canonical}");
        let signature = HEXLOWER.encode(sign(key, to_sign.as_bytes()).as_ref());
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\n\
             User-Agent: aws-cli/2.30.0 md/awscrt#0.27.6 ua/2.1 os/linux lang/python#3.13 md/prompt#off\r\n\
             X-Amz-Content-SHA256: {hash}\r\nX-Amz-Date: {instant}\r\n{headers}\
             Authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={signature}\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }

    /// A whole HTTP/1.1 request: POST /, the headers that an SDK sends, the body.
    pub fn request(&self, host: &str, content_type: &str, target: Option<&str>, body: &[u8]) -> Vec<u8> {
        let hash = HEXLOWER.encode(digest(&SHA256, body).as_ref());
        let Signer { service, access_key, token, date, instant, key } = self;
        let (mut target_line, mut signed) = (String::new(), "content-type;host;x-amz-date".to_owned());
        if let Some(token) = token {
            let _ = writeln!(target_line, "x-amz-security-token:{token}");
            signed.push_str(";x-amz-security-token");
        }
        if let Some(target) = target {
            let _ = writeln!(target_line, "x-amz-target:{target}");
            signed.push_str(";x-amz-target");
        }
        let canonical = format!(
            "POST\n/\n\ncontent-type:{content_type}\nhost:{host}\nx-amz-date:{instant}\n{target_line}\n{signed}\n{hash}"
        );
        let scope = format!("{date}/us-east-1/{service}/aws4_request");
        let canonical = HEXLOWER.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
        let to_sign = format!("AWS4-HMAC-SHA256\n{instant}\n{scope}\n{canonical}");
        let signature = HEXLOWER.encode(sign(key, to_sign.as_bytes()).as_ref());
        let mut target_line = target.map_or(String::new(), |target| format!("X-Amz-Target: {target}\r\n"));
        if let Some(token) = token {
            let _ = write!(target_line, "X-Amz-Security-Token: {token}\r\n");
        }
        let mut request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\nContent-Type: {content_type}\r\n\
             User-Agent: aws-cli/2.30.0 md/awscrt#0.27.6 ua/2.1 os/linux lang/python#3.13 md/prompt#off\r\n\
             {target_line}X-Amz-Date: {instant}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, \
             SignedHeaders={signed}, Signature={signature}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }

    /// A JSON request to SQS.
    pub fn sqs(&self, host: &str, operation: &str, body: &str) -> Vec<u8> {
        self.request(host, "application/x-amz-json-1.0", Some(&format!("AmazonSQS.{operation}")), body.as_bytes())
    }
}
