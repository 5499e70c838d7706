//! The Python modules that Airflow's API can ask about a caller.

use crate::import::draft::shown;

/// One of them, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Method {
    /// Nobody gets in.
    DenyAll,
    /// Everybody gets in.
    Open,
    /// The web interface's cookie.
    Session,
    /// Passwords in the table `users` of Airflow 1.10.
    Password,
    /// Passwords in the table `ab_user` of Airflow 2.
    Basic,
    /// Kerberos tickets.
    Kerberos,
    /// Google's OpenID tokens.
    Google,
    /// A module that logs people in to the web interface of 1.10.
    WebOnly(String),
    Unknown(String),
}

impl Method {
    pub(super) fn of(path: &str) -> Self {
        match path {
            "airflow.api.auth.backend.deny_all" => Self::DenyAll,
            "airflow.api.auth.backend.default" => Self::Open,
            "airflow.api.auth.backend.session" | "airflow.providers.fab.auth_manager.api.auth.backend.session" => {
                Self::Session
            }
            "airflow.contrib.auth.backends.password_auth" => Self::Password,
            "airflow.api.auth.backend.basic_auth"
            | "airflow.auth.managers.fab.api.auth.backend.basic_auth"
            | "airflow.providers.fab.auth_manager.api.auth.backend.basic_auth" => Self::Basic,
            "airflow.api.auth.backend.kerberos_auth"
            | "airflow.auth.managers.fab.api.auth.backend.kerberos_auth"
            | "airflow.providers.fab.auth_manager.api.auth.backend.kerberos_auth" => Self::Kerberos,
            "airflow.providers.google.common.auth_backend.google_openid" => Self::Google,
            _ if path.starts_with("airflow.contrib.auth.backends.") => Self::WebOnly(path.to_owned()),
            _ => Self::Unknown(path.to_owned()),
        }
    }

    /// Whether Airflow 1.10 had nothing of that name.
    pub(super) fn is_of_2(path: &str) -> bool {
        path.starts_with("airflow.auth.managers.")
            || path.starts_with("airflow.providers.")
            || matches!(Self::of(path), Self::Basic | Self::Google)
    }

    /// Whether something here does the same.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self, Self::Password | Self::Basic | Self::Kerberos | Self::Google)
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::DenyAll => "`deny_all`".to_owned(),
            Self::Open => "`default`".to_owned(),
            Self::Session => "`session`".to_owned(),
            Self::Password => "`password_auth`".to_owned(),
            Self::Basic => "`basic_auth`".to_owned(),
            Self::Kerberos => "`kerberos_auth`".to_owned(),
            Self::Google => "`google_openid`".to_owned(),
            Self::WebOnly(path) | Self::Unknown(path) => shown(path),
        }
    }
}
