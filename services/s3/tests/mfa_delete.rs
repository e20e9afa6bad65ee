//! MFA delete: versions of a bucket go with a code of the root user's device only.
#![allow(clippy::unwrap_used)]

use http::Request;
use identity::{IamKeys, MfaDeviceRecord, totp};
use kernel::{AccountId, record::Record, store::Txn};
use std::time::Duration;
use testkit::{Cloud, Credentials, START};

/// In base32, as IAM would show it once.
const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const SERIAL: &str = "arn:aws:iam::000000000000:mfa/root";
const ON: &str =
    "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>";

/// A cloud whose root user has a device. IAM has no operation that gives it one: AWS does so in its console.
fn cloud() -> Cloud {
    let mut cloud = Cloud::new(&[&s3::SERVICE], 1);
    let kernel = cloud.kernel().clone();
    let device = MfaDeviceRecord {
        name: "root".into(),
        path: "/".into(),
        seed: SEED.into(),
        enabled: Some(START),
        ..MfaDeviceRecord::default()
    };
    let commit = async move {
        let mut tx = Txn::begin(kernel.engine());
        tx.put(IamKeys::of(AccountId::DEFAULT).mfa_device("/", "root"), device.encode());
        kernel.commit(tx).await
    };
    cloud.run(commit).unwrap();
    cloud
}

fn code(cloud: &Cloud) -> String {
    format!("{SERIAL} {}", totp::shown(SEED, cloud.kernel().clock().now()).unwrap())
}

/// The status, the header with the version's id, and the body.
fn send(cloud: &mut Cloud, method: &str, path: &str, mfa: Option<&str>, body: &str) -> (u16, String, String) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(mfa) = mfa {
        request = request.header("x-amz-mfa", mfa);
    }
    let request = request.body(body.as_bytes().to_vec()).unwrap();
    let answer = cloud.send_signed(request, &Credentials::new("test", "test", "s3"), Duration::ZERO).take().unwrap();
    let version = answer.headers().get("x-amz-version-id").map(|id| id.to_str().unwrap().to_owned());
    (answer.status().as_u16(), version.unwrap_or_default(), String::from_utf8_lossy(answer.body()).into_owned())
}

#[test]
fn versions_go_with_a_code_and_each_code_once() {
    let mut cloud = cloud();
    assert_eq!(send(&mut cloud, "PUT", "/vault", None, "").0, 200);
    let (status, _, body) = send(&mut cloud, "PUT", "/vault?versioning", None, ON);
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("Mfa Authentication must be used for this request"), "{body}");
    assert_eq!(send(&mut cloud, "PUT", "/vault?versioning", Some(&format!("{SERIAL} 000000")), ON).0, 403);
    let shown = code(&cloud);
    assert_eq!(send(&mut cloud, "PUT", "/vault?versioning", Some(&shown), ON).0, 200);
    let (_, _, body) = send(&mut cloud, "GET", "/vault?versioning", None, "");
    assert!(body.contains("<MfaDelete>Enabled</MfaDelete>"), "{body}");

    let (_, version, _) = send(&mut cloud, "PUT", "/vault/a", None, "kept");
    let path = format!("/vault/a?versionId={version}");
    assert_eq!(send(&mut cloud, "DELETE", &path, None, "").0, 403);
    assert_eq!(send(&mut cloud, "DELETE", &path, Some(&shown), "").0, 403, "a code serves once");
    // A delete marker hides the object and removes nothing.
    assert_eq!(send(&mut cloud, "DELETE", "/vault/a", None, "").0, 204);
    cloud.advance(Duration::from_secs(30));
    let shown = code(&cloud);
    assert_eq!(send(&mut cloud, "DELETE", &path, Some(&shown), "").0, 204);
    assert_eq!(send(&mut cloud, "GET", &path, None, "").0, 404);
}
