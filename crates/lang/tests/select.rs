//! S3 Select's SQL as tables: `tests/select/*.txt`, one case a line, `what => result`. Each file says how to read it.
#![allow(clippy::unwrap_used)]

use lang::select::{
    Column, Data, Fields, Label, MAX_BYTES, MAX_DEPTH, Query, Record, SelectError, Statement, Time, Value,
};

const NOW: i64 = 1_767_225_600_000_000;

fn cases(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(" => ").unwrap_or_else(|| panic!("no case: {line}")))
}

/// As JSON, one struct a row; missing values are left out.
fn show(columns: &[Column]) -> String {
    let mut out = Vec::new();
    for column in columns.iter().filter(|column| column.value != Value::Missing) {
        out.extend_from_slice(if out.is_empty() { b"{" } else { b"," });
        match column.label {
            Label::Name(name) => out.extend_from_slice(format!("{name}: ").as_bytes()),
            Label::Position(number) => out.extend_from_slice(format!("_{number}: ").as_bytes()),
        }
        column.value.write_json(&mut out);
    }
    if out.is_empty() {
        out.push(b'{');
    }
    out.push(b'}');
    String::from_utf8(out).unwrap()
}

fn over_json(sql: &str, records: &[&str]) -> Result<Vec<String>, SelectError> {
    let mut query = Query::of_values(&Statement::parse(sql)?, Time::from_micros(NOW))?;
    let mut rows = Vec::new();
    let mut emit = |columns: &[Column]| {
        rows.push(show(columns));
        Ok(())
    };
    for record in records {
        query.push(Record::Value(Some(&Data::parse(record.as_bytes())?)), &mut emit)?;
    }
    query.finish(&mut emit)?;
    Ok(rows)
}

fn over_csv(sql: &str, headers: Option<&[&str]>, records: &[&[&str]]) -> Result<Vec<String>, SelectError> {
    let headers = headers.map(|headers| headers.iter().map(|header| header.to_string()).collect());
    let mut query = Query::of_columns(&Statement::parse(sql)?, headers, Time::from_micros(NOW))?;
    let mut rows = Vec::new();
    let mut emit = |columns: &[Column]| {
        rows.push(show(columns));
        Ok(())
    };
    let mut fields = Fields::default();
    for record in records {
        fields.clear();
        for field in *record {
            fields.push(field);
            fields.end();
        }
        query.push(Record::Columns(&fields), &mut emit)?;
    }
    query.finish(&mut emit)?;
    Ok(rows)
}

#[test]
fn values() {
    let record = r#"{"a": 1, "b": 2.50, "s": "Films", "n": null, "l": [1, 2, 3], "o": {"x": 5, "X": 6},
        "t": "2007-02-23T12:14:33.079-08:00", "f": false}"#;
    for (expression, expected) in cases(include_str!("select/values.txt")) {
        let found = match over_json(&format!("SELECT {expression} AS v FROM S3Object"), &[record]) {
            Ok(rows) => match rows[0].strip_prefix("{v: ").and_then(|row| row.strip_suffix('}')) {
                Some(value) => value.to_owned(),
                None => "missing".to_owned(),
            },
            Err(error) => format!("!{}", error.code()),
        };
        // What is not known may be null or missing where it is computed.
        let expected = if expected == "null" && found == "missing" { "missing" } else { expected };
        assert_eq!(found, expected, "{expression}");
    }
}

