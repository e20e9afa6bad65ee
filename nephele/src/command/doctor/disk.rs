//! Can the state be written, and is there room for it?

use super::Finding;
use crate::{cloud::data_directory, words};
use rustix::fs::{Access, access, statvfs};
use std::path::{Path, PathBuf};
use wire::Json;

const LITTLE: u64 = 1024 * 1024 * 1024;
const NONE: u64 = 64 * 1024 * 1024;

/// Looks at the running cloud's directory, or else at the one that `up` would use.
pub fn check(info: Option<&Json>) -> Vec<Finding> {
    let data = match info {
        Some(info) => match info.get("data").and_then(Json::as_str) {
            Some(data) => PathBuf::from(data),
            None => return vec![Finding::ok("data", "in memory")],
        },
        None => match data_directory(None) {
            Ok(data) => data,
            Err(error) => return vec![Finding::broken("data", error.to_string(), "nephele up --data DIRECTORY")],
        },
    };
    let shown = data.display();
    // It is made when needed; then those above it count.
    let existing = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    if !existing.is_dir() || access(existing, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let message = format!("{shown} cannot be written");
        return vec![Finding::broken(
            "data",
            message,
            format!("make {} writable, or: nephele up --data DIRECTORY", existing.display()),
        )];
    }
    let free = statvfs(existing).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let message = format!("{shown} is writable, {} free", words::bytes(i64::try_from(free).unwrap_or(i64::MAX)));
    let fix = "free some space, or: nephele up --data DIRECTORY on another disk";
    vec![match free {
        ..NONE => Finding::broken("data", message, fix),
        NONE..LITTLE => Finding::note("data", message, fix),
        _ => Finding::ok("data", message),
    }]
}
