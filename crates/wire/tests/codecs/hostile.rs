//! Mutated inputs: tens of thousands, the same ones in every run.

use crate::entries::ENTRIES;

struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Bytes that mean something to one of the formats.
const TOKENS: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x9f",
    b"\xbf",
    b"\x1b",
    b"\xf9",
    b"\xc1",
    b"<",
    b">",
    b"/>",
    b"&",
    b";",
    b"]]>",
    b"<!--",
    b"\"",
    b"\\u",
    b"{",
    b"[",
    b".",
    b"=",
    b"%",
    b"99999999999999999999",
    b"\xf0\x9f\x92\xa9",
];

fn mutate(input: &mut Vec<u8>, random: &mut Xorshift) {
    for _ in 0..=random.below(4) {
        let at = random.below(input.len());
        let end = (at + random.below(16)).min(input.len());
        match random.below(6) {
            _ if input.is_empty() => input.extend_from_slice(TOKENS[random.below(TOKENS.len())]),
            0 => input[at] ^= 1 << random.below(8),
            1 => input[at] = random.next() as u8,
            2 => drop(input.drain(at..end)),
            3 => {
                let copy = input[at..end].to_vec();
                let to = random.below(input.len());
                input.splice(to..to, copy);
            }
            4 => input.truncate(at),
            _ => drop(input.splice(at..at, TOKENS[random.below(TOKENS.len())].iter().copied())),
        }
    }
}

#[test]
fn no_decoder_panics() {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    for entry in &ENTRIES {
        let seeds = (entry.seeds)();
        seeds.iter().for_each(|seed| (entry.run)(seed));
        for _ in 0..4_000 {
            let mut input = seeds[random.below(seeds.len())].clone();
            mutate(&mut input, &mut random);
            let run = || (entry.run)(&input);
            if let Err(panic) = std::panic::catch_unwind(run) {
                eprintln!("{}: {:?}", entry.name, String::from_utf8_lossy(&input));
                std::panic::resume_unwind(panic);
            }
        }
    }
}
