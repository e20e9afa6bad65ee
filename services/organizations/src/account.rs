//! Member accounts: showing, moving, removing and closing them.

use crate::{
    access::Org,
    attachment, faults, feature_set,
    limits::{CLOSURE_TIME, CLOSURES, POST_CLOSURE, WAIT_PERIOD},
    organization::alone,
    page::page,
};
use identity::organization::{AccountRecord, account, account_record, account_state};
use kernel::{
    AccountId, Cx, Local, Result,
    record::Record,
    store::{Rows, Txn},
    timers::{Due, Timer},
};
use organizations_api::{ConstraintViolationExceptionReason as Reason, *};
use wire::Timestamp;

pub const CLOSE: Timer = Timer { kind: "close-account", run: close };
pub const FORGET: Timer = Timer { kind: "forget-account", run: forget };

/// The record of an account that the commit will write, or rely on.
pub async fn recorded(tx: &mut Txn, id: AccountId) -> Result<AccountRecord> {
    tx.get(&account(id)).await?;
    account_record(tx, id).await
}

fn status(member: &AccountRecord) -> AccountStatus {
    match member.state {
        account_state::ACTIVE => AccountStatus::Active,
        account_state::PENDING_CLOSURE => AccountStatus::PendingClosure,
        _ => AccountStatus::Suspended,
    }
}

fn state(member: &AccountRecord) -> AccountState {
    match member.state {
        account_state::ACTIVE => AccountState::Active,
        account_state::PENDING_CLOSURE => AccountState::PendingClosure,
        account_state::SUSPENDED => AccountState::Suspended,
        _ => AccountState::Closed,
    }
}

fn joined_method(member: &AccountRecord) -> AccountJoinedMethod {
    if member.invited { AccountJoinedMethod::Invited } else { AccountJoinedMethod::Created }
}

fn arn(org: &Org, id: AccountId) -> String {
    org.arn(&format!("account/{}/{id}", org.id))
}

pub async fn shape(org: &Org, tx: &Txn, member: AccountRecord) -> Result<Account> {
    let id = member.account();
    let path = format!("{}{id}/", org.path(tx, &member.parent).await?);
    Ok(Account {
        id: Some(id.to_string()),
        arn: Some(arn(org, id)),
        status: Some(status(&member)),
        state: Some(state(&member)),
        joined_method: Some(joined_method(&member)),
        joined_timestamp: Some(member.joined),
        email: Some(member.email),
        name: Some(member.name),
        paths: Some(vec![path]),
    })
}

/// One page of accounts as Organizations shows them.
pub async fn shapes(
    org: &Org,
    tx: &mut Txn,
    ids: Vec<AccountId>,
    token: Option<&str>,
    most: Option<i32>,
) -> Result<(Vec<Account>, Option<String>)> {
    let ids = ids.into_iter().map(|id| id.to_string()).collect();
    let (ids, next_token) = page(ids, token, most, |id: &String| id)?;
    let mut accounts = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(member) = org.member(tx, &id).await? {
            accounts.push(shape(org, tx, member).await?);
        }
    }
    Ok((accounts, next_token))
}

async fn find(org: &Org, tx: &mut Txn, id: &str) -> Result<AccountRecord> {
    org.member(tx, id).await?.ok_or_else(faults::no_such_account)
}

pub async fn describe_account(cx: Cx, input: DescribeAccountInput) -> Result<DescribeAccountOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let member = find(&org, tx, &input.account_id).await?;
        Ok(DescribeAccountOutput { account: Some(shape(&org, tx, member).await?) })
    })
    .await
}

pub async fn list_accounts(cx: Cx, input: ListAccountsInput) -> Result<ListAccountsOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let ids = org.accounts(tx).await?;
        let (accounts, next_token) = shapes(&org, tx, ids, input.next_token.as_deref(), input.max_results).await?;
        Ok(ListAccountsOutput { accounts: Some(accounts), next_token })
    })
    .await
}

pub async fn list_accounts_for_parent(
    cx: Cx,
    input: ListAccountsForParentInput,
) -> Result<ListAccountsForParentOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let parent = org.parent(tx, &input.parent_id).await?;
        let ids = org.accounts_of(tx, &parent.id).await?;
        let (accounts, next_token) = shapes(&org, tx, ids, input.next_token.as_deref(), input.max_results).await?;
        Ok(ListAccountsForParentOutput { accounts: Some(accounts), next_token })
    })
    .await
}

pub async fn move_account(cx: Cx, input: MoveAccountInput) -> Result<MoveAccountOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        let mut member = find(&org, tx, &input.account_id).await?;
        // An account that is not in the source is not found there, which AWS words the same (a guess).
        if org.unit(tx, &input.source_parent_id).await?.is_none() || member.parent != input.source_parent_id {
            return Err(fault::source_parent_not_found_exception(
                "We can't find a source root or OU with the ParentId that you specified.",
            ));
        }
        if org.unit(tx, &input.destination_parent_id).await?.is_none() {
            return Err(fault::destination_parent_not_found_exception(
                "We can't find the destination container (a root or OU) with the ParentId that you specified.",
            ));
        }
        if member.parent == input.destination_parent_id {
            return Err(fault::duplicate_account_exception(
                "That account is already present in the specified destination.",
            ));
        }
        tx.delete(org.keys.child_accounts(&member.parent).number(member.id));
        member.parent.clone_from(&input.destination_parent_id);
        tx.put(org.keys.child_accounts(&member.parent).number(member.id), Vec::new());
        tx.put(account(member.account()), member.encode());
        org.changed(tx);
        Ok(MoveAccountOutput {})
    })
    .await
}

