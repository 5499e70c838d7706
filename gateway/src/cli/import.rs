//! The command line of `import`.

use std::fmt;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use portcullis::config::ServiceAccount;

/// Print the configuration of Airflow, Armada or Argo as a config file
///
/// The file goes to stdout, with comments: what was INSECURE, what has NO EQUIVALENT, what was NOT
/// UNDERSTOOD, and what is still TO DO. Where something cannot be said the same way, or does not show
/// in what was read, callers are kept out rather than let in. What stands in no route of the file is
/// denied. `check` passes it once the files that it names are there.
///
///     portcullis import airflow airflow.cfg > portcullis.toml
///     portcullis check portcullis.toml
///
/// Nothing is contacted. Passwords become hashes; no other secret is taken over or shown.
#[derive(Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum ImportCommand {
    /// From an airflow.cfg: `[api] auth_backend` or `auth_backends`, `[kerberos]`
    Airflow(ImportAirflowArgs),
    /// From the config.yaml of Armada's server, or the values of its Helm chart
    Armada(ImportArmadaArgs),
    /// From the command line of Argo's server, and the ConfigMap of its controller
    Argo(ImportArgoArgs),
}

/// The arguments of `import airflow`.
#[derive(Args)]
pub(crate) struct ImportAirflowArgs {
    /// The airflow.cfg; `-` is stdin.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The version of Airflow: 1.10 asked nobody for a role, 2 does. Default: 1.10 if the file names what it alone had.
    #[arg(long, value_name = "VERSION")]
    pub(crate) airflow_version: Option<AirflowVersion>,
}

/// The versions of Airflow that differ in what they ask of a caller.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AirflowVersion {
    /// Whoever gets in may do everything
    #[value(name = "1.10")]
    V1_10,
    /// Users have roles
    #[value(name = "2")]
    V2,
}

/// The arguments of `import armada`.
#[derive(Args)]
pub(crate) struct ImportArmadaArgs {
    /// The config.yaml; `-` is stdin.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write users and hashes into this new file, for its owner alone.
    ///
    /// A relative path is relative to the config file, too. Default: they are in the config file.
    #[arg(long, value_name = "FILE")]
    pub(crate) users_file: Option<PathBuf>,
}

/// The arguments of `import argo`.
#[derive(Args)]
pub(crate) struct ImportArgoArgs {
    /// What `argo server` was started with. May be given several times.
    #[arg(long, value_name = "MODE", default_values = ["client"])]
    pub(crate) auth_mode: Vec<AuthMode>,

    /// The kubeconfig by which the cluster is to be asked. Default: the pod's own account.
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// The account of Argo's server, for those who act as it. Default: none, and then they may do nothing in the cluster.
    #[arg(long, value_name = "NAMESPACE:NAME", value_parser = service_account)]
    pub(crate) server_account: Option<ServiceAccount>,

    /// Whom the provider's access tokens are for, in the mode `sso`. Default: none, and then nobody gets in by a token of the
    /// provider. Whoever has such a token gets in, programs too.
    #[arg(long, value_name = "AUDIENCE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) audience: Option<String>,

    /// The ConfigMap workflow-controller-configmap, as YAML; `-` is stdin. The mode `sso` needs it.
    #[arg(value_name = "CONFIGMAP")]
    pub(crate) configmap: Option<PathBuf>,
}

/// A mode of Argo's server.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthMode {
    /// Kubernetes tokens of the clients
    Client,
    /// The server's own account, for everybody
    Server,
    /// An OpenID provider
    Sso,
}

impl fmt::Display for AuthMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Sso => "sso",
        })
    }
}

fn service_account(text: &str) -> Result<ServiceAccount, String> {
    ServiceAccount::parse(text).ok_or_else(|| "not a namespace and a name, such as `argo:argo-server`".to_owned())
}
