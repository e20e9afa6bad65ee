//! The values of condition keys, from the call.

use super::Ask;
use crate::{CallerKind, Cx, Identified, identity::Controls};
use lang::policy::{Context, Values};
use std::borrow::Cow;
use wire::{Shape, TimeFormat, View};

/// AWS global condition context keys (IAM user guide), as far as a call has them, and what the service adds.
pub(super) struct CallContext<'a> {
    pub cx: &'a Cx,
    pub ask: &'a Ask<'a>,
    /// The organization of the resource's owner.
    pub owner: &'a Controls,
}

fn one(text: impl Into<String>) -> Option<Values<'static>> {
    Some(Values::One(Cow::Owned(text.into())))
}

fn filled(text: &str) -> Option<Values<'_>> {
    (!text.is_empty()).then(|| Values::one(text))
}

/// Keys of tags are compared without regard to case in conditions.
fn tagged<'a>(tags: &'a [(String, String)], key: &str) -> Option<Values<'a>> {
    tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| Values::one(value))
}

impl Context for CallContext<'_> {
    fn get(&self, key: &str) -> Option<Values<'_>> {
        let CallContext { cx, ask, owner } = self;
        if let Some(values) = ask.keys.get(key) {
            return Some(values);
        }
        let (name, rest) = key.split_once('/').unwrap_or((key, ""));
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "aws:currenttime" => one(cx.now().format(TimeFormat::Iso8601)),
            "aws:epochtime" => one(cx.now().secs().to_string()),
            "aws:securetransport" => one(cx.request().secure.to_string()),
            "aws:sourceip" if cx.via().is_empty() => one(cx.request().source_ip?.to_canonical().to_string()),
            "aws:useragent" => one(cx.request().user_agent.as_str()),
            "aws:referer" => cx.header(http::header::REFERER).map(Values::one),
            "aws:requestedregion" => one(cx.region().as_str()),
            "aws:requesttag" => one(request_tag(ask.input?, rest)?),
            "aws:tagkeys" => request_tag_keys(ask.input?),
            "aws:resourceaccount" => one(ask.account.to_string()),
            "aws:resourceorgid" => owner.organization.as_deref().map(Values::one),
            "aws:resourceorgpaths" => paths(owner),
            "aws:viaawsservice" => one((!cx.via().is_empty()).to_string()),
            "aws:calledvia" => {
                let via = cx.via().iter().map(|service| Cow::Borrowed(*service)).collect::<Vec<_>>();
                (!via.is_empty()).then_some(Values::Many(via))
            }
            "aws:calledviafirst" => cx.via().first().map(|service| Values::one(service)),
            "aws:calledvialast" => cx.via().last().map(|service| Values::one(service)),
            // "Anonymous requests do not include this key."
            "aws:principalisawsservice" => (!cx.caller().is_anonymous())
                .then(|| Values::One(Cow::Owned(matches!(cx.caller().kind, CallerKind::Service { .. }).to_string()))),
            // `aws:ResourceTag/…`, and the services' own names for it: `iam:ResourceTag/…`.
            name if name.ends_with(":resourcetag") => tagged(ask.tags, rest),
            name => self.of_principal(key, name, rest),
        }
    }
}

