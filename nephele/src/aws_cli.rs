//! The installed AWS CLI: where it is, which version, and how version 1 is brought to the endpoint.
//!
//! Version 1 ignores AWS_ENDPOINT_URL for some services (sqs and rds among them) and takes `--endpoint-url` for all.

use std::{
    fs::File,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The first executable of that name on PATH.
pub fn search(name: &str) -> Option<PathBuf> {
    let executable = |path: &PathBuf| {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(&std::env::var_os("PATH")?).map(|directory| directory.join(name)).find(executable)
}

/// As it tells itself: `aws-cli/1.45.11 Python/3.11.7 Linux/6.1 botocore/1.43.11`.
pub fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).lines().find(|line| line.starts_with("aws-cli/"))?.to_owned())
}

pub fn is_version_1(version: &str) -> bool {
    version.starts_with("aws-cli/1.")
}

/// Whether it is a script, as version 1 always is; version 2 mostly comes as a native program. Starting the CLI to
/// learn its version takes half a second and more.
pub fn is_script(program: &Path) -> bool {
    let mut start = [0; 2];
    File::open(program).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"#!"
}

/// Whether the CLI has to be told the endpoint in its arguments, with this first one.
pub fn takes_endpoint(first: Option<&str>) -> bool {
    !matches!(first, None | Some("" | "configure" | "help" | "--version"))
}

/// For a (sub)shell that ends with it: runs `program` with the arguments and, unless they say otherwise, the endpoint.
/// Has no line ends, so that an unquoted `eval` does no harm.
pub fn with_endpoint(program: &str) -> String {
    format!(
        "for word in \"$@\"; do case \"$word\" in --endpoint-url|--endpoint-url=*) {program} \"$@\"; exit;; esac; done; \
         case \"${{AWS_ENDPOINT_URL-}} ${{1-}}\" in \" \"*|*\" \"|*\" configure\"|*\" help\"|*\" --version\") {program} \"$@\"; exit;; esac; \
         {program} --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\""
    )
}
