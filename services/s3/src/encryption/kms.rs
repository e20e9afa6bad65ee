//! Data keys from KMS (S3 user guide, "Using server-side encryption with AWS KMS keys"), asked for as the caller, so that
//! who may not use the key can neither write nor read.

use super::{Writing, random, unwrap, wrap};
use crate::{bucket::Bucket, faults, records::EncryptionRecord, seal::DataKey};
use data_encoding::BASE64;
use kernel::{Arn, Cx, Result};
use kms_api::{DataKeySpec, DecryptInput, EncryptInput, GenerateDataKeyInput};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use wire::{Bytes, Dict, ErrorKind, Fault, Json, Timestamp, common};

/// What the encryption context says beside what the client gives.
const CONTEXT: &str = "aws:s3:arn";
/// How long a bucket's key serves before KMS is asked for another, in microseconds. AWS does not say; a guess.
const BUCKET_KEY_LIFE: i64 = 5 * 60 * 1_000_000;
/// Bucket keys kept at once.
const KEPT: usize = 1_024;

/// A use of a KMS key for an object.
pub struct Kms<'a> {
    pub cx: &'a Cx,
    pub bucket: &'a Bucket,
    pub key: &'a str,
    pub bucket_key: bool,
}

/// Keys of buckets, by who got them, and what for: to write under a KMS key with an encryption context, which KMS asks for
/// when it opens them; or to read what was written under one.
#[derive(Default)]
struct BucketKeys(Mutex<HashMap<(String, u64, Bytes), BucketKey>>);

#[derive(Clone)]
struct BucketKey {
    plain: Arc<[u8; 32]>,
    encrypted: Bytes,
    /// ARN of the KMS key.
    kms_key: String,
    until: Timestamp,
}

