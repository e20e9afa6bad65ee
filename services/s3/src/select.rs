//! S3 Select: an SQL expression over the records of one object, answered as a stream of events (S3 user guide, "Querying
//! data in place with Amazon S3 Select"). The language is `lang::select`.

mod csv;
mod faults;
mod input;
mod json;
mod output;
mod range;
mod reader;
mod scan;
mod stream;
mod unpack;

use crate::{
    bucket::Bucket,
    data,
    encryption::{self, customer},
    get,
    records::ObjectRecord,
    seal::DataKey,
};
use http::header;
use input::{Format, Header};
use kernel::{Cx, Result};
use lang::select::{Statement, Time};
use range::Range;
use reader::Reader;
use s3_api::*;
use scan::{Plan, Scan};
use std::rc::Rc;
use wire::Body;

pub async fn select_object_content(cx: Cx, input: SelectObjectContentInput) -> Result<SelectObjectContentOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    if cx.caller().is_anonymous() {
        return Err(faults::anonymous());
    }
    if cx.header(header::RANGE).is_some() {
        return Err(faults::unsupported_range_header());
    }
    let expression = input.expression.as_deref().ok_or_else(|| faults::missing("Expression"))?;
    match input.expression_type.as_ref().map(|kind| kind.as_str()) {
        Some(kind) if kind.eq_ignore_ascii_case("SQL") => {}
        Some(_) => return Err(faults::invalid_expression_type()),
        None => return Err(faults::missing("ExpressionType")),
    }
    let (format, compression) = input::of(input.input_serialization.as_ref())?;
    let output = output::Output::of(input.output_serialization.as_ref())?;
    Range::check(input.scan_range.as_ref(), &format, compression)?;
    let format = Rc::new(format);
    let plan = Plan {
        statement: Statement::parse(expression).map_err(faults::of)?,
        weight: expression.len() as u64,
        format: format.clone(),
        output,
        progress: input.request_progress.and_then(|progress| progress.enabled).unwrap_or_default(),
        now: Time::from_micros(cx.now().0),
    };
    let record = get::version(&cx, &bucket, &input.key, None).await?;
    check_class(&cx, &record)?;
    let key = encryption::of_read(&cx, &bucket, &input.key, &record, &customer!(input)).await?;
    let range = Range::of(input.scan_range.as_ref(), record.size)?;
    let object = Object { cx: &cx, bucket: &bucket, record: &record };
    // From where the delimiter before the range would be.
    let before = match &*format {
        Format::Csv(csv) => csv.record.len(),
        Format::Lines | Format::Document => 1,
    };
    let from = range.from.saturating_sub(before as u64);
    let needs_header = matches!(&*format, Format::Csv(csv) if csv.header == Header::Use);
    let header = match needs_header && range.from > 0 {
        true => Some(Reader::new(object.read(key.clone(), 0).await?, format.clone(), compression, 0)),
        false => None,
    };
    let reader = Reader::new(object.read(key, from).await?, format, compression, from);
    let scan = Scan::new(reader, header, range, plan).await?;
    Ok(SelectObjectContentOutput { payload: stream::of(scan).await? })
}

struct Object<'a> {
    cx: &'a Cx,
    bucket: &'a Bucket,
    record: &'a ObjectRecord,
}

impl Object<'_> {
    /// Its bytes from a place to its end, as they are needed.
    async fn read(&self, key: Option<DataKey>, from: u64) -> Result<Body> {
        let Object { cx, bucket, record } = self;
        let snapshot = cx.read();
        let pieces = data::pieces(&*snapshot, &bucket.keys, &record.content, record.size, from, record.size).await?;
        data::read(cx, &bucket.keys, pieces, key).await
    }
}

/// "You cannot query objects in the GLACIER, DEEP_ARCHIVE, or REDUCED_REDUNDANCY storage classes" (API reference), nor
/// those in archive tiers.
fn check_class(cx: &Cx, record: &ObjectRecord) -> Result<()> {
    match record.storage_class.as_str() {
        "GLACIER" | "DEEP_ARCHIVE" | "REDUCED_REDUNDANCY" => Err(faults::unsupported_storage_class()),
        _ => get::check_archive(cx, record),
    }
}
