//! Calls at once. Whatever overtakes what: nothing is on, in or of something that is gone, both directions of what is kept in
//! two say the same, and quotas hold.
#![allow(clippy::unwrap_used)]

mod run;

use bytes::Bytes;
use identity::{
    AccessKeyRecord, InstanceProfileRecord, MfaDeviceRecord, PolicyRecord, RoleRecord, UserRecord, aws_managed, folded,
};
use kernel::{
    record::Record,
    store::{Key, Part, Scan},
};
use run::Run;
use std::{collections::BTreeMap, time::Duration};

const ACCOUNT: &str = "arn:aws:iam::000000000000";
const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
const SSH_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCkzJHqql/uUBy9VNn8IFpF7RFaylkJzAnwV2dnmY1pIFsvK4LZ8iiIyJLFAVs/XXhVsgmzVKmY2DrGAv7dm1XHtRiVixXZHZmOJj4lU2VwY293hM3LTmqSuLNK754GsYIMsTLudvVZaU0lSdY3Zg4Fbj7RWxudpoqKdkegWMulSdnrMJKemPHPtmfxj0iFB3lrVhUo/e1aHhnImpraXYrqP+Dai+VVirSJ0pMSQORhbw6gHAz75RfU5d8v5M+2P8Xb73wsi8qJD7mJyb1HGZLsd6r1taxTVjMuF8XH9wFDaFCbjP/yIdx4XOxoM9wC0NBljgnb7WmG1kHwusaYL/jZ";

type Call = (&'static str, Vec<(&'static str, String)>);

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    fn of<'a>(&mut self, these: &[&'a str]) -> &'a str {
        these[self.below(these.len())]
    }
}

/// How many kinds of changes there are.
const KINDS: usize = 37;