impl Kms<'_> {
    /// A data key for writing. `kms_key` is what the client or the bucket names; empty for the AWS managed key.
    pub async fn generate(&self, algorithm: &str, kms_key: &str, context: Option<&str>) -> Result<Writing> {
        self.must_be_signed()?;
        let given = context.map(parse_context).transpose()?;
        let layers = if algorithm == "aws:kms:dsse" { 2 } else { 1 };
        let mut record = EncryptionRecord {
            algorithm: algorithm.to_owned(),
            bucket_key: self.bucket_key,
            context: context.unwrap_or_default().to_owned(),
            ..EncryptionRecord::default()
        };
        let plain = if self.bucket_key {
            let of = Bytes::from(format!("{kms_key} {}", record.context));
            let key = match self.kept(&of) {
                Some(key) => key,
                None => {
                    let key = self.ask(kms_key, given.as_ref()).await?;
                    self.keep(of, key)
                }
            };
            let data_key = random(self.cx)?;
            record.kms_key = key.kms_key;
            record.bucket_data_key = key.encrypted;
            record.data_key = wrap(self.cx, &key.plain, &data_key)?.into();
            data_key
        } else {
            let key = self.ask(kms_key, given.as_ref()).await?;
            record.kms_key = key.kms_key;
            record.data_key = key.encrypted;
            *key.plain
        };
        Ok(Writing { key: Some(DataKey::new(&plain, layers)), record: Some(record) })
    }

    /// The data key of an object, for a caller whom KMS lets open it.
    pub async fn open(&self, encryption: &EncryptionRecord) -> Result<DataKey> {
        self.must_be_signed()?;
        let layers = if encryption.algorithm == "aws:kms:dsse" { 2 } else { 1 };
        Ok(DataKey::new(&self.plain(encryption).await?, layers))
    }

    /// The same as it is.
    pub async fn plain(&self, encryption: &EncryptionRecord) -> Result<[u8; 32]> {
        let given = Some(encryption.context.as_str()).filter(|text| !text.is_empty()).map(parse_context).transpose()?;
        if encryption.bucket_data_key.is_empty() {
            return self.decrypt(&encryption.data_key, &encryption.kms_key, given.as_ref()).await;
        }
        let of = encryption.bucket_data_key.clone();
        let key = match self.kept(&of) {
            Some(key) => key,
            None => {
                let plain = self.decrypt(&of, &encryption.kms_key, given.as_ref()).await?;
                let key = BucketKey {
                    plain: plain.into(),
                    encrypted: of.clone(),
                    kms_key: encryption.kms_key.clone(),
                    until: Timestamp(self.cx.now().0 + BUCKET_KEY_LIFE),
                };
                self.keep(of, key)
            }
        };
        let plain = unwrap(&key.plain, &encryption.data_key);
        plain.ok_or_else(|| common::internal_failure("a data key cannot be opened"))
    }

    /// Encrypts the data key of an object under another KMS key, for a replica of it. The caller needs `kms:Encrypt` for
    /// that and no more (S3 user guide, "Replicating encrypted objects").
    pub async fn encrypt(&self, of: &EncryptionRecord, plain: &[u8; 32], kms_key: &str) -> Result<EncryptionRecord> {
        let given = Some(of.context.as_str()).filter(|text| !text.is_empty()).map(parse_context).transpose()?;
        let mut record = EncryptionRecord {
            algorithm: of.algorithm.clone(),
            bucket_key: self.bucket_key,
            context: of.context.clone(),
            ..EncryptionRecord::default()
        };
        if !self.bucket_key {
            (record.data_key, record.kms_key) = self.encrypted(plain, kms_key, given.as_ref()).await?;
            return Ok(record);
        }
        // Another key than the one that GenerateDataKey gave: who may do the one may not do the other.
        let name = Bytes::from(format!("replicas {kms_key} {}", record.context));
        let key = match self.kept(&name) {
            Some(key) => key,
            None => {
                let plain = random(self.cx)?;
                let (encrypted, kms_key) = self.encrypted(&plain, kms_key, given.as_ref()).await?;
                let until = Timestamp(self.cx.now().0 + BUCKET_KEY_LIFE);
                self.keep(name, BucketKey { plain: plain.into(), encrypted, kms_key, until })
            }
        };
        record.data_key = wrap(self.cx, &key.plain, plain)?.into();
        (record.kms_key, record.bucket_data_key) = (key.kms_key, key.encrypted);
        Ok(record)
    }

    /// A key as KMS encrypts it, and the ARN of the key that it does so under.
    async fn encrypted(
        &self,
        plain: &[u8; 32],
        kms_key: &str,
        given: Option<&Dict<String>>,
    ) -> Result<(Bytes, String)> {
        let input = EncryptInput {
            key_id: self.key_id(kms_key),
            plaintext: Bytes::copy_from_slice(plain),
            encryption_context: Some(self.context(given)),
            ..EncryptInput::default()
        };
        let answer = self.cx.call(input).await.map_err(told)?;
        Ok((answer.ciphertext_blob.unwrap_or_default(), answer.key_id.unwrap_or_default()))
    }

    fn must_be_signed(&self) -> Result<()> {
        if self.cx.caller().is_anonymous() {
            return Err(faults::invalid_argument(
                "Authorization",
                "null",
                "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
            ));
        }
        Ok(())
    }

    async fn ask(&self, kms_key: &str, given: Option<&Dict<String>>) -> Result<BucketKey> {
        let input = GenerateDataKeyInput {
            key_id: self.key_id(kms_key),
            encryption_context: Some(self.context(given)),
            key_spec: Some(DataKeySpec::Aes256),
            ..GenerateDataKeyInput::default()
        };
        let answer = self.cx.call(input).await.map_err(told)?;
        Ok(BucketKey {
            plain: key_of(&answer.plaintext.unwrap_or_default())?.into(),
            encrypted: answer.ciphertext_blob.unwrap_or_default(),
            kms_key: answer.key_id.unwrap_or_default(),
            until: Timestamp(self.cx.now().0 + BUCKET_KEY_LIFE),
        })
    }

    async fn decrypt(&self, encrypted: &Bytes, kms_key: &str, given: Option<&Dict<String>>) -> Result<[u8; 32]> {
        let input = DecryptInput {
            ciphertext_blob: Some(encrypted.clone()),
            encryption_context: Some(self.context(given)),
            key_id: Some(kms_key.to_owned()),
            ..DecryptInput::default()
        };
        key_of(&self.cx.call(input).await.map_err(told)?.plaintext.unwrap_or_default())
    }

    /// A key of the caller's account, unless it is named by an ARN.
    fn key_id(&self, key: &str) -> String {
        let resource = match key {
            "" => "alias/aws/s3".to_owned(),
            arn if arn.starts_with("arn:") => return arn.to_owned(),
            alias if alias.starts_with("alias/") => alias.to_owned(),
            id => format!("key/{id}"),
        };
        Arn::new("kms", self.bucket.region, self.cx.account(), &resource).to_string()
    }

    fn context(&self, given: Option<&Dict<String>>) -> Dict<String> {
        let mut context = given.cloned().unwrap_or_default();
        if context.get(CONTEXT).is_none() {
            let arn = match self.bucket_key {
                true => self.bucket.arn.to_string(),
                false => self.bucket.object_arn(self.key).to_string(),
            };
            context.insert(CONTEXT, arn);
        }
        context
    }

    fn usage(&self, of: &Bytes) -> (String, u64, Bytes) {
        (self.cx.caller().arn(self.cx.region()), self.bucket.record.id, of.clone())
    }

    fn kept(&self, of: &Bytes) -> Option<BucketKey> {
        let cache = self.cx.cloud().cache::<BucketKeys>();
        let kept = cache.0.lock().unwrap_or_else(PoisonError::into_inner).get(&self.usage(of)).cloned();
        kept.filter(|kept| self.cx.now() < kept.until)
    }

    fn keep(&self, of: Bytes, key: BucketKey) -> BucketKey {
        let cache = self.cx.cloud().cache::<BucketKeys>();
        let mut keys = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEPT {
            keys.clear();
        }
        keys.insert(self.usage(&of), key.clone());
        key
    }
}

fn key_of(plain: &[u8]) -> Result<[u8; 32]> {
    plain.try_into().map_err(|_| common::internal_failure("a data key has 32 bytes"))
}

/// The encryption context of a request: Base64 of a JSON object of texts.
fn parse_context(text: &str) -> Result<Dict<String>> {
    let invalid = || {
        faults::invalid_argument(
            "x-amz-server-side-encryption-context",
            text,
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
        )
    };
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| invalid())?;
    let json = Json::parse(str::from_utf8(&bytes).map_err(|_| invalid())?).map_err(|_| invalid())?;
    let entries = json.as_object().ok_or_else(invalid)?.iter();
    entries.map(|(key, value)| Ok((key.clone(), value.as_str().ok_or_else(invalid)?.to_owned()))).collect()
}

/// KMS's faults as S3 passes them on.
fn told(fault: Fault) -> Fault {
    let of = |name: &'static str, status: u16| ErrorKind { name, code: name, status, sender: true, message: "message" };
    let kind = match fault.kind().name {
        "AccessDeniedException" => of("AccessDenied", 403),
        "DisabledException" => of("KMS.DisabledException", 400),
        "InvalidKeyUsageException" => of("KMS.InvalidKeyUsageException", 400),
        "KMSInvalidStateException" => of("KMS.KMSInvalidStateException", 400),
        "NotFoundException" => of("KMS.NotFoundException", 400),
        _ => return fault,
    };
    kind.fault(fault.message())
}
