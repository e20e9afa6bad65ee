//! The browser of `tests/clients`: Debian's Chromium, installed where there is none and it can be.

use anyhow::Result;
use std::{
    env,
    process::{Command, Stdio},
};

/// As `tests/clients/browser.py` looks for it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Installs a browser if there is none. Never fails: where it cannot, the tests that need one are skipped.
pub fn install() -> Result<()> {
    if is_installed() {
        return Ok(());
    }
    let why_not = match (is_root(), apt(&["--version"])) {
        (false, _) => "only root can install one",
        (true, false) => "there is no apt-get to install one",
        // The lists of packages may be old, or not be there at all.
        (true, true) if apt(&PACKAGE) || apt(&["update", "-qq"]) && apt(&PACKAGE) => "apt-get installed none",
        (true, true) => "apt-get could not install one",
    };
    if !is_installed() {
        eprintln!("No browser was found, and {why_not}: the tests with a browser are skipped.");
    }
    Ok(())
}

const PACKAGE: [&str; 5] = ["install", "-qq", "--yes", "--no-install-recommends", "chromium"];

fn is_installed() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| NAMES.iter().any(|name| folder.join(name).is_file()))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.trim_ascii() == b"0")
}

/// Whether a command of apt-get succeeds. It asks nothing, and does not wait long for a network that is not there.
fn apt(arguments: &[&str]) -> bool {
    let mut command = Command::new("apt-get");
    command.args(["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20"]).args(arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
