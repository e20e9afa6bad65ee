//! Records of comma-separated values: where they end, and what their fields are.

use super::{faults, input::Header};
use kernel::Result;
use lang::select::Fields;
use memchr::memmem;

pub struct Csv {
    pub header: Header,
    /// What a record begins with that is none.
    pub comments: Option<char>,
    pub quote: Option<char>,
    /// Before a quotation mark that is part of a quoted field.
    pub escape: Option<char>,
    pub record: String,
    pub field: String,
    /// Delimiters of records may be part of quoted fields.
    pub quoted_records: bool,
}

/// Whether bytes begin with a character.
fn begins(bytes: &[u8], character: Option<char>) -> Option<usize> {
    let character = character?;
    let mut buffer = [0; 4];
    let encoded = character.encode_utf8(&mut buffer).as_bytes();
    bytes.starts_with(encoded).then_some(encoded.len())
}

impl Csv {
    /// Where the first record ends and where the next begins; `None` where it does not end here.
    pub fn end(&self, bytes: &[u8], last: bool) -> Option<(usize, usize)> {
        let plain = !self.quoted_records || self.quote.is_none() || begins(bytes, self.comments).is_some();
        match plain {
            true => memmem::find(bytes, self.record.as_bytes()).map(|at| (at, at + self.record.len())),
            false => self.end_of_quoted(bytes, last),
        }
    }

