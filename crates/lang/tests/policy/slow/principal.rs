//! Whom a Principal or NotPrincipal element means. IAM user guide, "Principal" and "NotPrincipal".

use super::texts;
use lang::policy::Principal;
use wire::Json;

/// As what the requester is named, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// As one of an account.
    Account,
    /// As the role or user that the session is of.
    Behind,
    /// As the one who asks, or as anyone.
    Asking,
}

/// The identities of a requester, as they may stand under `AWS`.
struct Identities {
    asking: Vec<&'static str>,
    behind: Vec<&'static str>,
    account: Option<&'static str>,
}

fn identities(who: &Principal<'static>) -> Identities {
    let (asking, behind, account) = match *who {
        Principal::Root { account, .. } => (vec![], vec![], Some(account)),
        Principal::User { account, arn, id } => (vec![arn, id], vec![], Some(account)),
        Principal::RoleSession { account, arn, role_arn, role_id } => {
            (vec![arn], vec![role_arn, role_id], Some(account))
        }
        Principal::FederatedUser { account, arn, user_arn } => (vec![arn], vec![user_arn], Some(account)),
        Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => (vec![], vec![], None),
    };
    Identities { asking, behind, account }
}

/// `111122223333` is short for `arn:aws:iam::111122223333:root`.
fn is_account(text: &str, account: &str) -> bool {
    text == account || text == format!("arn:aws:iam::{account}:root")
}

pub fn named(element: &Json, who: &Principal<'static>) -> Option<Named> {
    if element.as_str() == Some("*") {
        return Some(Named::Asking);
    }
    let mut best = None;
    for (family, names) in element.as_object().unwrap_or_default() {
        for name in texts(Some(names)) {
            best = best.max(one(family, &name, who));
        }
    }
    best
}

fn one(family: &str, name: &str, who: &Principal<'static>) -> Option<Named> {
    let Identities { asking, behind, account } = identities(who);
    match (family, who) {
        ("AWS", _) if name == "*" => Some(Named::Asking),
        ("AWS", _) if asking.contains(&name) => Some(Named::Asking),
        ("AWS", _) if behind.contains(&name) => Some(Named::Behind),
        ("AWS", Principal::Root { account, .. }) if is_account(name, account) => Some(Named::Asking),
        ("AWS", _) if account.is_some_and(|account| is_account(name, account)) => Some(Named::Account),
        ("Service", Principal::Service { name: service }) if *service == name => Some(Named::Asking),
        ("Federated", Principal::Federated { provider }) if *provider == name => Some(Named::Asking),
        _ => None,
    }
}

/// Whether a NotPrincipal passes the requester over. With a Deny, "you must also specify the account ARN of the not-denied
/// principal", and of a role's session the session's and the role's.
pub fn spared(element: &Json, who: &Principal<'static>, deny: bool, bounded: bool) -> bool {
    if !deny {
        return named(element, who).is_some();
    }
    // "NotPrincipal with Deny will always deny any IAM principal that has a permissions boundary."
    if bounded {
        return false;
    }
    let listed: Vec<String> = match element.as_object() {
        None => return true,
        Some(families) => {
            families.iter().filter(|(family, _)| family == "AWS").flat_map(|(_, n)| texts(Some(n))).collect()
        }
    };
    if listed.iter().any(|name| name == "*") {
        return true;
    }
    let Identities { asking, behind, account } = identities(who);
    let lists = |names: &[&str]| listed.iter().any(|name| names.contains(&name.as_str()));
    let lists_account = account.is_some_and(|account| listed.iter().any(|name| is_account(name, account)));
    match who {
        Principal::User { .. } | Principal::FederatedUser { .. } => lists_account && lists(&asking),
        Principal::RoleSession { .. } => lists_account && lists(&asking) && lists(&behind),
        Principal::Root { .. } => lists_account,
        _ => named(element, who).is_some(),
    }
}
