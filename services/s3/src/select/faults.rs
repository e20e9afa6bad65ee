//! What S3 Select answers and nothing else of S3 does (S3 API reference, "List of SELECT Object Content Error Codes").

use lang::select::SelectError;
use wire::{ErrorKind, Fault};

/// A fault of one of the codes of that list.
pub fn fault(code: &'static str, message: impl Into<String>) -> Fault {
    let status = match code {
        "UnauthorizedAccess" => 401,
        _ => 400,
    };
    ErrorKind { name: code, code, status, sender: true, message: "message" }.fault(message)
}

pub fn of(error: SelectError) -> Fault {
    fault(error.code(), error.message())
}

pub fn over_max_record_size() -> Fault {
    of(SelectError::over_max_record_size())
}

macro_rules! faults { ($($name:ident = $code:literal $message:literal;)*) => {$(
    pub fn $name() -> Fault { fault($code, $message) }
)*} }

faults! {
    anonymous = "UnauthorizedAccess" "You are not authorized to perform this operation";
    csv_escaping_record_delimiter = "CSVEscapingRecordDelimiter"
        "A quoted record delimiter was found in the file. To allow quoted record delimiters, set AllowQuotedRecordDelimiter to 'TRUE'.";
    csv_parsing = "CSVParsingError" "Encountered an error parsing the CSV file. Check the file and try again.";
    csv_unescaped_quote = "CSVUnescapedQuote"
        "An unescaped quote was found while parsing the CSV file. To allow quoted record delimiters, set AllowQuotedRecordDelimiter to 'TRUE'.";
    invalid_compression_format = "InvalidCompressionFormat"
        "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.";
    invalid_data_source = "InvalidDataSource" "The data source type is not valid. Only CSV, JSON, and Parquet are supported.";
    invalid_expression_type = "InvalidExpressionType"
        "The ExpressionType value is not valid. Only SQL expressions are supported.";
    invalid_file_header_info = "InvalidFileHeaderInfo"
        "The FileHeaderInfo value is not valid. Only NONE, USE, and IGNORE are supported.";
    invalid_json_type = "InvalidJsonType" "The JsonType value is not valid. Only DOCUMENT and LINES are supported.";
    invalid_quote_fields = "InvalidQuoteFields"
        "The QuoteFields value is not valid. Only ALWAYS and ASNEEDED are supported.";
    object_serialization_conflict = "ObjectSerializationConflict"
        "InputSerialization specifies more than one format (CSV, JSON, or Parquet), or OutputSerialization specifies more than one format (CSV or JSON). For InputSerialization and OutputSerialization, you can specify only one format for each.";
    truncated_input = "TruncatedInput"
        "Object decompression failed. Check that the object is properly compressed using the format specified in the request.";
    unsupported_range_header = "UnsupportedRangeHeader" "Range header is not supported for this operation.";
    unsupported_scan_range_input = "UnsupportedScanRangeInput"
        "Scan range queries are not supported on this type of object. Only uncompressed CSV objects without quoted record delimiters and uncompressed JSON objects in LINES mode are supported.";
    unsupported_storage_class = "UnsupportedStorageClass"
        "We encountered a storage class that is not supported. Objects in GLACIER, DEEP_ARCHIVE and REDUCED_REDUNDANCY cannot be queried.";
}

pub fn missing(parameter: &str) -> Fault {
    let message = format!("The SelectRequest entity is missing a required parameter: {parameter}.");
    fault("MissingRequiredParameter", message)
}

pub fn invalid_parameter(parameter: &str, why: &str) -> Fault {
    let message = format!("The value of a parameter in the SelectRequest element is not valid: {parameter} {why}.");
    fault("InvalidRequestParameter", message)
}

/// `at`: of the object, in uncompressed bytes.
pub fn text_encoding(at: u64) -> Fault {
    let message = format!("UTF-8 encoding is required. The text encoding error was found near byte {at}.");
    fault("InvalidTextEncoding", message)
}
