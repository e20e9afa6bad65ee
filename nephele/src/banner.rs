//! What a cloud says when it is ready.

use crate::{environment, target::DEFAULT_PORT, words};
use std::net::SocketAddr;
use wire::Json;

/// From what `info` answers.
pub fn banner(info: &Json, address: SocketAddr) -> String {
    let text = |name| info.get(name).and_then(Json::as_str).unwrap_or_default();
    let endpoint = text("endpoint");
    let mut lines = vec![format!("Nephele {} is ready at {endpoint}", text("version"))];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<10}{value}"));
    line(
        "data",
        match (info.get("data").and_then(Json::as_str), text("durability")) {
            (None, _) => "in memory: gone when it ends".to_owned(),
            (Some(data), "power") => format!("{data} (acknowledged writes survive a power loss)"),
            (Some(data), _) => format!("{data} (acknowledged writes survive kill -9)"),
        },
    );
    line("services", format!("{}; any other answers an error that says so", services(info)));
    line("compute", "none in this version: no functions, instances or containers run".to_owned());
    line(
        "access",
        match text("auth") {
            "open" => "open: signatures are not verified, any key is root of the account it names".to_owned(),
            _ => "signatures are verified; test/test are the root keys of account 000000000000".to_owned(),
        },
    );
    if let Some(clock) = clock(info) {
        line("clock", format!("{clock}; `nephele clock` shows and moves it"));
    }
    if let Some(log) = info.get("log").and_then(Json::as_str) {
        line("log", log.to_owned());
    }
    let other = if address.port() == DEFAULT_PORT { String::new() } else { format!(" --endpoint {endpoint}") };
    let nephele = environment::own_name();
    line("clients", format!("eval \"$({nephele} env{other})\", then: aws sqs list-queues"));
    if !address.ip().is_loopback() {
        line("warning", format!("whoever reaches {address} can use the root keys"));
    }
    lines.join("\n") + "\n"
}

pub fn services(info: &Json) -> String {
    let names = info.get("services").and_then(Json::as_list).unwrap_or_default();
    names.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
}

/// How the cloud's clock differs from the wall clock, if it does.
pub fn clock(info: &Json) -> Option<String> {
    let clock = info.get("clock")?;
    let ahead = match clock.get("aheadSeconds")? {
        Json::Float(seconds) => *seconds as i64,
        other => other.as_i64()?,
    };
    let distance = match ahead {
        0 => String::new(),
        1.. => format!("{} ahead", words::span(ahead)),
        _ => format!("{} behind", words::span(-ahead)),
    };
    match (clock.get("frozen") == Some(&Json::Bool(true)), distance.is_empty()) {
        (true, true) => Some("frozen".to_owned()),
        (true, false) => Some(format!("frozen, {distance}")),
        (false, true) => None,
        (false, false) => Some(distance),
    }
}
