//! How results are written: `OutputSerialization`.

use super::{
    faults,
    input::{character, check_apart, delimiter},
};
use kernel::Result;
use lang::select::{Column, Label, MAX_RECORD, SelectError, Value};
use s3_api::{CSVOutput, OutputSerialization};

pub enum Output {
    Csv { always: bool, quote: Option<char>, escape: Option<char>, record: String, field: String },
    Json { record: String },
}

impl Output {
    pub fn of(output: Option<&OutputSerialization>) -> Result<Output> {
        let output = output.ok_or_else(|| faults::missing("OutputSerialization"))?;
        match (&output.csv, &output.json) {
            (Some(csv), None) => Output::of_csv(csv),
            // As long as it likes: nothing has to find it again.
            (None, Some(json)) => {
                Ok(Output::Json { record: json.record_delimiter.clone().unwrap_or_else(|| "\n".to_owned()) })
            }
            (None, None) => Err(faults::missing("OutputSerialization.CSV or OutputSerialization.JSON")),
            (Some(_), Some(_)) => Err(faults::object_serialization_conflict()),
        }
    }

    fn of_csv(csv: &CSVOutput) -> Result<Output> {
        let always = match csv.quote_fields.as_ref().map(|quote| quote.as_str().to_ascii_uppercase()).as_deref() {
            None | Some("ASNEEDED") => false,
            Some("ALWAYS") => true,
            Some(_) => return Err(faults::invalid_quote_fields()),
        };
        let quote = character("QuoteCharacter", csv.quote_character.as_deref(), Some('"'))?;
        let escape = character("QuoteEscapeCharacter", csv.quote_escape_character.as_deref(), Some('"'))?;
        let record = delimiter("RecordDelimiter", csv.record_delimiter.as_deref(), "\n")?;
        let field = delimiter("FieldDelimiter", csv.field_delimiter.as_deref(), ",")?;
        check_apart(&record, &field, quote)?;
        Ok(Output::Csv { always, quote, escape, record, field })
    }

    /// "Amazon S3 Select can only emit nested data by using the JSON output format" (user guide); with which code it refuses
    /// to do otherwise is not documented.
    pub fn write(&self, columns: &[Column<'_>], out: &mut Vec<u8>) -> std::result::Result<(), SelectError> {
        let before = out.len();
        let check = |out: &Vec<u8>| match out.len() - before > MAX_RECORD {
            true => Err(SelectError::over_max_record_size()),
            false => Ok(()),
        };
        match self {
            Output::Json { record } => {
                write_json(columns, out, check)?;
                out.extend_from_slice(record.as_bytes());
            }
            Output::Csv { always, quote, escape, record, field } => {
                for (at, column) in columns.iter().enumerate() {
                    if at > 0 {
                        out.extend_from_slice(field.as_bytes());
                    }
                    if matches!(column.value, Value::Nested(_)) {
                        let message = "Nested data can only be written as JSON: use the JSON output serialization.";
                        return Err(SelectError::new("InvalidDataType", message));
                    }
                    let text = column.value.text();
                    let needed = || {
                        let marks = [*quote, Some('\n'), Some('\r')];
                        text.contains(field.as_str())
                            || text.contains(record.as_str())
                            || text.contains(|c| marks.contains(&Some(c)))
                    };
                    match quote {
                        Some(quote) if *always || needed() => write_quoted(&text, *quote, *escape, out),
                        _ => out.extend_from_slice(text.as_bytes()),
                    }
                    check(out)?;
                }
                out.extend_from_slice(record.as_bytes());
            }
        }
        check(out)
    }
}

fn write_quoted(text: &str, quote: char, escape: Option<char>, out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    let mut put = |c: char, out: &mut Vec<u8>| out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    put(quote, out);
    for c in text.chars() {
        if let Some(escape) = escape
            && (c == quote || c == escape)
        {
            put(escape, out);
        }
        put(c, out);
    }
    put(quote, out);
}

/// Missing values are left out. `check` is asked behind each column.
fn write_json(
    columns: &[Column<'_>],
    out: &mut Vec<u8>,
    check: impl Fn(&Vec<u8>) -> std::result::Result<(), SelectError>,
) -> std::result::Result<(), SelectError> {
    out.push(b'{');
    let mut first = true;
    for column in columns.iter().filter(|column| column.value != Value::Missing) {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        match column.label {
            Label::Name(name) => Value::Str(name.into()).write_json(out),
            Label::Position(number) => out.extend_from_slice(format!("\"_{number}\"").as_bytes()),
        }
        out.push(b':');
        column.value.write_json(out);
        check(out)?;
    }
    out.push(b'}');
    Ok(())
}
