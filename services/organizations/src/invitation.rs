//! Inviting accounts that exist.

use crate::{
    access::Org,
    access_role, faults, feature_set,
    handshake::{self, is_open},
    ids,
    limits::{DAY, INVITATION, INVITATIONS},
    organization::{has_room, join},
    tags,
};
use identity::organization::{AccountRecord, HandshakeRecord, account_of_email, account_record, unrecorded_account};
use kernel::{
    AccountId, Cx, Result,
    store::{Rows, Txn},
};
use organizations_api::{
    ActionType as Action, HandshakeConstraintViolationExceptionReason as Reason, HandshakeState as State,
    InvalidInputExceptionReason as Invalid, *,
};
use wire::Timestamp;

/// The account that is invited, if there is one: an address may belong to nobody yet.
async fn invited(tx: &Txn, target: &HandshakeParty) -> Result<Option<AccountRecord>> {
    let id = match target.r#type {
        HandshakePartyType::Account => AccountId::parse(&target.id),
        _ => match tx.bytes(&account_of_email(&target.id)).await? {
            Some(bytes) => bytes.first_chunk().map(|bytes| AccountId(u64::from_be_bytes(*bytes))),
            None => unrecorded_account(&target.id),
        },
    };
    match id {
        Some(id) => Ok(Some(account_record(tx, id).await?)),
        None => Ok(None),
    }
}

fn check_party(target: &HandshakeParty) -> Result<()> {
    match target.r#type {
        HandshakePartyType::Account if AccountId::parse(&target.id).is_none() => Err(faults::invalid(
            Invalid::InvalidPattern,
            "You provided a value that does not match the required pattern. (Target.Id)",
        )),
        HandshakePartyType::Email if !target.id.contains('@') => Err(faults::invalid(
            Invalid::InvalidEmailAddressTarget,
            "You specified an invalid email address for the invited account owner.",
        )),
        HandshakePartyType::Account | HandshakePartyType::Email => Ok(()),
        _ => Err(faults::invalid(
            Invalid::InvalidPartyTypeTarget,
            "You specified the wrong type of entity (account, organization, or email) as a party.",
        )),
    }
}

pub async fn invite_account_to_organization(
    cx: Cx,
    input: InviteAccountToOrganizationInput,
) -> Result<InviteAccountToOrganizationOutput> {
    check_party(&input.target)?;
    let tags = tags::checked(input.tags.unwrap_or_default())?;
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !org.migration.is_empty() {
            return Err(faults::handshake(
                Reason::InviteDisabledDuringEnableAllFeatures,
                "You can't issue new invitations to join an organization while it's in the process of enabling all features.",
            ));
        }
        // Only of its own members does AWS tell the sender; who is in another organization learns it when accepting.
        let known = invited(tx, &input.target).await?;
        if known.is_some_and(|account| account.organization == org.id) {
            return Err(faults::handshake(
                Reason::AlreadyInAnOrganization,
                "The provided account is already a member of an organization.",
            ));
        }
        let recipient = handshake::recipient(&input.target.r#type, &input.target.id);
        let sent = handshake::of(tx, &org.id).await?;
        let invitation = |record: &&HandshakeRecord| record.action == Action::Invite.as_str();
        if sent.iter().filter(invitation).any(|record| is_open(record) && record.recipient == recipient) {
            return Err(fault::duplicate_handshake_exception(
                "A handshake with the same action and target already exists.",
            ));
        }
        let recent = |record: &&HandshakeRecord| {
            record.requested.0 > cx.now().0 - DAY && record.state != State::Accepted.as_str()
        };
        if sent.iter().filter(invitation).filter(recent).count() >= INVITATIONS {
            return Err(faults::handshake(
                Reason::HandshakeRateLimitExceeded,
                "You attempted to exceed the number of handshakes that you can send in one day.",
            ));
        }
        if !has_room(&org, tx).await? {
            return Err(faults::handshake(
                Reason::AccountNumberLimitExceeded,
                "You have exceeded the allowed number of AWS accounts.",
            ));
        }
        let record = HandshakeRecord {
            id: ids::handshake(&cx),
            action: Action::Invite.to_string(),
            // OPEN from the beginning, as users' transcripts show; the model's text has REQUESTED for it.
            state: State::Open.to_string(),
            organization: org.id.clone(),
            management: org.management().0,
            recipient,
            requested: cx.now(),
            expires: Timestamp(cx.now().0 + INVITATION),
            notes: input.notes.clone().unwrap_or_default(),
            tags: tags.clone(),
            ..HandshakeRecord::default()
        };
        handshake::put(&cx, tx, &record);
        org.changed(tx);
        Ok(InviteAccountToOrganizationOutput { handshake: Some(handshake::shape(tx, record).await?) })
    })
    .await
}

/// The caller joins the organization that invited it.
pub async fn accepted(
    cx: &Cx,
    tx: &mut Txn,
    org: &Org,
    record: &HandshakeRecord,
    mut caller: AccountRecord,
) -> Result<()> {
    if !caller.organization.is_empty() {
        return Err(faults::handshake(
            Reason::AlreadyInAnOrganization,
            "The provided account is already a member of an organization.",
        ));
    }
    caller.invited = true;
    caller.tags.clone_from(&record.tags);
    if org.all_features {
        access_role::service_linked(cx, tx, caller.account()).await?;
    }
    let id = caller.account();
    join(org, tx, caller, cx.now());
    feature_set::joined(cx, tx, org, id).await
}
