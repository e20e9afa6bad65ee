//! New ids, in the forms of the model's patterns.

use kernel::Cx;
use std::iter::repeat_with;

const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

fn letters(cx: &Cx, count: usize) -> String {
    let letter = || char::from(LETTERS[(cx.cloud().ids().u64() % 36) as usize]);
    repeat_with(letter).take(count).collect()
}

pub fn organization(cx: &Cx) -> String {
    format!("o-{}", letters(cx, 10))
}

pub fn root(cx: &Cx) -> String {
    format!("r-{}", letters(cx, 4))
}

/// An OU's id has its root's in it.
pub fn unit(cx: &Cx, root: &str) -> String {
    format!("ou-{}-{}", root.trim_start_matches("r-"), letters(cx, 8))
}

pub fn policy(cx: &Cx) -> String {
    format!("p-{}", letters(cx, 8))
}

pub fn resource_policy(cx: &Cx) -> String {
    format!("rp-{}", letters(cx, 8))
}

pub fn handshake(cx: &Cx) -> String {
    format!("h-{:032x}", cx.cloud().ids().u128())
}

pub fn creation(cx: &Cx) -> String {
    format!("car-{:032x}", cx.cloud().ids().u128())
}

/// Twelve digits of which the first is not 0: such accounts people name themselves.
pub fn account(cx: &Cx) -> kernel::AccountId {
    kernel::AccountId(100_000_000_000 + cx.cloud().ids().u64() % 900_000_000_000)
}
