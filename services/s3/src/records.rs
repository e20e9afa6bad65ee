//! What the store keeps of S3, and under which keys. docs/decisions/0008-s3.md explains it.

use kernel::{
    AccountId, Region, record,
    store::{BlobId, Key, Range},
};
use wire::{Bytes, Timestamp};

record! {
    /// A bucket. Every commit that changes what is in it, or how it is configured, reads its row; changes of its
    /// configuration write it, too.
    pub struct BucketRecord {
        /// Tells it from earlier buckets of its name.
        1 id: u64,
        2 account: u64,
        3 region: String,
        4 created: Timestamp,
        5 versioning: u8,
        /// Versions are deleted, and versioning is changed, with a second factor only.
        6 mfa_delete: bool,
        7 object_lock: bool,
        /// How often its configuration has changed.
        8 changes: u64,
        /// The tags are here, not with the configuration, because they decide who may do what.
        9 tags: Vec<(String, String)>,
    }
}

/// Of `BucketRecord::versioning`.
pub mod versioning {
    pub const NEVER: u8 = 0;
    pub const ENABLED: u8 = 1;
    pub const SUSPENDED: u8 = 2;
}

record! {
    /// A version of an object, or a delete marker.
    pub struct ObjectRecord {
        /// Random bytes behind the order; empty in a null version.
        1 version: Bytes,
        /// Grows with every version.
        2 order: u64,
        3 delete_marker: bool,
        /// In bytes, as the client sent and gets it.
        4 size: u64,
        5 modified: Timestamp,
        /// Without quotes.
        6 etag: String,
        7 content: Content,
        /// What is answered as it was given: `content-type`, `cache-control` … by the names of headers.
        8 headers: Vec<(String, String)>,
        /// `x-amz-meta-…`, without the prefix.
        9 metadata: Vec<(String, String)>,
        /// Empty for STANDARD.
        10 storage_class: String,
        11 checksum: Option<ChecksumRecord>,
        12 tags: Vec<(String, String)>,
        /// The account that owns it.
        13 owner: u64,
        /// The grants of its access control list, an `AccessControlPolicy` as JSON; empty where its owner alone has all.
        14 acl: String,
        15 encryption: Option<EncryptionRecord>,
        /// `GOVERNANCE`, `COMPLIANCE` or empty.
        16 lock_mode: String,
        17 retain_until: Timestamp,
        18 legal_hold: bool,
        19 restore: Option<RestoreRecord>,
        /// `PENDING`, `COMPLETED`, `FAILED`, `REPLICA` or empty.
        20 replication: String,
        21 website_redirect: String,
        /// A legal hold was ever set, be it off now.
        40 legal_hold_set: bool,
        /// Of Intelligent-Tiering: the archive tier, or empty.
        60 tier: String,
        /// Of Intelligent-Tiering: the midnight before it was last read.
        61 accessed: Timestamp,
        /// The buckets that it is replicated to, and how far that is: `PENDING`, `COMPLETED` or `FAILED`.
        80 replicas: Vec<(String, String)>,
        /// It is a replica, whatever its status is meanwhile.
        81 replica: bool,
    }
}

record! {
    /// Where the bytes of an object are.
    pub struct Content {
        /// Of the row or the blob; of an upload, whose parts the object is made of. 0 where there are none.
        1 id: u128,
        2 kind: u8,
        /// The numbers of the parts, as ranges, both ends included.
        3 parts: Vec<(u32, u32)>,
        /// The size of every part but the last, if they are all alike.
        4 part_size: u64,
        /// Of sealed bytes that are another content's: whose id they are sealed for. 0: its own.
        80 sealed_for: u128,
    }
}

/// Of `Content::kind`.
pub mod kind {
    /// There are no bytes.
    pub const EMPTY: u8 = 0;
    /// In a row of its own.
    pub const ROW: u8 = 1;
    pub const BLOB: u8 = 2;
    /// In the parts of an upload.
    pub const PARTS: u8 = 3;
}

