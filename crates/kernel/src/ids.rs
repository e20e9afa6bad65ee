//! Ids and randomness: from the operating system, or from a seed so that a test's transcript is the same every time.

use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
};
use wire::Timestamp;

/// How many sequence numbers are reserved at a time: ten seconds' worth, far more than are used between two flushes.
const RESERVE: i64 = 10_000_000;

pub struct Ids {
    state: Mutex<[u64; 4]>,
    seeded: bool,
    last_sequence: AtomicI64,
    /// The store knows that numbers up to here may be in use.
    reserved: AtomicI64,
    /// Time has gone past what is reserved.
    behind: AtomicBool,
}

impl Ids {
    /// Seeded by the operating system.
    pub fn random() -> io::Result<Ids> {
        let mut bytes = [0; 32];
        os_random(&mut bytes)?;
        let mut state = [0; 4];
        for (word, chunk) in state.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*chunk);
        }
        Ok(Ids::with(state, false))
    }

    /// The same ids at every run.
    pub fn seeded(seed: u64) -> Ids {
        let mut mix = seed;
        // splitmix64, as xoshiro's authors advise for seeding.
        let state = [(); 4].map(|()| {
            mix = mix.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (mix ^ (mix >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Ids::with(state, true)
    }

    fn with(state: [u64; 4], seeded: bool) -> Ids {
        Ids {
            state: Mutex::new(state),
            seeded,
            last_sequence: AtomicI64::new(0),
            // Without bound until the store's mark was taken up.
            reserved: AtomicI64::new(i64::MAX),
            behind: AtomicBool::new(false),
        }
    }

    /// xoshiro256++: unpredictable enough for ids, not for secrets.
    pub fn u64(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let [a, b, c, d] = *state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        *state = [a ^ d ^ b, b ^ c ^ a, c ^ a ^ (b << 17), (d ^ b).rotate_left(45)];
        result
    }

    pub fn u128(&self) -> u128 {
        u128::from(self.u64()) << 64 | u128::from(self.u64())
    }

    /// A version 4 UUID in its text form.
    pub fn uuid(&self) -> String {
        uuid_text(self.uuid_bits())
    }

    /// A version 4 UUID (RFC 9562).
    pub fn uuid_bits(&self) -> u128 {
        self.u128() & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62
    }

    /// Fills `bytes` for a secret: always from the operating system, unless the ids are seeded.
    pub fn secret(&self, bytes: &mut [u8]) -> io::Result<()> {
        if !self.seeded {
            return os_random(bytes);
        }
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.u64().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }

    /// For ciphers whose nonces must differ and need not be secret. Of the ids' own generator: asking for a secret's randomness
    /// at every message costs more than sealing it.
    pub fn nonce(&self) -> [u8; 12] {
        let [.., a, b, c, d, e, f, g, h, i, j, k, l] = self.u128().to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }

    /// A number greater than every one before it, in this run and in those before it (see `saved_sequence`), and
    /// usually near `now` in microseconds.
    pub fn sequence(&self, now: Timestamp) -> u64 {
        // Beyond what is reserved, numbers are counted on from the last one until the next flush has reserved more:
        // time alone is no promise that they are new, as it may stand still when the state is opened again.
        let mut near = now.0;
        if near > self.reserved.load(Relaxed) {
            self.behind.store(true, Relaxed);
            near = i64::MIN;
        }
        let before = self
            .last_sequence
            .fetch_update(Relaxed, Relaxed, |last| Some(near.max(last + 1)))
            .unwrap_or_else(|last| last);
        near.max(before + 1) as u64
    }

    /// Whether more numbers should be reserved.
    pub(crate) fn runs_short(&self) -> bool {
        let left = self.reserved.load(Relaxed).saturating_sub(self.last_sequence.load(Relaxed));
        left < RESERVE / 2 || self.behind.load(Relaxed)
    }

    /// Whether the numbers are bound to a store's mark.
    pub(crate) fn is_bounded(&self) -> bool {
        self.reserved.load(Relaxed) != i64::MAX
    }

    /// Up to where to reserve, for numbers from `at` on.
    pub(crate) fn to_reserve(&self, at: Timestamp) -> i64 {
        self.last_sequence.load(Relaxed).max(at.0).saturating_add(RESERVE)
    }

    /// The store now knows that numbers up to `limit` may be in use.
    pub(crate) fn reserve(&self, limit: i64) {
        self.reserved.fetch_max(limit, Relaxed);
        self.behind.store(false, Relaxed);
    }

    /// Numbers up to `mark` may be in use; nothing beyond is reserved.
    pub(crate) fn begin_after(&self, mark: i64) {
        self.reserved.store(0, Relaxed);
        self.last_sequence.fetch_max(mark, Relaxed);
    }
}

/// The text form of a UUID's bits: 8-4-4-4-12 hexadecimal digits.
pub fn uuid_text(bits: u128) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(36);
    for (index, byte) in bits.to_be_bytes().into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(HEX[(byte >> 4) as usize] as char);
        out.push(HEX[(byte & 15) as usize] as char);
    }
    out
}

/// Of the operating system, by the cryptographic library: its generator is seeded by it, and needs no call into it each time.
pub(crate) fn os_random(bytes: &mut [u8]) -> io::Result<()> {
    aws_lc_rs::rand::fill(bytes).map_err(|_| io::Error::other("the operating system gives no randomness"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_differs_from_the_next() {
        let draw = |seed| {
            let ids = Ids::seeded(seed);
            (0..5).map(|_| ids.u64()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn uuids_have_their_form() {
        let uuid = Ids::seeded(1).uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }

    #[test]
    fn sequence_numbers_grow_even_when_time_does_not() {
        let ids = Ids::seeded(1);
        let numbers: Vec<_> = [5, 5, 3, 9].map(|at| ids.sequence(Timestamp(at))).into();
        assert_eq!(numbers, [5, 6, 7, 9]);
    }

    #[test]
    fn sequence_numbers_begin_after_those_reserved_and_stay_within_what_is() {
        let ids = Ids::seeded(1);
        assert!(!ids.runs_short(), "nothing to reserve without a mark");
        ids.begin_after(1_000);
        assert!(ids.runs_short());
        ids.reserve(ids.to_reserve(Timestamp(5)));
        assert_eq!(ids.sequence(Timestamp(5)), 1_001, "a clock that went back gives no number again");
        assert!(!ids.runs_short());
        let later = Timestamp(1_000 + RESERVE + 1);
        assert_eq!(ids.sequence(later), 1_002, "beyond what is reserved, numbers are counted on");
        assert!(ids.runs_short());
        ids.reserve(ids.to_reserve(later));
        assert_eq!(ids.sequence(later), later.0 as u64);
    }
}
