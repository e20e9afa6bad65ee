//! Transcripts: what a client says and what the cloud answers, as text that a reader can learn the service from.
//!
//! | line | meaning |
//! |---|---|
//! | `# …` | a comment |
//! | `> sqs SendMessage {…}` | a request in the service's first protocol; indented lines go on with it |
//! | `do sqs CreateQueue {…}` | a request that must succeed, and whose answer is not shown |
//! | `> query: sqs SendMessage {…}` | the same in the Query protocol: the object holds the form's parameters |
//! | `> query /000000000000/jobs: sqs SendMessage {…}` | the same, posted to a path |
//! | `> s3 PUT /bucket/key` | a request as it is in HTTP; indented lines `name: value` are its headers, those that begin with `\|` its body |
//! | `< …` | the answer: the status unless it is 200, headers that matter, the body |
//! | `< (waiting)` | no answer yet: time, or another request, must come first |
//! | `wait` | the answer of the oldest request that waits |
//! | `$url = QueueUrl` | names a value of the last answer; `$url` stands for it in later requests |
//! | `$policy = {…}` | names a text; inside a JSON string it is escaped |
//! | `$body = "x" * 1000` | names a repeated text |
//! | `$code = totp $seed` | names what an MFA device shows now, by the seed as IAM answered it |
//! | `advance 30s` | moves time: `ms`, `s`, `m`, `h`, `d` |
//! | `freeze`, `resume` | stops time, lets it go on |
//! | `as 111122223333`, `as anonymous` | who signs from here on: root of an account, or nobody |
//! | `as $key $secret $token` | the same with a key that was made here, its secret and, of a temporary one, its token |
//! | `in eu-west-1` | the region from here on |
//! | `sign secret=… key=… token=… region=… service=… age=20m` | how the next request is signed, where it differs |
//! | `repeat 300` | the next request is sent so often, `$n` counting from 1; the last answer is shown |
//! | `show content-type` | headers to show from here on |
//!
//! Ids, receipt handles and tokens appear under names: `$message-1`, `$receipt-1`. They may be used like any other name.
//! `UPDATE_EXPECT=1` writes what came instead of what is there.

use std::time::Duration;

/// A step of a transcript and the lines it was read from.
pub(crate) struct Line {
    /// Of its first line, from 1.
    pub number: usize,
    /// As it stands in the file, continuation lines included.
    pub text: String,
    pub step: Step,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Comments and empty lines.
    Nothing,
    Request(Request),
    Wait,
    Capture {
        name: String,
        path: String,
    },
    Set {
        name: String,
        text: String,
    },
    /// What an MFA device shows.
    Code {
        name: String,
        seed: String,
    },
    Advance(Duration),
    Freeze,
    Resume,
    /// Access key, secret and token.
    As(Vec<String>),
    In(String),
    Sign(Vec<(String, String)>),
    Repeat(usize),
    Show(Vec<String>),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The path that a Query request is posted to.
    pub query: Option<String>,
    /// Must succeed, and is not shown.
    pub quiet: bool,
    pub service: String,
    pub operation: String,
    pub body: String,
}

/// Reads a transcript without its answers.
pub(crate) fn read(text: &str) -> Result<Vec<Line>, String> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match lines.last_mut() {
            _ if line.starts_with('<') => {}
            Some((_, last)) if line.starts_with(' ') => last.extend(["\n", line]),
            _ => lines.push((index + 1, line.to_owned())),
        }
    }
    let read = |(number, text): (usize, String)| match step(text.trim()) {
        Some(step) => Ok(Line { number, text, step }),
        None => Err(format!("line {number} is no step of a transcript: {text}")),
    };
    lines.into_iter().map(read).collect()
}

fn step(text: &str) -> Option<Step> {
    if text.is_empty() || text.starts_with('#') {
        return Some(Step::Nothing);
    }
    if let Some(request) = text.strip_prefix("> ") {
        return request_of(request, false).map(Step::Request);
    }
    if let Some(request) = text.strip_prefix("do ") {
        return request_of(request, true).map(Step::Request);
    }
    if let Some(set) = text.strip_prefix('$') {
        let (name, value) = set.split_once(" = ")?;
        return set_of(name.to_owned(), value.trim());
    }
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "wait" => Step::Wait,
        "freeze" => Step::Freeze,
        "resume" => Step::Resume,
        "advance" => Step::Advance(duration(rest)?),
        "as" => Step::As(rest.split(' ').map(str::to_owned).collect()),
        "in" => Step::In(rest.to_owned()),
        "repeat" => Step::Repeat(rest.parse().ok()?),
        "show" => Step::Show(rest.split(' ').map(str::to_owned).collect()),
        "sign" => {
            let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            Step::Sign(rest.split(' ').map(pair).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn request_of(text: &str, quiet: bool) -> Option<Request> {
    let (query, text) = match text.strip_prefix("query").and_then(|rest| rest.split_once(": ")) {
        Some(("", rest)) => (Some("/".to_owned()), rest),
        Some((path, rest)) if path.starts_with(" /") => (Some(path[1..].to_owned()), rest),
        _ => (None, text),
    };
    let (service, rest) = text.split_once(' ')?;
    let (operation, body) = rest.split_once([' ', '\n']).unwrap_or((rest, "{}"));
    Some(Request { query, quiet, service: service.into(), operation: operation.into(), body: body.trim().into() })
}

fn set_of(name: String, value: &str) -> Option<Step> {
    if let Some((text, times)) = value.strip_prefix('"').and_then(|rest| rest.rsplit_once("\" * ")) {
        return Some(Step::Set { name, text: text.repeat(times.parse().ok()?) });
    }
    if let Some(seed) = value.strip_prefix("totp ") {
        return Some(Step::Code { name, seed: seed.to_owned() });
    }
    Some(match value.starts_with(['{', '[', '"']) {
        true => Step::Set { name, text: value.trim_matches('"').to_owned() },
        false => Step::Capture { name, path: value.to_owned() },
    })
}

pub(crate) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let millis = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number * millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_read_back() {
        let text = "# hi\n> sqs A {\"a\":\n  1}\n< no\n\nadvance 90s\n$x = A.0.b\n$y = \"ab\" * 2\n$z = {\"a\": 1}\n";
        let lines = read(text).unwrap();
        let steps: Vec<_> = lines.iter().map(|line| (line.number, &line.step)).collect();
        let request = Request {
            query: None,
            quiet: false,
            service: "sqs".into(),
            operation: "A".into(),
            body: "{\"a\":\n  1}".into(),
        };
        let set = |name: &str, text: &str| Step::Set { name: name.into(), text: text.into() };
        assert_eq!(
            steps,
            [
                (1, &Step::Nothing),
                (2, &Step::Request(request)),
                (5, &Step::Nothing),
                (6, &Step::Advance(Duration::from_secs(90))),
                (7, &Step::Capture { name: "x".into(), path: "A.0.b".into() }),
                (8, &set("y", "abab")),
                (9, &set("z", "{\"a\": 1}")),
            ]
        );
    }

    #[test]
    fn other_lines_are_refused_with_their_number() {
        assert_eq!(read("# a\nadvance soon\n").err().unwrap(), "line 2 is no step of a transcript: advance soon");
    }
}
