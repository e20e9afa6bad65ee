//! The assertion in a SAML response, once it is known whom it is from. Sentences are those of the IAM user guide,
//! "Troubleshoot SAML federation", where it has one.

use super::{
    metadata::Metadata,
    signature::{Signed, signed},
    xml::{Id, Tree},
};
use data_encoding::BASE64;
use kernel::Result;
use sts_api::fault;
use wire::{Fault, Timestamp};

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// What an assertion for AWS is for; the second is what it was called first.
const AUDIENCES: [&str; 2] = ["https://signin.aws.amazon.com/saml", "urn:amazon:webservices"];

/// What of a signed assertion counts.
#[derive(Debug)]
pub struct Assertion {
    pub issuer: String,
    pub subject: String,
    /// The format of the subject's name.
    pub subject_type: String,
    pub recipient: String,
    pub issued: Timestamp,
    /// The earliest of all ends that it has.
    pub ends: Option<Timestamp>,
    pub begins: Option<Timestamp>,
    /// `SessionNotOnOrAfter`
    pub session_ends: Option<Timestamp>,
    /// Names and values, in the order of the document.
    pub attributes: Vec<(String, Vec<String>)>,
}

pub fn invalid(message: impl Into<String>) -> Fault {
    fault::invalid_identity_token_exception(message)
}

fn malformed() -> Fault {
    invalid("Your request included an invalid SAML response.")
}

impl Assertion {
    /// From a response in base64, signed by whom the metadata names. All that is read is below the element whose signature
    /// was verified, and found from the document's root step by step, so that nothing can be slipped in beside it; but for the
    /// response's status, which can only refuse.
    pub fn read(response: &str, metadata: &Metadata) -> Result<Assertion> {
        let base64: String = response.split_whitespace().collect();
        let bytes = BASE64.decode(base64.as_bytes()).map_err(|_| malformed())?;
        let tree = str::from_utf8(&bytes).ok().and_then(Tree::parse).ok_or_else(malformed)?;
        if !tree.is(0, SAMLP, "Response") {
            return Err(malformed());
        }
        if tree.children(0, SAML, "EncryptedAssertion").next().is_some() {
            return Err(invalid("Encrypted assertions are not supported by this cloud."));
        }
        // One assertion in the whole document, and that where it belongs.
        let assertion = tree.child(0, SAML, "Assertion").ok_or_else(malformed)?;
        if tree.elements.iter().filter(|element| element.name == "Assertion").count() != 1 {
            return Err(malformed());
        }
        let signatures = [signed(&tree, 0, &metadata.keys), signed(&tree, assertion, &metadata.keys)];
        if signatures.contains(&Signed::Wrong) || !signatures.contains(&Signed::Yes) {
            return Err(invalid("Response signature invalid"));
        }
        let reader = Reader { tree: &tree, assertion };
        reader.check_status()?;
        reader.read(metadata).ok_or_else(malformed)?
    }

    /// The values of an attribute.
    pub fn values(&self, name: &str) -> &[String] {
        self.attributes.iter().find(|(known, _)| known == name).map_or(&[], |(_, values)| values)
    }
}

struct Reader<'a> {
    tree: &'a Tree,
    assertion: Id,
}

