//! What a provider's metadata says of who signs its assertions.

use super::xml::Tree;
use data_encoding::BASE64;
use x509_cert::{Certificate, der::Decode};

const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

pub struct Metadata {
    pub issuer: String,
    /// The public keys in the certificates for signing.
    pub keys: Vec<Vec<u8>>,
}

impl Metadata {
    /// IAM has looked at the document before: what cannot be read here trusts nobody.
    pub fn parse(text: &str) -> Option<Metadata> {
        let tree = Tree::parse(text)?;
        tree.is(0, MD, "EntityDescriptor").then_some(())?;
        let mut keys = Vec::new();
        for provider in tree.children(0, MD, "IDPSSODescriptor") {
            for descriptor in tree.children(provider, MD, "KeyDescriptor") {
                if tree.attribute(descriptor, "use").is_some_and(|purpose| purpose != "signing") {
                    continue;
                }
                let infos = tree.children(descriptor, DS, "KeyInfo");
                let data = infos.flat_map(|info| tree.children(info, DS, "X509Data"));
                let certificates = data.flat_map(|data| tree.children(data, DS, "X509Certificate"));
                keys.extend(certificates.filter_map(|id| key(&tree.text(id)?)));
            }
        }
        Some(Metadata { issuer: tree.attribute(0, "entityID")?.to_owned(), keys })
    }
}

/// The public key of a certificate. Whether the certificate is still valid does not matter: the metadata's word counts.
fn key(certificate: &str) -> Option<Vec<u8>> {
    let base64: String = certificate.split_whitespace().collect();
    let certificate = Certificate::from_der(&BASE64.decode(base64.as_bytes()).ok()?).ok()?;
    Some(certificate.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes().to_vec())
}
