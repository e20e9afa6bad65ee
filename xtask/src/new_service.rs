//! `cargo xtask new-service NAME`: the folder of a service that does nothing yet.

use crate::codegen::{self, Sources};
use anyhow::{Result, bail};
use std::path::Path;

pub fn run(name: &str) -> Result<()> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(valid) {
        bail!("a service is named as in its endpoint: lower-case letters, digits and hyphens");
    }
    let folder = crate::root().join("services").join(name);
    if folder.exists() {
        bail!("services/{name} exists");
    }
    let version = Sources::open()?.latest(name)?;
    for (path, text) in files(name, &version) {
        write(&folder.join(path), &text)?;
    }
    // Without its api/ the workspace would not load, and so neither would this command.
    codegen::run(false)?;
    println!(
        "services/{name} is there. Next:\n\
         1. service.toml: the title, and the operations to build (services/sqs/service.toml explains the settings).\n\
         2. cargo xtask codegen, after each change of it.\n\
         3. src/: one file per noun, one function per operation; name each in `operations` of src/lib.rs.\n\
         4. tests/*.txt: one transcript per behaviour.\n\
         5. cargo xtask coverage, cargo test -p xtask."
    );
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, text)?)
}

fn files(name: &str, version: &str) -> Vec<(&'static str, String)> {
    let fill =
        |text: &str| text.replace("NAME", name).replace("VERSION", version).replace("CRATE", &name.replace('-', "_"));
    vec![
        ("service.toml", fill(SERVICE)),
        ("Cargo.toml", fill(MANIFEST)),
        ("src/lib.rs", fill(LIB)),
        ("tests/transcripts.rs", fill(RUNNER)),
    ]
}

const SERVICE: &str = "# The settings are described in services/sqs/service.toml.
name = \"NAME\"
title = \"NAME\"
model = \"NAME/VERSION\"
operations = []
";

const MANIFEST: &str = "[package]
name = \"NAME\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true

[dependencies]
kernel.workspace = true
wire.workspace = true
NAME-api = { path = \"api\" }

[dev-dependencies]
testkit.workspace = true

[[test]]
name = \"transcripts\"
harness = false
";

const LIB: &str = "//! NAME: the service's table.

use kernel::{Service, authorise};
use std::future::ready;

pub static SERVICE: Service = Service {
    model: &CRATE_api::MODEL,
    // One line per operation: route(queue::create_queue),
    operations: Vec::new,
    target: |cx, operation, input| Box::pin(ready(Ok(authorise::templated(&cx, operation, input)))),
    timers: &[],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: None,
    judges_values: false,
    max_body: 1 << 20,
};
";

const RUNNER: &str = "//! The transcripts of this folder.

static SUITE: testkit::Suite =
    testkit::Suite { manifest: env!(\"CARGO_MANIFEST_DIR\"), services: &[&CRATE::SERVICE], opaque: &[] };

fn main() -> std::process::ExitCode {
    SUITE.run()
}
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::Config;

    #[test]
    fn the_files_of_a_new_service_hold_together() -> Result<()> {
        let files = files("lex-runtime", "2016-11-28");
        let text = |path: &str| files.iter().find(|(each, _)| *each == path).map(|(_, text)| text.as_str());
        let config = Config::parse(text("service.toml").unwrap_or_default())?;
        assert_eq!(config.model, "lex-runtime/2016-11-28");
        assert!(text("src/lib.rs").is_some_and(|text| text.contains("&lex_runtime_api::MODEL")));
        assert!(text("Cargo.toml").unwrap_or_default().parse::<toml::Table>().is_ok());
        Ok(())
    }
}
