//! What authorisation reads of an organization: membership, control policies, and the role of new accounts.
#![allow(clippy::unwrap_used)]

use http::Request;
use identity::{
    Entity, IamKeys, RoleRecord,
    organization::{self, Controls, Membership, account_state},
};
use kernel::{AccountId, store::Rows};
use std::time::Duration;
use testkit::{Cloud, Credentials};
use wire::Json;

const MANAGEMENT: AccountId = AccountId(0);

struct Run(Cloud);

impl Run {
    fn call(&mut self, operation: &str, body: &str) -> Json {
        let request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSOrganizationsV20161128.{operation}"))
            .body(body.as_bytes().to_vec())
            .unwrap();
        let [access_key, secret] = ["test", "test"].map(str::to_owned);
        let credentials = Credentials::new(access_key, secret, "organizations");
        let response = self.0.send_signed(request, &credentials, Duration::ZERO).take().unwrap();
        let text = String::from_utf8(response.body().clone()).unwrap();
        assert_eq!(response.status(), 200, "{operation} {body}: {text}");
        Json::parse(&text).unwrap()
    }

    /// The value at a path of an answer.
    fn id(&mut self, operation: &str, body: &str, path: &[&str]) -> String {
        let answer = self.call(operation, body);
        let value = path.iter().fold(&answer, |value, step| match step.parse::<usize>() {
            Ok(index) => &value.as_list().unwrap()[index],
            Err(_) => value.get(step).unwrap(),
        });
        value.as_str().unwrap().to_owned()
    }

    fn controls(&mut self, account: AccountId) -> Controls {
        let cloud = self.0.kernel().clone();
        self.0.run(async move { organization::controls(&*cloud.engine().snapshot(), account).await }).unwrap()
    }

    fn membership(&mut self, account: AccountId) -> Option<Membership> {
        let cloud = self.0.kernel().clone();
        self.0.run(async move { organization::membership(&*cloud.engine().snapshot(), account).await }).unwrap()
    }

    fn generation(&mut self) -> i64 {
        let cloud = self.0.kernel().clone();
        self.0.run(async move { identity::generation(&*cloud.engine().snapshot()).await }).unwrap()
    }
}

/// The names of the policies of each level: the last segment of their ARNs.
fn names(levels: &[Vec<organization::Document>]) -> Vec<Vec<String>> {
    let name = |(arn, _): &organization::Document| arn.rsplit('/').next().unwrap().to_owned();
    levels.iter().map(|level| level.iter().map(name).collect()).collect()
}

