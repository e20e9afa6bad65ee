//! AssumeRoleWithSAML: a role for whom a SAML provider vouches.

mod assertion;
mod canonical;
mod condition_keys;
mod metadata;
mod signature;
mod xml;

use crate::{
    assumption::{Assumption, Begun, Terms, not_authorized},
    patterns,
    role::Role,
    session_tags::SessionTags,
};
use assertion::{Assertion, invalid};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::BASE64;
use identity::{IamKeys, SamlProviderRecord};
use kernel::{AccountId, Arn, Cx, Result, record::Record};
use lang::policy::{ContextKeys, Principal};
use metadata::Metadata;
use sts_api::*;
use wire::{Timestamp, common};

const ACTION: &str = "sts:AssumeRoleWithSAML";
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
/// Seconds after it was issued in which an assertion must be used.
const REDEEM: i64 = 300;
/// Microseconds in a second.
const MICROS: i64 = 1_000_000;

/// Whoever signs the request does not matter: the assertion says who asks.
pub async fn assume_role_with_saml(cx: Cx, input: AssumeRoleWithSAMLInput) -> Result<AssumeRoleWithSAMLOutput> {
    patterns::check(&cx, &input)?;
    let role = Role::find(&cx, &input.role_arn).await?;
    let (name, metadata) = provider(&cx, role.account, &input.principal_arn).await?;
    let assertion = Assertion::read(&input.saml_assertion, &metadata)?;
    let until = check_times(&cx, &assertion)?;
    let refused = |fault| not_authorized(fault, ACTION);
    if !names_role(&assertion, &input.role_arn, &input.principal_arn) {
        return Err(refused(common::access_denied("")));
    }
    let session_name = of_letters(&assertion, "RoleSessionName")?
        .ok_or_else(|| invalid("RoleSessionName is required in AuthnResponse"))?;
    let source_identity = of_letters(&assertion, "SourceIdentity")?.unwrap_or_default();
    if source_identity.to_ascii_lowercase().starts_with("aws:") {
        return Err(must_match("SourceIdentity"));
    }

    let qualifier = name_qualifier(&assertion.issuer, role.account, &name);
    let claims = condition_keys::of(&assertion, &format!("{}/{name}", role.account), &qualifier);
    let mut keys = ContextKeys::default();
    for (key, values) in &claims {
        match &values[..] {
            [value] => keys.set(key.as_str(), value.as_str()),
            values => keys.set_many(key.as_str(), values.iter().map(String::as_str)),
        };
    }
    keys.set("aws:FederatedProvider", input.principal_arn.as_str());
    let assumption = Assumption::new(role, session_name, tags(&assertion)?, source_identity.clone(), keys);
    let principal = Some(Principal::Federated { provider: &input.principal_arn });
    assumption.require(&cx, ACTION, principal).await.map_err(refused)?;
    assumption.require_extras(&cx, principal).await.map_err(refused)?;

    let terms = Terms {
        policy: input.policy,
        policy_arns: input.policy_arns,
        duration_seconds: duration(&assertion, input.duration_seconds)?,
        provider: input.principal_arn.clone(),
        claims: claims.into_iter().filter_map(|(key, values)| Some((key, values.into_iter().next()?))).collect(),
        until,
        ..Terms::default()
    };
    let Begun { credentials, user, packed } = assumption.begin(&cx, terms).await?;
    Ok(AssumeRoleWithSAMLOutput {
        credentials: Some(credentials),
        assumed_role_user: Some(user),
        packed_policy_size: packed,
        subject_type: Some(condition_keys::subject_type(&assertion).to_owned()),
        subject: Some(assertion.subject),
        issuer: Some(assertion.issuer),
        audience: Some(assertion.recipient),
        name_qualifier: Some(qualifier),
        source_identity: Some(source_identity).filter(|identity| !identity.is_empty()),
    })
}

