//! The command line: reads arguments, starts or asks a cloud, prints.

mod aws_cli;
mod banner;
mod cloud;
mod command;
mod control;
mod environment;
mod exit;
mod listen;
mod output;
mod services;
mod shell;
mod signals;
mod target;
mod words;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nephele: the AWS developer's cloud on your own machine.
#[derive(Parser)]
#[command(version, about, disable_help_subcommand = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: command::Command,
}

const EXAMPLES: &str = "\
Examples:
  nephele up                          a cloud on port 4566, its state kept in ~/.local/share/nephele
  nephele up --memory --detach        one in the background that keeps nothing
  eval \"$(nephele env)\"               this shell's AWS CLI and SDKs talk to it
  aws sqs create-queue --queue-name orders
  nephele clock advance 30d           what is due within 30 days happens now
  nephele snapshot save clean         keep this state; `nephele snapshot restore clean` brings it back
  nephele run -- pytest               a private cloud for one command

Exit status: 0 done, 1 failed, 2 wrong usage, 3 no cloud answers, 4 address or data directory in use.
`run` and `aws` pass on the status of their command.";

fn main() -> ExitCode {
    match Arguments::parse().command.run() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("nephele: {error:#}");
            exit::status(&error)
        }
    }
}
