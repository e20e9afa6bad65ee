//! S3 Select: what is answered as events, and what as an error.
#![allow(clippy::unwrap_used)]

use bytes_of::{bzip2, gzip};
use std::time::Duration;
use testkit::{Cloud, Credentials};
use wire::{Bytes, Frame};

/// Compressed contents.
mod bytes_of {
    use std::io::Write;

    pub fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    pub fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }
}

const CSV: &str = "<CSV/>";
const USE: &str = "<CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV>";
const LINES: &str = "<JSON><Type>LINES</Type></JSON>";
const DOCUMENT: &str = "<JSON><Type>DOCUMENT</Type></JSON>";
const TO_CSV: &str = "<CSV/>";
const TO_JSON: &str = "<JSON/>";

struct Client(Cloud);

/// The answer to a query.
#[derive(Debug, Default)]
struct Answer {
    records: String,
    /// Names of events, one after the other; of an error its code.
    events: Vec<String>,
    /// Scanned, processed, returned.
    stats: [u64; 3],
    largest: usize,
}

impl Client {
    fn new() -> Client {
        let mut client = Client(Cloud::new(&[&s3::SERVICE], 1));
        client.send("PUT", "/films", &[], b"");
        client
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let mut request = http::Request::builder().method(method).uri(path).header("content-length", body.len());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let credentials = Credentials {
            access_key: "test".into(),
            secret: "test".into(),
            token: None,
            region: "us-east-1".into(),
            service: "s3".into(),
        };
        let request = request.body(body.to_vec()).unwrap();
        let response = self.0.send_signed(request, &credentials, Duration::ZERO).take().unwrap();
        (response.status().as_u16(), response.into_body())
    }

    fn put(&mut self, key: &str, body: impl AsRef<[u8]>) {
        let (status, answer) = self.send("PUT", &format!("/films/{key}"), &[], body.as_ref());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }

    fn post(&mut self, key: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer, String> {
        let path = format!("/films/{key}?select&select-type=2");
        let (status, body) = self.send("POST", &path, headers, body.as_bytes());
        match status {
            200 => Ok(read(body)),
            _ => {
                let text = String::from_utf8(body).unwrap();
                Err(format!("{status} {}", between(&text, "<Code>", "</Code>")))
            }
        }
    }

    fn ask(&mut self, key: &str, sql: &str, input: &str, output: &str, more: &str) -> Result<Answer, String> {
        self.post(key, &[], &request(sql, input, output, more))
    }

    /// The records alone.
    fn select(&mut self, key: &str, sql: &str, input: &str, output: &str) -> Result<String, String> {
        self.ask(key, sql, input, output, "").map(|answer| answer.records)
    }
}

fn request(sql: &str, input: &str, output: &str, more: &str) -> String {
    let sql = sql.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<SelectObjectContentRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Expression>{sql}</Expression>\
         <ExpressionType>SQL</ExpressionType><InputSerialization>{input}</InputSerialization>\
         <OutputSerialization>{output}</OutputSerialization>{more}</SelectObjectContentRequest>"
    )
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{text}"));
    rest.split_once(to).unwrap().0
}

fn read(body: Vec<u8>) -> Answer {
    let mut rest = Bytes::from(body);
    let mut answer = Answer::default();
    let mut records = Vec::new();
    while let Some(length) = Frame::length(&rest).unwrap() {
        let frame = Frame::decode(&rest.split_to(length)).unwrap();
        let event = frame.text(":event-type").or(frame.text(":error-code")).unwrap().to_owned();
        match event.as_str() {
            "Records" => {
                assert_eq!(frame.text(":content-type"), Some("application/octet-stream"));
                records.extend_from_slice(&frame.payload);
            }
            "Stats" => {
                assert_eq!(frame.text(":content-type"), Some("text/xml"));
                let text = String::from_utf8(frame.payload.to_vec()).unwrap();
                let count = |name: &str| between(&text, &format!("<{name}>"), &format!("</{name}>")).parse().unwrap();
                answer.stats = [count("BytesScanned"), count("BytesProcessed"), count("BytesReturned")];
            }
            _ => {}
        }
        answer.largest = answer.largest.max(frame.payload.len());
        answer.events.push(event);
    }
    assert!(rest.is_empty());
    answer.records = String::from_utf8(records).unwrap();
    answer
}

