//! How services word what was asked for in AccessDenied, where they do not say the action and the ARN as they are.
//!
//! All of it is as users report it.

use std::borrow::Cow;

/// The action, as it is said.
pub fn action(action: &str) -> Cow<'_, str> {
    match action.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("sqs:") => action.to_ascii_lowercase().into(),
        _ => action.into(),
    }
}

/// The resource, as it is said: IAM says the names of entities that are there, and the ARNs of those that are to be made,
/// tagged or passed. S3 quotes.
pub fn resource<'a>(action: &str, arn: &'a str) -> Cow<'a, str> {
    let by_name = |verb: &str| {
        let by_arn = ["Create", "Tag", "Untag", "Pass", "DeleteServiceLinked", "GetServiceLinked"];
        !by_arn.iter().any(|beginning| verb.starts_with(beginning))
    };
    if action.starts_with("s3:") {
        return format!("\"{arn}\"").into();
    }
    let Some(verb) = action.strip_prefix("iam:") else { return arn.into() };
    let Some((kind, path)) = arn.splitn(6, ':').nth(5).and_then(|resource| resource.split_once('/')) else {
        return arn.into();
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let of_something = ["CreateAccessKey", "CreateLoginProfile", "CreateServiceSpecificCredential"].contains(&verb);
    match kind {
        "policy" if verb == "ListPolicies" => format!("policy path /{path}").into(),
        "policy" if verb == "CreatePolicy" => format!("policy {name}").into(),
        "policy" if by_name(verb) || verb == "CreatePolicyVersion" => format!("policy {arn}").into(),
        "user" | "role" | "group" if !name.is_empty() && (by_name(verb) || of_something) => {
            format!("{kind} {name}").into()
        }
        "instance-profile" if !name.is_empty() && by_name(verb) => format!("instance profile {name}").into(),
        _ => arn.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_iam_says_of_its_entities() {
        let table = [
            ("GetUser", "user/team/alice", "user alice"),
            ("CreateAccessKey", "user/alice", "user alice"),
            ("CreateUser", "user/team/alice", ""),
            ("ListUsers", "user/", ""),
            ("AttachRolePolicy", "role/app", "role app"),
            ("CreateRole", "role/app", ""),
            ("TagRole", "role/app", ""),
            ("PassRole", "role/app", ""),
            ("GetInstanceProfile", "instance-profile/app", "instance profile app"),
            ("GetPolicy", "policy/queues", "policy arn:aws:iam::111122223333:policy/queues"),
            ("CreatePolicyVersion", "policy/queues", "policy arn:aws:iam::111122223333:policy/queues"),
            ("CreatePolicy", "policy/queues", "policy queues"),
            ("ListPolicies", "policy/team/", "policy path /team/"),
            ("GetUser", "root", ""),
        ];
        for (verb, resource, said) in table {
            let arn = format!("arn:aws:iam::111122223333:{resource}");
            let said = if said.is_empty() { arn.as_str() } else { said };
            assert_eq!(super::resource(&format!("iam:{verb}"), &arn), said, "{verb} {resource}");
        }
        assert_eq!(resource("sts:AssumeRole", "arn:aws:iam::111122223333:role/a"), "arn:aws:iam::111122223333:role/a");
        assert_eq!(action("sqs:SendMessage"), "sqs:sendmessage");
        assert_eq!(action("iam:GetUser"), "iam:GetUser");
    }
}
