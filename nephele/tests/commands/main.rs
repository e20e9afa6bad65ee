//! The real binary, used as its users do; one file per command or behaviour.
#![allow(clippy::unwrap_used)]

mod aws;
mod clock;
mod detach;
mod doctor;
mod down;
mod durability;
mod env;
mod guard;
mod home;
mod reset;
mod run;
mod snapshot;
mod status;
mod stopping;
mod up;