const FILMS: &str = "title,made\nHeat,1995\n\"Ran, or Chaos\",1985\n#Alien,1979\n\nStalker,1979\n";

#[test]
fn csv() {
    let mut client = Client::new();
    client.put("a.csv", FILMS);
    let mut select = |sql: &str, input: &str, output: &str| client.select("a.csv", sql, input, output).unwrap();
    let all = "SELECT * FROM S3Object";
    assert_eq!(select(all, CSV, TO_CSV), "title,made\nHeat,1995\n\"Ran, or Chaos\",1985\nStalker,1979\n");
    let ignored = "<CSV><FileHeaderInfo>IGNORE</FileHeaderInfo></CSV>";
    assert_eq!(select("SELECT _1 FROM S3Object LIMIT 1", ignored, TO_JSON), "{\"_1\":\"Heat\"}\n");
    let old = "SELECT s.Title AS t, CAST(s.made AS INT) + 1 FROM S3Object s WHERE CAST(s.made AS INT) < 1990";
    let expected = "{\"t\":\"Ran, or Chaos\",\"_2\":1986}\n{\"t\":\"Stalker\",\"_2\":1980}\n";
    assert_eq!(select(old, USE, TO_JSON), expected);
    assert_eq!(select("SELECT COUNT(*), MAX(CAST(made AS INT)) FROM S3Object", USE, TO_CSV), "3,1995\n");
    let always = "<CSV><QuoteFields>ALWAYS</QuoteFields><QuoteCharacter>'</QuoteCharacter><FieldDelimiter>;</FieldDelimiter>\
        <RecordDelimiter>|</RecordDelimiter><QuoteEscapeCharacter>\\</QuoteEscapeCharacter></CSV>";
    assert_eq!(select("SELECT _1, 'it''s' FROM S3Object LIMIT 1", ignored, always), "'Heat';'it\\'s'|");
    let lines = "<JSON><RecordDelimiter>, </RecordDelimiter></JSON>";
    assert_eq!(select("SELECT made FROM S3Object LIMIT 2", USE, lines), "{\"made\":\"1995\"}, {\"made\":\"1985\"}, ");
    // A byte order mark is no part of a name; delimiters may be others.
    client.put("b.csv", "\u{feff}a;b\r\n'x;''y';2\r\n~c\r\n");
    let other = "<CSV><FileHeaderInfo>USE</FileHeaderInfo><FieldDelimiter>;</FieldDelimiter><RecordDelimiter>&#13;\n\
        </RecordDelimiter><QuoteCharacter>'</QuoteCharacter><QuoteEscapeCharacter>'</QuoteEscapeCharacter>\
        <Comments>~</Comments></CSV>";
    assert_eq!(
        client.select("b.csv", "SELECT \"a\", b FROM S3Object", other, TO_JSON).unwrap(),
        "{\"a\":\"x;'y\",\"b\":\"2\"}\n"
    );
    client.put("c.csv", "a,\"b\nc\"\nd,e\n");
    let quoted = "<CSV><AllowQuotedRecordDelimiter>TRUE</AllowQuotedRecordDelimiter></CSV>";
    assert_eq!(client.select("c.csv", "SELECT _2 FROM S3Object", quoted, TO_CSV).unwrap(), "\"b\nc\"\ne\n");
    assert_eq!(
        client.select("c.csv", "SELECT _2 FROM S3Object", CSV, TO_CSV).unwrap_err(),
        "400 CSVEscapingRecordDelimiter"
    );
}

