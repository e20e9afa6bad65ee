//! The file of the root key: made with the data directory, kept over reset and snapshots.

use crate::{directory::sync, error::OpenError};
use kernel::RootKey;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

pub const FILE: &str = "root.key";

/// Makes a new key, safe against power loss. One that is there already was made for a directory that did not get as far
/// as to name it: nothing is sealed under it.
pub fn make(root: &Path) -> io::Result<RootKey> {
    let path = root.join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let (key, bytes) = RootKey::random()?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    sync(root)?;
    Ok(key)
}

/// The key that the directory names by its fingerprint.
pub fn read(root: &Path, fingerprint: u64) -> Result<RootKey, OpenError> {
    let file = root.join(FILE);
    let bytes = fs::read(&file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => OpenError::KeyMissing { file: file.clone() },
        _ => OpenError::io(&file, error),
    })?;
    let key = bytes.try_into().ok().map(|bytes| RootKey::new(&bytes));
    key.filter(|key| key.fingerprint() == fingerprint).ok_or(OpenError::KeyForeign { file })
}
