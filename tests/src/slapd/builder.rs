//! What differs from one server to another, and its config file.

use std::fmt::Write as _;
use std::path::Path;

use super::Slapd;
use crate::installed::in_cache;
use crate::port::Port;
use crate::{Authority, Entries};

/// Attributes that other makes of directory server have, and OpenLDAP has not: of Active Directory, and of 389 Directory
/// Server.
const FOREIGN: &str = "\
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.1460 NAME 'msDS-User-Account-Control-Computed' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.32473.1 NAME 'foreignAccount' AUXILIARY MAY ( userAccountControl $ accountExpires $ msDS-User-Account-Control-Computed $ nsAccountLock ) )
";

/// A server that is to be started: by default one whose certificate is for `localhost` and `127.0.0.1`, and that shows
/// 500 entries at once, and more page by page (RFC 2696).
#[derive(Clone, Debug, Default)]
pub struct SlapdBuilder {
    names: Vec<String>,
    lines: String,
}

impl SlapdBuilder {
    /// For whom its certificate is.
    #[must_use]
    pub fn names(self, names: &[&str]) -> Self {
        Self { names: names.iter().map(|name| (*name).to_owned()).collect(), ..self }
    }

    /// One more line of the section of its database (`slapd.conf(5)`), such as `sizelimit 10`.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        let _ = writeln!(self.lines, "{line}");
        self
    }

    /// Starts it with these entries, which takes a few hundred milliseconds.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start(self, entries: &Entries) -> Slapd {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("database")).expect("a directory can be made");
        let authority = Authority::default();
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let certificate = authority.certificate(if names.is_empty() { &["localhost", "127.0.0.1"] } else { &names });
        for (name, text) in [
            ("ca.pem", authority.pem()),
            ("tls.pem", certificate.pem),
            ("tls.key", certificate.key),
            ("reader.password", Slapd::READER_PASSWORD.to_owned()),
            ("slapd.conf", self.config(directory.path())),
        ] {
            std::fs::write(directory.path().join(name), text).expect("the file can be written");
        }
        let mut slapd = Slapd { server: None, port: Port::free(), tls_port: Port::free(), directory };
        slapd.run();
        slapd.load(&Entries::root());
        slapd.load(entries);
        slapd
    }

    fn config(&self, here: &Path) -> String {
        let (here, etc) = (here.display(), in_cache("openldap/etc/ldap"));
        let schema = ["core", "cosine", "inetorgperson", "nis"].iter().fold(String::new(), |mut lines, name| {
            let _ = writeln!(lines, "include {}/schema/{name}.schema", etc.display());
            lines
        });
        let modules = ["back_mdb", "memberof", "refint", "ppolicy"].iter().fold(String::new(), |mut lines, name| {
            let _ = writeln!(lines, "moduleload {name}.so");
            lines
        });
        let (admin, reader, suffix, lines) = (Slapd::ADMIN, Slapd::READER, Slapd::SUFFIX, &self.lines);
        format!(
            "{schema}{FOREIGN}modulepath {}
{modules}TLSCertificateFile {here}/tls.pem
TLSCertificateKeyFile {here}/tls.key
disallow bind_anon
require authc
security simple_bind=128
sizelimit size.soft=500 size.prtotal=unlimited
database mdb
suffix \"{suffix}\"
rootdn \"{admin}\"
rootpw {}
directory {here}/database
maxsize 1073741824
dbnosync
index objectClass,uid,cn,member,memberUid eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=\"{reader}\" read by * none
{lines}overlay memberof
overlay refint
refint_attributes member
overlay ppolicy
ppolicy_default \"cn=policy,{suffix}\"
",
            in_cache("openldap/usr/lib/ldap").display(),
            Slapd::ADMIN_PASSWORD,
        )
    }
}
