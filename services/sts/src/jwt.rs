//! JSON Web Tokens: their parts, and whether a key signed them (RFC 7515, 7518, 7519).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use data_encoding::BASE64URL_NOPAD;
use wire::Json;

/// A token that is well-formed; whether it is true, [`Token::is_signed_by`] says.
pub struct Token<'a> {
    header: Json,
    pub claims: Json,
    /// Header and claims as they stand.
    signed: &'a str,
    signature: Vec<u8>,
}

/// What AWS takes: "Tokens must be signed using either RSA keys (RS256, RS384, or RS512) or ECDSA keys (ES256, ES384, or
/// ES512)". A token that names another algorithm, `none` and the symmetric ones among them, was signed by nobody. The kind
/// of key belongs to the algorithm: no key is ever used as another kind.
enum Algorithm {
    Rsa(&'static RsaParameters),
    /// And the curve's name, and the bytes of a coordinate.
    Curve(&'static dyn VerificationAlgorithm, &'static str, usize),
}

impl Algorithm {
    fn of(name: &str) -> Option<Algorithm> {
        Some(match name {
            "RS256" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            "ES256" => Algorithm::Curve(&ECDSA_P256_SHA256_FIXED, "P-256", 32),
            "ES384" => Algorithm::Curve(&ECDSA_P384_SHA384_FIXED, "P-384", 48),
            "ES512" => Algorithm::Curve(&ECDSA_P521_SHA512_FIXED, "P-521", 66),
            _ => return None,
        })
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(part.as_bytes()).ok()
}

fn object(part: &str) -> Option<Json> {
    let json = Json::parse(&String::from_utf8(decode(part)?).ok()?).ok()?;
    json.as_object().is_some().then_some(json)
}

impl Token<'_> {
    pub fn parse(text: &str) -> Option<Token<'_>> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        Some(Token { header: object(header)?, claims: object(claims)?, signed, signature: decode(signature)? })
    }

    /// A claim that is one text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// A claim that is a text or several.
    pub fn texts(&self, claim: &str) -> Vec<&str> {
        match self.claims.get(claim) {
            Some(Json::Str(text)) => vec![text],
            Some(Json::List(items)) => items.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Seconds since the epoch: "Timestamps in the token must be formatted as either an integer or a long integer". What no
    /// [`Timestamp`](wire::Timestamp) can hold comes as the nearest that it can, so that differences stay true.
    pub fn seconds(&self, claim: &str) -> Option<i64> {
        const FARTHEST: i64 = i64::MAX / 1_000_000;
        Some(self.claims.get(claim)?.as_i64()?.clamp(-FARTHEST, FARTHEST))
    }

    /// Whether one of the keys of a JWK set signed it: the one that the token names, if it names one.
    pub fn is_signed_by(&self, keys: &Json) -> bool {
        let named = self.header.get("kid").and_then(Json::as_str);
        let mut keys = keys.get("keys").and_then(Json::as_list).unwrap_or_default().iter();
        keys.any(|key| {
            let id = key.get("kid").and_then(Json::as_str);
            (named.is_none() || id.is_none() || named == id) && self.is_signed(key).unwrap_or(false)
        })
    }

    fn is_signed(&self, key: &Json) -> Option<bool> {
        let text = |member: &str| key.get(member).and_then(Json::as_str);
        let name = self.header.get("alg")?.as_str()?;
        // A key may say what it is for; then it is for nothing else.
        if text("use").is_some_and(|purpose| purpose != "sig") || text("alg").is_some_and(|alg| alg != name) {
            return Some(false);
        }
        // Extensions that must be understood are understood by nobody here (RFC 7515, 4.1.11).
        if self.header.get("crit").is_some() {
            return Some(false);
        }
        let (message, signature) = (self.signed.as_bytes(), &self.signature);
        let number = |member: &str| decode(text(member)?);
        Some(match (Algorithm::of(name)?, text("kty")?) {
            (Algorithm::Rsa(parameters), "RSA") => {
                let key = RsaPublicKeyComponents { n: number("n")?, e: number("e")? };
                key.verify(parameters, message, signature).is_ok()
            }
            (Algorithm::Curve(algorithm, curve, size), "EC") if text("crv")? == curve => {
                let (x, y) = (number("x")?, number("y")?);
                if x.len() != size || y.len() != size {
                    return Some(false);
                }
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
            }
            _ => false,
        })
    }
}
