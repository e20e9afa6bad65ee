//! The rate that a FIFO queue allows: 300 calls a second and action, unless its limit is per message group.

use crate::{limits::FIFO_CALLS, queue::Queue};
use kernel::{Cx, Result};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use wire::common;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Send,
    Receive,
    Delete,
}

/// Calls in the current second of the wall clock: real clients are slowed, not advanced clocks.
#[derive(Default)]
struct Calls(Mutex<HashMap<(u64, Action), (i64, u32)>>);

pub fn check(cx: &Cx, queue: &Queue, action: Action) -> Result<()> {
    if !queue.fifo || queue.throughput_per_group {
        return Ok(());
    }
    let second = cx.cloud().clock().wall().secs();
    let calls = cx.cloud().cache::<Calls>();
    let mut calls = calls.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (at, count) = calls.entry((queue.id, action)).or_default();
    if *at != second {
        (*at, *count) = (second, 0);
    }
    *count += 1;
    match *count > FIFO_CALLS {
        // The model's own fault for this is RequestThrottled (403). Guess: the one that all services share; clients
        // try again after both.
        true => Err(common::throttling("Rate exceeded")),
        false => Ok(()),
    }
}
