//! The bytes of objects: taken in as they come, kept in a row or a blob, given back in pieces.

use crate::{
    checksum::{Algorithm, Hasher, is_well_formed},
    faults,
    hashing::Sum,
    records::{Content, Keys, ObjectRecord, PartRecord, kind},
    seal::{self, DataKey},
};
use data_encoding::{BASE64, HEXLOWER};
use kernel::{
    Cx, Result,
    record::Record,
    store::{BlobId, BlobReader, BlobWriter, INLINE_BLOB, Range, Rows, Scan, Snapshot, StoreError, Txn},
};
use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use wire::{Body, BodyError, ByteStream, Bytes};

/// What is read at once.
const FRAME: u64 = 256 * 1024;
/// An object that is put in one piece (S3 user guide, "Uploading objects"), and a part.
pub const MAX_PUT: u64 = 5 * 1024 * 1024 * 1024;

/// What the client says of what it sends.
#[derive(Default)]
pub struct Expected<'a> {
    /// `Content-MD5`
    pub md5: Option<&'a str>,
    pub algorithm: Option<Algorithm>,
    /// In Base64; `None` where it comes behind the body.
    pub checksum: Option<&'a str>,
    /// Whose checksum is kept, where that is another.
    pub kept: Option<Algorithm>,
}

/// Bytes that are stored, but that no row names yet.
pub struct Stored {
    pub content: Content,
    /// The bytes themselves, where they go into a row.
    row: Bytes,
    pub size: u64,
    pub md5: [u8; 16],
    /// In Base64.
    pub checksum: Option<(Algorithm, String)>,
    /// The checksum that the client said, where it is not the one that is kept.
    pub stated: Option<(Algorithm, String)>,
}