/// Lets an account go, if it may. The information that AWS wants of a standalone account (payment, contact, support plan)
/// is taken as given: no API would let anybody provide it.
async fn release(cx: &Cx, org: &mut Org, tx: &mut Txn, member: AccountRecord) -> Result<()> {
    let id = member.account();
    if id == org.management() {
        return Err(fault::master_cannot_leave_organization_exception(
            "You can't remove a management account from an organization. If you want the management account to become a \
             member account in another organization, you must first delete the current organization of the management \
             account.",
        ));
    }
    if tx.count(&org.keys.delegations_of(id)).await? > 0 {
        return Err(faults::constraint(
            Reason::CannotRemoveDelegatedAdministratorFromOrg,
            "You must first deregister this account as a delegated administrator.",
        ));
    }
    if !member.invited && cx.now().0 < member.created.0 + WAIT_PERIOD {
        return Err(faults::constraint(
            Reason::WaitPeriodActive,
            "You must wait until at least four days after the account was created.",
        ));
    }
    take_out(org, tx, &member).await?;
    tx.put(account(id), alone(member).encode());
    feature_set::left(cx, tx, org, id).await?;
    org.changed(tx);
    Ok(())
}

async fn take_out(org: &Org, tx: &mut Txn, member: &AccountRecord) -> Result<()> {
    attachment::remove_all(org, tx, &member.account().to_string()).await?;
    tx.delete(org.keys.child_accounts(&member.parent).number(member.id));
    Ok(())
}

pub async fn remove_account_from_organization(
    cx: Cx,
    input: RemoveAccountFromOrganizationInput,
) -> Result<RemoveAccountFromOrganizationOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        let member = find(&org, tx, &input.account_id).await?;
        release(&cx, &mut org, tx, member).await?;
        Ok(RemoveAccountFromOrganizationOutput {})
    })
    .await
}

pub async fn leave_organization(cx: Cx, _: LeaveOrganizationInput) -> Result<LeaveOrganizationOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_members(&cx, tx).await?;
        let member = find(&org, tx, &cx.account().to_string()).await?;
        release(&cx, &mut org, tx, member).await?;
        Ok(LeaveOrganizationOutput {})
    })
    .await
}

pub async fn close_account(cx: Cx, input: CloseAccountInput) -> Result<CloseAccountOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !org.all_features {
            return Err(faults::not_all_features());
        }
        let mut member = find(&org, tx, &input.account_id).await?;
        if member.account() == org.management() {
            return Err(faults::constraint(
                Reason::CannotCloseManagementAccount,
                "You can't close the management account with this operation.",
            ));
        }
        match member.state {
            account_state::ACTIVE => {}
            account_state::PENDING_CLOSURE => {
                return Err(fault::conflict_exception("The account is already being closed."));
            }
            _ => return Err(fault::account_already_closed_exception("The provided account is already closed.")),
        }
        let mut closing = 0;
        for id in org.accounts(tx).await? {
            let other = org.member(tx, &id.to_string()).await?;
            closing += usize::from(other.is_some_and(|other| other.state == account_state::PENDING_CLOSURE));
        }
        if closing >= CLOSURES {
            return Err(faults::constraint(
                Reason::CloseAccountRequestsLimitExceeded,
                "You attempted to exceed the number of accounts that you can close at a time.",
            ));
        }
        member.state = account_state::PENDING_CLOSURE;
        tx.put(account(member.account()), member.encode());
        let due = Timestamp(cx.now().0 + CLOSURE_TIME);
        tx.set_timer(&cx, CLOSE.kind, input.account_id.as_bytes(), due, input.account_id.clone());
        org.changed(tx);
        Ok(CloseAccountOutput {})
    })
    .await
}

/// The account that a timer is about, if it is still in this state, and the organization that it is in: closing goes on
/// when the account leaves.
async fn due(tx: &mut Txn, due: &Due, state: u8) -> Result<Option<(Option<Org>, AccountRecord)>> {
    let Some(id) = AccountId::parse(&String::from_utf8_lossy(&due.payload)) else { return Ok(None) };
    let known = recorded(tx, id).await?;
    match known.state == state {
        true => Ok(Some((Org::of_account(tx, id).await?, known))),
        false => Ok(None),
    }
}

fn close(cx: Cx, timer: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        cx.write(async |tx| {
            let Some((org, mut closing)) = due(tx, &timer, account_state::PENDING_CLOSURE).await? else {
                return Ok(());
            };
            closing.state = account_state::SUSPENDED;
            tx.put(account(closing.account()), closing.encode());
            let at = Timestamp(timer.at.0 + POST_CLOSURE);
            tx.set_timer(&cx, FORGET.kind, &timer.id, at, timer.payload.clone());
            if let Some(mut org) = org {
                org.changed(tx);
            }
            Ok(())
        })
        .await
    })
}

/// After the post-closure period the account is closed for good and leaves the organization, and its quota. Its address
/// stays taken: "you can't use the same email address for another account".
fn forget(cx: Cx, timer: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        cx.write(async |tx| {
            let Some((org, closing)) = due(tx, &timer, account_state::SUSPENDED).await? else { return Ok(()) };
            if let Some(mut org) = org {
                take_out(&org, tx, &closing).await?;
                tx.delete_range(org.keys.delegations_of(closing.account()).children());
                org.changed(tx);
            }
            let closed = AccountRecord { state: account_state::CLOSED, ..alone(closing) };
            tx.put(account(closed.account()), closed.encode());
            Ok(())
        })
        .await
    })
}