record! {
    pub struct ChecksumRecord {
        /// As in `x-amz-checksum-…`: `crc32`.
        1 algorithm: String,
        /// In Base64, with `-N` behind it where it is composite.
        2 value: String,
        3 composite: bool,
        /// Of an object made of parts: the client asked for it, so those of the parts are told, too.
        30 of_parts: bool,
    }
}

record! {
    /// How the bytes are encrypted.
    pub struct EncryptionRecord {
        /// `AES256`, `aws:kms`, `aws:kms:dsse`, or empty for a key that the customer brings.
        1 algorithm: String,
        /// ARN.
        2 kms_key: String,
        3 bucket_key: bool,
        /// Encryption context that the client gave, as JSON.
        4 context: String,
        /// The key that the bytes are encrypted under, itself encrypted; empty where they are stored as they are.
        5 data_key: Bytes,
        /// The MD5 of the customer's key, in Base64.
        6 customer_key_md5: String,
        /// The bucket's key, as KMS encrypted it, where the data key is encrypted under that.
        7 bucket_data_key: Bytes,
    }
}

record! {
    /// An archived object that was asked back.
    pub struct RestoreRecord {
        /// When the copy is there.
        1 ready: Timestamp,
        /// When the copy goes.
        2 expires: Timestamp,
        3 days: u32,
        4 tier: String,
        /// That the copy is there was told.
        5 told: bool,
    }
}

record! {
    /// An access point. It reaches the bucket it was made for, not one that is made later under its name.
    pub struct AccessPointRecord {
        1 bucket: String,
        2 bucket_id: u64,
        3 bucket_account: u64,
        4 created: Timestamp,
        5 alias: String,
        /// The VPC that requests must come from; empty where they may come from anywhere.
        6 vpc: String,
        7 public_acls_blocked: bool,
        8 public_acls_ignored: bool,
        9 public_policy_blocked: bool,
        10 public_restricted: bool,
        /// The policy as it was put; empty where there is none.
        11 policy: String,
        /// The same by the ids of those it names, where it names any.
        12 policy_in_force: String,
        /// Their ids by their ARNs, as JSON.
        13 policy_principals: String,
        14 tags: Vec<(String, String)>,
    }
}

record! {
    /// Which access point an alias is of.
    pub struct AliasRecord {
        1 account: u64,
        2 region: String,
        3 name: String,
    }
}

record! {
    /// A multipart upload on its way.
    pub struct UploadRecord {
        1 id: u128,
        2 initiated: Timestamp,
        /// What the object will be, but for its content.
        3 object: ObjectRecord,
        /// ARN.
        4 initiator: String,
        /// The algorithm of the parts' checksums.
        5 checksum: String,
        6 composite: bool,
        /// The client asked for the algorithm; else it is the one that S3 adds by itself.
        30 asked: bool,
    }
}

record! {
    pub struct PartRecord {
        1 size: u64,
        2 etag: String,
        3 modified: Timestamp,
        4 content: Content,
        /// Of the upload's algorithm, in Base64.
        5 checksum: String,
        /// The plain MD5, where the entity tag is another.
        6 md5: Bytes,
    }
}

/// Where a bucket's rows are.
#[derive(Clone, Debug)]
pub struct Keys(Key);

impl Keys {
    pub fn of(account: AccountId, region: Region, bucket: u64) -> Keys {
        Keys(Key::new().number(account.0).text(region.as_str()).text("s3").number(bucket))
    }

    /// The current versions of all objects; a key without one has delete markers or nothing.
    pub fn objects(&self) -> Key {
        self.0.extended(64).text("o")
    }

    pub fn object(&self, key: &str) -> Key {
        self.objects().text(key)
    }

    /// Versions that are not current, and delete markers, by key and then the newest first.
    pub fn versions(&self) -> Key {
        self.0.extended(64).text("v")
    }

    pub fn versions_of(&self, key: &str) -> Key {
        self.versions().text(key)
    }

