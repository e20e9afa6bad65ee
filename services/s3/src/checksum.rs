//! Checksums: computed while bytes come in, compared with what the client says, told as it wants (S3 user guide,
//! "Checking object integrity").

use crate::{faults, records::ChecksumRecord};
use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
use crc_fast::CrcAlgorithm;
use data_encoding::BASE64;
use kernel::Result;
use md5::{Digest, Md5};
use xxhash_rust::{xxh3::Xxh3, xxh64::Xxh64};

/// An algorithm of `x-amz-checksum-…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
    Sha512,
    Md5,
    Xxhash64,
    Xxhash3,
    Xxhash128,
}

pub const ALL: [Algorithm; 10] = [
    Algorithm::Crc32,
    Algorithm::Crc32c,
    Algorithm::Crc64Nvme,
    Algorithm::Sha1,
    Algorithm::Sha256,
    Algorithm::Sha512,
    Algorithm::Md5,
    Algorithm::Xxhash64,
    Algorithm::Xxhash3,
    Algorithm::Xxhash128,
];

impl Algorithm {
    /// As in the names of headers.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Crc32 => "crc32",
            Algorithm::Crc32c => "crc32c",
            Algorithm::Crc64Nvme => "crc64nvme",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
            Algorithm::Md5 => "md5",
            Algorithm::Xxhash64 => "xxhash64",
            Algorithm::Xxhash3 => "xxhash3",
            Algorithm::Xxhash128 => "xxhash128",
        }
    }

    /// By the name, in any case.
    pub fn named(name: &str) -> Option<Algorithm> {
        ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// In bytes.
    pub fn len(self) -> usize {
        match self {
            Algorithm::Crc32 | Algorithm::Crc32c => 4,
            Algorithm::Crc64Nvme | Algorithm::Xxhash64 | Algorithm::Xxhash3 => 8,
            Algorithm::Md5 | Algorithm::Xxhash128 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
            Algorithm::Sha512 => 64,
        }
    }

    /// Whether the checksum of a whole follows from those of its parts.
    pub fn is_crc(self) -> bool {
        self.crc().is_some()
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Algorithm::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Algorithm::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Algorithm::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            _ => None,
        }
    }

    /// The checksum of `a` and then `b`, of which `b_len` bytes are; of CRCs only.
    pub fn combine(self, a: &[u8], b: &[u8], b_len: u64) -> Option<Vec<u8>> {
        let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let sum = crc_fast::checksum_combine(self.crc()?, number(a), number(b), b_len);
        Some(sum.to_be_bytes()[8 - self.len()..].to_vec())
    }
}

/// A checksum on its way.
pub enum Hasher {
    Crc(Box<crc_fast::Digest>, usize),
    Digest(digest::Context),
    Md5(Box<Md5>),
    Xxh64(Xxh64),
    Xxh3(Box<Xxh3>, bool),
}

impl Hasher {
    pub fn new(algorithm: Algorithm) -> Hasher {
        match algorithm {
            Algorithm::Sha1 => Hasher::Digest(digest::Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            Algorithm::Sha256 => Hasher::Digest(digest::Context::new(&SHA256)),
            Algorithm::Sha512 => Hasher::Digest(digest::Context::new(&SHA512)),
            Algorithm::Md5 => Hasher::Md5(Box::default()),
            Algorithm::Xxhash64 => Hasher::Xxh64(Xxh64::new(0)),
            Algorithm::Xxhash3 => Hasher::Xxh3(Box::default(), false),
            Algorithm::Xxhash128 => Hasher::Xxh3(Box::default(), true),
            Algorithm::Crc32 => Hasher::Crc(Box::new(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc)), 4),
            Algorithm::Crc32c => Hasher::Crc(Box::new(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)), 4),
            Algorithm::Crc64Nvme => Hasher::Crc(Box::new(crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme)), 8),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Crc(crc, _) => crc.update(bytes),
            Hasher::Digest(digest) => digest.update(bytes),
            Hasher::Md5(md5) => md5.update(bytes),
            Hasher::Xxh64(xxh) => xxh.update(bytes),
            Hasher::Xxh3(xxh, _) => xxh.update(bytes),
        }
    }

    pub fn finish(self) -> Vec<u8> {
        match self {
            Hasher::Crc(crc, len) => crc.finalize().to_be_bytes()[8 - len..].to_vec(),
            Hasher::Digest(digest) => digest.finish().as_ref().to_vec(),
            Hasher::Md5(md5) => md5.finalize().to_vec(),
            Hasher::Xxh64(xxh) => xxh.digest().to_be_bytes().to_vec(),
            Hasher::Xxh3(xxh, false) => xxh.digest().to_be_bytes().to_vec(),
            Hasher::Xxh3(xxh, true) => xxh.digest128().to_be_bytes().to_vec(),
        }
    }
}

/// What a client says of the checksum of what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stated<'a> {
    /// In a header; `None` where it comes behind the body, or not at all.
    pub value: Option<&'a str>,
    pub algorithm: Option<Algorithm>,
}

