//! Searches, within bounds.

use ldap3::asn1::StructureTag;
use ldap3::controls::{PagedResults, RawControl};
use ldap3::{LdapResult, SearchOptions};
use tokio::time::Instant;

use super::{Connection, MALFORMED, left, unpanicked};
use crate::ber::{self, tag};
use crate::entry::Entry;
use crate::failure::Failure;

pub(crate) use ldap3::Scope;

/// Entries of one page ([RFC 2696](https://www.rfc-editor.org/rfc/rfc2696)): half of what Active Directory allows, and
/// all that slapd does by default.
const PAGE: usize = 500;
/// Bytes of what one search finds. A thousand groups have some hundred thousand.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of the mark that a server gives out with a page.
const MAX_COOKIE: usize = 64 * 1024;
/// `sizeLimitExceeded`
const SIZE_LIMIT: u32 = 4;
/// What the control of pages is called.
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";

/// A search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) base: &'a str,
    pub(crate) scope: Scope,
    pub(crate) filter: &'a str,
    pub(crate) attributes: &'a [&'a str],
    /// How many entries there may be; with one more it is [`Failure::TooMany`].
    pub(crate) most: usize,
}

impl Connection {
    /// What a search finds, page by page. References to other servers are passed over.
    pub(crate) async fn search(&mut self, query: &Query<'_>, until: Instant) -> Result<Vec<Entry>, Failure> {
        let mut found = Found { entries: Vec::new(), bytes: 0, most: query.most };
        let mut cookie = Vec::new();
        self.is_clean = false;
        loop {
            cookie = match unpanicked(self.page(query, cookie, &mut found, until)).await {
                Ok(cookie) => cookie,
                Err(failure) => return Err(self.judged(failure, until).await),
            };
            if cookie.is_empty() {
                return Ok(found.entries);
            }
        }
    }

    /// Adds one page to what was found. Returns the mark of the next one, which is empty if there is none.
    async fn page(
        &mut self,
        query: &Query<'_>,
        cookie: Vec<u8>,
        found: &mut Found,
        until: Instant,
    ) -> Result<Vec<u8>, Failure> {
        let left = left(until)?;
        // Few are asked for by number: a server that stops there has answered.
        let is_paged = query.scope != Scope::Base && query.most >= FEW;
        let most = i32::try_from(query.most.saturating_add(1)).unwrap_or(i32::MAX);
        let seconds = i32::try_from(left.as_secs().saturating_add(1)).unwrap_or(i32::MAX);
        let mut options = SearchOptions::new().timelimit(seconds);
        if is_paged {
            let size = i32::try_from(PAGE).unwrap_or(i32::MAX).min(most);
            self.ldap.with_controls(PagedResults { size, cookie });
        } else if query.scope != Scope::Base {
            options = options.sizelimit(most);
        }
        self.ldap.with_search_options(options).with_timeout(left);
        let mut stream = self.ldap.streaming_search(query.base, query.scope, query.filter, query.attributes).await?;
        let result = loop {
            // Its own timeout starts anew with each entry.
            let next = tokio::time::timeout_at(until, stream.next()).await.map_err(|_| Failure::TimedOut)?;
            let next = next?;
            self.has_answered = true;
            match next {
                Some(entry) if entry.is_ref() || entry.is_intermediate() => {}
                Some(entry) => found.take(entry.0)?,
                None => break stream.finish().await,
            }
        };
        let cookie = next_page(&result)?;
        self.is_clean = cookie.is_empty();
        match result.rc {
            0 => Ok(cookie),
            SIZE_LIMIT => {
                let count = found.entries.len();
                Err(Failure::Wrong(format!(
                    "the server gives {count} entries and no more: its size limit for whoever asks must be raised"
                )))
            }
            code => Err(Failure::of_code(code)),
        }
    }
}

/// So many are found without pages.
const FEW: usize = 10;

struct Found {
    entries: Vec<Entry>,
    bytes: usize,
    most: usize,
}

impl Found {
    fn take(&mut self, tag: StructureTag) -> Result<(), Failure> {
        let entry = Entry::read(tag).ok_or_else(|| Failure::unanswered("a malformed entry"))?;
        self.bytes += entry.size();
        if self.entries.len() >= self.most {
            return Err(Failure::TooMany);
        }
        if self.bytes > MAX_BYTES {
            return Err(Failure::unanswered("the answer is longer than 16 MiB"));
        }
        self.entries.push(entry);
        Ok(())
    }
}

/// The cookie of the control of pages; empty without one. ldap3's own reading of it panics.
fn next_page(result: &LdapResult) -> Result<Vec<u8>, Failure> {
    let control = result.ctrls.iter().find(|control| control.1.ctype == PAGED_RESULTS);
    let Some(RawControl { val, .. }) = control.map(|control| &control.1) else { return Ok(Vec::new()) };
    let cookie = val.as_deref().and_then(cookie).filter(|cookie| cookie.len() <= MAX_COOKIE);
    cookie.map(<[u8]>::to_vec).ok_or_else(|| Failure::unanswered(MALFORMED))
}

/// `SEQUENCE { size INTEGER, cookie OCTET STRING }`
fn cookie(mut value: &[u8]) -> Option<&[u8]> {
    let mut value = ber::take(tag::SEQUENCE, &mut value)?;
    ber::take(tag::INTEGER, &mut value)?;
    ber::take(tag::OCTET_STRING, &mut value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_strictly() {
        assert_eq!(cookie(b"\x30\x08\x02\x01\x00\x04\x03abc"), Some(&b"abc"[..]));
        assert_eq!(cookie(b"\x30\x05\x02\x01\x00\x04\x00"), Some(&b""[..]));
        for value in [
            &b""[..],
            b"\x30\x00",
            b"\x30\x03\x02\x01\x00",
            b"\x30\x08\x02\x01\x00\x04\x03ab",
            b"\x31\x05\x02\x01\x00\x04\x00",
            b"\x04\x03abc",
        ] {
            assert_eq!(cookie(value), None, "{value:?}");
        }
    }
}
