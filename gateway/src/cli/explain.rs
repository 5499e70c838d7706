//! The command line of `explain`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method};
use serde_json::Value;

/// Say whether a caller may do something, and why
///
/// Prints the decision, and the rule and the binding that decided, with file and line. If it is not
/// allowed: the rules that come nearest, and by what each fails. Of a request it says first which
/// route it takes, and what that asks for.
///
///     portcullis explain --config portcullis.toml --backend corp --user alice --group ops \
///         --verb list --resource workflows --namespace argo
///     portcullis explain --config portcullis.toml --anonymous --path /healthz
///
/// Nothing is contacted, and nothing is read but the config file and what it includes: no key, no
/// users, no cluster. So the groups, scopes and claims of a caller are those that are given here.
/// Where a cluster would be asked after the policy, that is said, and counts as not allowed. What the
/// service behind decides by itself is not known here; nor are CORS preflights, and the check for pages of other
/// sites, looked at.
#[derive(Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Exit codes: 0 allowed; 1 not allowed; 2 a wrong config file or command line."
)]
pub(crate) struct ExplainArgs {
    /// The config file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    #[command(flatten)]
    pub(crate) caller: CallerArgs,

    #[command(flatten)]
    pub(crate) asked: AskedArgs,
}

/// Who asks.
#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Who asks", group(ArgGroup::new("caller").required(true).args(["backend", "anonymous"])))]
pub(crate) struct CallerArgs {
    /// The name of the backend that vouches for the caller.
    #[arg(long, value_name = "NAME", requires = "user")]
    pub(crate) backend: Option<String>,

    /// The caller's name, as the backend has it: `alice`, or of a cluster
    /// `system:serviceaccount:argo:operator`.
    #[arg(long, value_name = "NAME", requires = "backend", conflicts_with = "anonymous", value_parser = text)]
    pub(crate) user: Option<String>,

    /// A group that the caller is in. May be given several times.
    #[arg(long, value_name = "NAME", requires = "backend", conflicts_with = "anonymous", value_parser = text)]
    pub(crate) group: Vec<String>,

    /// A scope of the caller's token. May be given several times.
    #[arg(long, value_name = "SCOPE", requires = "backend", conflicts_with = "anonymous", value_parser = text)]
    pub(crate) scope: Vec<String>,

    /// A claim that the backend carries. May be given several times.
    ///
    /// A value that is JSON is what it says: `true`, `5`, `["a","b"]`. Any other is a string.
    #[arg(long, value_name = "NAME=VALUE", requires = "backend", conflicts_with = "anonymous", value_parser = claim)]
    pub(crate) claim: Vec<(String, Value)>,

    /// A caller without a credential. It has the groups that the file gives to anonymous callers.
    #[arg(long)]
    pub(crate) anonymous: bool,
}

/// What is asked for: an action on a resource, on a URL, or a request.
#[derive(Args)]
#[group(skip)]
#[command(
    next_help_heading = "What is asked for",
    group(ArgGroup::new("asked").required(true).args(["resource", "url", "path"]))
)]
pub(crate) struct AskedArgs {
    /// The verb: `get`, `list`, `create` and the like. Of a URL, the method in lower case.
    #[arg(long, required_unless_present = "path", conflicts_with = "path", value_parser = text)]
    pub(crate) verb: Option<String>,

    /// The resource, also as kubectl writes it: `workflows.argoproj.io/status`.
    #[arg(long, requires = "verb", value_parser = text)]
    pub(crate) resource: Option<String>,

    /// The namespace. Default: none, as of a list of all namespaces.
    #[arg(long, requires = "resource", conflicts_with_all = ["url", "path"], value_parser = text)]
    pub(crate) namespace: Option<String>,

    /// The name of the one that is meant. Default: none, as of a list.
    #[arg(long, requires = "resource", conflicts_with_all = ["url", "path"], value_parser = text)]
    pub(crate) name: Option<String>,

    /// The API group of the resource, if it does not stand in `--resource`.
    #[arg(long, value_name = "GROUP", requires = "resource", conflicts_with_all = ["url", "path"], value_parser = text)]
    pub(crate) api_group: Option<String>,

    /// The part of the resource, if it does not stand in `--resource`.
    #[arg(long, requires = "resource", conflicts_with_all = ["url", "path"], value_parser = text)]
    pub(crate) subresource: Option<String>,

