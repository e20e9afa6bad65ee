//! Uploads by browsers' forms (S3 API reference, "POST Object"): signed by a policy that says what may be in them, or by
//! nobody.

use crate::{
    edge, faults,
    form_data::{FormError, Multipart},
    names,
};
use http::{HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use kernel::{AccountId, Caller, Cx, Region, Result, Signed, SignedIn, credentials, credentials::AuthMode};
use s3_api::*;
use sign::{Expected, Form, FormClaim, Policy, Upload, Verifier};
use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};
use wire::{Body, BodyError, ByteStream, Bytes, Input, Protocol, Timestamp, xml};

/// "The policy and other fields, without the file, are at most 20 KB" (API reference, "Error responses"); the delimiters
/// between them are not counted there.
const MAX_FIELDS: usize = 20 * 1024;
const DELIMITERS: usize = 12 * 1024;
/// Fields that are headers of a PutObject.
const HEADERS: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
];

pub async fn upload(cx: &Cx, head: &Parts, bucket: &str, body: Body) -> Result<Response<Body>> {
    if edge::is_object(cx) {
        return Err(faults::method_not_allowed());
    }
    if body.len().is_none() {
        return Err(faults::missing_content_length());
    }
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let mut parts = Multipart::new(kind, body, MAX_FIELDS + DELIMITERS).ok_or_else(faults::malformed_post_request)?;
    let (fields, filename) = fields(&mut parts).await?;
    let form = Form { fields: &fields };
    let key = form.get("key").ok_or_else(|| faults::of_form(&sign::Fault::FieldMissing { name: "key" }))?;
    let key = key.replace("${filename}", &filename);
    let (acting, policy) = signer(cx, &form).await?;
    if let Some(policy) = &policy {
        let upload = Upload { bucket, key: &key, length: None };
        let now = policy_time(cx, &form);
        policy.check(&form, &upload, now).map_err(|fault| faults::of_form(&fault))?;
    }
    let size = Rc::new(Cell::new(0));
    let file = Measured { content: parts.into_content(), policy: policy.clone(), size: size.clone() };
    let mut input = input(&fields)?;
    (input.bucket, input.key) = (bucket.to_owned(), key);
    input.body = Some(Body::Stream { stream: Box::pin(file), len: None });
    let key = input.key.clone();
    let (output, extras) = acting.stand_for(input).await;
    let mut output = output.map_err(|fault| {
        // With the numbers, which a body's error cannot carry.
        let length = policy.as_ref().map(|policy| policy.check_length(size.get()));
        match length {
            Some(Err(length)) if fault.kind().code.starts_with("EntityToo") => faults::of_form(&length),
            _ => fault,
        }
    })?;
    let etag = output.e_tag.clone().unwrap_or_default();
    let mut response = Protocol::RestXml.encode(PutObjectInput::OPERATION, &mut output, &cx.request().id);
    response.headers_mut().extend(extras.headers);
    succeed(cx, &mut response, &form, &Done { bucket, key: &key, etag: &etag });
    Ok(response)
}

/// The fields before the file, and the file's name.
async fn fields(parts: &mut Multipart) -> Result<(Vec<(String, String)>, String)> {
    let refuse = |error| match error {
        FormError::Malformed => faults::malformed_post_request(),
        FormError::TooLong => faults::max_post_pre_data_length(),
        FormError::Body(error) => faults::of_body(error),
    };
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut size = 0;
    while let Some(field) = parts.next().await.map_err(refuse)? {
        if field.name.eq_ignore_ascii_case("file") {
            // Some browsers give the whole path.
            let name = field.filename.unwrap_or_default();
            let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            return Ok((fields, name));
        }
        let text = parts.text().await.map_err(refuse)?;
        size += field.name.len() + text.len();
        if size > MAX_FIELDS {
            return Err(faults::max_post_pre_data_length());
        }
        fields.push((field.name, text));
    }
    Err(faults::invalid_argument("file", "0", "POST requires exactly one file upload per request."))
}

