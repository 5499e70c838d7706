//! Tokens of MIT's library.

use libgssapi::context::{ClientCtx, CtxFlags};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, OidSet};

/// Makes tokens of SPNEGO for `HTTP@localhost`, each good for one request.
pub struct Tokens(Cred);

impl Tokens {
    /// Of whoever has logged in: `KRB5CCNAME`.
    ///
    /// # Panics
    ///
    /// If nobody has.
    #[must_use]
    pub fn new() -> Self {
        let credential = Cred::acquire(None, None, CredUsage::Initiate, Some(&spnego()));
        Self(credential.expect("tickets"))
    }

    /// So many, asking the service to prove who it is.
    ///
    /// # Panics
    ///
    /// If there is no ticket.
    #[must_use]
    pub fn make(&self, count: usize) -> Vec<Vec<u8>> {
        let token = |_| {
            let service = Name::new(b"HTTP@localhost", Some(GSS_NT_HOSTBASED_SERVICE)).expect("a name");
            let (credential, flags) = (self.0.clone(), CtxFlags::GSS_C_MUTUAL_FLAG);
            let mut context = ClientCtx::new(Some(credential), service, flags, Some(GSS_MECH_SPNEGO));
            context.step(None, None).expect("a ticket").expect("a token").to_vec()
        };
        (0..count).map(token).collect()
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self::new()
    }
}

/// The mechanism, as a set.
#[must_use]
pub fn spnego() -> OidSet {
    let mut mechanisms = OidSet::new();
    mechanisms.add(GSS_MECH_SPNEGO).expect("a set can grow");
    mechanisms
}
