//! The config files of clients and of the KDC.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::installed::in_cache;

/// Writes a `krb5.conf` for members of `home`, who meet services on localhost that are of
/// `services`, and who know the KDCs of these realms.
pub(crate) fn write_client(path: &Path, home: &str, services: &str, realms: &[(&str, SocketAddr)]) {
    let realms = realms.iter().fold(String::new(), |mut lines, (name, kdc)| {
        let _ = writeln!(lines, "  {name} = {{\n    kdc = {kdc}\n  }}");
        lines
    });
    let config = format!(
        "[libdefaults]
  default_realm = {home}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  forwardable = true
[realms]
{realms}[domain_realm]
  localhost = {services}
"
    );
    std::fs::write(path, config).expect("the file can be written");
}

/// Writes `kdc.conf`, and an empty access list beside it.
pub(super) fn write_kdc(directory: &Path, realm: &str, address: SocketAddr) {
    let (here, modules) = (directory.display(), database_modules());
    let config = format!(
        "[kdcdefaults]
  kdc_listen = \"\"
  kdc_tcp_listen = {address}
[realms]
  {realm} = {{
    database_name = {here}/principal
    key_stash_file = {here}/stash
    acl_file = {here}/kadm5.acl
    master_key_type = aes256-cts-hmac-sha1-96
    supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
    max_life = 10h
    max_renewable_life = 7d
    default_principal_flags = +preauth,+forwardable
  }}
[dbmodules]
  db_module_dir = {}
[logging]
  kdc = STDERR
  default = STDERR
",
        modules.display()
    );
    std::fs::write(directory.join("kdc.conf"), config).expect("the file can be written");
    std::fs::write(directory.join("kadm5.acl"), "").expect("the file can be written");
}

/// Where the package has its database, in the folder of the machine's architecture.
fn database_modules() -> PathBuf {
    let libraries = std::fs::read_dir(in_cache("krb5/usr/lib")).expect("the package has libraries");
    let mut folders = libraries.map(|entry| entry.expect("an entry").path().join("krb5/plugins/kdb"));
    folders.find(|folder| folder.is_dir()).expect("the package has the database")
}
