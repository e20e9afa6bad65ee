//! Fuzzes the entry of this name in `tests/codecs/entries.rs`.
#![no_main]
#![allow(clippy::unwrap_used, dead_code)]

#[path = "../../tests/codecs/call.rs"]
mod call;
#[path = "../../tests/codecs/entries.rs"]
mod entries;
#[path = "../../tests/codecs/shapes.rs"]
mod shapes;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::run("protocol", data));
