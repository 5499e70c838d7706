//! What a token says about its own signature.

mod proved;

use std::borrow::Cow;

pub(crate) use proved::ProvedHeader;

use crate::token_type::subtype;
use crate::{Algorithm, BadJson, Fault, Json};

/// Keys have short names; a longer one is an attack on somebody's memory.
const MAX_KID: usize = 1024;

/// The JOSE header of a token (RFC 7515, section 4).
///
/// `jku`, `x5u`, `jwk`, `x5c` and every other member that brings or names a key is ignored: keys come from the
/// configured provider alone (RFC 8725, section 3.10).
#[derive(Debug, Clone)]
pub struct Header<'t> {
    algorithm: Result<Algorithm, Fault>,
    kid: Option<Cow<'t, str>>,
    typ: Option<Cow<'t, str>>,
    unfit: Option<Fault>,
}

impl<'t> Header<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self, Fault> {
        let members = match Json::parse(text) {
            Ok(Json::Object(members)) => members,
            Ok(_) => return Err(Fault::malformed("the header is no JSON object")),
            Err(bad) => {
                return Err(Fault::malformed(match bad {
                    BadJson::Syntax => "the header is not JSON",
                    BadJson::DuplicateName => "the header has a name twice",
                    BadJson::TooDeep => "the header is nested too deeply",
                    BadJson::NumberOutOfRange => "the header has a number out of range",
                }));
            }
        };
        let mut algorithm = Err(Fault::malformed("alg is missing"));
        let (mut kid, mut typ, mut unfit) = (None, None, None);
        for (name, value) in members {
            match name.as_ref() {
                "alg" => algorithm = Ok(string(value, "alg is no string")?),
                "kid" => kid = Some(string(value, "kid is no string")?),
                "typ" => typ = Some(string(value, "typ is no string")?),
                "enc" => return Err(Fault::refused("encrypted")),
                // A nested token would have to be verified for itself (RFC 7519, section 5.2).
                "cty" if value.as_str().is_none_or(|cty| subtype(cty).eq_ignore_ascii_case("jwt")) => {
                    unfit = Some(Fault::refused("a token within a token"))
                }
                // RFC 7515, section 4.1.11: whoever does not understand an extension must refuse. None is understood.
                "crit" => unfit = Some(Fault::refused("crit names an extension")),
                "b64" => unfit = Some(Fault::refused("b64 is an extension")),
                "zip" => unfit = Some(Fault::refused("compressed")),
                _ => {}
            }
        }
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
            return Err(Fault::malformed("kid is too long"));
        }
        Ok(Self { algorithm: known(&algorithm?), kid, typ, unfit })
    }

    /// The algorithm, if it is one that can be verified.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm.ok()
    }

    /// The name of the key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The media type of the whole token, as it is written.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The algorithm, if it is allowed and nothing else speaks against a verification.
    pub(crate) fn allowed(&self, algorithms: &[Algorithm]) -> Result<Algorithm, Fault> {
        if let Some(fault) = self.unfit {
            return Err(fault);
        }
        let algorithm = self.algorithm?;
        if algorithms.contains(&algorithm) {
            return Ok(algorithm);
        }
        Err(Fault::refused("the algorithm is not allowed"))
    }
}

fn string<'t>(value: Json<'t>, otherwise: &'static str) -> Result<Cow<'t, str>, Fault> {
    if let Json::String(string) = value { Ok(string) } else { Err(Fault::malformed(otherwise)) }
}

fn known(name: &str) -> Result<Algorithm, Fault> {
    Algorithm::named(name).ok_or(if name.eq_ignore_ascii_case("none") {
        Fault::refused("not signed: alg is none")
    } else if name.starts_with("HS") {
        Fault::refused("alg is an HMAC")
    } else {
        Fault::refused("alg is not known")
    })
}

#[cfg(test)]
mod tests;
