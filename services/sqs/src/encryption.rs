//! Encryption with a KMS key (developer guide, "SSE-KMS"): bodies are sealed under data keys that the caller got from KMS.
//!
//! Each principal has data keys of its own, and uses one for as long as the queue says: within that time KMS is not asked
//! again, and what it would answer by then does not count.

use crate::{queue::Queue, records::MessageRecord};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use kernel::{Arn, Cx, Result};
use kms_api::{DataKeySpec, DecryptInput, GenerateDataKeyInput};
use sqs_api::fault;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use wire::{Bytes, Dict, Fault, Timestamp, common};

/// `aws:sqs:arn` is the encryption context of SQS's data keys.
const CONTEXT: &str = "aws:sqs:arn";
/// Data keys kept; more are asked for again.
const KEPT: usize = 4_096;

#[derive(Default)]
struct DataKeys(Mutex<HashMap<Use, Kept>>);

/// Who uses a data key, and for what.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Use {
    principal: String,
    queue: Arc<str>,
    /// The queue's key, of who sends; the encrypted data key, of who receives.
    of: Bytes,
}

#[derive(Clone)]
struct Kept {
    key: Arc<LessSafeKey>,
    encrypted: Bytes,
    until: Timestamp,
}

impl Use {
    fn new(cx: &Cx, queue: &Arc<str>, of: Bytes) -> Use {
        Use { principal: cx.caller().arn(cx.region()), queue: queue.clone(), of }
    }

    fn kept(&self, cx: &Cx) -> Option<Kept> {
        let cache = cx.cloud().cache::<DataKeys>();
        let kept = cache.0.lock().unwrap_or_else(PoisonError::into_inner).get(self).cloned();
        kept.filter(|kept| cx.now() < kept.until)
    }

    fn keep(self, cx: &Cx, plaintext: &[u8], encrypted: Bytes, queue: &Queue) -> Result<Kept> {
        let key = UnboundKey::new(&AES_256_GCM, plaintext).map_err(|_| broken("a data key is none"))?;
        let until = Timestamp(cx.now().0 + i64::from(queue.kms_reuse) * crate::limits::MICROS);
        let kept = Kept { key: Arc::new(LessSafeKey::new(key)), encrypted, until };
        let cache = cx.cloud().cache::<DataKeys>();
        let mut cache = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= KEPT {
            cache.clear();
        }
        cache.insert(self, kept.clone());
        Ok(kept)
    }
}

/// A sender's data key: "the producer must have kms:GenerateDataKey and kms:Decrypt".
pub struct DataKey(Kept);

impl DataKey {
    /// `None` where the queue is not encrypted with KMS.
    pub async fn of(cx: &Cx, queue: &Queue) -> Result<Option<DataKey>> {
        if queue.kms_key.is_empty() {
            return Ok(None);
        }
        let usage = Use::new(cx, &queue.arn, Bytes::copy_from_slice(queue.kms_key.as_bytes()));
        if let Some(kept) = usage.kept(cx) {
            return Ok(Some(DataKey(kept)));
        }
        let generated = cx
            .call(GenerateDataKeyInput {
                key_id: key_id(cx, queue),
                encryption_context: Some(context(&queue.arn)),
                key_spec: Some(DataKeySpec::Aes256),
                ..GenerateDataKeyInput::default()
            })
            .await
            .map_err(told)?;
        let encrypted = generated.ciphertext_blob.unwrap_or_default();
        let plaintext = decrypt(cx, &queue.arn, &encrypted).await?;
        Ok(Some(DataKey(usage.keep(cx, &plaintext, encrypted, queue)?)))
    }

    /// A body as it is stored: nonce, ciphertext, tag; and in the record what opens it again.
    pub fn seal(&self, cx: &Cx, queue: &Queue, record: &mut MessageRecord, body: &[u8]) -> Result<Bytes> {
        let nonce = cx.cloud().ids().nonce();
        let mut sealed = [&nonce[..], body].concat();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let aad = Aad::from(record.id.to_be_bytes());
        let tag = self.0.key.seal_in_place_separate_tag(nonce, aad, &mut sealed[NONCE_LEN..]);
        sealed.extend_from_slice(tag.map_err(|_| broken("sealing a message"))?.as_ref());
        record.data_key = self.0.encrypted.clone();
        // A message keeps its body when it moves to another queue.
        record.sealed_for = queue.arn.to_string();
        Ok(sealed.into())
    }
}

/// The body of a message that was sealed, for a caller whom KMS lets open it.
pub async fn open(cx: &Cx, queue: &Queue, record: &MessageRecord, sealed: &[u8]) -> Result<Vec<u8>> {
    let from: Arc<str> = record.sealed_for.as_str().into();
    let usage = Use::new(cx, &from, record.data_key.clone());
    let kept = match usage.kept(cx) {
        Some(kept) => kept,
        None => {
            let plaintext = decrypt(cx, &from, &record.data_key).await?;
            usage.keep(cx, &plaintext, record.data_key.clone(), queue)?
        }
    };
    let damaged = || broken("a message that was sealed cannot be opened");
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
    let mut body = sealed.to_vec();
    let aad = Aad::from(record.id.to_be_bytes());
    let opened = kept.key.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body);
    let length = opened.map_err(|_| damaged())?.len();
    body.truncate(length);
    Ok(body)
}

async fn decrypt(cx: &Cx, queue: &str, encrypted: &Bytes) -> Result<Bytes> {
    let input = DecryptInput {
        ciphertext_blob: Some(encrypted.clone()),
        encryption_context: Some(context(queue)),
        ..DecryptInput::default()
    };
    Ok(cx.call(input).await.map_err(told)?.plaintext.unwrap_or_default())
}

fn context(queue: &str) -> Dict<String> {
    Dict(vec![(CONTEXT.to_owned(), queue.to_owned())])
}

/// The queue's key, of the queue's account: whoever sends.
fn key_id(cx: &Cx, queue: &Queue) -> String {
    let key = &queue.kms_key;
    let resource = match key.starts_with("alias/") {
        true => key.clone(),
        false => format!("key/{key}"),
    };
    match key.starts_with("arn:") {
        true => key.clone(),
        false => Arn::new("kms", cx.region(), queue.owner, &resource).to_string(),
    }
}

/// KMS's faults under the names that SQS has for them.
fn told(fault: Fault) -> Fault {
    let message = fault.message();
    match fault.kind().name {
        "AccessDeniedException" => fault::kms_access_denied(message),
        "DisabledException" => fault::kms_disabled(message),
        "InvalidKeyUsageException" => fault::kms_invalid_key_usage(message),
        "KMSInvalidStateException" => fault::kms_invalid_state(message),
        "NotFoundException" => fault::kms_not_found(message),
        "ThrottlingException" => fault::kms_throttled(message),
        _ => fault,
    }
}

fn broken(what: &str) -> Fault {
    common::internal_failure(what)
}
