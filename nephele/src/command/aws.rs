//! `nephele aws`: the installed AWS CLI with this cloud's endpoint and keys.

use crate::{aws_cli, environment::Environment, target::Target};
use anyhow::{Context as _, Result};
use clap::Args;
use std::{
    ffi::OsString,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

/// Run the installed AWS CLI against the cloud.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, override_usage = "nephele aws [--endpoint URL] ARGUMENTS...")]
pub struct Aws {
    #[command(flatten)]
    target: Target,
    /// What the AWS CLI is given: sqs list-queues
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Aws {
    pub fn run(self) -> Result<ExitCode> {
        let program = aws_cli::search("aws")
            .context("there is no `aws` on PATH; install the AWS CLI (https://aws.amazon.com/cli), or use an SDK")?;
        let endpoint = self.target.endpoint()?;
        let environment = Environment::of(&endpoint);
        let mut command = Command::new(&program);
        if aws_cli::takes_endpoint(self.arguments.first().and_then(|word| word.to_str())) {
            command.arg("--endpoint-url").arg(endpoint.to_string());
        }
        command.args(self.arguments).envs(environment.set);
        for name in environment.unset {
            command.env_remove(name);
        }
        // Only returns when it cannot be run.
        let error = command.exec();
        Err(error).with_context(|| format!("cannot run {}", program.display()))
    }
}
