use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{BadJson, Json, MAX_DEPTH, Number};

fn value(text: &str) -> Result<Value, BadJson> {
    Json::parse(text).map(|json| json.to_value())
}

#[test]
fn every_kind_of_value_is_read() {
    let text = r#" { "a" : [ null , true , false , 0 , -1 , 1.5e1 , "x" ] , "b" : { } , "c":[],"":"" } "#;
    let expected = json!({ "a": [null, true, false, 0, -1, 15.0, "x"], "b": {}, "c": [], "": "" });
    assert_eq!(value(text), Ok(expected));
}

#[test]
fn strings_without_escapes_are_borrowed() {
    let text = r#"["plain", "gr\u00fcn", "a longer string, of more than eight bytes — with ümlauts"]"#;
    let Json::Array(strings) = Json::parse(text).unwrap() else { panic!("no array") };
    let borrowed = |json: &Json<'_>| matches!(json, Json::String(std::borrow::Cow::Borrowed(_)));
    assert_eq!(strings.iter().map(borrowed).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(strings[1].as_str(), Some("grün"));
}

#[test]
fn escapes_are_undone() {
    assert_eq!(
        value(r#""\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\u0000""#),
        Ok(json!("\"\\/\u{8}\u{c}\n\r\tAé€😀\0"))
    );
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "\"",
        "\"a",
        "'a'",
        "a",
        "nul",
        "nulll",
        "True",
        "tru",
        "+1",
        "01",
        "-",
        "-a",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1.e1",
        "0x1",
        "1_000",
        "NaN",
        "Infinity",
        "-Infinity",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "1 2",
        "{} {}",
        "{}x",
        "\u{feff}{}",
        "\u{a0}1",
        "\u{c}1",
        "/**/1",
        "\"\n\"",
        "\"\u{1f}\"",
        "\"12345678\u{1}\"",
        r#""\x41""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\ud800""#,
        r#""\ud800x""#,
        r#""\ud800\n""#,
        r#""\ud800\u0041""#,
        r#""\udc00""#,
        r#""\udc00\udc00""#,
        "\"12345\u{1f}78901234567890\"",
        r#""\"#,
        r#""\u"#,
        r#""\u+123""#,
        "\"\\ud800\\u\"",
        "truefalse",
        "[true",
    ] {
        assert_eq!(value(text), Err(BadJson::Syntax), "{text:?}");
        assert!(serde_json::from_str::<Value>(text).is_err(), "the oracle takes {text:?}");
    }
}

#[test]
fn a_name_twice_is_refused_at_any_depth() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"a":3}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"x":{"a":1,"a":2}}"#,
        r#"[[{"a":1,"a":2}]]"#,
        r#"{"":1,"":2}"#,
    ] {
        assert_eq!(value(text), Err(BadJson::DuplicateName), "{text}");
        assert!(Json::parse_with_duplicates(text).unwrap().has_duplicates(), "{text}");
    }
    for text in [r#"{"a":1,"A":1}"#, r#"{"a":{"a":{"a":1}}}"#, r#"[{"a":1},{"a":1}]"#, r#"{"abc":1,"adc":1}"#] {
        assert!(value(text).is_ok(), "{text}");
        assert!(!Json::parse_with_duplicates(text).unwrap().has_duplicates(), "{text}");
    }
}

#[test]
fn a_name_twice_is_found_among_many() {
    let members = |count: usize| (0..count).map(|n| format!("\"n{n}\":0")).collect::<Vec<_>>();
    for count in 1..60 {
        let mut members = members(count);
        assert!(value(&format!("{{{}}}", members.join(","))).is_ok());
        for again in 0..count {
            members.push(format!("\"n{again}\":1"));
            assert_eq!(value(&format!("{{{}}}", members.join(","))), Err(BadJson::DuplicateName));
            members.pop();
        }
    }
}

#[test]
fn many_members_are_not_compared_each_with_each() {
    // Of one length and with the same ends, so that nothing but a comparison tells them apart.
    let mut text = String::from("{");
    for n in 0..200_000 {
        write!(text, "\"aaaaaaaa{n:06}aaaaaaaa\":0,").unwrap();
    }
    text.push_str("\"z\":0}");
    let start = Instant::now();
    assert!(Json::parse(&text).is_ok());
    // Below a second, even unoptimised; each with each, these are 20,000,000,000 comparisons.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(value(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(value(&nested(MAX_DEPTH + 1)), Err(BadJson::TooDeep));
    assert_eq!(value(&"[".repeat(1_000_000)), Err(BadJson::TooDeep));
    assert_eq!(value(&r#"{"a":"#.repeat(1_000_000)), Err(BadJson::TooDeep));
    // Depth counts what lies in each other, not what follows each other.
    assert!(value(&format!("[{}[]]", "[],".repeat(1000))).is_ok());
}

#[test]
fn numbers_keep_what_64_bits_hold() {
    let number = |text: &str| Json::parse(text).map(|json| json.as_number().expect("a number"));
    assert_eq!(number("18446744073709551615"), Ok(Number::Unsigned(u64::MAX)));
    assert_eq!(number("-9223372036854775808"), Ok(Number::Negative(i64::MIN)));
    assert_eq!(number("18446744073709551616"), Ok(Number::Float(18_446_744_073_709_551_616.0)));
    assert_eq!(number("-9223372036854775809"), Ok(Number::Float(-9_223_372_036_854_775_809.0)));
    assert_eq!(number("1700000000.5"), Ok(Number::Float(1_700_000_000.5)));
    assert_eq!(number("17e8"), Ok(Number::Float(1_700_000_000.0)));
    assert_eq!(number("0"), Ok(Number::Unsigned(0)));
    assert_eq!(number("1e-400"), Ok(Number::Float(0.0)));
    assert_eq!(number("1e400"), Err(BadJson::NumberOutOfRange));
    assert_eq!(number("-1e400"), Err(BadJson::NumberOutOfRange));
    assert_eq!(number(&"9".repeat(400)), Err(BadJson::NumberOutOfRange));
}

/// Equal, but for the last digit of a fraction: `serde_json` rounds it as it likes.
fn nearly(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) if ours.is_f64() || theirs.is_f64() => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            ours.to_bits().abs_diff(theirs.to_bits()) <= 1 || ours == theirs
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| nearly(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|((a, x), (b, y))| a == b && nearly(x, y))
        }
        _ => ours == theirs,
    }
}

/// Text that is JSON more often than not.
fn almost_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just(" ".to_owned()),
        Just("\"a\"".to_owned()),
        Just("\"b\"".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[0-9.eE+-]{0,6}",
        "\"[a-z\\\\u0-9ü]{0,12}\"",
    ];
    prop::collection::vec(token, 0..16).prop_map(|tokens| tokens.concat())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..20)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn it_agrees_with_serde_json_on_anything(text in prop_oneof![any::<String>(), almost_json()]) {
        match (value(&text), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), Ok(theirs)) => prop_assert!(nearly(&ours, &theirs), "{ours} {theirs}"),
            (Err(BadJson::DuplicateName), _) | (Err(_), Err(_)) => {}
            (ours, theirs) => prop_assert!(false, "{ours:?} {theirs:?}"),
        }
    }

    #[test]
    fn it_reads_what_serde_json_writes(expected in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&expected) } else { serde_json::to_string(&expected) }.unwrap();
        let ours = value(&text).unwrap();
        prop_assert!(nearly(&ours, &expected), "{ours} {expected}");
    }
}
