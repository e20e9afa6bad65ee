//! What the store keeps of queues and messages, and under which keys.
//!
//! All keys begin with account, region and `sqs` (`Cx::key_of`). Numbers in braces are 64 bits.
//!
//! | key | value |
//! |---|---|
//! | `q` name | [`QueueRecord`] |
//! | `gone` name | when the queue of that name was deleted |
//! | `m` {queue} {message} | [`MessageRecord`]: never changes |
//! | `s` {queue} | counter: the last message of a standard queue's stream, which is `m` |
//! | `r` {queue} | counter: the last message of it that was received |
//! | `v` {queue} {visible at} {lease} | [`LeaseRecord`]: standard queues; all messages that were received, or are delayed |
//! | `c` {queue} {message} | the instant in the `v` row's key, if visibility was changed after it was received |
//! | `n` {queue} | counter: messages of a FIFO queue; messages in leases of a standard one |
//! | `k` {queue} {second} 0/1 | counter: messages delayed, in flight until within that second |
//! | `i` {queue} {instant} 0/1 | the same by instant, in FIFO queues |
//! | `f` {queue} group {message} | [`StateRecord`] with its instant: FIFO queues |
//! | `h` {queue} group | [`GroupRecord`] of a FIFO group that has messages |
//! | `g` {queue} {available at} group | index of the groups by when their first message is visible |
//! | `d` {queue} scope deduplication id | [`DedupRecord`] |
//! | `a` {queue} attempt id | [`AttemptRecord`] of a FIFO receive |
//! | `b` {queue} blob | a blob of one of its messages |
//! | `p` {queue} | its version: blobs of older commits are of messages that were purged |
//! | `x` {queue} {expires at} `d`/`a` id | index of the two above, for sweeping |
//! | `t` {queue} {started} | [`MoveTaskRecord`] |
//!
//! A message's number is its place in the order of sending: in a standard queue's stream they are counted, elsewhere it is
//! also (in microseconds) about when it was sent. [`OUTSIDE`] tells messages of a standard queue outside its stream.

use bytes::Bytes;
use kernel::{record, store::Key};
use wire::Timestamp;

/// Set in the numbers of messages of standard queues that never stood in the stream: they are delayed, or come from
/// another queue.
pub const OUTSIDE: u64 = 1 << 63;

record! {
    /// A queue. Attributes are kept as they are in force, defaults included.
    pub struct QueueRecord {
        1 id: u64,
        2 name: String,
        3 created: Timestamp,
        4 modified: Timestamp,
        5 fifo: bool,
        /// Seconds.
        6 delay: u32,
        /// Bytes.
        7 maximum_size: u32,
        /// Seconds.
        8 retention: u32,
        /// Seconds.
        9 wait: u32,
        /// Seconds.
        10 visibility: u32,
        /// JSON as it was set; empty for none.
        11 policy: String,
        12 redrive: Option<Redrive>,
        /// JSON as it was set; empty for none.
        13 redrive_allow: String,
        14 kms_key: String,
        /// Seconds.
        15 kms_reuse: u32,
        16 managed_sse: bool,
        17 content_deduplication: bool,
        18 deduplication_per_group: bool,
        19 throughput_per_group: bool,
        20 tags: Vec<(String, String)>,
        /// When it was purged last.
        21 purged: Timestamp,
        /// When its retention timer is due; 0 while it has none, because it is empty.
        22 sweep: Timestamp,
    }
}

record! {
    /// Where messages go that were received too often.
    pub struct Redrive {
        1 target_arn: String,
        2 max_receives: u32,
    }
}

record! {
    pub struct MessageRecord {
        /// The message id's bits.
        1 id: u128,
        /// The body, if it is short enough to be kept here.
        2 body: Bytes,
        /// The body and then, if `blob_attributes` is not 0, the attributes as [`AttributesRecord`].
        3 blob: Option<u128>,
        /// Bytes of the body.
        4 blob_len: u64,
        5 body_md5: u128,
        6 attributes: Vec<AttributeRecord>,
        7 sent: Timestamp,
        /// The principal id of the sender.
        8 sender: String,
        9 group: String,
        10 deduplication: String,
        11 trace_header: String,
        /// The queue it was dead-lettered from.
        12 source_arn: String,
        13 attributes_md5: u128,
        /// Bytes of the attributes in the blob.
        14 blob_attributes: u64,
        /// Of a body that is sealed: its data key, as KMS encrypted it.
        15 data_key: Bytes,
        /// The queue it was sealed in.
        16 sealed_for: String,
    }
}

record! {
    /// Attributes that are kept in a blob.
    pub struct AttributesRecord {
        1 attributes: Vec<AttributeRecord>,
        2 trace_header: String,
    }
}

record! {
    pub struct AttributeRecord {
        1 name: String,
        2 data_type: String,
        3 string: Option<String>,
        4 binary: Option<Bytes>,
    }
}

record! {
    /// Messages of a standard queue that are hidden, or visible again, together.
    pub struct LeaseRecord {
        /// When they were received last; 0 if they never were.
        1 received: Timestamp,
        2 messages: Vec<HeldRecord>,
    }
}