#[test]
fn json() {
    let mut client = Client::new();
    client.put("a.json", "{\"t\": \"Heat\", \"cast\": [{\"n\": \"Pacino\"}]}\n\n{\"t\": \"Ran\",\n\"y\": 1985.50} 7");
    let all = "SELECT * FROM S3Object";
    let mut select = |sql: &str, input: &str, output: &str| client.select("a.json", sql, input, output);
    assert_eq!(
        select(all, DOCUMENT, TO_JSON).unwrap(),
        "{\"t\":\"Heat\",\"cast\":[{\"n\":\"Pacino\"}]}\n{\"t\":\"Ran\",\"y\":1985.50}\n{\"_1\":7}\n"
    );
    assert_eq!(select("SELECT s.t, s.y FROM S3Object s", DOCUMENT, TO_CSV).unwrap(), "Heat,\nRan,1985.50\n,\n");
    // "Amazon S3 Select can only emit nested data by using the JSON output format."
    assert_eq!(select(all, DOCUMENT, TO_CSV).unwrap_err(), "400 InvalidDataType");
    let names = "SELECT c.n FROM S3Object[*].\"cast\"[*] c";
    assert_eq!(select(names, DOCUMENT, TO_JSON).unwrap(), "{\"n\":\"Pacino\"}\n{}\n{}\n");
    // A line is one value.
    assert_eq!(select(all, LINES, TO_JSON).unwrap_err(), "400 JSONParsingError");
    client.put("b.json", "{\"a\": 1}\r\n{\"a\": null}\n{}");
    assert_eq!(
        client.select("b.json", "SELECT s.a FROM S3Object s", LINES, TO_JSON).unwrap(),
        "{\"a\":1}\n{\"a\":null}\n{}\n"
    );
}

#[test]
fn compressed() {
    let mut client = Client::new();
    let text = "1,a\n".repeat(300_000);
    let sum = "SELECT SUM(CAST(_1 AS INT)) FROM S3Object";
    for (name, packed) in [("GZIP", gzip(text.as_bytes())), ("BZIP2", bzip2(text.as_bytes()))] {
        client.put("packed", &packed);
        let input = format!("{CSV}<CompressionType>{name}</CompressionType>");
        let answer = client.ask("packed", sum, &input, TO_CSV, "").unwrap();
        assert_eq!(answer.records, "300000\n");
        assert_eq!(answer.stats, [packed.len() as u64, text.len() as u64, 7], "{name}");
        client.put("packed", &packed[..packed.len() - 4]);
        assert_eq!(client.select("packed", sum, &input, TO_CSV).unwrap_err(), "400 TruncatedInput");
        client.put("packed", &text);
        assert_eq!(client.select("packed", sum, &input, TO_CSV).unwrap_err(), "400 InvalidCompressionFormat");
    }
}

/// As many streams as bytes: what is no record yet is not looked at again for each of them.
#[test]
fn compressed_byte_by_byte() {
    let mut client = Client::new();
    let one = gzip(b"a");
    client.put("packed", one.repeat(300_000));
    let input = format!("{CSV}<CompressionType>GZIP</CompressionType>");
    assert_eq!(client.select("packed", "SELECT CHAR_LENGTH(_1) FROM S3Object", &input, TO_CSV).unwrap(), "300000\n");
}

#[test]
fn events_are_bounded_and_in_order() {
    let mut client = Client::new();
    client.put("a.csv", FILMS);
    let sql = "SELECT * FROM S3Object";
    let answer = client.ask("a.csv", sql, CSV, TO_CSV, "").unwrap();
    assert_eq!(answer.events, ["Records", "Stats", "End"]);
    assert_eq!(answer.stats, [FILMS.len() as u64, FILMS.len() as u64, answer.records.len() as u64]);
    let progress = "<RequestProgress><Enabled>TRUE</Enabled></RequestProgress>";
    assert_eq!(
        client.ask("a.csv", sql, CSV, TO_CSV, progress).unwrap().events,
        ["Records", "Progress", "Stats", "End"]
    );
    assert_eq!(
        client.ask("a.csv", "SELECT * FROM S3Object LIMIT 0", CSV, TO_CSV, "").unwrap().events,
        ["Stats", "End"]
    );
    // Many records are many frames; where there are none for long, something is sent nevertheless.
    let text: String = (0..1_100_000_u32).map(|number| format!("{number},x\n")).collect();
    client.put("large.csv", &text);
    let answer = client.ask("large.csv", sql, CSV, TO_CSV, "").unwrap();
    assert!(answer.records == text && answer.largest <= 128 * 1024);
    let none = "SELECT * FROM S3Object WHERE _1 = 'none'";
    assert_eq!(client.ask("large.csv", none, CSV, TO_CSV, "").unwrap().events, ["Cont", "Stats", "End"]);
    let some = client.ask("large.csv", none, CSV, TO_CSV, progress).unwrap();
    assert_eq!(some.events, ["Progress", "Progress", "Stats", "End"]);
    // A limit ends the scan.
    let few = client.ask("large.csv", "SELECT * FROM S3Object LIMIT 2", CSV, TO_CSV, "").unwrap();
    assert_eq!((few.records.as_str(), few.stats), ("0,x\n1,x\n", [8, 8, 8]));
}

