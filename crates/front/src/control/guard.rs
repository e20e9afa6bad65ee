//! Who may use the control endpoints: this machine, and no web page on it. And what web pages may call beside them.

use super::Refusal;
use crate::{answer::Peer, routing};
use http::{HeaderName, StatusCode, header, request::Parts};

/// With a token, whoever has it may come in from anywhere; without one, only programs on this machine.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    pub token: Option<String>,
}

impl Guard {
    pub(crate) fn admit(&self, peer: Peer, parts: &Parts) -> Result<(), Refusal> {
        let given = routing::text(parts, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        match (&self.token, given) {
            (Some(token), Some(given)) if same(token, given) => return Ok(()),
            (Some(_), _) => return Err(refuse("Give the token as 'Authorization: Bearer TOKEN'.")),
            (None, _) => {}
        }
        if !peer.address.ip().to_canonical().is_loopback() {
            return Err(refuse(
                "Control endpoints answer on this machine only, unless `up --token` or NEPHELE_TOKEN sets a token.",
            ));
        }
        // A page in a browser on this machine is not to be trusted: it names its origin, or (by a name that its owner
        // points at 127.0.0.1) a host that is not ours.
        let cross_site = routing::text(parts, HeaderName::from_static("sec-fetch-site"))
            .is_some_and(|site| site != "same-origin" && site != "none");
        if parts.headers.contains_key("origin") || cross_site {
            return Err(refuse("Control endpoints do not answer web pages of other origins."));
        }
        if !is_local_name(routing::host(parts)) {
            return Err(refuse("Control endpoints answer under localhost, 127.0.0.1 and [::1] only."));
        }
        Ok(())
    }
}

/// Whether a browser asks for a page from elsewhere. Everybody knows the root keys that a cloud begins with, so any page in a
/// browser on this machine could sign calls of the API: a form or an image is enough to send them. A service may admit one
/// all the same, where its owner has said so: see `kernel::Edge::admits`.
pub(crate) fn is_foreign_page(parts: &Parts) -> bool {
    match parts.headers.get(header::ORIGIN) {
        // `null`, of a page that hides where it is from, is elsewhere too.
        Some(origin) => {
            let host = origin.to_str().ok().and_then(|origin| Some(origin.split_once("://")?.1));
            !host.is_some_and(is_local_name)
        }
        None => routing::text(parts, HeaderName::from_static("sec-fetch-site")) == Some("cross-site"),
    }
}

fn refuse(message: &str) -> Refusal {
    Refusal(StatusCode::FORBIDDEN, message.to_owned())
}

/// In a time that does not tell how much of it was right.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn is_local_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    fn admitted(guard: &Guard, ip: IpAddr, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::get("/_nephele/health");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let Ok(request) = request.body(()) else { return false };
        let peer = Peer { address: SocketAddr::new(ip, 9), local: None, secure: false };
        guard.admit(peer, &request.into_parts().0).is_ok()
    }

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));

    #[test]
    fn programs_here_may_and_pages_and_strangers_may_not() {
        let open = Guard::default();
        assert!(admitted(&open, HERE, &[("host", "localhost:4566")]));
        assert!(admitted(&open, HERE, &[("host", "[::1]:4566")]));
        assert!(!admitted(&open, ELSEWHERE, &[("host", "localhost:4566")]));
        assert!(!admitted(&open, HERE, &[("host", "localhost:4566"), ("origin", "http://evil.example")]));
        assert!(!admitted(&open, HERE, &[("host", "localhost:4566"), ("sec-fetch-site", "cross-site")]));
        assert!(!admitted(&open, HERE, &[("host", "rebound.example:4566")]));
        assert!(!admitted(&open, HERE, &[("host", "localhost.evil.example")]));
    }

    #[test]
    fn a_token_opens_from_anywhere_and_is_needed_everywhere() {
        let guard = Guard { token: Some("s3cret".into()) };
        assert!(admitted(&guard, ELSEWHERE, &[("host", "nephele.lan"), ("authorization", "Bearer s3cret")]));
        assert!(!admitted(&guard, ELSEWHERE, &[("authorization", "Bearer s3creT")]));
        assert!(!admitted(&guard, HERE, &[("host", "localhost")]));
    }

    #[test]
    fn pages_from_elsewhere_are_known_by_what_browsers_say() {
        let foreign = |headers: &[(&str, &str)]| {
            let request =
                headers.iter().fold(Request::post("/"), |request, (name, value)| request.header(*name, *value));
            request.body(()).is_ok_and(|request| is_foreign_page(&request.into_parts().0))
        };
        for page in
            ["http://evil.example", "http://localhost.evil.example:4566", "http://evil.example:4566", "null", ""]
        {
            assert!(foreign(&[("origin", page)]), "{page}");
        }
        assert!(foreign(&[("sec-fetch-site", "cross-site")]), "an image or a link on a page");
        for page in ["http://localhost:3000", "https://app.localhost", "http://127.0.0.1:3000", "http://[::1]:3000"] {
            assert!(!foreign(&[("origin", page), ("sec-fetch-site", "cross-site")]), "{page}");
        }
        assert!(!foreign(&[]) && !foreign(&[("sec-fetch-site", "none")]), "a program, or an address that was typed");
    }
}
