//! Values by chance.

use std::time::SystemTime;

/// What means something to somebody: in a filter, in a distinguished name, in an escape.
const PARTS: [&str; 28] = [
    "*",
    "(",
    ")",
    "\\",
    "=",
    ",",
    "+",
    "\"",
    ";",
    "<",
    ">",
    "#",
    " ",
    "|",
    "&",
    "!",
    "~=",
    ":dn:=",
    ")(",
    "\\2a",
    "\\00",
    "\\5c",
    "%00",
    "uid",
    "a",
    "{name}",
    "{dn}",
    "ou=people",
];

/// From where other characters are: ASCII, Latin, marks that go with the letter before them, ideographs, emoji, and those
/// of double width, among which is all of ASCII once more.
const RANGES: [(u32, u32); 6] =
    [(0x20, 0x7e), (0xa1, 0x17f), (0x300, 0x36f), (0x4e00, 0x9fff), (0x1f300, 0x1f64f), (0xff01, 0xff5e)];

/// A generator (Knuth's MMIX) that goes the same way from the same seed.
pub(crate) struct Draw(u64);

impl Draw {
    /// With the seed that `PORTCULLIS_TEST_SEED` says, or another one each time. A test that fails shows which.
    pub(crate) fn new() -> Self {
        let said = std::env::var("PORTCULLIS_TEST_SEED").ok().map(|seed| seed.parse().expect("a number"));
        let clock = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros();
        let seed = said.unwrap_or_else(|| u64::try_from(clock()).unwrap());
        println!("PORTCULLIS_TEST_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn letter(&mut self) -> char {
        let (first, last) = RANGES[self.below(RANGES.len())];
        char::from_u32(first + u32::try_from(self.below((last - first + 1) as usize)).unwrap()).unwrap()
    }

    fn value(&mut self) -> String {
        let count = 1 + self.below(10);
        (0..count).fold(String::new(), |mut value, _| {
            match self.below(3) {
                0 => value.push(self.letter()),
                _ => value += PARTS[self.below(PARTS.len())],
            }
            value
        })
    }

    /// So many, no two the same, and none of them blank.
    pub(crate) fn values(&mut self, count: usize) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        while values.len() < count {
            let value = self.value();
            if !value.trim().is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }
}
