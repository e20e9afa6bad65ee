//! DeriveSharedSecret.

use crate::{
    faults, grant_token,
    kms_key::{Aliases, KmsKey},
    material::{Material, agreement_algorithm},
    metadata::origin,
    usage,
};
use aws_lc_rs::agreement;
use kernel::{Cx, Result};
use kms_api::*;

pub async fn derive_shared_secret(cx: Cx, input: DeriveSharedSecretInput) -> Result<DeriveSharedSecretOutput> {
    if input.recipient.is_some() {
        return Err(faults::no_enclaves());
    }
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Taken).await?;
    key.require_usage("KEY_AGREEMENT", "DeriveSharedSecret")?;
    let (_, Material::Ecc(ecc)) = key.current_material(&cx)? else { return Err(faults::crypto("no curve")) };
    let (Some(own), Some(algorithm)) = (&ecc.agreement, agreement_algorithm(key.spec)) else {
        return Err(faults::crypto("the curve agrees on nothing"));
    };
    // "A DER-encoded X.509 public key, also known as SubjectPublicKeyInfo", on the same curve.
    let theirs = agreement::UnparsedPublicKey::new(algorithm, &input.public_key);
    let secret = agreement::agree(own, theirs, (), |secret| Ok(secret.to_vec()));
    let secret =
        secret.map_err(|()| faults::invalid("The public key is not valid for the key spec of the KMS key."))?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    usage::note(&cx, &key, "DeriveSharedSecret").await?;
    Ok(DeriveSharedSecretOutput {
        key_id: Some(key.arn.to_string()),
        shared_secret: Some(secret.into()),
        ciphertext_for_recipient: None,
        key_agreement_algorithm: Some(input.key_agreement_algorithm),
        key_origin: Some(origin(key.external).into()),
    })
}
