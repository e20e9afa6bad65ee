//! `nephele doctor`: what could keep clients from reaching the cloud, each with its fix.

mod clients;
mod disk;
mod service;

use crate::{output::say, target::Target};
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;
use wire::Json;

/// Check what could keep clients from reaching the cloud, and print the fixes.
#[derive(Args, Debug)]
pub struct Doctor {
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    /// Works, and may surprise.
    Note,
    Broken,
}

/// What one check found.
struct Finding {
    check: &'static str,
    state: State,
    message: String,
    /// What to type or do.
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, state: State::Ok, message: message.into(), fix: None }
    }

    fn note(check: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, state: State::Note, message: message.into(), fix: Some(fix.into()) }
    }

    fn broken(check: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, state: State::Broken, message: message.into(), fix: Some(fix.into()) }
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Note => "note",
            State::Broken => "broken",
        }
    }
}

impl Doctor {
    pub fn run(self) -> Result<ExitCode> {
        let endpoint = self.target.endpoint()?;
        let (mut findings, info) = service::check(&endpoint);
        findings.extend(disk::check(info.as_ref()));
        findings.extend(clients::check(&endpoint));
        let broken = findings.iter().any(|finding| finding.state == State::Broken);
        if self.json {
            let checks = findings.into_iter().map(|finding| {
                Json::from([
                    ("check", Json::from(finding.check)),
                    ("state", finding.state.name().into()),
                    ("message", finding.message.into()),
                    ("fix", finding.fix.map_or(Json::Null, Json::from)),
                ])
            });
            say(Json::from([("broken", Json::from(broken)), ("checks", Json::List(checks.collect()))]));
        } else {
            for Finding { check, state, message, fix } in findings {
                say(format_args!("{:<7} {check:<12} {message}", state.name()));
                if let Some(fix) = fix {
                    say(format_args!("{:20} fix: {fix}", ""));
                }
            }
        }
        Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