#[test]
fn what_fails_late_is_an_event() {
    let mut client = Client::new();
    let mut text = "1\n".repeat(300_000);
    text.push_str("x\n1\n");
    client.put("a.csv", &text);
    let cast = "SELECT CAST(_1 AS INT) FROM S3Object";
    let answer = client.ask("a.csv", cast, CSV, TO_CSV, "").unwrap();
    assert_eq!(answer.events.first().unwrap(), "Records");
    assert_eq!(answer.events.last().unwrap(), "CastFailed");
    client.put("a.csv", "1\nx\n");
    assert_eq!(client.select("a.csv", cast, CSV, TO_CSV).unwrap_err(), "400 CastFailed");
}

#[test]
fn limits() {
    let mut client = Client::new();
    let sql = "SELECT * FROM S3Object";
    client.put("a", "a".repeat(1024 * 1024 + 1));
    assert_eq!(client.select("a", sql, CSV, TO_CSV).unwrap_err(), "400 OverMaxRecordSize");
    client.put("a", format!("[{}1]", "1,".repeat(600_000)));
    assert_eq!(client.select("a", sql, DOCUMENT, TO_JSON).unwrap_err(), "400 OverMaxRecordSize");
    client.put("a", "a".repeat(1024 * 1024 - 1));
    assert_eq!(client.select("a", sql, CSV, TO_CSV).unwrap().len(), 1024 * 1024);
    // What comes out is bounded, too.
    client.put("a", format!("{}\n", "a".repeat(800_000)));
    assert_eq!(client.select("a", "SELECT _1, _1 FROM S3Object", CSV, TO_CSV).unwrap_err(), "400 OverMaxRecordSize");
    // So is what is made on the way, however often it is put together.
    let sql = "SELECT CHAR_LENGTH(_1 || _1) FROM S3Object";
    assert_eq!(client.select("a", sql, CSV, TO_CSV).unwrap_err(), "400 OverMaxRecordSize");
    let long = format!("SELECT '{}' FROM S3Object", "a".repeat(256 * 1024));
    assert_eq!(client.select("a", &long, CSV, TO_CSV).unwrap_err(), "400 ExpressionTooLong");
    client.put("a", b"a,b\nc,\xff\n");
    let sql = "SELECT * FROM S3Object";
    assert_eq!(client.select("a", sql, CSV, TO_CSV).unwrap_err(), "400 InvalidTextEncoding");
    client.put("a", "");
    assert_eq!(client.ask("a", "SELECT COUNT(*) FROM S3Object", CSV, TO_CSV, "").unwrap().records, "0\n");
}

/// What a statement makes of one record of the object is sent while it is made: of a small one it may be much.
#[test]
fn many_results_of_one_record() {
    let mut client = Client::new();
    let items = "1,".repeat(20_000);
    let sql = |filter: &str| format!("SELECT CAST(s AS INT), '{}' FROM S3Object[*].a[*] s {filter}", "x".repeat(1_000));
    client.put("a", format!("{{\"a\":[{items}\"x\"]}} {{\"a\":[2]}}"));
    let answer = client.ask("a", &sql(""), DOCUMENT, TO_CSV, "").unwrap();
    assert_eq!((answer.events[0].as_str(), answer.events.last().unwrap().as_str()), ("Records", "CastFailed"));
    let answer = client.ask("a", &sql("WHERE s <> 'x'"), DOCUMENT, TO_CSV, "").unwrap();
    let ones = format!("1,{}\n", "x".repeat(1_000));
    assert!(answer.records == ones.repeat(20_000) + &ones.replace('1', "2") && answer.largest <= 128 * 1024);
    let answer = client.ask("a", &sql("WHERE s <> 'x' LIMIT 700"), DOCUMENT, TO_CSV, "").unwrap();
    assert_eq!(answer.records, ones.repeat(700));
    let count = "SELECT COUNT(*) FROM S3Object[*].a[*]";
    assert_eq!(client.select("a", count, DOCUMENT, TO_CSV).unwrap(), "20002\n");
}

