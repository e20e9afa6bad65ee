//! What hostile requests are made of, at random: forms, hosts, ranges, names of copies' sources, tags in headers.

use crate::{
    attributes::tags_of_header,
    copy::Place,
    edge::bucket_of,
    form_data::{Field, FormError, Multipart},
    get::byte_range,
    names, site,
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};
use wire::{Body, BodyError, ByteStream, Bytes};

/// A body in pieces.
struct Pieces(VecDeque<Bytes>);

impl ByteStream for Pieces {
    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

/// Cuts bytes at these places.
fn cut(bytes: &[u8], at: &[usize]) -> Body {
    let mut at: Vec<usize> = at.iter().map(|at| at % (bytes.len() + 1)).collect();
    at.sort_unstable();
    let (mut pieces, mut from) = (VecDeque::new(), 0);
    for to in at.into_iter().chain([bytes.len()]) {
        pieces.push_back(Bytes::copy_from_slice(&bytes[from..to]));
        from = to;
    }
    Body::Stream { stream: Box::pin(Pieces(pieces)), len: None }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("everything is there"),
    }
}

/// The fields of a form with their contents, up to its file, or to what is wrong with it.
fn read(body: Body) -> Result<Vec<(Field, Vec<u8>)>, String> {
    const LIMIT: usize = 2_000;
    let said = |error: FormError| match error {
        FormError::Body(error) => format!("{error:?}"),
        error => format!("{error:?}"),
    };
    run(async {
        let form = Multipart::new("multipart/form-data; boundary=xx", body, LIMIT);
        let mut form = form.ok_or("no boundary")?;
        let mut fields = Vec::new();
        while let Some(field) = form.next().await.map_err(said)? {
            if field.name == "file" {
                let (mut content, mut bytes) = (form.into_content(), Vec::new());
                while let Some(piece) = content.next().await {
                    bytes.extend_from_slice(&piece.map_err(|error| format!("{error:?}"))?);
                }
                fields.push((field, bytes));
                break;
            }
            let text = form.text().await.map_err(said)?;
            fields.push((field, text.into_bytes()));
        }
        Ok(fields)
    })
}

/// Content that looks like the end of itself.
fn content() -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![Just("\r\n"), Just("--"), Just("\r\n--x"), Just("\r"), Just("-"), Just("xx"), Just("é"), Just("a")];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat()).prop_filter("it ends", |text| !text.contains("\r\n--xx"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// However the connection cuts a form, its fields are what was sent.
    #[test]
    fn forms_come_back(
        fields in vec(("[a-z ;=.-]{1,8}", content()), 0..4),
        name in "[a-zé;=/ .-]{0,8}",
        file in content(),
        behind in content(),
        at in vec(any::<usize>(), 0..20),
    ) {
        prop_assume!(fields.iter().all(|(name, _)| name != "file"));
        let mut form = String::new();
        for (name, value) in &fields {
            form += &format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        form += &format!("--xx\r\nContent-Type: a/b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        form += &format!("{file}\r\n--xx\r\nContent-Disposition: form-data; name=\"submit\"\r\n\r\n{behind}\r\n--xx--\r\n");
        let mut expected: Vec<(Field, Vec<u8>)> = fields
            .into_iter()
            .map(|(name, value)| (Field { name, filename: None }, value.into_bytes()))
            .collect();
        expected.push((Field { name: "file".into(), filename: Some(name) }, file.into_bytes()));
        prop_assert_eq!(read(cut(form.as_bytes(), &at)), Ok(expected));
    }

    /// What is no form is so wherever it is cut.
    #[test]
    fn any_form(
        pieces in vec(prop_oneof![
            Just("--xx"), Just("\r\n"), Just("\r\n--xx\r\n"), Just("--xx--"), Just("\r\n\r\n"), Just("name=file"),
            Just("Content-Disposition: form-data; name=\"a\""), Just("content-disposition: form-data; name=\"file\\\""),
            Just("; filename=\"\\"), Just("é"), Just("x"), Just(":"),
        ], 0..16),
        bad in any::<bool>(),
        at in vec(any::<usize>(), 0..20),
    ) {
        let mut form = pieces.concat().into_bytes();
        if bad {
            form.push(0xff);
        }
        prop_assert_eq!(read(cut(&form, &at)), read(cut(&form, &[])));
    }
}

/// What buckets may be called, and often what hosts have in other places.
fn bucket() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        3 => "[a-z0-9]{1,4}".boxed(),
        2 => select(vec!["s3", "s3-website", "s3-eu-west-1", "localhost", "dualstack", "eu-west-1", "s3-accelerate", "com"])
            .prop_map(str::to_owned).boxed(),
    ];
    vec((label, select(vec![".", "-"])), 1..5)
        .prop_map(|labels| labels.iter().map(|(label, sign)| format!("{label}{sign}")).collect::<String>())
        .prop_map(|name| name.trim_end_matches(['.', '-']).to_owned())
        .prop_filter("no name of a bucket", |name| names::check(name).is_ok())
}

const HOSTS: [&str; 8] = [
    "s3.localhost:4566",
    "s3.eu-west-1.localhost:4566",
    "s3.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
    "s3.dualstack.us-east-1.amazonaws.com",
    "s3-eu-west-1.amazonaws.com",
    "s3-accelerate.amazonaws.com",
    "s3.eu-west-1.localhost.localstack.cloud:4566",
];

