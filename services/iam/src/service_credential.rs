//! Service-specific credentials: names and passwords of users for single services that do not take signatures only.

use crate::{
    access_key::{by_age, is_inactive, status},
    caller::Owner,
    keys,
    paging::Paging,
    quota::Quota,
    records::ServiceCredentialRecord,
    rows, user,
};
use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use data_encoding::BASE64;
use iam_api::*;
use identity::{Entity, IamKeys, Kind, unique_id};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Rows, Txn},
};
use wire::{Fault, Timestamp, common};

/// "A maximum of two sets of service-specific credentials for each supported service per user". The name is a guess.
const PER_SERVICE: Quota = Quota("ServiceSpecificCredentialsPerUser", 2);
const DAY: i64 = 86_400;

/// A service that has such credentials.
struct Service {
    name: &'static str,
    /// What its API keys begin with; services without take a name and a password instead.
    key_prefix: Option<&'static str>,
}

/// "You can create service-specific credentials for Amazon Bedrock, Amazon CloudWatch Logs, CodeCommit and Amazon
/// Keyspaces". The prefix of Bedrock's keys is known, that of Logs' a guess.
const SERVICES: [Service; 4] = [
    Service { name: "bedrock.amazonaws.com", key_prefix: Some("ABSK") },
    Service { name: "cassandra.amazonaws.com", key_prefix: None },
    Service { name: "codecommit.amazonaws.com", key_prefix: None },
    Service { name: "logs.amazonaws.com", key_prefix: Some("ACWL") },
];

impl Service {
    fn find(name: &str) -> Result<&'static Service> {
        SERVICES.iter().find(|service| service.name == name).ok_or_else(|| {
            fault::service_not_supported_exception(format!(
                "The service {name} does not support service-specific credentials."
            ))
        })
    }
}

/// A secret's hash, and the secret as it is told once: 44 characters, or an API key.
fn new_secret(cx: &Cx, service: &Service, name: &str) -> Result<(Bytes, String)> {
    let mut random = [0; 32];
    let no_randomness = |error| common::internal_failure(format!("no randomness: {error}"));
    cx.cloud().ids().secret(&mut random).map_err(no_randomness)?;
    let secret = BASE64.encode(&random);
    let hash = Bytes::copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    Ok(match service.key_prefix {
        Some(prefix) => (hash, format!("{prefix}{}", BASE64.encode(format!("{name}:{secret}").as_bytes()))),
        None => (hash, secret),
    })
}

fn whole(
    user_name: String,
    id: String,
    record: &ServiceCredentialRecord,
    secret: String,
    now: Timestamp,
) -> ServiceSpecificCredential {
    let mut shown = ServiceSpecificCredential {
        create_date: record.created,
        expiration_date: record.expires,
        service_name: record.service.clone(),
        service_specific_credential_id: id,
        user_name,
        status: current(record, now),
        ..ServiceSpecificCredential::default()
    };
    if is_api_key(record) {
        shown.service_credential_alias = Some(record.name.clone());
        shown.service_credential_secret = Some(secret);
    } else {
        shown.service_user_name = Some(record.name.clone());
        shown.service_password = Some(secret);
    }
    shown
}

fn is_api_key(record: &ServiceCredentialRecord) -> bool {
    Service::find(&record.service).is_ok_and(|service| service.key_prefix.is_some())
}

fn current(record: &ServiceCredentialRecord, now: Timestamp) -> StatusType {
    match record.expires {
        Some(expires) if expires <= now => StatusType::Expired,
        _ => status(record.inactive),
    }
}

pub async fn create_service_specific_credential(
    cx: Cx,
    input: CreateServiceSpecificCredentialInput,
) -> Result<CreateServiceSpecificCredentialOutput> {
    let service = Service::find(&input.service_name)?;
    if input.credential_age_days.is_some() && service.key_prefix.is_none() {
        // "This field is only valid for Bedrock and CloudWatch Logs API keys"; the sentence is a guess.
        return Err(common::validation_error(format!(
            "CredentialAgeDays is not valid for credentials of {}.",
            service.name
        )));
    }
    let now = rows::seconds(cx.now());
    let expires = input.credential_age_days.map(|days| Timestamp::from_secs(now.secs() + i64::from(days) * DAY));
    let keys = IamKeys::of(cx.account());
    let id = unique_id(cx.cloud(), Kind::ServiceSpecificCredential, cx.account());
    let credential = cx
        .write(async |tx| {
            let user = user::get(tx, &keys, &input.user_name).await?;
            let children = keys::service_credentials_of(&keys, &user.name);
            let mut names = Vec::new();
            for (_, record) in tx.records::<ServiceCredentialRecord>(&children).await? {
                if record.service == service.name {
                    names.push(record.name);
                }
            }
            if names.len() >= PER_SERVICE.1 {
                return Err(PER_SERVICE.exceeded());
            }
            let name = free_name(&user.name, &cx, &names);
            let (hash, secret) = new_secret(&cx, service, &name)?;
            let service = service.name.to_owned();
            let record = ServiceCredentialRecord { service, name, hash, inactive: false, created: now, expires };
            tx.put(children.text(&id), record.encode());
            // Written, so that of two credentials made at once the second counts the first.
            let guard = keys.entity(Entity::User, &user.name);
            let value = user.encode();
            tx.put(guard, value);
            Ok(whole(user.name, id.clone(), &record, secret, now))
        })
        .await?;
    Ok(CreateServiceSpecificCredentialOutput { service_specific_credential: Some(credential) })
}

