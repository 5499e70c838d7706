//! An action that the command line names.

use std::fmt::Write as _;

use portcullis::Action;
use portcullis::config::Config;

use super::answer::Answer;
use super::caller::Caller;
use crate::cli::AskedArgs;
use crate::failure::Failure;

/// Adds to the report what is asked for, and answers.
pub(super) fn explain(
    args: &AskedArgs,
    config: &Config,
    caller: &Caller,
    report: &mut String,
) -> Result<Answer, Failure> {
    let action = action(args)?;
    let _ = writeln!(report, "action: {action}");
    Ok(match caller.principal() {
        Ok(principal) => Answer::of(config, principal, &action),
        Err(answer) => answer,
    })
}

fn action(args: &AskedArgs) -> Result<Action<'_>, Failure> {
    let verb = args.verb.as_deref().unwrap_or_default();
    if let Some(url) = &args.url {
        return Ok(Action::url(verb, url));
    }
    let written = args.resource.as_deref().unwrap_or_default();
    // As kubectl has it, and rules do: `workflows.argoproj.io/status`.
    let (written, subresource) = cut(written, '/');
    let (resource, group) = cut(written, '.');
    let group = one_of(group, args.api_group.as_deref(), "--api-group")?;
    let subresource = one_of(subresource, args.subresource.as_deref(), "--subresource")?;
    let (namespace, name) = (args.namespace.as_deref().unwrap_or_default(), args.name.as_deref().unwrap_or_default());
    Ok(Action::new(verb, resource).group(group).subresource(subresource).namespace(namespace).name(name))
}

/// Before and behind the first of these; the text itself, and nothing, if it is not in it.
fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, behind)| (before, Some(behind)))
}

fn one_of<'a>(within: Option<&'a str>, beside: Option<&'a str>, key: &str) -> Result<&'a str, Failure> {
    match (within, beside) {
        (Some(_), Some(_)) => Err(Failure::Usage(format!("`--resource` says already what `{key}` does"))),
        (text, None) | (None, text) => Ok(text.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    fn asked(words: &str) -> Result<String, String> {
        let line = "portcullis explain --config c --anonymous --verb get".split(' ').chain(words.split(' '));
        let Command::Explain(args) = Cli::try_parse_from(line).unwrap().command else { panic!("it explains") };
        action(&args.asked).map(|action| action.to_string()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_resource_is_read_as_kubectl_writes_it() {
        for (words, action) in [
            ("--resource queues", "get queues"),
            ("--resource workflows.argoproj.io/status", "get workflows.argoproj.io/status"),
            ("--resource pods/log", "get pods/log"),
            ("--resource workflows --api-group argoproj.io --subresource status", "get workflows.argoproj.io/status"),
            ("--resource a/b --api-group c.d", "get a.c.d/b"),
            ("--resource pods --namespace argo --name x", "get pods \"x\" in namespace \"argo\""),
            ("--url /metrics", "get /metrics"),
        ] {
            assert_eq!(asked(words).as_deref(), Ok(action), "{words}");
        }
    }

    #[test]
    fn a_group_is_said_once() {
        for (words, key) in
            [("--resource a.b --api-group b", "--api-group"), ("--resource a/b --subresource b", "--subresource")]
        {
            assert!(asked(words).unwrap_err().contains(key), "{words}");
        }
    }
}
