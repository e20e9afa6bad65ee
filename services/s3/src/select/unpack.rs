//! Compressed objects: bytes go in as they come, and come out in bounded pieces, however much they are of.

use super::faults;
use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use kernel::Result;
use std::io::{self, BufRead, ErrorKind, Read};
use wire::Bytes;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Bzip2,
}

/// What a decoder reads from: what has come so far.
#[derive(Default)]
struct Feed {
    bytes: Bytes,
    ended: bool,
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.bytes.is_empty() && !self.ended {
            true => Err(ErrorKind::WouldBlock.into()),
            false => Ok(&self.bytes),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.bytes = self.bytes.slice(amount.min(self.bytes.len())..);
    }
}

impl Read for Feed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

enum Decoder {
    Gzip(Box<MultiGzDecoder<Feed>>),
    Bzip2(Box<MultiBzDecoder<Feed>>),
}

pub struct Unpack {
    decoder: Decoder,
    /// Something came out already.
    begun: bool,
}

/// What a decoder has to give.
pub enum Unpacked {
    /// So many bytes.
    Bytes(usize),
    /// Nothing before more is fed.
    Hungry,
    End,
}

impl Unpack {
    /// `None`: nothing is to be done.
    pub fn new(compression: Compression) -> Option<Unpack> {
        let feed = Feed::default();
        let decoder = match compression {
            Compression::None => return None,
            Compression::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(feed))),
            Compression::Bzip2 => Decoder::Bzip2(Box::new(MultiBzDecoder::new(feed))),
        };
        Some(Unpack { decoder, begun: false })
    }

    /// Gives it more, or says that there is no more. What was fed before was used up.
    pub fn feed(&mut self, bytes: Option<Bytes>) {
        let feed = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Bzip2(decoder) => decoder.get_mut(),
        };
        match bytes {
            Some(bytes) => feed.bytes = bytes,
            None => feed.ended = true,
        }
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> Result<Unpacked> {
        let read = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.read(buffer),
            Decoder::Bzip2(decoder) => decoder.read(buffer),
        };
        match read {
            Ok(0) => Ok(Unpacked::End),
            Ok(length) => {
                self.begun = true;
                Ok(Unpacked::Bytes(length))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Unpacked::Hungry),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(faults::truncated_input()),
            Err(_) if self.begun => Err(faults::truncated_input()),
            Err(_) => Err(faults::invalid_compression_format()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Unpacks what comes in pieces.
    fn unpack(compression: Compression, packed: &[u8], piece: usize) -> std::result::Result<Vec<u8>, &'static str> {
        let mut unpack = Unpack::new(compression).unwrap();
        let mut pieces = packed.chunks(piece).map(|piece| Bytes::from(piece.to_vec()));
        let (mut out, mut buffer) = (Vec::new(), [0; 1000]);
        loop {
            match unpack.read(&mut buffer).map_err(|fault| fault.kind().code)? {
                Unpacked::Bytes(length) => out.extend_from_slice(&buffer[..length]),
                Unpacked::Hungry => unpack.feed(pieces.next()),
                Unpacked::End => return Ok(out),
            }
        }
    }

    #[test]
    fn pieces_of_any_size() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(|number| number.to_string().into_bytes()).collect();
        // Two streams, one behind the other.
        let two = |pack: fn(&[u8]) -> Vec<u8>| [pack(&text[..1000]), pack(&text[1000..])].concat();
        for (compression, packed) in [(Compression::Gzip, two(gzip)), (Compression::Bzip2, two(bzip2))] {
            for piece in [1, 7, 4096, packed.len()] {
                assert_eq!(unpack(compression, &packed, piece).as_ref(), Ok(&text), "{piece}");
            }
            for cut in [5, packed.len() / 2, packed.len() - 3] {
                assert_eq!(unpack(compression, &packed[..cut], 100), Err("TruncatedInput"), "{cut}");
            }
            assert_eq!(unpack(compression, &text, 100), Err("InvalidCompressionFormat"));
        }
    }
}
