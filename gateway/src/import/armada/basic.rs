//! `basicAuth`

use std::collections::BTreeMap;
use std::path::Path;

use portcullis::basic;

use super::{Backends, not_understood};
use crate::failure::Failure;
use crate::hash_password::users_line;
use crate::import::draft::{Draft, Mark, Value, shown};
use crate::import::yaml::Item;

/// Writes the entry, and returns the users file, if there is to be one.
///
/// `is_old` is whether the file is of a version that did not ask for `enableAuthentication`.
pub(super) fn write(
    auth: &Item<'_>,
    is_old: bool,
    users_file: Option<&Path>,
    known: &mut Backends,
    draft: &mut Draft,
) -> Result<Option<String>, Failure> {
    let Some(item) = auth.member("basicAuth")? else { return Ok(None) };
    not_understood(&item.strangers(&["enableAuthentication", "users"])?, draft);
    let enabled = item.flag_of("enableAuthentication")?;
    let members = item.member("users")?.map_or_else(|| Ok(Vec::new()), |users| users.members())?;
    if members.is_empty() {
        if enabled == Some(true) {
            draft.blank();
            draft.comment("`basicAuth` is enabled and has no users, so there is no entry for it.");
        }
        return Ok(None);
    }
    if !enabled.unwrap_or(is_old) {
        draft.blank();
        draft.comment("`basicAuth` is not enabled, so its users are not taken over.");
        if enabled.is_none() {
            draft.note(
                Mark::ToDo,
                "if your version of Armada lets these users in without `enableAuthentication`, as older ones do, add \
                 `enableAuthentication: true` to its file, and import it again.",
            );
        }
        return Ok(None);
    }
    let mut comments = Vec::new();
    let mut users = Vec::new();
    for (name, user) in members {
        not_understood(&user.strangers(&["password", "groups"])?, draft);
        match User::read(name, &user, &mut comments)? {
            Ok(user) => users.push(user),
            Err(problem) => comments.push(format!("{} is left out: {problem}.", shown(name))),
        }
    }
    draft.blank();
    draft.note(
        Mark::Insecure,
        "`basicAuth` had the passwords in plain text. Here are their hashes (Argon2id), and the passwords go on working. Whoever \
         has read the old file knows them: have them changed, with `portcullis hash-password NAME`.",
    );
    for comment in comments {
        draft.comment(&comment);
    }
    if users.is_empty() {
        draft.comment("No user is left, so there is no entry.");
        return Ok(None);
    }
    known.basic = true;
    Ok(entry(&users, users_file, draft))
}

/// Somebody with a password.
struct User {
    name: String,
    hash: String,
    groups: Vec<String>,
}

impl User {
    /// The user, or why there is none.
    fn read(name: &str, item: &Item<'_>, comments: &mut Vec<String>) -> Result<Result<Self, String>, Failure> {
        let groups = item.texts_of("groups")?;
        let password = item.text_of("password")?.unwrap_or_default();
        let hash = match basic::hash_password(password) {
            Ok(hash) => hash,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let own = name.to_lowercase();
        if own != name {
            comments.push(format!(
                "{} is {} here: Armada's reader takes every key in lower case, so that was the name to log in with.",
                shown(name),
                shown(&own)
            ));
        }
        if let Err(problem) = users_line(&own, &hash) {
            return Ok(Err(problem));
        }
        let (good, bad): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| is_group(group));
        for group in bad.into_iter().filter(|group| *group != "everyone") {
            comments.push(format!("{} is not in {}: a group cannot be called so here.", shown(name), shown(group)));
        }
        Ok(Ok(Self { name: own, hash, groups: good.into_iter().map(str::to_owned).collect() }))
    }
}

/// Whether the backend takes this for a group's name. Everybody is in `everyone` as it is.
fn is_group(name: &str) -> bool {
    !name.is_empty()
        && name != "everyone"
        && name.trim() == name
        && !name.contains(|char: char| char == ':' || char.is_control())
}

fn entry(users: &[User], users_file: Option<&Path>, draft: &mut Draft) -> Option<String> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for user in users {
        for group in &user.groups {
            groups.entry(group).or_default().push(&user.name);
        }
    }
    match users_file {
        Some(_) => draft.comment("A relative path starts at this file's directory: keep the two together."),
        None => draft.comment(
            "Hashes can be guessed at: keep this file to those who run the service (chmod 600), or import with `--users-file`.",
        ),
    }
    draft.header("[[backend]]");
    draft.key("kind", "basic");
    draft.key("realm", "armada");
    if let Some(path) = users_file {
        draft.key("users_file", path.display().to_string());
    }
    if !groups.is_empty() {
        draft.blank();
        draft.header("[backend.groups]");
        for (group, names) in &groups {
            draft.key(group, names.iter().copied().collect::<Value>());
        }
    }
    if users_file.is_some() {
        return Some(users.iter().map(|user| format!("{}:{}\n", user.name, user.hash)).collect());
    }
    draft.blank();
    draft.header("[backend.users]");
    for user in users {
        draft.hash(&user.name, &user.hash);
    }
    None
}
