//! A directory, and who asks it.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use portcullis_mint::{Mint, jwks, now};
use portcullis_testbed::{Entries, Faults, Program, Slapd};
use serde_json::{Value, json};

pub(crate) const USERS: &str =
    "[directory.users]\nbase = \"ou=people,dc=example,dc=test\"\nfilter = \"(uid={name})\"\n";
/// Behind `USERS`: who is not there gets in, too.
pub(crate) const ACCEPT: &str = "unknown = \"accept\"\n";
pub(crate) const GROUPS: &str = "[directory.groups]\nbase = \"ou=groups,dc=example,dc=test\"\n";
/// The directory as who verifies passwords.
pub(crate) const PASSWORDS: &str = "[[backend]]\nkind = \"ldap\"\ndirectory = \"corp\"\n";

/// The same accounts as those of `USERS`, by the names of their entries.
pub(crate) fn by_dn() -> String {
    format!("[directory.users]\ndn = \"uid={{name}},ou=people,{}\"\n", Slapd::SUFFIX)
}

/// An OpenID provider that vouches for whatever name it is told to, and the program that asks a directory about them.
pub(crate) struct Scene {
    faults: Faults,
    mint: Mint,
    pub(crate) slapd: Slapd,
}

impl Scene {
    pub(crate) fn new(entries: &Entries) -> Self {
        Self::of(Slapd::start(entries))
    }

    pub(crate) fn of(slapd: Slapd) -> Self {
        let (faults, mint) = (Faults::start(), Mint::new("ES256", "a"));
        faults.publish("/jwks", &jwks(&[&mint]));
        Self { faults, mint, slapd }
    }

    /// Serves with these tables of the directory.
    pub(crate) fn serve(&self, tables: &str) -> Program {
        self.serve_with(&self.slapd.directory(), tables)
    }

    pub(crate) fn serve_with(&self, directory: &str, tables: &str) -> Program {
        self.serve_realms(&[""], &format!("{directory}{tables}"))
    }

    /// Who the provider at this path is.
    pub(crate) fn issuer(&self, realm: &str) -> String {
        self.faults.url(realm)
    }

    /// Serves for a provider at each of these paths, whose claim `remark` is shown to the directory.
    pub(crate) fn serve_realms(&self, realms: &[impl AsRef<str>], directory: &str) -> Program {
        let keys = self.faults.url("/jwks");
        let backends = realms.iter().enumerate().fold(String::new(), |mut file, (at, realm)| {
            // A string of JSON is one of TOML.
            let issuer = json!(self.issuer(realm.as_ref()));
            let _ = write!(
                file,
                "[[backend]]\nkind = \"oidc\"\nname = \"provider-{at}\"\ndirectory = \"corp\"\nissuer = {issuer}\n\
                 jwks_url = \"{keys}\"\naudiences = [\"orders\"]\ngroups_claim = \"groups\"\nclaims = [\"remark\"]\n"
            );
            file
        });
        self.slapd.site(&format!("{backends}{directory}")).serve_here()
    }

    /// A token like no other, so that nobody knows its bearer already.
    pub(crate) fn token(&self, name: &str) -> String {
        self.token_with(name, "", Value::Null)
    }

    /// The same of the provider at this path, with this claim `remark` unless it is null.
    pub(crate) fn token_with(&self, name: &str, realm: &str, remark: Value) -> String {
        let jti = format!("{:?}", Instant::now());
        let mut claims = json!({
            "iss": self.issuer(realm), "aud": "orders", "sub": name, "exp": now() + 600, "jti": jti,
            "groups": ["of-token"],
        });
        if !remark.is_null() {
            claims["remark"] = remark;
        }
        self.mint.sign(&claims)
    }

    /// The groups that somebody has from the directory, or the status.
    pub(crate) fn groups(&self, program: &Program, name: &str) -> Value {
        Self::groups_with(program, name, &self.token(name))
    }

    /// The same with this token of somebody's.
    pub(crate) fn groups_with(program: &Program, name: &str, token: &str) -> Value {
        let answer = program.bearer(token);
        if answer.status != 200 {
            return json!(answer.status);
        }
        let who = answer.json();
        assert_eq!(who["name"], name);
        let mut groups: Vec<_> =
            who["groups"].as_array().unwrap().iter().map(|group| group.as_str().unwrap().to_owned()).collect();
        assert!(groups.contains(&"of-token".to_owned()), "the provider's own stay: {who}");
        groups.retain(|group| group != "of-token");
        groups.sort();
        json!(groups)
    }

    /// The same as soon as the directory answers again: an outage is remembered for a moment.
    pub(crate) fn soon(&self, program: &Program, name: &str) -> Value {
        let began = Instant::now();
        loop {
            let groups = self.groups(program, name);
            if groups != 503 || began.elapsed() > Duration::from_secs(5) {
                return groups;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