impl Stored {
    /// The bytes of an object under another name, where they are in one place and stored as they are. `None` where they are
    /// not, or where they are gone by now.
    pub async fn second(cx: &Cx, keys: &Keys, record: &ObjectRecord) -> Result<Option<Stored>> {
        let md5 = HEXLOWER.decode(record.etag.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let Some(md5) = md5 else { return Ok(None) };
        let checksum = record.checksum.as_ref().filter(|checksum| !checksum.composite);
        let checksum = checksum.and_then(|sum| Some((Algorithm::named(&sum.algorithm)?, sum.value.clone())));
        let twin = Stored::twin(cx, keys, &record.content).await?;
        Ok(twin.map(|twin| Stored {
            content: Content { sealed_for: 0, ..twin.content },
            size: record.size,
            md5,
            checksum,
            ..twin
        }))
    }

    /// The bytes of a content in one place under another name, as they lie there: what is sealed stays sealed for the first
    /// of them. `None` where they are not in one place, or are gone by now.
    pub async fn twin(cx: &Cx, keys: &Keys, content: &Content) -> Result<Option<Stored>> {
        let kind = content.kind;
        let id = if kind == kind::EMPTY { 0 } else { cx.cloud().ids().u128() };
        let mut row = Bytes::new();
        let found = match kind {
            kind::EMPTY => true,
            kind::ROW => match cx.read().bytes(&keys.row(content.id)).await? {
                Some(bytes) => {
                    row = bytes;
                    true
                }
                None => false,
            },
            kind::BLOB => cx.cloud().blobs().copy(BlobId(content.id), BlobId(id)).await?,
            _ => false,
        };
        let sealed_for = if kind == kind::EMPTY { 0 } else { content.seal() };
        let content = Content { id, kind, sealed_for, ..Content::default() };
        Ok(found.then_some(Stored { content, row, size: 0, md5: [0; 16], checksum: None, stated: None }))
    }

    /// The same, byte by byte: a file has only so many names.
    pub async fn duplicate(cx: &Cx, content: &Content) -> Result<Option<Stored>> {
        let Some(reader) = cx.cloud().blobs().open(BlobId(content.id)).await? else { return Ok(None) };
        let id = cx.cloud().ids().u128();
        let mut writer = cx.cloud().blobs().create(BlobId(id)).await?;
        let mut at = 0;
        loop {
            let frame = reader.read(at, at + FRAME).await?;
            if frame.is_empty() {
                break;
            }
            at += frame.len() as u64;
            writer.write(frame).await?;
        }
        writer.finish().await?;
        let content = Content { id, kind: kind::BLOB, sealed_for: content.seal(), ..Content::default() };
        Ok(Some(Stored { content, row: Bytes::new(), size: 0, md5: [0; 16], checksum: None, stated: None }))
    }

    /// Names the bytes in the commit that makes use of them.
    pub fn keep(&self, tx: &mut Txn, keys: &Keys) {
        match self.content.kind {
            kind::ROW => tx.put(keys.row(self.content.id), self.row.clone()),
            kind::BLOB => tx.keep_blob(BlobId(self.content.id)),
            _ => {}
        }
    }

    /// Gives the bytes up, where no commit names them.
    pub fn abandon(&self, cx: &Cx) {
        if let Some(blob) = self.content.blob() {
            cx.cloud().blobs().delete(blob);
        }
    }

    /// In lower-case hexadecimal digits.
    pub fn md5_text(&self) -> String {
        HEXLOWER.encode(&self.md5)
    }
}

/// Where bytes go as they come: into memory as long as they are few.
enum Sink {
    Few(Vec<Bytes>),
    Blob(Box<dyn BlobWriter>),
}

/// Takes in a body and checks it. Nothing is left of one that is refused.
pub async fn take(cx: &Cx, mut body: Body, key: Option<&DataKey>, expected: Expected<'_>) -> Result<Stored> {
    if body.len().is_some_and(|len| len > MAX_PUT) {
        return Err(faults::too_large(body.len().unwrap_or_default()));
    }
    let stated_md5 = expected.md5.map(stated_md5).transpose()?;
    let announced = body.len();
    let (mut size, mut held) = (0_u64, 0_usize);
    let mut md5 = Sum::new();
    let kept = expected.kept.or(expected.algorithm);
    let mut hashers: Vec<(Algorithm, Hasher)> = Vec::new();
    for algorithm in [expected.algorithm, kept.filter(|kept| Some(*kept) != expected.algorithm)].into_iter().flatten() {
        if algorithm != Algorithm::Md5 {
            hashers.push((algorithm, Hasher::new(algorithm)));
        }
    }
    let id = cx.cloud().ids().u128();
    let mut sealing = key.map(|key| key.of_content(id)).transpose()?.map(|key| key.seal());
    let mut sink = Sink::Few(Vec::new());
    loop {
        let piece = match body.next().await {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Err(faults::of_body(error)),
            None => break,
        };
        size += piece.len() as u64;
        if size > MAX_PUT {
            return Err(faults::too_large(size));
        }
        md5.update(&piece, announced.unwrap_or_default().saturating_sub(size)).await;
        for (_, hasher) in &mut hashers {
            hasher.update(&piece);
        }
        let piece = match &mut sealing {
            Some(sealing) => sealing.push(&piece)?,
            None => piece,
        };
        held += piece.len();
        sink = sink.add(cx, id, piece, held).await?;
    }
    if announced.is_some_and(|announced| announced != size) {
        return Err(faults::incomplete_body());
    }
    let md5 = md5.finish().await;
    if stated_md5.is_some_and(|stated| stated != md5) {
        return Err(faults::bad_digest());
    }
    let sums: Vec<(Algorithm, String)> =
        hashers.into_iter().map(|(algorithm, hasher)| (algorithm, BASE64.encode(&hasher.finish()))).collect();
    let sum_of = |algorithm: Algorithm| {
        let sum = sums.iter().find(|(found, _)| *found == algorithm).cloned();
        sum.unwrap_or_else(|| (algorithm, BASE64.encode(&md5)))
    };
    let stated = expected.algorithm.map(sum_of);
    if let Some((algorithm, sum)) = &stated {
        let name = format!("x-amz-checksum-{}", algorithm.name());
        let trailing = || body.trailers().iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str());
        let said = expected.checksum.or_else(trailing);
        if said.is_some_and(|said| !is_well_formed(said, *algorithm)) {
            return Err(faults::invalid_request(format!("Value for {name} trailing header is invalid.")));
        }
        if said.is_some_and(|said| said != sum) {
            return Err(crate::checksum::bad(*algorithm));
        }
    }
    if let Some(sealing) = sealing {
        let last = sealing.finish()?;
        held += last.len();
        sink = sink.add(cx, id, last, held).await?;
    }
    let (kind, row) = match sink {
        Sink::Few(pieces) if pieces.is_empty() => (kind::EMPTY, Bytes::new()),
        Sink::Few(mut pieces) if pieces.len() == 1 => (kind::ROW, pieces.remove(0)),
        Sink::Few(pieces) => (kind::ROW, pieces.concat().into()),
        Sink::Blob(writer) => {
            writer.finish().await?;
            (kind::BLOB, Bytes::new())
        }
    };
    let id = if kind == kind::EMPTY { 0 } else { id };
    let checksum = kept.map(sum_of);
    let stated = stated.filter(|_| kept != expected.algorithm);
    Ok(Stored { content: Content { id, kind, ..Content::default() }, row, size, md5, checksum, stated })
}