const SITES: [&str; 4] = [
    "s3-website.localhost:4566",
    "s3-website-us-east-1.amazonaws.com",
    "s3-website.eu-central-1.amazonaws.com",
    "s3-website.eu-west-1.localhost:4566",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_bucket_has_its_hosts(name in bucket(), end in select(HOSTS.to_vec()), signed: bool) {
        let host = format!("{name}.{end}");
        prop_assert!(site::named(&host).is_none(), "{} is no website", host);
        prop_assert_eq!(bucket_of(&host, signed), Some(name.as_str()), "{}", host);
    }

    #[test]
    fn every_bucket_has_its_website(name in bucket(), end in select(SITES.to_vec())) {
        let host = format!("{name}.{end}");
        prop_assert_eq!(site::named(&host).map(|site| site.bucket), Some(name.as_str()), "{}", host);
    }

    #[test]
    fn any_host(host in "([a-z0-9]|\\.|-|:|s3|localhost|website|amazonaws\\.com|é|[0-9]{4}){0,12}", signed: bool) {
        if let Some(bucket) = bucket_of(&host, signed) {
            prop_assert!(!bucket.is_empty() && host.starts_with(bucket));
        }
        if let Some(site) = site::named(&host) {
            prop_assert!(host.starts_with(site.bucket));
        }
    }

    /// Where every character but a few may be escaped, and others are.
    #[test]
    fn sources_of_copies_come_back(
        bucket in bucket(), key in "[ -~é\u{1f3ac}\n]{1,20}", version in proptest::option::of("[A-Za-z0-9._+ -]{1,12}"), escape: u64, slash: bool,
    ) {
        let mut bits = escape;
        let mut escaped = |text: &str| {
            let mut out = String::new();
            for byte in text.bytes() {
                bits = bits.rotate_left(1);
                match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' if bits & 1 == 0 => out.push(byte.into()),
                    byte => out.push_str(&format!("%{byte:02x}")),
                }
            }
            out
        };
        let mut text = format!("{}{}/{}", if slash { "/" } else { "" }, escaped(&bucket), escaped(&key));
        if let Some(version) = &version {
            text += &format!("?versionId={}", escaped(version));
        }
        prop_assert_eq!(Place::parse(&text).ok(), Some(Place { bucket, key, version }), "{}", text);
    }

    #[test]
    fn any_source_of_a_copy(text in "(/|%|\\?versionId=|[a-z]|%[0-9a-fA-F]{2}|arn:|é){0,12}") {
        if let Ok(place) = Place::parse(&text) {
            prop_assert!(!place.bucket.is_empty() && !place.bucket.contains('/') && !place.key.is_empty());
        }
    }

    #[test]
    fn tags_in_headers_come_back(tags in proptest::collection::btree_map("[a-zé +=._:/@-]{1,8}", "[a-zé +=._:/@-]{0,8}", 0..10), plus: bool) {
        prop_assume!(!tags.keys().any(|key| key.starts_with("aws:")));
        let escaped = |text: &str| match plus {
            true => names::escaped(text),
            false => names::escaped(text).replace('+', "%20"),
        };
        let header: Vec<String> = tags.iter().map(|(key, value)| format!("{}={}", escaped(key), escaped(value))).collect();
        let tags: Vec<(String, String)> = tags.into_iter().collect();
        prop_assert_eq!(tags_of_header(&header.join("&")).ok(), Some(tags));
    }

    #[test]
    fn any_tags_in_a_header(text in "(&|=|%|\\+|[a-c]|%[0-9a-fA-F]{2}|aws:|é){0,16}") {
        if let Ok(tags) = tags_of_header(&text) {
            prop_assert!(tags.len() <= 10 && tags.iter().all(|(key, _)| !key.is_empty()));
        }
    }

    /// As RFC 9110, 14.1 says, in numbers of any length.
    #[test]
    fn ranges(from in "[0-9]{0,2}|[0-9]{18,22}", to in "[0-9]{0,2}|[0-9]{18,22}", size in prop_oneof![0u64..120, Just(u64::MAX)]) {
        // Beyond all objects is beyond all objects.
        let number = |text: &str| Some(text.parse::<u128>().ok()?.min(u64::MAX.into()));
        let all = u128::from(size);
        let expected = match (number(&from), number(&to)) {
            (None, None) => None,
            (None, Some(last)) => Some((all.saturating_sub(last), all)),
            (Some(from), None) => Some((from, all)),
            (Some(from), Some(to)) if to < from => None,
            (Some(from), Some(to)) => Some((from, all.min(to + 1))),
        };
        // One that an object has nothing of cannot be satisfied.
        let expected = expected.map(|(from, to)| (from < to).then_some((from, to)));
        let found = byte_range(&format!("bytes={from}-{to}"), size);
        let found = found.map(|found| found.map(|(from, to)| (u128::from(from), u128::from(to))));
        prop_assert_eq!(found, expected, "bytes={}-{} of {}", from, to, size);
    }

    #[test]
    fn any_range(range in "(bytes|=|-|,| |\\+|[0-9]|\t|é){0,8}", size: u64) {
        if let Some(Some((from, to))) = byte_range(&range, size) {
            prop_assert!(from < to && to <= size);
            prop_assert!(!range.contains(['+', ',']), "{} is none", range);
        }
    }
}
