//! GenerateMac and VerifyMac.

use crate::{
    faults, grant_token,
    kms_key::{Aliases, KmsKey},
    material::Material,
    usage,
};
use aws_lc_rs::hmac;
use kernel::{Cx, Result};
use kms_api::*;
use std::sync::Arc;

async fn find(cx: &Cx, key_id: &str, algorithm: &MacAlgorithmSpec, operation: &str) -> Result<Arc<KmsKey>> {
    let key = KmsKey::find(cx, key_id, Aliases::Taken).await?;
    key.require_usage("GENERATE_VERIFY_MAC", operation)?;
    match key.spec.mac() == Some(algorithm.as_str()) {
        true => Ok(key),
        false => Err(faults::incompatible_algorithm(algorithm.as_str(), key.spec.name)),
    }
}

fn hmac_of<'a>(cx: &Cx, key: &'a KmsKey) -> Result<&'a hmac::Key> {
    match key.current_material(cx)? {
        (_, Material::Hmac(hmac)) => Ok(hmac),
        _ => Err(faults::crypto("the key is no HMAC key")),
    }
}

pub async fn generate_mac(cx: Cx, input: GenerateMacInput) -> Result<GenerateMacOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let key = find(&cx, &input.key_id, &input.mac_algorithm, "GenerateMac").await?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let mac = hmac::sign(hmac_of(&cx, &key)?, &input.message);
    usage::note(&cx, &key, "GenerateMac").await?;
    Ok(GenerateMacOutput {
        mac: Some(wire::Bytes::copy_from_slice(mac.as_ref())),
        mac_algorithm: Some(input.mac_algorithm),
        key_id: Some(key.arn.to_string()),
    })
}

pub async fn verify_mac(cx: Cx, input: VerifyMacInput) -> Result<VerifyMacOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let key = find(&cx, &input.key_id, &input.mac_algorithm, "VerifyMac").await?;
    if hmac::verify(hmac_of(&cx, &key)?, &input.message, &input.mac).is_err() {
        return Err(fault::kms_invalid_mac_exception(""));
    }
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    usage::note(&cx, &key, "VerifyMac").await?;
    Ok(VerifyMacOutput {
        key_id: Some(key.arn.to_string()),
        mac_valid: Some(true),
        mac_algorithm: Some(input.mac_algorithm),
    })
}
