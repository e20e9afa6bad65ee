//! Server-side encryption: which key an object is written under, and how a reader gets it back.

use crate::{
    bucket::Bucket,
    faults,
    records::{EncryptionRecord, ObjectRecord},
    seal::DataKey,
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64;
use kernel::{Cx, Result};
use md5::{Digest, Md5};
use wire::{Fault, common};

pub mod default;
mod kms;
pub mod update;

/// What a writer asks for; made by [`asked!`].
#[derive(Default)]
pub struct Asked<'a> {
    pub algorithm: Option<&'a str>,
    pub kms_key: Option<&'a str>,
    pub context: Option<&'a str>,
    pub bucket_key: Option<bool>,
    pub customer: Customer<'a>,
}

/// A key that the customer brings (SSE-C).
#[derive(Clone, Copy, Default)]
pub struct Customer<'a> {
    pub algorithm: Option<&'a str>,
    pub key: Option<&'a str>,
    pub md5: Option<&'a str>,
}

macro_rules! customer {
    ($input:expr) => {
        $crate::encryption::Customer {
            algorithm: $input.sse_customer_algorithm.as_deref(),
            key: $input.sse_customer_key.as_deref(),
            md5: $input.sse_customer_key_md5.as_deref(),
        }
    };
}
pub(crate) use customer;

macro_rules! asked {
    ($input:expr) => {
        &$crate::encryption::Asked {
            algorithm: $input.server_side_encryption.as_ref().map(|algorithm| algorithm.as_str()),
            kms_key: $input.sse_kms_key_id.as_deref(),
            context: $input.sse_kms_encryption_context.as_deref(),
            bucket_key: $input.bucket_key_enabled,
            customer: $crate::encryption::customer!($input),
        }
    };
}
pub(crate) use asked;

/// Writes what an answer says of an object's encryption.
macro_rules! tell {
    ($output:expr, $record:expr) => {{
        let told = $crate::encryption::told($record);
        $output.server_side_encryption = told.algorithm;
        $output.sse_customer_algorithm = told.customer_algorithm;
        $output.sse_customer_key_md5 = told.customer_key_md5;
        $output.sse_kms_key_id = told.kms_key;
        $output.bucket_key_enabled = told.bucket_key;
    }};
}
pub(crate) use tell;

/// How an object is written.
pub struct Writing {
    /// `None` where the bytes are stored as they are.
    pub key: Option<DataKey>,
    pub record: Option<EncryptionRecord>,
}

impl Writing {
    /// The entity tag: the MD5 only where the bytes are stored under a key of S3's own (API reference, "Object", ETag).
    pub fn etag(&self, cx: &Cx, md5: String) -> String {
        match self.is_opaque() {
            false => md5,
            true => format!("{:032x}", cx.cloud().ids().u128()),
        }
    }

    fn is_opaque(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.algorithm != "AES256")
    }
}

/// What an answer says of encryption.
#[derive(Default)]
pub struct Told {
    pub algorithm: Option<s3_api::ServerSideEncryption>,
    pub customer_algorithm: Option<String>,
    pub customer_key_md5: Option<String>,
    pub kms_key: Option<String>,
    pub bucket_key: Option<bool>,
}

pub fn told(record: &ObjectRecord) -> Told {
    let Some(encryption) = &record.encryption else {
        // Everything is encrypted by S3 itself, as far as clients see.
        return Told { algorithm: Some(s3_api::ServerSideEncryption::Aes256), ..Told::default() };
    };
    if !encryption.customer_key_md5.is_empty() {
        return Told {
            customer_algorithm: Some("AES256".to_owned()),
            customer_key_md5: Some(encryption.customer_key_md5.clone()),
            ..Told::default()
        };
    }
    Told {
        algorithm: Some(encryption.algorithm.as_str().into()),
        kms_key: Some(encryption.kms_key.clone()).filter(|key| !key.is_empty()),
        bucket_key: encryption.bucket_key.then_some(true),
        ..Told::default()
    }
}

