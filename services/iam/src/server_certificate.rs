//! Certificates for servers, with chain and private key, which load balancers and distributions take from IAM.

use crate::{
    certificate::Certificate,
    keys,
    names::{arn, check_name, check_path, path, path_prefix},
    paging::Paging,
    quota,
    records::ServerCertificateRecord,
    rows,
    tags::{self, Case},
};
use iam_api::*;
use identity::{IamKeys, Kind, folded, unique_id};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Snapshot, Txn},
};
use wire::{Fault, common};

/// Bytes of a chain that fit into a row with a certificate and a key of 16 KiB each.
const MAX_CHAIN: usize = 28 * 1024;

fn no_such_certificate(name: &str) -> Fault {
    fault::no_such_entity_exception(format!("The Server Certificate with name {name} cannot be found."))
}

fn already_exists(name: &str) -> Fault {
    fault::entity_already_exists_exception(format!("The Server Certificate with name {name} already exists."))
}

async fn get(tx: &mut Txn, keys: &IamKeys, name: &str) -> Result<ServerCertificateRecord> {
    tx.read(&keys::server_certificate(keys, name)).await?.ok_or_else(|| no_such_certificate(name))
}

async fn find(snapshot: &dyn Snapshot, keys: &IamKeys, name: &str) -> Result<ServerCertificateRecord> {
    snapshot.record(&keys::server_certificate(keys, name)).await?.ok_or_else(|| no_such_certificate(name))
}

fn metadata(cx: &Cx, record: &ServerCertificateRecord) -> ServerCertificateMetadata {
    ServerCertificateMetadata {
        path: record.path.clone(),
        server_certificate_name: record.name.clone(),
        server_certificate_id: record.id.clone(),
        arn: arn(cx, "server-certificate", &record.path, &record.name),
        upload_date: Some(record.uploaded),
        expiration: Some(record.expires),
    }
}

pub async fn upload_server_certificate(
    cx: Cx,
    input: UploadServerCertificateInput,
) -> Result<UploadServerCertificateOutput> {
    check_name("serverCertificateName", &input.server_certificate_name)?;
    let path = path("path", input.path)?;
    let chain = input.certificate_chain.unwrap_or_default();
    if chain.len() > MAX_CHAIN {
        return Err(common::validation_error(format!(
            "The value of certificateChain is too long: Nephele keeps chains of up to {MAX_CHAIN} bytes."
        )));
    }
    let certificate = Certificate::parse(&input.certificate_body)?;
    certificate.check_validity(cx.now())?;
    certificate.check_private_key(&input.private_key)?;
    if !chain.is_empty() {
        certificate.check_chain(&Certificate::parse_chain(&chain)?)?;
    }
    let record = ServerCertificateRecord {
        name: input.server_certificate_name,
        path,
        id: unique_id(cx.cloud(), Kind::Certificate, cx.account()),
        uploaded: rows::seconds(cx.now()),
        expires: certificate.not_after,
        body: input.certificate_body,
        chain,
        private_key: input.private_key,
        tags: tags::of(input.tags, Case::Counts)?,
    };
    let keys = IamKeys::of(cx.account());
    let row = keys::server_certificate(&keys, &record.name);
    cx.write(async |tx| {
        if tx.get(&row).await?.is_some() {
            return Err(already_exists(&record.name));
        }
        quota::SERVER_CERTIFICATES.take(tx, &keys::counter(&keys, "server-certificate")).await?;
        tx.put(row.clone(), record.encode());
        Ok(())
    })
    .await?;
    Ok(UploadServerCertificateOutput {
        server_certificate_metadata: Some(metadata(&cx, &record)),
        tags: tags::shown(&record.tags),
    })
}

/// The private key is never shown.
pub async fn get_server_certificate(cx: Cx, input: GetServerCertificateInput) -> Result<GetServerCertificateOutput> {
    let record = find(&*cx.read(), &IamKeys::of(cx.account()), &input.server_certificate_name).await?;
    let server_certificate = ServerCertificate {
        server_certificate_metadata: metadata(&cx, &record),
        tags: tags::shown(&record.tags),
        certificate_body: record.body,
        certificate_chain: (!record.chain.is_empty()).then_some(record.chain),
    };
    Ok(GetServerCertificateOutput { server_certificate })
}

