//! What stands in a file, and lets nobody in, until the administrator has written what is meant.

use super::draft::{Draft, Value};

/// A server that is never there (RFC 6761, section 6.4).
pub(crate) const SERVER: &str = "ldaps://nobody.invalid";

/// The name of an entry that no directory has.
pub(crate) const ENTRY: &str = "cn=nobody,dc=invalid";

/// The domain of security identifiers that are the same everywhere (MS-DTYP, section 2.4.2.4). It has no accounts.
pub(crate) const DOMAIN: &str = "S-1-5-21-0-0-0";

/// Neither the issuer of a cluster nor what one takes tokens for: the name can never be anybody's (RFC 6761, section 6.4).
const NOBODY: &str = "https://nobody.invalid";

/// The keys that keep all tokens out of an entry of the kind `kubernetes`: the issuer those that are made for whatever
/// audience somebody asks for, the audience those of Secrets, which have an issuer of their own.
pub(crate) fn keys(draft: &mut Draft) {
    for key in ["issuers", "audiences"] {
        draft.key(key, [NOBODY].into_iter().collect::<Value>());
    }
}
