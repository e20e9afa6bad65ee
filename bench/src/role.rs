//! A role in a member account: ten managed policies of fifty statements, a service control policy, a queue with a policy.

use crate::{
    load::{Connection, block_on},
    server::Server,
    signer::Signer,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::Duration;

const POLICIES: usize = 10;
const STATEMENTS: usize = 50;
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// What is sent on behalf of the role.
pub struct Role {
    key: String,
    secret: String,
    token: String,
    /// Of the role's account, with a policy.
    pub queue: String,
}

impl Role {
    pub fn set_up(server: &Server) -> Result<Role> {
        let host = server.address.to_string();
        let ask = |request: Vec<u8>| -> Result<String> {
            let answer =
                block_on(async { Ok(Connection::open(server.address).await?.exchange(&request).await?.to_vec()) })?;
            Ok(String::from_utf8(answer)?)
        };
        let organizations = |operation: &str, input: Value| -> Result<Value> {
            let target = format!("AWSOrganizationsV20161128.{operation}");
            let body = input.to_string();
            let request = Signer::new("organizations").request(
                &host,
                "application/x-amz-json-1.1",
                Some(&target),
                body.as_bytes(),
            );
            Ok(serde_json::from_str(&ask(request)?)?)
        };
        organizations("CreateOrganization", json!({}))?;
        let root = &organizations("ListRoots", json!({}))?["Roots"][0]["Id"];
        organizations("EnablePolicyType", json!({ "RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY" }))?;
        let created = organizations("CreateAccount", json!({ "AccountName": "bench", "Email": "bench@example.com" }))?;
        let request_id = &created["CreateAccountStatus"]["Id"];
        let account = loop {
            let status = organizations("DescribeCreateAccountStatus", json!({ "CreateAccountRequestId": request_id }))?;
            if let Some(account) = status["CreateAccountStatus"]["AccountId"].as_str() {
                break account.to_owned();
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let control = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "StringEquals": { "aws:RequestedRegion": "ap-south-2" } } },
        ] });
        let control = organizations(
            "CreatePolicy",
            json!({ "Name": "regions", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": control.to_string() }),
        )?;
        let policy = &control["Policy"]["PolicySummary"]["Id"];
        organizations("AttachPolicy", json!({ "PolicyId": policy, "TargetId": account }))?;

        let query = |service: &'static str, form: String| -> Result<String> {
            ask(Signer::with(service, &account, "test", None).request(&host, FORM, None, form.as_bytes()))
        };
        let trust = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": account }, "Action": "sts:AssumeRole" },
        ] });
        let trust = escaped(&trust.to_string());
        query("iam", format!("Action=CreateRole&Version=2010-05-08&RoleName=bench&AssumeRolePolicyDocument={trust}"))?;
        for policy in 0..POLICIES {
            let statements: Vec<Value> = (0..STATEMENTS)
                .map(|index| match (policy, index) {
                    (9, 49) => json!({ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }),
                    _ => json!({ "Effect": "Allow", "Action": format!("sns:Get{index}*"), "Resource": "*" }),
                })
                .collect();
            let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
            let create = format!(
                "Action=CreatePolicy&Version=2010-05-08&PolicyName=p{policy}&PolicyDocument={}",
                escaped(&document)
            );
            query("iam", create)?;
            let arn = escaped(&format!("arn:aws:iam::{account}:policy/p{policy}"));
            query("iam", format!("Action=AttachRolePolicy&Version=2010-05-08&RoleName=bench&PolicyArn={arn}"))?;
        }
        let arn = escaped(&format!("arn:aws:iam::{account}:role/bench"));
        let answer = query("sts", format!("Action=AssumeRole&Version=2011-06-15&RoleArn={arn}&RoleSessionName=bench"))?;
        let element = |name: &str| -> Result<String> {
            let (_, rest) = answer.split_once(&format!("<{name}>")).with_context(|| format!("{name} in {answer}"))?;
            Ok(rest.split('<').next().unwrap_or_default().to_owned())
        };
        let (key, secret, token) = (element("AccessKeyId")?, element("SecretAccessKey")?, element("SessionToken")?);

        let sqs = Signer::with("sqs", &account, "test", None);
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": account }, "Action": "sqs:ReceiveMessage", "Resource": "*" },
        ] });
        let create = json!({ "QueueName": "jobs", "Attributes": { "Policy": policy.to_string() } });
        let created: Value = serde_json::from_str(&ask(sqs.sqs(&host, "CreateQueue", &create.to_string()))?)?;
        let queue = created["QueueUrl"].as_str().context("QueueUrl")?.to_owned();
        Ok(Role { key, secret, token, queue })
    }

    pub fn signer(&self, service: &'static str) -> Signer {
        Signer::with(service, &self.key, &self.secret, Some(&self.token))
    }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}
