//! The GSSAPI of MIT krb5 ([RFC 2744](https://www.rfc-editor.org/rfc/rfc2744)): all of the crate's
//! `unsafe` code.
//!
//! What the library hands out is owned by a type here, which gives it back once. What it is given
//! outlives the call: it copies what it keeps.
#![allow(unsafe_code, reason = "a C library is called")]

use std::ffi::{CString, c_int, c_void};
use std::ptr;
use std::time::Duration;

use libgssapi_sys as sys;

use crate::framing::{KRB5, KRB5_OF_WINDOWS, SPNEGO};

/// `GSS_C_NT_HOSTBASED_SERVICE`, `1.2.840.113554.1.2.1.4`: `service`, or `service@host`.
const HOSTBASED_SERVICE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04];
/// `GSS_KRB5_NT_PRINCIPAL_NAME`, `1.2.840.113554.1.2.2.1`.
const PRINCIPAL_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01];

/// `GSS_C_ANON_FLAG`
const ANONYMOUS: u32 = 0x40;
/// `GSS_C_CHANNEL_BOUND_FLAG` of MIT krb5 1.19.
const CHANNEL_BOUND: u32 = 0x800;

/// Whose keys a [`Credential`] uses: libkrb5 tries no others, whatever a ticket says.
#[derive(Clone, Debug)]
pub(crate) enum Acceptor {
    /// Every principal of the keytab that is this, a slash and a host (`krb5_sname_match`).
    Service(String),
    /// This principal: `HTTP/host.example@EXAMPLE.TEST`.
    Principal(String),
}

/// What accepts tokens: keys of a keytab, and a replay cache.
///
/// libkrb5 opens the keytab by its name whenever it needs a key, so a keytab that is replaced needs no
/// new credential.
pub(crate) struct Credential(sys::gss_cred_id_t);

// SAFETY: nothing in a credential belongs to the thread that acquired it, and `accept` takes `&mut self`.
unsafe impl Send for Credential {}

/// What became of a token that was taken as it should be.
#[derive(Debug)]
pub(crate) enum Step {
    Complete(Complete),
    /// The client would have to send more.
    Incomplete,
}

/// A context that is established.
#[derive(Debug)]
pub(crate) struct Complete {
    /// Whoever presented the token, as libkrb5 writes names.
    pub(crate) client: String,
    /// What `auth_to_local` makes of the client, if that was asked for and there is something.
    pub(crate) local: Option<String>,
    /// Whether the mechanism was Kerberos.
    pub(crate) is_krb5: bool,
    pub(crate) is_anonymous: bool,
    /// Whether the client sent channel bindings, and they were the ones that were given.
    pub(crate) is_channel_bound: bool,
    /// How long the ticket lasts, with the leeway that libkrb5 grants to clocks.
    pub(crate) lifetime: Option<Duration>,
    /// What goes back to the client.
    pub(crate) token: Vec<u8>,
}

/// What the library says when it does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GssError {
    /// The routine error (RFC 2744, section 3.9.1).
    pub(crate) routine: Routine,
    /// What the mechanism says. Its numbers mean nothing beyond the call.
    pub(crate) text: String,
    /// What goes back to the client, if there is something.
    pub(crate) token: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routine {
    BadBindings,
    BadMechanism,
    DefectiveToken,
    /// The ticket's time ran out on the way.
    Expired,
    /// Whatever the mechanism says.
    Other,
}

impl Credential {
    /// Acquires the keys of `acceptor` in the keytab of this file, without a replay cache: whoever accepts has one.
    /// `raw` is whether tokens without SPNEGO are taken too.
    pub(crate) fn acquire(acceptor: &Acceptor, keytab: &CString, raw: bool) -> Result<Self, GssError> {
        let (name, form) = match acceptor {
            Acceptor::Service(service) => (service, HOSTBASED_SERVICE),
            Acceptor::Principal(principal) => (principal, PRINCIPAL_NAME),
        };
        let name = Name::import(name.as_bytes(), form)?;
        Self::acquire_for(&name, keytab, raw).map_err(|error| {
            // SPNEGO does not pass on why.
            Self::acquire_mechanisms(&name, keytab, &[KRB5]).err().unwrap_or(error)
        })
    }

    fn acquire_for(name: &Name, keytab: &CString, raw: bool) -> Result<Self, GssError> {
        let mechanisms: &[_] = if raw { &[SPNEGO, KRB5] } else { &[SPNEGO] };
        let credential = Self::acquire_mechanisms(name, keytab, mechanisms)?;
        let mut mechanisms = [oid(KRB5)];
        let mut negotiable = sys::gss_OID_set_desc { count: 1, elements: mechanisms.as_mut_ptr() };
        let mut minor = 0;
        // SAFETY: the credential was just acquired; the set is copied.
        let major = unsafe { sys::gss_set_neg_mechs(&mut minor, credential.0, &mut negotiable) };
        done(major, minor)?;
        Ok(credential)
    }

