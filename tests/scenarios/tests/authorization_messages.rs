//! Messages that this cloud sealed are decoded for a while; nothing else is.
#![allow(clippy::unwrap_used)]

use identity::sealed;
use kernel::{AccountId, Cx, Region};
use scenarios::Client;
use std::time::Duration;

/// As a service does that refuses somebody.
fn seal(client: &mut Client, text: &'static str) -> String {
    let cloud = client.cloud.kernel().clone();
    client
        .cloud
        .run(async move {
            let model = cloud.model("sts").unwrap();
            sealed::seal(&Cx::background(&cloud, model, AccountId(0), Region::DEFAULT), text)
        })
        .unwrap()
}

#[test]
fn only_what_was_sealed_here_is_decoded() {
    let mut client = Client::default();
    let refused = "InvalidAuthorizationMessageException: Message is not valid";
    let decode =
        |client: &mut Client, text: &str| client.sts("DecodeAuthorizationMessage", &[("EncodedMessage", text)]);
    assert_eq!(decode(&mut client, "nothing was sealed yet").refusal(), refused);
    let text = r#"{"allowed":false,"explicitDeny":true}"#;
    let message = seal(&mut client, text);
    assert_ne!(seal(&mut client, text), message, "the same text is sealed differently");
    let answer = decode(&mut client, &message);
    assert_eq!(answer.text("DecodedMessage").replace("&quot;", "\""), text);
    let broken = format!("{}\n{}", &message[..20], &message[20..]);
    assert_eq!(decode(&mut client, &broken).refusal(), refused, "a line break");
    for at in 0..message.len() {
        let mut altered = message.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(decode(&mut client, &String::from_utf8(altered).unwrap()).refusal(), refused, "{at}");
    }
    assert_eq!(decode(&mut client, &message[..message.len() - 1]).refusal(), refused);
    let other = seal(&mut Client { cloud: testkit::Cloud::new(&[&sts::SERVICE], 2) }, text);
    assert_eq!(decode(&mut client, &other).refusal(), refused, "another cloud's");
    // They last for a day.
    client.cloud.advance(Duration::from_secs(86_399));
    assert!(decode(&mut client, &message).is_success());
    client.cloud.advance(Duration::from_secs(1));
    assert_eq!(decode(&mut client, &message).refusal(), refused);
}
