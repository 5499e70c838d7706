use super::written::{USUAL, Written};
use super::*;

const OWN: &str = "S-1-5-21-1-2-3";
const FOREST: &str = "S-1-5-21-4-5-6";
const STRANGE: &str = "S-1-5-21-7-8-9";

fn config(domains: &[&str]) -> PacConfig {
    PacConfig { domains: domains.iter().map(|domain| (*domain).to_owned()).collect(), ..PacConfig::default() }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn realms(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn rules(config: &PacConfig) -> PacRules {
    PacRules::new(config, &realms(&["R"])).unwrap()
}

fn ticket(written: &Written) -> TicketPac {
    TicketPac::LogonInfo(written.bytes())
}

#[test]
fn groups_of_configured_domains_are_groups_by_name_or_identifier() {
    let mut written = Written::new("alice", OWN);
    written.group_ids = vec![(513, USUAL), (512, USUAL), (1107, USUAL), (666, 0x17)];
    let extra = ["S-1-18-1", "S-1-5-32-544", "S-1-5-21-4-5-6-20", "S-1-5-21-7-8-9-512", "S-1-5-21-1-2-3"];
    written.extra_sids = extra.map(|sid| (Sid::parse(sid).unwrap(), USUAL)).into();
    written.resource_groups = Some((Sid::parse(STRANGE).unwrap(), vec![(513, USUAL)]));

    let mut config = config(&[FOREST, OWN]);
    config.realms = pairs(&[(OWN, "R")]);
    config.names = pairs(&[("S-1-5-21-1-2-3-513", "staff"), ("S-1-5-21-4-5-6-20", "staff")]);
    let account = rules(&config).account("R", &ticket(&written)).unwrap().unwrap();
    assert_eq!(account.groups, ["S-1-5-21-1-2-3-512", "staff", "S-1-5-21-1-2-3-1107", "staff"]);
    assert_eq!(account.sid.to_string(), "S-1-5-21-1-2-3-1000");
    assert_eq!(account.principal.text(), "alice@R");
}

#[test]
fn without_logon_information_there_are_no_groups_unless_it_is_required() {
    let mut config = config(&[OWN]);
    assert_eq!(rules(&config).account("R", &TicketPac::NoLogonInfo), Ok(None));
    config.required = true;
    assert_eq!(rules(&config).account("R", &TicketPac::NoLogonInfo), Err(Failure::NoPac));
}

#[test]
fn what_nothing_vouches_for_or_cannot_be_read_is_refused() {
    let rules = rules(&config(&[OWN]));
    assert_eq!(rules.account("R", &TicketPac::Tampered), Err(Failure::TamperedPac));
    assert_eq!(rules.account("OTHER", &TicketPac::Tampered), Err(Failure::TamperedPac));
    let mut bytes = Written::new("alice", OWN).bytes();
    bytes.pop();
    assert!(matches!(rules.account("R", &TicketPac::LogonInfo(bytes)), Err(Failure::BrokenPac(_))));
}

#[test]
fn an_account_is_of_its_realms_domain() {
    let mut config = config(&[OWN, FOREST]);
    config.realms = pairs(&[(OWN, "R"), (FOREST, "F")]);
    let rules = PacRules::new(&config, &realms(&["R", "F", "MIT"])).unwrap();
    let account = |realm, domain| rules.account(realm, &ticket(&Written::new("alice", domain)));
    assert_eq!(account("R", OWN).unwrap().unwrap().principal.text(), "alice@R");
    assert_eq!(account("F", FOREST).unwrap().unwrap().principal.text(), "alice@F");
    for (realm, domain) in [("R", FOREST), ("F", OWN), ("R", STRANGE), ("R", "S-1-5-21-1-2"), ("R", "S-1-5-21-1-2-3-4")]
    {
        assert!(matches!(account(realm, domain), Err(Failure::OtherDomain(_))), "{realm} {domain}");
    }
    // A realm without a domain, whose principals a domain maps to accounts: these are not they.
    assert_eq!(account("MIT", OWN), Ok(None));
}

#[test]
fn one_domain_is_the_one_realms_and_more_have_to_be_told_apart() {
    let key =
        |config: &PacConfig, names: &[&str]| PacRules::new(config, &realms(names)).map_err(|e| e.key().to_owned());
    let with = |domains: &[&str], of_realms: &[(&str, &str)]| PacConfig { realms: pairs(of_realms), ..config(domains) };
    assert!(key(&config(&[OWN]), &["R"]).is_ok());
    assert_eq!(key(&config(&[OWN, FOREST]), &["R"]).unwrap_err(), "pac.realms");
    assert_eq!(key(&config(&[OWN]), &["R", "S"]).unwrap_err(), "pac.realms");
    assert!(key(&with(&[OWN, FOREST], &[(OWN, "R")]), &["R", "S"]).is_ok());
    for (pairs, bad) in [
        (&[("S-1-5-21-7-8-9", "R")][..], "S-1-5-21-7-8-9"),
        (&[("corp", "R")], "corp"),
        (&[(OWN, "r")], OWN),
        (&[(OWN, "R"), (FOREST, "R")], FOREST),
    ] {
        assert_eq!(key(&with(&[OWN, FOREST], pairs), &["R"]).unwrap_err(), format!("pac.realms.{bad}"));
    }
}

#[test]
fn a_section_that_cannot_work_names_its_key() {
    let key = |config: &PacConfig| PacRules::new(config, &realms(&["R"])).unwrap_err().key().to_owned();
    assert_eq!(key(&config(&[])), "pac.domains");
    for bad in ["", "corp", "S-1-5-32", "S-1-5-21-1-2", "S-1-5-21-1-2-3-513", "s-1-5-21-1-2-3", "S-1-5-21-1-2-03"] {
        assert_eq!(key(&config(&[bad])), "pac.domains[0]", "{bad}");
    }
    assert_eq!(key(&config(&[OWN, OWN])), "pac.domains[1]");
    for (group, name) in [
        ("513", "staff"),
        (OWN, "staff"),
        ("S-1-5-21-7-8-9-513", "staff"),
        ("S-1-5-32-544", "admins"),
        ("S-1-5-21-1-2-3-513", ""),
        ("S-1-5-21-1-2-3-513", "a\nb"),
        ("S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-512"),
        ("S-1-5-21-1-2-3-513", "s-1-5-21-1-2-3-512"),
        ("S-1-5-21-1-2-3-513", "system:masters"),
    ] {
        let config = PacConfig { names: pairs(&[(group, name)]), ..config(&[OWN]) };
        assert_eq!(key(&config), format!("pac.names.{group}"));
    }
}