    fn end_of_quoted(&self, bytes: &[u8], last: bool) -> Option<(usize, usize)> {
        let mut at = 0;
        let mut field_begins = true;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if field_begins && let Some(length) = begins(rest, self.quote) {
                at += length + self.end_of_quotation(&rest[length..], last)?;
                field_begins = false;
            } else if rest.starts_with(self.record.as_bytes()) {
                return Some((at, at + self.record.len()));
            } else if rest.starts_with(self.field.as_bytes()) {
                at += self.field.len();
                field_begins = true;
            } else {
                at += 1;
                field_begins = false;
            }
        }
        None
    }

    /// Where what follows a quotation mark ends, behind the mark that ends it.
    fn end_of_quotation(&self, bytes: &[u8], last: bool) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if let Some(length) = begins(rest, self.escape) {
                let follows = &rest[length..];
                // What it escapes is still to come.
                if follows.is_empty() && !last {
                    return None;
                }
                if let Some(escaped) = begins(follows, self.quote).or_else(|| begins(follows, self.escape)) {
                    at += length + escaped;
                    continue;
                }
            }
            match begins(rest, self.quote) {
                Some(length) => return Some(at + length),
                None => at += 1,
            }
        }
        None
    }

    pub fn is_comment(&self, record: &str) -> bool {
        self.comments.is_some_and(|comments| record.starts_with(comments))
    }

    /// `ended`: by a delimiter, not by the object's end.
    pub fn split(&self, record: &str, ended: bool, fields: &mut Fields) -> Result<()> {
        fields.clear();
        let mut rest = record;
        loop {
            match self.quote.and_then(|quote| rest.strip_prefix(quote)) {
                Some(quoted) => rest = self.unquote(quoted, ended, fields)?,
                None => {
                    let end = memmem::find(rest.as_bytes(), self.field.as_bytes()).unwrap_or(rest.len());
                    fields.push(&rest[..end]);
                    rest = &rest[end..];
                }
            }
            fields.end();
            match rest.strip_prefix(self.field.as_str()) {
                Some(next) => rest = next,
                None if rest.is_empty() => return Ok(()),
                None => return Err(faults::csv_unescaped_quote()),
            }
        }
    }

    /// Writes what is quoted; what follows is given back.
    fn unquote<'a>(&self, quoted: &'a str, ended: bool, fields: &mut Fields) -> Result<&'a str> {
        let mut rest = quoted;
        loop {
            let mark = rest.char_indices().find(|(_, c)| Some(*c) == self.quote || Some(*c) == self.escape);
            let Some((at, mark)) = mark else {
                return Err(match ended && !self.quoted_records {
                    true => faults::csv_escaping_record_delimiter(),
                    false => faults::csv_parsing(),
                });
            };
            let follows = &rest[at + mark.len_utf8()..];
            let escaped = follows.chars().next().filter(|c| Some(*c) == self.quote || Some(*c) == self.escape);
            fields.push(&rest[..at]);
            match escaped {
                Some(escaped) if Some(mark) == self.escape => {
                    fields.push(&follows[..escaped.len_utf8()]);
                    rest = &follows[escaped.len_utf8()..];
                }
                _ if Some(mark) == self.quote => return Ok(follows),
                // An escape before anything else is a character.
                _ => {
                    fields.push(&rest[at..at + mark.len_utf8()]);
                    rest = follows;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(quoted_records: bool, escape: char, record: &str) -> Csv {
        Csv {
            header: Header::None,
            comments: Some('#'),
            quote: Some('"'),
            escape: Some(escape),
            record: record.to_owned(),
            field: ",".to_owned(),
            quoted_records,
        }
    }

    fn split(csv: &Csv, record: &str) -> std::result::Result<Vec<String>, &'static str> {
        let mut fields = Fields::default();
        match csv.split(record, true, &mut fields) {
            Ok(()) => Ok(fields.iter().map(str::to_owned).collect()),
            Err(fault) => Err(fault.kind().code),
        }
    }

    #[test]
    fn fields() {
        let (doubled, slashed) = (csv(false, '"', "\n"), csv(false, '\\', "\n"));
        let cases: [(&Csv, &str, &[&str]); 9] = [
            (&doubled, "a,b", &["a", "b"]),
            (&doubled, "", &[""]),
            (&doubled, ",", &["", ""]),
            (&doubled, "\"a,b\",c", &["a,b", "c"]),
            (&doubled, "\"\"\" a , b \"\"\"", &["\" a , b \""]),
            (&doubled, "a\"b,c", &["a\"b", "c"]),
            (&doubled, "\"\",x", &["", "x"]),
            (&slashed, "\"a\\\"b\\\\c\\d\"", &["a\"b\\c\\d"]),
            (&slashed, "\"é\",ü", &["é", "ü"]),
        ];
        for (csv, record, expected) in cases {
            assert_eq!(split(csv, record).unwrap(), expected, "{record}");
        }
        assert_eq!(split(&doubled, "\"a"), Err("CSVEscapingRecordDelimiter"));
        assert_eq!(split(&csv(true, '"', "\n"), "\"a"), Err("CSVParsingError"));
        assert_eq!(split(&doubled, "\"a\"b"), Err("CSVUnescapedQuote"));
    }

    #[test]
    fn ends() {
        let (plain, quoted) = (csv(false, '"', "\n"), csv(true, '"', "\r\n"));
        assert_eq!(plain.end(b"a,\"b\nc\"\n", false), Some((4, 5)));
        assert_eq!(quoted.end(b"a,\"b\r\nc\"\r\nd", false), Some((8, 10)));
        assert_eq!(quoted.end(b"#\"a\r\nb", false), Some((3, 5)));
        // What a mark at the end is, is not known before the next byte.
        assert_eq!(quoted.end(b"\"a\"", false), None);
        assert_eq!(quoted.end(b"\"a\"\r", false), None);
        assert_eq!(quoted.end(b"\"a\"\"\r\n\"\r\n", false), Some((7, 9)));
        assert_eq!(quoted.end(b"a\"b\r\n", false), Some((3, 5)));
    }

    #[test]
    fn whole_records_end_where_parts_of_them_do_not() {
        let csv = csv(true, '"', "\r\n");
        let text = b"a,\"x\"\"\r\n,\",b\r\n";
        let end = csv.end(text, true);
        assert_eq!(end, Some((12, 14)));
        for cut in 0..text.len() {
            assert_eq!(csv.end(&text[..cut], false), None, "{cut}");
        }
    }
}
