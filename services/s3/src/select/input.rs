//! How an object is to be read: `InputSerialization`.

use super::{csv::Csv, faults, unpack::Compression};
use kernel::Result;
use s3_api::{CSVInput, InputSerialization};

/// What the records of an object are.
pub enum Format {
    Csv(Csv),
    /// Values one after the other, with any space between and inside.
    Document,
    /// One value a line.
    Lines,
}

/// What the first record of CSV is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// A record as any other.
    None,
    /// The names of the columns.
    Use,
    Ignore,
}

pub fn of(input: Option<&InputSerialization>) -> Result<(Format, Compression)> {
    let input = input.ok_or_else(|| faults::missing("InputSerialization"))?;
    let compression = match input.compression_type.as_ref().map(|compression| compression.as_str()) {
        None | Some("NONE") => Compression::None,
        Some("GZIP") => Compression::Gzip,
        Some("BZIP2") => Compression::Bzip2,
        Some(_) => return Err(faults::invalid_compression_format()),
    };
    let format = match (&input.csv, &input.json, &input.parquet) {
        (Some(csv), None, None) => Format::Csv(of_csv(csv)?),
        (None, Some(json), None) => match json.r#type.as_ref().map(|kind| kind.as_str()) {
            Some(kind) if kind.eq_ignore_ascii_case("DOCUMENT") => Format::Document,
            Some(kind) if kind.eq_ignore_ascii_case("LINES") => Format::Lines,
            Some(_) => return Err(faults::invalid_json_type()),
            None => return Err(faults::missing("JSON.Type")),
        },
        (None, None, Some(_)) => {
            let message = "Objects in Apache Parquet are not queried by this cloud: only CSV and JSON are.";
            return Err(wire::common::not_implemented(message));
        }
        (None, None, None) => return Err(faults::invalid_data_source()),
        _ => return Err(faults::object_serialization_conflict()),
    };
    Ok((format, compression))
}

fn of_csv(csv: &CSVInput) -> Result<Csv> {
    let header = match csv.file_header_info.as_ref().map(|info| info.as_str().to_ascii_uppercase()).as_deref() {
        None | Some("NONE") => Header::None,
        Some("USE") => Header::Use,
        Some("IGNORE") => Header::Ignore,
        Some(_) => return Err(faults::invalid_file_header_info()),
    };
    let quote = character("QuoteCharacter", csv.quote_character.as_deref(), Some('"'))?;
    let made = Csv {
        header,
        comments: character("Comments", csv.comments.as_deref(), Some('#'))?,
        quote,
        escape: character("QuoteEscapeCharacter", csv.quote_escape_character.as_deref(), Some('"'))?,
        record: delimiter("RecordDelimiter", csv.record_delimiter.as_deref(), "\n")?,
        field: delimiter("FieldDelimiter", csv.field_delimiter.as_deref(), ",")?,
        quoted_records: csv.allow_quoted_record_delimiter.unwrap_or_default(),
    };
    check_apart(&made.record, &made.field, quote)?;
    Ok(made)
}

/// Records, fields and quotation marks must be told from each other.
pub fn check_apart(record: &str, field: &str, quote: Option<char>) -> Result<()> {
    let quoted = |delimiter: &str| quote.is_some_and(|quote| delimiter.contains(quote));
    match () {
        () if record == field => Err(faults::invalid_parameter("FieldDelimiter", "is the RecordDelimiter, too")),
        () if quoted(record) || quoted(field) => {
            Err(faults::invalid_parameter("QuoteCharacter", "is part of a delimiter, too"))
        }
        () => Ok(()),
    }
}

/// One character. An empty value is none at all: nothing is quoted, or a comment.
pub fn character(name: &str, given: Option<&str>, default: Option<char>) -> Result<Option<char>> {
    let Some(given) = given else { return Ok(default) };
    let mut characters = given.chars();
    match (characters.next(), characters.next()) {
        (first, None) => Ok(first),
        _ => Err(faults::invalid_parameter(name, "has more than one character")),
    }
}

/// One character, or two: the model says one, and AWS takes `\r\n`.
pub fn delimiter(name: &str, given: Option<&str>, default: &str) -> Result<String> {
    match given {
        None => Ok(default.to_owned()),
        Some(given) if (1..=2).contains(&given.chars().count()) => Ok(given.to_owned()),
        Some(_) => Err(faults::invalid_parameter(name, "does not have one or two characters")),
    }
}
