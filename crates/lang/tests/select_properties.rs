//! What holds of all expressions: reading never fails but with an error, what is printed reads as the same, and decimal
//! arithmetic is exact.
#![allow(clippy::unwrap_used)]

use lang::select::{Data, Decimal, Query, Record, Statement, Time};
use proptest::{collection::vec, prelude::*, sample::select};

fn word() -> impl Strategy<Value = &'static str> {
    select(vec![
        "SELECT",
        "FROM",
        "S3Object",
        "s3object[*]",
        "WHERE",
        "LIMIT",
        "AS",
        "a",
        "s.b",
        "\"A\"",
        "'x'",
        "*",
        ",",
        "(",
        ")",
        "[",
        "]",
        ".",
        "[0]",
        "1",
        "2.5",
        "`2010T`",
        "+",
        "-",
        "/",
        "=",
        "<",
        "||",
        "AND",
        "OR",
        "NOT",
        "IS",
        "NULL",
        "MISSING",
        "IN",
        "BETWEEN",
        "LIKE",
        "ESCAPE",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "CAST",
        "INT",
        "COUNT",
        "SUM",
        "TRIM",
        "LEADING",
        "SUBSTRING",
        "FOR",
        "EXTRACT",
        "year",
        "DATE_ADD",
        "UTCNOW",
        "GROUP",
        "BY",
        ";",
        "é",
        "?",
    ])
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "1",
        "-2",
        "0.50",
        "1e3",
        "'it''s'",
        "`2010-01-01T`",
        "`-5`",
        "`1e2`",
        "`-1.5`",
        "a",
        "s.b[1].\"C d\"",
        "s['x']",
        "NULL",
        "MISSING",
        "TRUE",
        "UTCNOW()",
        "_1",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(5, 40, 4, |inner| {
        let two = (inner.clone(), inner.clone());
        let signs = select(vec!["+", "-", "*", "/", "%", "||", "=", "<>", "!=", "<", ">=", "AND", "OR"]);
        prop_oneof![
            (inner.clone(), signs, inner.clone()).prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("NOT {inner}")),
            inner.clone().prop_map(|inner| format!("- ({inner})")),
            inner.clone().prop_map(|inner| format!("{inner} IS NOT MISSING")),
            two.clone().prop_map(|(a, b)| format!("({a}) LIKE ({b}) ESCAPE '!'")),
            two.clone().prop_map(|(a, b)| format!("({a}) NOT IN ({a}, {b})")),
            two.clone().prop_map(|(a, b)| format!("({a}) BETWEEN ({b}) AND ({a})")),
            two.clone().prop_map(|(a, b)| format!("CASE {a} WHEN {b} THEN {a} ELSE {b} END")),
            two.clone().prop_map(|(a, b)| format!("CASE WHEN {a} THEN {b} END")),
            two.clone().prop_map(|(a, b)| format!("COALESCE({a}, {b})")),
            two.clone().prop_map(|(a, b)| format!("SUBSTRING({a} FROM {b})")),
            two.clone().prop_map(|(a, b)| format!("TRIM(LEADING {a} FROM {b})")),
            two.prop_map(|(a, b)| format!("DATE_ADD(month, {a}, {b})")),
            inner.clone().prop_map(|inner| format!("CAST({inner} AS DECIMAL)")),
            inner.prop_map(|inner| format!("EXTRACT(day FROM {inner})")),
        ]
    })
}

fn statement() -> impl Strategy<Value = String> {
    let limit = select(vec!["", " LIMIT 5"]);
    let from = select(vec!["S3Object s", "S3Object[*].a[*].*['b'][2] AS s", "s3object"]);
    let list = prop_oneof![
        Just("*".to_owned()),
        Just("COUNT(*), SUM(s.a) / 2".to_owned()),
        vec(expression(), 1..4).prop_map(|items| items.join(", ")),
        expression().prop_map(|item| format!("s.*, {item} AS \"x y\"")),
    ];
    (list, from, expression(), limit)
        .prop_map(|(list, from, filter, limit)| format!("SELECT {list} FROM {from} WHERE {filter}{limit}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = Statement::parse(&text);
        let _ = Data::parse(text.as_bytes());
        let _ = Time::parse(&text);
        let _ = Decimal::parse(&text);
    }

    #[test]
    fn any_words_are_read_or_refused(words in vec(word(), 0..25)) {
        for text in [words.join(" "), words.concat(), format!("SELECT {} FROM S3Object", words.join(" "))] {
            let _ = Statement::parse(&text);
        }
    }

    #[test]
    fn what_is_printed_reads_as_the_same(text in statement()) {
        let Ok(statement) = Statement::parse(&text) else { return Ok(()) };
        let printed = statement.to_string();
        let again = Statement::parse(&printed);
        prop_assert_eq!(again.as_ref(), Ok(&statement), "{} printed as {}", text, printed);
    }

    #[test]
    fn whatever_is_read_can_be_run(text in statement()) {
        let Ok(statement) = Statement::parse(&text) else { return Ok(()) };
        let data = Data::parse(br#"{"a": [1, {"b": [0, 1, 2]}], "b": [1, {"C d": "x"}], "x": 1.5}"#).unwrap();
        let mut query = Query::of_values(&statement, Time::from_micros(0)).unwrap();
        let _ = query.push(Record::Value(Some(&data)), &mut |_| Ok(()));
        let _ = query.finish(&mut |_| Ok(()));
    }

    #[test]
    fn decimals_are_exact(a in any::<i64>(), b in any::<i64>(), left in -20..20_i32, right in -20..20_i32) {
        let make = |value: i64, exponent: i32| Decimal::parse(&format!("{value}e{exponent}")).unwrap();
        let (x, y) = (make(a, left), make(b, right));
        // Forty digits do not always fit.
        if (left - right).abs() < 18 {
            let sum = x.plus(y).unwrap();
            prop_assert_eq!(sum.minus(y).unwrap().compare(x), std::cmp::Ordering::Equal);
        }
        let product = x.times(y).unwrap();
        prop_assert_eq!(product.compare(Decimal::parse(&format!("{}e{}", i128::from(a) * i128::from(b), left + right)).unwrap()), std::cmp::Ordering::Equal);
        if b != 0 {
            let quotient = product.over(y).unwrap();
            prop_assert_eq!(quotient.compare(x), std::cmp::Ordering::Equal);
        }
        prop_assert_eq!(Decimal::parse(&x.to_string()), Some(x));
        let (f, g) = (x.to_f64(), y.to_f64());
        if (f - g).abs() > (f.abs() + g.abs()) * 1e-9 {
            prop_assert_eq!(Some(x.compare(y)), f.partial_cmp(&g));
        }
    }

    #[test]
    fn long_decimals_never_fail(a in "-?[0-9]{1,45}(\\.[0-9]{1,45})?", b in "-?[0-9]{1,45}(\\.[0-9]{1,45})?") {
        let (x, y) = (Decimal::parse(&a).unwrap(), Decimal::parse(&b).unwrap());
        for result in [x.plus(y), x.minus(y), x.times(y), x.over(y), x.remainder(y)].into_iter().flatten() {
            prop_assert!(result.unscaled().unsigned_abs() < 10_u128.pow(38));
        }
        let (sum, expected) = (x.plus(y).unwrap().to_f64(), x.to_f64() + y.to_f64());
        let (product, wanted) = (x.times(y).unwrap().to_f64(), x.to_f64() * y.to_f64());
        prop_assert!((product - wanted).abs() <= wanted.abs() * 1e-12);
        prop_assert!((sum - expected).abs() <= (x.to_f64().abs() + y.to_f64().abs()) * 1e-12);
    }
}
