use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::de::DeValue;

use super::*;
use crate::config::fault::Cause;
use crate::config::key::show;

#[derive(Debug, PartialEq, Deserialize)]
struct Everything {
    text: String,
    letter: char,
    small: i8,
    large: u64,
    float: f64,
    whole_float: f32,
    yes: bool,
    path: std::path::PathBuf,
    some: Option<Newtype>,
    none: Option<Newtype>,
    pair: (u8, String),
    tables: BTreeMap<Newtype, Vec<Shape>>,
    words: BTreeMap<Word, u8>,
    #[serde(rename = "ignored")]
    _ignored: Ignored,
    untagged: Vec<Untagged>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Newtype(String);

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Point,
    Circle(f64),
    Line(u8, u8),
    Square { side: u8 },
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    One,
    Two,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
}

#[derive(Debug, Deserialize)]
struct Ignored(#[allow(dead_code, reason = "it is there to be read")] IgnoredAny);

impl PartialEq for Ignored {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn value(text: &str) -> Value {
    Value::from(DeValue::parse(text).unwrap())
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Fault> {
    T::deserialize(Reader { value: &value(text), aside: &[] })
}

#[test]
fn every_shape_is_read_as_tomls_own_deserializer_reads_it() {
    let text = r#"{
        text = "a", letter = "b", small = -8, large = 0xffff_ffff_ffff_ffff, float = -1.5e3, whole_float = 7, yes = true,
        path = "a/b", some = "c", pair = [1, "d"], words = { one = 1, two = 2 }, ignored = [{ a = [1.5, inf] }],
        tables = { e = ["point", { circle = 1.5 }, { line = [1, 2] }, { square = { side = 3 } }], f = [] },
        untagged = [1, "g"],
    }"#;
    let ours: Everything = read(text).unwrap();
    let theirs: Everything = Deserialize::deserialize(toml::de::ValueDeserializer::parse(text).unwrap()).unwrap();
    assert_eq!(ours, theirs);
}

#[test]
fn what_does_not_fit_is_told_with_its_path_and_without_the_value() {
    let shapes = |text| read::<BTreeMap<String, Vec<Shape>>>(text).unwrap_err();
    let fault = |fault: Fault| {
        let Cause::Other { problem, expected } = &fault.cause else {
            panic!("{fault}");
        };
        (show("", &fault.path()), problem.clone(), expected.clone().unwrap_or_default())
    };
    for (text, path, problem, expected) in [
        ("{ a = [{ circle = true }] }", "a[0].circle", "wrong type: boolean", "a number"),
        ("{ a = [{ line = [1, 256] }] }", "a[0].line[1]", "wrong value", "a whole number from 0 to 255"),
        ("{ a = [{ line = [1, 2, 3] }] }", "a[0].line", "wrong length", "at most 2 elements"),
        ("{ a = [\"point\", { square = 1 }] }", "a[1].square", "wrong type: integer", "a table"),
        ("{ a = [{ point = 1 }] }", "a[0]", "wrong type: table", "the string \"point\""),
        ("{ a = [1979-05-27] }", "a[0]", "wrong type: date or time", "one of `point`, `circle`, `line`, `square`"),
        ("{ a = {} }", "a", "wrong type: table", "an array"),
    ] {
        assert_eq!(fault(shapes(text)), (path.to_owned(), problem.to_owned(), expected.to_owned()), "{text}");
    }
    let missing = shapes("{ a = [{ square = {} }] }");
    assert!(matches!(missing.cause, Cause::MissingKey));
    assert_eq!(show("", &missing.path()), "a[0].square.side");
}
