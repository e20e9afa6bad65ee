//! Roles for whom a SAML provider vouches, and responses that only pretend that it does.
#![allow(clippy::unwrap_used)]

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use data_encoding::BASE64;
use scenarios::{Answer, Client};
use std::time::Duration;
use testkit::START;
use wire::{TimeFormat, Timestamp};

const ISSUER: &str = "https://idp.example.com/saml";
const PROVIDER: &str = "arn:aws:iam::000000000000:saml-provider/Corp";
const ROLE: &str = "arn:aws:iam::000000000000:role/Web";
const DENIED: &str = "AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML";
const BAD_SIGNATURE: &str = "InvalidIdentityToken: Response signature invalid";
const BAD_RESPONSE: &str = "InvalidIdentityToken: Your request included an invalid SAML response.";

/// DER: a tag, the length and the content.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..128 => out.push(length as u8),
        128..256 => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
    out
}

/// A certificate for a key. Nobody looks at its own signature.
fn certificate(key: &RsaKeyPair) -> String {
    let algorithm = |oid: &[u8]| der(0x30, &[&der(0x06, &[oid]), &[0x05, 0x00]]);
    let sha256_rsa = algorithm(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]);
    let rsa = algorithm(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
    let name = der(0x30, &[&der(0x31, &[&der(0x30, &[&der(0x06, &[&[0x55, 0x04, 0x03]]), &der(0x0c, &[b"idp"])])])]);
    let validity = der(0x30, &[&der(0x17, &[b"250101000000Z"]), &der(0x17, &[b"350101000000Z"])]);
    let public = der(0x30, &[&rsa, &der(0x03, &[&[0], key.public_key().as_ref()])]);
    let body = der(0x30, &[&der(0x02, &[&[1]]), &sha256_rsa, &name, &validity, &name, &public]);
    BASE64.encode(&der(0x30, &[&body, &sha256_rsa, &der(0x03, &[&[0, 0]])]))
}

struct World {
    client: Client,
    key: RsaKeyPair,
}

fn iso(seconds: i64) -> String {
    Timestamp::from_secs(START.secs() + seconds).format(TimeFormat::Iso8601)
}

/// What an assertion says, so that tests can change it.
struct Says {
    issuer: &'static str,
    subject: &'static str,
    audience: &'static str,
    recipient: &'static str,
    issued: i64,
    ends: i64,
    statement: String,
    attributes: Vec<(&'static str, String)>,
}

impl Default for Says {
    fn default() -> Says {
        Says {
            issuer: ISSUER,
            subject: "ann",
            audience: "https://signin.aws.amazon.com/saml",
            recipient: "https://signin.aws.amazon.com/saml",
            issued: 0,
            ends: 3_600,
            statement: String::new(),
            attributes: vec![("Role", format!("{ROLE},{PROVIDER}")), ("RoleSessionName", "ann@corp".into())],
        }
    }
}

impl Says {
    /// The assertion in canonical form, but for its signature, which `SIGNATURE` stands for.
    fn assertion(&self) -> String {
        let Says { issuer, subject, audience, recipient, statement, .. } = self;
        let (issued, ends) = (iso(self.issued), iso(self.ends));
        let attributes: String = self
            .attributes
            .iter()
            .map(|(name, value)| {
                format!(
                    r#"<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"#
                )
            })
            .collect();
        format!(
            r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="a1" IssueInstant="{issued}" Version="2.0"><saml:Issuer>{issuer}</saml:Issuer>SIGNATURE<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{subject}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{ends}" Recipient="{recipient}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{issued}" NotOnOrAfter="{ends}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>{statement}<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"#
        )
    }
}

/// A response around an assertion, with no namespace that the assertion would inherit.
fn response(assertion: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="r1" Version="2.0"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{assertion}</samlp:Response>"#
    )
}

impl World {
    fn new(condition: &str) -> World {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        // The model wants a thousand characters at least.
        let comment = "- ".repeat(500);
        let metadata = format!(
            r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ISSUER}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor><!--{comment}-->"#,
            certificate(&key)
        );
        let mut client = Client::default();
        client.iam("CreateSAMLProvider", &[("Name", "Corp"), ("SAMLMetadataDocument", &metadata)]);
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},"Action":["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"],"Condition":{condition}}}}}"#
        );
        client.iam("CreateRole", &[("RoleName", "Web"), ("AssumeRolePolicyDocument", &trust)]);
        World { client, key }
    }

    /// The signature of an element whose canonical form, without its signature, is this text.
    fn signature(&self, canonical: &str, id: &str) -> String {
        let digest = BASE64.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
        // In canonical form itself: the prefix is declared where it is used first.
        let info = format!(
            r##"<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#{id}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"##
        );
        let mut value = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), info.as_bytes(), &mut value).unwrap();
        // As providers write it: the declaration on the outer element.
        let inner = info.replacen(r#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#""#, "", 1);
        format!(
            r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{inner}<ds:SignatureValue>{}</ds:SignatureValue></ds:Signature>"#,
            BASE64.encode(&value)
        )
    }

    /// An assertion signed by itself.
    fn signed(&self, says: &Says) -> String {
        let text = says.assertion();
        let signature = self.signature(&text.replace("SIGNATURE", ""), "a1");
        text.replace("SIGNATURE", &signature)
    }

    fn assume(&mut self, response: &str) -> Answer {
        self.assume_with(response, &[])
    }

    fn assume_with(&mut self, response: &str, more: &[(&str, &str)]) -> Answer {
        let encoded = BASE64.encode(response.as_bytes());
        let mut parameters = vec![("RoleArn", ROLE), ("PrincipalArn", PROVIDER), ("SAMLAssertion", encoded.as_str())];
        parameters.extend(more);
        self.client.sts_unsigned("AssumeRoleWithSAML", &parameters)
    }

    fn refusal(&mut self, says: Says) -> String {
        let response = response(&self.signed(&says));
        self.assume(&response).refusal()
    }
}

