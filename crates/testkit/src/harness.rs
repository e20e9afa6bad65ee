//! The test harness of a folder of transcripts: each file is a test of its own name.

use crate::{diff::diff, runner::Runner};
use kernel::Service;
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
};

/// A folder's transcripts and what they run on. A test target with `harness = false` calls `run` in its `main`.
pub struct Suite {
    /// The crate's `env!("CARGO_MANIFEST_DIR")`; its `tests/*.txt` are the transcripts.
    pub manifest: &'static str,
    pub services: &'static [&'static Service],
    /// Members whose values get names, and the kind of name: `("ReceiptHandle", "receipt")`.
    pub opaque: &'static [(&'static str, &'static str)],
}

impl Suite {
    /// Takes the arguments of a Rust test binary: a filter, `--exact`, `--skip TEXT`, `--list`.
    pub fn run(&self) -> ExitCode {
        let mut filters = Vec::new();
        let (mut list, mut exact, mut skipped) = (false, false, Vec::new());
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => list = true,
                "--exact" => exact = true,
                "--ignored" => return ExitCode::SUCCESS,
                "--skip" => skipped.extend(arguments.next()),
                "--format" | "--test-threads" | "--color" => drop(arguments.next()),
                flag if flag.starts_with('-') => {}
                _ => filters.push(argument),
            }
        }
        let matches = |name: &str, text: &String| if exact { name == text } else { name.contains(text.as_str()) };
        let (mut ran, mut failed) = (0, Vec::new());
        for (name, path) in self.files() {
            let wanted = filters.is_empty() || filters.iter().any(|filter| matches(&name, filter));
            if !wanted || skipped.iter().any(|skip| matches(&name, skip)) {
                continue;
            }
            if list {
                println!("{name}: test");
                continue;
            }
            ran += 1;
            match self.check(&path) {
                Ok(()) => println!("test {name} ... ok"),
                Err(why) => {
                    println!("test {name} ... FAILED");
                    failed.push((name, path, why));
                }
            }
        }
        if list {
            return ExitCode::SUCCESS;
        }
        for (_, path, why) in &failed {
            println!("\n{}\n{why}", path.display());
        }
        println!("\n{ran} transcripts, {} failed\n", failed.len());
        if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn files(&self) -> Vec<(String, PathBuf)> {
        let folder = PathBuf::from(self.manifest).join("tests");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let named = |path: PathBuf| (path.file_stem().unwrap().to_string_lossy().into_owned(), path);
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "txt")).map(named).collect();
        files.sort();
        files
    }

    fn check(&self, path: &PathBuf) -> Result<(), String> {
        let expected = fs::read_to_string(path).unwrap();
        let runner = AssertUnwindSafe(|| Runner::new(self.services, self.opaque).run(&expected));
        let came = catch_unwind(runner).map_err(|_| "it panicked, see above".to_owned())??;
        if came == expected {
            return Ok(());
        }
        if std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1") {
            return fs::write(path, came).map_err(|error| error.to_string());
        }
        Err(format!("{}  UPDATE_EXPECT=1 takes the lines with + as right.", diff(&expected, &came)))
    }
}
