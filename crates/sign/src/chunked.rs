//! The `aws-chunked` framing: signed or unsigned chunks, then trailers (S3 API reference, "Transferring Payload in
//! Multiple Chunks"). Incremental; holds one line of framing and never a chunk.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Buf, Bytes};

use crate::claim::{Algorithm, Claim};
use crate::fault::Fault;
use crate::hex;
use crate::instant::Stamp;
use crate::key::SigningKey;
use crate::mismatch::Mismatch;
use crate::trailer::{SIGNATURE, Trailers};

/// A framing line: 16 digits and a signature of at most 144 characters, or a trailer.
const MAX_LINE: usize = 4096;
/// Only the last chunk may be smaller (S3 API reference, "Transferring Payload in Multiple Chunks").
const MIN_CHUNK: u64 = 8192;

/// What the chain of chunk signatures needs; `previous` begins as the request's own signature.
pub(crate) struct Chain {
    key: Arc<SigningKey>,
    algorithm: Algorithm,
    stamp: Stamp,
    scope: String,
    access_key_id: String,
    previous: String,
}

impl Chain {
    pub(crate) fn new(claim: &Claim<'_>, key: Arc<SigningKey>) -> Self {
        Chain {
            key,
            algorithm: claim.algorithm(),
            stamp: claim.stamp(),
            scope: claim.scope.text().to_owned(),
            access_key_id: claim.access_key_id().to_owned(),
            previous: claim.signature().to_owned(),
        }
    }

    fn chunk(&mut self, signature: &str, data: &hex::Digest) -> Result<(), Fault> {
        let hashes = [&hex::EMPTY[..], b"\n", &hex::encode(data)].concat();
        self.link("PAYLOAD", signature, &hashes)
    }

    fn trailers(&mut self, signature: &str, trailers: &Trailers) -> Result<(), Fault> {
        self.link("TRAILER", signature, &hex::sha256_hex(trailers.canonical().as_bytes()))
    }

    fn link(&mut self, suffix: &str, signature: &str, hashes: &[u8]) -> Result<(), Fault> {
        // ECDSA signatures vary in length; clients pad them with asterisks so that the body's length is known ahead.
        let signature = signature.trim_end_matches('*');
        let mut text =
            format!("{}-{suffix}\n{}\n{}\n{}\n", self.algorithm.name(), self.stamp, self.scope, self.previous)
                .into_bytes();
        text.extend_from_slice(hashes);
        if !self.key.accepts(&text, signature) {
            return Err(Fault::Mismatch(Box::new(Mismatch {
                access_key_id: self.access_key_id.clone(),
                signature_provided: signature.to_owned(),
                string_to_sign: String::from_utf8_lossy(&text).into_owned(),
                canonical_request: String::new(),
            })));
        }
        signature.clone_into(&mut self.previous);
        Ok(())
    }
}

enum State {
    /// At a line `size[;chunk-signature=…]`.
    Size,
    Data,
    /// At the line end that follows a chunk's data.
    DataEnd,
    /// At trailer lines, up to an empty one.
    Trailers,
    /// At the empty line after the last chunk of a body without trailers.
    LastLine,
    Done,
}

pub(crate) struct Chunked {
    state: State,
    line: Vec<u8>,
    chain: Option<Chain>,
    /// Of the chunk under way; only when chunks are signed.
    digest: Context,
    signature: String,
    size: u64,
    remaining: u64,
    count: u64,
    decoded: u64,
    announced_length: u64,
    /// `x-amz-trailer`, when the payload form has trailers.
    announced_trailers: Option<String>,
    trailers: Trailers,
    trailers_verified: bool,
}

impl Chunked {
    pub(crate) fn new(chain: Option<Chain>, announced_length: u64, announced_trailers: Option<String>) -> Self {
        Chunked {
            state: State::Size,
            line: Vec::new(),
            trailers_verified: chain.is_none(),
            chain,
            digest: Context::new(&SHA256),
            signature: String::new(),
            size: MIN_CHUNK,
            remaining: 0,
            count: 0,
            decoded: 0,
            announced_length,
            announced_trailers,
            trailers: Trailers::default(),
        }
    }

    pub(crate) fn announced_length(&self) -> u64 {
        self.announced_length
    }

