//! Where the API server is, and who we are to it.

use std::path::{Path, PathBuf};

use kube::config::{Context, Kubeconfig, KubeconfigError};
use portcullis_core::{ExposeSecret as _, Invalid};

use super::own_token::OwnToken;
use super::tls::{Trust, pem};
use crate::config::KubernetesConfig;

/// What a kubeconfig, or the pod, says.
pub(crate) struct Access {
    /// kube's reading of it, but for what is below.
    pub(super) config: kube::Config,
    pub(super) token: Option<OwnToken>,
    pub(super) trust: Trust,
}

impl Access {
    /// What the section says; relative paths start at `directory`.
    ///
    /// # Errors
    /// [`Invalid`] names the key, and shows nothing of what is in the files.
    pub(crate) fn of(section: &KubernetesConfig, directory: &Path) -> Result<Self, Invalid> {
        match &section.kubeconfig {
            Some(path) => of_file(&directory.join(path), section.context.as_deref()),
            None => of_pod(),
        }
    }

    /// Where the API server is, to show.
    pub(crate) fn place(&self) -> String {
        let url = &self.config.cluster_url;
        let authority = url.authority().map_or("", |authority| authority.as_str());
        // A kubeconfig might have a password there.
        let authority = authority.rsplit('@').next().unwrap_or_default();
        format!("{}://{authority}", url.scheme_str().unwrap_or_default())
    }
}

fn of_pod() -> Result<Access, Invalid> {
    let mut config = kube::Config::incluster_env().map_err(|error| {
        let problem = format!("this is no pod of a cluster: {error}");
        Invalid::new("kubeconfig", problem).expected("the path of a kubeconfig, outside of a cluster")
    })?;
    let trust = config.root_cert_file.take().map_or(Trust::System, Trust::File);
    config.root_cert = None;
    finish(config, trust, "the pod")
}

/// By the kubeconfig alone. kube's own way from there on looks into the environment for a proxy, and stumbles over what
/// it finds.
fn of_file(path: &Path, context: Option<&str>) -> Result<Access, Invalid> {
    let shown = path.display().to_string();
    let invalid = |problem: &str| {
        let invalid = Invalid::new("kubeconfig", format!("{shown}: {problem}"));
        invalid.expected("a kubeconfig with a cluster and a user")
    };
    // Opening a pipe would wait for its other end.
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err(Invalid::new("kubeconfig", format!("{shown}: not a file")).expected("a kubeconfig"));
    }
    let kubeconfig = Kubeconfig::read_from(path).map_err(|error| match error {
        KubeconfigError::ReadConfig(error, _) => invalid(&error.to_string()),
        // It would show a line, and there may be a secret in that.
        _ => invalid("it is no kubeconfig in YAML"),
    })?;
    let wanted = context.or(kubeconfig.current_context.as_deref());
    let wanted = wanted.ok_or_else(|| invalid("it has no `current-context`, and the section no `context`"))?;
    let named = kubeconfig.contexts.into_iter().find(|named| named.name == wanted);
    let Some(Context { cluster, user, .. }) = named.and_then(|named| named.context) else {
        let problem = format!("it has no context {wanted:?}");
        return Err(match context {
            Some(_) => Invalid::new("context", format!("{shown}: {problem}")).expected("the name of a context"),
            None => invalid(&problem),
        });
    };
    let settings = kubeconfig.clusters.into_iter().find(|named| named.name == cluster);
    let settings = settings.and_then(|named| named.cluster);
    let settings = settings.ok_or_else(|| invalid(&format!("it has no cluster {cluster:?}")))?;
    let identity = match user {
        Some(user) => {
            kubeconfig.auth_infos.into_iter().find(|named| named.name == user).and_then(|named| named.auth_info)
        }
        None => None,
    };
    let identity = identity.ok_or_else(|| invalid("its context has no user that is there"))?;
    if settings.insecure_skip_tls_verify == Some(true) {
        let problem = format!("{shown}: `insecure-skip-tls-verify` would hand every token to who stands between");
        return Err(Invalid::new("kubeconfig", problem).expected("`certificate-authority-data` instead"));
    }
    let server = settings.server.as_deref().ok_or_else(|| invalid("its cluster has no `server`"))?;
    let mut config = kube::Config::new(server.parse().map_err(|_| invalid("its `server` is no URL"))?);
    let proxy = settings.proxy_url.filter(|proxy| !proxy.is_empty()).map(|proxy| proxy.parse()).transpose();
    config.proxy_url = proxy.map_err(|_| invalid("its `proxy-url` is no URL"))?;
    config.tls_server_name = settings.tls_server_name.filter(|name| !name.is_empty());
    config.auth_info = identity;
    let authorities =
        pem(settings.certificate_authority_data.as_deref(), settings.certificate_authority.as_deref()).transpose();
    let authorities = authorities.map_err(|problem| invalid(&format!("its certificate authority: {problem}")))?;
    finish(config, authorities.map_or(Trust::System, Trust::Pem), &shown)
}

/// `shown` is where this stands.
fn finish(mut config: kube::Config, trust: Trust, shown: &str) -> Result<Access, Invalid> {
    let invalid = |problem: &str| Invalid::new("kubeconfig", format!("{shown}: {problem}"));
    let host = config.cluster_url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_this_machine = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    match config.cluster_url.scheme_str() {
        Some("https") => {}
        Some("http") if !is_this_machine => {
            let problem = "the API server is asked over `http`: everybody could read every token";
            return Err(invalid(problem).expected("an `https` URL"));
        }
        Some("http") if config.proxy_url.is_some() => {
            let problem = "the API server is asked over `http`, and through a proxy, which could read every token";
            return Err(invalid(problem).expected("an `https` URL"));
        }
        Some("http") => {}
        _ => return Err(invalid("its `server` is no `https` URL").expected("such as `https://10.0.0.1:6443`")),
    }
    let user = &mut config.auth_info;
    let other = [
        (user.exec.is_some(), "exec"),
        (user.auth_provider.is_some(), "auth-provider"),
        (user.username.is_some() || user.password.is_some(), "username"),
    ];
    if let Some((_, key)) = other.into_iter().find(|(is_there, _)| *is_there) {
        let expected = "`token` or `tokenFile` of a service account, or a client certificate";
        return Err(invalid(&format!("its user has `{key}`, which is not supported")).expected(expected));
    }
    // An inline token has precedence, as in kubectl.
    let token = match (user.token.take(), user.token_file.take()) {
        (Some(token), _) => OwnToken::fixed(token.expose_secret()).map(Some),
        (None, Some(file)) => OwnToken::open(PathBuf::from(file)).map(Some),
        (None, None) => Ok(None),
    };
    let token = token.map_err(|problem| invalid(&problem).expected("a token, or a file with one"))?;
    Ok(Access { config, token, trust })
}
