//! REST requests and answers: paths, query strings, headers, statuses and payloads.

use crate::{
    call::{self, decode, fault, operation, text},
    shapes::*,
};
use wire::*;

static GET: Operation = operation("Get", "GET", "/{Bucket}/{Key+}?get", &HEADERS_SCHEMA);
static S3: Model = Model { name: "s3", ..copy(&call::MODEL) };

const fn copy(model: &Model) -> Model {
    Model {
        name: model.name,
        id: model.id,
        signing_name: model.signing_name,
        api_version: model.api_version,
        protocols: &[Protocol::RestXml],
        target_prefix: None,
        xml_namespace: model.xml_namespace,
        error_namespace: None,
        query_compatible: false,
        style: Style::Rest,
        principal: model.principal,
        unbuilt: &[],
    }
}

#[test]
fn every_place_of_a_request() {
    let (input, violations) = decode::<Headers>(
        Protocol::RestJson,
        &GET,
        "GET /b%2Fc/a%20+/c//%C3%A4/?get&max-keys=5&tag=x&tag=y+z&other=1&other=2&third
         X-Text: a, b
         x-flag: true
         X-When: Sat, 31 Jan 2026 12:00:00 GMT
         X-Strings: a, \"b,c\"
         X-Strings: d
         X-Numbers: 1, 2
         X-Times: Sat, 31 Jan 2026 12:00:00 GMT, Sat, 31 Jan 2026 12:00:01 GMT
         X-Json: eyJhIjoxfQ==
         x-meta-One: 1
         X-Meta-two: 2",
        Body::Empty,
    )
    .unwrap();
    assert_eq!(violations, []);
    assert_eq!((&*input.bucket, &*input.key), ("b/c", "a +/c//ä/"));
    assert_eq!(input.max_keys, Some(5));
    assert_eq!(input.tags.as_deref(), Some(&["x".to_owned(), "y z".to_owned()][..]));
    let others: Vec<_> = input.others.as_ref().unwrap().iter().collect();
    assert_eq!(others, [("other", &vec!["1".to_owned(), "2".to_owned()]), ("third", &vec![String::new()])]);
    assert_eq!(input.text.as_deref(), Some("a, b"));
    assert_eq!(input.flag, Some(true));
    assert_eq!(input.when, Some(Timestamp::from_secs(1_769_860_800)));
    assert_eq!(input.strings.unwrap(), ["a", "b,c", "d"]);
    assert_eq!(input.numbers.unwrap(), [1, 2]);
    assert_eq!(input.times.unwrap()[1], Timestamp::from_secs(1_769_860_801));
    assert_eq!(input.json.as_deref(), Some("{\"a\":1}"));
    let meta: Vec<_> = input.meta.as_ref().unwrap().iter().collect();
    assert_eq!(meta, [("one", &"1".to_owned()), ("two", &"2".to_owned())]);
}

#[test]
fn missing_members_everywhere() {
    let (_, violations) = decode::<Headers>(Protocol::RestJson, &GET, "GET /b?get", Body::Empty).unwrap();
    assert_eq!(violations.iter().map(|v| v.path.as_str()).collect::<Vec<_>>(), ["Key"]);
    let put = operation("Put", "PUT", "/", &WITH_POLICY);
    for protocol in [Protocol::RestJson, Protocol::RestXml] {
        let (_, violations) = decode::<WithPolicy>(protocol, &put, "PUT /", Body::Empty).unwrap();
        assert_eq!(violations.iter().map(|v| v.path.as_str()).collect::<Vec<_>>(), ["Payload"]);
    }
}

#[test]
fn headers_that_do_not_parse() {
    for head in ["GET /b/k?max-keys=x", "GET /b/k\nX-When: soon", "GET /b/k\nX-Numbers: 1, x", "GET /b/k\nX-Json: !"] {
        let error = decode::<Headers>(Protocol::RestXml, &GET, head, Body::Empty).unwrap_err();
        if !head.contains("Json") {
            assert_eq!(Protocol::RestXml.malformed(&error).kind(), &common::INVALID_ARGUMENT, "{head}");
        }
    }
}

