//! Rules that one file's text can break.

use super::source::Source;

const MAX_LINES: usize = 1_000;

/// Who may read the system clock: the cloud's clock, measurements, and the store for intervals of real input and output.
const CLOCK_READERS: [&str; 5] =
    ["crates/kernel/src/clock.rs", "crates/store/src/log_thread.rs", "crates/store/src/readers.rs", "bench/", "xtask/"];

/// Code that only tests run: it may panic, and print what differs.
const TEST_CODE: [&str; 2] = ["crates/testkit/", "crates/peers/"];

/// Who talks to a terminal. The server's threads have nobody else to tell that they cannot start.
const PRINTERS: [&str; 4] = ["nephele/", "xtask/", "bench/", "crates/front/src/server.rs"];

/// Names that say nothing of what a module holds.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "helper", "helpers", "manager", "managers", "misc", "stuff"];

/// Everything a file by hand breaks.
pub fn check(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    white_space(source, &mut found);
    if !source.is_rust() {
        return found;
    }
    let mut fail = |line: usize, message: &str| found.push(format!("{}:{line}: {message}", source.path));
    // A placeholder of one line has nothing to explain.
    let lines = source.text.lines().count();
    if lines > 1 && !source.text.starts_with("//! ") {
        fail(1, "open with one `//!` sentence that says what lives here");
    }
    if lines > MAX_LINES {
        fail(lines, "no file by hand is longer than 1,000 lines");
    }
    let test_code = TEST_CODE.iter().any(|path| source.path.starts_with(path));
    for needle in [".unwrap()", ".expect(\"", ".unwrap_err()", ".expect_err(\""] {
        for line in source.find(needle, false).filter(|_| !test_code) {
            fail(line, "no unwrap or expect outside tests: name the error");
        }
    }
    if !CLOCK_READERS.iter().any(|path| source.path.starts_with(path)) {
        for needle in ["SystemTime::now", "Instant::now"] {
            for line in source.find(needle, false) {
                fail(line, "only the kernel's clock reads the system clock: use `cx.now()`");
            }
        }
    }
    for needle in ["thread::sleep", "time::sleep"] {
        for line in source.find(needle, true) {
            fail(line, "a test does not sleep: advance the clock");
        }
    }
    if !test_code && !PRINTERS.iter().any(|path| source.path.starts_with(path)) {
        for needle in ["println!", "eprintln!", "print!", "eprint!"] {
            for line in source.find(needle, false) {
                fail(line, "only the binary and xtask print");
            }
        }
    }
    if source.path.starts_with("services/") {
        for needle in ["getrandom", "rand::"] {
            for line in source.find(needle, false) {
                fail(line, "only the kernel makes ids and randomness: use `cx`");
            }
        }
    }
    for name in EMPTY_NAMES {
        let module = source.path.ends_with(&format!("/{name}.rs")) || source.path.contains(&format!("/{name}/"));
        let inline = source.find(&format!("mod {name} "), false).next();
        if module || inline.is_some() {
            fail(inline.unwrap_or(1), "name a module after what it holds");
        }
    }
    found
}

fn white_space(source: &Source, found: &mut Vec<String>) {
    for (index, line) in source.text.lines().enumerate() {
        if line.ends_with([' ', '\t', '\r']) {
            found.push(format!("{}:{}: white space at the end of a line", source.path, index + 1));
        }
    }
    if !source.text.is_empty() && !source.text.ends_with('\n') {
        found.push(format!("{}: the last line does not end", source.path));
    }
}

/// The median length of files by hand stays below 150 lines.
pub fn median(sources: &[Source]) -> Option<String> {
    let mut lengths: Vec<usize> =
        sources.iter().filter(|source| source.is_rust()).map(|source| source.text.lines().count()).collect();
    lengths.sort_unstable();
    let median = *lengths.get(lengths.len() / 2)?;
    (median >= 150).then(|| format!("the median file has {median} lines; below 150 is the rule"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<String> {
        check(&Source::of(path, text.to_owned()))
    }

    #[test]
    fn rules_see_what_they_forbid() {
        let path = "services/x/src/queue.rs";
        assert!(broken(path, "//! Queues.\n\nfn a() {}\n").is_empty());
        for text in [
            "fn a() {}\nfn b() {}\n",
            "//! A.\nfn a() { b.unwrap() }\n",
            "//! A.\nfn a() { b.expect(\"c\") }\n",
            "//! A.\nfn a() { Instant::now() }\n",
            "//! A.\n#[cfg(test)]\nmod tests { fn a() { tokio::time::sleep(b) } }\n",
            "//! A.\nfn a() { println!(\"b\") }\n",
            "//! A. \n",
            "//! A.\nmod utils {}\n",
            "//! A.\nfn a() { rand::random() }\n",
        ] {
            assert_eq!(broken(path, text).len(), 1, "{text}");
        }
        assert_eq!(broken("services/x/src/helpers.rs", "//! A.\n").len(), 1);
        assert_eq!(broken(path, &("//! A.\n".to_owned() + &"\n".repeat(1_000))).len(), 1);
    }
}
