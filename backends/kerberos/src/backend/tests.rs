use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use http::{HeaderValue, Request};
use portcullis_core::Source;
use tempfile::TempDir;

use super::*;
use crate::framing::tests::token;
use crate::keytab::tests::written;
use crate::{NameMapping, PacConfig};

struct Fixture {
    directory: TempDir,
    config: KerberosConfig,
}

impl Fixture {
    /// A keytab with these principals, whose keys nobody knows, and a replay cache of its own.
    fn new(principals: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let entries: Vec<_> = principals.iter().map(|principal| (*principal, 2, 18)).collect();
        fs::write(directory.path().join("keytab"), written(&entries)).unwrap();
        let config = KerberosConfig {
            keytab: "keytab".into(),
            replay_cache: Some("accepted".into()),
            max_concurrent: Some(1),
            ..KerberosConfig::default()
        };
        Self { directory, config }
    }

    fn with(mut self, change: impl FnOnce(&mut KerberosConfig)) -> Self {
        change(&mut self.config);
        self
    }

    fn build(&self) -> Result<Kerberos, Invalid> {
        Kerberos::new(self.config.clone(), "corp", self.directory.path(), Clock::default())
    }

    async fn ask(&self, token: &[u8]) -> Verdict {
        ask(&self.build().unwrap(), &STANDARD.encode(token)).await
    }
}

async fn ask(kerberos: &Kerberos, token: &str) -> Verdict {
    let value = HeaderValue::try_from(format!("Negotiate {token}")).unwrap();
    let credential = Credential::parse(value, Source::Header, &[Scheme::NEGOTIATE]).unwrap();
    kerberos.authenticate(&credential, Head::from(&Request::new(()))).await
}

fn refusal(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_kerberos_is_refused_before_libkrb5_sees_it() {
    let fixture = Fixture::new(&["HTTP/a@R"]);
    for (token, reason, silent) in [
        (&b""[..], "empty", false),
        (b"NTLMSSP\0\x01", "NTLM", true),
        (b"\xa1\x03\x30\x01\x00", "continues", false),
        (b"anything", "no token of SPNEGO", false),
        (&[0x60, 0x0b, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2], "no Kerberos ticket", false),
    ] {
        let refusal = refusal(fixture.ask(token).await);
        assert!(refusal.reason.contains(reason) && !refusal.lasting, "{refusal:?}");
        assert_eq!((refusal.challenge, refusal.without_challenge), (None, silent), "{reason}");
    }
    let kerberos = fixture.build().unwrap();
    for token in ["%", "YII", "YII=%", "Y"] {
        assert_eq!(refusal(ask(&kerberos, token).await).reason, "the token is not base64");
    }
}

#[tokio::test]
async fn a_ticket_that_no_key_decrypts_is_for_somebody_else_or_the_clients_fault() {
    let other = Fixture::new(&["HTTP/a@R"]).ask(&token()).await;
    assert!(matches!(&other, Verdict::NotMine(not_mine) if not_mine.reason.contains("web.example.test")), "{other:?}");
    let own = Fixture::new(&["HTTP/web.example.test@EXAMPLE.TEST"]).ask(&token()).await;
    assert!(refusal(own).reason.contains("kvno 3, the keytab ends at 2"));
}

#[tokio::test]
async fn a_keytab_or_a_replay_cache_that_is_gone_is_our_fault() {
    let fixture = Fixture::new(&["HTTP/a@R"]);
    let kerberos = fixture.build().unwrap();
    fs::remove_file(fixture.directory.path().join("keytab")).unwrap();
    let verdict = ask(&kerberos, &STANDARD.encode(token())).await;
    assert!(matches!(&verdict, Verdict::Unavailable(away) if away.reason.contains("keytab")), "{verdict:?}");

    let fixture = Fixture::new(&["HTTP/a@R"]);
    let kerberos = fixture.build().unwrap();
    let cache = fixture.directory.path().join("accepted");
    fs::remove_file(&cache).unwrap();
    fs::create_dir(&cache).unwrap();
    let verdict = ask(&kerberos, &STANDARD.encode(token())).await;
    assert!(matches!(&verdict, Verdict::Unavailable(away) if away.reason.contains("replay")), "{verdict:?}");
}

#[tokio::test]
async fn require_on_a_connection_without_a_binding_refuses_everybody() {
    let fixture = Fixture::new(&["HTTP/a@R"]).with(|c| c.channel_binding = ChannelBinding::Require);
    assert!(refusal(fixture.ask(&token()).await).reason.contains("the connection has none"));
}

#[test]
fn a_section_that_cannot_work_names_its_key() {
    let key = |fixture: Fixture| fixture.build().unwrap_err().key().to_owned();
    let good = || Fixture::new(&["HTTP/a@R", "HTTP/a@S", "host/a@R"]);
    assert!(good().build().is_ok());
    assert_eq!(key(good().with(|c| c.keytab = "missing".into())), "keytab");
    assert_eq!(key(good().with(|c| c.service = "airflow".to_owned())), "keytab");
    assert_eq!(key(Fixture::new(&[])), "keytab");
    assert_eq!(key(good().with(|c| c.replay_cache = Some("no/where".into()))), "replay_cache");
    // Two realms, by the keytab alone.
    assert_eq!(key(good().with(|c| c.service = "HTTP/a".to_owned())), "service");
    assert!(good().with(|c| c.service = "HTTP/a@R".to_owned()).build().is_ok());
    for mapping in [NameMapping::StripRealm, NameMapping::Local] {
        assert_eq!(key(good().with(|c| c.name_mapping = mapping.clone())), "name_mapping");
        let one = good().with(|c| (c.name_mapping, c.realms) = (mapping, Some(vec!["R".to_owned()])));
        assert!(one.build().is_ok());
    }
}

#[test]
fn who_gets_in_is_said_in_plain_words() {
    let fixture = Fixture::new(&["HTTP/b@R", "HTTP/a@R", "host/a@R"]);
    assert_eq!(fixture.build().unwrap().describe(), "Kerberos users of R, with tickets for HTTP/a@R, HTTP/b@R");
}

#[test]
fn groups_from_the_pac_are_said_too_and_a_section_of_it_that_cannot_work_names_its_key() {
    let with = |domain: &str| {
        let pac = PacConfig { domains: vec![domain.to_owned()], ..PacConfig::default() };
        Fixture::new(&["HTTP/a@R"]).with(|c| c.pac = Some(pac)).build()
    };
    let said = with("S-1-5-21-1-2-3").unwrap().describe();
    assert!(said.ends_with("tickets for HTTP/a@R; groups of S-1-5-21-1-2-3 from their PAC"), "{said}");
    assert_eq!(with("corp").unwrap_err().key(), "pac.domains[0]");
}

#[test]
fn a_keytab_that_others_can_read_is_warned_about() {
    let fixture = Fixture::new(&["HTTP/a@R"]);
    let path = fixture.directory.path().join("keytab");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(fixture.build().unwrap().warnings().len(), 1);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fixture.build().unwrap().warnings(), [""; 0]);
}
