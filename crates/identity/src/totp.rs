//! One-time passwords of virtual MFA devices: RFC 6238 with HMAC-SHA-1, six digits and steps of 30 seconds, on the
//! cloud's virtual clock.

use crate::MfaDeviceRecord;
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use wire::Timestamp;

/// Seconds that a code is shown for.
const STEP: i64 = 30;
/// How many steps a code may be early or late: "a delay window of at most one time step" (RFC 6238, 5.2).
const WINDOW: u64 = 1;
/// As much when a device is enabled or resynchronised, where two codes in a row must fit: half an hour. A guess.
const SEARCH: u64 = 60;

/// The code of a step (RFC 4226, 5.3).
fn code(seed: &[u8], step: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest[digest.len() - 1] & 0xf);
    let word = digest[offset..offset + 4].iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    (word & 0x7fff_ffff) % 1_000_000
}

/// The six digits that a device with this seed (base32) shows at an instant; `None` where the seed is none.
pub fn shown(seed: &str, at: Timestamp) -> Option<String> {
    let seed = BASE32_NOPAD.decode(seed.as_bytes()).ok()?;
    Some(format!("{:06}", code(&seed, step_of(at))))
}

fn step_of(at: Timestamp) -> u64 {
    (at.secs().max(0) / STEP) as u64
}

fn digits(code: &str) -> Option<u32> {
    (code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())).then(|| code.parse().ok())?
}

/// Whether a code is the device's now. If it is, the record says that it was used, and how far the device's clock is off:
/// who asks stores it in the same commit as what the code is for, so that no code serves twice.
pub fn accept(device: &mut MfaDeviceRecord, shown: &str, now: Timestamp) -> bool {
    accept_all(device, &[shown], now, WINDOW)
}

/// As `accept`, for two codes in a row, when a device is assigned or is to be found again after its clock went astray.
pub fn synchronise(device: &mut MfaDeviceRecord, first: &str, second: &str, now: Timestamp) -> bool {
    accept_all(device, &[first, second], now, SEARCH)
}

fn accept_all(device: &mut MfaDeviceRecord, shown: &[&str], now: Timestamp, window: u64) -> bool {
    let Ok(seed) = BASE32_NOPAD.decode(device.seed.as_bytes()) else { return false };
    let Some(shown) = shown.iter().map(|shown| digits(shown)).collect::<Option<Vec<_>>>() else { return false };
    let here = step_of(now);
    let there = here.saturating_add_signed(device.drift);
    let begin = there.saturating_sub(window).max(device.last_step + 1);
    let fits = |first: &u64| (*first..).zip(&shown).all(|(step, shown)| code(&seed, step) == *shown);
    let Some(first) = (begin..=there + window).find(fits) else { return false };
    device.last_step = first + shown.len() as u64 - 1;
    device.drift = device.last_step as i64 - here as i64;
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's appendix B, and its last six digits.
    const SECRET: &[u8] = b"12345678901234567890";

    fn device() -> MfaDeviceRecord {
        MfaDeviceRecord { seed: BASE32_NOPAD.encode(SECRET), ..MfaDeviceRecord::default() }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = device().seed;
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (secs, expected) in table {
            assert_eq!(shown(&seed, at(secs)).as_deref(), Some(expected), "{secs}");
        }
    }

    #[test]
    fn a_code_serves_once_and_for_a_step_before_and_after_its_own() {
        let code = |secs| shown(&device().seed, at(secs)).unwrap();
        for (late, taken) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            assert_eq!(accept(&mut device(), &code(3_000), at(3_000 + late)), taken, "{late} s late");
        }
        let mut device = device();
        assert!(accept(&mut device, &code(3_000), at(3_000)));
        assert!(!accept(&mut device, &code(3_000), at(3_000)), "again");
        assert!(!accept(&mut device, &code(2_970), at(3_000)), "one before it");
        assert!(accept(&mut device, &code(3_030), at(3_030)));
        assert!(!accept(&mut device, "28708", at(3_060)));
        assert!(!accept(&mut device, "+28708", at(3_060)));
    }

    #[test]
    fn a_clock_that_is_off_is_found_by_two_codes_and_followed_from_there() {
        let code = |secs| shown(&device().seed, at(secs)).unwrap();
        let mut device = device();
        // The device is five minutes ahead.
        assert!(!accept(&mut device, &code(6_300), at(6_000)));
        assert!(!synchronise(&mut device, &code(6_330), &code(6_300), at(6_000)), "not in a row");
        assert!(synchronise(&mut device, &code(6_300), &code(6_330), at(6_000)));
        assert_eq!(device.drift, 11);
        assert!(accept(&mut device, &code(6_360), at(6_060)));
        assert!(!synchronise(&mut device, &code(6_330), &code(6_360), at(6_060)), "used already");
    }
}
