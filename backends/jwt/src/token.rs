//! A token: parsed once, then verified and checked.

use crate::{Algorithm, Claims, Fault, FaultKind, Header, KeySet, base64url};

/// How long a decoded header may be.
const MAX_HEADER: usize = 4 * 1024;

/// The longest signature there is: RSA with 8,192 bits.
const MAX_SIGNATURE: usize = 1024;

/// Those of most keys fit: RSA with 2,048 bits has 256 bytes. To clear room costs time.
const USUAL_SIGNATURE: usize = 264;

/// Room for the bytes of a token, which a [`Token`] borrows from. It can be used again for another token.
#[derive(Default)]
pub struct Scratch {
    bytes: Vec<u8>,
}

impl Scratch {
    /// Room that has not taken any memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }
}

/// A signed JSON Web Token in the compact form (RFC 7515, section 7.1; RFC 7519), parsed strictly.
///
/// [`parse`](Self::parse) reads only, [`verify`](Self::verify) proves who wrote it, and
/// [`Rules::check`](crate::Rules::check) says whether it is meant for us, and now. All three are needed.
///
/// ```
/// use std::time::SystemTime;
/// use portcullis_jwt::{Algorithm, KeySet, Rules, Scratch, Token};
/// use serde_json::json;
///
/// # let mint = portcullis_mint::Mint::new("ES256", "a");
/// # let document = portcullis_mint::jwks(&[&mint]).to_string();
/// # let text = mint.sign(&json!({
/// #     "iss": "https://id.example.test", "aud": "orders-api", "sub": "alice", "exp": portcullis_mint::now() + 60
/// # }));
/// let keys = KeySet::parse(document.as_bytes())?;
/// let rules = Rules::new("https://id.example.test", ["orders-api"]);
///
/// let mut scratch = Scratch::new();
/// let token = Token::parse(&text, &mut scratch)?;
/// token.verify(&keys, &rules.algorithms)?;
/// rules.check(&token, SystemTime::now())?;
/// assert_eq!(token.claims().get("sub").and_then(|sub| sub.as_str()), Some("alice"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Token<'t> {
    header: Header<'t>,
    claims: Claims<'t>,
    /// Header and payload with the dot between them, as they were signed.
    signed: &'t [u8],
    /// Where the payload begins in that.
    payload_at: usize,
    signature: &'t [u8],
}

impl<'t> Token<'t> {
    /// Reads a token. Nothing that it says is proved yet.
    ///
    /// The length of the text is the caller's to bound; the cost grows with it no faster than linearly times its logarithm.
    ///
    /// # Errors
    /// A [`Fault`] if the text is no JWS of exactly three segments in strict base64url (RFC 4648, section 5, without
    /// padding, white space or bits left over), if header or claims are no JSON objects or have a name twice, if a
    /// header member has the wrong type, or if the token is encrypted.
    pub fn parse(text: &'t (impl AsRef<[u8]> + ?Sized), scratch: &'t mut Scratch) -> Result<Self, Fault> {
        Self::parse_beside(text, scratch, None)
    }

