//! OpenLDAP's command lines, as people use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::NamedTempFile;

use crate::installed::in_cache;

/// Somebody who asks a directory server, and verifies its certificate.
#[derive(Clone, Debug)]
pub struct LdapClient {
    url: String,
    start_tls: bool,
    ca_file: PathBuf,
    verifies: bool,
    bind: Option<(String, String)>,
}

/// An entry that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its distinguished name.
    pub dn: String,
    attributes: Vec<(String, Vec<u8>)>,
}

impl Found {
    /// The values of an attribute, as text.
    #[must_use]
    pub fn values(&self, attribute: &str) -> Vec<String> {
        self.bytes(attribute).into_iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// The values of an attribute.
    #[must_use]
    pub fn bytes(&self, attribute: &str) -> Vec<&[u8]> {
        let here = self.attributes.iter().filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
        here.map(|(_, value)| &value[..]).collect()
    }
}

impl LdapClient {
    /// One who trusts nobody, and says no name.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: by_address(url), start_tls: false, ca_file: "/dev/null".into(), verifies: true, bind: None }
    }

    /// One who trusts those of this file.
    #[must_use]
    pub fn trusting(self, ca_file: &Path) -> Self {
        Self { ca_file: ca_file.to_owned(), ..self }
    }

    /// One who trusts anybody.
    pub(crate) fn trusting_anybody(self) -> Self {
        Self { verifies: false, ..self }
    }

    /// One who says this name and this password (a simple bind).
    #[must_use]
    pub fn bound_as(self, name: &str, password: &str) -> Self {
        Self { bind: Some((name.to_owned(), password.to_owned())), ..self }
    }

    /// One who insists on `StartTLS` at this URL.
    #[must_use]
    pub fn start_tls(self, url: &str) -> Self {
        Self { url: by_address(url), start_tls: true, ..self }
    }

    /// One who asks at this URL.
    #[must_use]
    pub fn at(self, url: &str) -> Self {
        Self { url: by_address(url), start_tls: false, ..self }
    }

    /// Whether this is let in.
    ///
    /// # Errors
    ///
    /// What the command says.
    pub fn bind(&self) -> Result<(), String> {
        self.search_as(&["-s", "base"], "", "(objectClass=*)", &["1.1"]).map(drop)
    }

    /// Who the server says that this is (RFC 4532). Samba does not say.
    ///
    /// # Errors
    ///
    /// What the command says.
    pub fn whoami(&self) -> Result<String, String> {
        Ok(self.run("ldapwhoami", &[])?.trim().to_owned())
    }

    /// What is below `base` and fits. `attributes` may be `+` for those that are not shown by themselves. It takes pages of 500.
    ///
    /// # Errors
    ///
    /// What the command says.
    pub fn search(&self, base: &str, filter: &str, attributes: &[&str]) -> Result<Vec<Found>, String> {
        self.search_as(&["-s", "sub", "-E", "pr=500/noprompt"], base, filter, attributes)
    }

    /// This entry itself.
    ///
    /// # Errors
    ///
    /// What the command says.
    pub fn read(&self, dn: &str, attributes: &[&str]) -> Result<Found, String> {
        let mut found = self.search_as(&["-s", "base"], dn, "(objectClass=*)", attributes)?;
        found.pop().ok_or_else(|| format!("there is no {dn}"))
    }

    /// A search with these arguments of `ldapsearch` before.
    ///
    /// # Errors
    ///
    /// What the command says.
    pub fn search_as(
        &self,
        arguments: &[&str],
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Found>, String> {
        let mut all = vec!["-LLL", "-o", "ldif-wrap=no", "-b", base];
        all.extend(arguments);
        all.push(filter);
        all.extend(attributes);
        Ok(entries(&self.run("ldapsearch", &all)?))
    }

    /// Makes the changes of this LDIF (RFC 2849).
    ///
    /// # Errors
    ///
    /// What the command says.
    pub fn change(&self, ldif: &str) -> Result<(), String> {
        let file = NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), ldif).expect("the file can be written");
        let path = file.path().to_str().expect("a name in UTF-8");
        self.run("ldapmodify", &["-f", path]).map(drop)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(in_cache("openldap/usr/bin").join(program));
        // Nothing of the environment, or of the machine, counts.
        command.env_clear().env("LDAPCONF", "/dev/null").env("LDAPTLS_CACERT", &self.ca_file);
        command.env("LDAPTLS_REQCERT", if self.verifies { "demand" } else { "never" });
        command.args(["-x", "-o", "nettimeout=20", "-H", &self.url]);
        if self.start_tls {
            command.arg("-ZZ");
        }
        if let Some((name, password)) = &self.bind {
            command.args(["-D", name, "-w", password]);
        }
        let output = command.args(arguments).stdin(Stdio::null()).output().expect("OpenLDAP's commands can be run");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(shown) } else { Err(format!("{program}: {}: {errors}", output.status)) }
    }
}

/// These commands take `localhost` for another name of the machine, and look for that one in a certificate.
fn by_address(url: &str) -> String {
    url.replacen("//localhost:", "//127.0.0.1:", 1)
}

/// What `ldapsearch` shows, without lines that go on in the next.
fn entries(ldif: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for line in ldif.lines() {
        // Comments, and references to elsewhere, are no attributes of an entry.
        let Some((name, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let value = match value.strip_prefix(':') {
            Some(encoded) => STANDARD.decode(encoded.trim()).expect("base64"),
            None => value.trim_start().as_bytes().to_vec(),
        };
        match (name, found.last_mut()) {
            ("dn", _) => found.push(Found { dn: String::from_utf8_lossy(&value).into_owned(), attributes: Vec::new() }),
            ("ref", _) | (_, None) => {}
            (_, Some(entry)) => entry.attributes.push((name.to_owned(), value)),
        }
    }
    found
}
