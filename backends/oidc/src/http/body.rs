//! Bodies of bounded size.

use reqwest::Response;

use super::Failure;

/// Reads the body, or gives up as soon as it is larger than `limit` bytes, whatever
/// `Content-Length` says.
pub(super) async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::new(format!("the answer is larger than {} KiB", limit / 1024));
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of(&error))? {
        if chunk.len() > limit - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