    /// The path of a URL that stands for no resource: `/metrics`.
    #[arg(long, value_name = "PATH", requires = "verb", value_parser = text)]
    pub(crate) url: Option<String>,

    /// The path of a request, as it comes over the wire. Of gRPC: `/package.Service/Method`.
    #[arg(long, value_parser = path)]
    pub(crate) path: Option<PathAndQuery>,

    /// The method of a request; routes of gRPC do not ask for it. Default: GET.
    #[arg(long, requires = "path", conflicts_with = "verb", value_parser = method)]
    pub(crate) method: Option<Method>,

    /// The host that a request is for. Default: none, and then it takes no route with a host.
    #[arg(long, requires = "path", conflicts_with = "verb", value_parser = host)]
    pub(crate) host: Option<HeaderValue>,
}

/// What can be a word of a policy.
fn text(text: &str) -> Result<String, String> {
    match text.is_empty() || text.chars().any(char::is_control) {
        true => Err("expected at least one character, and no control characters".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn claim(text: &str) -> Result<(String, Value), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            Ok((self::text(name)?, value))
        }
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

fn path(text: &str) -> Result<PathAndQuery, String> {
    text.parse().map_err(|_| "no request can have this path: expected one with escapes, such as `/a%20b`".to_owned())
}

fn method(text: &str) -> Result<Method, String> {
    match text.parse::<Method>() {
        Ok(method) if !text.bytes().any(|byte| byte.is_ascii_lowercase()) => Ok(method),
        _ => Err("expected a method in upper case, such as `GET`".to_owned()),
    }
}

fn host(text: &str) -> Result<HeaderValue, String> {
    text.parse().map_err(|_| "expected a host such as `api.example.test`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser as _;
    use serde_json::json;

    fn parses(words: &str) -> bool {
        let line = "portcullis explain --config c".split(' ').chain(words.split(' '));
        Cli::try_parse_from(line).is_ok()
    }

    #[test]
    fn one_caller_asks_for_one_thing() {
        for words in [
            "--backend b --user u --verb get --resource r",
            "--backend b --user u --group g --group h --scope s --claim a=b --verb get --resource r --namespace n --name x",
            "--anonymous --verb get --resource r --api-group g --subresource s",
            "--anonymous --verb get --url /metrics",
            "--anonymous --path /",
            "--anonymous --method POST --path /a --host api.example.test",
        ] {
            assert!(parses(words), "{words}");
        }
        for words in [
            "--verb get --resource r",
            "--anonymous",
            "--backend b --verb get --resource r",
            "--user u --verb get --resource r",
            "--backend b --user u --anonymous --path /",
            "--anonymous --group g --path /",
            "--anonymous --verb get",
            "--anonymous --resource r",
            "--anonymous --url /metrics",
            "--anonymous --method GET",
            "--anonymous --verb get --resource r --url /metrics",
            "--anonymous --verb get --resource r --path /",
            "--anonymous --verb get --path /",
            "--anonymous --verb get --resource r --method GET",
            "--anonymous --verb get --url /metrics --namespace n",
            "--anonymous --path / --namespace n",
            "--backend b --user  --path /",
        ] {
            assert!(!parses(words), "{words}");
        }
    }

    #[test]
    fn a_claim_is_json_where_it_can_be() {
        for (text, value) in [
            ("a=b", json!("b")),
            ("a=", json!("")),
            ("a=b=c", json!("b=c")),
            ("a=5", json!(5)),
            ("a=\"5\"", json!("5")),
            ("a=true", json!(true)),
            ("a=[\"x\",\"y\"]", json!(["x", "y"])),
            ("a=[x", json!("[x")),
        ] {
            assert_eq!(claim(text), Ok(("a".to_owned(), value)), "{text}");
        }
        assert!(claim("a").is_err() && claim("=b").is_err());
    }

    #[test]
    fn methods_are_in_upper_case_and_paths_can_be_sent() {
        assert!(method("PROPFIND").is_ok());
        assert!(method("get").is_err() && method("A B").is_err() && method("").is_err());
        assert!(path("/a%20b?c").is_ok() && path("//a").is_ok() && path("/a b").is_err());
        assert!(text("a b").is_ok() && text("").is_err() && text("a\n").is_err());
    }
}
