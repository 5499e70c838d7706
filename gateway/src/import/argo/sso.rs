//! `sso`

use super::configmap::ConfigMap;
use crate::failure::Failure;
use crate::import::claim::path_of;
use crate::import::draft::{Draft, Mark, Value, shown};
use crate::import::issuer;
use crate::import::yaml::Item;

/// The claim with the groups, unless `customGroupClaimName` says another.
const GROUPS: &str = "groups";

const KEYS: [&str; 14] = [
    "issuer",
    "issuerAlias",
    "clientId",
    "clientSecret",
    "redirectUrl",
    "rbac",
    "scopes",
    "sessionExpiry",
    "customGroupClaimName",
    "userInfoPath",
    "insecureSkipVerify",
    "filterGroupsRegex",
    "rootCA",
    "enabled",
];

/// What is known of the provider.
pub(super) struct Sso {
    issuer: String,
    groups_claim: String,
    /// Whether annotations of service accounts say who acts as which.
    pub(super) has_rules: bool,
    /// The name and the key of the Secret that has the client's id.
    client: Option<(String, String)>,
    notes: Vec<(Mark, String)>,
}

impl Sso {
    pub(super) fn read(map: &ConfigMap) -> Result<Self, Failure> {
        let item = &map.sso()?;
        let Some(issuer) = item.text_of("issuer")? else {
            return Err(item.wrong("it has no `issuer`", "write the URL of the OpenID provider"));
        };
        if let Some(problem) = issuer::problem_with(issuer) {
            let remedy = "use the provider's `https` address, which its tokens must name as `iss`";
            return Err(item.wrong(&format!("the `issuer` cannot be one here: {problem}"), remedy));
        }
        if item.flag_of("enabled")? == Some(false) {
            return Err(item.wrong("`enabled` is `false`, so nobody got in by it", "leave `--auth-mode sso` out"));
        }
        let mut notes = Vec::new();
        let strangers = item.strangers(&KEYS)?;
        if !strangers.is_empty() {
            notes.push((Mark::NotUnderstood, format!("{}. What they change is not taken over.", strangers.join(", "))));
        }
        notes.push((
            Mark::NoEquivalent,
            "Argo logged people in by itself and gave them a cookie of its own (`Bearer v2:…`). Here clients come with the \
             provider's access tokens, and programs can have them too. `redirectUrl`, `scopes`, `sessionExpiry` and the \
             client's secret are for the login, and not needed."
                .to_owned(),
        ));
        unlike(item, &mut notes)?;
        let rbac = item.member("rbac")?;
        let has_rules = rbac.map_or(Ok(None), |rbac| rbac.flag_of("enabled"))?;
        Ok(Self {
            issuer: issuer.to_owned(),
            groups_claim: item.text_of("customGroupClaimName")?.unwrap_or(GROUPS).to_owned(),
            has_rules: has_rules == Some(true),
            client: client(item)?,
            notes,
        })
    }

    /// Writes the entry, if it is known whom tokens are for: whatever stood there for it, somebody could have a token made for it.
    pub(super) fn write(&self, namespace: &str, server: Option<&str>, audience: Option<&str>, draft: &mut Draft) {
        draft.blank();
        draft.comment("`sso`: access tokens of the OpenID provider.");
        for (mark, note) in &self.notes {
            draft.note(*mark, note);
        }
        let Some(audience) = audience else {
            let provider = shown(&self.issuer);
            let note = format!(
                "find out whom the access tokens of {provider} are for, and import again with `--audience AUDIENCE`; often it is the \
                 id of Argo's client. Until then, there is no entry for the provider, and its tokens get nobody in:"
            );
            draft.note(Mark::ToDo, &note);
            match &self.client {
                Some((name, key)) => draft.example(&format!(
                    "kubectl -n {namespace} get secret {name} -o go-template='{{{{index .data \"{key}\" | base64decode}}}}'"
                )),
                None => draft.example("the Secret that `clientId` names has it"),
            }
            return;
        };
        if self.has_rules {
            draft.note(
                Mark::ToDo,
                "`rbac`: annotations of service accounts said who acts as which. Say so in `act_as` above; the first entry that \
                 fits counts, and about nobody else is the cluster asked:",
            );
            draft.example(&format!(
                "act_as = [{{ backend = \"sso\", group = \"admins\", as = \"system:serviceaccount:{namespace}:admin\" }}]"
            ));
        } else {
            let server = server.map(|server| format!(" ({server})")).unwrap_or_default();
            draft.note(
                Mark::Insecure,
                &format!(
                    "without `rbac`, whoever can log in acts as Argo's server itself{server}, and here whatever program gets such a \
                     token too. Say in `act_as` above who may."
                ),
            );
        }
        draft.header("[[backend]]");
        draft.key("kind", "oidc");
        draft.key("name", "sso");
        draft.key("issuer", self.issuer.as_str());
        draft.key("audiences", [audience].into_iter().collect::<Value>());
        draft.key("groups_claim", path_of(&self.groups_claim));
    }
}

/// What is different here.
fn unlike(item: &Item<'_>, notes: &mut Vec<(Mark, String)>) -> Result<(), Failure> {
    if item.flag_of("insecureSkipVerify")? == Some(true) {
        let note = "`insecureSkipVerify`: Argo took any certificate for the provider's, so whoever was in between could vouch for \
                    anybody. It is not taken over: for an authority of your own, write `ca_file`.";
        notes.push((Mark::Insecure, note.to_owned()));
    }
    if item.text_of("rootCA")?.is_some() {
        notes
            .push((Mark::ToDo, "write the certificate in `rootCA` into a file, and its path as `ca_file`.".to_owned()));
    }
    if let Some(alias) = item.text_of("issuerAlias")? {
        // What cannot be an issuer is not shown: it may hold a password.
        let name = match issuer::problem_with(alias) {
            None => shown(alias),
            Some(problem) => format!("something that cannot be an issuer here ({problem})"),
        };
        let note = format!(
            "`issuerAlias`: tokens name {name} as `iss`. Make that the `issuer`, with the provider's `jwks_url`."
        );
        notes.push((Mark::ToDo, note));
    }
    if item.member("userInfoPath")?.is_some() {
        let note =
            "`userInfoPath`: groups came from there. Here they must be in the token: have the provider put them in.";
        notes.push((Mark::NoEquivalent, note.to_owned()));
    }
    if item.member("filterGroupsRegex")?.is_some() {
        let note = "`filterGroupsRegex` kept cookies small. All groups of a token are taken here.";
        notes.push((Mark::NoEquivalent, note.to_owned()));
    }
    Ok(())
}

/// Where the client's id is, if that can stand in a command as it is.
fn client(item: &Item<'_>) -> Result<Option<(String, String)>, Failure> {
    let Some(client) = item.member("clientId")?.filter(|client| !client.is_text()) else { return Ok(None) };
    let (name, key) = (client.text_of("name")?, client.text_of("key")?);
    let is_plain =
        |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) && !text.starts_with('-');
    Ok(name.filter(is_plain).zip(key.filter(is_plain)).map(|(name, key)| (name.to_owned(), key.to_owned())))
}