/// How an object is to be written, by what is asked for and what the bucket does by default.
pub async fn of_write(cx: &Cx, bucket: &Bucket, key: &str, asked: &Asked<'_>) -> Result<Writing> {
    if let Some(key) = customer_key(&asked.customer)? {
        if asked.algorithm.is_some() {
            return Err(faults::invalid_argument(
                "x-amz-server-side-encryption",
                asked.algorithm.unwrap_or_default(),
                "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
            ));
        }
        if default::blocks_customer_keys(bucket)? {
            return Err(faults::ACCESS_DENIED.fault(
                "Access Denied because the bucket blocks server-side encryption with customer-provided keys (SSE-C).",
            ));
        }
        let data_key = random(cx)?;
        let record = EncryptionRecord {
            data_key: wrap(cx, &key, &data_key)?.into(),
            customer_key_md5: asked.customer.md5.unwrap_or_default().to_owned(),
            ..EncryptionRecord::default()
        };
        return Ok(Writing { key: Some(DataKey::new(&data_key, 1)), record: Some(record) });
    }
    let default = default::of(bucket)?;
    let (algorithm, kms_key) = match asked.algorithm {
        Some(algorithm) => (algorithm, asked.kms_key),
        None if asked.kms_key.is_some() => {
            return Err(faults::invalid_argument(
                "x-amz-server-side-encryption",
                "null",
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            ));
        }
        None => (default.algorithm.as_str(), default.kms_key.as_deref()),
    };
    match algorithm {
        "AES256" if asked.kms_key.is_some() => Err(faults::invalid_argument(
            "x-amz-server-side-encryption",
            algorithm,
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        )),
        "AES256" if cx.cloud().encrypts() => {
            let data_key = random(cx)?;
            let sealed = cx.cloud().vault().seal(PURPOSE, b"", &data_key);
            let sealed = sealed.map_err(|error| common::internal_failure(format!("sealing a data key: {error}")))?;
            let record = EncryptionRecord {
                algorithm: algorithm.to_owned(),
                data_key: sealed.into(),
                ..EncryptionRecord::default()
            };
            Ok(Writing { key: Some(DataKey::new(&data_key, 1)), record: Some(record) })
        }
        "AES256" => Ok(Writing { key: None, record: None }),
        "aws:kms" | "aws:kms:dsse" => {
            let bucket_key = algorithm == "aws:kms" && asked.bucket_key.unwrap_or(default.bucket_key);
            let kms = kms::Kms { cx, bucket, key, bucket_key };
            kms.generate(algorithm, kms_key.unwrap_or_default(), asked.context).await
        }
        other => Err(faults::invalid_argument(
            "x-amz-server-side-encryption",
            other,
            "The encryption method specified is not supported",
        )),
    }
}

/// What the data keys of S3's own encryption are sealed for.
const PURPOSE: &str = "s3/object";

/// The data key of an object under a KMS key, for a replica of it.
pub async fn plain_key(cx: &Cx, bucket: &Bucket, key: &str, encryption: &EncryptionRecord) -> Result<[u8; 32]> {
    kms::Kms { cx, bucket, key, bucket_key: encryption.bucket_key }.plain(encryption).await
}

/// The data key of an object under S3's own encryption.
fn own_key(cx: &Cx, encryption: &EncryptionRecord) -> Result<[u8; 32]> {
    let opened = cx.cloud().vault().open(PURPOSE, b"", &encryption.data_key);
    let opened = opened.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
    opened.ok_or_else(|| common::internal_failure("a data key cannot be opened"))
}

/// How a replica is encrypted: its data key under the KMS key of its own bucket, with a bucket key if the object has one
/// or the bucket's default says so (S3 user guide, "Using S3 Bucket Keys with replication"; which of the two is a guess).
pub async fn of_replica(
    cx: &Cx,
    bucket: &Bucket,
    key: &str,
    encryption: &EncryptionRecord,
    plain: &[u8; 32],
    kms_key: &str,
) -> Result<EncryptionRecord> {
    let single = encryption.algorithm == "aws:kms";
    let bucket_key = single && (encryption.bucket_key || default::of(bucket)?.bucket_key);
    kms::Kms { cx, bucket, key, bucket_key }.encrypt(encryption, plain, kms_key).await
}

