//! Answers and errors of the Query and EC2 protocols.

use crate::{
    call::{DO, MODEL, fault, text},
    shapes::{Everything, everything},
};
use wire::*;

#[test]
fn a_query_answer_uses_the_query_names() {
    assert_eq!(
        text(Protocol::Query.encode(&DO, &mut everything(), "r-1")),
        "200\ncontent-type: text/xml\nx-amzn-requestid: r-1\n\
         <DoResponse xmlns=\"http://thing.amazonaws.com/doc/2026-01-31/\"><DoResult>\
         <Flag>true</Flag><Count>-7</Count><Big>1152921504606846976</Big><Ratio>0.25</Ratio>\
         <Text>a &lt;b&gt; &amp; &quot;c&quot;&#xD;\n\u{fffd}ä</Text><Kind>fast</Kind><Data>AP8=</Data>\
         <When>2026-01-31T12:00:00.500Z</When><Epoch>1769860800</Epoch>\
         <Names><member>a</member><member>b</member></Names><FlatItem>x</FlatItem><FlatItem>y</FlatItem>\
         <Attributes><entry><key>k</key><value>v</value></entry><entry><key>l</key><value>w</value></entry></Attributes>\
         <Attribute><Name>K</Name><Value>V</Value></Attribute>\
         <Inner><Name>inner</Name><Child><Name>deep</Name></Child></Inner>\
         <Items><item><Name>one</Name></item>\
         <item><Name>two</Name><Children><item><Name>three</Name></item></Children></item></Items>\
         <Choice><Number>5</Number></Choice>\
         <NestedMap><entry><key>m</key><value><Name>n</Name></value></entry></NestedMap>\
         </DoResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DoResponse>"
    );
}

#[test]
fn an_ec2_answer_has_its_members_at_the_top() {
    let mut output = Everything {
        count: Some(1),
        flat: Some(vec!["x".into()]),
        names: Some(vec![]),
        when: Some(Timestamp::from_secs(1_769_860_800)),
        text: Some(String::new()),
        ..Everything::default()
    };
    assert_eq!(
        text(Protocol::Ec2.encode(&DO, &mut output, "r-1")),
        "200\ncontent-type: text/xml;charset=UTF-8\nx-amzn-requestid: r-1\n\
         <DoResponse xmlns=\"http://thing.amazonaws.com/doc/2026-01-31/\"><requestId>r-1</requestId>\
         <count>1</count><Text></Text><When>2026-01-31T12:00:00.000Z</When><Names/><flat>x</flat></DoResponse>"
    );
}

#[test]
fn no_result_wrapper_without_a_result() {
    let operation = Operation { result_wrapper: None, ..crate::call::operation("Drop", "POST", "/", DO.output) };
    assert!(
        text(Protocol::Query.encode(&operation, &mut Everything::default(), "r"))
            .ends_with("/\"><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DropResponse>")
    );
}

#[test]
fn faults() {
    assert_eq!(
        text(Protocol::Query.encode_fault(&MODEL, Some(&DO), &fault(), "r-1")),
        "404\ncontent-type: text/xml\nx-amzn-requestid: r-1\n\
         <ErrorResponse xmlns=\"http://thing.amazonaws.com/doc/2026-01-31/\"><Error><Type>Sender</Type>\
         <Code>Thing.Gone</Code><Message>No &lt;thing&gt;</Message><ThingName>t</ThingName><Detail/></Error>\
         <RequestId>r-1</RequestId></ErrorResponse>"
    );
    assert_eq!(
        text(Protocol::Ec2.encode_fault(&MODEL, None, &fault(), "r-1")),
        "404\ncontent-type: text/xml;charset=UTF-8\nx-amzn-requestid: r-1\n\
         <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>Thing.Gone</Code>\
         <Message>No &lt;thing&gt;</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
    );
    assert_eq!(
        text(Protocol::Json10.encode_fault(&MODEL, None, &fault(), "r-1")),
        "404\ncontent-type: application/x-amz-json-1.0\nx-amzn-query-error: Thing.Gone;Sender\nx-amzn-requestid: r-1\n\
         {\"__type\":\"com.amazon.coral.service#ThingDoesNotExist\",\"Message\":\"No <thing>\",\"ThingName\":\"t\"}"
    );
}
