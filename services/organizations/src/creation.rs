//! Creating accounts: the request, and the timer that completes it.

use crate::{
    access::Org,
    access_role::{self, ACCESS_ROLE},
    faults, ids,
    limits::{CREATION_TIME, CREATIONS},
    organization::{has_room, join},
    page::page,
    tags,
};
use identity::organization::{AccountRecord, CreationRecord, account, account_of_email, contact, creations, is_taken};
use kernel::{
    AccountId, Cx, Local, Result,
    record::Record,
    store::{Rows, Txn},
    timers::{Due, Timer},
};
use organizations_api::*;
use wire::Timestamp;

pub const TIMER: Timer = Timer { kind: "create-account", run };

fn is_set(at: Timestamp) -> bool {
    at != Timestamp::default()
}

fn state(record: &CreationRecord) -> CreateAccountState {
    match (is_set(record.completed), record.failure.is_empty()) {
        (false, _) => CreateAccountState::InProgress,
        (true, true) => CreateAccountState::Succeeded,
        (true, false) => CreateAccountState::Failed,
    }
}

fn shape(record: CreationRecord) -> CreateAccountStatus {
    CreateAccountStatus {
        state: Some(state(&record)),
        id: Some(record.id),
        account_name: Some(record.name),
        requested_timestamp: Some(record.requested),
        completed_timestamp: Some(record.completed).filter(|at| is_set(*at)),
        account_id: record.account.map(|id| AccountId(id).to_string()),
        failure_reason: (!record.failure.is_empty()).then(|| record.failure.as_str().into()),
        gov_cloud_account_id: None,
    }
}

/// How many accounts are being created.
pub async fn in_progress(tx: &Txn, management: AccountId) -> Result<usize> {
    let records = tx.records::<CreationRecord>(&creations(management)).await?;
    Ok(records.iter().filter(|(_, record)| !is_set(record.completed)).count())
}

/// What the model's pattern lets pass and the documentation does not (API reference, CreateAccount, Email).
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let outer = |c: char| c == '-' || c == '.';
    text.is_ascii()
        && !local.starts_with('.')
        && !local.contains(|c: char| c.is_whitespace() || "\"'()<>[]:;,\\|%&".contains(c))
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || outer(c))
        && !domain.starts_with(outer)
        && !domain.ends_with(outer)
        && domain.contains('.')
}

pub async fn create_account(cx: Cx, input: CreateAccountInput) -> Result<CreateAccountOutput> {
    let role = input.role_name.unwrap_or_else(|| ACCESS_ROLE.to_owned());
    if role.starts_with("AWSServiceRoleFor") {
        return Err(faults::invalid(
            InvalidInputExceptionReason::InvalidRoleName,
            "You provided a role name that isn't valid. A role name can't begin with the reserved prefix AWSServiceRoleFor.",
        ));
    }
    let tags = tags::checked(input.tags.unwrap_or_default())?;
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !has_room(&org, tx).await? {
            return Err(faults::too_many_accounts());
        }
        if in_progress(tx, org.management()).await? >= CREATIONS {
            return Err(fault::too_many_requests_exception(
                "You have exceeded the number of accounts that you can create at the same time.",
                TooManyRequestsException { r#type: Some("CONCURRENT_ACCOUNT_CREATION".to_owned()) },
            ));
        }
        let record = CreationRecord {
            id: ids::creation(&cx),
            name: input.account_name.clone(),
            email: input.email.clone(),
            role: role.clone(),
            requested: cx.now(),
            tags: tags.clone(),
            ..CreationRecord::default()
        };
        let due = Timestamp(cx.now().0 + CREATION_TIME);
        tx.put(creations(org.management()).text(&record.id), record.encode());
        tx.set_timer(&cx, TIMER.kind, record.id.as_bytes(), due, record.id.clone());
        org.changed(tx);
        Ok(CreateAccountOutput { create_account_status: Some(shape(record)) })
    })
    .await
}

/// Completes a request: `cx` is the management account's.
fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let key = creations(cx.account()).text(&String::from_utf8_lossy(&due.payload));
        cx.write(async |tx| {
            let record: Option<CreationRecord> = tx.read(&key).await?;
            let Some(mut record) = record.filter(|record| !is_set(record.completed)) else { return Ok(()) };
            let Some(mut org) = Org::of_account(tx, cx.account()).await? else { return Ok(()) };
            record.completed = due.at;
            if !is_email(&record.email) {
                record.failure = CreateAccountFailureReason::InvalidEmail.to_string();
            } else if is_taken(tx, &record.email).await? {
                record.failure = CreateAccountFailureReason::EmailAlreadyExists.to_string();
            } else {
                record.account = Some(create(&cx, tx, &org, &record).await?.0);
            }
            tx.put(key.clone(), record.encode());
            org.changed(tx);
            Ok(())
        })
        .await
    })
}

async fn create(cx: &Cx, tx: &mut Txn, org: &Org, record: &CreationRecord) -> Result<AccountId> {
    let mut id = ids::account(cx);
    while tx.get(&account(id)).await?.is_some() {
        id = ids::account(cx);
    }
    let member = AccountRecord {
        id: id.0,
        name: record.name.clone(),
        email: record.email.clone(),
        created: record.completed,
        tags: record.tags.clone(),
        ..AccountRecord::default()
    };
    tx.put(account_of_email(&member.email), id.0.to_be_bytes().to_vec());
    join(org, tx, member, record.completed);
    // "Organizations clones the company name and address information for the new account from the management account."
    if let Some(known) = tx.bytes(&contact(org.management())).await? {
        tx.put(contact(id), known);
    }
    access_role::access(cx, tx, id, org.management(), &record.role).await?;
    if org.all_features {
        access_role::service_linked(cx, tx, id).await?;
    }
    Ok(id)
}

pub async fn describe_create_account_status(
    cx: Cx,
    input: DescribeCreateAccountStatusInput,
) -> Result<DescribeCreateAccountStatusOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let key = creations(org.management()).text(&input.create_account_request_id);
        let record = tx.record::<CreationRecord>(&key).await?.ok_or_else(|| {
            fault::create_account_status_not_found_exception(
                "We can't find an create account request with the CreateAccountRequestId that you specified.",
            )
        })?;
        Ok(DescribeCreateAccountStatusOutput { create_account_status: Some(shape(record)) })
    })
    .await
}

pub async fn list_create_account_status(
    cx: Cx,
    input: ListCreateAccountStatusInput,
) -> Result<ListCreateAccountStatusOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let records = tx.records::<CreationRecord>(&creations(org.management())).await?;
        let wanted =
            |record: &CreationRecord| input.states.as_ref().is_none_or(|states| states.contains(&state(record)));
        let records = records.into_iter().map(|(_, record)| record).filter(wanted).collect();
        let (records, next_token) =
            page(records, input.next_token.as_deref(), input.max_results, |record: &CreationRecord| &record.id)?;
        let statuses = records.into_iter().map(shape).collect();
        Ok(ListCreateAccountStatusOutput { create_account_statuses: Some(statuses), next_token })
    })
    .await
}
