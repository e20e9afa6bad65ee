//! What needs what IAM tells once, and a transcript cannot know beforehand: users with their own keys, devices with their
//! codes.
#![allow(clippy::unwrap_used)]

mod run;

use run::{Run, element};
use std::time::Duration;

#[test]
fn a_device_is_enabled_with_two_codes_in_a_row_and_serves_one_user() {
    let mut run = Run::new();
    run.call("CreateUser", &[("UserName", "Bob")]);
    run.call("CreateUser", &[("UserName", "Alice")]);
    let (serial, seed) = run.device("phone");
    assert_eq!(seed.len(), 64);
    let swapped = [run.code(&seed, 0), run.code(&seed, -30)];
    assert_eq!(run.with_codes("EnableMFADevice", "Bob", &serial, swapped), "InvalidAuthenticationCode");
    let codes = [run.code(&seed, -30), run.code(&seed, 0)];
    assert_eq!(run.with_codes("EnableMFADevice", "bob", &serial, codes.clone()), "ok");
    assert_eq!(run.with_codes("EnableMFADevice", "Alice", &serial, codes.clone()), "EntityAlreadyExists");
    let listed = run.call("ListMFADevices", &[("UserName", "Bob")]);
    assert_eq!(element(&listed, "SerialNumber").as_deref(), Some(&*serial));
    assert_eq!(element(&listed, "UserName").as_deref(), Some("Bob"));
    let assigned = run.call("ListVirtualMFADevices", &[("AssignmentStatus", "Assigned")]);
    assert_eq!(element(&assigned, "UserName").as_deref(), Some("Bob"));
    let got = run.call("GetMFADevice", &[("SerialNumber", &serial), ("UserName", "Bob")]);
    assert_eq!(element(&got, "EnableDate").as_deref(), Some("2026-01-01T00:00:00Z"));
    // The same codes again are no proof.
    assert_eq!(run.with_codes("ResyncMFADevice", "Bob", &serial, codes), "InvalidAuthenticationCode");
    // A device whose clock is ten minutes ahead.
    let ahead = [run.code(&seed, 600), run.code(&seed, 630)];
    assert_eq!(run.with_codes("ResyncMFADevice", "Alice", &serial, ahead.clone()), "NoSuchEntity");
    assert_eq!(run.with_codes("ResyncMFADevice", "Bob", &serial, ahead), "ok");
    assert_eq!(run.result("DeleteUser", &[("UserName", "Bob")]), "DeleteConflict");
    assert_eq!(run.result("DeleteVirtualMFADevice", &[("SerialNumber", &serial)]), "DeleteConflict");
    // Its user takes it along under another name.
    assert_eq!(run.result("UpdateUser", &[("UserName", "Bob"), ("NewUserName", "Robert")]), "ok");
    let listed = run.call("ListMFADevices", &[("UserName", "Robert")]);
    assert_eq!(element(&listed, "SerialNumber").as_deref(), Some(&*serial));
    assert_eq!(run.result("DeactivateMFADevice", &[("UserName", "Alice"), ("SerialNumber", &serial)]), "NoSuchEntity");
    assert_eq!(run.result("DeactivateMFADevice", &[("UserName", "Robert"), ("SerialNumber", &serial)]), "ok");
    assert_eq!(run.result("DeleteVirtualMFADevice", &[("SerialNumber", &serial)]), "ok");
    assert_eq!(run.result("DeleteUser", &[("UserName", "Robert")]), "ok");
}

