//! `nephele env`: the environment for the user's shell.

use crate::{
    aws_cli, environment,
    environment::Environment,
    output::{print, say},
    shell::Shell,
    target::Target,
};
use anyhow::Result;
use clap::Args;
use std::{
    io::{IsTerminal, stdout},
    process::ExitCode,
};
use wire::Json;

/// Print what points this shell's AWS clients at the cloud: eval "$(nephele env)".
///
/// Where the AWS CLI on PATH is version 1, which ignores AWS_ENDPOINT_URL for some services, an `aws` function that
/// names the endpoint comes with it. PowerShell: nephele env --shell powershell | Out-String | Invoke-Expression
#[derive(Args, Debug)]
pub struct Env {
    /// The shell to write for [default: the one that asks].
    #[arg(long, value_enum, conflicts_with = "json")]
    shell: Option<Shell>,
    /// An object of the variables; null for those to be removed.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Env {
    pub fn run(self) -> Result<ExitCode> {
        let environment = Environment::of(&self.target.endpoint()?);
        if self.json {
            let set = environment.set.into_iter().map(|(name, value)| (name, value.into()));
            let unset = environment.unset.into_iter().map(|name| (name, Json::Null));
            say(Json::Object(set.chain(unset).collect()));
            return Ok(ExitCode::SUCCESS);
        }
        let old = |program: &_| aws_cli::version(program).is_some_and(|version| aws_cli::is_version_1(&version));
        let cli = aws_cli::search("aws").filter(|program| aws_cli::is_script(program)).is_some_and(|cli| old(&cli));
        let path = environment::path_with_nephele();
        print(self.shell.unwrap_or_else(Shell::current).render(&environment, path.as_deref(), cli));
        if stdout().is_terminal() {
            eprintln!(
                "nephele: this was only shown; for it to take effect: eval \"$({} env)\"",
                environment::own_name()
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
