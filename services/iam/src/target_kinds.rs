//! The kinds of resources that policies and roles bring with them, as [`target`](crate::target) wants them described.

use crate::target::{Found, Kind};
use identity::{
    Entity, GroupRecord, IamKeys, InstanceProfileRecord, OidcProviderRecord, PolicyRecord, RoleRecord,
    SamlProviderRecord, Tags, UserRecord,
};
use kernel::{record::Record, store::Key};

pub const KINDS: [Kind; 15] = [
    Kind { name: "role", member: "RoleName", new_name: "", row: role_row, read: role },
    Kind { name: "instance-profile", member: "InstanceProfileName", new_name: "", row: profile_row, read: profile },
    Kind { name: "policy", member: "PolicyName", new_name: "", row: policy_row, read: policy },
    Kind { name: "policy", member: "PolicyArn", new_name: "", row: policy_row, read: policy },
    Kind { name: "oidc-provider", member: "OpenIDConnectProviderArn", new_name: "", row: oidc_row, read: oidc },
    Kind { name: "oidc-provider", member: "Url", new_name: "", row: |_, _| None, read: oidc },
    Kind { name: "saml-provider", member: "SAMLProviderArn", new_name: "", row: saml_row, read: saml },
    Kind { name: "saml-provider", member: "Name", new_name: "", row: saml_row, read: saml },
    Kind { name: "user", member: "PolicySourceArn", new_name: "", row: user_row, read: user },
    Kind { name: "group", member: "PolicySourceArn", new_name: "", row: group_row, read: group },
    Kind { name: "role", member: "PolicySourceArn", new_name: "", row: role_row, read: role },
    Kind { name: "user", member: "Arn", new_name: "", row: user_row, read: user },
    Kind { name: "group", member: "Arn", new_name: "", row: group_row, read: group },
    Kind { name: "role", member: "Arn", new_name: "", row: role_row, read: role },
    Kind { name: "policy", member: "Arn", new_name: "", row: policy_row, read: policy },
];

/// The name itself, or that at an ARN's end.
fn name(given: &str) -> &str {
    given.rsplit('/').next().unwrap_or_default()
}

fn found(path: &str, name: &str, tags: Tags, boundary: String) -> Option<Found> {
    Some(Found { name: format!("{path}{name}"), tags, boundary })
}

fn user_row(keys: &IamKeys, given: &str) -> Option<Key> {
    Some(keys.entity(Entity::User, name(given)))
}

pub fn user(bytes: &[u8]) -> Option<Found> {
    UserRecord::decode(bytes).and_then(|user| found(&user.path, &user.name, user.tags, user.boundary))
}

fn group_row(keys: &IamKeys, given: &str) -> Option<Key> {
    Some(keys.entity(Entity::Group, name(given)))
}

fn group(bytes: &[u8]) -> Option<Found> {
    GroupRecord::decode(bytes).and_then(|group| found(&group.path, &group.name, Tags::new(), String::new()))
}

fn role_row(keys: &IamKeys, given: &str) -> Option<Key> {
    Some(keys.entity(Entity::Role, name(given)))
}

fn role(bytes: &[u8]) -> Option<Found> {
    RoleRecord::decode(bytes).and_then(|role| found(&role.path, &role.name, role.tags, role.boundary))
}

fn profile_row(keys: &IamKeys, given: &str) -> Option<Key> {
    Some(keys.instance_profile(given))
}

fn profile(bytes: &[u8]) -> Option<Found> {
    let profile = InstanceProfileRecord::decode(bytes)?;
    found(&profile.path, &profile.name, profile.tags, String::new())
}

/// Of an AWS managed policy there is no row: the ARN is taken as it is.
fn policy_row(keys: &IamKeys, given: &str) -> Option<Key> {
    (!given.contains(":iam::aws:")).then(|| keys.policy(name(given)))
}

fn policy(bytes: &[u8]) -> Option<Found> {
    let policy = PolicyRecord::decode(bytes)?;
    found(&policy.path, &policy.name, policy.tags, String::new())
}

fn oidc_row(keys: &IamKeys, given: &str) -> Option<Key> {
    given.split_once(":oidc-provider/").map(|(_, url)| keys.oidc_providers().text(url))
}

fn oidc(bytes: &[u8]) -> Option<Found> {
    OidcProviderRecord::decode(bytes).and_then(|provider| found("/", &provider.url, provider.tags, String::new()))
}

fn saml_row(keys: &IamKeys, given: &str) -> Option<Key> {
    Some(keys.saml_providers().text(name(given)))
}

fn saml(bytes: &[u8]) -> Option<Found> {
    SamlProviderRecord::decode(bytes).and_then(|provider| found("/", &provider.name, provider.tags, String::new()))
}