/// The key to read an object with; `None` where its bytes are stored as they are.
pub async fn of_read(
    cx: &Cx,
    bucket: &Bucket,
    key: &str,
    record: &ObjectRecord,
    customer: &Customer<'_>,
) -> Result<Option<DataKey>> {
    let given = customer_key(customer)?;
    let Some(encryption) = &record.encryption else {
        return match given {
            Some(_) => Err(not_applicable()),
            None => Ok(None),
        };
    };
    match (encryption.customer_key_md5.is_empty(), given) {
        (false, None) => Err(faults::invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
        )),
        (false, Some(given)) => match unwrap(&given, &encryption.data_key) {
            Some(key) => Ok(Some(DataKey::new(&key, 1))),
            None => Err(faults::access_denied()),
        },
        (true, Some(_)) => Err(not_applicable()),
        (true, None) if encryption.algorithm == "AES256" => Ok(Some(DataKey::new(&own_key(cx, encryption)?, 1))),
        (true, None) => {
            let kms = kms::Kms { cx, bucket, key, bucket_key: encryption.bucket_key };
            Ok(Some(kms.open(encryption).await?))
        }
    }
}

fn not_applicable() -> Fault {
    faults::invalid_request("The encryption parameters are not applicable to this object.")
}

/// The key of SSE-C headers: all three or none.
fn customer_key(customer: &Customer<'_>) -> Result<Option<[u8; 32]>> {
    let invalid = |name: &str, value: &str, message: &str| Err(faults::invalid_argument(name, value, message));
    let algorithm = match customer.algorithm {
        None if customer.key.is_none() && customer.md5.is_none() => return Ok(None),
        algorithm => algorithm.unwrap_or_default(),
    };
    if algorithm != "AES256" {
        return match customer.algorithm {
            None => Err(faults::invalid_argument(
                "x-amz-server-side-encryption-customer-algorithm",
                "null",
                "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
            )),
            Some(_) => Err(faults::INVALID_ENCRYPTION_ALGORITHM
                .fault("The encryption request that you specified is not valid. The valid value is AES256.")),
        };
    }
    let key = BASE64.decode(customer.key.unwrap_or_default().as_bytes()).unwrap_or_default();
    let Ok(key) = <[u8; 32]>::try_from(key.as_slice()) else {
        return match customer.key {
            None => invalid(
                "x-amz-server-side-encryption-customer-key",
                "null",
                "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
            ),
            Some(_) => invalid(
                "x-amz-server-side-encryption-customer-key",
                "",
                "The secret key was invalid for the specified algorithm.",
            ),
        };
    };
    match customer.md5 {
        None => invalid(
            "x-amz-server-side-encryption-customer-key-MD5",
            "null",
            "Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.",
        ),
        Some(md5) if md5 != BASE64.encode(&Md5::digest(key)) => invalid(
            "x-amz-server-side-encryption-customer-key-MD5",
            md5,
            "The calculated MD5 hash of the key did not match the hash that was provided.",
        ),
        Some(_) => Ok(Some(key)),
    }
}

fn random(cx: &Cx) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    secret(cx, &mut key)?;
    Ok(key)
}

fn secret(cx: &Cx, bytes: &mut [u8]) -> Result<()> {
    cx.cloud().ids().secret(bytes).map_err(|error| common::internal_failure(format!("no randomness: {error}")))
}

/// Encrypts a data key under another key.
fn wrap(cx: &Cx, under: &[u8; 32], key: &[u8; 32]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    secret(cx, &mut nonce)?;
    let failed = |_| common::internal_failure("a data key cannot be encrypted");
    let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, under).map_err(failed)?);
    let mut sealed = key.to_vec();
    let assumed = Nonce::assume_unique_for_key(nonce);
    aead.seal_in_place_append_tag(assumed, Aad::empty(), &mut sealed).map_err(failed)?;
    Ok([&nonce[..], &sealed].concat())
}

fn unwrap(under: &[u8; 32], wrapped: &[u8]) -> Option<[u8; 32]> {
    let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>()?;
    let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, under).ok()?);
    let mut bytes = sealed.to_vec();
    aead.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut bytes).ok()?.try_into().ok()
}
