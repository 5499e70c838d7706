//! A file that is read again, for its routes, roles and bindings.

use super::Config;
use super::document::Document;
use super::error::{ConfigError, Problem};
use super::key::{self, Step};
use super::value::{Content, Member, Value};
use crate::route::{Access, Routes};

/// What may be another thing when the file is read again.
const MAY_CHANGE: &[&str] = &["binding", "include", "role", "route"];

impl Config {
    /// Whether `newer` says the same but for its routes, roles and bindings.
    ///
    /// # Errors
    ///
    /// Where it does not.
    pub(crate) fn differs_in_rules_alone(&self, newer: &Self) -> Result<(), ConfigError> {
        let guards = |routes: &Routes| routes.iter().any(|route| route.access() != Access::Public);
        let denies = self.routes.denies_unlisted() && !newer.routes.denies_unlisted();
        let opened = denies || guards(&self.routes) && !guards(&newer.routes);
        let opened = opened.then(|| {
            let problem = match denies {
                true => "no route names an action or scopes any more, so that paths without a route would be open",
                false => "all routes that were not public are gone",
            };
            let problem = newer.document.source().problem(0, "route".to_owned(), problem.to_owned());
            Problem { expected: Some("such a route, or a restart of the program".to_owned()), ..problem }
        });
        ConfigError::unless_none(changed(&self.document, &newer.document).chain(opened).collect())
    }
}

fn changed<'a>(old: &'a Document, new: &'a Document) -> impl Iterator<Item = Problem> + 'a {
    let gone = old.members().filter(|(name, _)| new.section(name).is_none()).map(|(name, _)| (name, 0));
    let other = new.members().filter(|(name, member)| old.section(name).is_none_or(|old| !same(old, member)));
    let other = other.map(|(name, member)| (name, member.start));
    gone.chain(other).filter(|(name, _)| !MAY_CHANGE.contains(name)).map(|(name, start)| {
        let path = key::show("", &[Step::Key(name.to_owned())]);
        let problem = new.source().problem(start, path, "this was another when the program started".to_owned());
        Problem { expected: Some("what it was, or a restart of the program".to_owned()), ..problem }
    })
}

/// Whether they say the same, wherever they stand.
fn same(one: &Member, other: &Member) -> bool {
    same_value(&one.value, &other.value)
}

fn same_value(one: &Value, other: &Value) -> bool {
    match (&one.content, &other.content) {
        (Content::String(one), Content::String(other)) => one == other,
        (Content::Integer(one), Content::Integer(other)) => one == other,
        (Content::Float(one), Content::Float(other)) => one == other,
        (Content::Boolean(one), Content::Boolean(other)) => one == other,
        (Content::Array(one), Content::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        (Content::Table(one), Content::Table(other)) => {
            let has_same = |(name, member): (&String, _)| other.get(name).is_some_and(|other| same(member, other));
            one.len() == other.len() && one.iter().all(has_same)
        }
        // No key takes a date.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[[backend]]\nkind = 'anonymous'\ngroups = ['guests']\n[cache]\nttl = '5m'\n";

    fn differences(new: &str) -> String {
        let config = |text| Config::from_toml(text).unwrap();
        let found = config(FILE).differs_in_rules_alone(&config(new));
        found.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn routes_roles_and_bindings_may_change_and_so_may_the_place_of_everything() {
        assert_eq!(differences(FILE), "");
        let rules = "[role.a]\nrules = []\n[[binding]]\nrole = 'a'\nsubjects = ['everyone']\n[[route]]\npath = '/'\npublic = true\n";
        assert_eq!(differences(&format!("{rules}\n\n{FILE}")), "");
    }

    #[test]
    fn a_file_that_is_cut_off_before_its_routes_does_not_open_what_was_closed() {
        let with =
            |access: &str| Config::from_toml(&format!("{FILE}[[route]]\npath = '/{{*rest}}'\n{access}\n")).unwrap();
        let action = with("action = { verb = 'get', resource = 'a' }");
        let [scopes, authenticated, public] =
            ["authenticated = true\nscopes = ['a']", "authenticated = true", "public = true"].map(with);
        let none = Config::from_toml(FILE).unwrap();
        let problem = |old: &Config, new: &Config| {
            let error = old.differs_in_rules_alone(new).err().map(|error| error.to_string());
            assert!(error.as_ref().is_none_or(|error| error.starts_with("<toml>:1:1: route: ")), "{error:?}");
            error.is_some()
        };
        for guarded in [&action, &scopes] {
            assert!([&authenticated, &public, &none].into_iter().all(|new| problem(guarded, new)));
            assert!(![&action, &scopes].into_iter().any(|new| problem(guarded, new)));
        }
        assert!([&public, &none].into_iter().all(|new| problem(&authenticated, new)));
        assert!(![&action, &scopes, &authenticated].into_iter().any(|new| problem(&authenticated, new)));
        assert!(![&action, &authenticated, &public, &none].into_iter().any(|new| problem(&public, new)));
    }

    #[test]
    fn whatever_else_changes_is_named_with_its_place() {
        let restart = "this was another when the program started; expected what it was, or a restart of the program";
        for (new, place) in [
            (FILE.replace("5m", "6m"), "<toml>:4:2: cache"),
            (FILE.replace("'guests'", "'guests', 'ops'"), "<toml>:1:3: backend"),
            (FILE.replace("[cache]\nttl = '5m'\n", ""), "<toml>:1:1: cache"),
            (format!("{FILE}[response]\nstyle = 'problem'\n"), "<toml>:6:2: response"),
        ] {
            assert_eq!(differences(&new), format!("{place}: {restart}"), "{new}");
        }
    }
}
