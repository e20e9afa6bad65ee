//! What a call acts on, for authorisation: the entity that the input names, under the ARN with its path, and its tags.
//!
//! An operation's generated facts say which kinds of resources it has; the table here says which member names one of a
//! kind, and where its row is.

use crate::{keys, rows};
use identity::{
    AccessKeyRecord, Entity, GroupRecord, IamKeys, MfaDeviceRecord, Tags, UserRecord, access_key, iam_arn, limits,
};
use kernel::{
    Cx, Local, Result,
    authorise::{Target, templated},
    record::Record,
    store::Key,
};
use std::sync::Arc;
use wire::{Operation, Shape, View};

/// A kind of resources.
struct Kind {
    /// Its name in the operations' facts, and in ARNs before the path.
    name: &'static str,
    /// The input's member that names one: by name, or by ARN where the value is one.
    member: &'static str,
    /// The member that gives one another name: who renames needs permission for both.
    new_name: &'static str,
    /// The row of a name or ARN.
    row: fn(&IamKeys, &str) -> Option<Key>,
    read: fn(&[u8]) -> Option<Found>,
}

struct Found {
    /// With the path before it.
    name: String,
    tags: Tags,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "user",
        member: "UserName",
        new_name: "NewUserName",
        row: |keys, name| Some(keys.entity(Entity::User, name)),
        read: |bytes| UserRecord::decode(bytes).map(|user| found(&user.path, &user.name, user.tags)),
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
    Found { name: format!("{path}{name}"), tags }
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
    for kind in KINDS.iter().filter(acts_on) {
        if let Some(value) = member(kind.member) {
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
        None => templated(&cx, operation, input),
    };
    if operation.name == "GetAccessKeyLastUsed" {
        return Box::pin(of_key_holder(cx, member("AccessKeyId").unwrap_or_default()));
    }
    if named.is_empty() {
        let target = fallback();
        return Box::pin(std::future::ready(Ok(target)));
    }
    Box::pin(of_named(cx, named))
}

/// What the lists of a kind act on: `arn:aws:iam::111122223333:user/`, with the path that is asked for.
fn lists(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "ListUsers" => "user",
        "ListGroups" => "group",
        "ListServerCertificates" => "server-certificate",
        _ => return None,
    })
}

/// The user who has an access key.
async fn of_key_holder(cx: Cx, id: String) -> Result<Target> {
    let key = rows::find::<AccessKeyRecord>(&*cx.read(), &access_key(&id)).await?;
    let user = key.filter(|key| key.account == cx.account().0 && !key.user.is_empty()).map(|key| key.user);
    match user {
        Some(user) => of_named(cx, vec![Named { kind: &KINDS[0], value: user, path: None, new: false }]).await,
        None => Ok(Target::of(cx.account(), vec!["*".into()])),
    }
}

async fn of_named(cx: Cx, named: Vec<Named>) -> Result<Target> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let mut resources: Vec<Arc<str>> = Vec::with_capacity(named.len());
    let mut tags = Tags::new();
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
    Ok(Target { tags, ..Target::of(cx.account(), resources) })
}
