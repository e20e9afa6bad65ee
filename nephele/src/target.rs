//! Which cloud the commands talk to.

use crate::{control::Control, listen};
use anyhow::{Result, bail};
use clap::Args;
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

pub const DEFAULT_PORT: u16 = 4566;

#[derive(Args, Debug)]
pub struct Target {
    /// The cloud's address [default: $NEPHELE_ENDPOINT, a local $AWS_ENDPOINT_URL, or http://localhost:4566].
    #[arg(long, value_name = "URL", global = true)]
    endpoint: Option<Endpoint>,
}

impl Target {
    pub fn endpoint(&self) -> Result<Endpoint> {
        if let Some(endpoint) = &self.endpoint {
            return Ok(endpoint.clone());
        }
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(url) = variable("NEPHELE_ENDPOINT") {
            return url.parse().map_err(|error| anyhow::anyhow!("NEPHELE_ENDPOINT: {error}"));
        }
        // A remote one is AWS's, or another's.
        let local = variable("AWS_ENDPOINT_URL").and_then(|url| url.parse().ok()).filter(Endpoint::is_local);
        Ok(local.unwrap_or_default())
    }

    pub fn control(&self) -> Result<Control> {
        Ok(Control::new(&self.endpoint()?))
    }
}

/// `http://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// With the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
}

impl Endpoint {
    pub fn of(address: SocketAddr) -> Endpoint {
        let authority = listen::reachable(address);
        let host = authority.rsplit_once(':').map_or(authority.as_str(), |(host, _)| host);
        Endpoint { host: host.to_owned(), port: address.port() }
    }

    pub fn is_local(&self) -> bool {
        let name = self.host.trim_matches(['[', ']']);
        name == "localhost"
            || name.ends_with(".localhost")
            || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
    }

    /// HOST:PORT.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Default for Endpoint {
    fn default() -> Endpoint {
        Endpoint { host: "localhost".to_owned(), port: DEFAULT_PORT }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

impl FromStr for Endpoint {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Endpoint> {
        if text.starts_with("https://") {
            bail!("'{text}': the cloud speaks plain HTTP; write http://HOST:PORT");
        }
        let rest = text.strip_prefix("http://");
        let authority = rest.unwrap_or(text).trim_end_matches('/');
        if let (None, Ok(port)) = (rest, authority.parse()) {
            return Ok(Endpoint { host: "localhost".to_owned(), port });
        }
        let (host, port) = match authority.rsplit_once(':') {
            // Part of an IPv6 address.
            Some((_, tail)) if tail.ends_with(']') => (authority, None),
            Some((host, port)) => (host, port.parse().ok()),
            None => (authority, Some(if rest.is_some() { 80 } else { DEFAULT_PORT })),
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/?#@'\"\\$`".contains(c);
        match port {
            Some(port) if !host.is_empty() && !host.contains(odd) => {
                Ok(Endpoint { host: host.to_ascii_lowercase(), port })
            }
            _ => bail!("'{text}' is no address of a cloud; write http://HOST:PORT"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_as_people_write_them() {
        for (text, url) in [
            ("http://localhost:4566", "http://localhost:4566"),
            ("http://localhost:4566/", "http://localhost:4566"),
            ("LOCALHOST:4567", "http://localhost:4567"),
            ("4567", "http://localhost:4567"),
            ("http://[::1]:4566", "http://[::1]:4566"),
            ("http://nephele.lan", "http://nephele.lan:80"),
            ("nephele.lan", "http://nephele.lan:4566"),
        ] {
            assert_eq!(text.parse::<Endpoint>().map(|e| e.to_string()).ok().as_deref(), Some(url), "{text}");
        }
        for text in ["", "https://localhost:4566", "http://", "localhost:x", "a b:1", "host:1/path", "$(x):1"] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_local() {
        let local = |text: &str| text.parse::<Endpoint>().is_ok_and(|endpoint| endpoint.is_local());
        assert!(local("localhost:1") && local("http://127.0.0.1:1") && local("http://[::1]:1"));
        assert!(!local("http://sqs.us-east-1.amazonaws.com") && !local("http://10.0.0.7:4566"));
    }
}