impl Sink {
    /// Takes a piece; `held` counts it.
    async fn add(self, cx: &Cx, id: u128, piece: Bytes, held: usize) -> Result<Sink> {
        if piece.is_empty() {
            return Ok(self);
        }
        let mut writer = match self {
            Sink::Few(mut pieces) if held <= INLINE_BLOB => {
                pieces.push(piece);
                return Ok(Sink::Few(pieces));
            }
            Sink::Few(pieces) => {
                let mut writer = cx.cloud().blobs().create(BlobId(id)).await?;
                for piece in pieces {
                    writer.write(piece).await?;
                }
                writer
            }
            Sink::Blob(writer) => writer,
        };
        writer.write(piece).await?;
        Ok(Sink::Blob(writer))
    }
}

fn stated_md5(text: &str) -> Result<[u8; 16]> {
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| faults::invalid_digest_of(text))?;
    bytes.try_into().map_err(|_| faults::invalid_digest_of(text))
}

/// Forgets the bytes of an object in the commit that forgets the object. Those of parts are left to the garbage
/// collection, which the caller asks for.
pub fn forget(cx: &Cx, tx: &mut Txn, bucket: &crate::bucket::Bucket, content: &Content) {
    match content.kind {
        kind::ROW => tx.delete(bucket.keys.row(content.id)),
        kind::BLOB => tx.drop_blob(BlobId(content.id)),
        kind::PARTS => crate::garbage::of_object(cx, tx, bucket, content.id),
        _ => {}
    }
}

/// A stretch of bytes in one place, sealed or not.
#[derive(Clone, Debug)]
pub struct Piece {
    content: Content,
    /// The length of the whole, unsealed.
    size: u64,
    /// What is wanted of it.
    from: u64,
    to: u64,
}

/// Where bytes `from..to` of an object are.
pub async fn pieces(
    snapshot: &dyn Snapshot,
    keys: &Keys,
    content: &Content,
    size: u64,
    from: u64,
    to: u64,
) -> Result<VecDeque<Piece>> {
    let to = to.min(size);
    if from >= to {
        return Ok(VecDeque::new());
    }
    if content.kind != kind::PARTS {
        return Ok([Piece { content: content.clone(), size, from, to }].into());
    }
    let mut pieces = VecDeque::new();
    // Where all parts but the last are alike, only those are read that are asked for.
    let last = content.count().saturating_sub(1);
    let index = |at: u64| at.checked_div(content.part_size).map_or(0, |index| index.min(last));
    let first = index(from);
    let end = if content.part_size == 0 { last } else { index(to - 1) };
    let mut at = first * content.part_size;
    let range = match (content.number(first), content.number(end)) {
        (Some(first), Some(end)) => {
            Range { from: keys.part(content.id, first), to: keys.part(content.id, end).successor() }
        }
        _ => return Err(StoreError::Damaged.into()),
    };
    for (_, part) in parts(snapshot, keys, content, Some(range)).await? {
        let (begin, end) = (at, at + part.size);
        at = end;
        if end > from && begin < to {
            let (from, to) = (from.max(begin) - begin, to.min(end) - begin);
            pieces.push_back(Piece { content: part.content, size: part.size, from, to });
        }
        if at >= to {
            break;
        }
    }
    Ok(pieces)
}

/// The parts that an object is made of, by their numbers, in order: those in a range of rows, or all.
pub async fn parts(
    snapshot: &dyn Snapshot,
    keys: &Keys,
    content: &Content,
    range: Option<Range>,
) -> Result<Vec<(u32, PartRecord)>> {
    let range = range.unwrap_or_else(|| keys.parts(content.id).children());
    let mut found = Vec::new();
    for row in snapshot.all(range, &Scan::default()).await? {
        let number = row.key.last_number().unwrap_or_default() as u32;
        if content.index(number).is_some() {
            found.push((number, PartRecord::read(&row.value)?));
        }
    }
    Ok(found)
}

