//! What one commit may move: the store limits a commit's bytes and operations, and messages differ in size.

/// Bytes of message records: half a commit.
const BYTES: usize = 512 * 1024;
/// A FIFO message is moved with about 14 operations, of the 2,000 that a commit may have.
const MESSAGES: usize = 100;

pub struct Budget {
    bytes: usize,
    messages: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { bytes: BYTES, messages: MESSAGES }
    }
}

impl Budget {
    /// Counts a message. The last one may go over: it is smaller than what the other half leaves.
    pub fn spend(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.messages = self.messages.saturating_sub(1);
    }

    pub fn is_spent(&self) -> bool {
        self.bytes == 0 || self.messages == 0
    }

    pub fn is_touched(&self) -> bool {
        self.messages < MESSAGES
    }
}
