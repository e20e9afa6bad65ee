//! What holds of all values and expressions: reading never fails but with an error, what is printed reads as the same,
//! numbers are exact, and the bytes of keys are in the order of the keys.
#![allow(clippy::unwrap_used)]

#[path = "dynamodb/notation.rs"]
#[allow(dead_code)] // the tables are for other tests
mod notation;

use lang::dynamodb::{
    Condition, Error, KeyCondition, MAX_EXPRESSION_BYTES, Map, Number, Printed, Projection, Substitutions, Update,
    Value,
};
use notation::{Universe, item};
use proptest::{collection::vec, prelude::*, sample::select};
use std::cmp::Ordering;

fn word() -> impl Strategy<Value = &'static str> {
    select(vec![
        "a",
        "b",
        "a.b",
        "a[0]",
        "#c",
        "#data.x[2]",
        "#missing",
        "status",
        "ss",
        "l",
        "m",
        "n",
        ":s",
        ":n",
        ":two",
        ":ss",
        ":l",
        ":m",
        ":S",
        ":true",
        ":missing",
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "(",
        ")",
        ",",
        ".",
        "[",
        "]",
        "0",
        "+",
        "-",
        "AND",
        "OR",
        "NOT",
        "BETWEEN",
        "IN",
        "SET",
        "REMOVE",
        "ADD",
        "DELETE",
        "size(",
        "contains(",
        "begins_with(",
        "attribute_exists(",
        "attribute_type(",
        "if_not_exists(",
        "list_append(",
        "nope(",
        "#",
        ":",
        "é",
        "!",
    ])
}

fn path() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "#b", "m.k", "m.deep.l[1]", "l[2].k", "#data", "n", "ss", "q.r", "l", "#dot"])
}

fn placeholder() -> impl Strategy<Value = &'static str> {
    select(vec![":s", ":t", ":n", ":two", ":five", ":bin", ":ss", ":ns", ":l", ":m", ":true", ":null", ":empty"])
}

fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        path().prop_map(str::to_owned),
        placeholder().prop_map(str::to_owned),
        path().prop_map(|path| format!("size({path})")),
        path().prop_map(|path| format!("({path})")),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let signs = select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        (operand(), signs, operand()).prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
        (operand(), operand(), operand()).prop_map(|(a, b, c)| format!("{a} between {b} AND {c}")),
        (operand(), vec(operand(), 1..4)).prop_map(|(a, list)| format!("{a} IN ({})", list.join(","))),
        path().prop_map(|path| format!("attribute_exists({path})")),
        path().prop_map(|path| format!("attribute_not_exists ( {path} )")),
        path().prop_map(|path| format!("attribute_type({path}, :S)")),
        (path(), placeholder()).prop_map(|(path, value)| format!("begins_with({path}, {value})")),
        (operand(), operand()).prop_map(|(a, b)| format!("contains({a}, {b})")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" AND ")),
            vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" or ")),
            inner.clone().prop_map(|inner| format!("NOT {inner}")),
            inner.prop_map(|inner| format!("({inner})")),
        ]
    })
}

fn term() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![path().prop_map(str::to_owned), placeholder().prop_map(str::to_owned)];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (path(), inner.clone()).prop_map(|(path, otherwise)| format!("if_not_exists({path}, {otherwise})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("list_append({a}, {b})")),
        ]
    })
}

fn update() -> impl Strategy<Value = String> {
    let assigned = (path(), term(), select(vec!["", " + ", " - "]), term()).prop_map(|(path, left, sign, right)| {
        if sign.is_empty() { format!("{path} = {left}") } else { format!("{path} = {left}{sign}{right}") }
    });
    let list = |word: &'static str, action: BoxedStrategy<String>| {
        vec(action, 0..3).prop_map(move |actions| match actions.is_empty() {
            true => String::new(),
            false => format!("{word} {} ", actions.join(", ")),
        })
    };
    let valued = || (path(), placeholder()).prop_map(|(path, value)| format!("{path} {value}")).boxed();
    (
        list("SET", assigned.boxed()),
        list("remove", path().prop_map(str::to_owned).boxed()),
        list("ADD", valued()),
        list("DELETE", valued()),
    )
        .prop_map(|(set, remove, add, delete)| format!("{set}{remove}{add}{delete}"))
}

/// Within what is stored, and mostly far within.
fn number() -> impl Strategy<Value = Number> {
    let exponent = prop_oneof![0..2_i32, -12..12_i32, -92..88_i32];
    let digits = prop_oneof![
        -12..12_i128,
        any::<i16>().prop_map(i128::from),
        any::<i64>().prop_map(i128::from),
        -(10_i128.pow(38) - 1)..10_i128.pow(38)
    ];
    (digits, exponent).prop_map(|(digits, exponent)| Number::parse(&format!("{digits}e{exponent}")).unwrap())
}

