//! One message of a server, whole and bounded.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::MALFORMED;
use crate::ber::tag;

/// Reads one `LDAPMessage` to its last byte and not beyond, as its bytes are.
///
/// # Errors
/// If it is longer than `most` bytes, or something else: [`io::ErrorKind::InvalidData`], and why.
pub(super) async fn read(server: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<Vec<u8>> {
    let invalid = |problem: &str| io::Error::new(io::ErrorKind::InvalidData, problem);
    let malformed = || invalid(MALFORMED);
    let mut header = [0; 2];
    server.read_exact(&mut header).await?;
    let mut message = header.to_vec();
    let length = match header[1] {
        length @ 0..=0x7f => usize::from(length),
        more @ 0x81..=0x84 => {
            let mut bytes = [0; 4];
            let bytes = &mut bytes[..usize::from(more & 0x7f)];
            server.read_exact(bytes).await?;
            message.extend_from_slice(bytes);
            bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
        }
        _ => return Err(malformed()),
    };
    if header[0] != tag::SEQUENCE {
        return Err(malformed());
    }
    if length > most {
        return Err(invalid(&format!("an answer of {length} bytes, which is too long")));
    }
    // As it comes: a length is said sooner than it is sent.
    let wanted = message.len() + length;
    server.take(length as u64).read_to_end(&mut message).await?;
    if message.len() == wanted { Ok(message) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