#[test]
fn errors() {
    for (sql, expected) in cases(include_str!("select/errors.txt")) {
        match Statement::parse(sql) {
            Err(error) => assert_eq!(error.to_string(), expected, "{sql}"),
            Ok(statement) => panic!("{sql} is {statement}"),
        }
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let code = |sql: String| Statement::parse(&sql).unwrap_err().code();
    let nested = |open: &str, close: &str, count: usize| {
        format!("SELECT {}1{} FROM S3Object", open.repeat(count), close.repeat(count))
    };
    assert_eq!(code(nested("(", ")", 100_000)), "MaxOperatorsExceeded");
    assert_eq!(code(nested("- ", "", 100_000)), "MaxOperatorsExceeded");
    assert_eq!(code(nested("NOT ", "", 60_000)), "MaxOperatorsExceeded");
    assert_eq!(code(nested("1 + ", "", 60_000)), "MaxOperatorsExceeded");
    assert_eq!(code(" ".repeat(MAX_BYTES + 1)), "ExpressionTooLong");
    // A long filter is not a deep one.
    let flat = format!("SELECT * FROM S3Object WHERE {}a = 1", "a = 1 OR ".repeat(20_000));
    assert!(Statement::parse(&flat).is_ok());
    // What may be nested can be evaluated.
    for (open, close) in
        [("- ", ""), ("COALESCE(", ")"), ("CASE WHEN TRUE THEN ", " END"), ("CAST(", " AS INT)"), ("(", ")")]
    {
        let depth = (MAX_DEPTH as usize - 1) & !1;
        assert_eq!(over_json(&nested(open, close, depth), &["{}"]).unwrap(), ["{_1: 1}"], "{open}");
        assert_eq!(code(nested(open, close, MAX_DEPTH as usize)), "MaxOperatorsExceeded", "{open}");
    }
    let lists = nested("1 IN (2, ", ")", 100);
    assert_eq!(over_json(&lists, &["{}"]).unwrap(), ["{_1: false}"]);
}

/// The examples of the user guide, "SELECT command".
#[test]
fn paths_of_json() {
    let rules = [
        r#"{"Rules": [{"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"}]}"#,
        r#"{"created": "June 27", "modified": "July 6"}"#,
    ];
    let id = "SELECT id FROM S3Object[*].Rules[*].id";
    assert_eq!(over_json(id, &rules).unwrap(), [r#"{id: "1"}"#, "{}", r#"{id: "2"}"#, "{}"]);
    let there = "SELECT id FROM S3Object[*].Rules[*].id WHERE id IS NOT MISSING";
    assert_eq!(over_json(there, &rules).unwrap(), [r#"{id: "1"}"#, r#"{id: "2"}"#]);
    let directories = [
        r#"{"dir_name": "important_docs", "files": [{"name": "."}, {"name": ".."}], "owner": "Amazon S3"}"#,
        r#"{"dir_name": "other_docs", "files": [{"name": "."}], "owner": "User"}"#,
    ];
    assert_eq!(
        over_json("SELECT d.dir_name, d.files FROM S3Object[*] d", &directories).unwrap()[1],
        r#"{dir_name: "other_docs",files: [{"name":"."}]}"#
    );
    assert_eq!(
        over_json("SELECT _1.dir_name, _1.owner FROM S3Object[*]", &directories).unwrap()[0],
        r#"{dir_name: "important_docs",owner: "Amazon S3"}"#
    );
    let names = "SELECT f.name FROM S3Object[*].files[*] f WHERE f.name <> '.'";
    assert_eq!(over_json(names, &directories).unwrap(), [r#"{name: ".."}"#]);
    let by_index = "SELECT _1 FROM S3Object[*].files[0]";
    assert_eq!(over_json(by_index, &directories).unwrap().len(), 2);
    let members = "SELECT * FROM S3Object[*]['files'][0].*";
    assert_eq!(over_json(members, &directories).unwrap(), [r#"{_1: "."}"#, r#"{_1: "."}"#]);
    assert_eq!(over_json("SELECT * FROM S3Object", &["[1, 2]"]).unwrap(), ["{_1: [1,2]}"]);
    assert_eq!(over_json("SELECT * FROM S3Object[*][*] LIMIT 1", &["[1, 2]"]).unwrap(), ["{_1: 1}"]);
    assert_eq!(over_json("SELECT s.o.*, 1 FROM S3Object s", &[r#"{"o": {"x": 1}}"#]).unwrap(), ["{x: 1,_2: 1}"]);
}

#[test]
fn columns_of_csv() {
    let rows: &[&[&str]] = &[&["Heat", "1995"], &["Ran", "1985", "jp"]];
    let headers: Option<&[&str]> = Some(&["Title", "Year", "title2"]);
    let named = |sql| over_csv(sql, headers, rows);
    assert_eq!(named("SELECT * FROM S3Object").unwrap()[0], r#"{Title: "Heat",Year: "1995"}"#);
    assert_eq!(named("SELECT s.* FROM S3Object s").unwrap()[1], r#"{Title: "Ran",Year: "1985",title2: "jp"}"#);
    assert_eq!(over_csv("SELECT * FROM S3Object", None, rows).unwrap()[0], r#"{_1: "Heat",_2: "1995"}"#);
    let filter = r#"SELECT s.title AS "T" FROM S3Object s WHERE CAST(s."Year" AS INT) < 1990"#;
    assert_eq!(named(filter).unwrap(), [r#"{T: "Ran"}"#]);
    assert_eq!(named("SELECT s._3 FROM S3Object AS s").unwrap(), ["{}", r#"{_3: "jp"}"#]);
    assert_eq!(named("SELECT _1 FROM S3Object LIMIT 1").unwrap(), [r#"{_1: "Heat"}"#]);
    assert_eq!(named("SELECT _1 FROM S3Object LIMIT 0").unwrap(), [""; 0]);
    let code = |sql| over_csv(sql, headers, rows).unwrap_err().code();
    assert_eq!(code(r#"SELECT "title" FROM S3Object"#), "MissingHeaders");
    assert_eq!(code("SELECT t.title FROM S3Object s"), "MissingHeaders");
    assert_eq!(code("SELECT _0 FROM S3Object"), "InvalidColumnIndex");
    assert_eq!(code("SELECT s.title.x FROM S3Object s"), "InvalidKeyPath");
    assert_eq!(code("SELECT * FROM S3Object[*].x"), "InvalidKeyPath");
    let twice: Option<&[&str]> = Some(&["id", "ID"]);
    assert_eq!(over_csv("SELECT id FROM S3Object", twice, rows).unwrap_err().code(), "AmbiguousFieldName");
    assert_eq!(over_csv(r#"SELECT "ID" FROM S3Object"#, twice, rows).unwrap()[0], r#"{ID: "1995"}"#);
}

#[test]
fn aggregates() {
    let records = [r#"{"v": 1, "f": 1.5}"#, r#"{"v": 4, "f": null}"#, r#"{"f": 2.5}"#];
    let one = |sql: &str| over_json(sql, &records).unwrap().remove(0);
    let all = "SELECT COUNT(*) AS c, COUNT(v), SUM(v), MIN(v), MAX(v), AVG(v), AVG(f) FROM S3Object";
    assert_eq!(one(all), "{c: 3,_2: 2,_3: 5,_4: 1,_5: 4,_6: 2.5,_7: 2.0}");
    assert_eq!(one("SELECT SUM(v) / COUNT(*) FROM S3Object WHERE v IS NOT MISSING"), "{_1: 2}");
    assert_eq!(one("SELECT COUNT(*), SUM(v) FROM S3Object WHERE v > 9"), "{_1: 0,_2: null}");
    assert_eq!(one("SELECT COUNT(*) FROM S3Object LIMIT 1"), "{_1: 3}");
    let code = over_json("SELECT SUM(v) FROM S3Object", &[r#"{"v": "1"}"#]).unwrap_err();
    assert_eq!(code.code(), "IncorrectSqlFunctionArgumentType");
}

#[test]
fn malformed_json_is_refused() {
    for text in ["", "{", "[1,]", "{\"a\" 1}", "tru", "\"a", "1 2", "\"\u{1}\"", "\"\\x\"", "-", "1.", "{\"a\":1,}"] {
        assert_eq!(Data::parse(text.as_bytes()).unwrap_err().code(), "JSONParsingError", "{text}");
    }
    assert_eq!(Data::parse(b"\"\xff\"").unwrap_err().code(), "InvalidTextEncoding");
    assert_eq!(Data::parse("[".repeat(100_000).as_bytes()).unwrap_err().code(), "JSONParsingError");
    assert_eq!(Data::parse(br#""\ud83c\udfac""#), Ok(Data::Str("🎬".to_owned())));
}
