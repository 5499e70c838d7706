//! Clients in files: Argo's `argo-workflows-webhook-clients`, as Kubernetes mounts it or as a manifest.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_core::{ExposeSecret as _, Invalid, Secret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::check::check_name;
use super::clients::{Client, Given};
use super::config::ClientType;
use super::form::Form;

/// More files than a Secret of Kubernetes has room for in its 1 MiB, if each says something.
const MAX_FILES: usize = 1000;

/// What a file of a client says. Whatever else it says would not be looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientFile {
    #[serde(rename = "type")]
    kind: String,
    secret: Hidden,
}

/// A text that may be, or hold, a secret.
struct Hidden(SecretString);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

/// A Secret of Kubernetes, as far as it matters here.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "apiVersion")]
    api_version: String,
    kind: String,
    #[serde(default)]
    data: BTreeMap<String, Hidden>,
    #[serde(default, rename = "stringData")]
    string_data: BTreeMap<String, Hidden>,
}

/// The files of a directory, sorted by name. Those of Kubernetes are links into a hidden directory.
///
/// # Errors
///
/// A sentence that names the directory.
pub(super) fn names(directory: &Path) -> Result<Vec<OsString>, String> {
    let problem = |problem: String| format!("{}: {problem}", directory.display());
    let entries = fs::read_dir(directory).map_err(|error| problem(error.to_string()))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| problem(error.to_string()))?.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if names.len() == MAX_FILES {
            return Err(problem(format!("more than {MAX_FILES} files")));
        }
        names.push(name);
    }
    names.sort();
    Ok(names)
}

/// The clients of a directory with a file for each.
pub(super) fn of_directory(directory: &Path, problems: &mut Vec<Invalid>) -> Vec<Client> {
    const KEY: &str = "clients_dir";
    let names = match names(directory) {
        Ok(names) => names,
        Err(problem) => {
            problems.push(Invalid::new(KEY, problem).expected("a directory with a file for each client"));
            return Vec::new();
        }
    };
    let mut clients = Vec::new();
    for name in names {
        let place = PathBuf::from(&name).display().to_string();
        let text = Secret::File(PathBuf::from(&name)).read(directory);
        // The sentence names the file with its directory already.
        let text = text.map_err(|problem| Invalid::new(KEY, problem));
        match text.and_then(|text| client(KEY, name.to_str().unwrap_or_default(), &place, text.expose_secret())) {
            Ok(client) => clients.push(client),
            Err(invalid) => problems.push(invalid),
        }
    }
    clients
}

/// The clients of a manifest.
pub(super) fn of_manifest(path: &Path, directory: &Path, problems: &mut Vec<Invalid>) -> Vec<Client> {
    const KEY: &str = "clients_file";
    let place = path.display();
    let entries = Secret::File(path.to_owned())
        .read(directory)
        .and_then(|text| entries(text.expose_secret()).map_err(|problem| format!("{place}: {problem}")));
    let entries = match entries {
        Ok(entries) => entries,
        Err(problem) => {
            problems.push(Invalid::new(KEY, problem).expected("a Secret of Kubernetes, in YAML or JSON"));
            return Vec::new();
        }
    };
    let mut clients = Vec::new();
    for (name, text) in entries {
        match client(KEY, &name, &format!("{place}: {}", name.escape_debug()), text.expose_secret()) {
            Ok(client) => clients.push(client),
            Err(invalid) => problems.push(invalid),
        }
    }
    clients
}

/// What a Secret has for each client.
fn entries(text: &str) -> Result<Vec<(String, SecretString)>, String> {
    let Manifest { api_version, kind, data, string_data } = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text)
            .map_err(|error| format!("line {}, column {}: not the JSON of a Secret", error.line(), error.column()))?,
        false => yaml(text).map_err(|place| format!("{place}not the YAML of a Secret"))?,
    };
    if (api_version.as_str(), kind.as_str()) != ("v1", "Secret") {
        return Err("neither `apiVersion: v1` nor `kind: Secret`".to_owned());
    }
    let mut entries = Vec::new();
    for (name, Hidden(encoded)) in data {
        if string_data.contains_key(&name) {
            return Err(format!("{}: in `data` and in `stringData`", name.escape_debug()));
        }
        // A manifest that somebody wrote may have line breaks in it.
        let encoded: String = encoded.expose_secret().split_ascii_whitespace().collect();
        let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.ok_or_else(|| format!("{}: not the base64 of a text", name.escape_debug()))?;
        entries.push((name, decoded.into()));
    }
    entries.extend(string_data.into_iter().map(|(name, Hidden(text))| (name, text)));
    Ok(entries)
}

/// The client of this name, by what its file says.
fn client(key: &str, name: &str, place: &str, text: &str) -> Result<Client, Invalid> {
    let invalid = |problem: &str| Invalid::new(key, format!("{place}: {problem}"));
    if let Some(found) = check_name(name, key.to_owned(), "the name of a client") {
        let named = invalid(&format!("the name: {}", found.problem()));
        return Err(found.expectation().map_or(named.clone(), |expected| named.expected(expected)));
    }
    let read: Result<ClientFile, _> = yaml(text);
    let expected = "`type: github` and `secret: \"…\"`";
    let file = read.map_err(|at| invalid(&format!("{at}not the YAML of a client")).expected(expected))?;
    let kind = match file.kind.as_str() {
        "github" => ClientType::Github,
        "gitlab" => ClientType::Gitlab,
        "bitbucket" => ClientType::Bitbucket,
        "bitbucketserver" => ClientType::Bitbucketserver,
        "hmac" => ClientType::Hmac,
        _ => {
            let expected = "one of `github`, `gitlab`, `bitbucket`, `bitbucketserver`";
            return Err(invalid("unknown type").expected(expected));
        }
    };
    let Some(form) = Form::of_known(kind) else {
        let problem = "the type `hmac` needs to be told how it signs";
        return Err(invalid(problem).expected("a `[[webhook.client]]` in its place"));
    };
    if file.secret.0.expose_secret().is_empty() {
        return Err(invalid("the secret is empty, so that anybody could sign").expected("a secret"));
    }
    let secrets = vec![Given { key: key.to_owned(), secret: file.secret.0 }];
    let (name, file) = (name.to_owned(), format!("{place}: "));
    Ok(Client { name, form, groups: Vec::new(), secrets, key: key.to_owned(), file })
}

/// Reads YAML that is not trusted to be short, nor to be what it should be. Where it is not, an error says in which place,
/// and nothing of what stands there.
fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    // The parser leaves out what follows such a line if it cannot read it. To YAML, a `\r` alone ends one too.
    let mut lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    if let Some(line) = lines.position(|line| line.starts_with("...")) {
        return Err(format!("line {}: ", line + 1));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            // Without anchors there is nothing that an alias could repeat.
            max_anchors: 0,
            max_depth: 16,
        },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        // What is no text to other readers of YAML is none here: a secret of digits has to be quoted.
        no_schema: true,
        // They would quote the text.
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| match error.location() {
        Some(at) => format!("line {}, column {}: ", at.line(), at.column()),
        None => String::new(),
    })
}

#[cfg(test)]
mod tests;