    /// Like [`parse`](Self::parse), and the same comes of it. But a header that is, to the byte, that of a token which one
    /// of these keys has [verified](Self::verify) is not parsed again.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub fn parse_beside(
        text: &'t (impl AsRef<[u8]> + ?Sized),
        scratch: &'t mut Scratch,
        keys: Option<&'t KeySet>,
    ) -> Result<Self, Fault> {
        let (signed, payload_at, signature) = segments(text.as_ref())?;
        let (header, payload) = (&signed[..payload_at - 1], &signed[payload_at..]);

        let bytes = &mut scratch.bytes;
        bytes.clear();
        bytes.reserve(signed.len());
        let proved = keys.and_then(|keys| keys.proved_header(header));
        if proved.is_none() {
            if header.len() > MAX_HEADER / 3 * 4 {
                return Err(Fault::malformed("the header is too long"));
            }
            base64url::append(header, bytes).ok_or(Fault::malformed("the header is not strict base64url"))?;
        }
        let split = bytes.len();
        base64url::append(payload, bytes).ok_or(Fault::malformed("the claims are not strict base64url"))?;

        let (header, claims) = scratch.bytes.split_at(split);
        let header = std::str::from_utf8(header).map_err(|_| Fault::malformed("the header is not UTF-8"))?;
        // White space before it would be JSON, but by its first character a JWT is told from an opaque token.
        if proved.is_none() && !header.starts_with('{') {
            return Err(Fault::malformed("the header does not begin with an object"));
        }
        let claims = std::str::from_utf8(claims).map_err(|_| Fault::malformed("the claims are not UTF-8"))?;
        let header = proved.map_or_else(|| Header::parse(header), Ok)?;
        Ok(Self { header, claims: Claims::parse(claims)?, signed, payload_at, signature })
    }

    /// The header. Not proved before [`verify`](Self::verify).
    #[must_use]
    pub const fn header(&self) -> &Header<'t> {
        &self.header
    }

    /// The claims. Not proved before [`verify`](Self::verify).
    #[must_use]
    pub const fn claims(&self) -> &Claims<'t> {
        &self.claims
    }

    /// Whether one of these algorithms, and a key of this set that is for it, made the signature.
    ///
    /// # Errors
    /// A [`Fault`] of the kind
    /// - `Refused` if the algorithm is not among those allowed, or the header has an extension (`crit`, `b64`, `zip`) or
    ///   says that the payload is a token again;
    /// - `UnknownKey` if no key has the token's `kid`; or, for a token without `kid`, if no key fits: a newer key set
    ///   may help;
    /// - `BadSignature` if the named key did not make the signature, or is not for this algorithm;
    /// - `Malformed` if the signature is not strict base64url.
    pub fn verify(&self, keys: &KeySet, allowed: &[Algorithm]) -> Result<(), Fault> {
        let algorithm = self.header.allowed(allowed)?;
        if self.signature.len() > (MAX_SIGNATURE * 4).div_ceil(3) {
            return Err(Fault::new(FaultKind::BadSignature, "the signature is too long"));
        }
        let (mut usual, mut room);
        let room = if self.signature.len() <= USUAL_SIGNATURE / 3 * 4 {
            usual = [0; USUAL_SIGNATURE];
            &mut usual[..]
        } else {
            room = [0; MAX_SIGNATURE];
            &mut room[..]
        };
        let signature = base64url::decode_into(self.signature, room)
            .ok_or(Fault::malformed("the signature is not strict base64url"))?;
        let key = keys.verify(algorithm, self.header.kid(), self.signed, signature)?;
        key.header.keep(&self.signed[..self.payload_at - 1], &self.header);
        Ok(())
    }
}

/// Header and payload with their dot, where the payload begins in that, and the signature.
fn segments(text: &[u8]) -> Result<(&[u8], usize, &[u8]), Fault> {
    let mut dots = memchr::memchr_iter(b'.', text);
    let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
        return Err(match text.split(|byte| *byte == b'.').count() {
            // RFC 7516, section 7.1: five segments are an encrypted token.
            5 => Fault::refused("encrypted"),
            _ => Fault::malformed("not three segments"),
        });
    };
    Ok((&text[..second], first + 1, &text[second + 1..]))
}

/// Whether a bearer token has the form of a JSON Web Token, signed or encrypted: up to its first dot it is strict
/// base64url of something that begins with `{`. Everything else is opaque.
///
/// ```
/// assert!(portcullis_jwt::looks_like_jwt("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln"));
/// assert!(!portcullis_jwt::looks_like_jwt("v2.local.c2VjcmV0"));
/// assert!(!portcullis_jwt::looks_like_jwt("eyJhbGciOiJSUzI1NiJ9"));
/// ```
#[must_use]
pub fn looks_like_jwt(token: impl AsRef<[u8]>) -> bool {
    let token = token.as_ref();
    let Some(dot) = memchr::memchr(b'.', token) else { return false };
    let first = &token[..dot];
    // The six bits of the first character and two of the second make the brace.
    let begins = matches!(first, [b'e', b'w'..=b'z' | b'0'..=b'9' | b'-' | b'_', ..]);
    begins && base64url::is_strict(first)
}

#[cfg(test)]
mod tests;
