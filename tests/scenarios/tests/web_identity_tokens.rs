//! What a token for services outside says, and that the account signed it.
#![allow(clippy::unwrap_used)]

use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use data_encoding::BASE64URL_NOPAD;
use scenarios::Client;
use testkit::START;
use wire::Json;

/// What anybody may read under a host's name.
fn get(client: &mut Client, host: &str, path: &str) -> Option<Json> {
    let request = http::Request::get(path).header("host", host).body(Vec::new()).unwrap();
    let response = client.cloud.send(request).take().unwrap();
    let text = String::from_utf8(response.into_body()).unwrap();
    Json::parse(&text).ok().filter(|json| json.get("issuer").is_some() || json.get("keys").is_some())
}

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
        // As a relying party does: from the issuer's name to the key that the token names.
        let host = issuer.strip_prefix("https://").unwrap();
        let discovery = get(&mut client, host, "/.well-known/openid-configuration").unwrap();
        assert_eq!(discovery.get("issuer"), Some(&issuer.as_str().into()));
        assert_eq!(discovery.get("jwks_uri"), Some(&format!("{issuer}/.well-known/jwks.json").into()));
        let keys = get(&mut client, host, "/.well-known/jwks.json").unwrap();
        let mut keys = keys.get("keys").and_then(Json::as_list).unwrap().iter();
        let key = keys.find(|key| key.get("kid") == decode(header).get("kid")).unwrap();
        assert_eq!(key.get("alg"), Some(&algorithm.into()));
        let number =
            |member: &str| BASE64URL_NOPAD.decode(key.get(member).unwrap().as_str().unwrap().as_bytes()).unwrap();
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let verified = match algorithm {
            "ES384" => {
                let point = [&[4], &number("x")[..], &number("y")].concat();
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(signed.as_bytes(), &signature)
            }
            _ => {
                let key = RsaPublicKeyComponents { n: number("n"), e: number("e") };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            }
        };
        assert!(verified.is_ok(), "{algorithm}");
    }
}

#[test]
fn keys_are_published_under_the_issuers_name_alone() {
    let mut client = Client::default();
    let issuer = client.iam("EnableOutboundWebIdentityFederation", &[]).text("IssuerIdentifier").to_owned();
    let token = |client: &mut Client| {
        let parameters =
            [("Audience.member.1", "sts.amazonaws.com"), ("SigningAlgorithm", "ES384"), ("DurationSeconds", "600")];
        client.sts("GetWebIdentityToken", &parameters).text("WebIdentityToken").to_owned()
    };
    let token = token(&mut client);
    let name = issuer.strip_prefix("https://").unwrap();
    let id = name.split('.').next().unwrap();
    let local = format!("{id}.tokens.sts.localhost:4566");
    let discovery = get(&mut client, &local, "/.well-known/openid-configuration").unwrap();
    assert_eq!(discovery.get("jwks_uri"), Some(&format!("http://{local}/.well-known/jwks.json").into()));
    let keys = get(&mut client, &local, "/.well-known/jwks.json").unwrap();
    assert_eq!(keys.get("keys").and_then(Json::as_list).map(<[Json]>::len), Some(1), "no RSA key signed yet");
    assert!(keys.get("keys").and_then(Json::as_list).unwrap()[0].get("d").is_none());
    for host in ["localhost:4566".to_owned(), "x.tokens.sts.localhost".into(), format!("{id}.tokens.sts.evil.example")]
    {
        assert_eq!(get(&mut client, &host, "/.well-known/jwks.json"), None, "{host}");
    }

    // Who is on this cloud may trust them too.
    client.iam("CreateOpenIDConnectProvider", &[("Url", &issuer), ("ClientIDList.member.1", "sts.amazonaws.com")]);
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::000000000000:oidc-provider/{name}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{name}:sub":"arn:aws:iam::000000000000:root"}}}}}}}}"#
    );
    client.iam("CreateRole", &[("RoleName", "Web"), ("AssumeRolePolicyDocument", &trust)]);
    let assumed = client.sts_unsigned(
        "AssumeRoleWithWebIdentity",
        &[("RoleArn", "arn:aws:iam::000000000000:role/Web"), ("RoleSessionName", "web"), ("WebIdentityToken", &token)],
    );
    assert!(assumed.is_success(), "{}", assumed.body);
}
