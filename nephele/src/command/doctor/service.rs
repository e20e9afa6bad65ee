//! Does a cloud answer, and do its clock and ours agree?

use super::Finding;
use crate::{
    banner,
    control::{Control, Trouble},
    target::Endpoint,
    words,
};
use std::{net::TcpListener, time::Duration};
use wire::{Json, Timestamp};

/// Signatures are refused beyond it.
const SKEW_SECONDS: i64 = 5 * 60;

pub fn check(endpoint: &Endpoint) -> (Vec<Finding>, Option<Json>) {
    let control = Control::new(endpoint).within(Duration::from_secs(5));
    match control.get("info") {
        Ok(info) => {
            let text = |name| info.get(name).and_then(Json::as_str).unwrap_or_default();
            let version = text("version");
            let mut findings = vec![Finding::ok("cloud", format!("Nephele {version} answers at {endpoint}"))];
            if version != env!("CARGO_PKG_VERSION") {
                let (message, fix) =
                    (format!("this command is version {}", env!("CARGO_PKG_VERSION")), "nephele down; nephele up");
                findings.push(Finding::note("version", message, fix));
            }
            findings.extend(clock(&info));
            (findings, Some(info))
        }
        Err(trouble @ Trouble::Refused { .. }) => {
            (vec![Finding::broken("cloud", trouble.to_string(), "export NEPHELE_TOKEN=...")], None)
        }
        Err(trouble) => (vec![unanswered(endpoint, &trouble)], None),
    }
}

fn unanswered(endpoint: &Endpoint, trouble: &Trouble) -> Finding {
    let here = if endpoint.port == crate::target::DEFAULT_PORT {
        String::new()
    } else {
        format!(" --listen {}", endpoint.port)
    };
    match trouble {
        Trouble::Stranger { .. } => Finding::broken(
            "cloud",
            format!("another program answers at {endpoint}"),
            "stop it, or take another port: nephele up --listen 4567, and eval \"$(nephele env --endpoint 4567)\"",
        ),
        Trouble::Silence { error, .. } if endpoint.is_local() => {
            match TcpListener::bind(("127.0.0.1", endpoint.port)) {
                Ok(_) => Finding::broken(
                    "cloud",
                    format!("nothing runs at {endpoint}; the port is free"),
                    format!("nephele up{here}"),
                ),
                Err(bind) if bind.kind() == std::io::ErrorKind::AddrInUse => Finding::broken(
                    "cloud",
                    format!("what listens at {endpoint} does not answer ({error})"),
                    "stop it, or take another port: nephele up --listen 4567, and eval \"$(nephele env --endpoint 4567)\"",
                ),
                Err(bind) => Finding::broken(
                    "cloud",
                    format!("port {} cannot be used: {bind}", endpoint.port),
                    "nephele up --listen 4567",
                ),
            }
        }
        other => Finding::broken("cloud", other.to_string(), "check the address, and that the machine can be reached"),
    }
}

fn clock(info: &Json) -> Vec<Finding> {
    let Some(clock) = info.get("clock") else { return Vec::new() };
    let theirs = clock.get("wall").and_then(Json::as_str).and_then(Timestamp::parse);
    let skew = theirs.map_or(0, |theirs| kernel::Clock::system().wall().secs() - theirs.secs());
    let skew = if skew.abs() > SKEW_SECONDS {
        Finding::broken(
            "clock",
            format!("the cloud's machine and this one differ by {}: signatures are refused", words::span(skew.abs())),
            "set the clocks of both machines (NTP)",
        )
    } else {
        Finding::ok("clock", "the clocks agree, as signatures need it")
    };
    let fix = match clock.get("frozen") {
        Some(Json::Bool(true)) => "nephele clock resume lets it run again",
        _ => "if that is not meant: it goes back only with `nephele reset`, or a snapshot from before",
    };
    let moved =
        banner::clock(info).map(|moved| Finding::note("clock", format!("the cloud's own time is {moved}"), fix));
    std::iter::once(skew).chain(moved).collect()
}