    fn acquire_mechanisms(name: &Name, keytab: &CString, mechanisms: &[&'static [u8]]) -> Result<Self, GssError> {
        let mut elements = [
            sys::gss_key_value_element_desc { key: c"keytab".as_ptr(), value: keytab.as_ptr() },
            sys::gss_key_value_element_desc { key: c"rcache".as_ptr(), value: c"none:".as_ptr() },
        ];
        let store = sys::gss_key_value_set_desc { count: elements.len() as u32, elements: elements.as_mut_ptr() };
        let mut mechanisms: Vec<_> = mechanisms.iter().map(|mechanism| oid(mechanism)).collect();
        let mut wanted = sys::gss_OID_set_desc { count: mechanisms.len(), elements: mechanisms.as_mut_ptr() };
        let mut credential = Self(ptr::null_mut());
        let mut minor = 0;
        // SAFETY: all arguments are valid for the call, the sets have as many elements as they say, and the
        // credential is null or ours afterwards.
        let major = unsafe {
            sys::gss_acquire_cred_from(
                &mut minor,
                name.0,
                sys::_GSS_C_INDEFINITE,
                &mut wanted,
                sys::GSS_C_ACCEPT as c_int,
                &store,
                &mut credential.0,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        done(major, minor)?;
        Ok(credential)
    }

    /// Takes the first token of a context. `bindings` is the application data of the channel bindings.
    /// `local` is whether `auth_to_local` is asked about the client.
    pub(crate) fn accept(&mut self, token: &[u8], bindings: Option<&[u8]>, local: bool) -> Result<Step, GssError> {
        let mut input = borrowed(token);
        let mut bindings = bindings.map(|data| sys::gss_channel_bindings_struct {
            initiator_addrtype: sys::GSS_C_AF_UNSPEC,
            initiator_address: borrowed(&[]),
            acceptor_addrtype: sys::GSS_C_AF_UNSPEC,
            acceptor_address: borrowed(&[]),
            application_data: borrowed(data),
        });
        let bindings = bindings.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        let mut context = Context(ptr::null_mut());
        let (mut client, mut output) = (Name(ptr::null_mut()), Buffer::empty());
        let (mut minor, mut flags, mut seconds) = (0, 0, 0);
        let mut mechanism: sys::gss_OID = ptr::null_mut();
        // SAFETY: input and bindings outlive the call, which only reads them; whatever it hands out lands in
        // owners that were empty. No delegated credential is asked for.
        let major = unsafe {
            sys::gss_accept_sec_context(
                &mut minor,
                &mut context.0,
                self.0,
                &mut input,
                bindings,
                &mut client.0,
                &mut mechanism,
                &mut output.0,
                &mut flags,
                &mut seconds,
                ptr::null_mut(),
            )
        };
        if let Err(error) = done(major, minor) {
            return Err(GssError { token: output.bytes().to_vec(), ..error });
        }
        if major != sys::GSS_S_COMPLETE {
            return Ok(Step::Incomplete);
        }
        Ok(Step::Complete(Complete {
            client: client.display()?,
            local: if local { client.local() } else { None },
            is_krb5: is_krb5(mechanism),
            is_anonymous: flags & ANONYMOUS != 0,
            is_channel_bound: flags & CHANNEL_BOUND != 0,
            lifetime: (seconds != sys::_GSS_C_INDEFINITE).then(|| Duration::from_secs(seconds.into())),
            token: output.bytes().to_vec(),
        }))
    }
}

impl Drop for Credential {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: null, or acquired and not released before.
        unsafe { sys::gss_release_cred(&mut minor, &mut self.0) };
    }
}

/// A name that the library made.
struct Name(sys::gss_name_t);

impl Name {
    fn import(text: &[u8], form: &'static [u8]) -> Result<Self, GssError> {
        let (mut text, mut form) = (borrowed(text), oid(form));
        let mut name = Self(ptr::null_mut());
        let mut minor = 0;
        // SAFETY: text and form outlive the call, which copies them.
        let major = unsafe { sys::gss_import_name(&mut minor, &mut text, &mut form, &mut name.0) };
        done(major, minor)?;
        Ok(name)
    }

    /// An error if it is not UTF-8.
    fn display(&self) -> Result<String, GssError> {
        let mut text = Buffer::empty();
        let mut minor = 0;
        // SAFETY: the name is a valid one, or null, which the library refuses.
        let major = unsafe { sys::gss_display_name(&mut minor, self.0, &mut text.0, ptr::null_mut()) };
        done(major, minor)?;
        String::from_utf8(text.bytes().to_vec()).map_err(|_| GssError::own("the name is not UTF-8"))
    }

    fn local(&self) -> Option<String> {
        let mut text = Buffer::empty();
        let mut minor = 0;
        // SAFETY: the name is a valid one; without a mechanism, its own is asked.
        let major = unsafe { sys::gss_localname(&mut minor, self.0, ptr::null(), &mut text.0) };
        done(major, minor).ok()?;
        String::from_utf8(text.bytes().to_vec()).ok().filter(|name| !name.is_empty())
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: null, or made by the library and not released before.
        unsafe { sys::gss_release_name(&mut minor, &mut self.0) };
    }
}

/// An established context, or one that is not.
struct Context(sys::gss_ctx_id_t);

impl Drop for Context {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: null, or made by the library and not deleted before; no token is asked for.
        unsafe { sys::gss_delete_sec_context(&mut minor, &mut self.0, ptr::null_mut()) };
    }
}

/// Bytes that the library allocated.
struct Buffer(sys::gss_buffer_desc);

impl Buffer {
    const fn empty() -> Self {
        Self(sys::gss_buffer_desc { length: 0, value: ptr::null_mut() })
    }