impl Reader<'_> {
    fn check_status(&self) -> Result<()> {
        let status = self.tree.child(0, SAMLP, "Status").and_then(|id| self.tree.child(id, SAMLP, "StatusCode"));
        match status.and_then(|code| self.tree.attribute(code, "Value")) {
            Some(SUCCESS) => Ok(()),
            // "The identity provider (IdP) reported that authentication failed." The sentence is a guess.
            Some(status) => {
                Err(fault::idp_rejected_claim_exception(format!("The identity provider answered {status}")))
            }
            None => Err(malformed()),
        }
    }

    fn time(&self, id: Id, name: &str) -> Option<Option<Timestamp>> {
        match self.tree.attribute(id, name) {
            Some(text) => Timestamp::parse(text).map(Some),
            None => Some(None),
        }
    }

    /// `None` where something that must be there is not.
    fn read(&self, metadata: &Metadata) -> Option<Result<Assertion>> {
        let Reader { tree, assertion } = *self;
        let issuer = tree.text(tree.child(assertion, SAML, "Issuer")?)?.trim().to_owned();
        if issuer != metadata.issuer {
            return Some(Err(invalid("Issuer not present in specified provider")));
        }
        let subject = tree.child(assertion, SAML, "Subject")?;
        let name = tree.child(subject, SAML, "NameID")?;
        // Of several ways to confirm the subject, that of a bearer counts.
        let mut confirmations = tree.children(subject, SAML, "SubjectConfirmation");
        let bearer = confirmations.find(|id| tree.attribute(*id, "Method") == Some(BEARER))?;
        let confirmation = tree.child(bearer, SAML, "SubjectConfirmationData")?;
        let recipient = tree.attribute(confirmation, "Recipient")?.to_owned();
        if !is_sign_in(&recipient) {
            return Some(Err(malformed()));
        }
        let conditions = tree.child(assertion, SAML, "Conditions")?;
        // Every restriction must be met; AWS being one of the audiences meets it.
        let mut restrictions = tree.children(conditions, SAML, "AudienceRestriction").peekable();
        restrictions.peek()?;
        let for_aws = restrictions.all(|restriction| {
            let mut audiences = tree.children(restriction, SAML, "Audience");
            audiences.any(|id| tree.text(id).is_some_and(|audience| AUDIENCES.contains(&audience.trim())))
        });
        if !for_aws {
            // That the audience must be AWS is documented, the sentence is a guess.
            return Some(Err(invalid("Audience of the SAML response is not AWS")));
        }
        let ends = [self.time(confirmation, "NotOnOrAfter")?, self.time(conditions, "NotOnOrAfter")?];
        let begins = [self.time(confirmation, "NotBefore")?, self.time(conditions, "NotBefore")?];
        let statements = tree.children(assertion, SAML, "AuthnStatement");
        let session_ends = statements.map(|id| self.time(id, "SessionNotOnOrAfter")).collect::<Option<Vec<_>>>()?;
        let format = tree.attribute(name, "Format").unwrap_or_default();
        Some(Ok(Assertion {
            issuer,
            subject: tree.text(name)?.trim().to_owned(),
            subject_type: format.to_owned(),
            recipient,
            issued: self.time(assertion, "IssueInstant")??,
            ends: ends.into_iter().flatten().min(),
            begins: begins.into_iter().flatten().max(),
            session_ends: session_ends.into_iter().flatten().min(),
            attributes: self.attributes()?,
        }))
    }

    fn attributes(&self) -> Option<Vec<(String, Vec<String>)>> {
        let tree = self.tree;
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for statement in tree.children(self.assertion, SAML, "AttributeStatement") {
            for attribute in tree.children(statement, SAML, "Attribute") {
                let name = tree.attribute(attribute, "Name")?;
                let values = tree.children(attribute, SAML, "AttributeValue");
                let values = values.filter_map(|id| tree.text(id)).map(|text| text.trim().to_owned());
                match found.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => known.extend(values),
                    None => found.push((name.to_owned(), values.collect())),
                }
            }
        }
        Some(found)
    }
}

/// The sign-in endpoints: the global one, and those of regions.
fn is_sign_in(recipient: &str) -> bool {
    let host = recipient.strip_prefix("https://").and_then(|rest| rest.strip_suffix("/saml"));
    host.is_some_and(|host| {
        let host = host.strip_suffix(".cn").unwrap_or(host);
        ["signin.aws.amazon.com", "signin.amazonaws.com", "signin.amazonaws-us-gov.com"]
            .iter()
            .any(|known| host == *known || host.strip_suffix(known).is_some_and(|region| region.ends_with('.')))
    })
}
