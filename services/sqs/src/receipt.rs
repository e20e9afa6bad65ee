//! Receipt handles: which message, and which of its receives.

use crate::{faults, queue::Queue};
use data_encoding::BASE64;
use kernel::Result;
use wire::Timestamp;

/// What a handle holds. Opaque to clients; the nonce lets only the receiver use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub queue: u64,
    pub message: u64,
    pub nonce: u64,
    /// Where the message's visibility row was put when it was received; 0 in FIFO queues.
    pub visible: Timestamp,
    /// The FIFO group; empty in standard queues.
    pub group: String,
}

const VERSION: u8 = 1;

impl Receipt {
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(33 + self.group.len());
        bytes.push(VERSION);
        for number in [self.queue, self.message, self.nonce, self.visible.0 as u64] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(self.group.as_bytes());
        BASE64.encode(&bytes)
    }

    fn decode(text: &str) -> Option<Receipt> {
        let bytes = BASE64.decode(text.as_bytes()).ok()?;
        let (&VERSION, rest) = bytes.split_first()? else { return None };
        let (numbers, group) = rest.split_at_checked(32)?;
        let number = |at: usize| numbers[at..].first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
        Some(Receipt {
            queue: number(0)?,
            message: number(8)?,
            nonce: number(16)?,
            visible: Timestamp(number(24)? as i64),
            group: std::str::from_utf8(group).ok()?.to_owned(),
        })
    }

    /// The receipt in a handle that this queue gave.
    pub fn of(queue: &Queue, handle: &str) -> Result<Receipt> {
        if handle.is_empty() {
            return Err(faults::missing_parameter("ReceiptHandle"));
        }
        Receipt::decode(handle)
            .filter(|receipt| receipt.queue == queue.id)
            .ok_or_else(|| faults::invalid_receipt_handle(handle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_read_back_and_others_are_refused() {
        let receipt = Receipt { queue: 1, message: 2, nonce: 3, visible: Timestamp(4), group: "g".into() };
        assert_eq!(Receipt::decode(&receipt.encode()), Some(receipt));
        for text in ["", "x", "AAAA", "AQ=="] {
            assert_eq!(Receipt::decode(text), None);
        }
    }
}