/// AWS takes the root user's device in its console only; the console's part is played by the account's number as a user name.
#[test]
fn the_root_user_has_a_device() {
    let mut run = Run::new();
    let (serial, seed) = run.device("root");
    let codes = [run.code(&seed, -30), run.code(&seed, 0)];
    assert_eq!(run.with_codes("EnableMFADevice", "000000000001", &serial, codes.clone()), "NoSuchEntity");
    assert_eq!(run.with_codes("EnableMFADevice", "000000000000", &serial, codes), "ok");
    let listed = run.call("ListMFADevices", &[]);
    assert_eq!(element(&listed, "SerialNumber").as_deref(), Some(&*serial));
    let summary = run.call("GetAccountSummary", &[]);
    assert!(summary.contains("<key>AccountMFAEnabled</key>"), "{summary}");
    let ahead = [run.code(&seed, 600), run.code(&seed, 630)];
    assert_eq!(run.with_codes("ResyncMFADevice", "000000000000", &serial, ahead), "ok");
    assert_eq!(run.result("DeleteVirtualMFADevice", &[("SerialNumber", &serial)]), "DeleteConflict");
    assert_eq!(run.result("DeactivateMFADevice", &[("SerialNumber", &serial)]), "ok");
    assert_eq!(run.result("DeleteVirtualMFADevice", &[("SerialNumber", &serial)]), "ok");
}

#[test]
fn a_user_has_eight_devices_at_most() {
    let mut run = Run::new();
    run.call("CreateUser", &[("UserName", "Bob")]);
    for n in 1..=9 {
        let (serial, seed) = run.device(&format!("device-{n}"));
        let codes = [run.code(&seed, -30), run.code(&seed, 0)];
        let expected = if n <= 8 { "ok" } else { "LimitExceeded" };
        assert_eq!(run.with_codes("EnableMFADevice", "Bob", &serial, codes), expected, "{n}");
    }
}

/// The same device by another ARN would be one that its user never gets rid of.
#[test]
fn a_device_has_one_serial_number() {
    let mut run = Run::new();
    run.call("CreateUser", &[("UserName", "Bob")]);
    let (serial, seed) = run.device("phone");
    let codes = [run.code(&seed, -30), run.code(&seed, 0)];
    let regional = serial.replace("iam::", "iam:eu-west-1:");
    assert_eq!(run.with_codes("EnableMFADevice", "Bob", &regional, codes.clone()), "NoSuchEntity");
    assert_eq!(run.with_codes("EnableMFADevice", "Bob", &serial, codes), "ok");
}

