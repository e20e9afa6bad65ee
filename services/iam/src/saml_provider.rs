//! SAML providers: whose assertions this account's roles may trust.

use crate::{
    names, quota, rows,
    saml_metadata::Metadata,
    tags::{self, Case},
};
use bytes::Bytes;
use data_encoding::{BASE32_NOPAD, BASE64};
use iam_api::*;
use identity::{IamKeys, SamlKeyRecord, SamlProviderRecord, changed, iam_arn};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Rows, Snapshot},
};
use wire::{Fault, Timestamp};

/// Bytes of a provider with its metadata and keys; the model allows metadata of 10 MB, the store's rows do not.
const MAX_PROVIDER: usize = 60 * 1024;
/// "You can have up to two private keys at a time."
const PRIVATE_KEYS: usize = 2;
/// Microseconds for which metadata without an expiry is valid: a century, as AWS answers it.
const CENTURY: i64 = 36_525 * 86_400 * 1_000_000;

fn invalid(message: impl Into<String>) -> Fault {
    fault::invalid_input_exception(message)
}

pub fn arn(cx: &Cx, name: &str) -> String {
    iam_arn(cx, cx.account(), &format!("saml-provider/{name}"))
}

fn not_found(arn: &str) -> Fault {
    fault::no_such_entity_exception(format!("Manifest not found for arn {arn}"))
}

fn row(cx: &Cx, arn: &str) -> Result<Key> {
    let name = names::of_arn(cx, arn, "saml-provider/")?.ok_or_else(|| not_found(arn))?;
    Ok(IamKeys::of(cx.account()).saml_providers().text(name))
}

pub async fn seen(cx: &Cx, snapshot: &dyn Snapshot, arn: &str) -> Result<SamlProviderRecord> {
    snapshot.record(&row(cx, arn)?).await?.ok_or_else(|| not_found(arn))
}

/// When the metadata expires.
fn check_metadata(text: &str, now: Timestamp) -> Result<Timestamp> {
    let metadata = Metadata::parse(text).ok_or_else(|| invalid("Could not parse metadata"))?;
    Ok(metadata.valid_until.unwrap_or(Timestamp(now.0 + CENTURY)))
}

fn private_key(cx: &Cx, pem: &str) -> Result<SamlKeyRecord> {
    let mut lines = pem.trim().lines().map(str::trim);
    let (first, last) = (lines.next().unwrap_or_default(), lines.next_back().unwrap_or_default());
    let body: String = lines.collect();
    let is_key = first.starts_with("-----BEGIN ") && first.ends_with("PRIVATE KEY-----");
    let matches = last.strip_prefix("-----END ") == first.strip_prefix("-----BEGIN ");
    if !is_key || !matches || body.is_empty() || BASE64.decode(body.as_bytes()).is_err() {
        // A guess: no report of AWS's sentence was found.
        return Err(invalid("The private key is not a PEM-encoded private key."));
    }
    let id = BASE32_NOPAD.encode(&cx.cloud().ids().u128().to_be_bytes());
    Ok(SamlKeyRecord { id, added: cx.now(), pem: pem.to_owned() })
}

/// The provider's row, if it may be kept.
fn encode(record: &SamlProviderRecord) -> Result<Bytes> {
    let bytes = record.encode();
    if bytes.len() > MAX_PROVIDER {
        return Err(fault::limit_exceeded_exception(format!(
            "SAMLMetadataDocument and private keys have {} bytes; this cloud keeps {MAX_PROVIDER} at most.",
            bytes.len()
        )));
    }
    // Without a key nothing could be decrypted. The sentence is a guess.
    if record.encryption_required && record.private_keys.is_empty() {
        return Err(invalid("AssertionEncryptionMode Required needs a private key."));
    }
    Ok(bytes)
}

