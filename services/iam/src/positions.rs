//! Where the statements of a policy document stand, as the policy simulator tells it.
//!
//! AWS's examples: of `{"Version":"2012-10-17","Statement":{…}}` the statement begins at column 38, behind its brace, and ends behind the
//! closing one; the first of a list begins behind the list's bracket. That the others begin behind the one before them is a
//! guess from this.

use iam_api::Position;

/// The begin and end of each statement of a document that is a policy.
pub fn statements(text: &str) -> Vec<(Position, Position)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let Some(mut at) = value_of_statement(bytes) else { return found };
    if bytes.get(at) != Some(&b'[') {
        found.push((position(text, at + 1), position(text, skip(bytes, at))));
        return found;
    }
    at += 1;
    loop {
        let begin = at;
        at = blanks(bytes, at);
        if bytes.get(at) == Some(&b',') {
            at = blanks(bytes, at + 1);
        }
        if bytes.get(at) != Some(&b'{') {
            return found;
        }
        at = skip(bytes, at);
        found.push((position(text, begin), position(text, at)));
    }
}

/// Where the value of the outermost object's member `Statement` begins.
fn value_of_statement(bytes: &[u8]) -> Option<usize> {
    let mut at = blanks(bytes, 0) + 1;
    loop {
        at = blanks(bytes, at);
        let name = at;
        at = match bytes.get(at)? {
            b'"' => skip(bytes, at),
            b',' => {
                at += 1;
                continue;
            }
            _ => return None,
        };
        let is_statement = &bytes[name..at] == b"\"Statement\"";
        // Past the colon.
        at = blanks(bytes, blanks(bytes, at) + 1);
        if is_statement {
            return Some(at);
        }
        at = skip(bytes, at);
    }
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    at + bytes.iter().skip(at).take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Behind the JSON value that begins here.
fn skip(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => {
                while let Some(byte) = bytes.get(at) {
                    at += if *byte == b'\\' { 2 } else { 1 };
                    if *byte == b'"' {
                        break;
                    }
                }
            }
            _ if depth == 0 => {
                at += bytes.iter().skip(at).take_while(|byte| !b",]} \t\r\n".contains(byte)).count();
            }
            _ => continue,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Lines and columns count from 1, columns in characters.
fn position(text: &str, at: usize) -> Position {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    Position { line: Some(line as i32), column: Some(column as i32) }
}

#[cfg(test)]
mod tests {
    fn at(text: &str) -> Vec<[i32; 4]> {
        let numbers = |(begin, end): (super::Position, super::Position)| {
            [begin.line, begin.column, end.line, end.column].map(Option::unwrap_or_default)
        };
        super::statements(text).into_iter().map(numbers).collect()
    }

    /// From the examples of the AWS CLI's reference.
    #[test]
    fn positions_are_those_of_the_examples() {
        let one = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
        assert_eq!(at(one), [[1, 38, 1, 167]]);
        let list = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Sid\": \"a]}\\\"\",\n            \"Effect\": \"Allow\",\n            \"Action\": \"x:y\",\n            \"Resource\": \"*\"\n        }\n    ]\n}";
        assert_eq!(at(list), [[3, 19, 9, 10]]);
    }

    #[test]
    fn what_follows_begins_behind_what_was_before() {
        assert_eq!(at(r#"{"Statement":[{},{"a":[1]}],"Id":1}"#), [[1, 15, 1, 17], [1, 17, 1, 27]]);
        assert_eq!(at(r#"{"Id":"Statement","Version":1,"Statement":[]}"#), [[0; 4]; 0]);
        assert_eq!(at(""), [[0; 4]; 0]);
    }
}
