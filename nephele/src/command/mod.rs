//! The commands, one file each.

mod accounts;
mod aws;
mod child;
mod clock;
mod detach;
mod doctor;
mod down;
mod env;
mod explain;
mod policy;
mod reset;
mod run;
mod snapshot;
mod status;
mod up;
mod whoami;

use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    Up(up::Up),
    Down(down::Down),
    Status(status::Status),
    Env(env::Env),
    Run(run::Run),
    Aws(aws::Aws),
    Clock(clock::Clock),
    Snapshot(snapshot::Snapshot),
    Reset(reset::Reset),
    Accounts(accounts::Accounts),
    Whoami(whoami::Whoami),
    Explain(explain::Explain),
    Policy(policy::Policy),
    Doctor(doctor::Doctor),
    #[command(hide = true)]
    Child(child::Child),
}

impl Command {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Command::Up(up) => up.run(),
            Command::Down(down) => down.run(),
            Command::Status(status) => status.run(),
            Command::Env(env) => env.run(),
            Command::Run(run) => run.run(),
            Command::Aws(aws) => aws.run(),
            Command::Clock(clock) => clock.run(),
            Command::Snapshot(snapshot) => snapshot.run(),
            Command::Reset(reset) => reset.run(),
            Command::Accounts(accounts) => accounts.run(),
            Command::Whoami(whoami) => whoami.run(),
            Command::Explain(explain) => explain.run(),
            Command::Policy(policy) => policy.run(),
            Command::Doctor(doctor) => doctor.run(),
            Command::Child(child) => child.run(),
        }
    }
}
