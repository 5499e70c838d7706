//! Password hashes: which are accepted, what they cost, and whether a password fits.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordVerifier as _};

/// The least and the most memory of Argon2id, in KiB.
const ARGON2_MEMORY: std::ops::RangeInclusive<u32> = 7168..=1024 * 1024;
/// The least memory × passes. All the settings that OWASP lists reach it (from 46 MiB × 1 to
/// 7 MiB × 5); less is cheaper to guess.
const ARGON2_WORK: u64 = 7168 * 5;
/// More passes or lanes than these are no caution: a line with them would stop the service.
const ARGON2_PASSES: u32 = 64;
const ARGON2_LANES: u32 = 64;
/// Less than 128 bits of output can be hit by chance, or by search.
const ARGON2_OUTPUT: usize = 16;
/// OWASP's least, and the most that is still seconds: each step doubles the time.
const BCRYPT_COST: std::ops::RangeInclusive<u32> = 10..=16;
/// What bcrypt looks at. It ignores the rest.
const BCRYPT_BYTES: usize = 72;

/// One accepted password hash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Hash {
    Argon2id(Box<PasswordHash>, Params),
    Bcrypt(Box<str>, u32),
}

/// What it costs to verify a hash. Two hashes of the same cost take the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cost {
    Argon2id { memory: u32, passes: u32, lanes: u32 },
    Bcrypt { cost: u32 },
}

/// What came of comparing a password with a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Yes,
    No,
    /// The password is longer than bcrypt looks at. It may be another one that begins like the right one.
    TooLong,
}

/// The hash could not be computed: there was no memory for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotComputed;

impl Hash {
    /// Reads a hash. An error is the rest of a sentence that begins with who has the hash, and
    /// shows nothing of it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("$argon2id$") {
            argon2id(text)
        } else if text.starts_with("$2b$") || text.starts_with("$2y$") {
            bcrypt(text)
        } else {
            Err(format!("has {}, which is not accepted", kind_of_other(text)))
        }
    }

    pub(crate) fn cost(&self) -> Cost {
        match self {
            Self::Argon2id(_, params) => {
                Cost::Argon2id { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }
            }
            Self::Bcrypt(_, cost) => Cost::Bcrypt { cost: *cost },
        }
    }

    /// As it is written in the file.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Argon2id(hash, _) => hash.to_string(),
            Self::Bcrypt(hash, _) => hash.to_string(),
        }
    }

    /// Computes one hash of `password`, whatever comes out. Both crates compare in constant time.
    pub(crate) fn verify(&self, password: &[u8]) -> Result<Match, NotComputed> {
        match self {
            Self::Argon2id(hash, _) => match Argon2::default().verify_password(password, &**hash) {
                Ok(()) => Ok(Match::Yes),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Match::No),
                Err(_) => Err(NotComputed),
            },
            Self::Bcrypt(hash, _) => {
                let fits = bcrypt::verify(password, hash).map_err(|_| NotComputed)?;
                Ok(match fits {
                    // After the hash, so that the time does not tell whose hash is bcrypt.
                    _ if password.len() > BCRYPT_BYTES => Match::TooLong,
                    true => Match::Yes,
                    false => Match::No,
                })
            }
        }
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hash").field(&self.cost()).finish()
    }
}

fn argon2id(text: &str) -> Result<Hash, String> {
    let malformed = || "has a malformed Argon2id hash".to_owned();
    let hash = PasswordHash::new(text).map_err(|_| malformed())?;
    let params = Params::try_from(&hash).map_err(|_| malformed())?;
    if hash.algorithm != Algorithm::Argon2id.ident() || hash.version != Some(19) {
        return Err("has an Argon2id hash of another version than 19".to_owned());
    }
    let (Some(salt), Some(output)) = (&hash.salt, &hash.hash) else { return Err(malformed()) };
    let (memory, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    // The one spelling that every tool writes. It leaves no room for further parameters.
    if format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}") != text {
        return Err(malformed());
    }
    if output.len() < ARGON2_OUTPUT {
        return Err(format!("has an Argon2id hash of fewer than {ARGON2_OUTPUT} bytes"));
    }
    if memory < *ARGON2_MEMORY.start() || u64::from(memory) * u64::from(passes) < ARGON2_WORK {
        return Err(format!(
            "has an Argon2id hash with too little work (m={memory},t={passes}): m must be at least {} and m × t at \
             least {ARGON2_WORK}",
            ARGON2_MEMORY.start(),
        ));
    }
    if memory > *ARGON2_MEMORY.end() || passes > ARGON2_PASSES || lanes > ARGON2_LANES {
        return Err(format!(
            "has an Argon2id hash with too much work (m={memory},t={passes},p={lanes}): m may be at most {}, t \
             {ARGON2_PASSES}, p {ARGON2_LANES}",
            ARGON2_MEMORY.end(),
        ));
    }
    Ok(Hash::Argon2id(Box::new(hash), params))
}

fn bcrypt(text: &str) -> Result<Hash, String> {
    let cost = text.parse::<bcrypt::HashParts>().map_err(|_| "has a malformed bcrypt hash".to_owned())?.get_cost();
    if !BCRYPT_COST.contains(&cost) {
        let (least, most) = (BCRYPT_COST.start(), BCRYPT_COST.end());
        return Err(format!("has a bcrypt hash of cost {cost}, and it must be from {least} to {most}"));
    }
    Ok(Hash::Bcrypt(text.into(), cost))
}

/// What somebody who comes from another server may have in the file.
fn kind_of_other(text: &str) -> &'static str {
    const KINDS: [(&str, &str); 15] = [
        ("$argon2i$", "an Argon2i hash (not Argon2id)"),
        ("$argon2d$", "an Argon2d hash (not Argon2id)"),
        ("$2a$", "a bcrypt hash of the ambiguous form $2a$"),
        ("$2x$", "a bcrypt hash of the broken form $2x$"),
        ("$2$", "a bcrypt hash of the broken form $2$"),
        ("$apr1$", "an Apache MD5 hash ($apr1$)"),
        ("$1$", "an MD5 hash ($1$)"),
        ("$5$", "a SHA-256 crypt hash ($5$)"),
        ("$6$", "a SHA-512 crypt hash ($6$)"),
        ("$y$", "a yescrypt hash ($y$)"),
        ("$7$", "an scrypt hash ($7$)"),
        ("{SHA}", "an unsalted SHA-1 hash ({SHA})"),
        ("{SSHA}", "a SHA-1 hash ({SSHA})"),
        ("{PLAIN}", "a plain-text password ({PLAIN})"),
        ("$", "a hash of an unknown kind"),
    ];
    match KINDS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        Some((_, kind)) => kind,
        None if text.is_empty() => "no hash",
        None => "what is a crypt hash or plain text",
    }
}

#[cfg(test)]
pub(crate) mod tests;
