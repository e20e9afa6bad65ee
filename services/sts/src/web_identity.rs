//! AssumeRoleWithWebIdentity: a role for whom an OpenID Connect provider vouches.

use crate::{
    assumption::{Assumption, Begun, Terms, not_authorized},
    identity_provider::IdentityProvider,
    jwt::Token,
    patterns,
    role::Role,
    session_tags::{SessionTags, check_source_identity},
};
use identity::Tags;
use kernel::{Cx, Result};
use lang::policy::{ContextKeys, Principal};
use sts_api::*;
use wire::{Fault, Json, Timestamp};

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
/// Before the claims with session tags.
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
/// Seconds by which a provider's clock may be ahead. A guess.
const SKEW: i64 = 300;

/// Whoever signs the request does not matter: the token says who asks.
pub async fn assume_role_with_web_identity(
    cx: Cx,
    input: AssumeRoleWithWebIdentityInput,
) -> Result<AssumeRoleWithWebIdentityOutput> {
    patterns::check(&cx, &input)?;
    if let Some(provider) = &input.provider_id {
        // OAuth access tokens say nothing themselves: their providers are asked about each.
        return Err(fault::idp_communication_error_exception(format!(
            "ProviderId: {provider} cannot be asked about access tokens from here; use an OpenID Connect ID token."
        )));
    }
    let role = Role::find(&cx, &input.role_arn).await?;
    let token = Token::parse(&input.web_identity_token).ok_or_else(|| {
        invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    })?;
    let issuer = token.text("iss").ok_or_else(|| missing("iss"))?;
    let provider = IdentityProvider::find(&cx, role.account, issuer).await?;
    if !token.is_signed_by(&provider.keys(&cx).await?) {
        // That it is refused with this code is documented; the sentence is a guess.
        return Err(invalid("Provided token's signature cannot be verified with the keys of its identity provider"));
    }
    check_times(&cx, &token)?;
    let subject = token.text("sub").ok_or_else(|| missing("sub"))?.to_owned();
    let audience = audience(&token, &provider)?;

    let claims = claims(&token, &provider, &subject, &audience);
    let mut keys = ContextKeys::default();
    for (key, value) in &claims {
        keys.set(key.as_str(), value.as_str());
    }
    let methods = token.texts("amr");
    if !methods.is_empty() {
        keys.set_many(format!("{}:amr", provider.name), methods);
    }
    keys.set("aws:FederatedProvider", provider.principal.as_str());
    let source_identity = token.text(SOURCE_IDENTITY).unwrap_or_default().to_owned();
    if !source_identity.is_empty() {
        check_source_identity(&source_identity)?;
    }
    let assumption = Assumption::new(role, input.role_session_name, tags(&token)?, source_identity.clone(), keys);
    let principal = Some(Principal::Federated { provider: &provider.principal });
    let refused = |fault| not_authorized(fault, ACTION);
    assumption.require(&cx, ACTION, principal).await.map_err(refused)?;
    assumption.require_extras(&cx, principal).await.map_err(refused)?;

    let terms = Terms {
        policy: input.policy,
        policy_arns: input.policy_arns,
        duration_seconds: input.duration_seconds,
        provider: provider.principal.clone(),
        claims,
        ..Terms::default()
    };
    let Begun { credentials, user, packed } = assumption.begin(&cx, terms).await?;
    Ok(AssumeRoleWithWebIdentityOutput {
        credentials: Some(credentials),
        subject_from_web_identity_token: Some(subject),
        assumed_role_user: Some(user),
        packed_policy_size: packed,
        // The API reference says the issuer; what comes is the provider's ARN.
        provider: Some(provider.principal),
        audience: Some(audience),
        source_identity: Some(source_identity).filter(|identity| !identity.is_empty()),
    })
}

fn invalid(message: &str) -> Fault {
    fault::invalid_identity_token_exception(message)
}

fn missing(claim: &str) -> Fault {
    invalid(&format!("Missing a required claim: {claim}"))
}

