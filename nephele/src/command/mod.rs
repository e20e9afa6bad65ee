//! The commands, one file each.

mod aws;
mod child;
mod clock;
mod detach;
mod doctor;
mod down;
mod env;
mod reset;
mod run;
mod snapshot;
mod status;
mod up;

use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// Start a cloud.
    Up(up::Up),
    /// Stop a cloud.
    Down(down::Down),
    /// Show what a cloud is and how it fares.
    Status(status::Status),
    /// Print what points this shell's AWS clients at the cloud: eval "$(nephele env)".
    Env(env::Env),
    /// Run a command with a private cloud in memory that ends with it.
    Run(run::Run),
    /// Run the installed AWS CLI against the cloud.
    Aws(aws::Aws),
    /// Show or move the cloud's clock.
    Clock(clock::Clock),
    /// Save, restore, list and delete states of the whole cloud.
    Snapshot(snapshot::Snapshot),
    /// Delete everything in the cloud, except its snapshots.
    Reset(reset::Reset),
    /// Check what could keep clients from reaching the cloud, and print the fixes.
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
            Command::Doctor(doctor) => doctor.run(),
            Command::Child(child) => child.run(),
        }
    }
}