#[test]
fn controls_follow_the_tree() {
    let mut run = Run(Cloud::new(&[&organizations::SERVICE], 1));
    assert_eq!(run.membership(MANAGEMENT), None);
    let org = run.id("CreateOrganization", "{}", &["Organization", "Id"]);
    let root = run.id("ListRoots", "{}", &["Roots", "0", "Id"]);
    let unit = format!(r#"{{"ParentId": "{root}", "Name": "unit"}}"#);
    let unit = run.id("CreateOrganizationalUnit", &unit, &["OrganizationalUnit", "Id"]);
    run.call("CreateAccount", r#"{"Email": "dev@example.com", "AccountName": "dev"}"#);
    run.0.advance(Duration::from_secs(1));
    let id = run.id("ListCreateAccountStatus", "{}", &["CreateAccountStatuses", "0", "AccountId"]);
    let account = AccountId::parse(&id).unwrap();
    let to_unit = format!(r#"{{"AccountId": "{id}", "SourceParentId": "{root}", "DestinationParentId": "{unit}"}}"#);
    let before = run.generation();
    run.call("MoveAccount", &to_unit);
    assert!(run.generation() > before, "a move changes what is allowed");

    let path = format!("{org}/{root}/{unit}/");
    assert_eq!(run.membership(account), Some(Membership { organization: org, path, management: MANAGEMENT }));
    assert_eq!(run.controls(account), Controls::default(), "no type is enabled");

    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        run.call("EnablePolicyType", &format!(r#"{{"RootId": "{root}", "PolicyType": "{kind}"}}"#));
    }
    let deny =
        r#"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}"#;
    let policy =
        format!(r#"{{"Name": "no", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": "{deny}"}}"#);
    let policy = run.id("CreatePolicy", &policy, &["Policy", "PolicySummary", "Id"]);
    run.call("AttachPolicy", &format!(r#"{{"PolicyId": "{policy}", "TargetId": "{unit}"}}"#));
    let controls = run.controls(account);
    let full = || vec!["p-FullAWSAccess".to_owned()];
    assert_eq!(names(&controls.service), [full(), vec!["p-FullAWSAccess".to_owned(), policy.clone()], full()]);
    assert_eq!(controls.service[1][1].1, deny.replace('\\', ""));
    assert_eq!(names(&controls.resource), vec![vec!["p-RCPFullAWSAccess".to_owned()]; 3]);
    for (_, text) in controls.resource.iter().flatten() {
        lang::policy::Policy::parse(text, lang::policy::Kind::Resource).unwrap();
    }
    assert_eq!(run.controls(MANAGEMENT), Controls::default(), "the management account is never limited");

    // Disabled and enabled again, the type begins anew.
    for operation in ["DisablePolicyType", "EnablePolicyType"] {
        run.call(operation, &format!(r#"{{"RootId": "{root}", "PolicyType": "SERVICE_CONTROL_POLICY"}}"#));
    }
    assert_eq!(names(&run.controls(account).service), [full(), full(), full()]);
}

#[test]
fn a_new_account_has_the_role_of_its_management_account() {
    let mut run = Run(Cloud::new(&[&organizations::SERVICE], 2));
    run.call("CreateOrganization", "{}");
    run.call("CreateAccount", r#"{"Email": "dev@example.com", "AccountName": "dev", "RoleName": "Admin"}"#);
    run.0.advance(Duration::from_secs(1));
    let id = run.id("ListCreateAccountStatus", "{}", &["CreateAccountStatuses", "0", "AccountId"]);
    let keys = IamKeys::of(AccountId::parse(&id).unwrap());
    let cloud = run.0.kernel().clone();
    let (role, attached) = run.0.run(async move {
        let snapshot = cloud.engine().snapshot();
        let role = snapshot.record::<RoleRecord>(&keys.entity(Entity::Role, "admin")).await.unwrap().unwrap();
        let attached = snapshot.names(&keys.attached(Entity::Role, "admin")).await.unwrap();
        (role, attached)
    });
    assert_eq!(role.name, "Admin");
    assert!(role.trust.contains("arn:aws:iam::000000000000:root"), "{}", role.trust);
    assert_eq!(attached, ["arn:aws:iam::aws:policy/AdministratorAccess"]);
}

#[test]
fn an_account_that_leaves_while_it_is_closed_is_closed() {
    let mut run = Run(Cloud::new(&[&organizations::SERVICE], 3));
    run.call("CreateOrganization", "{}");
    run.call("CreateAccount", r#"{"Email": "dev@example.com", "AccountName": "dev"}"#);
    run.0.advance(Duration::from_secs(4 * 86_400 + 1));
    let id = run.id("ListCreateAccountStatus", "{}", &["CreateAccountStatuses", "0", "AccountId"]);
    run.call("CloseAccount", &format!(r#"{{"AccountId": "{id}"}}"#));
    run.call("RemoveAccountFromOrganization", &format!(r#"{{"AccountId": "{id}"}}"#));
    for (seconds, expected) in [(5, account_state::SUSPENDED), (90 * 86_400, account_state::CLOSED)] {
        run.0.advance(Duration::from_secs(seconds));
        let (cloud, id) = (run.0.kernel().clone(), AccountId::parse(&id).unwrap());
        let state = async move { organization::account_record(&*cloud.engine().snapshot(), id).await.unwrap().state };
        assert_eq!(run.0.run(state), expected);
    }
}