impl CallContext<'_> {
    fn of_principal(&self, key: &str, name: &str, rest: &str) -> Option<Values<'_>> {
        // Of somebody else than the caller, what is known is among the question's keys.
        if self.ask.principal.is_some() {
            return None;
        }
        let (cx, caller) = (self.cx, self.cx.caller());
        let controls = &caller.grants.controls;
        if let Some(session) = &caller.session {
            // "This condition key is not present for federated identities", of either of the two.
            let federated = matches!(caller.kind, CallerKind::FederatedUser(_)) || !session.provider.is_empty();
            match name {
                "aws:multifactorauthpresent" | "aws:multifactorauthage" if federated => return None,
                "aws:tokenissuetime" => return one(session.issued.format(TimeFormat::Iso8601)),
                "aws:multifactorauthpresent" => return one(session.mfa_at.is_some().to_string()),
                "aws:multifactorauthage" => return one((cx.now().secs() - session.mfa_at?.secs()).max(0).to_string()),
                "aws:sourceidentity" => return filled(&session.source_identity),
                // "This key is present in the role-session of a role that was assumed using OpenID Connect (OIDC) provider".
                "aws:federatedprovider" if session.provider.contains(":saml-provider/") => return None,
                "aws:federatedprovider" => return filled(&session.provider),
                // "only when the principal uses credentials from AssumeRoot": the root user's only sessions with a policy.
                "aws:assumedroot" => {
                    let task = caller.is_root() && !caller.grants.session.is_empty();
                    return task.then(|| Values::one("true"));
                }
                _ => {
                    // Names of providers have slashes of their own: `oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:sub`.
                    if let Some((_, value)) = session.claims.iter().find(|(claim, _)| claim.eq_ignore_ascii_case(key)) {
                        return Some(Values::one(value));
                    }
                }
            }
        }
        match name {
            "aws:principalorgid" => return controls.organization.as_deref().map(Values::one),
            "aws:principalorgpaths" => return paths(controls),
            _ => {}
        }
        match &caller.kind {
            CallerKind::Root => match name {
                "aws:principalarn" => one(caller.arn(cx.region())),
                "aws:principalaccount" => one(caller.account.to_string()),
                "aws:principaltype" => one("Account"),
                "aws:userid" => one(caller.user_id()),
                _ => None,
            },
            CallerKind::User(who) => match name {
                "aws:username" => Some(Values::one(&who.name)),
                "aws:principaltype" => Some(Values::one("User")),
                name => identified(who, name, rest),
            },
            CallerKind::AssumedRole(who) => match name {
                "aws:principaltype" => Some(Values::one("AssumedRole")),
                name => identified(who, name, rest),
            },
            CallerKind::FederatedUser(who) => match name {
                "aws:principaltype" => Some(Values::one("FederatedUser")),
                name => identified(who, name, rest),
            },
            CallerKind::Service { principal, source_arn, source_account } => match name {
                "aws:sourcearn" => filled(source_arn),
                "aws:sourceaccount" => one(source_account.to_string()),
                "aws:principalservicename" => Some(Values::one(principal)),
                "aws:principalservicenameslist" => Some(Values::Many(vec![Cow::Borrowed(principal)])),
                _ => None,
            },
            CallerKind::Anonymous => match name {
                "aws:principaltype" => one("Anonymous"),
                "aws:principalaccount" | "aws:userid" => one("anonymous"),
                _ => None,
            },
        }
    }
}

/// `aws:PrincipalArn` of a role's session is the role's, of others their own.
fn identified<'a>(who: &'a Identified, name: &str, rest: &str) -> Option<Values<'a>> {
    match name {
        "aws:principalarn" if who.arn.contains(":assumed-role/") => Some(Values::one(&who.entity_arn)),
        "aws:principalarn" => Some(Values::one(&who.arn)),
        "aws:principalaccount" => Some(Values::one(&who.account)),
        "aws:principaltag" => tagged(&who.tags, rest),
        "aws:userid" => Some(Values::one(&who.id)),
        _ => None,
    }
}

fn paths(controls: &Controls) -> Option<Values<'_>> {
    (!controls.path.is_empty()).then(|| Values::Many(vec![Cow::Borrowed(controls.path.as_str())]))
}

/// The tags that a request carries: a map, or a list of keys and values, in a member called tags.
fn request_tags(input: &dyn Shape) -> Option<View<'_>> {
    let schema = input.schema();
    let index = schema.members.iter().position(|member| member.name.eq_ignore_ascii_case("tags"))?;
    Some(input.get(index))
}

fn each_tag(input: &dyn Shape, mut visit: impl FnMut(&str, &str)) {
    match request_tags(input) {
        Some(View::Map(map)) => {
            for index in 0..map.len() {
                if let (key, View::Str(value)) = map.at(index) {
                    visit(key, value);
                }
            }
        }
        Some(View::List(list)) => {
            for index in 0..list.len() {
                let View::Shape(tag) = list.at(index) else { continue };
                let member = |name: &str| {
                    let at = tag.schema().members.iter().position(|m| m.name.to_ascii_lowercase().ends_with(name))?;
                    match tag.get(at) {
                        View::Str(text) => Some(text),
                        _ => None,
                    }
                };
                if let Some(key) = member("key") {
                    visit(key, member("value").unwrap_or_default());
                }
            }
        }
        _ => {}
    }
}

fn request_tag(input: &dyn Shape, wanted: &str) -> Option<String> {
    let mut found = None;
    each_tag(input, |key, value| {
        if key.eq_ignore_ascii_case(wanted) {
            found = Some(value.to_owned());
        }
    });
    found
}

fn request_tag_keys(input: &dyn Shape) -> Option<Values<'static>> {
    let mut keys = Vec::new();
    each_tag(input, |key, _| keys.push(Cow::Owned(key.to_owned())));
    (!keys.is_empty()).then_some(Values::Many(keys))
}
