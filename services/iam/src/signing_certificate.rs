//! Users' X.509 certificates, with which old interfaces of AWS signed requests.

use crate::{
    access_key::{by_age, is_inactive, status},
    caller::Owner,
    certificate::Certificate,
    keys,
    paging::Paging,
    quota,
    records::SigningCertificateRecord,
    rows,
};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE32;
use iam_api::*;
use identity::IamKeys;
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Rows, Txn},
};

/// 32 letters, as in AWS's examples (`TA7SMP42TDN5Z26OBPJE7EXAMPLE`) and at least the 24 that the model asks for.
fn new_id(cx: &Cx) -> String {
    let ids = cx.cloud().ids();
    BASE32.encode(&[&ids.u128().to_be_bytes()[..], &ids.u64().to_be_bytes()[..4]].concat())
}

fn shown(user_name: String, id: String, record: SigningCertificateRecord) -> SigningCertificate {
    SigningCertificate {
        user_name,
        certificate_id: id,
        status: status(record.inactive),
        upload_date: Some(record.uploaded),
        certificate_body: record.body,
    }
}

pub async fn upload_signing_certificate(
    cx: Cx,
    input: UploadSigningCertificateInput,
) -> Result<UploadSigningCertificateOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let certificate = Certificate::parse(&input.certificate_body)?;
    certificate.check_validity(cx.now())?;
    let keys = IamKeys::of(cx.account());
    let id = new_id(&cx);
    let digest = keys::signing_certificate_digest(&keys, digest(&SHA256, &certificate.der).as_ref());
    let record =
        SigningCertificateRecord { body: input.certificate_body, inactive: false, uploaded: rows::seconds(cx.now()) };
    let user_name = cx
        .write(async |tx| {
            let user_name = owner.check(tx, &keys).await?;
            if tx.get(&digest).await?.is_some() {
                return Err(fault::duplicate_certificate_exception(
                    "The same certificate is associated with an IAM user in the account.",
                ));
            }
            let children = keys::signing_certificates_of(&keys, owner.name());
            quota::SIGNING_CERTIFICATES_PER_USER.check(tx, &owner.guard(&keys), &children).await?;
            tx.put(children.text(&id), record.encode());
            tx.put(digest.clone(), Vec::new());
            Ok(user_name)
        })
        .await?;
    Ok(UploadSigningCertificateOutput { certificate: shown(user_name, id, record) })
}

pub async fn list_signing_certificates(
    cx: Cx,
    input: ListSigningCertificatesInput,
) -> Result<ListSigningCertificatesOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    let user_name = owner.find(&cx, &keys).await?.map(|user| user.name).unwrap_or_default();
    let mut found = Vec::new();
    let certificates = keys::signing_certificates_of(&keys, owner.name());
    for (key, record) in cx.read().records::<SigningCertificateRecord>(&certificates).await? {
        let id = key.name().unwrap_or_default();
        found.push((by_age(record.uploaded, &id), id, record));
    }
    let page = Paging::of(input.max_items, input.marker.as_deref())?.list(found, |(order, ..)| order);
    let page = page.map(|(_, id, record)| shown(user_name.clone(), id, record));
    Ok(ListSigningCertificatesOutput {
        is_truncated: page.is_truncated(),
        certificates: page.items,
        marker: page.marker,
    })
}

/// An owner's certificate, and its row.
async fn get(tx: &mut Txn, keys: &IamKeys, owner: &Owner, id: &str) -> Result<(Key, SigningCertificateRecord)> {
    owner.check(tx, keys).await?;
    let row = keys::signing_certificates_of(keys, owner.name()).text(id);
    let record = tx
        .read(&row)
        .await?
        .ok_or_else(|| fault::no_such_entity_exception(format!("The Certificate with id {id} cannot be found.")))?;
    Ok((row, record))
}

pub async fn update_signing_certificate(
    cx: Cx,
    input: UpdateSigningCertificateInput,
) -> Result<UpdateSigningCertificateOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let inactive = is_inactive(&input.status)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let (row, mut record) = get(tx, &keys, &owner, &input.certificate_id).await?;
        record.inactive = inactive;
        tx.put(row, record.encode());
        Ok(())
    })
    .await?;
    Ok(UpdateSigningCertificateOutput {})
}

pub async fn delete_signing_certificate(
    cx: Cx,
    input: DeleteSigningCertificateInput,
) -> Result<DeleteSigningCertificateOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let (row, record) = get(tx, &keys, &owner, &input.certificate_id).await?;
        let certificate = Certificate::parse(&record.body)?;
        tx.delete(keys::signing_certificate_digest(&keys, digest(&SHA256, &certificate.der).as_ref()));
        tx.delete(row);
        Ok(())
    })
    .await?;
    Ok(DeleteSigningCertificateOutput {})
}
