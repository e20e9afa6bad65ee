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
use kernel::{Cx, Result, record::Record, store::Txn};
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
        let new = |action: Action, state: State| HandshakeRecord {
            id: ids::handshake(&cx),
            action: action.to_string(),
            state: state.to_string(),
            organization: org.id.clone(),
            management: org.management().0,
            requested: cx.now(),
            expires: Timestamp(cx.now().0 + MIGRATION),
            ..HandshakeRecord::default()
        };
        let mut whole = new(Action::EnableAllFeatures, State::Open);
        let mut parts = Vec::new();
        for id in org.accounts(tx).await?.into_iter().filter(|id| *id != org.management()) {
            if org.member(tx, &id.to_string()).await?.is_some_and(|member| member.invited) {
                let recipient = handshake::recipient(&HandshakePartyType::Account, &id.to_string());
                let parent = whole.id.clone();
                parts.push(HandshakeRecord { recipient, parent, ..new(Action::ApproveAllFeatures, State::Open) });
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

async fn parts(tx: &mut Txn, org: &Org, parent: &str) -> Result<Vec<HandshakeRecord>> {
    let records = handshake::of(tx, &org.id).await?;
    Ok(records.into_iter().filter(|record| record.parent == parent).collect())
}

/// An account has approved: after the last one the management account may complete the change.
pub async fn approved(tx: &mut Txn, org: &Org, part: &HandshakeRecord) -> Result<()> {
    let others = parts(tx, org, &part.parent).await?;
    if others.iter().any(|other| other.id != part.id && other.state != State::Accepted.as_str()) {
        return Ok(());
    }
    let whole = tx.get(&key_of(&part.parent)).await?.and_then(|bytes| HandshakeRecord::decode(&bytes));
    if let Some(mut whole) = whole.filter(is_open) {
        whole.state = State::Open.to_string();
        tx.put(key_of(&whole.id), whole.encode());
    }
    Ok(())
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
