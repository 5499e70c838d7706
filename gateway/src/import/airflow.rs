//! `airflow.cfg`

use std::collections::HashSet;

use crate::cli::AirflowVersion;
use crate::failure::Failure;
use crate::import::draft::{Draft, Mark, shown};
use crate::import::source::Source;

mod backends;
mod database;
mod ini;
mod method;
mod roles;
mod routes;

use self::ini::Ini;
use self::method::Method;

/// Logs people in to the web interface of 1.10, by the directory of `[ldap]`.
const LDAP_AUTH: &str = "airflow.contrib.auth.backends.ldap_auth";

/// What `[api]` says about who gets in, as a config file.
pub(super) fn import(source: &Source, said: Option<AirflowVersion>) -> Result<Draft, Failure> {
    let ini = Ini::parse(source)?;
    let chosen = Chosen::read(source, &ini)?;
    let version = chosen.version(&ini, said)?;
    let mut draft = Draft::made_from("an airflow.cfg", source.name());
    draft.comment(
        "What the file says may be overridden: AIRFLOW__API__AUTH_BACKENDS and AIRFLOW__API__AUTH_BACKEND in the \
         webserver's environment come first, and are not known here.",
    );
    draft.blank();
    chosen.explain(&mut draft);
    remark_on_keys(source, &ini, &mut draft)?;
    let mut kept = chosen.kept();
    if kept.contains(&Method::Google) && ini.setting(source, "api", "google_oauth2_audience")?.is_none() {
        kept.retain(|method| *method != Method::Google);
        backends::no_audience(&mut draft);
    }
    if kept.is_empty() {
        backends::deny_all(&mut draft);
    }
    for method in &kept {
        backends::write(method, source, &ini, &mut draft)?;
    }
    draft.blank();
    draft.comment("Airflow's own client shows its user the `error` of a JSON body.");
    draft.header("[response]");
    draft.key("style", "armada");
    if kept.is_empty() {
        return Ok(draft);
    }
    if version == Some(AirflowVersion::V1_10) {
        routes::experimental(&mut draft);
        roles::write_for_everybody(&mut draft);
        return Ok(draft);
    }
    if version.is_none() {
        draft.blank();
        draft.note(
            Mark::ToDo,
            "the file does not show which Airflow it is of, and is taken for one of Airflow 2, which asks everybody for a role. \
             If it is of 1.10, import it again with `--airflow-version 1.10`; if not, with `--airflow-version 2`.",
        );
    }
    routes::stable(&mut draft);
    roles::write(&kept, &mut draft);
    Ok(draft)
}

/// The methods of the file, in its order.
struct Chosen {
    key: &'static str,
    methods: Option<Vec<Method>>,
    /// Whether 1.10 did not have one of them.
    has_modules_of_2: bool,
}

impl Chosen {
    fn read(source: &Source, ini: &Ini) -> Result<Self, Failure> {
        for key in ["auth_backends", "auth_backend"] {
            let Some(setting) = ini.setting(source, "api", key)? else {
                if ini.has("api", key) {
                    return Ok(Self { key, methods: Some(Vec::new()), has_modules_of_2: false });
                }
                continue;
            };
            let mut methods: Vec<Method> = Vec::new();
            let mut known = HashSet::new();
            let mut has_modules_of_2 = false;
            for path in setting.value.split(',').map(str::trim).filter(|path| !path.is_empty()) {
                // Whatever else somebody put there may be anything, and hold anything.
                if path.contains(|char: char| !(char.is_alphanumeric() || char == '_' || char == '.')) {
                    let problem = format!("api.{key}: not a list of Python modules; part them by commas");
                    return Err(source.wrong_at(setting.line, 1, problem));
                }
                let method = Method::of(path);
                has_modules_of_2 |= Method::is_of_2(path);
                if known.insert(method.clone()) {
                    methods.push(method);
                }
            }
            return Ok(Self { key, methods: Some(methods), has_modules_of_2 });
        }
        if !ini.has_section("api") && !ini.has_section("core") {
            return Err(source.wrong("neither `[api]` nor `[core]` is in it; is this an airflow.cfg?"));
        }
        Ok(Self { key: "auth_backend", methods: None, has_modules_of_2: false })
    }

    /// Those that become a backend.
    fn kept(&self) -> Vec<Method> {
        let mut kept: Vec<Method> = self.methods.iter().flatten().filter(|method| method.is_kept()).cloned().collect();
        // Both ask for a password, and there is one file for it.
        if kept.contains(&Method::Basic) {
            kept.retain(|method| *method != Method::Password);
        }
        kept
    }

