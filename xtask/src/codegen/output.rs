//! Generated files: collected first, then written or compared.

use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

#[derive(Default)]
pub struct Output {
    files: BTreeMap<PathBuf, String>,
}

impl Output {
    pub fn put(&mut self, path: PathBuf, text: String) {
        self.files.insert(path, text);
    }

    /// Replaces what stands between two marker lines of a file, which stay.
    pub fn put_between(&mut self, path: &Path, begin: &str, end: &str, text: &str) -> Result<()> {
        let old = match self.files.get(path) {
            Some(text) => text.clone(),
            None => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
        };
        let (head, rest) = old.split_once(begin).with_context(|| format!("{} lacks {begin}", path.display()))?;
        let (_, tail) = rest.split_once(end).with_context(|| format!("{} lacks {end}", path.display()))?;
        self.put(path.to_owned(), format!("{head}{begin}\n{text}{end}{tail}"));
        Ok(())
    }

    /// Writes the files that differ; with `check` names them and fails.
    pub fn finish(self, check: bool) -> Result<()> {
        let root = crate::root();
        let mut stale = Vec::new();
        for (path, text) in self.files {
            if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
                continue;
            }
            let shown = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
            if !check {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                std::fs::write(&path, text).with_context(|| shown.clone())?;
                println!("wrote {shown}");
            }
            stale.push(shown);
        }
        if check && !stale.is_empty() {
            bail!("stale generated files:\n  {}", stale.join("\n  "));
        }
        Ok(())
    }
}
