//! Mutated inputs: tens of thousands, the same ones in every run.

use crate::{
    call::{decode, operation},
    entries::ENTRIES,
    shapes::*,
};
use std::time::Instant;
use wire::*;

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

/// Decodes something large, which has to take about as long as it is.
fn large(protocol: Protocol, operation: &Operation, head: &str, body: impl Into<Body>) -> String {
    let started = Instant::now();
    let result = match operation.name {
        "Get" => {
            decode::<Headers>(protocol, operation, head, body).map(|(input, _)| input.others.map_or(0, |map| map.len()))
        }
        _ => decode::<Everything>(protocol, operation, head, body)
            .map(|(input, _)| input.attributes.map_or(0, |map| map.len()) + input.flat_map.map_or(0, |map| map.len())),
    };
    assert!(started.elapsed().as_secs() < 3, "{protocol:?}");
    result.map_or_else(|error| error.message, |count| count.to_string())
}

#[test]
fn large_inputs_take_linear_time() {
    const COUNT: usize = 60_000;
    let numbers = || (0..COUNT).map(|n| n.to_string());
    let post = operation("Do", "POST", "/", &EVERYTHING_SCHEMA);
    let json: Vec<String> = numbers().map(|n| format!("\"{n}\":\"\"")).collect();
    let json = format!("{{\"Attributes\":{{{}}}}}", json.join(","));
    assert_eq!(large(Protocol::Json10, &post, "POST /", json), COUNT.to_string());
    let xml: String = numbers().map(|n| format!("<FlatMap><Name>{n}</Name><Value/></FlatMap>")).collect();
    assert_eq!(large(Protocol::RestXml, &post, "POST /", format!("<a>{xml}</a>")), COUNT.to_string());
    let mut cbor = b"\xa1\x6aAttributes\xbf".to_vec();
    numbers().for_each(|n| cbor.extend([&[0x60 | n.len() as u8], n.as_bytes(), b"\x60"].concat()));
    cbor.push(0xff);
    assert_eq!(large(Protocol::Cbor, &post, "POST /", cbor), COUNT.to_string());
    let form: String = numbers().map(|n| format!("Attributes.x{n}.{}=&", "y.".repeat(20))).collect();
    assert_eq!(large(Protocol::Query, &post, "POST /", form), "0");
    let get = operation("Get", "GET", "/{Bucket}", &HEADERS_SCHEMA);
    let query: String = numbers().take(8_000).map(|n| n + "&").collect();
    assert_eq!(large(Protocol::RestJson, &get, &format!("GET /b?{query}"), Body::Empty), "8000");
}
