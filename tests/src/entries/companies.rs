//! People and groups that tests have in common.

use super::{Entries, group_dn, user_dn};
use crate::Slapd;

impl Entries {
    /// Names that would say something else to one who forgot to escape them, in a filter (RFC 4515), in a distinguished name
    /// (RFC 4514), or in LDIF (RFC 2849). No two of them are the same to a server.
    pub const HOSTILE: [&str; 16] = [
        "*",
        "*)(uid=*",
        "a*",
        "\\2a",
        "\\00",
        "\\",
        "(alice)",
        "alice)(|(uid=bob",
        "o'hara, \"bob\" + cn=admins",
        "alice,ou=people",
        "#20616c696365",
        " in front",
        "at the end ",
        "<first;last>=",
        "j\u{fc}rgen stra\u{df}e",
        "\u{65e5}\u{672c}\u{1f600}",
    ];

    /// What a server cannot be without.
    pub(crate) fn root() -> Self {
        let suffix = Slapd::SUFFIX;
        let unit = |name: &str| format!("ou={name},{suffix}");
        Self::default()
            .entry(
                suffix,
                &[("objectClass", "dcObject"), ("objectClass", "organization"), ("dc", "example"), ("o", "Example")],
            )
            .entry(&unit("people"), &[("objectClass", "organizationalUnit"), ("ou", "people")])
            .entry(&unit("groups"), &[("objectClass", "organizationalUnit"), ("ou", "groups")])
            .entry(
                Slapd::READER,
                &[
                    ("objectClass", "organizationalRole"),
                    ("objectClass", "simpleSecurityObject"),
                    ("cn", "reader"),
                    ("userPassword", Slapd::READER_PASSWORD),
                ],
            )
            .entry(
                &format!("cn=policy,{suffix}"),
                &[
                    ("objectClass", "device"),
                    ("objectClass", "pwdPolicy"),
                    ("cn", "policy"),
                    ("pwdAttribute", "userPassword"),
                    ("pwdLockout", "TRUE"),
                ],
            )
    }

    /// alice is in `ops`, which is in `staff`, which is in `everyone`. bob is in `staff` himself, and in the `posixGroup`
    /// `printers`. carol is in nothing.
    pub fn company() -> Self {
        Self::default()
            .user("alice")
            .user("bob")
            .user("carol")
            .group("ops", [user_dn("alice")])
            .group("staff", [group_dn("ops"), user_dn("bob")])
            .group("everyone", [group_dn("staff")])
            .posix_group("printers", &["bob"])
    }

    /// dave is in `ring-1`, which is in `ring-2`, which is in `ring-3`, which is in `ring-1`; and `ring-2` is in itself.
    pub fn cycle() -> Self {
        Self::default()
            .user("dave")
            .group("ring-1", [user_dn("dave")])
            .group("ring-2", [group_dn("ring-1")])
            .group("ring-3", [group_dn("ring-2")])
            .join("ring-1", &group_dn("ring-3"))
            .join("ring-2", &group_dn("ring-2"))
    }

    /// erin is in so many groups: `team-0`, `team-1`, …
    pub fn many(count: usize) -> Self {
        (0..count).fold(Self::default().user("erin"), |all, at| all.group(&format!("team-{at}"), [user_dn("erin")]))
    }

    /// A user of each of the [hostile names](Self::HOSTILE), the first of them in the group `of-0`, and so on. frank is in
    /// groups of all of those names.
    pub fn hostile() -> Self {
        let named = Self::HOSTILE.iter().enumerate().fold(Self::default().user("frank"), |all, (at, name)| {
            all.user(name).group(&format!("of-{at}"), [user_dn(name)])
        });
        Self::HOSTILE.iter().fold(named, |all, name| all.group(name, [user_dn("frank")]))
    }

    /// People who are in `former`, and may not get in: `locked` by an administrator with OpenLDAP's policy, `disabled` and
    /// `expired` as in Active Directory, `inactive` as in 389 Directory Server; and `locked-out` for wrong passwords, as in
    /// Active Directory, may not get in with one. `enabled` has the same attributes, and may.
    pub fn barred() -> Self {
        let foreign = ("objectClass", "foreignAccount");
        let people: [(&str, &[(&str, &str)]); 6] = [
            ("locked", &[("pwdAccountLockedTime", "000001010000Z")]),
            ("disabled", &[foreign, ("userAccountControl", "514")]),
            ("locked-out", &[foreign, ("userAccountControl", "512"), ("msDS-User-Account-Control-Computed", "16")]),
            ("expired", &[foreign, ("userAccountControl", "512"), ("accountExpires", "132000000000000000")]),
            ("inactive", &[foreign, ("nsAccountLock", "true")]),
            (
                "enabled",
                &[
                    foreign,
                    ("userAccountControl", "512"),
                    ("msDS-User-Account-Control-Computed", "0"),
                    ("accountExpires", "9223372036854775807"),
                    ("nsAccountLock", "false"),
                ],
            ),
        ];
        let all = people.iter().fold(Self::default(), |all, (name, more)| all.user_with(name, more));
        all.group("former", people.iter().map(|(name, _)| user_dn(name)))
    }
}