    /// Takes framing off the front of `input` until there is data to hand out; `None` when `input` is used up.
    pub(crate) fn decode(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Fault> {
        while !input.is_empty() {
            if let State::Data = self.state {
                let take = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(input.len());
                let data = input.split_to(take);
                self.remaining -= take as u64;
                if self.chain.is_some() {
                    self.digest.update(&data);
                }
                if self.remaining == 0 {
                    self.end_chunk()?;
                    self.state = State::DataEnd;
                }
                return Ok(Some(data));
            }
            if let State::Done = self.state {
                return Err(Fault::IncompleteBody);
            }
            if self.read_line(input)? {
                let line = std::mem::take(&mut self.line);
                let text = str::from_utf8(&line).map_err(|_| Fault::IncompleteBody)?;
                self.take_line(text.trim_end_matches(['\r', '\n']))?;
                self.line = line;
                self.line.clear();
            }
        }
        Ok(None)
    }

    /// Moves bytes up to a line feed into `line`; true when the line is complete.
    fn read_line(&mut self, input: &mut Bytes) -> Result<bool, Fault> {
        let end = input.iter().position(|&b| b == b'\n');
        let take = end.map_or(input.len(), |at| at + 1);
        if self.line.len() + take > MAX_LINE {
            return Err(Fault::IncompleteBody);
        }
        self.line.extend_from_slice(&input[..take]);
        input.advance(take);
        Ok(end.is_some())
    }

    fn take_line(&mut self, line: &str) -> Result<(), Fault> {
        match self.state {
            State::Size => self.begin_chunk(line),
            State::DataEnd | State::LastLine if !line.is_empty() => Err(Fault::IncompleteBody),
            State::DataEnd => {
                self.state = State::Size;
                Ok(())
            }
            State::LastLine => {
                self.state = State::Done;
                Ok(())
            }
            State::Trailers => self.take_trailer(line),
            State::Data | State::Done => Err(Fault::IncompleteBody),
        }
    }

    fn begin_chunk(&mut self, line: &str) -> Result<(), Fault> {
        let (size, extensions) = line.split_once(';').unwrap_or((line, ""));
        let size = size.trim();
        if size.is_empty() || size.len() > 16 || !size.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault::IncompleteBody);
        }
        let size = u64::from_str_radix(size, 16).map_err(|_| Fault::IncompleteBody)?;
        if size > 0 && self.size < MIN_CHUNK {
            return Err(Fault::ChunkTooSmall { chunk: self.count, size: self.size });
        }
        if size > self.announced_length - self.decoded {
            return Err(Fault::DecodedLength);
        }
        let signature = extensions.split(';').find_map(|e| e.trim().strip_prefix("chunk-signature="));
        signature.unwrap_or_default().clone_into(&mut self.signature);
        self.decoded += size;
        self.count += 1;
        (self.size, self.remaining) = (size, size);
        self.state = State::Data;
        if size == 0 {
            self.end_chunk()?;
            self.state = if self.announced_trailers.is_some() { State::Trailers } else { State::LastLine };
        }
        Ok(())
    }

    fn end_chunk(&mut self) -> Result<(), Fault> {
        let Some(chain) = &mut self.chain else { return Ok(()) };
        let digest = std::mem::replace(&mut self.digest, Context::new(&SHA256)).finish();
        chain.chunk(&self.signature, &hex::array(digest.as_ref()))
    }

    fn take_trailer(&mut self, line: &str) -> Result<(), Fault> {
        if line.is_empty() {
            // The documented form has an empty line between the trailers and their signature; the SDKs send none.
            if self.trailers_verified {
                self.state = State::Done;
            }
            return Ok(());
        }
        let (name, value) = line.split_once(':').ok_or(Fault::MalformedTrailer)?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match &mut self.chain {
            Some(_) if self.trailers_verified => Err(Fault::MalformedTrailer),
            Some(chain) if name == SIGNATURE => {
                chain.trailers(value, &self.trailers)?;
                self.trailers_verified = true;
                Ok(())
            }
            _ => self.trailers.push(&name, value),
        }
    }

    /// The client has sent everything: was it all there?
    pub(crate) fn finish(self) -> Result<Trailers, Fault> {
        let whole = match self.state {
            State::Done | State::LastLine => self.line.is_empty(),
            State::Trailers => self.chain.is_some() && self.trailers_verified && self.line.is_empty(),
            State::Size | State::Data | State::DataEnd => false,
        };
        if !whole {
            return Err(Fault::IncompleteBody);
        }
        if self.decoded != self.announced_length {
            return Err(Fault::DecodedLength);
        }
        if let Some(announced) = &self.announced_trailers {
            self.trailers.check(announced)?;
        }
        Ok(self.trailers)
    }
}
