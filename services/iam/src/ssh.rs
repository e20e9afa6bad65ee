//! RSA public keys in the two encodings that IAM takes: SSH's (RFC 4253, 6.6) and PEM (RFC 8017 within X.509's frame).

use crate::pem;
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use iam_api::fault;
use kernel::Result;
use md5::{Digest, Md5};
use wire::Fault;
use x509_cert::{
    der::{
        Decode, Encode,
        asn1::{BitStringRef, Null, SequenceOf, UintRef},
        oid::ObjectIdentifier,
    },
    spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef},
};

const KIND: &[u8] = b"ssh-rsa";
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// "The minimum bit-length of the public key is 2048 bits"; the most is a guess.
const BITS: std::ops::RangeInclusive<usize> = 2_048..=16_384;

/// Modulus and exponent, big-endian, without leading zeros.
#[derive(Debug, PartialEq, Eq)]
pub struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// PKCS #1's public key: modulus and exponent.
type Pkcs1<'a> = SequenceOf<UintRef<'a>, 2>;

fn invalid(why: &str) -> Fault {
    fault::invalid_public_key_exception(why)
}

impl PublicKey {
    pub fn parse(text: &str) -> Result<PublicKey> {
        let key = match text.trim() {
            text if text.starts_with("ssh-rsa ") => {
                let blob = text.split_whitespace().nth(1).and_then(|blob| BASE64.decode(blob.as_bytes()).ok());
                blob.and_then(|blob| PublicKey::of_blob(&blob))
            }
            text if text.starts_with("-----BEGIN ") => {
                let blocks = pem::blocks(text).unwrap_or_default();
                blocks.first().and_then(|block| match block.label.as_str() {
                    "PUBLIC KEY" => PublicKey::of_info(&block.der),
                    "RSA PUBLIC KEY" => PublicKey::of_pkcs1(&block.der),
                    _ => None,
                })
            }
            _ => {
                return Err(fault::unrecognized_public_key_encoding_exception(
                    "The public key must be encoded in ssh-rsa format or PEM format.",
                ));
            }
        };
        let key = key.ok_or_else(|| invalid("The public key is malformed or not an RSA key."))?;
        let bits = key.modulus.len() * 8 - key.modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if !BITS.contains(&bits) {
            return Err(invalid("The length of the public key must be at least 2048 bits."));
        }
        Ok(key)
    }

    /// From SSH's binary form, all of it.
    pub fn of_blob(mut blob: &[u8]) -> Option<PublicKey> {
        let mut field = || {
            let (length, rest) = blob.split_first_chunk::<4>()?;
            let (field, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            blob = rest;
            Some(field)
        };
        let (kind, exponent, modulus) = (field()?, field()?, field()?);
        (kind == KIND && blob.is_empty()).then(|| PublicKey::of(modulus, exponent))?
    }

    fn of(modulus: &[u8], exponent: &[u8]) -> Option<PublicKey> {
        // Negative numbers are no keys.
        let positive = |number: &[u8]| number.first().is_some_and(|byte| *byte < 0x80);
        let bare = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        let key = PublicKey { modulus: bare(modulus), exponent: bare(exponent) };
        (positive(modulus) && positive(exponent) && !key.modulus.is_empty() && !key.exponent.is_empty()).then_some(key)
    }

    fn of_info(der: &[u8]) -> Option<PublicKey> {
        let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        (info.algorithm.oid == RSA).then(|| PublicKey::of_pkcs1(info.subject_public_key.as_bytes()?))?
    }

    fn of_pkcs1(der: &[u8]) -> Option<PublicKey> {
        let key = Pkcs1::from_der(der).ok()?;
        Some(PublicKey { modulus: key.get(0)?.as_bytes().to_vec(), exponent: key.get(1)?.as_bytes().to_vec() })
    }

    pub fn blob(&self) -> Bytes {
        let mut out = Vec::new();
        let mut field = |sign: bool, bytes: &[u8]| {
            out.extend((bytes.len() as u32 + u32::from(sign)).to_be_bytes());
            out.extend(sign.then_some(0));
            out.extend(bytes);
        };
        // Numbers are signed: a leading one bit needs a zero byte before it.
        let signed = |number: &[u8]| number.first().is_some_and(|byte| *byte >= 0x80);
        field(false, KIND);
        field(signed(&self.exponent), &self.exponent);
        field(signed(&self.modulus), &self.modulus);
        out.into()
    }

    /// Without a comment.
    pub fn ssh(&self) -> String {
        format!("ssh-rsa {}", BASE64.encode(&self.blob()))
    }

    pub fn pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.info().unwrap_or_default())
    }

    fn info(&self) -> x509_cert::der::Result<Vec<u8>> {
        let mut key = Pkcs1::new();
        key.add(UintRef::new(&self.modulus)?)?;
        key.add(UintRef::new(&self.exponent)?)?;
        let key = key.to_der()?;
        let algorithm = AlgorithmIdentifierRef { oid: RSA, parameters: Some(Null.into()) };
        let subject_public_key = BitStringRef::from_bytes(&key)?;
        SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der()
    }
}

/// The MD5 digest of SSH's binary form: 16 bytes with colons between them, 47 characters. The model has a 48th, which no
/// answer of AWS that was found has.
pub fn fingerprint(blob: &[u8]) -> String {
    Md5::digest(blob).iter().map(|byte| HEXLOWER.encode(&[*byte])).collect::<Vec<_>>().join(":")
}
