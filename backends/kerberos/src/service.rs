//! Whose tickets are accepted.

use std::fmt;

use crate::principal_name::PrincipalName;

/// A service, or one of its principals: `HTTP`, `HTTP/web.example.test`,
/// `HTTP/web.example.test@EXAMPLE.TEST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    kind: String,
    host: Option<String>,
    realm: Option<String>,
}

impl Service {
    pub(crate) const EXPECTED: &'static str = "a service like `HTTP`, or a principal like `HTTP/host.example`";

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, realm) = match text.split_once('@') {
            Some((name, realm)) => (name, Some(realm)),
            None => (text, None),
        };
        let (kind, host) = match name.split_once('/') {
            Some((kind, host)) => (kind, Some(host)),
            None => (name, None),
        };
        let is_plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"/@\\".contains(&b));
        let parts = [Some(kind), host, realm];
        // A realm alone would be a user's name.
        let is_good = parts.into_iter().flatten().all(is_plain) && (realm.is_none() || host.is_some());
        is_good.then(|| Self { kind: kind.to_owned(), host: host.map(str::to_owned), realm: realm.map(str::to_owned) })
    }

    /// What is in front of the slash.
    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether one principal is meant, and not all of the service.
    pub(crate) fn is_one_host(&self) -> bool {
        self.host.is_some()
    }

    /// Whether a principal of the keytab, or the one that a ticket was for, is meant.
    pub(crate) fn covers(&self, name: &PrincipalName) -> bool {
        let Some((kind, host)) = name.without_realm().split_once('/') else { return false };
        kind == self.kind
            && !host.contains('/')
            && self.host.as_ref().is_none_or(|own| own == host)
            && self.realm.as_ref().is_none_or(|own| own == name.realm())
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.host.as_deref().unwrap_or("*"))?;
        self.realm.as_ref().map_or(Ok(()), |realm| write!(f, "@{realm}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_covers_its_principals_and_no_other() {
        let names = ["HTTP/a@R", "HTTP/b@R", "HTTP/a@S", "http/a@R", "HTTP@R", "host/a@R", "HTTP/a/b@R"];
        for (service, covered) in [
            ("HTTP", &["HTTP/a@R", "HTTP/b@R", "HTTP/a@S"][..]),
            ("HTTP/a", &["HTTP/a@R", "HTTP/a@S"]),
            ("HTTP/a@R", &["HTTP/a@R"]),
            ("airflow", &[]),
        ] {
            let service = Service::parse(service).unwrap();
            let are: Vec<&str> = names
                .into_iter()
                .filter(|name| service.covers(&PrincipalName::parse((*name).to_owned()).unwrap()))
                .collect();
            assert_eq!(are, covered, "{service}");
        }
    }

    #[test]
    fn what_is_no_service_is_refused() {
        for text in
            ["", "/", "HTTP/", "/a", "HTTP@R", "HTTP/a@", "HTTP/a/b", "HTTP/a@R@S", "HT TP", "HTTP/\u{e9}", r"HTTP/a\b"]
        {
            assert_eq!(Service::parse(text), None, "{text}");
        }
    }
}