pub async fn list_server_certificates(
    cx: Cx,
    input: ListServerCertificatesInput,
) -> Result<ListServerCertificatesOutput> {
    let prefix = path_prefix(input.path_prefix)?;
    let certificates = keys::server_certificates(&IamKeys::of(cx.account()));
    let page = Paging::of(input.max_items, input.marker.as_deref())?
        .rows(&*cx.read(), &certificates, |row| {
            let record = ServerCertificateRecord::read(&row.value)?;
            Ok(record.path.starts_with(&prefix).then(|| metadata(&cx, &record)))
        })
        .await?;
    Ok(ListServerCertificatesOutput {
        is_truncated: page.is_truncated(),
        server_certificate_metadata_list: page.items,
        marker: page.marker,
    })
}

pub async fn update_server_certificate(
    cx: Cx,
    input: UpdateServerCertificateInput,
) -> Result<UpdateServerCertificateOutput> {
    if let Some(name) = &input.new_server_certificate_name {
        check_name("newServerCertificateName", name)?;
    }
    if let Some(path) = &input.new_path {
        check_path("newPath", path)?;
    }
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let mut record = get(tx, &keys, &input.server_certificate_name).await?;
        let old = std::mem::take(&mut record.name);
        record.name = input.new_server_certificate_name.clone().unwrap_or_else(|| old.clone());
        record.path = input.new_path.clone().unwrap_or(record.path);
        let row = keys::server_certificate(&keys, &record.name);
        if folded(&old) != folded(&record.name) {
            if tx.get(&row).await?.is_some() {
                return Err(already_exists(&record.name));
            }
            tx.delete(keys::server_certificate(&keys, &old));
        }
        tx.put(row, record.encode());
        Ok(())
    })
    .await?;
    Ok(UpdateServerCertificateOutput {})
}

pub async fn delete_server_certificate(
    cx: Cx,
    input: DeleteServerCertificateInput,
) -> Result<DeleteServerCertificateOutput> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let record = get(tx, &keys, &input.server_certificate_name).await?;
        quota::SERVER_CERTIFICATES.give_back(tx, &keys::counter(&keys, "server-certificate")).await?;
        tx.delete(keys::server_certificate(&keys, &record.name));
        Ok(())
    })
    .await?;
    Ok(DeleteServerCertificateOutput {})
}

async fn retag(cx: &Cx, name: &str, mut change: impl FnMut(&mut ServerCertificateRecord) -> Result<()>) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let mut record = get(tx, &keys, name).await?;
        change(&mut record)?;
        tx.put(keys::server_certificate(&keys, name), record.encode());
        Ok(())
    })
    .await
}

pub async fn tag_server_certificate(cx: Cx, input: TagServerCertificateInput) -> Result<TagServerCertificateOutput> {
    let tag = |record: &mut ServerCertificateRecord| tags::merge(&mut record.tags, &input.tags, Case::Counts);
    retag(&cx, &input.server_certificate_name, tag).await?;
    Ok(TagServerCertificateOutput {})
}

pub async fn untag_server_certificate(
    cx: Cx,
    input: UntagServerCertificateInput,
) -> Result<UntagServerCertificateOutput> {
    let untag = |record: &mut ServerCertificateRecord| {
        tags::remove(&mut record.tags, &input.tag_keys, Case::Counts);
        Ok(())
    };
    retag(&cx, &input.server_certificate_name, untag).await?;
    Ok(UntagServerCertificateOutput {})
}

pub async fn list_server_certificate_tags(
    cx: Cx,
    input: ListServerCertificateTagsInput,
) -> Result<ListServerCertificateTagsOutput> {
    let record = find(&*cx.read(), &IamKeys::of(cx.account()), &input.server_certificate_name).await?;
    let page = tags::page(&record.tags, input.max_items, input.marker.as_deref())?;
    Ok(ListServerCertificateTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
