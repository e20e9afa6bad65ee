//! What a token for services outside says, and that the account signed it.
#![allow(clippy::unwrap_used)]

use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RsaKeyPair, UnparsedPublicKey,
};
use data_encoding::BASE64URL_NOPAD;
use identity::IamKeys;
use kernel::AccountId;
use scenarios::Client;
use testkit::START;
use wire::Json;

fn decode(part: &str) -> Json {
    Json::parse(&String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()).unwrap()
}

#[test]
fn tokens_say_who_asked_and_are_signed_by_the_account() {
    let mut client = Client::default();
    let issuer = client.iam("EnableOutboundWebIdentityFederation", &[]).text("IssuerIdentifier").to_owned();
    for algorithm in ["ES384", "RS256"] {
        let ask = |client: &mut Client| {
            let answer = client.sts(
                "GetWebIdentityToken",
                &[
                    ("Audience.member.1", "https://api.example.com"),
                    ("SigningAlgorithm", algorithm),
                    ("Tags.member.1.Key", "job"),
                    ("Tags.member.1.Value", "7"),
                ],
            );
            answer.text("WebIdentityToken").to_owned()
        };
        let (token, other) = (ask(&mut client), ask(&mut client));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(Some(header), other.split('.').next(), "the key stays");
        assert_eq!(decode(header).get("alg"), Some(&algorithm.into()));
        let claims = decode(claims);
        let own =
            Json::parse(r#"{"aws_account":"000000000000","source_region":"us-east-1","request_tags":{"job":"7"}}"#);
        for (claim, value) in [
            ("iss", issuer.as_str().into()),
            ("aud", "https://api.example.com".into()),
            ("sub", "arn:aws:iam::000000000000:root".into()),
            ("iat", START.secs().into()),
            ("exp", (START.secs() + 300).into()),
            ("https://sts.amazonaws.com/", own.unwrap()),
        ] {
            assert_eq!(claims.get(claim), Some(&value), "{claim}");
        }
        let row = IamKeys::of(AccountId::DEFAULT).other("token-key").text(algorithm);
        let cloud = client.cloud.kernel().clone();
        let key = client.cloud.run(async move { cloud.engine().latest().get(&row).await }).unwrap().unwrap().value;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let verified = match algorithm {
            "ES384" => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &key).unwrap();
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key.public_key()).verify(signed.as_bytes(), &signature)
            }
            _ => {
                let key = RsaKeyPair::from_pkcs8(&key).unwrap();
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key())
                    .verify(signed.as_bytes(), &signature)
            }
        };
        assert!(verified.is_ok(), "{algorithm}");
    }
}