/// Who uploads, and the policy over it; of a form without one, nobody.
async fn signer(cx: &Cx, form: &Form<'_>) -> Result<(Cx, Option<Policy>)> {
    let refuse = |fault: sign::Fault| faults::of_form(&fault);
    let Some(claim) = form.claim().map_err(refuse)? else {
        return Ok((cx.acting(Caller::anonymous(AccountId::DEFAULT), Region::DEFAULT, None), None));
    };
    let clock = cx.cloud().clock();
    let region = match claim.scope().region() {
        None => Region::DEFAULT,
        Some(name) => Region::parse(name).ok_or_else(|| {
            refuse(sign::Fault::CredentialMalformed {
                credential: form.get("x-amz-credential").unwrap_or_default().to_owned(),
                elements: 5,
                presigned: true,
            })
        })?,
    };
    let signed = Signed { at: clock.virtual_of(Timestamp::from_secs(claim.signed_at())), place: SignedIn::Form };
    let bearer = cx.cloud().identity().bearer(cx.cloud(), claim.access_key_id(), region).await?;
    let (caller, policy) = match (cx.cloud().auth(), bearer) {
        (AuthMode::Open, bearer) => {
            let caller =
                bearer.map_or_else(|| credentials::open(claim.access_key_id()), |bearer| bearer.caller.clone());
            (caller, None)
        }
        (AuthMode::Verify, None) => {
            return Err(refuse(sign::Fault::UnknownAccessKey { access_key_id: claim.access_key_id().to_owned() }));
        }
        (AuthMode::Verify, Some(bearer)) => {
            let token = claim.session_token().unwrap_or_default();
            if token != bearer.token.as_deref().unwrap_or_default() {
                return Err(refuse(sign::Fault::InvalidToken { token: token.to_owned() }));
            }
            let policy = verified(cx, &claim, &bearer.secret).map_err(refuse)?;
            if bearer.expires().is_some_and(|end| end <= clock.now()) {
                return Err(refuse(sign::Fault::ExpiredToken { token: token.to_owned() }));
            }
            (bearer.caller.clone(), Some(policy))
        }
    };
    Ok((cx.acting(caller, region, Some(signed)), policy))
}

fn verified(cx: &Cx, claim: &FormClaim<'_>, secret: &str) -> std::result::Result<Policy, sign::Fault> {
    let expected = Expected { region: None, service: Some(cx.model().signing_name) };
    cx.cloud().cache::<Verifier>().verify_form(claim, secret, &expected)
}

/// The time that a policy's expiration is compared with. The policy was written by a clock on the wall; what has passed
/// since its form was signed has passed on the cloud's.
fn policy_time(cx: &Cx, form: &Form<'_>) -> i64 {
    let clock = cx.cloud().clock();
    let signed_at = form.claim().ok().flatten().map_or(0, |claim| claim.signed_at());
    let ahead = clock.virtual_of(Timestamp::from_secs(signed_at)).secs() - signed_at;
    clock.now().secs() - ahead
}

/// The PutObject that the fields stand for: most are headers of it.
fn input(fields: &[(String, String)]) -> Result<PutObjectInput> {
    let mut request = http::Request::put("/bucket/key");
    for (name, value) in fields {
        let name = name.to_ascii_lowercase();
        let (name, value) = match name.as_str() {
            "acl" => ("x-amz-acl".to_owned(), value.clone()),
            "tagging" => ("x-amz-tagging".to_owned(), tags(value)?),
            other if HEADERS.contains(&other) => (name, value.clone()),
            other if other.starts_with("x-amz-") => (name, value.clone()),
            _ => continue,
        };
        let header = (HeaderName::try_from(&name), HeaderValue::from_bytes(value.trim().as_bytes()));
        match header {
            (Ok(name), Ok(value)) => request = request.header(name, value),
            _ => return Err(faults::invalid_argument(&name, value, "The form's field cannot be a header.")),
        }
    }
    let request = request.body(()).map_err(|_| faults::malformed_post_request())?;
    let (mut input, mut violations) = (PutObjectInput::default(), Vec::new());
    let operation = PutObjectInput::OPERATION;
    Protocol::RestXml
        .decode(operation, &request.into_parts().0, Body::Empty, &mut input, &mut violations)
        .map_err(|error| Protocol::RestXml.malformed(&error))?;
    match violations.is_empty() {
        true => Ok(input),
        false => Err(operation.model.style.fault(Protocol::RestXml, &violations)),
    }
}

