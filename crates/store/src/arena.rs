//! Where the overlay keeps its values: side by side in chunks, so that a row costs no allocation and a layer is freed at
//! once. Only for values that live about as long as each other: one that stays keeps its whole chunk.

use bytes::{Bytes, BytesMut};

const CHUNK: usize = 256 * 1024;
/// Greater values have memory of their own.
const LARGE: usize = 32 * 1024;

#[derive(Default)]
pub struct Arena {
    chunk: BytesMut,
}

impl Arena {
    pub fn copy(&mut self, value: &[u8]) -> Bytes {
        if value.is_empty() || value.len() > LARGE {
            return Bytes::copy_from_slice(value);
        }
        if self.chunk.capacity() < value.len() {
            self.chunk = BytesMut::with_capacity(CHUNK);
        }
        self.chunk.extend_from_slice(value);
        self.chunk.split().freeze()
    }
}
