//! What a call acts on, for authorisation: the entity that the input names, under the ARN with its path, and its tags.
//!
//! An operation's generated facts say which kinds of resources it has; the table here says which member names one of a
//! kind, and where its row is.

use crate::{keys, service_linked_names::Linked, target_kinds};
use identity::{AccessKeyRecord, Entity, GroupRecord, IamKeys, MfaDeviceRecord, Tags, access_key, iam_arn, limits};
use kernel::{
    Cx, Local, Result,
    authorise::{Target, has_tags, templated},
    record::Record,
    store::{Key, Rows},
};
use lang::policy::ContextKeys;
use std::sync::Arc;
use wire::{Operation, Shape, View};

/// A kind of resources.
pub struct Kind {
    /// Its name in the operations' facts, and in ARNs before the path.
    pub name: &'static str,
    /// The input's member that names one: by name, or by ARN where the value is one.
    pub member: &'static str,
    /// The member that gives one another name: who renames needs permission for both.
    pub new_name: &'static str,
    /// The row of a name or ARN.
    pub row: fn(&IamKeys, &str) -> Option<Key>,
    pub read: fn(&[u8]) -> Option<Found>,
}

pub struct Found {
    /// With the path before it.
    pub name: String,
    pub tags: Tags,
    /// The ARN of the permissions boundary; empty without one.
    pub boundary: String,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "user",
        member: "UserName",
        new_name: "NewUserName",
        row: |keys, name| Some(keys.entity(Entity::User, name)),
        read: target_kinds::user,
    },
    Kind {
        name: "group",
        member: "GroupName",
        new_name: "NewGroupName",
        row: |keys, name| Some(keys.entity(Entity::Group, name)),
        read: |bytes| GroupRecord::decode(bytes).map(|group| found(&group.path, &group.name, Tags::new())),
    },
    Kind {
        name: "server-certificate",
        member: "ServerCertificateName",
        new_name: "NewServerCertificateName",
        row: |keys, name| Some(keys::server_certificate(keys, name)),
        read: |bytes| {
            let certificate = crate::records::ServerCertificateRecord::decode(bytes)?;
            Some(found(&certificate.path, &certificate.name, certificate.tags))
        },
    },
    Kind {
        name: "mfa",
        member: "SerialNumber",
        new_name: "",
        row: IamKeys::mfa_device_of,
        read: |bytes| MfaDeviceRecord::decode(bytes).map(|device| found(&device.path, &device.name, device.tags)),
    },
    Kind { name: "mfa", member: "VirtualMFADeviceName", new_name: "", row: |_, _| None, read: |_| None },
];

fn found(path: &str, name: &str, tags: Tags) -> Found {
    Found { name: format!("{path}{name}"), tags, boundary: String::new() }
}

/// A resource that the input names.
struct Named {
    kind: &'static Kind,
    /// As the input has it.
    value: String,
    /// The path that the input gives something new, or gives this anew.
    path: Option<String>,
    /// It is being made, or gets this name: what is there under it already does not matter.
    new: bool,
}