record! {
    /// What changes about a message of a standard queue.
    pub struct HeldRecord {
        1 message: u64,
        2 receives: u32,
        /// 0 if it is when its lease was received.
        3 first_received: Timestamp,
        /// When its retention began.
        4 sent: Timestamp,
        /// The body's blob, so that an expired message is forgotten without being read.
        5 blob: Option<u128>,
        /// There is a `c` row.
        6 moved: bool,
    }
}

record! {
    /// What changes about a FIFO message.
    pub struct StateRecord {
        1 receives: u32,
        2 first_received: Timestamp,
        /// Of the newest receipt handle.
        3 nonce: u64,
        /// The body's blob, so that an expired message is forgotten without being read.
        4 blob: Option<u128>,
        5 visible: Timestamp,
        /// When it was received last.
        6 received: Timestamp,
        /// When its retention began.
        8 sent: Timestamp,
    }
}

record! {
    pub struct GroupRecord { 1 available: Timestamp }
}

record! {
    pub struct DedupRecord {
        1 message: u64,
        2 id: u128,
        3 expires: Timestamp,
    }
}

record! {
    pub struct AttemptRecord {
        /// (message, nonce) in the order given.
        1 messages: Vec<(u64, u64)>,
        2 groups: Vec<String>,
        3 expires: Timestamp,
        /// Until when they are hidden, unless their visibility was changed.
        4 visible: Timestamp,
    }
}

record! {
    pub struct MoveTaskRecord {
        1 source_arn: String,
        2 destination_arn: String,
        /// 0 for as fast as it goes.
        3 rate: u32,
        4 moved: u64,
        5 to_move: u64,
        6 status: String,
        7 failure: String,
        8 started: Timestamp,
        9 handle: String,
    }
}

/// The keys of one account and region.
#[derive(Clone)]
pub struct Keys(pub Key);

impl Keys {
    fn under(&self, table: &str) -> Key {
        self.0.extended(48).text(table)
    }
    pub fn queues(&self) -> Key {
        self.under("q")
    }
    pub fn queue(&self, name: &str) -> Key {
        self.queues().text(name)
    }
    pub fn gone(&self, name: &str) -> Key {
        self.under("gone").text(name)
    }
    pub fn count(&self, queue: u64) -> Key {
        self.under("n").number(queue)
    }
    pub fn messages(&self, queue: u64) -> Key {
        self.under("m").number(queue)
    }
    pub fn message(&self, queue: u64, message: u64) -> Key {
        self.messages(queue).number(message)
    }
    pub fn head(&self, queue: u64) -> Key {
        self.under("s").number(queue)
    }
    pub fn cursor(&self, queue: u64) -> Key {
        self.under("r").number(queue)
    }
    pub fn leases(&self, queue: u64) -> Key {
        self.under("v").number(queue)
    }
    pub fn lease(&self, queue: u64, at: Timestamp, id: u64) -> Key {
        self.leases(queue).number(at.0.max(0) as u64).number(id)
    }
    pub fn seconds(&self, queue: u64) -> Key {
        self.under("k").number(queue)
    }
    pub fn instants(&self, queue: u64) -> Key {
        self.under("i").number(queue)
    }
    pub fn blobs(&self, queue: u64) -> Key {
        self.under("b").number(queue)
    }
    pub fn blob(&self, queue: u64, blob: u128) -> Key {
        self.blobs(queue).bytes(&blob.to_be_bytes())
    }
    pub fn purge(&self, queue: u64) -> Key {
        self.under("p").number(queue)
    }
    pub fn changes(&self, queue: u64) -> Key {
        self.under("c").number(queue)
    }
    pub fn changed(&self, queue: u64, message: u64) -> Key {
        self.changes(queue).number(message)
    }
    pub fn fifo(&self, queue: u64) -> Key {
        self.under("f").number(queue)
    }
    pub fn group_messages(&self, queue: u64, group: &str) -> Key {
        self.fifo(queue).text(group)
    }
    pub fn groups(&self, queue: u64) -> Key {
        self.under("h").number(queue)
    }
    pub fn group(&self, queue: u64, group: &str) -> Key {
        self.groups(queue).text(group)
    }
    pub fn availabilities(&self, queue: u64) -> Key {
        self.under("g").number(queue)
    }
    pub fn availability(&self, queue: u64, at: Timestamp, group: &str) -> Key {
        self.availabilities(queue).number(at.0.max(0) as u64).text(group)
    }
    pub fn deduplications(&self, queue: u64) -> Key {
        self.under("d").number(queue)
    }
    pub fn attempts(&self, queue: u64) -> Key {
        self.under("a").number(queue)
    }
    pub fn expiries(&self, queue: u64) -> Key {
        self.under("x").number(queue)
    }
    pub fn tasks(&self, queue: u64) -> Key {
        self.under("t").number(queue)
    }
    /// Every table that holds rows of a queue, to be emptied when it is deleted or purged.
    pub fn contents(&self, queue: u64) -> [Key; 11] {
        [
            self.messages(queue),
            self.leases(queue),
            self.changes(queue),
            self.seconds(queue),
            self.instants(queue),
            self.fifo(queue),
            self.groups(queue),
            self.availabilities(queue),
            self.deduplications(queue),
            self.attempts(queue),
            self.expiries(queue),
        ]
    }
    /// Its counters.
    pub fn counters(&self, queue: u64) -> [Key; 3] {
        [self.count(queue), self.head(queue), self.cursor(queue)]
    }
}