/// A change, of one of the kinds, of a few users, groups, roles, policies, instance profiles and devices. What has an id that
/// the cloud chose (access keys, SSH keys) is in `ids`, whose it is before it.
fn change(of_kind: usize, random: &mut Random, ids: &[(&'static str, String, String)]) -> Call {
    // As one user, under a name that differs in case too.
    let user = random.of(&["Ann", "Bob", "bob"]);
    let group = random.of(&["G", "H"]);
    let role = random.of(&["R", "S"]);
    let profile = random.of(&["I", "J"]);
    let policy = format!("{ACCOUNT}:policy/{}", random.of(&["P", "Q"]));
    let version = format!("v{}", 1 + random.below(6));
    let serial = format!("{ACCOUNT}:mfa/{}", random.of(&["M", "N"]));
    let (kind, member, name) =
        [("User", "UserName", user), ("Group", "GroupName", group), ("Role", "RoleName", role)][random.below(3)];
    let on = |operation: [&'static str; 3]| match kind {
        "User" => operation[0],
        "Group" => operation[1],
        _ => operation[2],
    };
    let user = || ("UserName", user.to_owned());
    let entity = || (member, name.to_owned());
    let policy = || ("PolicyArn", policy.clone());
    let in_profile = || vec![("InstanceProfileName", profile.to_owned()), ("RoleName", role.to_owned())];
    let bounded = kind != "Group";
    let document = || ("PolicyDocument", DOCUMENT.to_owned());
    match of_kind {
        0 | 1 => (on(["DeleteUser", "DeleteGroup", "DeleteRole"]), vec![entity()]),
        2 | 3 if kind == "Role" => ("CreateRole", vec![entity(), ("AssumeRolePolicyDocument", TRUST.to_owned())]),
        2 | 3 => (on(["CreateUser", "CreateGroup", ""]), vec![entity()]),
        4 => ("CreateUser", vec![user(), ("PermissionsBoundary", policy().1)]),
        5 | 6 => (on(["AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"]), vec![entity(), policy()]),
        7 | 8 => (on(["DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy"]), vec![entity(), policy()]),
        9 => {
            let inline = vec![entity(), ("PolicyName", "inline".to_owned()), document()];
            (on(["PutUserPolicy", "PutGroupPolicy", "PutRolePolicy"]), inline)
        }
        10 | 11 => {
            let inline = vec![entity(), ("PolicyName", "inline".to_owned())];
            (on(["DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy"]), inline)
        }
        12 if bounded => {
            let boundary = vec![entity(), ("PermissionsBoundary", policy().1)];
            (on(["PutUserPermissionsBoundary", "", "PutRolePermissionsBoundary"]), boundary)
        }
        12..=14 if bounded => {
            (on(["DeleteUserPermissionsBoundary", "", "DeleteRolePermissionsBoundary"]), vec![entity()])
        }
        12..=14 => ("RemoveUserFromGroup", vec![user(), ("GroupName", group.to_owned())]),
        15 => ("AddUserToGroup", vec![user(), ("GroupName", group.to_owned())]),
        16 | 17 => ("RemoveUserFromGroup", vec![user(), ("GroupName", group.to_owned())]),
        18 => ("UpdateUser", vec![user(), ("NewUserName", random.of(&["Ann", "bob", "BOB", "Ann-Marie"]).to_owned())]),
        19 => ("UpdateUser", vec![("UserName", "Ann-Marie".to_owned()), ("NewUserName", "Ann".to_owned())]),
        20 => {
            ("UpdateGroup", vec![("GroupName", group.to_owned()), ("NewGroupName", random.of(&["G", "H"]).to_owned())])
        }
        21 => ("CreatePolicy", vec![("PolicyName", random.of(&["P", "Q"]).to_owned()), document()]),
        22 => ("DeletePolicy", vec![policy()]),
        23 => ("CreatePolicyVersion", vec![policy(), document(), ("SetAsDefault", "true".to_owned())]),
        24 => ("SetDefaultPolicyVersion", vec![policy(), ("VersionId", version)]),
        25 => ("DeletePolicyVersion", vec![policy(), ("VersionId", version)]),
        26 => (random.of(&["CreateInstanceProfile", "DeleteInstanceProfile"]), in_profile()[..1].to_vec()),
        27 => ("AddRoleToInstanceProfile", in_profile()),
        28 | 29 => ("RemoveRoleFromInstanceProfile", in_profile()),
        30 => ("DeactivateMFADevice", vec![user(), ("SerialNumber", serial)]),
        31 if random.below(2) == 0 => ("CreateLoginProfile", vec![user(), ("Password", "Correct1horse".to_owned())]),
        31 => ("DeleteLoginProfile", vec![user()]),
        32 => ("TagUser", vec![user(), ("Tags.member.1.Key", "k".to_owned()), ("Tags.member.1.Value", String::new())]),
        33 => ("UpdateRoleDescription", vec![("RoleName", role.to_owned()), ("Description", String::new())]),
        34 => ("DeleteVirtualMFADevice", vec![("SerialNumber", serial)]),
        35 if random.below(2) == 0 => ("UploadSSHPublicKey", vec![user(), ("SSHPublicKeyBody", SSH_KEY.to_owned())]),
        35 => ("CreateVirtualMFADevice", vec![("VirtualMFADeviceName", random.of(&["M", "N"]).to_owned())]),
        _ if ids.is_empty() || random.below(4) == 0 => ("CreateAccessKey", vec![user()]),
        _ => {
            let (kind, user, id) = ids[random.below(ids.len())].clone();
            let user = ("UserName", user);
            match kind {
                "access-keys-of" => ("DeleteAccessKey", vec![user, ("AccessKeyId", id)]),
                _ => ("DeleteSSHPublicKey", vec![user, ("SSHPublicKeyId", id)]),
            }
        }
    }
}

/// The account's rows, by the texts and numbers of their keys.
fn rows(run: &mut Run) -> BTreeMap<Vec<String>, Bytes> {
    let kernel = run.cloud.kernel().clone();
    run.cloud.run(async move {
        let snapshot = kernel.engine().snapshot();
        let prefix = Key::new().number(0).text("global").text("iam");
        let page = snapshot.scan(&prefix.children(), &Scan::default()).await.unwrap();
        assert!(!page.more, "a test of few rows");
        let text = |part: Part| match part {
            Part::Text(text) => text,
            Part::Number(number) => number.to_string(),
            Part::Bytes(bytes) => format!("{bytes:?}"),
        };
        let name = |key: &Key| key.parts().unwrap().into_iter().skip(3).map(text).collect();
        page.rows.into_iter().map(|row| (name(&row.key), row.value)).collect()
    })
}

fn key(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// What must be true of the account's rows between any two calls.
fn check(run: &mut Run, when: &str) {
    let rows = rows(run);
    let there = |parts: &[&str]| assert!(rows.contains_key(&key(parts)), "{when}: no {parts:?} in {:?}", rows.keys());
    let count = |kind: &str| rows.keys().filter(|row| row[0] == kind).count() as u64;
    for (row, value) in &rows {
        let row: Vec<&str> = row.iter().map(String::as_str).collect();
        match row[..] {
            ["inline", entity, name, _] => there(&[entity, name]),
            ["attached", entity, name, arn] => {
                there(&[entity, name]);
                there(&["attachments", arn, entity, name]);
                if let Some(policy) = arn.strip_prefix(&format!("{ACCOUNT}:policy/")) {
                    there(&["policy", &folded(policy)]);
                }
            }
            ["attachments", arn, entity, name] => there(&["attached", entity, name, arn]),
            ["bounded", arn, entity, name] => {
                let owner = rows.get(&key(&[entity, name])).map(|owner| match entity {
                    "user" => UserRecord::decode(owner).unwrap().boundary,
                    _ => RoleRecord::decode(owner).unwrap().boundary,
                });
                assert_eq!(owner.as_deref(), Some(arn), "{when}: {row:?}");
                there(&["policy", &folded(arn.rsplit('/').next().unwrap())]);
            }
            ["user", name] => {
                let user = UserRecord::decode(value).unwrap();
                assert_eq!(folded(&user.name), name, "{when}");
                if !user.boundary.is_empty() {
                    there(&["bounded", &user.boundary, "user", name]);
                }
            }
            ["role", name] => {
                let boundary = RoleRecord::decode(value).unwrap().boundary;
                if !boundary.is_empty() {
                    there(&["bounded", &boundary, "role", name]);
                }
            }
            ["policy", name] => {
                let default = PolicyRecord::decode(value).unwrap().default_version;
                there(&["policy-version", name, &default.to_string()]);
            }
            ["policy-version", name, _] => {
                there(&["policy", name]);
                let versions = rows.keys().filter(|row| row[0] == "policy-version" && row[1] == name).count();
                assert!(versions <= 5, "{when}: {versions} versions");
            }
            ["groups-of", user, group] => {
                there(&["user", user]);
                there(&["users-of", group, user]);
            }
            ["users-of", group, user] => {
                there(&["group", group]);
                there(&["groups-of", user, group]);
            }
            ["instance-profile", name] => {
                let role = InstanceProfileRecord::decode(value).unwrap().role;
                if !role.is_empty() {
                    there(&["profiles-of", &role, name]);
                }
            }
            ["profiles-of", role, name] => {
                there(&["role", role]);
                let profile = rows.get(&key(&["instance-profile", name]));
                let of = profile.map(|profile| InstanceProfileRecord::decode(profile).unwrap().role);
                assert_eq!(of.as_deref(), Some(role), "{when}: {row:?}");
            }
            ["mfa-device", name] => {
                let device = MfaDeviceRecord::decode(value).unwrap();
                if device.enabled.is_some() {
                    there(&["mfa-devices-of", &folded(&device.user), &format!("{ACCOUNT}:mfa{name}")]);
                }
            }
            ["mfa-devices-of", user, serial] => {
                there(&["user", user]);
                let device = rows.get(&key(&["mfa-device", serial.rsplit_once(":mfa").unwrap().1]));
                let of = device.map(|device| folded(&MfaDeviceRecord::decode(device).unwrap().user));
                assert_eq!(of.as_deref(), Some(user), "{when}: {row:?}");
            }
            ["access-keys-of", user, id] => {
                let owner = rows.get(&key(&["user", user])).map(|owner| UserRecord::decode(owner).unwrap().name);
                assert_eq!(owner, Some(access_key(run, id).unwrap().user), "{when}: {row:?}");
            }
            ["login-profile", user] | ["ssh-key" | "service-credential", user, _] => there(&["user", user]),
            ["renamed", _] => {
                let name = std::str::from_utf8(value).unwrap();
                let user = rows.get(&key(&["user", &folded(name)])).map(|user| UserRecord::decode(user).unwrap().name);
                assert_eq!(user.as_deref(), Some(name), "{when}: {row:?}");
            }
            ["counter", kind] => {
                let counted = u64::from_le_bytes(value[..].try_into().unwrap());
                assert_eq!(counted, count(kind), "{when}: {kind}");
            }
            _ => {}
        }
    }
}

fn access_key(run: &mut Run, id: &str) -> Option<AccessKeyRecord> {
    let (kernel, row) = (run.cloud.kernel().clone(), identity::access_key(id));
    run.cloud.run(async move {
        let row = kernel.engine().snapshot().get(&row).await.unwrap()?;
        AccessKeyRecord::decode(&row.value)
    })
}

/// Gives a device to both users at once, by codes that were not shown before.
fn devices(run: &mut Run, random: &mut Random) -> Vec<Call> {
    run.cloud.advance(Duration::from_secs(90));
    let name = random.of(&["M", "N"]);
    let serial = format!("{ACCOUNT}:mfa/{name}");
    let Some(row) = rows(run).remove(&key(&["mfa-device", &format!("/{name}")])) else { return Vec::new() };
    let seed = MfaDeviceRecord::decode(&row).unwrap().seed;
    let codes = [("AuthenticationCode1", run.code(&seed, -30)), ("AuthenticationCode2", run.code(&seed, 0))];
    let enable = |user: &str| {
        let device = vec![("UserName", user.to_owned()), ("SerialNumber", serial.clone())];
        ("EnableMFADevice", [device, codes.to_vec()].concat())
    };
    vec![enable("Ann"), enable("Bob")]
}

fn race(seed: u64, rounds: usize, done: &mut BTreeMap<&'static str, usize>) {
    let mut run = Run::interleaved(seed);
    let mut random = Random(seed);
    run.device("M");
    run.device("N");
    for round in 0..rounds {
        let known = |row: &Vec<String>| {
            let kind = ["access-keys-of", "ssh-key"].into_iter().find(|kind| row[0] == *kind)?;
            Some((kind, row[1].clone(), row[2].clone()))
        };
        let ids: Vec<_> = rows(&mut run).keys().filter_map(known).collect();
        // Of few kinds, so that they meet, but for every tenth round.
        let kinds: Vec<_> = (0..if round % 10 == 0 { 40 } else { 4 }).map(|_| random.below(KINDS)).collect();
        let mut calls = Vec::new();
        for _ in 0..8 {
            let kind = kinds[random.below(kinds.len())];
            calls.push(change(kind, &mut random, &ids));
        }
        if round % 4 == 0 {
            calls.extend(devices(&mut run, &mut random));
        }
        let results = run.together(&calls);
        for ((operation, _), result) in calls.iter().zip(&results) {
            *done.entry(operation).or_default() += usize::from(result == "ok");
            assert!(result != "InternalFailure", "seed {seed}, round {round}: {operation}");
        }
        check(&mut run, &format!("seed {seed}, round {round}, {calls:?} answered {results:?}"));
    }
}

#[test]
fn whatever_overtakes_what_nothing_is_left_of_what_is_gone() {
    let mut done = BTreeMap::new();
    for seed in 1..=10 {
        race(seed, 100, &mut done);
    }
    // Or it would prove nothing.
    let idle: Vec<_> = done.iter().filter(|(_, times)| **times < 3).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

/// Each with what overtakes it, by many a seed.
#[test]
fn what_comes_while_something_goes_is_refused_or_refuses_it() {
    let user = || text("UserName", "Bob");
    let (group, role, profile) = (text("GroupName", "G"), text("RoleName", "R"), text("InstanceProfileName", "I"));
    let policy = || text("PolicyArn", format!("{ACCOUNT}:policy/P"));
    let boundary = || text("PermissionsBoundary", policy().1);
    let document = || text("PolicyDocument", DOCUMENT);
    let version = || text("VersionId", "v2");
    let zed = text("UserName", "Zed");
    let before: Vec<Call> = vec![
        ("CreateUser", vec![user()]),
        ("CreateUser", vec![zed.clone()]),
        ("CreateGroup", vec![group.clone()]),
        ("CreateRole", vec![role.clone(), text("AssumeRolePolicyDocument", TRUST)]),
        ("CreateInstanceProfile", vec![profile.clone()]),
        ("CreatePolicy", vec![text("PolicyName", "P"), document()]),
        ("CreatePolicyVersion", vec![policy(), document()]),
        ("AddUserToGroup", vec![zed, group.clone()]),
    ];
    let of_user: Vec<Call> = vec![
        ("AddUserToGroup", vec![user(), group.clone()]),
        ("AttachUserPolicy", vec![user(), policy()]),
        ("CreateAccessKey", vec![user()]),
        ("CreateLoginProfile", vec![user(), text("Password", "Correct1horse")]),
        ("CreateServiceSpecificCredential", vec![user(), text("ServiceName", "codecommit.amazonaws.com")]),
        ("PutUserPermissionsBoundary", vec![user(), boundary()]),
        ("PutUserPolicy", vec![user(), text("PolicyName", "inline"), document()]),
        ("TagUser", vec![user(), text("Tags.member.1.Key", "k"), text("Tags.member.1.Value", "v")]),
        ("UploadSSHPublicKey", vec![user(), text("SSHPublicKeyBody", SSH_KEY)]),
    ];
    let rename = ("UpdateUser", vec![user(), text("NewUserName", "Ann")]);
    let rename_group = ("UpdateGroup", vec![group.clone(), text("NewGroupName", "H")]);
    let in_profile = vec![profile.clone(), role.clone()];
    let mut pairs: Vec<[Call; 2]> = vec![
        [rename.clone(), ("CreateUser", vec![text("UserName", "Ann")])],
        [rename.clone(), rename_group.clone()],
        [rename_group, of_user[0].clone()],
        [("SetDefaultPolicyVersion", vec![policy(), version()]), ("DeletePolicyVersion", vec![policy(), version()])],
        [("AddRoleToInstanceProfile", in_profile.clone()), ("DeleteRole", vec![role.clone()])],
        [("AddRoleToInstanceProfile", in_profile), ("DeleteInstanceProfile", vec![profile])],
        [("PutRolePermissionsBoundary", vec![role.clone(), boundary()]), ("DeleteRole", vec![role])],
    ];
    for call in of_user {
        pairs.push([call.clone(), rename.clone()]);
        pairs.push([call, ("DeleteUser", vec![user()])]);
    }
    for pair in pairs {
        for seed in 1..=16 {
            let mut run = Run::interleaved(seed);
            before.iter().for_each(|call| assert_eq!(run.together(std::slice::from_ref(call)), ["ok"], "{call:?}"));
            let results = run.together(&pair);
            check(&mut run, &format!("seed {seed}, {pair:?} answered {results:?}"));
        }
    }
}

/// Of several that want the last place, one gets it.
fn last_place(seed: u64, before: &[Call], calls: &[Call]) {
    let mut run = Run::interleaved(seed);
    for call in before {
        let call = std::slice::from_ref(call);
        assert_eq!(run.together(call), ["ok"], "{call:?}");
    }
    if before.is_empty() {
        // The quotas of the account, but for one of each.
        run.count(&[
            ("user", 4_999),
            ("group", 299),
            ("role", 999),
            ("policy", 1_499),
            ("instance-profile", 999),
            ("mfa-device", 4_999),
        ]);
    }
    let mut results = run.together(calls);
    results.sort_unstable();
    let mut expected = vec!["LimitExceeded"; calls.len() - 1];
    expected.push("ok");
    assert_eq!(results, expected, "seed {seed}: {calls:?}");
}

fn text(name: &'static str, value: impl Into<String>) -> (&'static str, String) {
    (name, value.into())
}

#[test]
fn the_last_place_of_a_quota_is_taken_once() {
    let user = || text("UserName", "Bob");
    let bob = ("CreateUser", vec![user()]);
    let named = |operation, member, n: usize| (operation, vec![text(member, format!("n{n}"))]);
    let (document, trust) = (|| text("PolicyDocument", DOCUMENT), || text("AssumeRolePolicyDocument", TRUST));
    let attach = |n: usize| {
        let free = |policy: &&aws_managed::AwsManagedPolicy| policy.path != "/aws-service-role/";
        let policy = aws_managed::all().iter().filter(free).nth(n).unwrap();
        ("AttachUserPolicy", vec![user(), text("PolicyArn", policy.arn("aws"))])
    };
    let member = |n: usize| ("AddUserToGroup", vec![user(), text("GroupName", format!("n{n}"))]);
    let inline = |n: usize| {
        let document = DOCUMENT.replace("GetObject", &"x".repeat(1_100));
        ("PutUserPolicy", vec![user(), text("PolicyName", format!("n{n}")), text("PolicyDocument", document)])
    };
    let arn = || text("PolicyArn", format!("{ACCOUNT}:policy/n0"));
    let policy = |n| [named("CreatePolicy", "PolicyName", n).1, vec![document()]].concat();
    let version = || ("CreatePolicyVersion", vec![arn(), document()]);
    let provider = |n: usize| ("CreateOpenIDConnectProvider", vec![text("Url", format!("https://n{n}.example.com"))]);
    let credential =
        || ("CreateServiceSpecificCredential", vec![user(), text("ServiceName", "codecommit.amazonaws.com")]);
    let role = |n| ("CreateRole", [named("", "RoleName", n).1, vec![trust()]].concat());
    let profile = || text("InstanceProfileName", "i");
    let in_profile = |n: usize| ("AddRoleToInstanceProfile", vec![profile(), text("RoleName", format!("n{n}"))]);

    let three = |call: &dyn Fn(usize) -> Call, from: usize| vec![call(from), call(from + 1), call(from + 2)];
    let groups = (0..12).map(|n| named("CreateGroup", "GroupName", n));
    let cases: Vec<(Vec<Call>, Vec<Call>)> = vec![
        (vec![], three(&|n| named("CreateUser", "UserName", n), 0)),
        (vec![], three(&|n| named("CreateGroup", "GroupName", n), 0)),
        (vec![], three(&role, 0)),
        (vec![], three(&|n| ("CreatePolicy", policy(n)), 0)),
        (vec![], three(&|n| named("CreateInstanceProfile", "InstanceProfileName", n), 0)),
        (vec![], three(&|n| named("CreateVirtualMFADevice", "VirtualMFADeviceName", n), 0)),
        (vec![bob.clone(), ("CreateAccessKey", vec![user()])], three(&|_| ("CreateAccessKey", vec![user()]), 0)),
        (vec![bob.clone(), credential()], three(&|_| credential(), 0)),
        (vec![bob.clone()], three(&inline, 0)),
        ([vec![bob.clone()], (0..9).map(attach).collect()].concat(), three(&attach, 9)),
        ([vec![bob.clone()], groups.collect(), (0..9).map(member).collect()].concat(), three(&member, 9)),
        (vec![("CreatePolicy", policy(0)), version(), version(), version()], three(&|_| version(), 0)),
        ((0..99).map(provider).collect(), three(&provider, 99)),
        (vec![role(0), role(1), role(2), ("CreateInstanceProfile", vec![profile()])], three(&in_profile, 0)),
    ];
    for (before, calls) in &cases {
        for seed in 1..=4 {
            last_place(seed, before, calls);
        }
    }
}

/// Of very many changes of one thing at once, those that never get their turn are told what the model says of that.
#[test]
fn who_never_gets_a_turn_is_told_of_concurrent_modification() {
    let mut run = Run::interleaved(1);
    run.call("CreateUser", &[("UserName", "Bob")]);
    let tag = |n: usize| {
        let parameters = [("UserName", "Bob"), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", &*n.to_string())];
        ("TagUser", parameters.map(|(name, value)| (name, value.to_owned())).to_vec())
    };
    let calls: Vec<_> = (0..60).map(tag).collect();
    let mut results = run.together(&calls);
    results.sort();
    results.dedup();
    assert_eq!(results, ["ConcurrentModification", "ok"]);
}
