//! The GSSAPI of MIT krb5 ([RFC 2744](https://www.rfc-editor.org/rfc/rfc2744)): all of the crate's
//! `unsafe` code.
//!
//! What the library hands out is owned by a type here, which gives it back once. What it is given
//! outlives the call: it copies what it keeps.
#![allow(unsafe_code, reason = "a C library is called")]

use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;
use std::time::Duration;

use libgssapi_sys as sys;

use crate::framing::{KRB5, KRB5_OF_WINDOWS, SPNEGO};

mod outcome;

pub(crate) use outcome::{Complete, GssError, Routine, Step, TicketPac};

/// `GSS_C_NT_HOSTBASED_SERVICE`, `1.2.840.113554.1.2.1.4`: `service`, or `service@host`.
const HOSTBASED_SERVICE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04];
/// `GSS_KRB5_NT_PRINCIPAL_NAME`, `1.2.840.113554.1.2.2.1`.
const PRINCIPAL_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01];

/// `GSS_C_ANON_FLAG`
const ANONYMOUS: u32 = 0x40;
/// `GSS_C_CHANNEL_BOUND_FLAG` of MIT krb5 1.19.
const CHANNEL_BOUND: u32 = 0x800;

/// The calling and routine errors of a major status.
const ERRORS: u32 = 0xffff_0000;

/// The name attribute that is the logon information of the PAC. The NUL is not part of it; but MIT krb5 reads the numbers of
/// `urn:mspac:16` and the like to where they end, and none has to end with the buffer.
const LOGON_INFO: &CStr = c"urn:mspac:logon-info";

/// Whose keys a [`Credential`] uses: libkrb5 tries no others, whatever a ticket says.
#[derive(Clone, Debug)]
pub(crate) enum Acceptor {
    /// Every principal of the keytab that is this, a slash and a host (`krb5_sname_match`).
    Service(String),
    /// This principal: `HTTP/host.example@EXAMPLE.TEST`.
    Principal(String),
}

/// What is asked about clients, besides their names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// What `auth_to_local` makes of them.
    pub(crate) local: bool,
    /// The PAC of their tickets.
    pub(crate) pac: bool,
}

/// What accepts tokens: keys of a keytab, and a replay cache.
///
/// libkrb5 opens the keytab by its name whenever it needs a key, so a keytab that is replaced needs no
/// new credential.
pub(crate) struct Credential(sys::gss_cred_id_t);

// SAFETY: nothing in a credential belongs to the thread that acquired it, and `accept` takes `&mut self`.
unsafe impl Send for Credential {}

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
    pub(crate) fn accept(&mut self, token: &[u8], bindings: Option<&[u8]>, asked: Asked) -> Result<Step, GssError> {
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
            local: if asked.local { client.local() } else { None },
            pac: if asked.pac { client.pac()? } else { TicketPac::NoLogonInfo },
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

    /// An attribute is listed if the PAC has it, and can be had if the checksum is good.
    fn pac(&self) -> Result<TicketPac, GssError> {
        if !self.attributes()?.contains(LOGON_INFO.to_bytes()) {
            return Ok(TicketPac::NoLogonInfo);
        }
        let mut attribute = borrowed(LOGON_INFO.to_bytes());
        let (mut value, mut shown) = (Buffer::empty(), Buffer::empty());
        let (mut minor, mut authenticated, mut complete, mut more) = (0, 0, 0, -1);
        // SAFETY: the name is a valid one; the attribute outlives the call, which only reads it, and a NUL is behind it;
        // whatever is handed out lands in owners that were empty. `more` is -1 for the first value.
        let major = unsafe {
            sys::gss_get_name_attribute(
                &mut minor,
                self.0,
                &mut attribute,
                &mut authenticated,
                &mut complete,
                &mut value.0,
                &mut shown.0,
                &mut more,
            )
        };
        if major & ERRORS == sys::_GSS_S_UNAVAILABLE {
            return Ok(TicketPac::Tampered);
        }
        done(major, minor)?;
        // There is one: what had another would be no PAC that a KDC made.
        if authenticated == 0 || complete == 0 || more != 0 {
            return Ok(TicketPac::Tampered);
        }
        Ok(TicketPac::LogonInfo(value.bytes().to_vec()))
    }

    /// The attributes that the name has ([RFC 6680](https://www.rfc-editor.org/rfc/rfc6680#section-7.4)).
    fn attributes(&self) -> Result<BufferSet, GssError> {
        let mut set = BufferSet(ptr::null_mut());
        let mut minor = 0;
        // SAFETY: the name is a valid one; the set lands in an owner that was empty, and nothing else is asked for.
        let major = unsafe { sys::gss_inquire_name(&mut minor, self.0, ptr::null_mut(), ptr::null_mut(), &mut set.0) };
        done(major, minor)?;
        Ok(set)
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
        // SAFETY: empty, or filled by the library and not released before.
        unsafe { bytes(&self.0) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: empty, or filled by the library and not released before.
        unsafe { sys::gss_release_buffer(&mut minor, &mut self.0) };
    }
}

/// What is in a buffer.
///
/// # Safety
///
/// The buffer points at nothing, or at as many bytes as it says, which live as long as it does.
unsafe fn bytes(buffer: &sys::gss_buffer_desc) -> &[u8] {
    if buffer.value.is_null() {
        return &[];
    }
    // SAFETY: the caller's.
    unsafe { std::slice::from_raw_parts(buffer.value.cast(), buffer.length) }
}

/// Several of them.
struct BufferSet(sys::gss_buffer_set_t);

impl BufferSet {
    fn contains(&self, text: &[u8]) -> bool {
        // SAFETY: null, or made by the library and not released before.
        let Some(set) = (unsafe { self.0.as_ref() }) else { return false };
        if set.elements.is_null() {
            return false;
        }
        // SAFETY: the library wrote that many there, which live as long as the set; each is empty, or has as many bytes as it
        // says.
        unsafe {
            let elements = std::slice::from_raw_parts(set.elements, set.count);
            elements.iter().any(|element| bytes(element) == text)
        }
    }
}

impl Drop for BufferSet {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: null, or made by the library and not released before.
        unsafe { sys::gss_release_buffer_set(&mut minor, &mut self.0) };
    }
}

/// Whether a call did what it should. The text is read here, on the thread that made the call: it is gone elsewhere.
fn done(major: u32, minor: u32) -> Result<(), GssError> {
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