#[test]
fn every_place_of_an_answer() {
    let mut output = Headers {
        text: Some("a, b".into()),
        flag: Some(false),
        when: Some(Timestamp::from_secs(1_769_860_800)),
        strings: Some(vec!["a".into(), "b,c".into(), "\"d\"".into()]),
        numbers: Some(vec![1, 2]),
        times: Some(vec![]),
        json: Some("{\"a\":1}".into()),
        meta: Some(Dict::from_iter([("one", "1".to_owned()), ("bad name", "2".to_owned()), ("x", "a\nb".to_owned())])),
        status: Some(206),
        ..Headers::default()
    };
    assert_eq!(
        text(Protocol::RestJson.encode(&GET, &mut output, "r")),
        "206\nx-amzn-requestid: r\nx-flag: false\nx-json: eyJhIjoxfQ==\nx-meta-one: 1\nx-numbers: 1, 2\n\
         x-strings: a, \"b,c\", \"\\\"d\\\"\"\nx-text: a, b\nx-when: Sat, 31 Jan 2026 12:00:00 GMT\n"
    );
}

#[test]
fn json_bodies() {
    let put = Operation { status: 201, ..operation("Put", "PUT", "/", &EVERYTHING_SCHEMA) };
    let (input, _) =
        decode::<Everything>(Protocol::RestJson, &put, "PUT /", "{\"count\":3,\"When\":1.5}".to_owned()).unwrap();
    assert_eq!((input.count, input.when), (Some(3), Some(Timestamp::from_millis(1_500))));
    decode::<Everything>(Protocol::RestJson, &put, "PUT /", Body::Empty).unwrap();
    let mut output = Everything { count: Some(3), ..Everything::default() };
    assert_eq!(
        text(Protocol::RestJson.encode(&put, &mut output, "r")),
        "201\ncontent-type: application/json\nx-amzn-requestid: r\n{\"count\":3}"
    );
}

#[test]
fn payloads() {
    fn both<T: Shape + Default>(protocol: Protocol, schema: &'static Schema, body: &str) -> String {
        let put = operation("Put", "PUT", "/", schema);
        let (mut value, violations) = decode::<T>(protocol, &put, "PUT /\nx-id: 7", body.to_owned()).unwrap();
        assert_eq!(violations, []);
        text(protocol.encode(&put, &mut value, "r"))
    }
    let head = |kind| format!("200\ncontent-type: {kind}\nx-amzn-requestid: r\nx-id: 7\n");
    let (json, xml) = (Protocol::RestJson, Protocol::RestXml);
    assert_eq!(both::<WithText>(json, &WITH_TEXT, "täxt"), head("text/plain") + "täxt");
    assert_eq!(both::<WithBlob>(xml, &WITH_BLOB, "bl<b"), head("application/octet-stream") + "bl<b");
    assert_eq!(both::<WithBody>(xml, &WITH_BODY, "body"), head("application/octet-stream") + "body");
    assert_eq!(both::<WithDocument>(json, &WITH_DOCUMENT, "[1, {}]"), head("application/json") + "[1,{}]");
    assert_eq!(
        both::<WithPolicy>(json, &WITH_POLICY, "{\"Owner\":\"o\"}"),
        head("application/json") + "{\"Owner\":\"o\"}"
    );
    assert_eq!(
        both::<WithPolicy>(
            xml,
            &WITH_POLICY,
            "<?xml version='1.0'?><!-- c --><x:Any xmlns:x=\"u\"><Owner>o &amp;<![CDATA[<>]]>&#xe4;</Owner><Grants>\n\
             <Grant xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type='Group'><ID/><No/></Grant>\
             </Grants></x:Any>\n"
        ),
        head("application/xml")
            + "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
               <AccessPolicy xmlns=\"http://thing.amazonaws.com/doc/2026-01-31/\"><Grants>\
               <Grant xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><ID></ID></Grant>\
               </Grants><Owner>o &amp;&lt;&gt;ä</Owner></AccessPolicy>"
    );
}

#[test]
fn a_streaming_body_stays_unread() {
    struct Never;
    impl ByteStream for Never {
        fn poll_next(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context,
        ) -> std::task::Poll<Option<Result<Bytes, BodyError>>> {
            std::task::Poll::Pending
        }
    }
    let stream = || Body::Stream { stream: Box::pin(Never), len: None };
    let put = operation("Put", "PUT", "/", &WITH_BODY);
    assert!(put.streams_input());
    let (input, _) = decode::<WithBody>(Protocol::RestXml, &put, "PUT /", stream()).unwrap();
    assert!(matches!(input.payload, Some(Body::Stream { .. })));
    let put = operation("Put", "PUT", "/", &WITH_BLOB);
    assert!(!put.streams_input());
    assert!(decode::<WithBlob>(Protocol::RestXml, &put, "PUT /", stream()).is_err());
}