/// What making something with tags needs beside its own action (IAM user guide, "Permissions required for tagging IAM
/// entities" and its like for other resources).
fn tagging(operation: &str) -> &'static [&'static str] {
    match operation {
        "CreateUser" => &["iam:TagUser"],
        "CreateRole" => &["iam:TagRole"],
        "CreatePolicy" => &["iam:TagPolicy"],
        "CreateInstanceProfile" => &["iam:TagInstanceProfile"],
        "CreateVirtualMFADevice" => &["iam:TagMFADevice"],
        "CreateOpenIDConnectProvider" => &["iam:TagOpenIDConnectProvider"],
        "CreateSAMLProvider" => &["iam:TagSAMLProvider"],
        "UploadServerCertificate" => &["iam:TagServerCertificate"],
        _ => &[],
    }
}

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    if let Err(fault) = limits::iam(cx.caller()) {
        return Box::pin(std::future::ready(Err(fault)));
    }
    let member = |name: &str| match input.schema().index(name).map(|index| input.get(index)) {
        Some(View::Str(text)) if !text.is_empty() => Some(text.to_owned()),
        _ => None,
    };
    let acts_on = |kind: &&Kind| operation.iam.resources.iter().any(|resource| resource.name == kind.name);
    let makes = operation.name.starts_with("Create") || operation.name.starts_with("UploadServer");
    let mut named = Vec::new();
    for kind in KINDS.iter().chain(&target_kinds::KINDS).filter(acts_on) {
        // An ARN says itself of which kind it is.
        let of_kind = |value: &String| !value.starts_with("arn:") || value.contains(&format!(":{}/", kind.name));
        if let Some(value) = member(kind.member).filter(of_kind) {
            let value = value.strip_prefix("https://").map_or_else(|| value.clone(), str::to_owned);
            // `CreateAccessKey` makes something, but not the user.
            let new = makes && input.schema().index("Path").is_some();
            named.push(Named { kind, value, path: member("Path"), new });
        } else if kind.name == "user"
            && (input.schema().index(kind.member).is_some() || operation.name == "ChangePassword")
            && let Some(user) = cx.caller().user()
        {
            named.push(Named { kind, value: user.name.clone(), path: None, new: false });
        }
        let new_path = member("NewPath");
        if let Some(value) = member(kind.new_name).or_else(|| new_path.as_ref().and_then(|_| member(kind.member))) {
            named.push(Named { kind, value, path: new_path, new: true });
        }
    }
    let fallback = || match lists(operation.name) {
        Some(kind) => {
            let below = member("PathPrefix").unwrap_or_else(|| "/".to_owned());
            Target::of(cx.account(), vec![iam_arn(&cx, cx.account(), &format!("{kind}{below}")).into()])
        }
        // Without a name, an operation on a user is about who asks.
        None if cx.caller().is_root() && acts_on(&&KINDS[0]) && input.schema().index("UserName").is_some() => {
            Target::of(cx.account(), vec![iam_arn(&cx, cx.account(), "root").into()])
        }
        None => templated(&cx, operation, input),
    };
    if operation.name == "GetAccessKeyLastUsed" {
        return Box::pin(of_key_holder(cx, member("AccessKeyId").unwrap_or_default()));
    }
    let mut known = ContextKeys::default();
    for (key, name) in [
        ("iam:PolicyARN", "PolicyArn"),
        ("iam:PermissionsBoundary", "PermissionsBoundary"),
        ("iam:AWSServiceName", "AWSServiceName"),
        ("iam:OrganizationsPolicyId", "OrganizationsPolicyId"),
    ] {
        if let Some(value) = member(name).filter(|_| operation.iam.condition_keys.contains(&key)) {
            known.set(key, value);
        }
    }
    if let Some(role) = service_linked(&member) {
        let role = iam_arn(&cx, cx.account(), &format!("role/aws-service-role/{role}")).into();
        let target = Target { keys: known, ..Target::of(cx.account(), vec![role]) };
        return Box::pin(std::future::ready(Ok(target)));
    }
    let also = if has_tags(input) { tagging(operation.name) } else { &[] };
    if named.is_empty() {
        let target = Target { keys: known, also, ..fallback() };
        return Box::pin(std::future::ready(Ok(target)));
    }
    // What is on an entity is changed within its boundary: the one that is asked for, or the one that it has.
    let bounded = operation.iam.condition_keys.contains(&"iam:PermissionsBoundary");
    let bounded = bounded && member("PermissionsBoundary").is_none();
    Box::pin(async move {
        let (target, boundary) = of_named(cx, named).await?;
        if let Some(boundary) = boundary.filter(|_| bounded) {
            known.set("iam:PermissionsBoundary", boundary);
        }
        Ok(Target { keys: known, also, ..target })
    })
}

/// The service-linked role that a service asks for, or whose deletion is asked about: what follows `aws-service-role/`.
fn service_linked(member: &impl Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(service) = member("AWSServiceName") {
        let suffix = member("CustomSuffix").map_or_else(String::new, |suffix| format!("_{suffix}"));
        return Linked::of(&service).map(|linked| format!("{service}/{}{suffix}", linked.role));
    }
    let task = member("DeletionTaskId")?;
    let (role, _) = task.strip_prefix("task/aws-service-role/")?.rsplit_once('/')?;
    Some(role.to_owned())
}

/// What the lists of a kind act on: `arn:aws:iam::111122223333:user/`, with the path that is asked for.
fn lists(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "ListUsers" => "user",
        "ListGroups" => "group",
        "ListInstanceProfiles" => "instance-profile",
        "ListPolicies" => "policy",
        "ListRoles" => "role",
        "ListServerCertificates" => "server-certificate",
        _ => return None,
    })
}

/// The user who has an access key.
async fn of_key_holder(cx: Cx, id: String) -> Result<Target> {
    let key = cx.read().record::<AccessKeyRecord>(&access_key(&id)).await?;
    let user = key.filter(|key| key.account == cx.account().0 && !key.user.is_empty()).map(|key| key.user);
    match user {
        Some(user) => {
            let named = Named { kind: &KINDS[0], value: user, path: None, new: false };
            Ok(of_named(cx, vec![named]).await?.0)
        }
        None => Ok(Target::of(cx.account(), vec!["*".into()])),
    }
}

/// And the permissions boundary of what is there.
async fn of_named(cx: Cx, named: Vec<Named>) -> Result<(Target, Option<String>)> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let mut resources: Vec<Arc<str>> = Vec::with_capacity(named.len());
    let mut tags = Tags::new();
    let mut boundary = None;
    // Of what is renamed, where no new path is given.
    let mut old_path = "/".to_owned();
    for Named { kind, value, path, new } in named {
        let row = if new { None } else { (kind.row)(&keys, &value) };
        let there = match row {
            Some(row) => snapshot.get(&row).await?.and_then(|row| (kind.read)(&row.value)),
            None => None,
        };
        let name = match there {
            Some(found) => {
                old_path = found.name[..=found.name.rfind('/').unwrap_or_default()].to_owned();
                tags.extend(found.tags);
                boundary = Some(found.boundary).filter(|arn| !arn.is_empty()).or(boundary);
                found.name
            }
            // As it was given: who may do it anywhere may know that nothing is there.
            None if value.starts_with("arn:") => {
                resources.push(value.into());
                continue;
            }
            None => format!("{}{value}", path.unwrap_or_else(|| old_path.clone())),
        };
        resources.push(iam_arn(&cx, cx.account(), &format!("{}{name}", kind.name)).into());
    }
    Ok((Target { tags, ..Target::of(cx.account(), resources) }, boundary))
}
