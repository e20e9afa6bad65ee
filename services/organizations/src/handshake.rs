//! Handshakes: what one account asks of another, and its answer.

use crate::{
    access::Org, account::recorded, faults, feature_set, invitation, limits::HANDSHAKE_KEPT,
    organization::feature_set as features_of, page::page,
};
use identity::organization::{AccountRecord, HandshakeRecord, account_record, arn, handshake as key_of, handshakes_of};
use kernel::{
    AccountId, Cx, Local, Result,
    record::Record,
    store::{Rows, Txn},
    timers::{Due, Timer},
};
use organizations_api::{ActionType as Action, HandshakeResourceType as Kind, HandshakeState as State, *};
use wire::Timestamp;

pub const EXPIRE: Timer = Timer { kind: "expire-handshake", run: expire };
pub const FORGET: Timer = Timer { kind: "forget-handshake", run: forget };

/// Not yet answered, cancelled or expired.
pub fn is_open(record: &HandshakeRecord) -> bool {
    [State::Open.as_str(), State::Requested.as_str()].contains(&record.state.as_str())
}

fn resource(kind: Kind, value: impl Into<String>, resources: Vec<HandshakeResource>) -> HandshakeResource {
    HandshakeResource {
        r#type: Some(kind),
        value: Some(value.into()),
        resources: (!resources.is_empty()).then_some(resources),
    }
}

