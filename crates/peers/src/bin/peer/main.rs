//! The codecs behind a pipe, for `tests/differential`: one JSON object per line in, one per line out.
//!
//! `do` says what is asked: which `samples` there are, `decode` a request, `encode` an output, or answer a `fault`.

mod canonical;
mod exchange;

use std::io::{BufRead, Write, stdin, stdout};
use wire::Json;

fn main() -> std::io::Result<()> {
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let answer = Json::parse(&line?).map_err(|error| error.message).and_then(|asked| exchange::answer(&asked));
        let answer = answer.unwrap_or_else(|problem| Json::from([("problem", problem)]));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
