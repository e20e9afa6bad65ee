//! The numbers in `docs/benchmarks.md`: the server's CPU time per request, as a multiple of bare hyper's.
//!
//! `cargo xtask bench` builds the release binary and runs this. The server runs on one core, the load on another; the
//! figure is what the operating system charged the server's process, over seconds of load.

mod bare;
mod decision;
mod load;
mod report;
mod role;
mod s3;
mod scenarios;
mod server;
mod signer;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("bare") => bare::serve(arguments.get(1).context("bare SIZE")?.parse()?),
        Some("run") => {
            let binary = arguments.get(1).context("run BINARY [SECONDS] [SCENARIO]")?;
            let seconds = arguments.get(2).map_or(Ok(3), |text| text.parse())?;
            scenarios::run(binary.as_ref(), seconds, arguments.get(3).map(String::as_str))
        }
        _ => anyhow::bail!("bench run BINARY [SECONDS] [SCENARIO]"),
    }
}
