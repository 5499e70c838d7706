//! The bearer token of a client configuration, which is client-go's `rest.Config` in JSON.

use super::document::{Document, occurs_twice};
use super::{Refused, Refused::*};

/// What proves who a client is, and is no token. `rest.Config` embeds its `TLSClientConfig`, whose names Go then writes at
/// the top level; where the field has a name, they lie in it.
const OTHER_PROOFS: [(&str, Refused); 10] = [
    ("Username", Password),
    ("Password", Password),
    ("CertFile", ClientCertificate),
    ("CertData", ClientCertificate),
    ("KeyFile", ClientCertificate),
    ("KeyData", ClientCertificate),
    ("ExecProvider", Exec),
    ("AuthProvider", AuthProvider),
    ("AuthConfigPersister", AuthProvider),
    ("BearerTokenFile", TokenFile),
];

/// `BearerToken`.
pub(super) fn bearer_token<'d>(config: &'d Document<'_>) -> Result<&'d str, Refused> {
    let config = Struct::of(config)?;
    config.refuse_other_proofs()?;
    if let Some(tls) = config.field("TLSClientConfig") {
        Struct::of(tls)?.refuse_other_proofs()?;
    }
    match config.field("BearerToken") {
        None => Err(NoToken),
        Some(Document::Text(token)) => Ok(token),
        Some(_) => Err(Malformed),
    }
}

/// An object as Go reads it: the case of a field's name does not count.
struct Struct<'d, 't>(Vec<(String, &'d Document<'t>)>);

impl<'d, 't> Struct<'d, 't> {
    fn of(object: &'d Document<'t>) -> Result<Self, Refused> {
        let Document::Mapping(members) = object else { return Err(Malformed) };
        let fields: Vec<_> = members.iter().map(|(name, value)| (folded(name), value)).collect();
        if occurs_twice(fields.iter().map(|(name, _)| name)) { Err(DuplicateName) } else { Ok(Self(fields)) }
    }

    /// The field of this name, unless it is absent.
    fn field(&self, name: &str) -> Option<&'d Document<'t>> {
        let found = self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value).filter(|value| !value.is_absent())
    }

    fn refuse_other_proofs(&self) -> Result<(), Refused> {
        let found = OTHER_PROOFS.iter().find(|(name, _)| self.field(name).is_some());
        found.map_or(Ok(()), |(_, refused)| Err(*refused))
    }
}

/// The name without case. Go folds two letters beyond ASCII into it: the long s and the Kelvin sign.
fn folded(name: &str) -> String {
    let fold = |letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    };
    name.chars().map(fold).collect()
}
