//! Addresses to listen on: how they are written, and how they are taken.

use crate::{
    control::{Control, Trouble},
    exit::{Exit, IN_USE},
    target::Endpoint,
};
use anyhow::{Result, anyhow};
use front::{Server, ServerError};
use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};

/// `127.0.0.1:4566`, `[::1]:4566`, `localhost:4566` or `4566`.
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    let port = text.strip_prefix("localhost:").or(text.strip_prefix(':')).unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
    }
    text.parse().map_err(|_| "write ADDRESS:PORT, such as 127.0.0.1:4566; port 0 takes any free one".to_owned())
}

pub fn take(address: SocketAddr) -> Result<TcpListener> {
    let (address, error) = match Server::listen(address) {
        Ok(listener) => return Ok(listener),
        Err(ServerError::Listen(address, error)) => (address, error),
        Err(error) => return Err(error.into()),
    };
    Err(match error.kind() {
        ErrorKind::AddrInUse => Exit::new(IN_USE, occupied(address)).into(),
        ErrorKind::PermissionDenied => {
            anyhow!("cannot listen on {address}: {error}; choose a port from 1024 up with --listen")
        }
        ErrorKind::AddrNotAvailable => {
            anyhow!("cannot listen on {address}: this machine does not have that address; choose another with --listen")
        }
        _ => anyhow!("cannot listen on {address}: {error}; choose another address with --listen"),
    })
}

/// Who has the address, and what to do about it.
fn occupied(address: SocketAddr) -> String {
    let other = format!("choose another address, such as --listen {}:0 for any free port", address.ip());
    let endpoint = Endpoint::of(address);
    match Control::new(&endpoint).within(Duration::from_secs(2)).get("info") {
        Ok(info) => {
            let text = |name| info.get(name).and_then(|value| value.as_str());
            let data = text("data").map_or("its state in memory".to_owned(), |data| format!("its data in {data}"));
            let pid = info.get("pid").and_then(|pid| pid.as_i64()).unwrap_or_default();
            format!(
                "a Nephele (process {pid}, {data}) already serves {address}: use that one, stop it with `nephele down \
                 --endpoint {endpoint}`, or {other}"
            )
        }
        Err(Trouble::Refused { .. }) => {
            format!("a Nephele that wants its token already serves {address}: use that one, or {other}")
        }
        Err(_) => format!("another program already listens on {address}: stop it, or {other}"),
    }
}

/// The name under which clients on this machine reach a listener: `localhost` where that leads there.
pub fn reachable(address: SocketAddr) -> String {
    let port = address.port();
    match address.ip() {
        IpAddr::V4(ip) if ip == Ipv4Addr::LOCALHOST || ip.is_unspecified() => format!("localhost:{port}"),
        IpAddr::V6(ip) if ip.is_loopback() || ip.is_unspecified() => format!("localhost:{port}"),
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        for text in ["127.0.0.1:4567", "4567", ":4567", "localhost:4567", "http://localhost:4567/"] {
            assert_eq!(parse(text).map(|address| address.to_string()), Ok("127.0.0.1:4567".to_owned()), "{text}");
        }
        assert!(parse("[::1]:0").is_ok());
        assert!(parse("somewhere").is_err());
    }
}
