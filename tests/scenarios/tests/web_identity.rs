//! Roles for whom an OpenID Connect provider vouches, and tokens that only pretend that it does.
#![allow(clippy::unwrap_used)]

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use scenarios::{Answer, Client};
use std::time::Duration;
use testkit::START;
use wire::Json;

const ISSUER: &str = "https://id.example.com/realm";
const ROLE: &str = "arn:aws:iam::000000000000:role/Web";

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// A provider that publishes an RSA key and an elliptic curve's, and the role that trusts it.
struct World {
    client: Client,
    rsa: RsaKeyPair,
    curve: EcdsaKeyPair,
    jwks: String,
}

fn modulus(key: &RsaKeyPair) -> (Vec<u8>, Vec<u8>) {
    let key = key.public_key();
    (
        key.modulus().big_endian_without_leading_zero().to_vec(),
        key.exponent().big_endian_without_leading_zero().to_vec(),
    )
}

impl World {
    fn new(condition: &str) -> World {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (n, e) = modulus(&rsa);
        let point = curve.public_key().as_ref();
        let jwks = format!(
            r#"{{"keys":[{{"kty":"RSA","kid":"r","use":"sig","n":"{}","e":"{}"}},{{"kty":"EC","kid":"c","crv":"P-256","x":"{}","y":"{}"}}]}}"#,
            encode(&n),
            encode(&e),
            encode(&point[1..33]),
            encode(&point[33..])
        );
        let mut client = Client::default();
        client.iam(
            "CreateOpenIDConnectProvider",
            &[
                ("Url", ISSUER),
                ("ClientIDList.member.1", "app"),
                ("ThumbprintList.member.1", "0123456789012345678901234567890123456789"),
            ],
        );
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::000000000000:oidc-provider/id.example.com/realm"}},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"],"Condition":{condition}}}}}"#
        );
        client.iam("CreateRole", &[("RoleName", "Web"), ("AssumeRolePolicyDocument", &trust)]);
        let discovery = format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"https://id.example.com/keys"}}"#);
        client.cloud.serve(&format!("{ISSUER}/.well-known/openid-configuration"), discovery);
        client.cloud.serve("https://id.example.com/keys", jwks.clone());
        World { client, rsa, curve, jwks }
    }

    fn claims(&self, change: &[(&str, Json)]) -> String {
        let mut claims: Vec<(String, Json)> = vec![
            ("iss".into(), ISSUER.into()),
            ("sub".into(), "user-1".into()),
            ("aud".into(), "app".into()),
            ("iat".into(), START.secs().into()),
            ("exp".into(), (START.secs() + 600).into()),
        ];
        for (name, value) in change {
            claims.retain(|(known, _)| known != name);
            if *value != Json::Null {
                claims.push(((*name).into(), value.clone()));
            }
        }
        Json::Object(claims).to_string()
    }

    fn signed(&self, header: &str, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let text = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        format!("{text}.{}", encode(&sign(text.as_bytes())))
    }

    fn by_rsa(&self, header: &str, claims: &str) -> String {
        self.signed(header, claims, |text| {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
            signature
        })
    }

    /// A true token, with these claims changed or (null) left out.
    fn token(&self, change: &[(&str, Json)]) -> String {
        self.by_rsa(r#"{"alg":"RS256","kid":"r"}"#, &self.claims(change))
    }

    fn assume(&mut self, token: &str) -> Answer {
        self.client.sts_unsigned(
            "AssumeRoleWithWebIdentity",
            &[("RoleArn", ROLE), ("RoleSessionName", "web"), ("WebIdentityToken", token)],
        )
    }
}

#[test]
fn a_token_of_a_trusted_provider_is_enough() {
    let mut world = World::new(
        r#"{"StringEquals":{"id.example.com/realm:aud":"app","id.example.com/realm:sub":"user-1"},"ForAnyValue:StringEquals":{"id.example.com/realm:amr":"mfa"}}"#,
    );
    let token = world.token(&[("amr", Json::List(vec!["pwd".into(), "mfa".into()]))]);
    let answer = world.assume(&token);
    assert!(answer.is_success(), "{}", answer.body);
    assert_eq!(answer.text("SubjectFromWebIdentityToken"), "user-1");
    assert_eq!(answer.text("Audience"), "app");
    assert_eq!(answer.text("Provider"), "arn:aws:iam::000000000000:oidc-provider/id.example.com/realm");
    assert_eq!(answer.text("Arn"), "arn:aws:sts::000000000000:assumed-role/Web/web");
    // Another user, and one without the second factor.
    for change in [("sub", Json::from("user-2")), ("amr", "pwd".into())] {
        let token = world.token(&[change]);
        assert_eq!(
            world.assume(&token).refusal(),
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
        );
    }
}