/// A handshake as AWS shows it. The organization as a party goes without its `o-`, as users' transcripts show.
pub async fn shape(tx: &Txn, record: HandshakeRecord) -> Result<Handshake> {
    let management = AccountId(record.management);
    let party = |id: &str, kind| HandshakeParty { id: id.to_owned(), r#type: kind };
    let sender = party(record.organization.trim_start_matches("o-"), HandshakePartyType::Organization);
    let (kind, recipient) = &record.recipient;
    let mut parties = vec![sender];
    let mut organization = Vec::new();
    let mut resources = Vec::new();
    if !recipient.is_empty() {
        parties.insert(0, party(recipient, kind.as_str().into()));
        let owner = account_record(tx, management).await?;
        organization.push(resource(Kind::MasterEmail, owner.email, Vec::new()));
        organization.push(resource(Kind::MasterName, owner.name, Vec::new()));
        let known = tx.record(&identity::organization::organization(&record.organization)).await?;
        if let Some(known) = known {
            organization.push(resource(Kind::OrganizationFeatureSet, features_of(&known).as_str(), Vec::new()));
        }
    }
    resources.push(resource(Kind::Organization, record.organization.as_str(), organization));
    if !recipient.is_empty() {
        resources.push(resource(kind.as_str().into(), recipient.as_str(), Vec::new()));
    }
    if !record.notes.is_empty() {
        resources.push(resource(Kind::Notes, record.notes, Vec::new()));
    }
    if !record.parent.is_empty() {
        resources.push(resource(Kind::ParentHandshake, record.parent, Vec::new()));
    }
    let segment = record.action.to_ascii_lowercase();
    Ok(Handshake {
        arn: Some(arn(management, &format!("handshake/{}/{segment}/{}", record.organization, record.id))),
        id: Some(record.id),
        parties: Some(parties),
        state: Some(record.state.as_str().into()),
        requested_timestamp: Some(record.requested),
        expiration_timestamp: Some(record.expires),
        action: Some(record.action.as_str().into()),
        resources: Some(resources),
    })
}

/// Stores a new handshake under its parties, and sets its expiry.
pub fn put(cx: &Cx, tx: &mut Txn, record: &HandshakeRecord) {
    for party in [&record.organization, &record.recipient.1] {
        if !party.is_empty() {
            tx.put(handshakes_of(party).text(&record.id), Vec::new());
        }
    }
    tx.put(key_of(&record.id), record.encode());
    // Timers run in the sender's account, whose organization they change.
    tx.set_timer(cx, EXPIRE.kind, record.id.as_bytes(), record.expires, record.id.clone());
}

/// Brings a handshake to its last state. `cx` may be anybody's.
pub fn end(cx: &Cx, tx: &mut Txn, record: &mut HandshakeRecord, state: State, at: Timestamp) {
    record.state = state.to_string();
    record.ended = Some(at);
    tx.put(key_of(&record.id), record.encode());
    let forgotten = Timestamp(at.0 + HANDSHAKE_KEPT);
    tx.set_timer(cx, FORGET.kind, record.id.as_bytes(), forgotten, record.id.clone());
}

async fn find(tx: &mut Txn, id: &str) -> Result<HandshakeRecord> {
    tx.read(&key_of(id)).await?.ok_or_else(faults::no_such_handshake)
}

/// The handshakes of a party.
pub async fn of(tx: &mut Txn, party: &str) -> Result<Vec<HandshakeRecord>> {
    let mut records = Vec::new();
    for id in tx.names(&handshakes_of(party)).await? {
        records.extend(tx.read::<HandshakeRecord>(&key_of(&id)).await?);
    }
    Ok(records)
}

pub async fn open_invitations(org: &Org, tx: &mut Txn) -> Result<usize> {
    let sent = of(tx, &org.id).await?;
    Ok(sent.iter().filter(|record| record.action == Action::Invite.as_str() && is_open(record)).count())
}

/// What an organization that goes away has sent.
pub async fn cancel_all(cx: &Cx, org: &Org, tx: &mut Txn) -> Result<()> {
    for mut record in of(tx, &org.id).await?.into_iter().filter(is_open) {
        end(cx, tx, &mut record, State::Canceled, cx.now());
    }
    Ok(())
}

/// Refuses to change a handshake that is not open any longer.
fn check_open(record: &HandshakeRecord, wanted: State) -> Result<()> {
    if record.state == wanted.as_str() {
        return Err(fault::handshake_already_in_state_exception(
            "The specified handshake is already in the requested state.",
        ));
    }
    match is_open(record) {
        true => Ok(()),
        false => Err(fault::invalid_handshake_transition_exception(
            "You can't perform the operation on the handshake in its current state.",
        )),
    }
}

/// Whether the caller is who was asked.
pub fn is_recipient(record: &HandshakeRecord, caller: &AccountRecord) -> bool {
    let (kind, id) = &record.recipient;
    match kind.as_str() {
        "EMAIL" => caller.email.eq_ignore_ascii_case(id),
        _ => caller.account().to_string() == *id,
    }
}

pub async fn accept_handshake(cx: Cx, input: AcceptHandshakeInput) -> Result<AcceptHandshakeOutput> {
    cx.write(async |tx| {
        let mut record = find(tx, &input.handshake_id).await?;
        let caller = recorded(tx, cx.account()).await?;
        let is_final = record.action == Action::EnableAllFeatures.as_str();
        let asked = if is_final { record.management == cx.account().0 } else { is_recipient(&record, &caller) };
        if !asked {
            return Err(faults::access_denied());
        }
        check_open(&record, State::Accepted)?;
        let mut org = Org::find(tx, &record.organization).await?.ok_or_else(faults::no_such_handshake)?;
        match record.action.as_str() {
            "INVITE" => invitation::accepted(&cx, tx, &org, &record, caller).await?,
            "APPROVE_ALL_FEATURES" => {}
            _ => feature_set::complete(&cx, tx, &mut org, &record).await?,
        }
        end(&cx, tx, &mut record, State::Accepted, cx.now());
        if record.action == Action::ApproveAllFeatures.as_str() {
            feature_set::settle(tx, &org).await?;
        }
        org.changed(tx);
        Ok(AcceptHandshakeOutput { handshake: Some(shape(tx, record).await?) })
    })
    .await
}

pub async fn decline_handshake(cx: Cx, input: DeclineHandshakeInput) -> Result<DeclineHandshakeOutput> {
    cx.write(async |tx| {
        let mut record = find(tx, &input.handshake_id).await?;
        let caller = account_record(tx, cx.account()).await?;
        if !is_recipient(&record, &caller) {
            return Err(faults::access_denied());
        }
        check_open(&record, State::Declined)?;
        end(&cx, tx, &mut record, State::Declined, cx.now());
        Ok(DeclineHandshakeOutput { handshake: Some(shape(tx, record).await?) })
    })
    .await
}

pub async fn cancel_handshake(cx: Cx, input: CancelHandshakeInput) -> Result<CancelHandshakeOutput> {
    cx.write(async |tx| {
        let mut record = find(tx, &input.handshake_id).await?;
        if record.management != cx.account().0 {
            return Err(faults::access_denied());
        }
        check_open(&record, State::Canceled)?;
        let mut org = Org::for_management(&cx, tx).await?;
        if record.id == org.migration {
            feature_set::abandon(&cx, tx, &mut org, State::Canceled, cx.now()).await?;
        }
        end(&cx, tx, &mut record, State::Canceled, cx.now());
        org.changed(tx);
        Ok(CancelHandshakeOutput { handshake: Some(shape(tx, record).await?) })
    })
    .await
}

pub async fn describe_handshake(cx: Cx, input: DescribeHandshakeInput) -> Result<DescribeHandshakeOutput> {
    cx.write(async |tx| {
        let record = find(tx, &input.handshake_id).await?;
        let caller = account_record(tx, cx.account()).await?;
        if !is_recipient(&record, &caller) && record.management != cx.account().0 {
            // A guess: the operation has no AWSOrganizationsNotInUseException, and what it answers instead was not found.
            if Org::of_account(tx, cx.account()).await?.is_none() {
                return Err(faults::access_denied());
            }
            let org = Org::for_readers(&cx, tx).await?;
            if org.id != record.organization {
                return Err(faults::no_such_handshake());
            }
        }
        Ok(DescribeHandshakeOutput { handshake: Some(shape(tx, record).await?) })
    })
    .await
}

async fn pick(
    tx: &Txn,
    records: Vec<HandshakeRecord>,
    filter: Option<HandshakeFilter>,
    token: Option<&str>,
    most: Option<i32>,
) -> Result<(Vec<Handshake>, Option<String>)> {
    let filter = filter.unwrap_or_default();
    if filter.action_type.is_some() && filter.parent_handshake_id.is_some() {
        return Err(faults::invalid(
            InvalidInputExceptionReason::MaxLimitExceededFilter,
            "You can specify only one filter parameter for the operation.",
        ));
    }
    let wanted = |record: &HandshakeRecord| {
        filter.action_type.as_ref().is_none_or(|action| action.as_str() == record.action)
            && filter.parent_handshake_id.as_ref().is_none_or(|parent| *parent == record.parent)
    };
    let records = records.into_iter().filter(wanted).collect();
    let (records, next) = page(records, token, most, |record: &HandshakeRecord| &record.id)?;
    let mut shapes = Vec::with_capacity(records.len());
    for record in records {
        shapes.push(shape(tx, record).await?);
    }
    Ok((shapes, next))
}

pub async fn list_handshakes_for_account(
    cx: Cx,
    input: ListHandshakesForAccountInput,
) -> Result<ListHandshakesForAccountOutput> {
    cx.write(async |tx| {
        let caller = account_record(tx, cx.account()).await?;
        let mut records = of(tx, &cx.account().to_string()).await?;
        records.extend(of(tx, &caller.email).await?);
        let (handshakes, next_token) =
            pick(tx, records, input.filter.clone(), input.next_token.as_deref(), input.max_results).await?;
        Ok(ListHandshakesForAccountOutput { handshakes: Some(handshakes), next_token })
    })
    .await
}

pub async fn list_handshakes_for_organization(
    cx: Cx,
    input: ListHandshakesForOrganizationInput,
) -> Result<ListHandshakesForOrganizationOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let records = of(tx, &org.id).await?;
        let (handshakes, next_token) =
            pick(tx, records, input.filter.clone(), input.next_token.as_deref(), input.max_results).await?;
        Ok(ListHandshakesForOrganizationOutput { handshakes: Some(handshakes), next_token })
    })
    .await
}

fn expire(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let id = String::from_utf8_lossy(&due.payload).into_owned();
        cx.write(async |tx| {
            let record: Option<HandshakeRecord> = tx.read(&key_of(&id)).await?;
            let Some(mut record) = record.filter(is_open) else { return Ok(()) };
            if let Some(mut org) = Org::find(tx, &record.organization).await? {
                if record.id == org.migration {
                    feature_set::abandon(&cx, tx, &mut org, State::Expired, due.at).await?;
                }
                org.changed(tx);
            }
            end(&cx, tx, &mut record, State::Expired, due.at);
            Ok(())
        })
        .await
    })
}

fn forget(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let id = String::from_utf8_lossy(&due.payload).into_owned();
        cx.write(async |tx| {
            let Some(record) = tx.read::<HandshakeRecord>(&key_of(&id)).await? else { return Ok(()) };
            for party in [&record.organization, &record.recipient.1] {
                tx.delete(handshakes_of(party).text(&id));
            }
            tx.delete(key_of(&id));
            Ok(())
        })
        .await
    })
}

/// The address or account as a party, in the form that it is kept under.
pub fn recipient(kind: &HandshakePartyType, id: &str) -> (String, String) {
    (kind.to_string(), id.to_owned())
}
