//! The environment that points AWS clients at a cloud.

use crate::{aws_cli, shell::Shell, target::Endpoint};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

pub struct Environment {
    pub set: Vec<(String, String)>,
    /// What would lead clients elsewhere.
    pub unset: Vec<String>,
}

const DEFAULT_REGION: &str = "us-east-1";

impl Environment {
    pub fn of(endpoint: &Endpoint) -> Environment {
        let region = present("AWS_REGION").or_else(|| present("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| DEFAULT_REGION.to_owned());
        let mut set = vec![
            ("AWS_ENDPOINT_URL".to_owned(), endpoint.to_string()),
            ("AWS_REGION".to_owned(), region.clone()),
            ("AWS_DEFAULT_REGION".to_owned(), region),
            ("AWS_ACCESS_KEY_ID".to_owned(), kernel::credentials::ROOT_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), kernel::credentials::ROOT_SECRET.to_owned()),
        ];
        // Nephele's own commands follow AWS_ENDPOINT_URL only where it is local, and NEPHELE_ENDPOINT before it.
        if present("NEPHELE_ENDPOINT").is_some() || !endpoint.is_local() {
            set.push(("NEPHELE_ENDPOINT".to_owned(), endpoint.to_string()));
        }
        if let Some(no_proxy) = no_proxy(endpoint) {
            set.push(("NO_PROXY".to_owned(), no_proxy.clone()));
            set.push(("no_proxy".to_owned(), no_proxy));
        }
        let mut unset = vec!["AWS_PROFILE".to_owned(), "AWS_SESSION_TOKEN".to_owned()];
        unset.extend(diversions());
        Environment { set, unset }
    }
}

/// Variables, set now, with which clients go past AWS_ENDPOINT_URL or refuse it.
pub fn diversions() -> Vec<String> {
    const KNOWN: &[&str] = &[
        "AWS_DEFAULT_PROFILE",
        "AWS_SECURITY_TOKEN",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        // "FIPS and custom endpoint are not supported", say the endpoint rules; so with dual stack.
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
    ];
    let diverts = |name: &String| {
        let off = || present(name).is_none_or(|value| value.eq_ignore_ascii_case("false"));
        name.starts_with("AWS_ENDPOINT_URL_") || KNOWN.contains(&name.as_str()) && !off()
    };
    let mut names: Vec<_> =
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(diverts).collect();
    names.sort_unstable();
    names
}

/// The value that keeps a proxy from being asked for the cloud, if there is a proxy and nothing keeps it yet.
pub fn no_proxy(endpoint: &Endpoint) -> Option<String> {
    ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].iter().find_map(|name| present(name))?;
    let kept = present("no_proxy").or_else(|| present("NO_PROXY")).unwrap_or_default();
    let host = endpoint.host.trim_matches(['[', ']']);
    if kept.split(',').any(|entry| entry.trim() == "*" || entry.trim() == host) {
        return None;
    }
    Some(if kept.is_empty() { host.to_owned() } else { format!("{kept},{host}") })
}

/// The PATH on which a shell finds this program as `nephele`, if it does not yet.
pub fn path_with_nephele() -> Option<OsString> {
    let directory = std::env::current_exe().ok()?.parent()?.to_owned();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let place = match on_path() {
        OnPath::This => return None,
        OnPath::Another => 0,
        OnPath::None => directories.len(),
    };
    directories.insert(place, directory);
    std::env::join_paths(directories).ok()
}

/// What to type to run this program: `nephele`, or its path.
pub fn own_name() -> String {
    match (on_path(), std::env::current_exe()) {
        (OnPath::None | OnPath::Another, Ok(here)) => match here.display().to_string() {
            odd if odd.contains(|c: char| !c.is_ascii_alphanumeric() && !"/._-+".contains(c)) => Shell::Sh.quote(&odd),
            path => path,
        },
        _ => "nephele".to_owned(),
    }
}

enum OnPath {
    This,
    Another,
    None,
}

fn on_path() -> OnPath {
    let whole = |path: &Path| path.canonicalize().ok();
    match (aws_cli::search("nephele"), std::env::current_exe()) {
        (Some(found), Ok(here)) if whole(&found) == whole(&here) => OnPath::This,
        (Some(_), _) => OnPath::Another,
        (None, _) => OnPath::None,
    }
}

/// A variable that is set and not empty.
pub fn present(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
