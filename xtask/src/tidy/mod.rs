//! `cargo xtask tidy`: the invariants that can be read off the tree. Also an ordinary test of this package.

mod dependencies;
mod routes;
mod source;
mod text;

use anyhow::{Context, Result, bail};
use source::Source;
use std::path::Path;

/// Folders that hold no text by hand.
const SKIPPED: [&str; 6] = ["target", ".git", ".cache", "node_modules", ".venv", "fixture"];

pub fn run() -> Result<()> {
    let found = violations(&crate::root())?;
    if found.is_empty() {
        return Ok(());
    }
    bail!("untidy:\n  {}", found.join("\n  "));
}

/// Everything in the tree that breaks a rule.
fn violations(root: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    collect(root, root, &mut paths)?;
    let sources = paths.iter().map(|path| Source::read(root, path)).collect::<Result<Vec<_>>>()?;
    let mut found = dependencies::check(root)?;
    found.extend(sources.iter().flat_map(text::check));
    found.extend(text::median(&sources));
    found.extend(kernel_names(root, &sources)?);
    found.extend(routes::check(root)?);
    Ok(found)
}

/// The Rust, TOML and Markdown files by hand, relative to the root.
fn collect(root: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        let relative = path.strip_prefix(root).context("outside the root")?.display().to_string();
        let name = entry.file_name();
        if generated(&relative) || SKIPPED.iter().any(|skipped| *skipped == name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(root, &path, paths)?;
        } else if [".rs", ".toml", ".md"].iter().any(|ending| relative.ends_with(ending)) {
            paths.push(relative);
        }
    }
    Ok(())
}

fn generated(path: &str) -> bool {
    let api = path.starts_with("services/") && path.ends_with("/api");
    api || matches!(path, "crates/peers/src" | "nephele/src/services.rs" | "docs/coverage.md")
}

/// The kernel names no service. Principals, ARNs and signatures have AWS's own words, `sts` and `iam`, in them.
fn kernel_names(root: &Path, sources: &[Source]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root.join("services"))? {
        let name = entry?.file_name().display().to_string();
        if name == "sts" || name == "iam" {
            continue;
        }
        let literal = format!("\"{name}\"");
        for source in sources.iter().filter(|source| source.path.starts_with("crates/kernel/src/")) {
            for (index, line) in source.text.lines().enumerate() {
                let comment = line.trim_start().starts_with("//");
                if line.contains(&literal) && !source.test[index] && !comment {
                    found.push(format!("{}:{}: the kernel names no service", source.path, index + 1));
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_tidy() -> anyhow::Result<()> {
        let found = super::violations(&crate::root())?;
        assert!(found.is_empty(), "untidy:\n  {}", found.join("\n  "));
        Ok(())
    }
}