/// `jane-at-111122223333`, and `jane+1-at-111122223333` for the second.
fn free_name(user: &str, cx: &Cx, taken: &[String]) -> String {
    let name = |n: usize| match n {
        0 => format!("{user}-at-{}", cx.account()),
        n => format!("{user}+{n}-at-{}", cx.account()),
    };
    (0..).map(name).find(|name| !taken.contains(name)).unwrap_or_default()
}

pub async fn list_service_specific_credentials(
    cx: Cx,
    input: ListServiceSpecificCredentialsInput,
) -> Result<ListServiceSpecificCredentialsOutput> {
    if let Some(service) = &input.service_name {
        Service::find(service)?;
    }
    let keys = IamKeys::of(cx.account());
    let everybody = input.all_users.unwrap_or(false);
    let prefix = match everybody {
        true if input.user_name.is_some() => {
            return Err(common::validation_error("UserName and AllUsers cannot be specified together."));
        }
        true => keys::service_credentials(&keys),
        false => {
            let owner = Owner::named_or_caller(&cx, input.user_name)?;
            owner.find(&cx, &keys).await?;
            keys::service_credentials_of(&keys, owner.name())
        }
    };
    let snapshot = cx.read();
    let mut found = Vec::new();
    for (key, record) in snapshot.records::<ServiceCredentialRecord>(&prefix).await? {
        if input.service_name.as_ref().is_none_or(|service| *service == record.service) {
            let [user, id] = last_two(&key);
            found.push((by_age(record.created, &id), user, id, record));
        }
    }
    let page = Paging::of(input.max_items, input.marker.as_deref())?.list(found, |(order, ..)| order);
    let (is_truncated, marker) = (page.is_truncated(), page.marker);
    let mut credentials = Vec::with_capacity(page.items.len());
    for (_, user, id, record) in page.items {
        let user_name = user::find(&*snapshot, &keys, &user).await?.name;
        let name = Some(record.name.clone());
        let (alias, user) = if is_api_key(&record) { (name, None) } else { (None, name) };
        credentials.push(ServiceSpecificCredentialMetadata {
            user_name,
            status: current(&record, cx.now()),
            service_user_name: user,
            service_credential_alias: alias,
            create_date: record.created,
            expiration_date: record.expires,
            service_specific_credential_id: id,
            service_name: record.service,
        });
    }
    Ok(ListServiceSpecificCredentialsOutput { service_specific_credentials: Some(credentials), is_truncated, marker })
}

/// The user and the id at a row's end.
fn last_two(key: &Key) -> [String; 2] {
    let text = |part: kernel::store::Part| match part {
        kernel::store::Part::Text(text) => text,
        _ => String::new(),
    };
    let mut parts = key.parts().unwrap_or_default();
    let (id, user) = (parts.pop().map(text), parts.pop().map(text));
    [user.unwrap_or_default(), id.unwrap_or_default()]
}

/// An owner's credential, and its row.
async fn get(tx: &mut Txn, keys: &IamKeys, owner: &Owner, id: &str) -> Result<(Key, ServiceCredentialRecord)> {
    owner.check(tx, keys).await?;
    let row = keys::service_credentials_of(keys, owner.name()).text(id);
    let record = tx.read(&row).await?.ok_or_else(|| no_such_credential(id))?;
    Ok((row, record))
}

fn no_such_credential(id: &str) -> Fault {
    fault::no_such_entity_exception(format!("No such credential {id} exists"))
}

pub async fn update_service_specific_credential(
    cx: Cx,
    input: UpdateServiceSpecificCredentialInput,
) -> Result<UpdateServiceSpecificCredentialOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let inactive = is_inactive(&input.status)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let (row, mut record) = get(tx, &keys, &owner, &input.service_specific_credential_id).await?;
        record.inactive = inactive;
        tx.put(row, record.encode());
        Ok(())
    })
    .await?;
    Ok(UpdateServiceSpecificCredentialOutput {})
}

pub async fn reset_service_specific_credential(
    cx: Cx,
    input: ResetServiceSpecificCredentialInput,
) -> Result<ResetServiceSpecificCredentialOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    let id = input.service_specific_credential_id;
    let credential = cx
        .write(async |tx| {
            let (row, mut record) = get(tx, &keys, &owner, &id).await?;
            let user_name = owner.check(tx, &keys).await?;
            let (hash, secret) = new_secret(&cx, Service::find(&record.service)?, &record.name)?;
            record.hash = hash;
            tx.put(row, record.encode());
            Ok(whole(user_name, id.clone(), &record, secret, cx.now()))
        })
        .await?;
    Ok(ResetServiceSpecificCredentialOutput { service_specific_credential: Some(credential) })
}

pub async fn delete_service_specific_credential(
    cx: Cx,
    input: DeleteServiceSpecificCredentialInput,
) -> Result<DeleteServiceSpecificCredentialOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let (row, _) = get(tx, &keys, &owner, &input.service_specific_credential_id).await?;
        tx.delete(row);
        Ok(())
    })
    .await?;
    Ok(DeleteServiceSpecificCredentialOutput {})
}