#[test]
fn a_signed_assertion_is_enough() {
    let mut world = World::new(
        r#"{"StringEquals":{"saml:aud":"https://signin.aws.amazon.com/saml","saml:sub":"ann","saml:sub_type":"persistent","saml:doc":"000000000000/Corp","saml:iss":"https://idp.example.com/saml"}}"#,
    );
    let good = response(&world.signed(&Says::default()));
    let answer = world.assume(&good);
    assert!(answer.is_success(), "{}", answer.body);
    assert_eq!(answer.text("Arn"), "arn:aws:sts::000000000000:assumed-role/Web/ann@corp");
    assert_eq!(answer.text("Subject"), "ann");
    assert_eq!(answer.text("SubjectType"), "persistent");
    assert_eq!(answer.text("Issuer"), ISSUER);
    assert_eq!(answer.text("Audience"), "https://signin.aws.amazon.com/saml");
    assert_eq!(answer.text("NameQualifier").len(), 28);
    // Written in another way, it says and is the same.
    let pretty =
        good.replace("></saml:SubjectConfirmationData>", "/>").replace("<saml:Subject>", "<saml:Subject ><!-- c -->");
    assert!(world.assume(&pretty).is_success());
    assert_eq!(world.refusal(Says { subject: "bob", ..Says::default() }), DENIED);
}

#[test]
fn the_response_may_be_signed_instead() {
    let mut world = World::new("{}");
    let assertion = Says::default().assertion().replace("SIGNATURE", "");
    assert_eq!(world.assume(&response(&assertion)).refusal(), BAD_SIGNATURE);
    let canonical = response(&assertion).split_once('\n').unwrap().1.replace(
        r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#,
        r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode>"#,
    );
    let signature = world.signature(&canonical, "r1");
    let whole = canonical.replace("<samlp:Status>", &format!("{signature}<samlp:Status>"));
    assert!(world.assume(&whole).is_success());
    assert_eq!(world.assume(&whole.replace(">ann<", ">bob<")).refusal(), BAD_SIGNATURE);
}