    pub fn version(&self, key: &str, order: u64) -> Key {
        self.versions_of(key).number(u64::MAX - order)
    }

    /// The versions of a key that are newer than one.
    pub fn newer(&self, key: &str, order: u64) -> Range {
        Range { from: self.versions_of(key).children().from, to: self.version(key, order) }
    }

    /// The order of the null version of a key, if it is among the `versions`.
    pub fn null(&self, key: &str) -> Key {
        self.0.extended(64).text("n").text(key)
    }

    /// The bytes of a small object.
    pub fn row(&self, id: u128) -> Key {
        self.0.extended(32).text("d").bytes(&id.to_be_bytes())
    }

    pub fn uploads(&self) -> Key {
        self.0.extended(64).text("u")
    }

    pub fn upload(&self, key: &str, id: u128) -> Key {
        self.uploads().text(key).bytes(&id.to_be_bytes())
    }

    /// The parts of all uploads, be they finished or not.
    pub fn all_parts(&self) -> Key {
        self.0.extended(32).text("p")
    }

    /// The parts of one.
    pub fn parts(&self, upload: u128) -> Key {
        self.all_parts().bytes(&upload.to_be_bytes())
    }

    pub fn part(&self, upload: u128, number: u32) -> Key {
        self.parts(upload).number(number.into())
    }

    /// The configuration: by what it is, and its id where there are several.
    pub fn configurations(&self) -> Key {
        self.0.extended(64).text("c")
    }

    pub fn configuration(&self, name: &str, id: &str) -> Key {
        self.configurations().text(name).text(id)
    }

    /// Lines of its access log that were not delivered yet.
    pub fn logs(&self) -> Key {
        self.0.extended(64).text("l")
    }

    pub fn log(&self, order: u64) -> Key {
        self.logs().number(order)
    }

    /// The names of an account's access points to the bucket.
    pub fn points_of(&self, owner: AccountId) -> Key {
        self.0.extended(64).text("a").number(owner.0)
    }

    /// Everything that belongs to the bucket.
    pub fn all(&self) -> Range {
        self.0.children()
    }
}

/// The bucket of a name. Names are unique over all accounts.
pub fn named(bucket: &str) -> Key {
    Key::new().text("sys").text("names").text("s3").text(bucket)
}

/// The access points of an account in a Region.
pub fn points(account: AccountId, region: Region) -> Key {
    Key::new().number(account.0).text(region.as_str()).text("s3").text("access-points")
}

/// The access point of an alias. Aliases are unique as names of buckets are, and end as none of those does.
pub fn aliased(alias: &str) -> Key {
    Key::new().text("sys").text("names").text("s3-alias").text(alias)
}

/// The names of an account's buckets.
pub fn buckets(account: AccountId) -> Key {
    Key::new().number(account.0).text("").text("s3").text("buckets")
}

impl Content {
    /// What the bytes are sealed for.
    pub fn seal(&self) -> u128 {
        if self.sealed_for == 0 { self.id } else { self.sealed_for }
    }

    pub fn blob(&self) -> Option<BlobId> {
        (self.kind == kind::BLOB).then_some(BlobId(self.id))
    }

    /// How many parts there are.
    pub fn count(&self) -> u64 {
        self.parts.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The number of the part at a place among all.
    pub fn number(&self, index: u64) -> Option<u32> {
        let mut left = index;
        for (first, last) in &self.parts {
            let many = u64::from(last - first) + 1;
            if left < many {
                return Some(first + left as u32);
            }
            left -= many;
        }
        None
    }

    /// The place of a part among all.
    pub fn index(&self, number: u32) -> Option<u64> {
        let mut before = 0;
        for (first, last) in &self.parts {
            if (*first..=*last).contains(&number) {
                return Some(before + u64::from(number - first));
            }
            if number < *first {
                return None;
            }
            before += u64::from(last - first) + 1;
        }
        None
    }
}
