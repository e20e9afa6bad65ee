//! SAML 2.0 metadata of identity providers: what IAM wants to find in it (OASIS, "Metadata for SAML V2.0").

use data_encoding::BASE64;
use wire::{
    DecodeError, Timestamp,
    xml::{Reader, Tag},
};

/// What was found.
#[derive(Default)]
pub struct Metadata {
    pub valid_until: Option<Timestamp>,
    entity: bool,
    /// Of the descriptor of the identity provider.
    certificates: usize,
    sign_on: bool,
}

type Result<T> = std::result::Result<T, DecodeError>;

impl Metadata {
    /// The metadata of one identity provider; `None` where the document is none.
    pub fn parse(text: &str) -> Option<Metadata> {
        let mut found = Metadata::default();
        found.read(text).ok()?;
        (found.entity && found.certificates > 0 && found.sign_on).then_some(found)
    }

    fn read(&mut self, text: &str) -> Result<()> {
        let mut reader = Reader::new(text);
        let root = reader.root()?;
        if root.name != "EntityDescriptor" {
            return Err(DecodeError::new("no EntityDescriptor"));
        }
        self.entity = root.attribute("entityID").is_some_and(|id| !id.is_empty());
        self.expires(&root)?;
        reader.children(root, |reader, tag| match tag.name {
            "IDPSSODescriptor" => {
                self.expires(&tag)?;
                reader.children(tag, |reader, tag| match tag.name {
                    "KeyDescriptor" => self.key(reader, tag),
                    "SingleSignOnService" => {
                        self.sign_on = true;
                        reader.skip(tag)
                    }
                    _ => reader.skip(tag),
                })
            }
            _ => reader.skip(tag),
        })?;
        reader.end()
    }

    /// The earlier of two expiries counts.
    fn expires(&mut self, tag: &Tag) -> Result<()> {
        if let Some(text) = tag.attribute("validUntil") {
            let at = Timestamp::parse(&text).ok_or_else(|| DecodeError::new("no instant"))?;
            self.valid_until = Some(self.valid_until.map_or(at, |before| before.min(at)));
        }
        Ok(())
    }

    /// Looks for certificates however deep: `KeyInfo`, `X509Data`, `X509Certificate`.
    fn key<'a>(&mut self, reader: &mut Reader<'a>, tag: Tag<'a>) -> Result<()> {
        reader.children(tag, |reader, tag| {
            if tag.name != "X509Certificate" {
                return self.key(reader, tag);
            }
            let text = reader.text(tag)?;
            let base64: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let bytes =
                BASE64.decode(base64.as_bytes()).map_err(|_| DecodeError::new("a certificate is not base64"))?;
            self.certificates += usize::from(!bytes.is_empty());
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(attributes: &str, inside: &str) -> Option<Metadata> {
        Metadata::parse(&format!(
            "<?xml version=\"1.0\"?><md:EntityDescriptor xmlns:md=\"m\" {attributes}>{inside}</md:EntityDescriptor>"
        ))
    }

    const KEY: &str = "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"d\"><ds:X509Data><ds:X509Certificate>\n AAEC\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>";
    const SSO: &str = "<md:SingleSignOnService Binding=\"b\" Location=\"https://idp.example.com\"/>";

    #[test]
    fn a_provider_has_a_name_a_key_and_a_place_to_sign_on() {
        let whole = format!("<md:IDPSSODescriptor>{KEY}{SSO}</md:IDPSSODescriptor>");
        assert!(metadata("entityID=\"a\"", &whole).is_some());
        assert!(metadata("", &whole).is_none());
        assert!(metadata("entityID=\"a\"", &format!("<md:IDPSSODescriptor>{KEY}</md:IDPSSODescriptor>")).is_none());
        assert!(metadata("entityID=\"a\"", &format!("<md:IDPSSODescriptor>{SSO}</md:IDPSSODescriptor>")).is_none());
        assert!(metadata("entityID=\"a\"", &format!("<md:SPSSODescriptor>{KEY}{SSO}</md:SPSSODescriptor>")).is_none());
        assert!(metadata("entityID=\"a\"", &whole.replace("AAEC", "no base64!")).is_none());
        assert!(Metadata::parse("no xml").is_none());
        let found = metadata("entityID=\"a\" validUntil=\"2030-01-01T00:00:00Z\"", &whole);
        assert_eq!(found.and_then(|found| found.valid_until), Timestamp::parse("2030-01-01T00:00:00Z"));
        assert!(metadata("entityID=\"a\" validUntil=\"soon\"", &whole).is_none());
    }
}