/// Providers tell real time. What happened at an instant of it happened here at the virtual instant that belongs to it, and
/// lasts as long.
fn check_times(cx: &Cx, token: &Token) -> Result<()> {
    let clock = cx.cloud().clock();
    let here = |seconds: i64| clock.virtual_of(Timestamp::from_secs(seconds)).secs();
    let now = cx.now().secs();
    let expires = token.seconds("exp").ok_or_else(|| missing("exp"))?;
    let issued = token.seconds("iat").ok_or_else(|| missing("iat"))?;
    let begins = token.seconds("nbf").map_or(issued, |begins| begins.max(issued));
    let end = here(issued).saturating_add(expires.saturating_sub(issued));
    if end <= now {
        return Err(fault::expired_token_exception(format!(
            "Token expired: current date/time {now} must be before the expiration date/time{end}"
        )));
    }
    if begins.saturating_sub(SKEW) > clock.wall().secs() {
        return Err(invalid("The ID Token provided is not valid yet"));
    }
    Ok(())
}

/// Whom the token is for: `azp`, the application that asked for it, where the provider tells it (IAM user guide, "Available
/// keys for AWS OIDC federation").
fn audience(token: &Token, provider: &IdentityProvider) -> Result<String> {
    let party = token.text("azp");
    let audiences = match party {
        Some(party) => vec![party],
        None => token.texts("aud"),
    };
    let known = |audience: &&&str| match &provider.clients {
        Some(clients) => clients.iter().any(|client| client == **audience),
        None => true,
    };
    let audience = audiences.iter().find(known).ok_or_else(|| invalid("Incorrect token audience"))?;
    Ok((*audience).to_owned())
}

/// The condition keys that a token fills: those that all providers have, and those that AWS knows of this one.
fn claims(token: &Token, provider: &IdentityProvider, subject: &str, audience: &str) -> Tags {
    let name = &provider.name;
    let mut claims = vec![(format!("{name}:sub"), subject.to_owned()), (format!("{name}:aud"), audience.to_owned())];
    if let (Some(_), Some(audience)) = (token.text("azp"), token.texts("aud").first()) {
        claims.push((format!("{name}:oaud"), (*audience).to_owned()));
    }
    let known = operations::ASSUME_ROLE_WITH_WEB_IDENTITY.iam.condition_keys;
    let own = known.iter().filter_map(|key| key.rsplit_once(':')).filter(|(of, _)| is_of(of, name));
    for claim in own.map(|(_, claim)| claim).chain(["email"]) {
        let value = match token.claims.get(claim) {
            Some(Json::Str(text)) => text.clone(),
            Some(value @ (Json::Int(_) | Json::Bool(_))) => value.to_string(),
            _ => continue,
        };
        let key = format!("{name}:{claim}");
        if !claims.iter().any(|(known, _)| *known == key) {
            claims.push((key, value));
        }
    }
    claims
}

/// Whether a provider is the one of a key, in whose name one part may be open: `token.actions.${Domain}.ghe.com`.
fn is_of(pattern: &str, name: &str) -> bool {
    match pattern.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| rest.strip_suffix(after).is_some()),
        None => pattern == name,
    }
}

/// Session tags, nested or flat (IAM user guide, "Passing session tags using AssumeRoleWithWebIdentity").
fn tags(token: &Token) -> Result<SessionTags> {
    let mut tags = Tags::new();
    let nested = token.claims.get(TAGS);
    let mut transitive = Vec::new();
    if let Some(nested) = nested {
        for (key, value) in nested.get("principal_tags").and_then(Json::as_object).unwrap_or_default() {
            tags.push((key.clone(), one(value)?));
        }
        transitive.extend(nested.get("transitive_tag_keys").and_then(Json::as_list).unwrap_or_default().iter());
    }
    for (claim, value) in token.claims.as_object().unwrap_or_default() {
        match claim.strip_prefix(TAGS) {
            Some("/transitive_tag_keys") => transitive.extend(value.as_list().unwrap_or_default()),
            Some(rest) => {
                if let Some(key) = rest.strip_prefix("/principal_tags/") {
                    tags.push((key.to_owned(), one(value)?));
                }
            }
            None => {}
        }
    }
    SessionTags::new(tags, transitive.into_iter().filter_map(Json::as_str).map(str::to_owned).collect())
}

/// The value of a tag, which is a text or a list of one.
fn one(value: &Json) -> Result<String> {
    let text = match value.as_list() {
        Some([value]) => value.as_str(),
        Some(_) => None,
        None => value.as_str(),
    };
    text.map(str::to_owned).ok_or_else(|| invalid("Session tags have one value each"))
}
