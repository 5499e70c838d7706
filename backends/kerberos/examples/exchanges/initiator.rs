//! The client: MIT's own.

use libgssapi::context::{ClientCtx, CtxFlags};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, OidSet};

/// Somebody with tickets: those of `KRB5CCNAME`.
pub(crate) struct Initiator(Cred);

/// A client that has sent its first token.
pub(crate) struct Begun(ClientCtx);

impl Initiator {
    pub(crate) fn new() -> Self {
        let mut mechanisms = OidSet::new();
        mechanisms.add(GSS_MECH_SPNEGO).expect("a set can grow");
        let credential = Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms));
        Self(credential.expect("tickets: KRB5_CONFIG and KRB5CCNAME say where"))
    }

    /// A token for a service (`HTTP@host`), bound to a channel with this application data.
    pub(crate) fn begin(&self, service: &str, bindings: Option<&[u8]>) -> (Begun, Vec<u8>) {
        let service = Name::new(service.as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE)).expect("a name");
        let flags = CtxFlags::GSS_C_MUTUAL_FLAG;
        let mut context = ClientCtx::new(Some(self.0.clone()), service, flags, Some(GSS_MECH_SPNEGO));
        let token = context.step(None, bindings).expect("a ticket").expect("a token").to_vec();
        (Begun(context), token)
    }
}

impl Begun {
    /// Takes the service's token.
    ///
    /// # Panics
    ///
    /// If it does not prove who the service is.
    pub(crate) fn finish(mut self, token: &[u8]) {
        let more = self.0.step(Some(token), None).expect("the service is who it should be");
        assert!(more.is_none(), "two legs are all there are");
    }
}
