//! What does the same as Airflow's modules.

use zeroize::Zeroizing;

use super::database;
use super::ini::Ini;
use super::method::Method;
use crate::failure::Failure;
use crate::import::draft::{Draft, Mark, Value, shown};
use crate::import::source::Source;

/// Where the users are, when the administrator has put them there.
const USERS: &str = "airflow.htpasswd";
const GROUPS: &str = "airflow.groups";

const ISSUER_OF_GOOGLE: &str = "https://accounts.google.com";

/// The entry of a method that [is kept](Method::is_kept).
pub(super) fn write(method: &Method, source: &Source, ini: &Ini, draft: &mut Draft) -> Result<(), Failure> {
    draft.blank();
    match method {
        Method::Password => users_of_1(draft),
        Method::Basic => users_of_2(draft),
        Method::Kerberos => return kerberos(source, ini, draft),
        Method::Google => return google(source, ini, draft),
        _ => {}
    }
    Ok(())
}

pub(super) fn deny_all(draft: &mut Draft) {
    draft.blank();
    draft.comment("Nobody gets in, until another entry is put in place of this one.");
    draft.header("[[backend]]");
    draft.key("kind", "deny-all");
}

fn users_of_1(draft: &mut Draft) {
    draft.comment(
        "`password_auth`: users and their bcrypt hashes are in the table `users` of Airflow's database, and go on working.",
    );
    draft.note(
        Mark::ToDo,
        &format!(
            "write them into {USERS} beside this file, with one of these, for the database that `[core] sql_alchemy_conn` names:"
        ),
    );
    draft.example("umask 077");
    database::export(draft, ["username", ":", "password"], "FROM users WHERE password IS NOT NULL", USERS);
    draft.header("[[backend]]");
    draft.key("kind", "basic");
    draft.key("users_file", USERS);
    draft.key("realm", "airflow");
}

fn users_of_2(draft: &mut Draft) {
    draft.comment("`basic_auth`: users are in the table `ab_user` of Airflow's database.");
    draft.note(
        Mark::NoEquivalent,
        "their hashes are werkzeug's (PBKDF2 or scrypt), which no users file takes: users need new passwords. Those who \
         log in by LDAP (`AUTH_LDAP` in webserver_config.py, which is not read) need `kind = \"ldap\"` with a `[[directory]]` of their \
         own.",
    );
    draft.note(
        Mark::ToDo,
        &format!(
            "for each user who is active (`SELECT username FROM ab_user WHERE active`), make a line of {USERS} beside this file:"
        ),
    );
    draft.example(&format!("umask 077; portcullis hash-password alice >> {USERS}"));
    draft.note(
        Mark::ToDo,
        &format!(
            "write which active users have which of Airflow's roles into {GROUPS}, with one of these, and look it through. A name \
             with a blank cannot be in it: the blank would part it into two."
        ),
    );
    database::export(
        draft,
        ["ab_role.name", ": ", "ab_user.username"],
        "FROM ab_user_role JOIN ab_user ON ab_user.id = ab_user_role.user_id JOIN ab_role ON ab_role.id = \
         ab_user_role.role_id WHERE ab_user.active AND ab_user.username NOT LIKE '% %'",
        GROUPS,
    );
    draft.header("[[backend]]");
    draft.key("kind", "basic");
    draft.key("users_file", USERS);
    draft.key("groups_file", GROUPS);
    draft.key("realm", "airflow");
}

fn kerberos(source: &Source, ini: &Ini, draft: &mut Draft) -> Result<(), Failure> {
    let setting = ini.setting(source, "kerberos", "keytab")?;
    let keytab = setting.map_or_else(|| Zeroizing::new("airflow.keytab".to_owned()), |setting| setting.value);
    let keytab = keytab.strip_prefix("FILE:").unwrap_or(&keytab);
    draft.comment(
        "`kerberos_auth`: tickets for `airflow/fully.qualified.domainname@REALM`. If the webserver's environment has \
         KRB5_KTNAME, that was its keytab, and not `[kerberos] keytab`.",
    );
    if keytab.contains(['$', '{', '~']) {
        draft.note(Mark::ToDo, "write the whole path of the keytab: no variable, and no `~`, is replaced here.");
    } else if !keytab.starts_with('/') {
        draft.note(
            Mark::ToDo,
            "see that the keytab is there: Airflow looked for it where it was started, and this path starts at this file's \
             directory.",
        );
    }
    let principal = ini.setting(source, "kerberos", "principal")?;
    if let Some(principal) = principal.filter(|principal| principal.value.as_str() != "airflow") {
        draft.comment(&format!(
            "`[kerberos] principal` ({}) is who Airflow itself is to others. Its API takes tickets for `airflow` all the same.",
            shown(&principal.value)
        ));
    }
    draft.comment(
        "Users are called `alice@EXAMPLE.TEST`, as before; with `name_mapping = \"strip_realm\"` they would be `alice`.",
    );
    draft.header("[[backend]]");
    draft.key("kind", "kerberos");
    draft.key("keytab", keytab);
    draft.key("service", "airflow");
    draft.comment("Airflow's own client (requests-kerberos) sends tokens without SPNEGO around them.");
    draft.key("raw_krb5", true);
    Ok(())
}

/// In place of [`google`]: whatever stood there for an audience, somebody could have a token made for it.
pub(super) fn no_audience(draft: &mut Draft) {
    draft.blank();
    draft.note(
        Mark::Insecure,
        "`[api] google_oauth2_audience` is empty, so Airflow took a token that was made for any other service. `google_openid` \
         is not taken over.",
    );
    draft.note(
        Mark::ToDo,
        "write whom the tokens are for (`gcloud auth print-identity-token --audiences=…`) into that key, and import the file again.",
    );
}

fn google(source: &Source, ini: &Ini, draft: &mut Draft) -> Result<(), Failure> {
    let Some(audience) = ini.setting(source, "api", "google_oauth2_audience")? else { return Ok(()) };
    draft.comment("`google_openid`: ID tokens of Google accounts; the user is the verified e-mail address.");
    draft.header("[[backend]]");
    draft.key("kind", "oidc");
    draft.key("name", "google");
    draft.key("issuer", ISSUER_OF_GOOGLE);
    draft.key("audiences", [audience.value.as_str()].into_iter().collect::<Value>());
    draft.key("username_claim", "email");
    draft.key("accept_id_tokens", true);
    Ok(())
}
