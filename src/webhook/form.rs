//! How a sender proves who it is: in which field, and what that is a signature of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, PROXY_AUTHORIZATION, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::Invalid;

use super::config::{ClientConfig, ClientType, Encoding};
use super::signed::Signed;
use super::timestamp::Timestamp;

/// Bytes of an HMAC-SHA256.
pub(super) const SIGNATURE_LEN: usize = 32;

pub(super) type Signature = [u8; SIGNATURE_LEN];

/// Fields that say that somebody comes the ordinary way, or never reach a service.
const OF_CREDENTIALS: &[HeaderName] = &[AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];

/// Fields that requests have without any signature.
const OF_HTTP: &[HeaderName] = &[HOST, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING];

/// In which field the proof is, and what it is. Clients that sign alike have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) header: HeaderName,
    pub(super) proof: Proof,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The secret itself.
    Token,
    Hmac(Hmac),
}

/// An HMAC-SHA256 of the body, and perhaps the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hmac {
    prefix: Box<str>,
    encoding: Encoding,
    pub(super) signed: Signed,
    pub(super) timestamp: Option<Timestamp>,
    /// Whether the same signature is refused when it comes again.
    pub(super) is_remembered: bool,
}

impl Form {
    /// # Errors
    ///
    /// What is wrong with the keys of the type `hmac`, by their names.
    pub(super) fn of(config: &ClientConfig) -> Result<Self, Vec<Invalid>> {
        Self::of_known(config.kind).map_or_else(|| Self::of_any_hmac(config), Ok)
    }

    /// That of a type which says all; none for `hmac`.
    pub(super) fn of_known(kind: ClientType) -> Option<Self> {
        let token = |header| Self { header: HeaderName::from_static(header), proof: Proof::Token };
        let body_in_hex = |header| Self {
            header: HeaderName::from_static(header),
            proof: Proof::Hmac(Hmac {
                prefix: "sha256=".into(),
                encoding: Encoding::Hex,
                signed: Signed::body(),
                timestamp: None,
                // Their events say what happened and mostly when: it is seldom that two are the same.
                is_remembered: true,
            }),
        };
        Some(match kind {
            ClientType::Github => body_in_hex("x-hub-signature-256"),
            ClientType::Bitbucketserver => body_in_hex("x-hub-signature"),
            ClientType::Gitlab => token("x-gitlab-token"),
            ClientType::Bitbucket => token("x-hook-uuid"),
            ClientType::Hmac => return None,
        })
    }

    fn of_any_hmac(config: &ClientConfig) -> Result<Self, Vec<Invalid>> {
        let mut problems = Vec::new();
        let header = match &config.header {
            Some(header) => field("header", header).map_err(|invalid| problems.push(invalid)).ok(),
            None => {
                problems.push(Invalid::new("header", "this key is required for the type `hmac`"));
                None
            }
        };
        let prefix = config.prefix.as_deref().unwrap_or_default();
        if !prefix.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) || prefix.starts_with(' ') {
            let expected = "printable ASCII that does not begin with a blank";
            problems.push(Invalid::new("prefix", "no beginning of a field").expected(expected));
        }
        let timestamp = config.timestamp.as_ref().map(Timestamp::read).transpose();
        let timestamp = timestamp.map_err(|found| problems.extend(found)).ok().flatten();
        if timestamp.as_ref().is_some_and(|timestamp| Some(&timestamp.header) == header.as_ref()) {
            let expected = "the field with the time, which is another one";
            problems.push(Invalid::new("timestamp.header", "is the field with the signature").expected(expected));
        }
        let signed = Signed::read(config.signed.as_deref(), config.timestamp.is_some());
        let signed = signed.map_err(|invalid| problems.push(invalid)).ok();
        match (header, signed) {
            (Some(header), Some(signed)) if problems.is_empty() => {
                let (encoding, is_remembered) = (config.encoding.unwrap_or_default(), timestamp.is_some());
                let proof = Proof::Hmac(Hmac { prefix: prefix.into(), encoding, signed, timestamp, is_remembered });
                Ok(Self { header, proof })
            }
            _ => Err(problems),
        }
    }

    /// The field, if the request has it.
    pub(super) fn field<'a>(&self, headers: &'a HeaderMap) -> Field<'a> {
        let mut values = headers.get_all(&self.header).iter();
        match (values.next(), values.next()) {
            (None, _) => Field::None,
            (Some(value), None) => Field::One(value),
            (Some(_), Some(_)) => Field::Several,
        }
    }
}

/// What a request has of a field.
pub(super) enum Field<'a> {
    None,
    One(&'a HeaderValue),
    /// Nobody knows which one counts.
    Several,
}

impl Hmac {
    /// The signature that the field holds, in the one form there is.
    pub(super) fn signature(&self, value: &HeaderValue) -> Option<Signature> {
        let text = value.as_bytes().strip_prefix(self.prefix.as_bytes())?;
        match self.encoding {
            Encoding::Hex => hex(text),
            Encoding::Base64 => STANDARD.decode(text).ok()?.try_into().ok(),
        }
    }
}

fn hex(text: &[u8]) -> Option<Signature> {
    let mut signature = Signature::default();
    if text.len() != 2 * SIGNATURE_LEN {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (byte, pair) in signature.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(signature)
}

/// The name of a field, as `key` has it.
pub(super) fn field(key: &str, name: &str) -> Result<HeaderName, Invalid> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Invalid::new(key, "no name of a field").expected("a name such as `X-Signature`"))?;
    let problem = match name {
        ref name if OF_CREDENTIALS.contains(name) => "a field of ordinary credentials",
        ref name if OF_HTTP.contains(name) => "a field that every request may have",
        name => return Ok(name),
    };
    Err(Invalid::new(key, problem).expected("a field of the sender's own, such as `X-Signature`"))
}

#[cfg(test)]
mod tests;
