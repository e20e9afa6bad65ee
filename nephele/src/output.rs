//! Standard output, whose reader may have gone.

use std::{fmt::Display, io::Write, process::exit};

/// Prints a line. Where nobody reads any more, ends as SIGPIPE would.
pub fn say(line: impl Display) {
    print(format_args!("{line}\n"));
}

pub fn print(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    if write!(stdout, "{text}").and_then(|()| stdout.flush()).is_err() {
        exit(128 + 13);
    }
}
