//! MFA delete: versions of a bucket go with a code of the root user's device only.
#![allow(clippy::unwrap_used)]

use data_encoding::BASE64;
use http::Request;
use identity::totp;
use std::time::Duration;
use testkit::{Cloud, Credentials};
use wire::Timestamp;

const ON: &str =
    "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>";

/// The root user's device.
struct Device {
    serial: String,
    /// In base32, as IAM shows it once.
    seed: String,
}

impl Device {
    fn new(cloud: &mut Cloud) -> Device {
        let made = iam(cloud, "Action=CreateVirtualMFADevice&VirtualMFADeviceName=root");
        let serial = "arn:aws:iam::000000000000:mfa/root".to_owned();
        let seed = made.split(['<', '>']).skip_while(|text| *text != "Base32StringSeed").nth(1).unwrap();
        let seed = String::from_utf8(BASE64.decode(seed.as_bytes()).unwrap()).unwrap();
        let now = cloud.kernel().clock().now();
        let [first, second] = [Timestamp(now.0 - 30_000_000), now].map(|at| totp::shown(&seed, at).unwrap());
        let who = format!("UserName=000000000000&SerialNumber={serial}");
        let codes = format!("AuthenticationCode1={first}&AuthenticationCode2={second}");
        let enabled = iam(cloud, &format!("Action=EnableMFADevice&{who}&{codes}"));
        assert!(enabled.contains("EnableMFADeviceResponse"), "{enabled}");
        // Its codes are spent.
        cloud.advance(Duration::from_secs(30));
        Device { serial, seed }
    }

    fn code(&self, cloud: &Cloud) -> String {
        format!("{} {}", self.serial, totp::shown(&self.seed, cloud.kernel().clock().now()).unwrap())
    }
}

fn iam(cloud: &mut Cloud, form: &str) -> String {
    let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(format!("{form}&Version=2010-05-08").into_bytes()).unwrap();
    let answer = cloud.send_signed(request, &Credentials::new("test", "test", "iam"), Duration::ZERO).take().unwrap();
    String::from_utf8(answer.into_body()).unwrap()
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
    let mut cloud = Cloud::new(&[&s3::SERVICE, &iam::SERVICE], 1);
    let device = Device::new(&mut cloud);
    assert_eq!(send(&mut cloud, "PUT", "/vault", None, "").0, 200);
    let (status, _, body) = send(&mut cloud, "PUT", "/vault?versioning", None, ON);
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("Mfa Authentication must be used for this request"), "{body}");
    assert_eq!(send(&mut cloud, "PUT", "/vault?versioning", Some(&format!("{} 000000", device.serial)), ON).0, 403);
    let shown = device.code(&cloud);
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
    let shown = device.code(&cloud);
    assert_eq!(send(&mut cloud, "DELETE", &path, Some(&shown), "").0, 204);
    assert_eq!(send(&mut cloud, "GET", &path, None, "").0, 404);
}
