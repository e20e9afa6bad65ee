//! GetWebIdentityToken: a JSON web token by which the caller proves to services outside who it is (IAM user guide,
//! "Outbound identity federation").

use identity::{IamKeys, PreferencesRecord, signing::Algorithm};
use kernel::{
    Cx, Result,
    authorise::{Ask, PolicyKind, Target, require},
    record::Record,
};
use lang::policy::ContextKeys;
use sts_api::*;
use wire::{Json, Timestamp, common};

/// Seconds, if none are asked for.
const DEFAULT: i32 = 300;

pub fn target(cx: &Cx, input: &GetWebIdentityTokenInput) -> Target {
    let mut target = Target::of(cx.account(), vec!["*".into()]);
    target.keys = keys(input);
    target
}

fn keys(input: &GetWebIdentityTokenInput) -> ContextKeys {
    let mut keys = ContextKeys::default();
    keys.set_many("sts:IdentityTokenAudience", input.audience.iter().map(String::as_str));
    keys.set("sts:SigningAlgorithm", input.signing_algorithm.as_str());
    keys.set("sts:DurationSeconds", input.duration_seconds.unwrap_or(DEFAULT).to_string());
    keys
}

pub async fn get_web_identity_token(cx: Cx, input: GetWebIdentityTokenInput) -> Result<GetWebIdentityTokenOutput> {
    let algorithm = Algorithm::parse(&input.signing_algorithm).ok_or_else(|| {
        // "Valid values are RS256 … and ES384"; the sentence is a guess.
        common::validation_error(format!("SigningAlgorithm {} is neither RS256 nor ES384", input.signing_algorithm))
    })?;
    let row = cx.cloud().engine().latest().get(&IamKeys::of(cx.account()).preferences()).await?;
    let preferences = row.and_then(|row| PreferencesRecord::decode(&row.value)).unwrap_or_default();
    if !preferences.outbound_federation {
        return Err(fault::outbound_web_identity_federation_disabled_exception(
            "Outbound web identity federation is disabled for your account.",
        ));
    }
    if input.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
        let ask = Ask {
            action: "sts:TagGetWebIdentityToken",
            resource: "*".into(),
            account: cx.account(),
            policy: None,
            policy_kind: PolicyKind::Grants,
            beside: None,
            tags: &[],
            keys: &self::keys(&input),
            principal: None,
            input: Some(&input),
        };
        require(&cx, &ask).await?;
    }
    let now = cx.now().secs();
    let expires = Timestamp::from_secs(now + i64::from(input.duration_seconds.unwrap_or(DEFAULT)));
    if cx.caller().session.as_ref().is_some_and(|session| expires > session.expires) {
        return Err(fault::session_duration_escalation_exception(
            "The requested token duration would extend the session beyond its original expiration time.",
        ));
    }
    let claims = claims(&cx, &input, &preferences.issuer, now, expires);
    let token = algorithm.sign(&cx, &preferences.issuer, &claims).await?;
    Ok(GetWebIdentityTokenOutput { web_identity_token: Some(token), expiration: Some(expires) })
}

/// As the user guide has them, "Understanding token claims".
fn claims(cx: &Cx, input: &GetWebIdentityTokenInput, issuer: &str, now: i64, expires: Timestamp) -> Json {
    let caller = cx.caller();
    let subject = caller.identified().map_or_else(|| caller.arn(cx.region()), |who| who.entity_arn.clone());
    let audience = match &input.audience[..] {
        [one] => Json::from(one.as_str()),
        several => Json::List(several.iter().map(|audience| audience.as_str().into()).collect()),
    };
    let object = |tags: Vec<(&str, &str)>| {
        Json::Object(tags.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
    };
    let mut own: Vec<(String, Json)> = vec![
        ("aws_account".into(), caller.account.to_string().into()),
        ("source_region".into(), cx.region().as_str().into()),
    ];
    let controls = &caller.grants.controls;
    if let Some(organization) = &controls.organization {
        own.push(("org_id".into(), organization.as_str().into()));
        own.push(("ou_path".into(), controls.path.as_str().into()));
    }
    let tags = caller.identified().map_or(&[][..], |who| &who.tags);
    if !tags.is_empty() {
        let tags = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        own.push(("principal_tags".into(), object(tags.collect())));
    }
    if let Some(tags) = input.tags.as_ref().filter(|tags| !tags.is_empty()) {
        let tags = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
        own.push(("request_tags".into(), object(tags.collect())));
    }
    Json::from([
        ("iss", Json::from(format!("https://{issuer}.tokens.sts.global.api.aws"))),
        ("aud", audience),
        ("sub", subject.into()),
        ("iat", now.into()),
        ("exp", expires.secs().into()),
        ("jti", cx.cloud().ids().uuid().into()),
        ("https://sts.amazonaws.com/", Json::Object(own)),
    ])
}