/// Reads again what was printed, with the same reader.
fn again<'a, T>(
    printed: &'a Printed<'a>,
    read: impl FnOnce(&'a str, &mut Substitutions<'a>) -> Result<T, Error>,
) -> Result<T, Error> {
    let names = printed.names.iter().map(|(placeholder, name)| (placeholder.as_str(), *name));
    let values = printed.values.iter().map(|(placeholder, value)| (placeholder.as_str(), *value));
    let names = (!printed.names.is_empty()).then_some(names);
    let values = (!printed.values.is_empty()).then_some(values);
    let mut substitutions = Substitutions::new(names, values)?;
    let result = read(&printed.text, &mut substitutions)?;
    substitutions.check_used()?;
    Ok(result)
}

fn row() -> Map {
    item(
        r#"{"a":"x","b":[1],"n":5,"ss":{"$SS":["x","z"]},"l":["x",1,{"k":"v"}],"m":{"k":1,"deep":{"l":[1,2]}},"data":{"x":1}}"#,
    )
}

/// Digits of a sum, by adding them one by one: whole numbers without a bound.
fn sum(a: &[i8], b: &[i8]) -> Vec<i8> {
    // From the lowest digit; each digit has the sign of its number.
    let length = a.len().max(b.len());
    let digit = |digits: &[i8], at: usize| digits.get(at).copied().unwrap_or(0);
    (0..length).map(|at| digit(a, at) + digit(b, at)).collect()
}

/// As an integer of digits in the place of 10^-300, each with the sign of the number.
fn exact(number: Number) -> Vec<i8> {
    let (unscaled, scale) = number.parts();
    let mut digits = vec![0; (300 - scale) as usize];
    let sign = if unscaled < 0 { -1 } else { 1 };
    digits.extend(unscaled.unsigned_abs().to_string().bytes().rev().map(|digit| (digit - b'0') as i8 * sign));
    digits
}

