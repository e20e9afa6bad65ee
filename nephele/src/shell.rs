//! Shells: how each one sets variables and defines functions.

use crate::{aws_cli, environment::Environment};
use clap::ValueEnum;
use std::{ffi::OsStr, path::Path};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    /// Any POSIX shell.
    #[value(alias = "dash", alias = "ksh")]
    Sh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
}

/// The word after `function` is not taken for an alias, as it is in `aws()` where a whole `eval` is read at once.
/// `command`, because zsh's `exec` would run the function again.
const FUNCTION: &str = "unalias aws 2>/dev/null || :;\nfunction aws { ( BODY; ); };\n";

const POSIX_FUNCTION: &str = "unalias aws 2>/dev/null || :;\naws() ( BODY; );\n";

const FISH_FUNCTION: &str = "\
function aws; \
if test -z \"$AWS_ENDPOINT_URL\"; or contains -- \"$argv[1]\" '' configure help --version; or string match -q -- '--endpoint-url*' $argv; \
command aws $argv; \
else; command aws --endpoint-url $AWS_ENDPOINT_URL $argv; end; \
end;
";

const POWERSHELL_FUNCTION: &str = "\
function aws { \
$program = @(Get-Command aws -CommandType Application)[0].Source; \
if (-not $env:AWS_ENDPOINT_URL -or -not $args -or $args[0] -in 'configure', 'help', '--version' -or ($args -like '--endpoint-url*')) \
{ & $program @args } \
else { & $program --endpoint-url $env:AWS_ENDPOINT_URL @args } \
};
";

impl Shell {
    /// The shell that asked, as far as can be told: `$SHELL` is the one at login.
    pub fn current() -> Shell {
        let parent = rustix::process::getppid().and_then(|parent| {
            let name = std::fs::read_to_string(format!("/proc/{}/comm", parent.as_raw_pid())).ok()?;
            Shell::named(name.trim())
        });
        let login = || Shell::named(Path::new(&std::env::var_os("SHELL")?).file_name()?.to_str()?);
        parent.or_else(login).unwrap_or(Shell::Bash)
    }

    fn named(name: &str) -> Option<Shell> {
        Shell::from_str(name, false).ok()
    }

    /// Every statement ends with a semicolon, so that `eval $(nephele env)` without quotes does the same.
    pub fn render(self, environment: &Environment, path: Option<&OsStr>, endpoint_in_arguments: bool) -> String {
        let mut text = String::new();
        let path = path.map(|path| ("PATH".to_owned(), path.to_string_lossy().into_owned()));
        for (name, value) in environment.set.iter().cloned().chain(path) {
            let value = self.quote(&value);
            text += &match self {
                Shell::Bash | Shell::Zsh | Shell::Sh => format!("export {name}={value};\n"),
                // PATH is a list there.
                Shell::Fish if name == "PATH" => format!("set -gx PATH (string split : {value});\n"),
                Shell::Fish => format!("set -gx {name} {value};\n"),
                Shell::Powershell => format!("$env:{name} = {value};\n"),
            };
        }
        for name in &environment.unset {
            text += &match self {
                Shell::Bash | Shell::Zsh | Shell::Sh => format!("unset {name};\n"),
                Shell::Fish => format!("set -e {name};\n"),
                Shell::Powershell => format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue;\n"),
            };
        }
        if endpoint_in_arguments {
            text += &match self {
                Shell::Bash | Shell::Zsh => FUNCTION.replace("BODY", &aws_cli::with_endpoint("command aws")),
                Shell::Sh => POSIX_FUNCTION.replace("BODY", &aws_cli::with_endpoint("command aws")),
                Shell::Fish => FISH_FUNCTION.to_owned(),
                Shell::Powershell => POWERSHELL_FUNCTION.to_owned(),
            };
        }
        text
    }

    pub fn quote(self, text: &str) -> String {
        match self {
            Shell::Bash | Shell::Zsh | Shell::Sh => format!("'{}'", text.replace('\'', "'\\''")),
            Shell::Fish => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Shell::Powershell => format!("'{}'", text.replace('\'', "''")),
        }
    }
}