#[test]
fn elliptic_curves_sign_too() {
    let mut world = World::new("{}");
    let claims = world.claims(&[]);
    let token = world.signed(r#"{"alg":"ES256","kid":"c"}"#, &claims, |text| {
        world.curve.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec()
    });
    assert!(world.assume(&token).is_success());
    // Without naming its key.
    let token = world.by_rsa(r#"{"alg":"RS256"}"#, &claims);
    assert!(world.assume(&token).is_success());
}

/// Whoever signs the request lends nothing of its own to whom the token is about.
#[test]
fn the_signer_of_the_request_does_not_matter() {
    let mut world = World::new(r#"{"StringEquals":{"aws:PrincipalAccount":"000000000000"}}"#);
    let token = world.token(&[]);
    let parameters = [("RoleArn", ROLE), ("RoleSessionName", "web"), ("WebIdentityToken", token.as_str())];
    assert_eq!(
        world.client.sts("AssumeRoleWithWebIdentity", &parameters).refusal(),
        "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
}

#[test]
fn what_the_provider_did_not_sign_is_refused() {
    let mut world = World::new("{}");
    let claims = world.claims(&[]);
    let (n, _) = modulus(&world.rsa);
    let stranger = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let mac = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec();
    let pss = |text: &[u8]| {
        let mut signature = vec![0; world.rsa.public_modulus_len()];
        world.rsa.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    };
    let foreign = |text: &[u8]| {
        let mut signature = vec![0; stranger.public_modulus_len()];
        stranger.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    };
    let genuine = world.token(&[]);
    let (head, tail) = genuine.split_once('.').unwrap();
    let signature = tail.rsplit_once('.').unwrap().1;
    let altered = format!("{head}.{}.{signature}", encode(world.claims(&[("sub", "root".into())]).as_bytes()));
    let forged = [
        altered,
        world.signed(r#"{"alg":"none"}"#, &claims, |_| Vec::new()),
        world.signed(r#"{"alg":"None","kid":"r"}"#, &claims, |_| vec![0]),
        // The public key as if it were a shared secret, in the forms that libraries have taken it.
        world.signed(r#"{"alg":"HS256","kid":"r"}"#, &claims, |text| mac(&n, text)),
        world.signed(r#"{"alg":"HS256","kid":"r"}"#, &claims, |text| mac(world.jwks.as_bytes(), text)),
        // Keys and algorithms of other kinds.
        world.signed(r#"{"alg":"RS256","kid":"r"}"#, &claims, pss),
        world.by_rsa(r#"{"alg":"ES256","kid":"r"}"#, &claims),
        world.by_rsa(r#"{"alg":"RS512","kid":"r"}"#, &claims),
        world.by_rsa(r#"{"alg":"RS256","kid":"c"}"#, &claims),
        world.by_rsa(r#"{"alg":"RS256","kid":"r","crit":["b64"],"b64":false}"#, &claims),
        // A key that the token brings along.
        world.signed(&format!(r#"{{"alg":"RS256","kid":"r","jwk":{}}}"#, jwk(&stranger)), &claims, foreign),
    ];
    for token in forged {
        assert_eq!(
            world.assume(&token).refusal(),
            "InvalidIdentityToken: Provided token's signature cannot be verified with the keys of its identity provider",
            "{token}"
        );
    }
    assert!(world.assume(&genuine).is_success());
}

fn jwk(key: &RsaKeyPair) -> String {
    let (n, e) = modulus(key);
    format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, encode(&n), encode(&e))
}

#[test]
fn claims_must_be_for_this_account_and_for_now() {
    let mut world = World::new("{}");
    let refuse = |world: &mut World, change: &[(&str, Json)]| {
        let token = world.token(change);
        world.assume(&token).refusal()
    };
    let no_provider = "InvalidIdentityToken: No OpenIDConnect provider found in your account for";
    assert_eq!(
        refuse(&mut world, &[("iss", "https://evil.example.com".into())]),
        format!("{no_provider} https://evil.example.com")
    );
    assert_eq!(
        refuse(&mut world, &[("iss", "id.example.com/realm".into())]),
        format!("{no_provider} id.example.com/realm")
    );
    assert_eq!(
        refuse(&mut world, &[("iss", "http://id.example.com/realm".into())]),
        format!("{no_provider} http://id.example.com/realm")
    );
    let audience = "InvalidIdentityToken: Incorrect token audience";
    assert_eq!(refuse(&mut world, &[("aud", "other".into())]), audience);
    // The application that asked counts, where it is told.
    assert_eq!(refuse(&mut world, &[("azp", "other".into())]), audience);
    for claim in ["exp", "iat", "sub"] {
        assert_eq!(
            refuse(&mut world, &[(claim, Json::Null)]),
            format!("InvalidIdentityToken: Missing a required claim: {claim}")
        );
    }
    // Also at the ends of time.
    for (claim, at) in [("nbf", START.secs() + 301), ("nbf", i64::MAX)] {
        assert_eq!(
            refuse(&mut world, &[(claim, at.into())]),
            "InvalidIdentityToken: The ID Token provided is not valid yet",
            "{claim} {at}"
        );
    }
    let past = START.secs() - 1;
    for (issued, expires) in [(past, i64::MIN), (i64::MIN, past), (i64::MIN, i64::MIN), (i64::MAX, past)] {
        let refusal = refuse(&mut world, &[("iat", issued.into()), ("exp", expires.into())]);
        assert!(refusal.starts_with("ExpiredTokenException: Token expired"), "{issued} to {expires}: {refusal}");
    }
    assert_eq!(
        world.assume("not.a.token").refusal(),
        "InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    );
    // Ten minutes later, by the virtual clock.
    let token = world.token(&[]);
    world.client.cloud.advance(Duration::from_secs(600));
    let now = START.secs() + 600;
    assert_eq!(
        world.assume(&token).refusal(),
        format!(
            "ExpiredTokenException: Token expired: current date/time {now} must be before the expiration date/time{now}"
        )
    );
    // The provider's clock did not move: what it signs now is new here.
    let wall = world.client.cloud.kernel().clock().wall().secs();
    let token = world.token(&[("iat", wall.into()), ("exp", (wall + 60).into())]);
    assert!(world.assume(&token).is_success());
}

#[test]
fn keys_come_from_the_issuer_alone() {
    let mut world = World::new("{}");
    let token = world.token(&[]);
    let url = format!("{ISSUER}/.well-known/openid-configuration");
    // A discovery document of somebody else, and keys that are not fetched securely.
    for discovery in [
        r#"{"issuer":"https://evil.example.com","jwks_uri":"https://id.example.com/keys"}"#.to_owned(),
        format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"http://id.example.com/keys"}}"#),
        format!(r#"{{"issuer":"{ISSUER}"}}"#),
        "<html>".to_owned(),
    ] {
        world.client.cloud.serve(&url, discovery);
        assert_eq!(
            world.assume(&token).refusal(),
            "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference \
             AssumeRoleWithWebIdentity documentation for requirements"
        );
    }
    let missing = format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"https://id.example.com/gone"}}"#);
    world.client.cloud.serve(&url, missing);
    assert!(world.assume(&token).refusal().starts_with("IDPCommunicationError: Couldn't retrieve verification key"));
}

/// A deviation from AWS, for identity providers that are being developed.
#[test]
fn a_provider_on_this_machine_needs_no_tls() {
    let mut world = World::new("{}");
    let issuer = "http://localhost:8080/realms/test";
    world.client.iam("CreateOpenIDConnectProvider", &[("Url", issuer), ("ClientIDList.member.1", "app")]);
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/localhost:8080/realms/test"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"localhost:8080/realms/test:sub":"user-1"}}}}"#;
    world.client.iam("UpdateAssumeRolePolicy", &[("RoleName", "Web"), ("PolicyDocument", trust)]);
    let discovery = format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/keys"}}"#);
    world.client.cloud.serve(&format!("{issuer}/.well-known/openid-configuration"), discovery);
    world.client.cloud.serve(&format!("{issuer}/keys"), world.jwks.clone());
    let token = world.token(&[("iss", issuer.into())]);
    assert!(world.assume(&token).is_success());
    // The same name under another scheme is another issuer.
    let token = world.token(&[("iss", "https://localhost:8080/realms/test".into())]);
    assert!(!world.assume(&token).is_success());
}

#[test]
fn tags_and_a_source_identity_come_with_the_token() {
    let mut world = World::new(
        r#"{"StringEquals":{"aws:RequestTag/team":"red","sts:SourceIdentity":"ann"},"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["team"]}}"#,
    );
    let nested = Json::parse(r#"{"principal_tags":{"team":["red"]},"transitive_tag_keys":["team"]}"#).unwrap();
    let source = ("https://aws.amazon.com/source_identity", Json::from("ann"));
    let token = world.token(&[("https://aws.amazon.com/tags", nested), source.clone()]);
    let answer = world.assume(&token);
    assert!(answer.is_success(), "{}", answer.body);
    assert_eq!(answer.text("SourceIdentity"), "ann");
    let flat = world.token(&[("https://aws.amazon.com/tags/principal_tags/team", "red".into()), source.clone()]);
    assert!(world.assume(&flat).is_success());
    let blue = world.token(&[("https://aws.amazon.com/tags/principal_tags/team", "blue".into()), source]);
    assert_eq!(world.assume(&blue).refusal(), "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity");
    // Providers can say what no caller may.
    let long = world.token(&[("https://aws.amazon.com/tags/principal_tags/team", "x".repeat(257).into())]);
    assert!(world.assume(&long).refusal().starts_with("InvalidParameterValue: "));
}
