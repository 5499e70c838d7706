//! StartTLS ([RFC 4511, section 4.14](https://www.rfc-editor.org/rfc/rfc4511#section-4.14)).
//!
//! Whoever is in between can still say anything here, so nothing is read but one small message, to its last byte and
//! not beyond: what comes after it is TLS.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use super::message;
use crate::ber::{self, tag};
use crate::failure::{Failure, shown};

/// `LDAPMessage` 1, an `ExtendedRequest` of this name.
const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// Bytes of the answer: some servers explain themselves.
const MAX_ANSWER: usize = 4096;

pub(super) async fn exchange(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<(), Failure> {
    stream.write_all(REQUEST).await.map_err(Failure::away)?;
    let message =
        message::read(stream, MAX_ANSWER).await.map_err(|error| Failure::Away(format!("StartTLS: {error}")))?;
    match result_code(&message) {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Away(format!("StartTLS: {}", shown(code)))),
        None => Err(Failure::away("StartTLS: a malformed answer")),
    }
}

/// That of the `ExtendedResponse` to our one request.
fn result_code(mut message: &[u8]) -> Option<u32> {
    let mut message = ber::take(tag::SEQUENCE, &mut message)?;
    if ber::take(tag::INTEGER, &mut message)? != [1] {
        return None;
    }
    let mut response = ber::take(tag::EXTENDED_RESPONSE, &mut message)?;
    match ber::take(tag::ENUMERATED, &mut response)? {
        [code] => Some(u32::from(*code)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt as _;

    /// What comes of this answer, and what of it was left unread.
    async fn answered(answer: &[u8]) -> (Result<(), Failure>, Vec<u8>) {
        let (mut ours, mut theirs) = tokio::io::duplex(64 * 1024);
        theirs.write_all(answer).await.unwrap();
        theirs.shutdown().await.unwrap();
        let result = exchange(&mut ours).await;
        let mut rest = Vec::new();
        ours.read_to_end(&mut rest).await.unwrap();
        (result, rest)
    }

    #[tokio::test]
    async fn success_is_taken_and_not_one_byte_after_it() {
        for answer in [
            &b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"[..],
            b"\x30\x84\0\0\0\x10\x02\x01\x01\x78\x84\0\0\0\x07\x0a\x01\x00\x04\x00\x04\x00",
        ] {
            let (result, rest) = answered(&[answer, b"TLS"].concat()).await;
            assert_eq!((result, rest.as_slice()), (Ok(()), &b"TLS"[..]));
        }
    }

    #[tokio::test]
    async fn anything_else_is_not() {
        for answer in [
            &b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"[..],
            // The result of something else; another message; cut off; too long.
            b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00",
            b"\x30\x84\xff\xff\xff\xff\x02\x01\x01",
            b"\x30\x80\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\0\0",
            b"",
            b"HTTP/1.1 400 Bad Request\r\n",
        ] {
            assert!(matches!(answered(answer).await.0, Err(Failure::Away(_))), "{answer:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = result_code(&bytes);
        }
    }
}