/// Ranges that lie side by side have each record once.
#[test]
fn scan_ranges() {
    let mut client = Client::new();
    let range = |start: Option<usize>, end: Option<usize>| {
        let start = start.map(|start| format!("<Start>{start}</Start>")).unwrap_or_default();
        let end = end.map(|end| format!("<End>{end}</End>")).unwrap_or_default();
        format!("<ScanRange>{start}{end}</ScanRange>")
    };
    let crlf = "<CSV><FileHeaderInfo>USE</FileHeaderInfo><RecordDelimiter>&#13;\n</RecordDelimiter></CSV>";
    let cases = [
        ("name,n\nann,1\nbo,22\nzoe,333\n", USE, "SELECT name FROM S3Object", "ann\nbo\nzoe\n"),
        ("name,n\r\nann,1\r\nbo,22\r\nzoe,333", crlf, "SELECT name FROM S3Object", "ann\nbo\nzoe\n"),
        ("{\"a\":1}\n{\"a\":22}\n\n{\"a\":333}", LINES, "SELECT a FROM S3Object", "1\n22\n333\n"),
    ];
    for (text, input, sql, expected) in cases {
        client.put("a", text);
        for cut in 1..text.len() {
            let first = client.ask("a", sql, input, TO_CSV, &range(Some(0), Some(cut - 1))).unwrap();
            let second = client.ask("a", sql, input, TO_CSV, &range(Some(cut), None)).unwrap();
            assert_eq!(first.records.clone() + &second.records, expected, "{text:?} cut at {cut}");
            let last = client.ask("a", sql, input, TO_CSV, &range(None, Some(text.len() - cut))).unwrap();
            assert_eq!(last.records, second.records, "{text:?} cut at {cut}");
            let one = client.ask("a", sql, input, TO_CSV, &range(Some(cut), Some(cut))).unwrap();
            assert!(one.records.lines().count() <= 1);
        }
        assert_eq!(
            client.ask("a", sql, input, TO_CSV, &range(Some(text.len()), None)).unwrap_err(),
            "416 InvalidRange"
        );
    }
    let mut refused =
        |input: &str, range: &str| client.ask("a", "SELECT * FROM S3Object", input, TO_CSV, range).unwrap_err();
    assert_eq!(refused(CSV, &range(Some(2), Some(1))), "400 InvalidRequestParameter");
    assert_eq!(refused(CSV, &range(None, None)), "400 InvalidRequestParameter");
    assert_eq!(refused(DOCUMENT, &range(Some(2), None)), "400 UnsupportedScanRangeInput");
    let packed = format!("{CSV}<CompressionType>GZIP</CompressionType>");
    assert_eq!(refused(&packed, &range(Some(2), None)), "400 UnsupportedScanRangeInput");
}

