//! OpenID Connect providers: whom a role's account trusts, and the keys that they publish.

use identity::{IamKeys, OidcProviderRecord};
use kernel::{AccountId, Cx, Result, record::Record};
use sts_api::fault;
use wire::{Fault, Json};

/// Providers that AWS knows by itself: their domain stands for them in trust policies.
const BUILT_IN: [&str; 2] = ["accounts.google.com", "cognito-identity.amazonaws.com"];

/// Whoever issued a token.
pub struct IdentityProvider {
    /// As in trust policies and `aws:FederatedProvider`: an ARN, or the domain of one that is built in.
    pub principal: String,
    /// Without its scheme; before the colon of condition keys.
    pub name: String,
    /// As in tokens, with its scheme.
    issuer: String,
    /// Audiences; `None`: any.
    pub clients: Option<Vec<String>>,
    thumbprints: Vec<String>,
}

impl IdentityProvider {
    /// Whom the role's account trusts under this issuer.
    pub async fn find(cx: &Cx, account: AccountId, issuer: &str) -> Result<IdentityProvider> {
        let missing = || {
            fault::invalid_identity_token_exception(format!(
                "No OpenIDConnect provider found in your account for {issuer}"
            ))
        };
        // Google's tokens come without a scheme, too.
        let name = issuer.strip_prefix("https://").or_else(|| local(issuer)).unwrap_or(issuer);
        if BUILT_IN.contains(&name) {
            return Ok(IdentityProvider {
                principal: name.to_owned(),
                name: name.to_owned(),
                issuer: format!("https://{name}"),
                clients: None,
                thumbprints: Vec::new(),
            });
        }
        if name == issuer {
            return Err(missing());
        }
        let row = cx.cloud().engine().latest().get(&IamKeys::of(account).oidc_providers().text(name)).await?;
        let record = row.and_then(|row| OidcProviderRecord::decode(&row.value)).ok_or_else(missing)?;
        Ok(IdentityProvider {
            principal: format!("arn:{}:iam::{account}:oidc-provider/{name}", cx.region().partition()),
            name: name.to_owned(),
            issuer: issuer.to_owned(),
            clients: Some(record.clients),
            thumbprints: record.thumbprints,
        })
    }

    /// The provider's keys, as its discovery document says (OpenID Connect Discovery 1.0). They are asked for at every call,
    /// so that a key that the provider has withdrawn serves no longer.
    pub async fn keys(&self, cx: &Cx) -> Result<Json> {
        // An account of this cloud, whose URL leads to AWS.
        if let Some(issuer) = self.name.strip_suffix(".tokens.sts.global.api.aws")
            && let Some(keys) = cx.cloud().identity().token_keys(cx.cloud(), issuer).await?
        {
            return Ok(keys);
        }
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovery = self.get(cx, &url).await?;
        let text = |member: &str| discovery.get(member).and_then(Json::as_str);
        let claimed = text("issuer").map(|issuer| issuer.trim_end_matches('/'));
        let keys = text("jwks_uri").filter(|url| url.starts_with("https://") || local(url).is_some());
        match keys {
            Some(keys) if claimed == Some(self.issuer.trim_end_matches('/')) => self.get(cx, keys).await,
            _ => Err(no_key()),
        }
    }

    async fn get(&self, cx: &Cx, url: &str) -> Result<Json> {
        let body = cx.cloud().web().get(url, &self.thumbprints).await.map_err(|why| {
            // What follows the sentence is for whoever runs the provider here.
            fault::idp_communication_error_exception(format!("{}: {url}: {why}", no_key().message()))
        })?;
        str::from_utf8(&body).ok().and_then(|text| Json::parse(text).ok()).ok_or_else(no_key)
    }
}

/// The rest of a URL of this machine, which needs no TLS here. On AWS it always does.
fn local(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://")?;
    let authority = rest.split('/').next().filter(|authority| !authority.contains('@'))?;
    let host = authority.split(':').next()?;
    let loopback = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
    loopback.then_some(rest)
}

fn no_key() -> Fault {
    fault::invalid_identity_token_exception(
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity \
         documentation for requirements",
    )
}