#[test]
fn what_was_not_signed_does_not_count() {
    let mut world = World::new("{}");
    let signed = world.signed(&Says::default());
    let good = response(&signed);
    let evil = Says { subject: "admin", ..Says::default() }.assertion();
    let bare_evil = evil.replace("SIGNATURE", "").replace("\"a1\"", "\"a2\"");
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &signed[start..end];
    let unsigned = signed.replace(signature, "");
    // The signature moved to an assertion that says something else, and the one that it is of put where it is not looked for.
    let wrapped = |inner: &str| evil.replace("SIGNATURE", inner).replace("\"a1\"", "\"a2\"");
    let object = signature.replace("</ds:Signature>", &format!("<ds:Object>{unsigned}</ds:Object></ds:Signature>"));
    for (name, forged) in [
        ("altered", good.replace(">ann<", ">admin<")),
        ("signature of another", response(&wrapped(signature))),
        ("the same id twice", response(&evil.replace("SIGNATURE", signature))),
        ("evil before", response(&format!("{bare_evil}{signed}"))),
        ("evil after", response(&format!("{signed}{bare_evil}"))),
        ("signed one inside of the evil one", response(&wrapped(&signed))),
        ("signed one inside of the signature", response(&wrapped(&object))),
        ("signed one in an extension", {
            let extension = format!("<samlp:Extensions>{signed}</samlp:Extensions>");
            response(&bare_evil).replace("<samlp:Status>", &format!("{extension}<samlp:Status>"))
        }),
        ("no signature", response(&unsigned)),
        (
            "an empty one",
            response(&evil.replace("SIGNATURE", r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>"#)),
        ),
        ("two", response(&signed.replace(signature, &format!("{signature}{signature}")))),
        ("a document type", good.replacen("?>", "?><!DOCTYPE x [<!ENTITY e \"admin\">]>", 1)),
        ("no XML", "hello".to_owned()),
    ] {
        let refusal = world.assume(&forged).refusal();
        assert!([BAD_SIGNATURE, BAD_RESPONSE].contains(&refusal.as_str()), "{name}: {refusal}");
    }
    // A comment splits no name: all of it counts.
    let split =
        world.signed(&Says { subject: "admin@corp", ..Says::default() }).replace("admin@corp", "admin<!-- -->@corp");
    assert_eq!(world.assume(&response(&split)).text("Subject"), "admin@corp");
    // Another provider's key, whose certificate comes along.
    let stranger = World { client: Client::default(), key: RsaKeyPair::generate(KeySize::Rsa2048).unwrap() };
    let foreign = stranger.signed(&Says::default());
    let info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        certificate(&stranger.key)
    );
    assert_eq!(world.assume(&response(&foreign.replace("</ds:Signature>", &info))).refusal(), BAD_SIGNATURE);
    assert!(world.assume(&good).is_success());
}

#[test]
fn assertions_are_for_aws_for_this_role_and_for_now() {
    let mut world = World::new("{}");
    assert_eq!(
        world.refusal(Says { issuer: "https://other.example.com", ..Says::default() }),
        "InvalidIdentityToken: Issuer not present in specified provider"
    );
    assert_eq!(
        world.refusal(Says { audience: "https://other.example.com", ..Says::default() }),
        "InvalidIdentityToken: Audience of the SAML response is not AWS"
    );
    for recipient in ["https://evil.example.com/saml", "https://evilsignin.aws.amazon.com/saml"] {
        assert_eq!(world.refusal(Says { recipient, ..Says::default() }), BAD_RESPONSE, "{recipient}");
    }
    let role = |value: String| Says {
        attributes: vec![("Role", value), ("RoleSessionName", "ann".into())],
        ..Says::default()
    };
    assert_eq!(world.refusal(role(format!("{ROLE}x,{PROVIDER}"))), DENIED);
    assert_eq!(world.refusal(role(ROLE.into())), DENIED);
    let swapped = response(&world.signed(&role(format!("{PROVIDER} , {ROLE}"))));
    assert!(world.assume(&swapped).is_success());
    let named = |name: Option<&str>| {
        let mut attributes = vec![("Role", format!("{ROLE},{PROVIDER}"))];
        attributes.extend(name.map(|name| ("RoleSessionName", name.to_owned())));
        Says { attributes, ..Says::default() }
    };
    assert_eq!(world.refusal(named(None)), "InvalidIdentityToken: RoleSessionName is required in AuthnResponse");
    assert_eq!(
        world.refusal(named(Some("a b"))),
        "InvalidIdentityToken: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
    );
    let other = [
        ("RoleArn", ROLE),
        ("PrincipalArn", "arn:aws:iam::000000000000:saml-provider/Other"),
        ("SAMLAssertion", "eHh4"),
    ];
    assert_eq!(
        world.client.sts_unsigned("AssumeRoleWithSAML", &other).refusal(),
        "InvalidIdentityToken: Specified provider doesn't exist"
    );

    let failed = response(&world.signed(&Says::default())).replace("status:Success", "status:Responder");
    assert_eq!(
        world.assume(&failed).refusal(),
        "IDPRejectedClaim: The identity provider answered urn:oasis:names:tc:SAML:2.0:status:Responder"
    );
    assert_eq!(
        world.refusal(Says { issued: 301, ..Says::default() }),
        "InvalidIdentityToken: The SAML response is not valid yet"
    );
    assert_eq!(
        world.refusal(Says { ends: 0, ..Says::default() }),
        "ExpiredTokenException: The SAML response has expired"
    );
    let good = response(&world.signed(&Says::default()));
    world.client.cloud.advance(Duration::from_secs(299));
    assert!(world.assume(&good).is_success());
    world.client.cloud.advance(Duration::from_secs(1));
    assert_eq!(
        world.assume(&good).refusal(),
        "ExpiredTokenException: Token must be redeemed within 5 minutes of issuance"
    );
}

#[test]
fn attributes_bring_tags_durations_and_a_source_identity() {
    let mut world = World::new(r#"{"StringEquals":{"aws:RequestTag/team":"red","sts:SourceIdentity":"ann"}}"#);
    let with = |tag: &str, more: &[(&'static str, &str)]| {
        let mut says = Says::default();
        says.attributes.extend([("PrincipalTag:team", tag.to_owned()), ("SourceIdentity", "ann".to_owned())]);
        says.attributes.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        says
    };
    let red = response(&world.signed(&with("red", &[("TransitiveTagKeys", "team"), ("SessionDuration", "1800")])));
    let answer = world.assume(&red);
    assert!(answer.is_success(), "{}", answer.body);
    assert_eq!(answer.text("SourceIdentity"), "ann");
    assert_eq!(answer.text("Expiration"), iso(1_800));
    assert_eq!(world.assume_with(&red, &[("DurationSeconds", "900")]).text("Expiration"), iso(900));
    assert_eq!(
        world.assume_with(&red, &[("DurationSeconds", "3601")]).refusal(),
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    assert_eq!(world.refusal(with("blue", &[])), DENIED);
    // The provider's session ends before the duration does.
    let mut short = with("red", &[]);
    short.statement = format!(r#"<saml:AuthnStatement SessionNotOnOrAfter="{}"></saml:AuthnStatement>"#, iso(600));
    let short = response(&world.signed(&short));
    assert_eq!(world.assume(&short).text("Expiration"), iso(600));
}