    /// Whose file it is, by what one of the two alone has, or by what was said. None if that is not known: in particular,
    /// both have the `kerberos_auth` of one name.
    fn version(&self, ini: &Ini, said: Option<AirflowVersion>) -> Result<Option<AirflowVersion>, Failure> {
        let is_of_2 = self.has_modules_of_2
            || ini.has("api", "auth_backends")
            || ini.has("api", "enable_experimental_api")
            || ini.has_section("database");
        // Without this module, Airflow 2 does not start; and 1.10 has no list.
        let is_of_1 = !is_of_2 && self.methods.as_deref() == Some(&[Method::Password]);
        let (shown, problem) = match (is_of_1, is_of_2) {
            (true, _) => (AirflowVersion::V1_10, "`password_auth`, which Airflow 2 does not have"),
            (_, true) => (AirflowVersion::V2, "something that Airflow 1.10 does not have"),
            _ => return Ok(said),
        };
        match said {
            Some(said) if said != shown => Err(Failure::Usage(format!(
                "the file is not of the `--airflow-version` that was said: it has {problem}"
            ))),
            _ => Ok(Some(shown)),
        }
    }

    /// Says what became of those that have no backend.
    fn explain(&self, draft: &mut Draft) {
        let Some(methods) = &self.methods else {
            draft.note(
                Mark::Insecure,
                "`[api] auth_backend` is not in the file. Up to Airflow 1.10.10 that meant that everybody could do \
                 everything (CVE-2020-13927), and since then that no program gets in. Here nobody gets in.",
            );
            return;
        };
        if methods.is_empty() {
            draft.note(
                Mark::NotUnderstood,
                &format!(
                    "`[api] {}` is there, and empty. Airflow does not start then, whatever other key there is; here nobody gets in.",
                    self.key
                ),
            );
            return;
        }
        let listed: Vec<_> = methods.iter().map(Method::shown).collect();
        draft.comment(&format!("`[api] {}` was {}.", self.key, listed.join(", ")));
        let alone = methods.len() == 1;
        for method in methods {
            match method {
                Method::Open => {
                    draft.note(
                        Mark::Insecure,
                        "`airflow.api.auth.backend.default` let everybody in who could reach the webserver, without any \
                         credential: they could run every DAG (CVE-2020-13927). It is not taken over.",
                    );
                    if !alone {
                        draft.comment("Beside it, the other backends of the list kept nobody out.");
                    }
                    draft.comment(
                        "If everybody is to get in all the same, that is said so, in place of every other entry:",
                    );
                    draft.example("[[backend]]");
                    draft.example("kind = \"anonymous\"");
                }
                Method::Session => draft.note(
                    Mark::NoEquivalent,
                    "the `session` backend takes the cookie of Airflow's web interface, which Airflow alone can read. \
                     Programs need another way in: `basic`, `kerberos` or `oidc`.",
                ),
                Method::DenyAll if !alone => {
                    draft.comment(
                        "`deny_all` beside other backends kept nobody out; here it would stand alone. It is left out.",
                    );
                }
                Method::WebOnly(path) => {
                    draft.note(
                        Mark::NoEquivalent,
                        &format!(
                            "{} is about the web interface's own login; Airflow's API cannot use it.",
                            shown(path)
                        ),
                    );
                    if path == LDAP_AUTH {
                        draft.comment(
                            "`[ldap]` is not taken over: by it, nobody got into the API. For passwords that a directory \
                             verifies there is `kind = \"ldap\"`, with a `[[directory]]`.",
                        );
                    }
                }
                Method::Unknown(path) => draft.note(
                    Mark::NotUnderstood,
                    &format!(
                        "{} is not a module of Airflow's that is known here. What it let in stays out.",
                        shown(path)
                    ),
                ),
                Method::Password if methods.contains(&Method::Basic) => {
                    draft.comment(
                        "`password_auth` went with Airflow 1.10; the users of `basic_auth` are those that count.",
                    );
                }
                Method::DenyAll | Method::Password | Method::Basic | Method::Kerberos | Method::Google => {}
            }
        }
    }
}

/// Other keys that have to do with it.
fn remark_on_keys(source: &Source, ini: &Ini, draft: &mut Draft) -> Result<(), Failure> {
    let known = ["auth_backends", "auth_backend"];
    for key in ini.keys("api").filter(|key| key.starts_with("auth_") && !known.contains(key)) {
        let what = if key.ends_with("_cmd") || key.ends_with("_secret") {
            "Airflow reads such a key for passwords alone, and so not this one; nothing was run or fetched."
        } else {
            "no version of Airflow that is known here reads it."
        };
        draft.note(Mark::NotUnderstood, &format!("{}: {what}", shown(&format!("[api] {key}"))));
    }
    if ini.has("api", "auth_backends") && ini.has("api", "auth_backend") {
        draft.comment(
            "`[api] auth_backend` is there too; Airflow 2.3 and later read `auth_backends` alone, as was done here.",
        );
    }
    let experimental = ini.setting(source, "api", "enable_experimental_api")?;
    if experimental.is_some_and(|setting| setting.value.eq_ignore_ascii_case("true")) {
        draft.note(
            Mark::Insecure,
            "`enable_experimental_api`: in that API, whoever got in could do everything, whatever their roles.",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
