//! Why a store cannot be opened.

use std::{
    io,
    path::{Path, PathBuf},
};

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{dir} is in use by {holder}: stop that one first, or choose another data directory")]
    Locked { dir: PathBuf, holder: String },
    #[error("{dir} was written by a newer release (format {found}; this one knows up to {known}): use that release")]
    NewerFormat { dir: PathBuf, found: u64, known: u64 },
    #[error("{dir} holds files but is no data directory: choose another one")]
    Foreign { dir: PathBuf },
    #[error("{file} is damaged at byte {offset}: {what}")]
    Corrupt { file: PathBuf, offset: u64, what: &'static str },
    #[error(
        "{file} is missing, and with it the key to the secrets of this data directory: put it back where you have it, \
         or begin with a new directory"
    )]
    KeyMissing { file: PathBuf },
    #[error("{file} is not the key that this data directory was made with: put that one back")]
    KeyForeign { file: PathBuf },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: {source}")]
    Base { path: PathBuf, source: heed::Error },
}

impl OpenError {
    pub(crate) fn io(path: &Path, source: io::Error) -> OpenError {
        OpenError::Io { path: path.to_owned(), source }
    }

    pub(crate) fn base(path: &Path, source: heed::Error) -> OpenError {
        OpenError::Base { path: path.to_owned(), source }
    }

    pub(crate) fn corrupt(file: &Path, offset: u64, what: &'static str) -> OpenError {
        OpenError::Corrupt { file: file.to_owned(), offset, what }
    }
}