/// The provider's name and metadata. It is one of the role's account.
async fn provider(cx: &Cx, account: AccountId, arn: &str) -> Result<(String, Metadata)> {
    let missing = || invalid("Specified provider doesn't exist");
    let parsed = Arn::parse(arn).ok_or_else(|| common::validation_error("Request ARN is invalid"))?;
    let name = parsed
        .resource
        .strip_prefix("saml-provider/")
        .ok_or_else(|| common::validation_error("Request ARN is invalid"))?;
    let here = parsed.service == "iam" && parsed.partition == cx.region().partition();
    if !here || parsed.account_id() != Some(account) {
        return Err(missing());
    }
    let row = cx.cloud().engine().latest().get(&IamKeys::of(account).saml_providers().text(name)).await?;
    let record = row.and_then(|row| SamlProviderRecord::decode(&row.value)).ok_or_else(missing)?;
    if record.valid_until <= cx.now() {
        // That it fails is documented, the sentence is a guess.
        return Err(invalid("The metadata of the specified provider has expired"));
    }
    let metadata = Metadata::parse(&record.metadata).ok_or_else(|| invalid("Could not parse metadata"))?;
    Ok((record.name, metadata))
}

/// Providers tell real time: what is said of an assertion counts from the virtual instant at which it was issued. Answers
/// when the session must end, if the assertion says so.
fn check_times(cx: &Cx, assertion: &Assertion) -> Result<Option<Timestamp>> {
    let issued = cx.cloud().clock().virtual_of(assertion.issued);
    let here = |at: Timestamp| Timestamp(issued.0.saturating_add(at.0.saturating_sub(assertion.issued.0)));
    let now = cx.now();
    if assertion.begins.is_some_and(|begins| here(begins).0 > now.0 + REDEEM * MICROS)
        || issued.0 > now.0 + REDEEM * MICROS
    {
        return Err(invalid("The SAML response is not valid yet"));
    }
    if issued.0 + REDEEM * MICROS <= now.0 {
        return Err(fault::expired_token_exception("Token must be redeemed within 5 minutes of issuance"));
    }
    if assertion.ends.is_some_and(|ends| here(ends) <= now) {
        return Err(fault::expired_token_exception("The SAML response has expired"));
    }
    let until = assertion.session_ends.map(here);
    if until.is_some_and(|until| until.secs() <= now.secs()) {
        return Err(fault::expired_token_exception("The session of the SAML response has ended"));
    }
    Ok(until)
}

/// Whether one of the roles is this one by this provider; the two ARNs of a value come in either order.
fn names_role(assertion: &Assertion, role: &str, provider: &str) -> bool {
    assertion.values(&format!("{ATTRIBUTES}Role")).iter().any(|value| {
        let pair = value.split_once(',').map(|(first, second)| (first.trim(), second.trim()));
        pair == Some((role, provider)) || pair == Some((provider, role))
    })
}

fn must_match(name: &str) -> wire::Fault {
    invalid(format!("{name} in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{{2,64}}"))
}

/// A session name or a source identity.
fn of_letters(assertion: &Assertion, name: &str) -> Result<Option<String>> {
    let Some(value) = assertion.values(&format!("{ATTRIBUTES}{name}")).first() else { return Ok(None) };
    let fits = (2..=64).contains(&value.len()) && patterns::matches(r"[\w+=,.@-]*", value);
    fits.then(|| Some(value.clone())).ok_or_else(|| must_match(name))
}

/// `SessionDuration` is about sessions of the console; that it is what a call without a duration means is a guess.
fn duration(assertion: &Assertion, asked: Option<i32>) -> Result<Option<i32>> {
    let Some(value) = assertion.values(&format!("{ATTRIBUTES}SessionDuration")).first() else { return Ok(asked) };
    let seconds = value.parse().ok().filter(|seconds| (900..=43_200).contains(seconds));
    let seconds = seconds.ok_or_else(|| invalid("SessionDuration in AuthnResponse must be 900 to 43200"))?;
    Ok(asked.or(Some(seconds)))
}

fn tags(assertion: &Assertion) -> Result<SessionTags> {
    let mut tags = Vec::new();
    for (name, values) in &assertion.attributes {
        if let Some(key) = name.strip_prefix(ATTRIBUTES).and_then(|name| name.strip_prefix("PrincipalTag:")) {
            let [value] = &values[..] else { return Err(invalid("Session tags have one value each")) };
            tags.push((key.to_owned(), value.clone()));
        }
    }
    SessionTags::new(tags, assertion.values(&format!("{ATTRIBUTES}TransitiveTagKeys")).to_vec())
}

/// `BASE64 ( SHA1 ( "https://example.com/saml" + "123456789012" + "/MySAMLIdP" ) )` (API reference).
fn name_qualifier(issuer: &str, account: AccountId, name: &str) -> String {
    BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{issuer}{account}/{name}").as_bytes()).as_ref())
}
