//! MD5 digests that clients compare with their own (developer guide, "Calculating the MD5 message digest for message attributes").

use crate::records::AttributeRecord;
use md5::{Digest, Md5};

pub fn of_body(body: &[u8]) -> u128 {
    u128::from_be_bytes(Md5::digest(body).into())
}

/// Of the attributes in the order of their names: name, type and value, each behind its length, and between type and
/// value a byte that tells text from bytes.
pub fn of_attributes<'a>(attributes: impl IntoIterator<Item = &'a AttributeRecord>) -> u128 {
    let mut sorted: Vec<_> = attributes.into_iter().collect();
    sorted.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let mut md5 = Md5::new();
    let mut sized = |bytes: &[u8], before: &[u8]| {
        md5.update(before);
        md5.update((bytes.len() as u32).to_be_bytes());
        md5.update(bytes);
    };
    for attribute in sorted {
        sized(attribute.name.as_bytes(), &[]);
        sized(attribute.data_type.as_bytes(), &[]);
        match &attribute.binary {
            Some(bytes) => sized(bytes, &[2]),
            None => sized(attribute.string.as_deref().unwrap_or_default().as_bytes(), &[1]),
        }
    }
    u128::from_be_bytes(md5.finalize().into())
}

/// What content-based deduplication makes of a body.
pub fn sha256_hex(body: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(body))
}

pub fn hex(digest: u128) -> String {
    data_encoding::HEXLOWER.encode(&digest.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_rfc_1321s() {
        assert_eq!(hex(of_body(b"")), "d41d8cd98f00b204e9800998ecf8427e");
    }

    #[test]
    fn order_of_attributes_does_not_matter_and_types_do() {
        let text = |name: &str, data_type: &str| AttributeRecord {
            name: name.into(),
            data_type: data_type.into(),
            string: Some("1".into()),
            binary: None,
        };
        let (a, b) = (text("a", "String"), text("b", "Number"));
        assert_eq!(of_attributes([&a, &b]), of_attributes([&b, &a]));
        assert_ne!(of_attributes([&a]), of_attributes([&text("a", "Number")]));
    }
}
