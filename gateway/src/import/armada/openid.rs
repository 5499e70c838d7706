//! `openIdAuth`

use super::{Backends, not_understood};
use crate::failure::Failure;
use crate::import::claim::path_of;
use crate::import::draft::{Draft, Mark, Value, shown};
use crate::import::issuer;
use crate::import::yaml::Item;

/// What permissions need to know of it.
pub(super) struct OpenId {
    pub(super) has_groups: bool,
}

pub(super) fn write(auth: &Item<'_>, known: &mut Backends, draft: &mut Draft) -> Result<(), Failure> {
    let Some(item) = auth.member("openIdAuth")? else { return Ok(()) };
    // `scopes` are those that its clients ask for.
    not_understood(&item.strangers(&["providerUrl", "groupsClaim", "clientId", "skipClientIdCheck", "scopes"])?, draft);
    let Some(provider) = item.text_of("providerUrl")? else { return Ok(()) };
    draft.blank();
    if let Some(problem) = issuer::problem_with(provider) {
        draft.note(
            Mark::NoEquivalent,
            &format!(
                "the `providerUrl` of `openIdAuth` cannot be an issuer here: {problem}. There is no entry for it."
            ),
        );
        return Ok(());
    }
    let Some(audience) = audience(&item, draft)? else { return Ok(()) };
    let groups_claim = item.text_of("groupsClaim")?;
    draft.comment("ID tokens are made for clients, and not for services. If your clients send them, add `accept_id_tokens = true`.");
    draft.header("[[backend]]");
    draft.key("kind", "oidc");
    draft.key("issuer", provider);
    draft.key("audiences", [audience].into_iter().collect::<Value>());
    if let Some(claim) = groups_claim {
        draft.key("groups_claim", path_of(claim));
    }
    draft.comment("Armada reads no other claim for scopes.");
    draft.key("scopes_claim", "scope");
    let claims: Vec<&str> = super::permissions::claims(auth)?;
    if !claims.is_empty() {
        draft.comment("Claims that permissions are given by.");
        draft.key("claims", claims.into_iter().map(path_of).collect::<Value>());
    }
    known.openid = Some(OpenId { has_groups: groups_claim.is_some() });
    Ok(())
}

/// Whom tokens are for. Without that there is no entry: whatever stood there for it, somebody could have a token made for it.
fn audience<'a>(item: &Item<'a>, draft: &mut Draft) -> Result<Option<&'a str>, Failure> {
    let client = item.text_of("clientId")?;
    let is_unchecked = item.flag_of("skipClientIdCheck")? == Some(true);
    if is_unchecked {
        draft.note(
            Mark::Insecure,
            "`skipClientIDCheck`: Armada took a token of this provider whoever it was made for, so any other service that is \
             given a token could use it here. Here a token must be for one of the `audiences`.",
        );
    }
    match client {
        Some(client) if client.chars().any(char::is_control) => {
            draft.note(
                Mark::NotUnderstood,
                &format!("the `clientId` {}. There is no entry for `openIdAuth`.", shown(client)),
            );
            Ok(None)
        }
        Some(client) => {
            if is_unchecked {
                draft.note(
                    Mark::ToDo,
                    "see that `audiences` has the `aud` of your tokens; one that has none (Amazon Cognito's access tokens) is refused.",
                );
            }
            Ok(Some(client))
        }
        None => {
            draft.note(
                Mark::ToDo,
                "write the `aud` of your tokens into `openIdAuth.clientId`, and import the file again; one that has none (Amazon \
                 Cognito's access tokens) is refused. Until then, there is no entry for `openIdAuth`.",
            );
            Ok(None)
        }
    }
}
