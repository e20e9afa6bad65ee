//! X.509 certificates (RFC 5280): reading them, when they are valid, who signed them, and whose key is in them.

use crate::pem;
use aws_lc_rs::{
    rsa,
    signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair, UnparsedPublicKey, VerificationAlgorithm},
};
use iam_api::fault;
use kernel::Result;
use wire::{Fault, Timestamp};
use x509_cert::der::{Decode, Reader, SliceReader, asn1::ObjectIdentifier};

const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

pub struct Certificate {
    pub der: Vec<u8>,
    parsed: x509_cert::Certificate,
    /// What is signed, as it stands in `der`.
    signed: Vec<u8>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

fn unreadable() -> Fault {
    fault::malformed_certificate_exception(
        "Unable to parse certificate. Please ensure the certificate is in PEM format.",
    )
}

impl Certificate {
    fn of_der(der: Vec<u8>) -> Option<Certificate> {
        let parsed = x509_cert::Certificate::from_der(&der).ok()?;
        let mut reader = SliceReader::new(&der).ok()?;
        let signed = reader.sequence(|inner| {
            let signed = inner.tlv_bytes()?.to_vec();
            inner.read_slice(inner.remaining_len())?;
            Ok(signed)
        });
        let at = |time: &x509_cert::time::Time| Timestamp::from_secs(time.to_unix_duration().as_secs() as i64);
        let validity = &parsed.tbs_certificate.validity;
        let (not_before, not_after) = (at(&validity.not_before), at(&validity.not_after));
        Some(Certificate { parsed, signed: signed.ok()?, not_before, not_after, der })
    }

    /// The one certificate in a PEM text.
    pub fn parse(text: &str) -> Result<Certificate> {
        let mut all = Certificate::parse_chain(text)?;
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(unreadable()),
        }
    }

    /// All certificates in a PEM text, of which there is at least one.
    pub fn parse_chain(text: &str) -> Result<Vec<Certificate>> {
        let blocks = pem::blocks(text).filter(|blocks| !blocks.is_empty()).ok_or_else(unreadable)?;
        let certificate = |block: pem::Block| match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Certificate::of_der(block.der),
            _ => None,
        };
        blocks.into_iter().map(certificate).collect::<Option<Vec<_>>>().ok_or_else(unreadable)
    }

    /// "You cannot upload a certificate before its validity period begins or after it expires" (IAM user guide, "Manage
    /// server certificates in IAM"). The sentences are guesses.
    pub fn check_validity(&self, now: Timestamp) -> Result<()> {
        match now {
            now if now < self.not_before => Err(fault::malformed_certificate_exception(
                "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not passed.",
            )),
            now if now > self.not_after => Err(fault::malformed_certificate_exception(
                "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.",
            )),
            _ => Ok(()),
        }
    }

    /// Whether the certificates of a chain sign each other, from this one on.
    pub fn check_chain(&self, chain: &[Certificate]) -> Result<()> {
        let mut below = self;
        for (index, above) in chain.iter().enumerate() {
            if !below.is_signed_by(above) {
                return Err(fault::malformed_certificate_exception(format!(
                    "Unable to validate certificate chain. The certificate chain must start with the immediate signing \
                     certificate, followed by any intermediaries in order. The index within the chain of the invalid \
                     certificate is: {}",
                    index as i64 - 1
                )));
            }
            below = above;
        }
        Ok(())
    }

    fn is_signed_by(&self, above: &Certificate) -> bool {
        let names = self.parsed.tbs_certificate.issuer == above.parsed.tbs_certificate.subject;
        let algorithm = verification(&self.parsed.signature_algorithm.oid.to_string(), above.curve());
        let (Some(algorithm), Some(signature)) = (algorithm, self.parsed.signature.as_bytes()) else { return false };
        let key = UnparsedPublicKey::new(algorithm, above.public_key());
        names && key.verify(&self.signed, signature).is_ok()
    }

    /// RSA's in PKCS #1, a curve's as a point.
    fn public_key(&self) -> &[u8] {
        self.parsed.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes()
    }

    /// The curve of its key, if it has one.
    fn curve(&self) -> Option<ObjectIdentifier> {
        let algorithm = &self.parsed.tbs_certificate.subject_public_key_info.algorithm;
        algorithm.parameters.as_ref().and_then(|parameters| parameters.decode_as().ok())
    }

    /// Whether a private key in PEM (PKCS #1, PKCS #8 or SEC 1, not encrypted) is this certificate's.
    pub fn check_private_key(&self, text: &str) -> Result<()> {
        let invalid = || fault::malformed_certificate_exception("Invalid Private Key.");
        let blocks = pem::blocks(text).unwrap_or_default();
        // OpenSSL puts a block of the curve's parameters before the key.
        let mut keys = blocks.into_iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
        let (Some(block), None) = (keys.next(), keys.next()) else { return Err(invalid()) };
        if block.encrypted {
            return Err(invalid());
        }
        let public = public_of(&block.der, self.curve()).ok_or_else(|| {
            // A key of another kind is a key all the same.
            if [None, Some(P256), Some(P384), Some(P521)].iter().any(|curve| public_of(&block.der, *curve).is_some()) {
                mismatch()
            } else {
                invalid()
            }
        })?;
        if public == self.public_key() { Ok(()) } else { Err(mismatch()) }
    }
}

/// A guess at the sentence.
fn mismatch() -> Fault {
    fault::key_pair_mismatch_exception("The public key certificate and the private key do not match.")
}

/// The public half of a private key on a curve, or of an RSA key without one.
fn public_of(der: &[u8], curve: Option<ObjectIdentifier>) -> Option<Vec<u8>> {
    let of_curve = |algorithm: &'static EcdsaSigningAlgorithm| {
        let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).ok()?;
        Some(pair.public_key().as_ref().to_vec())
    };
    match curve {
        Some(P256) => of_curve(&signature::ECDSA_P256_SHA256_ASN1_SIGNING),
        Some(P384) => of_curve(&signature::ECDSA_P384_SHA384_ASN1_SIGNING),
        Some(P521) => of_curve(&signature::ECDSA_P521_SHA512_ASN1_SIGNING),
        _ => {
            let pair = rsa::KeyPair::from_pkcs8(der).or_else(|_| rsa::KeyPair::from_der(der)).ok()?;
            Some(pair.public_key().as_ref().to_vec())
        }
    }
}

/// By the algorithm's number, and the curve of the key that signed.
fn verification(algorithm: &str, curve: Option<ObjectIdentifier>) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (algorithm, curve) {
        ("1.2.840.113549.1.1.5", _) => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        ("1.2.840.113549.1.1.11", _) => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        ("1.2.840.113549.1.1.12", _) => &signature::RSA_PKCS1_2048_8192_SHA384,
        ("1.2.840.113549.1.1.13", _) => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        ("1.2.840.10045.4.3.2", Some(P256)) => &signature::ECDSA_P256_SHA256_ASN1,
        ("1.2.840.10045.4.3.2", Some(P384)) => &signature::ECDSA_P384_SHA256_ASN1,
        ("1.2.840.10045.4.3.3", Some(P256)) => &signature::ECDSA_P256_SHA384_ASN1,
        ("1.2.840.10045.4.3.3", Some(P384)) => &signature::ECDSA_P384_SHA384_ASN1,
        ("1.2.840.10045.4.3.4", Some(P521)) => &signature::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    })
}
