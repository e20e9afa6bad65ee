//! The contract's limits, checked before a commit touches anything.

use kernel::store::{Commit, Key, MAX_COMMIT, MAX_COMMIT_OPS, MAX_KEY, MAX_VALUE, Op, Range, StoreError};

/// What a number adds to a key.
pub const NUMBER: usize = 9;

pub fn commit(commit: &Commit) -> Result<(), StoreError> {
    ops(&commit.ops)
}

pub fn ops(ops: &[Op]) -> Result<(), StoreError> {
    if ops.len() > MAX_COMMIT_OPS {
        return Err(StoreError::TooLarge("the number of operations in a commit"));
    }
    let mut total = 0;
    for op in ops {
        total += match op {
            Op::Put(at, bytes) => key(at, 0)? + value(bytes)?,
            Op::Delete(at) => key(at, 0)?,
            // Its ends are no keys of rows, but of their length.
            Op::DeleteRange(Range { from, to }) if from.len().max(to.len()) > MAX_KEY + NUMBER => {
                return Err(StoreError::TooLarge("a key"));
            }
            Op::DeleteRange(Range { from, to }) => from.len() + to.len(),
            Op::Add(at, _) => key(at, 0)? + 8,
            Op::Append { stream, head, value: bytes } => key(stream, NUMBER)? + key(head, 0)? + value(bytes)?,
        };
    }
    if total > MAX_COMMIT {
        return Err(StoreError::TooLarge("a commit"));
    }
    Ok(())
}

/// A commit's share of one operation, in bytes.
pub fn size(op: &Op) -> usize {
    match op {
        Op::Put(at, bytes) => at.len() + bytes.len(),
        Op::Delete(at) | Op::Add(at, _) => at.len() + 8,
        Op::DeleteRange(Range { from, to }) => from.len() + to.len(),
        Op::Append { stream, head, value } => stream.len() + NUMBER + head.len() + value.len(),
    }
}

fn key(key: &Key, more: usize) -> Result<usize, StoreError> {
    if key.is_empty() {
        return Err(StoreError::Refused("the empty key holds no row".into()));
    }
    if key.len() + more > MAX_KEY {
        return Err(StoreError::TooLarge("a key"));
    }
    Ok(key.len() + more)
}

fn value(value: &[u8]) -> Result<usize, StoreError> {
    if value.len() > MAX_VALUE {
        return Err(StoreError::TooLarge("a value"));
    }
    Ok(value.len())
}
