//! Where the API server is, and who we are to it.

use std::path::{Path, PathBuf};

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use portcullis_core::Invalid;

use super::own_token::OwnToken;
use super::tls::Trust;
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
    finish(config, trust)
}

async fn of_file(path: &Path, context: Option<String>) -> Result<Access, Invalid> {
    let invalid = |error: &KubeconfigError| {
        let problem = format!("{}: {}", path.display(), problem(error));
        match error {
            KubeconfigError::LoadContext(name) if context.as_ref() == Some(name) => {
                Invalid::new("context", problem).expected("the name of a context")
            }
            _ => Invalid::new("kubeconfig", problem).expected("a kubeconfig with a cluster and a user"),
        }
    };
    // Whoever is named in it may be asked for a secret: it must be a file, and not a pipe that waits.
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err(Invalid::new("kubeconfig", format!("{}: not a file", path.display())).expected("a kubeconfig"));
    }
    let kubeconfig = Kubeconfig::read_from(path).map_err(|error| invalid(&error))?;
    let options = KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| invalid(&error))?;
    if config.accept_invalid_certs {
        let problem =
            format!("{}: `insecure-skip-tls-verify` would hand every token to who stands between", path.display());
        return Err(Invalid::new("kubeconfig", problem).expected("`certificate-authority-data` instead"));
    }
    let trust = config.root_cert.take().map_or(Trust::System, Trust::Certificates);
    finish(config, trust)
}

fn finish(mut config: kube::Config, trust: Trust) -> Result<Access, Invalid> {
    let is_plain = config.cluster_url.scheme_str() == Some("http");
    let host = config.cluster_url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_this_machine = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    if is_plain && !is_this_machine {
        let invalid =
            Invalid::new("kubeconfig", "the API server is asked over `http`: everybody could read every token");
        return Err(invalid.expected("an `https` URL"));
    }
    // An inline token has precedence, as in kubectl.
    let file = config.auth_info.token_file.take().filter(|_| config.auth_info.token.is_none());
    let token = file.map(|file| OwnToken::open(PathBuf::from(file))).transpose();
    let token = token.map_err(|problem| Invalid::new("kubeconfig", problem).expected("a file with a token"))?;
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