/// The bytes of pieces, one after the other.
pub async fn read(cx: &Cx, keys: &Keys, pieces: VecDeque<Piece>, key: Option<DataKey>) -> Result<Body> {
    let len = pieces.iter().map(|piece| piece.to - piece.from).sum::<u64>();
    if len == 0 {
        return Ok(Body::Empty);
    }
    let mut source = Source { cx: cx.clone(), keys: keys.clone(), pieces, key, open: None };
    let small = len <= FRAME;
    // The first frame is read before the answer begins, so that what cannot be read is answered as an error.
    let first = source.next().await?.unwrap_or_default();
    if small && first.len() as u64 == len {
        return Ok(Body::Full(first));
    }
    Ok(Body::Stream {
        stream: Box::pin(Frames { ready: Some(first), state: State::Idle(Box::new(source)) }),
        len: Some(len),
    })
}

struct Source {
    cx: Cx,
    keys: Keys,
    pieces: VecDeque<Piece>,
    key: Option<DataKey>,
    open: Option<Open>,
}

/// The piece that is being read, and what of it was not given yet.
enum Open {
    Row(Bytes),
    Blob(Box<dyn BlobReader>),
}

impl Source {
    /// The next frame.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let Some(piece) = self.pieces.front_mut() else { return Ok(None) };
            if piece.from >= piece.to {
                self.pieces.pop_front();
                self.open = None;
                continue;
            }
            let open = match &mut self.open {
                Some(open) => open,
                none => none.insert(open(&self.cx, &self.keys, &piece.content).await?),
            };
            let frame = match &self.key {
                None => {
                    let to = piece.to.min(piece.from + FRAME);
                    open.read(piece.from, to).await?
                }
                Some(key) => {
                    let to = piece.to.min(piece.from + FRAME);
                    let stretch = seal::stretch(piece.from, to, piece.size, key.layers);
                    let sealed = open.read(stretch.sealed.start, stretch.sealed.end).await?;
                    let plain = key.of_content(piece.content.seal())?.open(&sealed, stretch.first, stretch.last)?;
                    let end = plain.len().min(stretch.skip + (to - piece.from) as usize);
                    plain.slice(stretch.skip.min(end)..end)
                }
            };
            if frame.is_empty() {
                return Err(StoreError::Damaged.into());
            }
            piece.from += frame.len() as u64;
            return Ok(Some(frame));
        }
    }
}

async fn open(cx: &Cx, keys: &Keys, content: &Content) -> Result<Open> {
    let gone = || wire::common::internal_failure("the bytes of an object are not there");
    match content.kind {
        kind::ROW => Ok(Open::Row(cx.read().bytes(&keys.row(content.id)).await?.ok_or_else(gone)?)),
        _ => Ok(Open::Blob(cx.cloud().blobs().open(BlobId(content.id)).await?.ok_or_else(gone)?)),
    }
}

impl Open {
    async fn read(&self, from: u64, to: u64) -> Result<Bytes> {
        match self {
            Open::Row(bytes) => {
                let to = to.min(bytes.len() as u64);
                Ok(bytes.slice(from.min(to) as usize..to as usize))
            }
            Open::Blob(reader) => Ok(reader.read(from, to).await?),
        }
    }
}

type Next = Pin<Box<dyn Future<Output = (Box<Source>, Result<Option<Bytes>>)>>>;

enum State {
    Idle(Box<Source>),
    Reading(Next),
    Done,
}

struct Frames {
    ready: Option<Bytes>,
    state: State,
}

impl ByteStream for Frames {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<std::result::Result<Bytes, BodyError>>> {
        if let Some(ready) = self.ready.take() {
            return Poll::Ready(Some(Ok(ready)));
        }
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Idle(mut source) => {
                    self.state = State::Reading(Box::pin(async move {
                        let next = source.next().await;
                        (source, next)
                    }));
                }
                State::Reading(mut reading) => match reading.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready((source, Ok(Some(frame)))) => {
                        self.state = State::Idle(source);
                        return Poll::Ready(Some(Ok(frame)));
                    }
                    Poll::Ready((_, Ok(None))) => return Poll::Ready(None),
                    Poll::Ready((_, Err(fault))) => return Poll::Ready(Some(Err(BodyError::from(&fault)))),
                },
            }
        }
    }
}
