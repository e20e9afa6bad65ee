//! From consolidated billing to all features: one handshake of the management account, and one for each account that was
//! invited and has to approve. Which of the two is called what, AWS's pages disagree about; here it is as the examples of
//! EnableAllFeatures and the AWS CLI's reference have it.

use crate::{
    access::Org,
    access_role, faults,
    handshake::{self, is_open},
    ids,
    limits::MIGRATION,
};
use identity::organization::{HandshakeRecord, handshake as key_of};
use kernel::{AccountId, Cx, Result, record::Record, store::Txn};
use organizations_api::{
    ActionType as Action, HandshakeConstraintViolationExceptionReason as Reason, HandshakeState as State, *,
};
use wire::Timestamp;

pub async fn enable_all_features(cx: Cx, _: EnableAllFeaturesInput) -> Result<EnableAllFeaturesOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if org.all_features {
            return Err(faults::handshake(
                Reason::OrganizationAlreadyHasAllFeatures,
                "The organization has already enabled all features.",
            ));
        }
        if !org.migration.is_empty() {
            return Err(faults::handshake(
                Reason::OrganizationIsAlreadyPendingAllFeaturesMigration,
                "The organization has already started the process to enable all features.",
            ));
        }
        let mut whole = new(&cx, &org, Action::EnableAllFeatures);
        let mut parts = Vec::new();
        for id in org.accounts(tx).await?.into_iter().filter(|id| *id != org.management()) {
            if org.member(tx, &id.to_string()).await?.is_some_and(|member| member.invited) {
                parts.push(part(&cx, &org, &whole, id));
            }
        }
        if !parts.is_empty() {
            // Until everybody has approved.
            whole.state = State::Requested.to_string();
        }
        for record in parts.iter().chain([&whole]) {
            handshake::put(&cx, tx, record);
        }
        org.migration.clone_from(&whole.id);
        org.changed(tx);
        Ok(EnableAllFeaturesOutput { handshake: Some(handshake::shape(tx, whole).await?) })
    })
    .await
}

fn new(cx: &Cx, org: &Org, action: Action) -> HandshakeRecord {
    HandshakeRecord {
        id: ids::handshake(cx),
        action: action.to_string(),
        state: State::Open.to_string(),
        organization: org.id.clone(),
        management: org.management().0,
        requested: cx.now(),
        expires: Timestamp(cx.now().0 + MIGRATION),
        ..HandshakeRecord::default()
    }
}

/// What an account that was invited is asked.
fn part(cx: &Cx, org: &Org, whole: &HandshakeRecord, account: AccountId) -> HandshakeRecord {
    HandshakeRecord {
        recipient: handshake::recipient(&HandshakePartyType::Account, &account.to_string()),
        parent: whole.id.clone(),
        expires: whole.expires,
        ..new(cx, org, Action::ApproveAllFeatures)
    }
}

async fn parts(tx: &mut Txn, org: &Org, parent: &str) -> Result<Vec<HandshakeRecord>> {
    let records = handshake::of(tx, &org.id).await?;
    Ok(records.into_iter().filter(|record| record.parent == parent).collect())
}

/// The management account's handshake while the change goes on.
async fn pending(tx: &mut Txn, org: &Org) -> Result<Option<HandshakeRecord>> {
    Ok(tx.read(&key_of(&org.migration)).await?.filter(is_open))
}

/// After the last invited account has approved, or left, the management account may complete the change.
pub async fn settle(tx: &mut Txn, org: &Org) -> Result<()> {
    let Some(mut whole) = pending(tx, org).await? else { return Ok(()) };
    let parts = parts(tx, org, &whole.id).await?;
    for id in org.accounts(tx).await?.into_iter().filter(|id| *id != org.management()) {
        let id = id.to_string();
        let asked = org.member(tx, &id).await?.is_some_and(|member| member.invited);
        if asked && !parts.iter().any(|part| part.recipient.1 == id && part.state == State::Accepted.as_str()) {
            return Ok(());
        }
    }
    whole.state = State::Open.to_string();
    tx.put(key_of(&whole.id), whole.encode());
    Ok(())
}

/// An account has joined by an invitation that was sent before the change began. It is asked as well (a guess: AWS's pages
/// speak of every invited account, and not of this one).
pub async fn joined(cx: &Cx, tx: &mut Txn, org: &Org, account: AccountId) -> Result<()> {
    let Some(mut whole) = pending(tx, org).await? else { return Ok(()) };
    handshake::put(cx, tx, &part(cx, org, &whole, account));
    whole.state = State::Requested.to_string();
    tx.put(key_of(&whole.id), whole.encode());
    Ok(())
}

/// An account has left, and is not asked any longer: "if an account declines the request, you must either remove the
/// account from your organization or resend the request".
pub async fn left(cx: &Cx, tx: &mut Txn, org: &Org, account: AccountId) -> Result<()> {
    let Some(whole) = pending(tx, org).await? else { return Ok(()) };
    let account = account.to_string();
    let of_account = |part: &HandshakeRecord| part.recipient.1 == account && is_open(part);
    for mut part in parts(tx, org, &whole.id).await?.into_iter().filter(of_account) {
        handshake::end(cx, tx, &mut part, State::Canceled, cx.now());
    }
    settle(tx, org).await
}

/// The management account accepts its own handshake.
pub async fn complete(cx: &Cx, tx: &mut Txn, org: &mut Org, whole: &HandshakeRecord) -> Result<()> {
    if whole.state != State::Open.as_str() {
        return Err(fault::invalid_handshake_transition_exception(
            "All invited accounts must approve the request before it can be accepted.",
        ));
    }
    for id in org.accounts(tx).await? {
        access_role::service_linked(cx, tx, id).await?;
    }
    org.all_features = true;
    org.migration.clear();
    Ok(())
}

/// The change is not to be: what the accounts were asked ends with it.
pub async fn abandon(cx: &Cx, tx: &mut Txn, org: &mut Org, state: State, at: Timestamp) -> Result<()> {
    let whole = std::mem::take(&mut org.migration);
    for mut part in parts(tx, org, &whole).await?.into_iter().filter(is_open) {
        handshake::end(cx, tx, &mut part, state.clone(), at);
    }
    Ok(())
}
