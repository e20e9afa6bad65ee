//! `cargo xtask test`: everything, from a fresh checkout. The order is from cheap to dear.

use crate::{
    browser, codegen,
    command::{cargo, run},
    coverage, root, tidy,
};
use anyhow::{Context, Result};
use std::{path::PathBuf, process::Command, time::Instant};

pub fn test() -> Result<()> {
    step("rules of the tree", tidy::run)?;
    step("generated code is fresh", || codegen::run(true))?;
    step("coverage tables are fresh", || coverage::run(true))?;
    step("formatting", || run(cargo().args(["fmt", "--all", "--check"])))?;
    step("unit tests, transcripts, properties, crash tests", || run(cargo().args(["test", "--workspace"])))?;
    let python = step("Python environment for the client tests", python)?;
    step("codecs against botocore", || {
        run(cargo().args(["build", "--package", "peers", "--bin", "peer"]))?;
        pytest(&python, "tests/differential")
    })?;
    step("a browser for the client tests", browser::install)?;
    step("real clients against the release binary", || {
        run(cargo().args(["build", "--release", "--package", "nephele"]))?;
        pytest(&python, "tests/clients")
    })
}

fn step<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("== {name}");
    let start = Instant::now();
    let result = run().with_context(|| format!("{name}: failed"));
    eprintln!("== {name}: {:.0} s", start.elapsed().as_secs_f64());
    result
}

fn pytest(python: &PathBuf, folder: &str) -> Result<()> {
    // In a session of its own folder for caches, so that the checkout stays clean.
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", folder]).current_dir(root());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("NEPHELE_ROOT", root());
    run(&mut command)
}

/// A virtual environment under `.cache` with the pinned clients; made anew when the pins change.
fn python() -> Result<PathBuf> {
    let requirements = root().join("tests/requirements.txt");
    let environment = root().join(".cache/venv");
    let python = environment.join("bin/python");
    let stamp = environment.join("requirements.txt");
    let wanted = std::fs::read(&requirements).with_context(|| requirements.display().to_string())?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements))?;
    std::fs::write(&stamp, wanted)?;
    Ok(python)
}
