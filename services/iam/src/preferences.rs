//! The account's preferences about tokens: the version of the global STS endpoint's, and JSON web tokens for outside.

use iam_api::*;
use identity::{IamKeys, PreferencesRecord, changed};
use kernel::{Cx, Result, record::Record, store::Rows};

/// Changes the account's preferences.
async fn update(cx: &Cx, mut change: impl FnMut(&mut PreferencesRecord) -> Result<()>) -> Result<PreferencesRecord> {
    let row = IamKeys::of(cx.account()).preferences();
    cx.write(async |tx| {
        let mut record: PreferencesRecord = tx.read(&row).await?.unwrap_or_default();
        change(&mut record)?;
        tx.put(row.clone(), record.encode());
        changed(tx);
        Ok(record)
    })
    .await
}

pub async fn set_security_token_service_preferences(
    cx: Cx,
    input: SetSecurityTokenServicePreferencesInput,
) -> Result<SetSecurityTokenServicePreferencesOutput> {
    let v2 = input.global_endpoint_token_version == GlobalEndpointTokenVersion::V2Token;
    update(&cx, |record| {
        record.v2_tokens = v2;
        Ok(())
    })
    .await?;
    Ok(SetSecurityTokenServicePreferencesOutput {})
}

/// "A unique issuer URL for your Amazon Web Services account", of the form that the user guide shows.
fn issuer(record: &PreferencesRecord) -> String {
    format!("https://{}.tokens.sts.global.api.aws", record.issuer)
}

/// The issuer stays the same when the feature is disabled and enabled again. A guess.
pub async fn enable_outbound_web_identity_federation(
    cx: Cx,
    _: EnableOutboundWebIdentityFederationInput,
) -> Result<EnableOutboundWebIdentityFederationOutput> {
    let new = cx.cloud().ids().uuid();
    let record = update(&cx, |record| {
        if record.outbound_federation {
            return Err(fault::feature_enabled_exception(
                "Outbound web identity federation is already enabled for your account.",
            ));
        }
        record.outbound_federation = true;
        if record.issuer.is_empty() {
            record.issuer.clone_from(&new);
        }
        Ok(())
    })
    .await?;
    Ok(EnableOutboundWebIdentityFederationOutput { issuer_identifier: Some(issuer(&record)) })
}

fn disabled() -> wire::Fault {
    fault::feature_disabled_exception("Outbound web identity federation is disabled for your account.")
}

pub async fn disable_outbound_web_identity_federation(
    cx: Cx,
    _: DisableOutboundWebIdentityFederationInput,
) -> Result<DisableOutboundWebIdentityFederationOutput> {
    update(&cx, |record| {
        if !record.outbound_federation {
            return Err(disabled());
        }
        record.outbound_federation = false;
        Ok(())
    })
    .await?;
    Ok(DisableOutboundWebIdentityFederationOutput {})
}

pub async fn get_outbound_web_identity_federation_info(
    cx: Cx,
    _: GetOutboundWebIdentityFederationInfoInput,
) -> Result<GetOutboundWebIdentityFederationInfoOutput> {
    let record: Option<PreferencesRecord> = cx.read().record(&IamKeys::of(cx.account()).preferences()).await?;
    let record = record.filter(|record| record.outbound_federation).ok_or_else(disabled)?;
    Ok(GetOutboundWebIdentityFederationInfoOutput {
        issuer_identifier: Some(issuer(&record)),
        jwt_vending_enabled: Some(true),
    })
}
