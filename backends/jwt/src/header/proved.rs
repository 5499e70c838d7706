//! Headers that need not be parsed again.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::Header;

/// The header of the first token that a key has verified. The tokens of one key mostly have the same one to the byte, and
/// who has not made a good signature cannot put one here.
#[derive(Default)]
pub(crate) struct ProvedHeader(OnceLock<(Box<[u8]>, Header<'static>)>);

impl ProvedHeader {
    /// Keeps the header of a token that was verified, if it is the first.
    pub(crate) fn keep(&self, segment: &[u8], header: &Header<'_>) {
        self.0.get_or_init(|| (segment.into(), header.map_names(|name| name.to_owned().into())));
    }

    /// The header that this segment was parsed to.
    pub(crate) fn of(&self, segment: &[u8]) -> Option<Header<'_>> {
        let (known, header) = self.0.get()?;
        (**known == *segment).then(|| header.map_names(Cow::Borrowed))
    }
}

impl Header<'_> {
    fn map_names<'a, 'n>(&'a self, name: impl Fn(&'a str) -> Cow<'n, str>) -> Header<'n> {
        Header {
            algorithm: self.algorithm,
            kid: self.kid.as_deref().map(&name),
            typ: self.typ.as_deref().map(&name),
            unfit: self.unfit,
        }
    }
}