#[test]
fn refused() {
    let mut client = Client::new();
    client.put("a", FILMS);
    let all = "SELECT * FROM S3Object";
    let mut code = |sql: &str, input: &str, output: &str| client.select("a", sql, input, output).unwrap_err();
    let csv = |member: &str| format!("<CSV>{member}</CSV>");
    for (input, expected) in [
        ("", "400 InvalidDataSource"),
        ("<CSV/><JSON><Type>LINES</Type></JSON>", "400 ObjectSerializationConflict"),
        ("<Parquet/>", "501 NotImplemented"),
        ("<CSV/><CompressionType>ZIP</CompressionType>", "400 InvalidCompressionFormat"),
        ("<JSON><Type>PAGES</Type></JSON>", "400 InvalidJsonType"),
        ("<JSON/>", "400 MissingRequiredParameter"),
        (&csv("<FileHeaderInfo>MAYBE</FileHeaderInfo>"), "400 InvalidFileHeaderInfo"),
        (&csv("<FieldDelimiter>abc</FieldDelimiter>"), "400 InvalidRequestParameter"),
        (&csv("<QuoteCharacter>ab</QuoteCharacter>"), "400 InvalidRequestParameter"),
        (&csv("<QuoteCharacter>,</QuoteCharacter>"), "400 InvalidRequestParameter"),
        (&csv("<RecordDelimiter>,</RecordDelimiter>"), "400 InvalidRequestParameter"),
    ] {
        assert_eq!(code(all, input, TO_CSV), expected, "{input}");
    }
    assert_eq!(code(all, CSV, ""), "400 MissingRequiredParameter");
    assert_eq!(code(all, CSV, "<CSV/><JSON/>"), "400 ObjectSerializationConflict");
    assert_eq!(code(all, CSV, &csv("<QuoteFields>NEVER</QuoteFields>")), "400 InvalidQuoteFields");
    assert_eq!(code("SELECT * FROM S3Object ORDER BY _1", CSV, TO_CSV), "400 ParseUnexpectedToken");
    assert_eq!(code("SELECT director FROM S3Object", USE, TO_CSV), "400 MissingHeaders");
    assert_eq!(code("SELECT title FROM S3Object", CSV, TO_CSV), "400 MissingHeaders");
    let whole = request(all, CSV, TO_CSV, "");
    for (cut, expected) in [
        ("Expression", "400 MissingRequiredParameter"),
        ("ExpressionType", "400 MissingRequiredParameter"),
        ("InputSerialization", "400 MissingRequiredParameter"),
        ("OutputSerialization", "400 MissingRequiredParameter"),
    ] {
        let (open, close) = (format!("<{cut}>"), format!("</{cut}>"));
        let inner = between(&whole, &open, &close);
        let body = whole.replacen(&format!("{open}{inner}{close}"), "", 1);
        assert_eq!(client.post("a", &[], &body).unwrap_err(), expected, "{cut}");
    }
    let other = whole.replace(">SQL<", ">GQL<");
    assert_eq!(client.post("a", &[], &other).unwrap_err(), "400 InvalidExpressionType");
    assert_eq!(client.post("a", &[("range", "bytes=0-5")], &whole).unwrap_err(), "400 UnsupportedRangeHeader");
    assert_eq!(client.post("b", &[], &whole).unwrap_err(), "404 NoSuchKey");
    for class in ["GLACIER", "REDUCED_REDUNDANCY"] {
        client.send("PUT", "/films/cold", &[("x-amz-storage-class", class)], b"a");
        assert_eq!(client.post("cold", &[], &whole).unwrap_err(), "400 UnsupportedStorageClass");
    }
}

/// "Amazon S3 Select does not support anonymous access", whoever may read the object.
#[test]
fn nobody_queries() {
    let mut client = Client::new();
    client.put("a", FILMS);
    client.send("DELETE", "/films?publicAccessBlock", &[], b"");
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::films/*"}}"#;
    let (status, answer) = client.send("PUT", "/films?policy", &[], policy.as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let mut unsigned = |request: http::request::Builder, body: String| {
        let request = request.header("content-length", body.len()).body(body.into_bytes()).unwrap();
        let response = client.0.send(request).take().unwrap();
        (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
    };
    assert_eq!(unsigned(http::Request::get("/films/a"), String::new()).0, 200);
    let body = request("SELECT * FROM S3Object", CSV, TO_CSV, "");
    let (status, answer) = unsigned(http::Request::post("/films/a?select&select-type=2"), body);
    assert_eq!((status, between(&answer, "<Code>", "</Code>")), (401, "UnauthorizedAccess"));
}

#[test]
fn objects_under_customer_keys() {
    let mut client = Client::new();
    let key = [
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
        ("x-amz-server-side-encryption-customer-key-md5", "KYvwGXoFFJ42a2u2GDWhwQ=="),
    ];
    let text: String = (0..100_000_u32).map(|number| format!("{number}\n")).collect();
    let (status, answer) = client.send("PUT", "/films/secret", &key, text.as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let body = request("SELECT COUNT(*) FROM S3Object", CSV, TO_CSV, "<ScanRange><Start>300000</Start></ScanRange>");
    assert_eq!(client.post("secret", &[], &body).unwrap_err(), "400 InvalidRequest");
    let expected = text[299_999..].matches('\n').count() - usize::from(&text[299_999..300_000] != "\n");
    assert_eq!(client.post("secret", &key, &body).unwrap().records, format!("{expected}\n"));
}
