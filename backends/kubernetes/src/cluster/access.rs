//! Where the API server is, and who we are to it.

use std::path::{Path, PathBuf};

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use portcullis_core::{ExposeSecret as _, Invalid};

use super::own_token::OwnToken;
use super::tls::Trust;
use crate::config::KubernetesConfig;

/// Stands for no proxy. Nobody is ever asked for it.
const NO_PROXY: &str = "http://no-proxy.invalid";

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
    pub(crate) async fn of(section: &KubernetesConfig, directory: &Path) -> Result<Self, Invalid> {
        match &section.kubeconfig {
            Some(path) => of_file(&directory.join(path), section.context.clone()).await,
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
    let trust = match config.root_cert_file.take() {
        Some(file) => Trust::File(file),
        None => Trust::Certificates(config.root_cert.take().unwrap_or_default()),
    };
    finish(config, trust, "the pod")
}

async fn of_file(path: &Path, context: Option<String>) -> Result<Access, Invalid> {
    let shown = path.display().to_string();
    let invalid = |error: &KubeconfigError| {
        let problem = format!("{shown}: {}", problem(error));
        match error {
            KubeconfigError::LoadContext(name) if context.as_ref() == Some(name) => {
                Invalid::new("context", problem).expected("the name of a context")
            }
            _ => Invalid::new("kubeconfig", problem).expected("a kubeconfig with a cluster and a user"),
        }
    };
    // Opening a pipe would wait for its other end.
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err(Invalid::new("kubeconfig", format!("{shown}: not a file")).expected("a kubeconfig"));
    }
    let mut kubeconfig = Kubeconfig::read_from(path).map_err(|error| invalid(&error))?;
    let wanted = context.as_ref().or(kubeconfig.current_context.as_ref());
    let cluster = kubeconfig.contexts.iter().find(|named| Some(&named.name) == wanted);
    let cluster = cluster.and_then(|named| named.context.as_ref()).map(|context| context.cluster.clone());
    let mut own_proxy = None;
    for named in &mut kubeconfig.clusters {
        let Some(settings) = &mut named.cluster else { continue };
        // kube would take the environment's, for what is in no file, and whatever `NO_PROXY` says.
        let proxy = settings.proxy_url.replace(NO_PROXY.to_owned());
        if Some(&named.name) == cluster.as_ref() {
            own_proxy = proxy.filter(|proxy| !proxy.is_empty());
        }
    }
    let options = KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| invalid(&error))?;
    config.proxy_url = match own_proxy.map(|proxy| proxy.parse()).transpose() {
        Ok(proxy) => proxy,
        Err(error) => return Err(invalid(&KubeconfigError::ParseProxyUrl(error))),
    };
    if config.accept_invalid_certs {
        let problem = format!("{shown}: `insecure-skip-tls-verify` would hand every token to who stands between");
        return Err(Invalid::new("kubeconfig", problem).expected("`certificate-authority-data` instead"));
    }
    let trust = config.root_cert.take().map_or(Trust::System, Trust::Certificates);
    finish(config, trust, &shown)
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

/// What is wrong with a kubeconfig, without a line of it: there may be a secret in that.
fn problem(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::CurrentContextNotSet => "it has no `current-context`, and the section no `context`".to_owned(),
        KubeconfigError::LoadContext(name) => format!("it has no context {name:?}"),
        KubeconfigError::LoadClusterOfContext(name) => format!("it has no cluster {name:?}"),
        KubeconfigError::MissingClusterUrl => "its cluster has no `server`".to_owned(),
        KubeconfigError::ParseClusterUrl(_) => "its `server` is no URL".to_owned(),
        KubeconfigError::ParseProxyUrl(_) => "its `proxy-url` is no URL".to_owned(),
        KubeconfigError::LoadCertificateAuthority(_) => "its certificate authority cannot be read".to_owned(),
        KubeconfigError::ParseCertificates(_) => "its certificate authority is not PEM".to_owned(),
        KubeconfigError::ReadConfig(error, _) => error.to_string(),
        KubeconfigError::Parse(_) => "it is no kubeconfig in YAML".to_owned(),
        _ => "it cannot be used".to_owned(),
    }
}