pub async fn create_saml_provider(cx: Cx, input: CreateSAMLProviderInput) -> Result<CreateSAMLProviderOutput> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !input.name.chars().all(valid) {
        return Err(wire::common::validation_error(
            "The specified value for name is invalid. It must contain only alphanumeric characters and/or the \
             following: ._-",
        ));
    }
    let record = SamlProviderRecord {
        valid_until: check_metadata(&input.saml_metadata_document, cx.now())?,
        name: input.name,
        metadata: input.saml_metadata_document,
        created: cx.now(),
        tags: tags::of(input.tags, Case::Counts)?,
        uuid: format!("{:032X}", cx.cloud().ids().u128()),
        encryption_required: input.assertion_encryption_mode == Some(AssertionEncryptionModeType::Required),
        private_keys: input.add_private_key.iter().map(|pem| private_key(&cx, pem)).collect::<Result<_>>()?,
    };
    let encoded = encode(&record)?;
    let providers = IamKeys::of(cx.account()).saml_providers();
    let row = providers.clone().text(&record.name);
    let arn = arn(&cx, &record.name);
    cx.write(async |tx| {
        if tx.get(&row).await?.is_some() {
            // The frame is that of OIDC providers; that AWS says it so of SAML providers too is a guess.
            return Err(fault::entity_already_exists_exception(format!("Provider with arn {arn} already exists.")));
        }
        quota::SAML_PROVIDERS.check(tx, &providers, &providers).await?;
        tx.put(row.clone(), encoded.clone());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(CreateSAMLProviderOutput { saml_provider_arn: Some(arn.clone()), tags: tags::shown(&record.tags) })
}

pub async fn get_saml_provider(cx: Cx, input: GetSAMLProviderInput) -> Result<GetSAMLProviderOutput> {
    let record = seen(&cx, &*cx.read(), &input.saml_provider_arn).await?;
    let key = |key: &SamlKeyRecord| SAMLPrivateKey {
        key_id: Some(key.id.clone()),
        timestamp: Some(rows::seconds(key.added)),
    };
    let mode = match record.encryption_required {
        true => AssertionEncryptionModeType::Required,
        false => AssertionEncryptionModeType::Allowed,
    };
    Ok(GetSAMLProviderOutput {
        private_key_list: Some(record.private_keys.iter().map(key).collect()),
        assertion_encryption_mode: Some(mode),
        tags: Some(tags::shown(&record.tags).unwrap_or_default()),
        saml_provider_uuid: Some(record.uuid),
        saml_metadata_document: Some(record.metadata),
        create_date: Some(rows::seconds(record.created)),
        valid_until: Some(rows::seconds(record.valid_until)),
    })
}

pub async fn list_saml_providers(cx: Cx, _: ListSAMLProvidersInput) -> Result<ListSAMLProvidersOutput> {
    let mut entries = Vec::new();
    let providers = IamKeys::of(cx.account()).saml_providers();
    for (_, record) in cx.read().records::<SamlProviderRecord>(&providers).await? {
        entries.push(SAMLProviderListEntry {
            arn: Some(arn(&cx, &record.name)),
            valid_until: Some(rows::seconds(record.valid_until)),
            create_date: Some(rows::seconds(record.created)),
        });
    }
    Ok(ListSAMLProvidersOutput { saml_provider_list: Some(entries) })
}

async fn update(cx: &Cx, arn: &str, mut change: impl FnMut(&mut SamlProviderRecord) -> Result<()>) -> Result<()> {
    let row = row(cx, arn)?;
    cx.write(async |tx| {
        let mut record: SamlProviderRecord = tx.read(&row).await?.ok_or_else(|| not_found(arn))?;
        change(&mut record)?;
        tx.put(row.clone(), encode(&record)?);
        changed(tx);
        Ok(())
    })
    .await
}

pub async fn update_saml_provider(cx: Cx, input: UpdateSAMLProviderInput) -> Result<UpdateSAMLProviderOutput> {
    let metadata = input.saml_metadata_document.as_deref();
    let valid_until = metadata.map(|text| check_metadata(text, cx.now())).transpose()?;
    let added = input.add_private_key.as_deref().map(|pem| private_key(&cx, pem)).transpose()?;
    update(&cx, &input.saml_provider_arn, |record| {
        if let (Some(text), Some(valid_until)) = (metadata, valid_until) {
            record.metadata = text.to_owned();
            record.valid_until = valid_until;
        }
        if let Some(id) = &input.remove_private_key {
            let before = record.private_keys.len();
            record.private_keys.retain(|key| key.id != *id);
            if record.private_keys.len() == before {
                return Err(fault::no_such_entity_exception(format!("Private key {id} cannot be found.")));
            }
        }
        record.private_keys.extend(added.clone());
        if record.private_keys.len() > PRIVATE_KEYS {
            return Err(quota::Quota("PrivateKeysPerSAMLProvider", PRIVATE_KEYS).exceeded());
        }
        if let Some(mode) = &input.assertion_encryption_mode {
            record.encryption_required = *mode == AssertionEncryptionModeType::Required;
        }
        Ok(())
    })
    .await?;
    Ok(UpdateSAMLProviderOutput { saml_provider_arn: Some(input.saml_provider_arn) })
}

pub async fn delete_saml_provider(cx: Cx, input: DeleteSAMLProviderInput) -> Result<DeleteSAMLProviderOutput> {
    let arn = &input.saml_provider_arn;
    let row = row(&cx, arn)?;
    cx.write(async |tx| {
        tx.get(&row).await?.ok_or_else(|| not_found(arn))?;
        tx.delete(row.clone());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeleteSAMLProviderOutput {})
}

pub async fn tag_saml_provider(cx: Cx, input: TagSAMLProviderInput) -> Result<TagSAMLProviderOutput> {
    let merge = |record: &mut SamlProviderRecord| tags::merge(&mut record.tags, &input.tags, Case::Counts);
    update(&cx, &input.saml_provider_arn, merge).await?;
    Ok(TagSAMLProviderOutput {})
}

pub async fn untag_saml_provider(cx: Cx, input: UntagSAMLProviderInput) -> Result<UntagSAMLProviderOutput> {
    update(&cx, &input.saml_provider_arn, |record| {
        tags::remove(&mut record.tags, &input.tag_keys, Case::Counts);
        Ok(())
    })
    .await?;
    Ok(UntagSAMLProviderOutput {})
}

pub async fn list_saml_provider_tags(cx: Cx, input: ListSAMLProviderTagsInput) -> Result<ListSAMLProviderTagsOutput> {
    let record = seen(&cx, &*cx.read(), &input.saml_provider_arn).await?;
    let page = tags::page(&record.tags, input.max_items, input.marker.as_deref())?;
    Ok(ListSAMLProviderTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