/// The sign, and the digits without zeros at either end, with the place of the lowest.
fn normal(digits: &[i8]) -> (i8, Vec<i8>, usize) {
    let sign = digits.iter().rev().find(|digit| **digit != 0).map_or(0, |digit| digit.signum());
    let (mut out, mut carry) = (Vec::new(), 0);
    for digit in digits {
        let value = digit * sign + carry;
        carry = value.div_euclid(10);
        out.push(value.rem_euclid(10));
    }
    if carry > 0 {
        out.push(carry);
    }
    while out.last() == Some(&0) {
        out.pop();
    }
    let low = out.iter().take_while(|digit| **digit == 0).count();
    (sign, out.split_off(low), low)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let universe = Universe::new();
        let substitutions = &mut universe.substitutions();
        let _ = Condition::parse(&text, substitutions);
        let _ = KeyCondition::parse(&text, substitutions);
        let _ = Projection::parse(&text, substitutions);
        let _ = Update::parse(&text, substitutions);
        let _ = Number::parse(&text);
        let _ = Number::read_key(text.as_bytes());
    }

    #[test]
    fn any_words_are_read_or_refused(words in vec(word(), 0..25)) {
        let universe = Universe::new();
        let row = row();
        for text in [words.join(" "), words.concat(), format!("SET {}", words.join(" "))] {
            let substitutions = &mut universe.substitutions();
            if let Ok(condition) = Condition::parse(&text, substitutions) {
                condition.holds(Some(&row));
            }
            let _ = KeyCondition::parse(&text, substitutions);
            if let Ok(projection) = Projection::parse(&text, substitutions) {
                projection.project(&row);
            }
            if let Ok(update) = Update::parse(&text, substitutions) {
                let _ = update.apply(&row);
            }
        }
    }

    #[test]
    fn printed_conditions_read_as_the_same(text in condition()) {
        let universe = Universe::new();
        let Ok(condition) = Condition::parse(&text, &mut universe.substitutions()) else { return Ok(()) };
        let printed = condition.print();
        if printed.text.len() > MAX_EXPRESSION_BYTES {
            return Ok(());
        }
        let read = again(&printed, Condition::parse);
        prop_assert_eq!(read.as_ref(), Ok(&condition), "{} printed as {}", text, printed.text);
        let row = row();
        let negated = Condition::Not(Box::new(condition.clone()));
        prop_assert_ne!(condition.holds(Some(&row)), negated.holds(Some(&row)));
    }

    #[test]
    fn printed_updates_read_as_the_same(text in update()) {
        let universe = Universe::new();
        let Ok(update) = Update::parse(&text, &mut universe.substitutions()) else { return Ok(()) };
        let printed = update.print();
        let read = again(&printed, Update::parse);
        prop_assert_eq!(read.as_ref(), Ok(&update), "{} printed as {}", text, printed.text);
        let row = row();
        if let Ok(updated) = update.apply(&row) {
            // Nothing else has changed.
            let touched: Vec<&str> = update.actions.iter().map(|action| action.path().name).collect();
            for (name, value) in row.iter().filter(|(name, _)| !touched.contains(name)) {
                prop_assert_eq!(updated.item.get(name), Some(value));
            }
            prop_assert!(updated.item.iter().all(|(name, _)| row.contains(name) || touched.contains(&name)));
        }
    }

    #[test]
    fn printed_projections_read_as_the_same(paths in vec(path(), 1..5)) {
        let universe = Universe::new();
        let text = paths.join(", ");
        let Ok(projection) = Projection::parse(&text, &mut universe.substitutions()) else { return Ok(()) };
        let read = projection.print();
        let read = again(&read, Projection::parse);
        prop_assert_eq!(read.as_ref(), Ok(&projection));
        let mut reversed = projection.clone();
        reversed.paths.reverse();
        prop_assert_eq!(reversed.project(&row()), projection.project(&row()));
    }

    #[test]
    fn paths_that_meet_are_found(paths in vec("[ab](\\.[ab]|\\[[01]\\]){0,3}", 1..6)) {
        let universe = Universe::new();
        let text = paths.join(", ");
        let steps = |path: &str| -> Vec<String> {
            path.replace('[', ".[").split('.').map(str::to_owned).collect()
        };
        let meets = |a: &str, b: &str| {
            let (a, b) = (steps(a), steps(b));
            match a.iter().zip(&b).find(|(a, b)| a != b) {
                None => true,
                Some((a, b)) => a.starts_with('[') != b.starts_with('['),
            }
        };
        let any = (0..paths.len()).any(|at| paths[..at].iter().any(|other| meets(other, &paths[at])));
        let read = Projection::parse(&text, &mut universe.substitutions());
        prop_assert_eq!(read.is_err(), any, "{}", text);
    }

    #[test]
    fn keys_of_numbers_are_in_order(a in number(), b in number()) {
        let bytes = |number: Number| {
            let mut bytes = Vec::new();
            assert!(Value::N(number).write_key(&mut bytes));
            bytes
        };
        let (left, right) = (bytes(a), bytes(b));
        prop_assert_eq!(left.cmp(&right), a.cmp(&b), "{} {}", a, b);
        let joined = [left, right].concat();
        let (first, rest) = Number::read_key(&joined).unwrap();
        prop_assert_eq!(first, a);
        prop_assert_eq!(Number::read_key(rest), Some((b, [].as_slice())));
    }

    #[test]
    fn keys_of_texts_are_in_order(a in "\\PC{0,6}", b in "\\PC{0,6}") {
        let (s, t) = (Value::S(a.clone()), Value::S(b.clone()));
        let (x, y) = (Value::B(a.into_bytes()), Value::B(b.into_bytes()));
        let bytes = |value: &Value| {
            let mut bytes = Vec::new();
            assert!(value.write_key(&mut bytes));
            bytes
        };
        prop_assert_eq!(Some(bytes(&s).cmp(&bytes(&t))), s.compare(&t));
        prop_assert_eq!(Some(bytes(&x).cmp(&bytes(&y))), x.compare(&y));
    }

    #[test]
    fn sums_are_exact_or_refused(a in number(), b in number()) {
        let (sign, digits, place) = normal(&sum(&exact(a), &exact(b)));
        match a.plus(b) {
            Ok(total) => {
                prop_assert_eq!(normal(&exact(total)), (sign, digits, place), "{} + {}", a, b);
                prop_assert_eq!(total.minus(b), Ok(a));
                prop_assert_eq!(b.plus(a), Ok(total));
            }
            Err(error) => {
                let high = (place + digits.len()) as i64 - 1 - 300;
                let out_of_range = !(-130..=125).contains(&high);
                prop_assert!(digits.len() > 38 || out_of_range, "{} + {}: {}", a, b, error);
            }
        }
        prop_assert_eq!(a.minus(a), Ok(Number::ZERO));
    }

    #[test]
    fn numbers_are_given_back_as_they_are(a in number(), b in number()) {
        prop_assert_eq!(Number::parse(&a.to_string()), Ok(a));
        let (sign, ..) = normal(&sum(&exact(a), &exact(b.minus(b.plus(b).unwrap_or(b)).unwrap_or(Number::ZERO))));
        if b.plus(b).is_ok() {
            prop_assert_eq!(a.cmp(&b), match sign { -1 => Ordering::Less, 0 => Ordering::Equal, _ => Ordering::Greater });
        }
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
    }

    #[test]
    fn long_numbers_are_read_or_refused(text in "[-+]?[0-9]{0,45}(\\.[0-9]{0,45})?([eE][-+]?[0-9]{1,20})?") {
        if let Ok(number) = Number::parse(&text) {
            prop_assert_eq!(Number::parse(&number.to_string()), Ok(number));
            prop_assert!(number.size() <= 21 + 1);
        }
    }
}