#[test]
fn xml_reads_what_it_writes() {
    let put = operation("Put", "PUT", "/", &EVERYTHING_SCHEMA);
    let sent = everything();
    let (_, mut body) = Protocol::RestXml.encode(&put, &mut everything(), "r").into_parts();
    let (got, violations) =
        decode::<Everything>(Protocol::RestXml, &put, "PUT /", Bytes::from(call::bytes(&mut body))).unwrap();
    assert_eq!(violations, []);
    // Only the control character is lost.
    assert_eq!(format!("{got:?}"), format!("{sent:?}").replace("\\u{1}", "\u{fffd}"));
}

#[test]
fn malformed_xml() {
    let put = operation("Put", "PUT", "/", &EVERYTHING_SCHEMA);
    let deep = "<a>".repeat(100_000);
    for body in [
        "x",
        "<a",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&x;</a>",
        "<a>&</a>",
        "<a>&#0;</a>",
        "<a>&#xd800;</a>",
        "<a b=c/>",
        "<a b/>",
        "<a b='/>",
        "<a b='<'/>",
        "</a>",
        "<>",
        "< a/>",
        "<!DOCTYPE a><a/>",
        "<a><![CDATA[</a>",
        "<a><!--</a>",
        "<?xml",
        "<a/>text",
        "<Count/>text",
        "<a><count>x</count></a>",
        "<a><Flag></Flag></a>",
        &deep,
    ] {
        let error = decode::<Everything>(Protocol::RestXml, &put, "PUT /", body.to_owned()).unwrap_err();
        assert_eq!(Protocol::RestXml.malformed(&error).kind(), &common::MALFORMED_XML, "{body}");
    }
    decode::<Everything>(Protocol::RestXml, &put, "PUT /", "  ".to_owned()).unwrap();
}

#[test]
fn s3_has_ways_of_its_own() {
    static LOCATION: Operation =
        Operation { model: &S3, ..operation("GetBucketLocation", "GET", "/", &LOCATION_SCHEMA) };
    let mut output = BucketLocation { location_constraint: Some("eu-west-1".into()) };
    assert_eq!(
        text(Protocol::RestXml.encode(&LOCATION, &mut output, "r")),
        "200\ncontent-type: application/xml\nx-amz-id-2: r\nx-amz-request-id: r\n\
         <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <LocationConstraint xmlns=\"http://thing.amazonaws.com/doc/2026-01-31/\">eu-west-1</LocationConstraint>"
    );
    assert_eq!(
        text(Protocol::RestXml.encode_fault(&S3, None, &fault(), "r")),
        "404\ncontent-type: application/xml\nx-amz-id-2: r\nx-amz-request-id: r\n\
         <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>Thing.Gone</Code><Message>No &lt;thing&gt;</Message>\
         <ThingName>t</ThingName><RequestId>r</RequestId><HostId>r</HostId></Error>"
    );
    let when = |operation: &Operation| {
        let mut output = Everything { when: Some(Timestamp::from_secs(0)), ..Everything::default() };
        text(Protocol::RestXml.encode(operation, &mut output, "r"))
    };
    let put = || operation("Put", "PUT", "/", &EVERYTHING_SCHEMA);
    assert!(when(&put()).contains(">1970-01-01T00:00:00Z<"));
    assert!(when(&Operation { model: &S3, ..put() }).contains(">1970-01-01T00:00:00.000Z<"));
}

#[test]
fn faults() {
    assert_eq!(
        text(Protocol::RestJson.encode_fault(&call::MODEL, None, &fault(), "r")),
        "404\ncontent-type: application/json\nx-amzn-errortype: ThingDoesNotExist\nx-amzn-query-error: Thing.Gone;Sender\n\
         x-amzn-requestid: r\n{\"Message\":\"No <thing>\",\"ThingName\":\"t\"}"
    );
    assert!(text(Protocol::RestXml.encode_fault(&call::MODEL, None, &fault(), "r")).contains(
        "<Error><Type>Sender</Type><Code>Thing.Gone</Code><Message>No &lt;thing&gt;</Message><ThingName>t</ThingName></Error>"
    ));
}

#[test]
fn not_modified_has_no_body() {
    static NOT_MODIFIED: ErrorKind =
        ErrorKind { name: "NotModified", code: "NotModified", status: 304, sender: true, message: "message" };
    let (parts, mut body) =
        Protocol::RestXml.encode_fault(&S3, None, &Fault::new(&NOT_MODIFIED, "m"), "r").into_parts();
    assert_eq!((parts.status.as_u16(), call::bytes(&mut body).len()), (304, 0));
}