/// The checksum members that every upload has.
macro_rules! values {
    ($input:expr) => {
        [
            (&$input.checksum_crc32, $crate::checksum::Algorithm::Crc32),
            (&$input.checksum_crc32_c, $crate::checksum::Algorithm::Crc32c),
            (&$input.checksum_crc64_nvme, $crate::checksum::Algorithm::Crc64Nvme),
            (&$input.checksum_sha1, $crate::checksum::Algorithm::Sha1),
            (&$input.checksum_sha256, $crate::checksum::Algorithm::Sha256),
            (&$input.checksum_sha512, $crate::checksum::Algorithm::Sha512),
            (&$input.checksum_md5, $crate::checksum::Algorithm::Md5),
            (&$input.checksum_xxhash64, $crate::checksum::Algorithm::Xxhash64),
            (&$input.checksum_xxhash3, $crate::checksum::Algorithm::Xxhash3),
            (&$input.checksum_xxhash128, $crate::checksum::Algorithm::Xxhash128),
        ]
    };
}
pub(crate) use values;

/// Reads them: at most one may be there.
macro_rules! stated {
    ($input:expr) => {
        $crate::checksum::only(&$crate::checksum::values!($input))
    };
}
pub(crate) use stated;

/// Writes a checksum to the members that every answer about an object has.
macro_rules! tell {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            let value = Some(checksum.value.clone());
            match $crate::checksum::Algorithm::named(&checksum.algorithm) {
                Some($crate::checksum::Algorithm::Crc32) => $output.checksum_crc32 = value,
                Some($crate::checksum::Algorithm::Crc32c) => $output.checksum_crc32_c = value,
                Some($crate::checksum::Algorithm::Crc64Nvme) => $output.checksum_crc64_nvme = value,
                Some($crate::checksum::Algorithm::Sha1) => $output.checksum_sha1 = value,
                Some($crate::checksum::Algorithm::Sha256) => $output.checksum_sha256 = value,
                Some($crate::checksum::Algorithm::Sha512) => $output.checksum_sha512 = value,
                Some($crate::checksum::Algorithm::Md5) => $output.checksum_md5 = value,
                Some($crate::checksum::Algorithm::Xxhash64) => $output.checksum_xxhash64 = value,
                Some($crate::checksum::Algorithm::Xxhash3) => $output.checksum_xxhash3 = value,
                Some($crate::checksum::Algorithm::Xxhash128) => $output.checksum_xxhash128 = value,
                None => {}
            }
        }
    };
}
pub(crate) use tell;

/// The one checksum among those of an input.
pub fn only<'a>(values: &[(&'a Option<String>, Algorithm)]) -> Result<Stated<'a>> {
    let mut found = Stated::default();
    for (value, algorithm) in values {
        let Some(value) = value else { continue };
        if found.algorithm.is_some() {
            return Err(faults::invalid_request(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ));
        }
        if !is_well_formed(value, *algorithm) {
            return Err(faults::invalid_request(format!(
                "Value for x-amz-checksum-{} header is invalid.",
                algorithm.name()
            )));
        }
        found = Stated { value: Some(value), algorithm: Some(*algorithm) };
    }
    Ok(found)
}

/// A checksum over the whole of an object.
pub fn record(algorithm: Algorithm, value: &str) -> ChecksumRecord {
    ChecksumRecord { algorithm: algorithm.name().to_owned(), value: value.to_owned(), ..ChecksumRecord::default() }
}

/// Of the whole, or of the parts' checksums.
pub fn kind(record: &ChecksumRecord) -> s3_api::ChecksumType {
    if record.composite { s3_api::ChecksumType::Composite } else { s3_api::ChecksumType::FullObject }
}

/// Whether a text is a checksum in Base64.
pub fn is_well_formed(value: &str, algorithm: Algorithm) -> bool {
    BASE64.decode(value.as_bytes()).is_ok_and(|bytes| bytes.len() == algorithm.len())
}

pub fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The checksum that does not match.
pub fn bad(algorithm: Algorithm) -> wire::Fault {
    let name = match algorithm {
        Algorithm::Crc64Nvme => "CRC64NVME".to_owned(),
        other => other.name().to_ascii_uppercase(),
    };
    faults::BAD_DIGEST.fault(format!("The {name} you specified did not match the calculated checksum."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(algorithm);
        bytes.chunks(3).for_each(|piece| hasher.update(piece));
        hasher.finish()
    }

    /// The check values of the catalogue of CRC algorithms, of FIPS 180-4, RFC 1321 and the xxHash specification's program.
    #[test]
    fn known_answers() {
        let hex = |algorithm, bytes: &[u8]| data_encoding::HEXLOWER.encode(&of(algorithm, bytes));
        assert_eq!(hex(Algorithm::Crc32, b"123456789"), "cbf43926");
        assert_eq!(hex(Algorithm::Crc32c, b"123456789"), "e3069283");
        assert_eq!(hex(Algorithm::Crc64Nvme, b"123456789"), "ae8b14860a799888");
        assert_eq!(hex(Algorithm::Sha1, b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(Algorithm::Md5, b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(Algorithm::Xxhash64, b""), "ef46db3751d8e999");
        assert_eq!(hex(Algorithm::Xxhash3, b""), "2d06800538d394c2");
        assert_eq!(hex(Algorithm::Xxhash128, b""), "99aa06d3014798d86001c324468d497f");
        for algorithm in ALL {
            assert_eq!(of(algorithm, b"x").len(), algorithm.len(), "{algorithm:?}");
        }
    }

    #[test]
    fn crcs_combine() {
        let (a, b) = (b"a sentence that has two halves, ".as_slice(), b"of which this is one".as_slice());
        for algorithm in ALL.into_iter().filter(|algorithm| algorithm.is_crc()) {
            let whole = of(algorithm, &[a, b].concat());
            let combined = algorithm.combine(&of(algorithm, a), &of(algorithm, b), b.len() as u64);
            assert_eq!(combined, Some(whole), "{algorithm:?}");
        }
    }
}
