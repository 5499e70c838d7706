//! An entry for a cluster of which nobody's token is taken.

use super::draft::{Draft, Value};

/// Neither the issuer of a cluster nor what one takes tokens for: the name can never be anybody's (RFC 6761, section 6.4).
const NOBODY: &str = "https://nobody.invalid";

/// The keys that keep all tokens out of an entry of the kind `kubernetes`: the issuer those that are made for whatever audience
/// somebody asks for, the audience those of Secrets, which have an issuer of their own.
pub(crate) fn keys(draft: &mut Draft) {
    for key in ["issuers", "audiences"] {
        draft.key(key, [NOBODY].into_iter().collect::<Value>());
    }
}
