//! `nephele status`: what a cloud is and how it fares.

use crate::{
    banner,
    exit::Exit,
    output::{print, say},
    target::Target,
    words,
};
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;
use wire::Json;

/// Show what a cloud is and how it fares.
#[derive(Args, Debug)]
pub struct Status {
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Status {
    pub fn run(self) -> Result<ExitCode> {
        let control = self.target.control()?;
        let health = control.get("health").map_err(Exit::from)?;
        let info = control.get("info").map_err(Exit::from)?;
        let state = health.get("status").cloned().unwrap_or_default();
        if self.json {
            let mut members = vec![("status".to_owned(), state)];
            members.extend(info.as_object().unwrap_or_default().iter().cloned());
            say(Json::Object(members));
        } else {
            print(table(state.as_str().unwrap_or_default(), &info));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn table(state: &str, info: &Json) -> String {
    let text = |name| info.get(name).and_then(Json::as_str).unwrap_or_default();
    let number = |of: Option<&Json>, name| of.and_then(|of| of.get(name)).and_then(Json::as_i64).unwrap_or_default();
    let mut table = String::new();
    let mut line = |name: &str, value: &str| table += &format!("{name:<10}{value}\n");
    line("status", &format!("{state} at {}", text("endpoint")));
    let uptime = words::span(number(Some(info), "uptimeSeconds"));
    line("process", &format!("{}, version {}, up {uptime}", number(Some(info), "pid"), text("version")));
    match info.get("data").and_then(Json::as_str) {
        Some(data) => line("data", &format!("{data} (durability: {})", text("durability"))),
        None => line("data", "in memory"),
    }
    line("auth", text("auth"));
    let now = info.get("clock").and_then(|clock| clock.get("now")).and_then(Json::as_str).unwrap_or_default();
    line("clock", &format!("{now}{}", banner::clock(info).map_or(String::new(), |clock| format!(" ({clock})"))));
    line("services", &banner::services(info));
    let store = info.get("store");
    let size = |name| words::bytes(number(store, name));
    line(
        "store",
        &match info.get("data").and_then(Json::as_str) {
            Some(_) => {
                format!("{} in memory, log {}, base {}", size("overlayBytes"), size("logBytes"), size("baseBytes"))
            }
            None => format!("{} in memory", size("overlayBytes")),
        },
    );
    if let Some(log) = info.get("log").and_then(Json::as_str) {
        line("log", log);
    }
    if let Some(trouble) = store.and_then(|store| store.get("trouble")).and_then(Json::as_str) {
        line("trouble", trouble);
    }
    table
}
