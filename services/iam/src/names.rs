//! Names and paths: their rules, the ARNs they make, and the sentences about them that all entities share.

use iam_api::fault;
use identity::iam_arn;
use kernel::{AccountId, Cx, Result};
use wire::{Fault, common};

/// `[\w+=,.@-]+`: users, groups, roles, policies, instance profiles, certificates. Lengths the model knows.
/// `member` is the input's, as AWS writes it: `userName`.
pub fn check_name(member: &str, name: &str) -> Result<()> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !name.is_empty() && name.chars().all(valid) {
        return Ok(());
    }
    Err(common::validation_error(format!(
        "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the \
         following: +=,.@_-"
    )))
}

/// The path of something new: `/` where none was given.
pub fn path(member: &str, path: Option<String>) -> Result<String> {
    let Some(path) = path else { return Ok("/".to_owned()) };
    check_path(member, &path)?;
    Ok(path)
}

/// `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, whatever the sentence says.
pub fn check_path(member: &str, path: &str) -> Result<()> {
    let inner = path.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let valid = path == "/" || inner.is_some_and(|inner| !inner.is_empty() && inner.chars().all(is_in_path));
    if valid {
        return Ok(());
    }
    Err(common::validation_error(format!(
        "The specified value for {member} is invalid. It must begin and end with / and contain only alphanumeric \
         characters and/or / characters."
    )))
}

/// Everything below `/` where none was given.
pub fn path_prefix(prefix: Option<String>) -> Result<String> {
    let prefix = prefix.unwrap_or_else(|| "/".to_owned());
    if prefix.starts_with('/') && prefix.chars().all(is_in_path) {
        return Ok(prefix);
    }
    Err(common::validation_error(
        "The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters \
         and/or / characters.",
    ))
}

fn is_in_path(c: char) -> bool {
    ('\u{21}'..='\u{7e}').contains(&c)
}

/// Of a member whose characters its pattern has not.
pub fn no_match(member: &str, pattern: &str) -> Fault {
    common::validation_error(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: {pattern}"
    ))
}

/// The ARN of something with a path in the caller's account: `user`, `/a/b/`, `Bob`.
pub fn arn(cx: &Cx, kind: &str, path: &str, name: &str) -> String {
    iam_arn(cx, cx.account(), &format!("{kind}{path}{name}"))
}

/// What follows `resource` (`oidc-provider/`) in an ARN of the caller's account; `None` in another account's.
pub fn of_arn<'a>(cx: &Cx, arn: &'a str, resource: &str) -> Result<Option<&'a str>> {
    let invalid = || common::validation_error(format!("ARN {arn} is not valid."));
    let start = format!("arn:{}:iam::", cx.region().partition());
    let (account, rest) = arn.strip_prefix(&start).and_then(|rest| rest.split_once(':')).ok_or_else(invalid)?;
    let account = AccountId::parse(account).ok_or_else(invalid)?;
    let name = rest.strip_prefix(resource).filter(|name| !name.is_empty()).ok_or_else(invalid)?;
    Ok((account == cx.account()).then_some(name))
}

/// `User`, `Group`, `Role`.
pub fn already_exists(kind: &str, name: &str) -> Fault {
    fault::entity_already_exists_exception(format!("{kind} with name {name} already exists."))
}

/// `user`, `group`, `role`.
pub fn no_such(kind: &str, name: &str) -> Fault {
    fault::no_such_entity_exception(format!("The {kind} with name {name} cannot be found."))
}

/// What must go first, as in "detach all policies".
pub fn delete_conflict(first: &str) -> Fault {
    fault::delete_conflict_exception(format!("Cannot delete entity, must {first} first."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_follow_their_patterns() {
        for name in ["Bob", "a+b=c,d.e@f_g-h", "1"] {
            assert!(check_name("userName", name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a/b", "é"] {
            assert!(check_name("userName", name).is_err(), "{name}");
        }
        for path in ["/", "/a/", "/a/b/", "/!~/"] {
            assert!(check_path("path", path).is_ok(), "{path}");
        }
        for path in ["", "a", "/a", "a/", "//", "/a b/", "/é/"] {
            assert!(check_path("path", path).is_err(), "{path}");
        }
    }
}
