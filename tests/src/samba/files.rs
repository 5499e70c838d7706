//! What one domain controller has for itself.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io};

use super::Samba;
use crate::Authority;

/// What `tests/run` has made, for one to change. Databases have holes, and may share their blocks.
pub(super) fn copy(from: &Path, to: &Path) {
    let mut command = Command::new("cp");
    command.args(["--archive", "--sparse=auto", "--reflink=auto"]).arg(from.join(".")).arg(to).stdin(Stdio::null());
    assert!(command.status().expect("cp can be run").success(), "{} cannot be copied", from.display());
}

/// Writes what it needs to speak TLS, and what its clients need to trust it.
pub(super) fn write_certificate(here: &Path) -> io::Result<()> {
    let authority = Authority::default();
    let certificate = authority.certificate(&["localhost", "127.0.0.1", "dc1.ad.example.test"]);
    // It insists on that.
    let mut private = fs::OpenOptions::new();
    private.write(true).create_new(true).mode(0o600);
    io::Write::write_all(&mut private.open(here.join("tls.key"))?, certificate.key.as_bytes())?;
    fs::write(here.join("tls.pem"), certificate.pem)?;
    fs::write(here.join("ca.pem"), authority.pem())?;
    fs::write(here.join("reader.password"), "reader-password")
}

/// Its config file.
pub(super) fn smb_conf(here: &Path) -> String {
    let (realm, here) = (Samba::REALM, here.display());
    format!(
        "[global]
netbios name = DC1
realm = {realm}
workgroup = EXAMPLE
server role = active directory domain controller
server services = ldap, cldap, kdc
interfaces = 127.0.0.1/8
bind interfaces only = yes
disable netbios = yes
private dir = {here}/private
state directory = {here}/state
cache directory = {here}/cache
lock directory = {here}
pid directory = {here}
binddns dir = {here}/bind-dns
ncalrpc dir = {here}/ncalrpc
ntp signd socket directory = {here}/ntp
winbindd socket directory = {here}/winbind
log file = {here}/samba.log
usershare path =
tls certfile = {here}/tls.pem
tls keyfile = {here}/tls.key
tls cafile = {here}/ca.pem
"
    )
}
