//! The command line: reads arguments, starts or asks a cloud, prints.

mod services;
mod up;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nephele: the AWS developer's cloud on your own machine.
#[derive(Parser)]
#[command(version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a cloud.
    Up(up::Up),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Up(up) => up::run(&up),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nephele: {error:#}");
            ExitCode::FAILURE
        }
    }
}
