//! `cargo xtask bench`: builds the release binary and measures it.

use crate::{
    command::{cargo, run},
    root,
};
use anyhow::Result;
use std::process::Command;

pub fn bench(arguments: &[&str]) -> Result<()> {
    run(cargo().args(["build", "--release", "--package", "nephele", "--package", "bench"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let release = target.join("release");
    run(Command::new(release.join("bench")).arg("run").arg(release.join("nephele")).args(arguments))
}
