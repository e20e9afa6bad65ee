//! What is wrong with an expression, or with what it was given: a code of S3's list, and a sentence.

use std::fmt;

/// An error with one of S3's codes (S3 API reference, "List of SELECT Object Content Error Codes").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectError {
    code: &'static str,
    message: String,
}

impl SelectError {
    pub fn new(code: &'static str, message: impl Into<String>) -> SelectError {
        SelectError { code, message: message.into() }
    }

    /// A record that goes in or comes out is larger than [`super::MAX_RECORD`].
    pub fn over_max_record_size() -> SelectError {
        over_max_record_size()
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for SelectError {}

/// The sentences that are said in more than one place.
macro_rules! errors { ($($name:ident = $code:literal $message:literal;)*) => {$(
    pub(super) fn $name() -> SelectError { SelectError::new($code, $message) }
)*} }

errors! {
    ambiguous_field_name = "AmbiguousFieldName"
        "The field name matches to multiple fields in the file. Check the SQL expression and the file, and try again.";
    cast_failed = "CastFailed"
        "Attempt to convert from one data type to another using CAST failed in the SQL expression.";
    // AWS does not document a code for a division by zero; this is the one for whatever cannot be computed.
    division_by_zero = "ExternalEvalException" "The query cannot be evaluated: division by zero.";
    illegal_argument = "IllegalSqlFunctionArgument" "An illegal argument was used in the SQL function.";
    integer_overflow = "IntegerOverflow" "An integer overflow or underflow occurred in the SQL expression.";
    invalid_data_type = "InvalidDataType" "The SQL expression contains a data type that is not valid.";
    invalid_key_path = "InvalidKeyPath" "The key path in the SQL expression is not valid.";
    invalid_like = "LikeInvalidInputs" "An argument given to the LIKE clause in the SQL expression is not valid.";
    missing_headers = "MissingHeaders"
        "Some headers in the query are missing from the file. Check the file and try again.";
    number_format = "NumberFormatError"
        "An error occurred while parsing a number. This error can be caused by underflow or overflow of integers.";
    over_max_record_size = "OverMaxRecordSize"
        "The character number in one record is more than our max threshold, maxCharsPerRecord: 1,048,576";
    too_complex = "MaxOperatorsExceeded"
        "Failed to parse SQL expression, try reducing complexity. For example, reduce number of operators used.";
    unsupported_structure = "UnsupportedSqlStructure"
        "We encountered an unsupported SQL structure. Check the SQL Reference.";
    value_parse_failure = "ValueParseFailure" "A timestamp parse failure occurred in the SQL expression.";
    wrong_type = "IncorrectSqlFunctionArgumentType"
        "An incorrect argument type was specified in a function call in the SQL expression.";
}
