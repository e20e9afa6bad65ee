//! Text that only this cloud can read: the encoded messages of services that refuse without saying why
//! (`DecodeAuthorizationMessage`), for as long as they last. AES-256-GCM under a key that is kept in the store.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64URL_NOPAD;
use kernel::{Cx, Result, store::Key};
use wire::common;

/// Seconds for which a message can be read. That messages expire is documented; how soon is a guess.
const LIFETIME: i64 = 24 * 60 * 60;
/// In front of the text: the second in which it was sealed.
const SECONDS: usize = size_of::<i64>();

fn row() -> Key {
    Key::new().text("sys").text("identity").text("sealing-key")
}

fn failure(what: &str) -> wire::Fault {
    common::internal_failure(format!("sealing a message: {what}"))
}

fn aead(key: &[u8]) -> Result<LessSafeKey> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| failure("the key is none"))?))
}

/// A text that [`open`] gives back for a day. The first one ever makes the key.
pub async fn seal(cx: &Cx, text: &str) -> Result<String> {
    let random = |bytes: &mut [u8]| cx.cloud().ids().secret(bytes).map_err(|error| failure(&error.to_string()));
    let key = cx
        .write(async |tx| {
            if let Some(key) = tx.get(&row()).await? {
                return Ok(key);
            }
            let mut key = vec![0; AES_256_GCM.key_len()];
            random(&mut key)?;
            tx.put(row(), key.clone());
            Ok(key.into())
        })
        .await?;
    let mut nonce = [0; NONCE_LEN];
    random(&mut nonce)?;
    let mut sealed = [&cx.now().secs().to_be_bytes(), text.as_bytes()].concat();
    let nonce_used = Nonce::assume_unique_for_key(nonce);
    let done = aead(&key)?.seal_in_place_append_tag(nonce_used, Aad::empty(), &mut sealed);
    done.map_err(|_| failure("it is too long"))?;
    Ok(BASE64URL_NOPAD.encode(&[&nonce[..], &sealed].concat()))
}

/// What was sealed; `None` for any other text, and for what has expired.
pub async fn open(cx: &Cx, sealed: &str) -> Result<Option<String>> {
    let Some(key) = cx.cloud().engine().latest().get(&row()).await? else { return Ok(None) };
    let Ok(mut bytes) = BASE64URL_NOPAD.decode(sealed.as_bytes()) else { return Ok(None) };
    let Some((nonce, text)) = bytes.split_first_chunk_mut::<NONCE_LEN>() else { return Ok(None) };
    let opened = aead(&key.value)?.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), text);
    Ok(opened.ok().and_then(|opened| {
        let (sealed_at, text) = opened.split_first_chunk::<SECONDS>()?;
        let age = cx.now().secs().checked_sub(i64::from_be_bytes(*sealed_at))?;
        (age < LIFETIME).then(|| String::from_utf8(text.to_vec()).ok())?
    }))
}
