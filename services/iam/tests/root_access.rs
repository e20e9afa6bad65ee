//! Central access to members' root users, in an organization (which IAM reads and Organizations writes).
#![allow(clippy::unwrap_used)]

mod run;

use identity::organization::{
    AccountRecord, EnabledRecord, OrganizationKeys, OrganizationRecord, account, organization,
};
use kernel::{AccountId, record::Record, store::Txn};
use run::{Run, element};

const MEMBER: AccountId = AccountId(111_122_223_333);

/// Account 0 manages it, `MEMBER` is in it.
fn organize(run: &mut Run, all_features: bool, trusted: bool, delegated: bool) {
    let kernel = run.cloud.kernel().clone();
    let commit = async move {
        let mut tx = Txn::begin(kernel.engine());
        let record = OrganizationRecord { id: "o-example".into(), all_features, ..OrganizationRecord::default() };
        tx.put(organization("o-example"), record.encode());
        for id in [AccountId::DEFAULT, MEMBER] {
            let record = AccountRecord { id: id.0, organization: "o-example".into(), ..AccountRecord::default() };
            tx.put(account(id), record.encode());
        }
        let keys = OrganizationKeys::of("o-example");
        if trusted {
            tx.put(keys.trusted().text("iam.amazonaws.com"), EnabledRecord::default().encode());
        }
        if delegated {
            tx.put(keys.delegations_of(MEMBER).text("iam.amazonaws.com"), EnabledRecord::default().encode());
        }
        identity::changed(&mut tx);
        kernel.commit(tx).await
    };
    run.cloud.run(commit).unwrap();
}

#[test]
fn the_management_account_enables_it_where_everything_is_ready() {
    let mut run = Run::new();
    organize(&mut run, false, false, false);
    assert_eq!(run.result("ListOrganizationsFeatures", &[]), "OrganizationNotInAllFeaturesModeException");
    organize(&mut run, true, false, false);
    assert_eq!(run.result("EnableOrganizationsRootSessions", &[]), "ServiceAccessNotEnabledException");
    organize(&mut run, true, true, false);
    let enabled = run.call("EnableOrganizationsRootSessions", &[]);
    assert_eq!(element(&enabled, "OrganizationId").as_deref(), Some("o-example"));
    assert_eq!(element(&enabled, "member").as_deref(), Some("RootSessions"));
    run.call("EnableOrganizationsRootCredentialsManagement", &[]);
    let listed = run.call("ListOrganizationsFeatures", &[]);
    assert!(listed.contains("<member>RootCredentialsManagement</member><member>RootSessions</member>"), "{listed}");
    run.call("DisableOrganizationsRootSessions", &[]);
    let listed = run.call("ListOrganizationsFeatures", &[]);
    assert!(!listed.contains("RootSessions"), "{listed}");
}

#[test]
fn of_the_members_only_the_delegated_administrator_may() {
    let mut run = Run::new();
    let member = (MEMBER.to_string(), "test".to_owned());
    organize(&mut run, true, true, false);
    let refused = run.result_as(&member, "ListOrganizationsFeatures", &[]);
    assert_eq!(refused, "AccountNotManagementOrDelegatedAdministratorException");
    organize(&mut run, true, true, true);
    assert_eq!(run.result_as(&member, "EnableOrganizationsRootSessions", &[]), "ok");
    assert!(run.call("ListOrganizationsFeatures", &[]).contains("RootSessions"));
}