    fn bytes(&self) -> &[u8] {
        if self.0.value.is_null() {
            return &[];
        }
        // SAFETY: the library wrote that many bytes there, and they live as long as the buffer.
        unsafe { std::slice::from_raw_parts(self.0.value.cast(), self.0.length) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: empty, or filled by the library and not released before.
        unsafe { sys::gss_release_buffer(&mut minor, &mut self.0) };
    }
}

impl GssError {
    fn own(text: &str) -> Self {
        Self { routine: Routine::Other, text: text.to_owned(), token: Vec::new() }
    }
}

/// Whether a call did what it should. The text is read here, on the thread that made the call: it is gone elsewhere.
fn done(major: u32, minor: u32) -> Result<(), GssError> {
    const ERRORS: u32 = 0xffff_0000;
    let routine = match major & ERRORS {
        0 => return Ok(()),
        sys::_GSS_S_BAD_BINDINGS => Routine::BadBindings,
        sys::_GSS_S_BAD_MECH => Routine::BadMechanism,
        sys::_GSS_S_DEFECTIVE_TOKEN => Routine::DefectiveToken,
        sys::_GSS_S_CONTEXT_EXPIRED | sys::_GSS_S_CREDENTIALS_EXPIRED => Routine::Expired,
        _ => Routine::Other,
    };
    let text = match minor {
        0 => status(major, sys::GSS_C_GSS_CODE),
        _ => status(minor, sys::GSS_C_MECH_CODE),
    };
    Err(GssError { routine, text, token: Vec::new() })
}

fn status(code: u32, kind: u32) -> String {
    let mut text = String::new();
    let mut more = 0;
    loop {
        let mut part = Buffer::empty();
        let mut minor = 0;
        // SAFETY: any code may be asked about; `more` is the library's own from one call to the next.
        let major = unsafe {
            sys::gss_display_status(&mut minor, code, kind as c_int, ptr::null_mut(), &mut more, &mut part.0)
        };
        if major != sys::GSS_S_COMPLETE {
            return text;
        }
        if !text.is_empty() {
            text.push_str("; ");
        }
        // Some texts come with the NUL that ends them in C.
        text.push_str(String::from_utf8_lossy(part.bytes()).trim_end_matches('\0'));
        if more == 0 {
            return text;
        }
    }
}

fn is_krb5(mechanism: sys::gss_OID) -> bool {
    if mechanism.is_null() {
        return false;
    }
    // SAFETY: the library returns mechanisms from storage that it never frees, with as many elements as they say.
    let elements = unsafe {
        let oid = *mechanism;
        std::slice::from_raw_parts(oid.elements.cast::<u8>(), oid.length as usize)
    };
    elements == KRB5 || elements == KRB5_OF_WINDOWS
}

/// An object identifier that borrows. The library takes a mutable one, and does not change it.
fn oid(elements: &'static [u8]) -> sys::gss_OID_desc {
    sys::gss_OID_desc { length: elements.len() as u32, elements: elements.as_ptr().cast_mut().cast::<c_void>() }
}

/// A buffer that borrows. The library takes a mutable one, and does not change it.
fn borrowed(bytes: &[u8]) -> sys::gss_buffer_desc {
    sys::gss_buffer_desc { length: bytes.len(), value: bytes.as_ptr().cast_mut().cast::<c_void>() }
}
