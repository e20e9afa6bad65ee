//! Chores of the repository: `cargo xtask <command>`.

mod bench;
mod browser;
mod codegen;
mod command;
mod coverage;
mod new_service;
mod test;
mod tidy;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["codegen"] => codegen::run(false),
        ["codegen", "--check"] => codegen::run(true),
        ["coverage"] => coverage::run(false),
        ["coverage", "--check"] => coverage::run(true),
        ["new-service", name] => new_service::run(name),
        ["tidy"] => tidy::run(),
        ["test"] => test::test(),
        ["bench", rest @ ..] => bench::bench(rest),
        _ => bail!(USAGE),
    }
}

const USAGE: &str = "usage: cargo xtask <command>
  codegen [--check]    write services/*/api and the lists of services from the pinned models
  coverage [--check]   write docs/coverage.md and the table in README.md
  new-service NAME     the folder of a new service
  tidy                 check the tree's invariants
  test                 everything; sets up what it needs
  bench [SECONDS [SCENARIO]]
                       the numbers of docs/benchmarks.md";

/// The repository's root.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
