//! A response of HTTP/1.1 as it came over the wire, or as curl shows one.

use std::io::BufRead;

use serde_json::Value;

/// A response. Field names are in lower case, and in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The fields.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads a head, and no body.
    ///
    /// # Panics
    ///
    /// If it is not one.
    pub(crate) fn read_head(input: &mut impl BufRead) -> Self {
        let status_line = line(input);
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {status_line:?}"));
        let mut fields = Vec::new();
        loop {
            let line = line(input);
            if line.is_empty() {
                return Self { status, fields, body: Vec::new() };
            }
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no field: {line:?}"));
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Reads a response; of `HEAD`, it has no body.
    ///
    /// # Panics
    ///
    /// If it is not one, or does not say how long its body is.
    pub(crate) fn read(input: &mut impl BufRead, to_head: bool) -> Self {
        let mut answer = Self::read_head(input);
        if !to_head && answer.status >= 200 {
            let length = answer.field("content-length").and_then(|length| length.parse().ok());
            answer.body = vec![0; length.unwrap_or_else(|| panic!("no Content-Length: {answer:?}"))];
            input.read_exact(&mut answer.body).expect("the whole body comes");
        }
        answer
    }

    /// The only field of this name.
    ///
    /// # Panics
    ///
    /// If there are several.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let values = self.fields_of(name);
        assert!(values.len() <= 1, "several fields of {name}: {values:?}");
        values.first().copied()
    }

    /// The fields of this name.
    #[must_use]
    pub fn fields_of(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same without the field that differs from one second to the next.
    #[must_use]
    pub fn without_date(mut self) -> Self {
        self.fields.retain(|(name, _)| name != "date");
        self
    }
}

fn line(input: &mut impl BufRead) -> String {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line).expect("the server answers");
    let text = line.strip_suffix(b"\r\n").unwrap_or_else(|| panic!("the response breaks off: {line:?}"));
    String::from_utf8_lossy(text).into_owned()
}