/// Tags as a header has them, from the document that a form has.
fn tags(text: &str) -> Result<String> {
    let mut pairs: Vec<String> = Vec::new();
    let mut reader = xml::Reader::new(text);
    // <Tagging><TagSet><Tag><Key>, <Value>
    let read = reader.root().and_then(|tagging| {
        reader.children(tagging, |reader, set| {
            reader.children(set, |reader, tag| {
                let (mut key, mut value) = (String::new(), String::new());
                reader.children(tag, |reader, part| {
                    let text = reader.text(part)?;
                    match part.name {
                        "Key" => key = text.into_owned(),
                        "Value" => value = text.into_owned(),
                        _ => {}
                    }
                    Ok(())
                })?;
                pairs.push(format!("{}={}", names::escaped(&key), names::escaped(&value)));
                Ok(())
            })
        })
    });
    read.map_err(|_| faults::malformed_xml())?;
    Ok(pairs.join("&"))
}

struct Done<'a> {
    bucket: &'a str,
    key: &'a str,
    etag: &'a str,
}

/// What the form wants to be answered: a redirect, or a status of three.
fn succeed(cx: &Cx, response: &mut Response<Body>, form: &Form<'_>, done: &Done<'_>) {
    let key = names::escaped(done.key).replace('+', "%20");
    let location = format!("{}/{}/{key}", cx.request().endpoint, done.bucket);
    let redirect = form.get("success_action_redirect").or_else(|| form.get("redirect"));
    // "If Amazon S3 cannot interpret the URL, it acts as if the field is not present."
    let redirect = redirect.filter(|url| url.parse::<http::Uri>().is_ok_and(|url| url.authority().is_some()));
    let (status, location) = match (redirect, form.get("success_action_status")) {
        (Some(url), _) => {
            let sign = if url.contains('?') { '&' } else { '?' };
            let escaped = |text: &str| names::escaped(text).replace('/', "%2F");
            let (bucket, key, etag) = (escaped(done.bucket), escaped(done.key), escaped(done.etag));
            (StatusCode::SEE_OTHER, format!("{url}{sign}bucket={bucket}&key={key}&etag={etag}"))
        }
        (None, Some("200")) => (StatusCode::OK, location),
        (None, Some("201")) => {
            let mut writer = xml::Writer::new(xml::Dialect { names: xml::Names::Wire, millis: true, rest: true });
            writer.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
            writer.open("PostResponse", None);
            for (name, text) in
                [("Location", location.as_str()), ("Bucket", done.bucket), ("Key", done.key), ("ETag", done.etag)]
            {
                writer.leaf(name, text);
            }
            writer.close("PostResponse");
            *response.body_mut() = writer.into_bytes().into();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
            (StatusCode::CREATED, location)
        }
        (None, _) => (StatusCode::NO_CONTENT, location),
    };
    *response.status_mut() = status;
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
}

/// A file whose size its policy bounds.
struct Measured {
    content: Body,
    policy: Option<Policy>,
    size: Rc<Cell<u64>>,
}

impl Measured {
    fn check(&self, size: u64) -> std::result::Result<(), BodyError> {
        let checked = self.policy.as_ref().map_or(Ok(()), |policy| policy.check_length(size));
        checked.map_err(|fault| BodyError::from(&faults::of_form(&fault)))
    }
}

impl ByteStream for Measured {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<std::result::Result<Bytes, BodyError>>> {
        let piece = std::task::ready!(self.content.poll_next(cx));
        let size = self.size.get() + piece.as_ref().and_then(|piece| piece.as_ref().ok()).map_or(0, Bytes::len) as u64;
        self.size.set(size);
        match &piece {
            // Too small is known at the end only, too large as soon as it is.
            None => Poll::Ready(self.check(size).err().map(Err)),
            Some(_) => match self.policy.as_ref().and_then(Policy::max_length) {
                Some(max) if size > max => Poll::Ready(self.check(size).err().map(Err)),
                _ => Poll::Ready(piece),
            },
        }
    }
}
