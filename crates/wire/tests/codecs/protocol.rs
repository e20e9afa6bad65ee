//! Which protocol a request speaks.

use crate::call::{MODEL, parts};
use wire::*;

fn of(protocols: &'static [Protocol], head: &str, body: &str) -> String {
    let model = Model { protocols, unbuilt: &[], ..copy() };
    let parts = parts(head);
    match Protocol::of_request(&model, &parts, body.as_bytes()) {
        Some((protocol, name)) => format!("{protocol:?} {}", name.as_deref().unwrap_or("-")),
        None => "none".to_owned(),
    }
}

fn copy() -> Model {
    Model {
        name: MODEL.name,
        id: MODEL.id,
        signing_name: MODEL.signing_name,
        api_version: MODEL.api_version,
        protocols: &[],
        target_prefix: MODEL.target_prefix,
        xml_namespace: None,
        error_namespace: None,
        query_compatible: false,
        style: Style::Rest,
        principal: MODEL.principal,
        unbuilt: &[],
    }
}

#[test]
fn a_service_of_three_protocols() {
    use Protocol::{Cbor, Json10, Json11, Query, RestJson};
    let all = &[Cbor, Json10, Query];
    let form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8";
    for (protocols, head, body, expected) in [
        (&all[..], "POST /service/T/operation/Put\nsmithy-protocol: rpc-v2-cbor", "", "Cbor Put"),
        (all, "POST /x/service/T/operation/Put\nsmithy-protocol: rpc-v2-cbor", "", "Cbor Put"),
        (all, "POST /operation/Put\nsmithy-protocol: rpc-v2-cbor", "", "none"),
        (all, "POST /\nX-Amz-Target: T.Put\nContent-Type: application/x-amz-json-1.0", "{}", "Json10 Put"),
        (
            &[Json10, Json11],
            "POST /\nX-Amz-Target: T.Put\nContent-Type: application/x-amz-json-1.1",
            "{}",
            "Json11 Put",
        ),
        (&[Json11], "POST /\nX-Amz-Target: T_2012.v1.Put\nContent-Type: application/x-amz-json-1.0", "", "Json11 Put"),
        (all, &format!("POST /\n{form}"), "Version=1&Action=Put&X=1", "Query Put"),
        (all, &format!("POST /?Action=Get\n{form}"), "Action=Put", "Query Get"),
        (all, "GET /?Action=Get", "", "Query Get"),
        (all, "GET /", "\u{1}", "none"),
        (&[Json10], "GET /?Action=Get", "", "none"),
        (&[Query], "POST /\nX-Amz-Target: T.Put", "", "none"),
        (&[RestJson], "GET /x?Action=Get", "", "RestJson -"),
        (&[Protocol::RestXml], "PUT /b/k", "", "RestXml -"),
        (&[Protocol::Ec2], "POST /", "Action=Run", "Ec2 Run"),
    ] {
        assert_eq!(of(protocols, head, body), expected, "{head}");
    }
}
