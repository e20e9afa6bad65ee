//! `nephele explain`: why a request was allowed or denied.

use crate::{
    exit::Exit,
    output::{print, say},
    target::Target,
};
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;
use wire::Json;

/// Tell why a request was allowed or denied.
///
/// The request's id is in every answer, as `aws --debug` and the response metadata of SDKs show it, and in the audit log. Of a
/// denial, every statement that was looked at is shown, and what would have allowed it. The last 1,000 denials and the last
/// 1,000 permissions are remembered while the cloud runs.
#[derive(Args, Debug)]
pub struct Explain {
    /// The `RequestId`.
    request_id: String,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Explain {
    pub fn run(self) -> Result<ExitCode> {
        let plain = self.request_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !plain {
            return Err(Exit::new(2, "a request's id has letters, digits and hyphens only".to_owned()).into());
        }
        let answer = self.target.control()?.get(&format!("explain/{}", self.request_id)).map_err(Exit::from)?;
        if self.json {
            say(&answer);
            return Ok(ExitCode::SUCCESS);
        }
        for decision in answer.get("decisions").and_then(Json::as_list).unwrap_or_default() {
            print(describe(decision));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn describe(decision: &Json) -> String {
    let text = |name: &str| decision.get(name).and_then(Json::as_str).unwrap_or_default();
    let allowed = decision.get("allowed") == Some(&Json::Bool(true));
    let mut out = format!(
        "{} {} on {}\n  for  {}\n  at   {}\n",
        if allowed { "ALLOWED" } else { "DENIED" },
        text("action"),
        text("resource"),
        text("principal"),
        text("time"),
    );
    if allowed {
        return out + &format!("  by   {}\n", text("by"));
    }
    out += &format!("  said {}\n  looked at:\n", text("message"));
    let looked = decision.get("looked").and_then(Json::as_list).unwrap_or_default();
    if looked.is_empty() {
        out += "    no policy at all\n";
    }
    for line in looked.iter().filter_map(Json::as_str) {
        out += &format!("    {line}\n");
    }
    out + &format!("  what would allow it:\n    {}\n", text("remedy"))
}