#[test]
fn devices_of_one_name_in_different_paths_are_all_listed() {
    let mut run = Run::new();
    run.call("CreateUser", &[("UserName", "Bob")]);
    for path in ["/a/", "/b/"] {
        let made = run.call("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "phone"), ("Path", path)]);
        let (serial, seed) = (element(&made, "SerialNumber").unwrap(), run::seed(&made));
        let codes = [run.code(&seed, -30), run.code(&seed, 0)];
        assert_eq!(run.with_codes("EnableMFADevice", "Bob", &serial, codes), "ok");
    }
    let first = run.call("ListMFADevices", &[("UserName", "Bob"), ("MaxItems", "1")]);
    assert_eq!(element(&first, "SerialNumber").as_deref(), Some("arn:aws:iam::000000000000:mfa/a/phone"));
    let marker = element(&first, "Marker").unwrap();
    let second = run.call("ListMFADevices", &[("UserName", "Bob"), ("Marker", &marker)]);
    assert_eq!(element(&second, "SerialNumber").as_deref(), Some("arn:aws:iam::000000000000:mfa/b/phone"));
}

#[test]
fn users_change_their_own_password_where_the_account_lets_them() {
    let mut run = Run::new();
    let bob = run.user("Bob", "/", "");
    run.call(
        "CreateLoginProfile",
        &[("UserName", "Bob"), ("Password", "Sommer2026!"), ("PasswordResetRequired", "true")],
    );
    let change = |old, new| [("OldPassword", old), ("NewPassword", new)];
    let denied = run.result_as(&bob, "ChangePassword", &change("Sommer2026!", "Winter2026!"));
    assert_eq!(denied, "AccessDenied");
    let policy =
        [("AllowUsersToChangePassword", "true"), ("MinimumPasswordLength", "10"), ("PasswordReusePrevention", "1")];
    assert_eq!(run.result("UpdateAccountPasswordPolicy", &policy), "ok");
    assert_eq!(run.result_as(&bob, "GetAccountPasswordPolicy", &[]), "ok");
    assert_eq!(run.result_as(&bob, "ChangePassword", &change("wrong", "Winter2026!")), "AccessDenied");
    assert_eq!(run.result_as(&bob, "ChangePassword", &change("Sommer2026!", "short")), "PasswordPolicyViolation");
    assert_eq!(run.result_as(&bob, "ChangePassword", &change("Sommer2026!", "Sommer2026!")), "PasswordPolicyViolation");
    assert_eq!(run.result_as(&bob, "ChangePassword", &change("Sommer2026!", "Winter2026!")), "ok");
    assert_eq!(run.result_as(&bob, "ChangePassword", &change("Sommer2026!", "Fruehling2026!")), "AccessDenied");
    let profile = run.call("GetLoginProfile", &[("UserName", "Bob")]);
    assert_eq!(element(&profile, "PasswordResetRequired").as_deref(), Some("false"));
    // Nobody else's, and nothing else.
    assert_eq!(
        run.result_as(&bob, "UpdateLoginProfile", &[("UserName", "Bob"), ("Password", "Herbst2026!")]),
        "AccessDenied"
    );
    let alice = run.user("Alice", "/", "");
    assert_eq!(run.result_as(&alice, "ChangePassword", &change("a", "Winter2026!")), "NoSuchEntity");
}

#[test]
fn without_a_name_users_mean_themselves_and_only_what_is_theirs() {
    let own = r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::000000000000:user/team/${aws:username}"}"#;
    let mut run = Run::new();
    let bob = run.user("Bob", "/team/", own);
    run.user("Alice", "/team/", "");
    for operation in ["GetUser", "ListAccessKeys", "ListMFADevices", "ListSSHPublicKeys", "ListSigningCertificates"] {
        assert_eq!(run.result_as(&bob, operation, &[]), "ok", "{operation}");
        assert_eq!(run.result_as(&bob, operation, &[("UserName", "bob")]), "ok", "{operation}");
        assert_eq!(run.result_as(&bob, operation, &[("UserName", "Alice")]), "AccessDenied", "{operation}");
    }
    assert_eq!(run.result_as(&bob, "CreateAccessKey", &[]), "ok");
    assert_eq!(run.result_as(&bob, "ListUsers", &[]), "AccessDenied");
    assert_eq!(run.result_as(&bob, "GetAccessKeyLastUsed", &[("AccessKeyId", &bob.0)]), "ok");
    // Under another name he is another: that one is not allowed either.
    assert_eq!(run.result_as(&bob, "UpdateUser", &[("UserName", "Bob"), ("NewUserName", "Root")]), "AccessDenied");
    // A key that is out of use, or gone, is nobody's.
    run.call("UpdateAccessKey", &[("UserName", "Bob"), ("AccessKeyId", &bob.0), ("Status", "Inactive")]);
    assert_eq!(run.result_as(&bob, "GetUser", &[]), "InvalidClientTokenId");
}

#[test]
fn resources_are_known_by_path_and_tags() {
    let statements = r#"[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::000000000000:user/team/*"},
        {"Effect":"Allow","Action":"iam:GetGroup","Resource":"arn:aws:iam::000000000000:group/team/*"},
        {"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/team":"blue"}}},
        {"Effect":"Allow","Action":"iam:*VirtualMFADevice","Resource":"arn:aws:iam::000000000000:mfa/${aws:username}"}]"#;
    let mut run = Run::new();
    let boss = run.user("Boss", "/", statements);
    run.user("Alice", "/team/", "");
    run.user("Carol", "/other/", "");
    run.call("CreateGroup", &[("GroupName", "Ours"), ("Path", "/team/")]);
    run.call("CreateGroup", &[("GroupName", "Theirs")]);
    assert_eq!(run.result_as(&boss, "GetUser", &[("UserName", "alice")]), "ok");
    assert_eq!(run.result_as(&boss, "GetUser", &[("UserName", "Carol")]), "AccessDenied");
    run.call("TagUser", &[("UserName", "Carol"), ("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "blue")]);
    assert_eq!(run.result_as(&boss, "GetUser", &[("UserName", "Carol")]), "ok");
    assert_eq!(run.result_as(&boss, "DeleteUser", &[("UserName", "Carol")]), "AccessDenied");
    assert_eq!(run.result_as(&boss, "CreateUser", &[("UserName", "New"), ("Path", "/team/")]), "ok");
    assert_eq!(run.result_as(&boss, "CreateUser", &[("UserName", "Newer")]), "AccessDenied");
    assert_eq!(run.result_as(&boss, "UpdateUser", &[("UserName", "New"), ("NewUserName", "Newer")]), "ok");
    assert_eq!(run.result_as(&boss, "UpdateUser", &[("UserName", "Newer"), ("NewPath", "/")]), "AccessDenied");
    assert_eq!(run.result_as(&boss, "GetGroup", &[("GroupName", "Ours")]), "ok");
    assert_eq!(run.result_as(&boss, "GetGroup", &[("GroupName", "Theirs")]), "AccessDenied");
    assert_eq!(run.result_as(&boss, "ListUsers", &[("PathPrefix", "/team/")]), "ok");
    assert_eq!(run.result_as(&boss, "ListUsers", &[]), "AccessDenied");
    assert_eq!(run.result_as(&boss, "CreateVirtualMFADevice", &[("VirtualMFADeviceName", "Boss")]), "ok");
    assert_eq!(run.result_as(&boss, "CreateVirtualMFADevice", &[("VirtualMFADeviceName", "Alice")]), "AccessDenied");
    let serial = [("SerialNumber", "arn:aws:iam::000000000000:mfa/Boss")];
    assert_eq!(run.result_as(&boss, "DeleteVirtualMFADevice", &serial), "ok");
}

#[test]
fn the_credential_report_has_a_line_for_everybody() {
    let mut run = Run::new();
    run.call("UpdateAccountPasswordPolicy", &[("MaxPasswordAge", "90")]);
    let bob = run.user("Bob", "/a,b/", "");
    run.call("CreateLoginProfile", &[("UserName", "Bob"), ("Password", "Sommer2026!")]);
    run.call("CreateUser", &[("UserName", "alice")]);
    run.cloud.advance(Duration::from_secs(3_600));
    run.result_as(&bob, "GetUser", &[]);
    // What was used is written with the next flush.
    let kernel = run.cloud.kernel().clone();
    run.cloud.run(async move { kernel.flush().await }).unwrap();
    run.call("GenerateCredentialReport", &[]);
    let report = run.call("GetCredentialReport", &[]);
    let content = data_encoding::BASE64.decode(element(&report, "Content").unwrap().as_bytes()).unwrap();
    let expected = [
        "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,\
         mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
         access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
         access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
         cert_1_last_rotated,cert_2_active,cert_2_last_rotated",
        "<root_account>,arn:aws:iam::000000000000:root,2024-01-01T00:00:00+00:00,not_supported,no_information,\
         not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "alice,arn:aws:iam::000000000000:user/alice,2026-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,\
         N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "Bob,\"arn:aws:iam::000000000000:user/a,b/Bob\",2026-01-01T00:00:00+00:00,true,no_information,\
         2026-01-01T00:00:00+00:00,2026-04-01T00:00:00+00:00,false,true,2026-01-01T00:00:00+00:00,\
         2026-01-01T01:00:00+00:00,us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
    ];
    let content = String::from_utf8(content).unwrap();
    assert_eq!(content.lines().collect::<Vec<_>>(), expected);
}
