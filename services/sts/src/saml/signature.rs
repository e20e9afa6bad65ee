//! XML signatures over an element, by the element's own child (XML Signature; SAML core, 5.4).

use super::{
    canonical::canonical,
    xml::{Id, Tree},
};
use aws_lc_rs::{
    digest::{Algorithm, SHA256, SHA384, SHA512, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use data_encoding::BASE64;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// What an element's signature says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    No,
    Yes,
    /// There is a signature, and it is wrong, or not of a kind that is taken.
    Wrong,
}

/// Whether the element is signed with one of these public keys (as they stand in certificates). The signature must be the
/// element's own child and refer to that element and to nothing else, so what it covers is what is read afterwards.
pub fn signed(tree: &Tree, element: Id, keys: &[Vec<u8>]) -> Signed {
    if tree.children(element, DS, "Signature").next().is_none() {
        return Signed::No;
    }
    match verify(tree, element, keys) {
        Some(true) => Signed::Yes,
        _ => Signed::Wrong,
    }
}

fn verify(tree: &Tree, element: Id, keys: &[Vec<u8>]) -> Option<bool> {
    let signature = tree.child(element, DS, "Signature")?;
    let info = tree.child(signature, DS, "SignedInfo")?;
    let reference = tree.child(info, DS, "Reference")?;
    let id = tree.attribute(element, "ID").filter(|id| !id.is_empty())?;
    if tree.attribute(reference, "URI")? != format!("#{id}") || !is_unique(tree, id) {
        return Some(false);
    }

    // First enveloped-signature, then exclusive canonicalisation.
    let transforms: Vec<Id> = tree.children(tree.child(reference, DS, "Transforms")?, DS, "Transform").collect();
    let [enveloped, canonicalised] = transforms[..] else { return None };
    if tree.attribute(enveloped, "Algorithm")? != ENVELOPED {
        return None;
    }
    let text = canonical(tree, element, Some(signature), &exclusive(tree, canonicalised)?);
    let method = tree.attribute(tree.child(reference, DS, "DigestMethod")?, "Algorithm")?;
    let expected = base64(tree, tree.child(reference, DS, "DigestValue")?)?;
    if digest(hash(method)?, text.as_bytes()).as_ref() != expected {
        return Some(false);
    }

    let prefixes = exclusive(tree, tree.child(info, DS, "CanonicalizationMethod")?)?;
    let text = canonical(tree, info, None, &prefixes);
    let method = tree.attribute(tree.child(info, DS, "SignatureMethod")?, "Algorithm")?;
    let value = base64(tree, tree.child(signature, DS, "SignatureValue")?)?;
    let algorithm = algorithm(method)?;
    Some(keys.iter().any(|key| UnparsedPublicKey::new(algorithm, key).verify(text.as_bytes(), &value).is_ok()))
}

/// No two elements may have the same id, whatever they call the attribute.
fn is_unique(tree: &Tree, id: &str) -> bool {
    let attributes = tree.elements.iter().flat_map(|element| &element.attributes);
    attributes.filter(|a| a.name.eq_ignore_ascii_case("id") && a.value == id).count() == 1
}

/// The prefixes that an exclusive canonicalisation treats inclusively.
fn exclusive(tree: &Tree, method: Id) -> Option<Vec<&str>> {
    if tree.attribute(method, "Algorithm")? != EXCLUSIVE {
        return None;
    }
    let list = tree.child(method, EXCLUSIVE, "InclusiveNamespaces").and_then(|list| tree.attribute(list, "PrefixList"));
    Some(list.unwrap_or_default().split_whitespace().collect())
}

fn base64(tree: &Tree, id: Id) -> Option<Vec<u8>> {
    let text: String = tree.text(id)?.split_whitespace().collect();
    BASE64.decode(text.as_bytes()).ok()
}

/// SHA-1 is not taken: that AWS still takes it was not found.
fn hash(method: &str) -> Option<&'static Algorithm> {
    Some(match method {
        "http://www.w3.org/2001/04/xmlenc#sha256" => &SHA256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => &SHA384,
        "http://www.w3.org/2001/04/xmlenc#sha512" => &SHA512,
        _ => return None,
    })
}

fn algorithm(method: &str) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match method.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#")? {
        "rsa-sha256" => &RSA_PKCS1_2048_8192_SHA256,
        "rsa-sha384" => &RSA_PKCS1_2048_8192_SHA384,
        "rsa-sha512" => &RSA_PKCS1_2048_8192_SHA512,
        "ecdsa-sha256" => &ECDSA_P256_SHA256_FIXED,
        "ecdsa-sha384" => &ECDSA_P384_SHA384_FIXED,
        _ => return None,
    })
}
