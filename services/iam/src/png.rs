//! Pictures of black and white squares, as PNG (ISO/IEC 15948): one bit a pixel, not compressed.

use qrcode::{Color, EcLevel, QrCode, types::QrError};

/// Pixels along a square's side.
const SCALE: usize = 4;
/// The white border around a QR code, in squares (ISO/IEC 18004).
const QUIET: usize = 4;

/// A text as a QR code, in a PNG.
pub fn qr_code(text: &str) -> Result<Vec<u8>, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let is_black = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => code[(x, y)] == Color::Dark,
            _ => false,
        }
    };
    let side = (width + 2 * QUIET) * SCALE;
    let mut lines = Vec::with_capacity(side * (side / 8 + 2));
    for y in 0..side {
        // Each line begins with its filter: none.
        lines.push(0);
        for byte in 0..side.div_ceil(8) {
            let pixel = |bit: usize| {
                let x = byte * 8 + bit;
                u8::from(x < side && !is_black(x / SCALE, y / SCALE)) << (7 - bit)
            };
            lines.push((0..8).map(pixel).sum());
        }
    }
    Ok(png(side as u32, &lines))
}

fn png(side: u32, lines: &[u8]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    // One bit deep, shades of grey, and the only methods of compression, filtering and interlacing.
    header.extend([1, 0, 0, 0, 0]);
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"IDAT", &stored(lines));
    chunk(&mut out, b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let body = [kind, data].concat();
    out.extend(&body);
    out.extend(crc32fast::hash(&body).to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.chunks(0xffff);
    let last = blocks.len().saturating_sub(1);
    for (index, block) in blocks.enumerate() {
        let length = block.len() as u16;
        out.push(u8::from(index == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(adler32(data).to_be_bytes());
    out
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        let empty = png(0, &[]);
        assert!(empty.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    }

    #[test]
    fn a_code_is_as_large_as_its_text_needs() {
        let picture =
            qr_code("otpauth://totp/Bob@111122223333?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap_or_default();
        // Version 4 has 33 squares a side: (33 + 8) * 4 pixels.
        assert_eq!(&picture[16..24], &[0, 0, 0, 164, 0, 0, 0, 164]);
    }
}
