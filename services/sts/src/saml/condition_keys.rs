//! The condition keys that an assertion fills (IAM user guide, "Available keys for SAML-based AWS STS federation" and
//! "Mapping SAML attributes to AWS trust policy context keys").

use super::assertion::Assertion;

const FORMATS: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";

/// Keys of attributes, by the attribute's name.
const MAPPED: [(&str, &str); 25] = [
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "eduPersonAffiliation"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.2", "eduPersonNickname"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "eduPersonOrgDN"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.4", "eduPersonOrgUnitDN"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.5", "eduPersonPrimaryAffiliation"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.7", "eduPersonEntitlement"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.8", "eduPersonPrimaryOrgUnitDN"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "eduPersonScopedAffiliation"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "eduPersonTargetedID"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "eduPersonAssurance"),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.2", "eduOrgHomePageURI"),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.3", "eduOrgIdentityAuthNPolicyURI"),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.4", "eduOrgLegalName"),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.5", "eduOrgSuperiorURI"),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.6", "eduOrgWhitePagesURI"),
    ("urn:oid:2.5.4.3", "cn"),
    ("urn:oid:2.5.4.45", "x500UniqueIdentifier"),
    ("urn:oid:0.9.2342.19200300.100.1.1", "uid"),
    ("urn:oid:0.9.2342.19200300.100.1.45", "organizationStatus"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "name"),
    ("http://schemas.xmlsoap.org/claims/CommonName", "commonName"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "givenName"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "surname"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "mail"),
];
const GROUP: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid";

/// `persistent` and `transient` have short names.
pub fn subject_type(assertion: &Assertion) -> &str {
    let format = assertion.subject_type.as_str();
    match format.strip_prefix(FORMATS) {
        Some(short @ ("persistent" | "transient")) => short,
        _ => format,
    }
}

/// Keys and their values.
pub fn of(assertion: &Assertion, doc: &str, qualifier: &str) -> Vec<(String, Vec<String>)> {
    let mut keys = Vec::new();
    let mut one = |key: &str, value: &str| {
        if !value.is_empty() {
            keys.push((format!("saml:{key}"), vec![value.to_owned()]));
        }
    };
    one("aud", &assertion.recipient);
    one("iss", &assertion.issuer);
    one("sub", &assertion.subject);
    one("sub_type", subject_type(assertion));
    one("doc", doc);
    one("namequalifier", qualifier);
    for (name, key) in MAPPED.into_iter().chain([(GROUP, "primaryGroupSID")]) {
        let values = assertion.values(name);
        if !values.is_empty() {
            keys.push((format!("saml:{key}"), values.to_vec()));
        }
    }
    keys
}
