//! The command line of Argo's server, and the ConfigMap of its controller.

use crate::cli::{AuthMode, ImportArgoArgs};
use crate::failure::Failure;
use crate::import::draft::{Draft, Mark, Value, table};
use crate::import::nobody;
use crate::import::source::Source;

mod configmap;
mod sso;

use self::configmap::ConfigMap;
use self::sso::Sso;

/// The namespace in Argo's manifests.
const NAMESPACE: &str = "argo";

/// What the server said to whom it did not know.
const MESSAGE: &str = "token not valid. see https://argo-workflows.readthedocs.io/en/latest/faq/";

/// What a request needs, and who may ask for what no cluster has roles for.
const ROUTES: &str = include_str!("argo/routes.toml");

/// Who may ask for that: everybody who gets in.
const CALLERS: &str = "subjects = [\"everyone\"]";

/// What these modes are, as a config file.
pub(super) fn import(args: &ImportArgoArgs, configmap: Option<Source>) -> Result<Draft, Failure> {
    let has = |mode| args.auth_mode.contains(&mode);
    let configmap = configmap.map(ConfigMap::read).transpose()?;
    let modes: Vec<_> = args.auth_mode.iter().map(|mode| format!("--auth-mode {mode}")).collect();
    let mut draft = Draft::made_from("Argo's server", &modes.join(" "));
    let namespace = configmap.as_ref().and_then(|map| map.namespace.as_deref()).unwrap_or(NAMESPACE);
    let server = args.server_account.as_ref().map(|account| format!("system:serviceaccount:{}", account.as_str()));
    let server = server.as_deref();
    let sso = match (has(AuthMode::Sso), &configmap, &args.audience) {
        (true, Some(map), _) => Some(Sso::read(map)?),
        (true, None, _) => {
            let remedy = "kubectl -n argo get configmap workflow-controller-configmap -o yaml";
            return Err(Failure::Usage(format!(
                "`--auth-mode sso` needs the file with the `sso` of the controller, as the last argument: {remedy}"
            )));
        }
        (false, _, Some(_)) => return Err(Failure::Usage("`--audience` is for `--auth-mode sso`".to_owned())),
        (false, _, None) => None,
    };
    let known = Backends {
        client: has(AuthMode::Client),
        server: has(AuthMode::Server),
        sso: sso.as_ref().filter(|_| args.audience.is_some()),
    };
    if known.is_empty() {
        draft.blank();
        draft.comment("Nobody gets in.");
        draft.header("[[backend]]");
        draft.key("kind", "deny-all");
    } else {
        cluster(args, &known, server, &mut draft);
    }
    if let Some(sso) = &sso {
        sso.write(namespace, server, args.audience.as_deref(), &mut draft);
    }
    if known.server {
        anonymous(server, &mut draft);
    }
    if known.is_empty() {
        response(&mut draft);
        return Ok(draft);
    }
    draft.blank();
    draft.comment(
        "Argo's web interface sends the token that somebody logged in with as the cookie `authorization`. If another site's \
         page has a browser send it, the request is refused. Without the interface, remove this.",
    );
    draft.header("[request]");
    draft.key("cookie", "authorization");
    response(&mut draft);
    webhooks(namespace, &mut draft);
    routes(&known, &mut draft);
    Ok(draft)
}

/// The backends that are written.
struct Backends<'a> {
    client: bool,
    server: bool,
    sso: Option<&'a Sso>,
}

impl Backends<'_> {
    fn is_empty(&self) -> bool {
        !(self.client || self.server || self.sso.is_some())
    }

    /// Those whose callers Argo let in as somebody of the cluster. Under `rbac`, whom no rule fits is nobody there.
    fn with_accounts(&self) -> Vec<Value> {
        let backends = [("kubernetes", self.client), ("anonymous", self.server)];
        backends
            .into_iter()
            .filter(|(_, is_there)| *is_there)
            .map(|(name, _)| table([("backend", name.into())]))
            .collect()
    }
}

fn response(draft: &mut Draft) {
    draft.blank();
    draft.header("[response]");
    draft.key("message", MESSAGE);
}

/// What is denied before the cluster is asked, and who may ask for what the cluster knows nothing of.
fn routes(known: &Backends<'_>, draft: &mut Draft) {
    draft.blank();
    draft.comment(
        "What a request needs, in the terms of the cluster's roles. What stands in no route is denied: for anything else that this \
         service has, add a route.",
    );
    draft.blank();
    if !known.sso.is_some_and(|sso| sso.has_rules) {
        draft.verbatim(ROUTES);
        return;
    }
    for line in ROUTES.lines() {
        if line == CALLERS {
            draft.comment("Those of `sso` who act as an account: name them here as in `act_as`.");
            draft.key("subjects", Value::List(known.with_accounts()));
        } else {
            draft.verbatim(line);
        }
    }
}

/// Where those go who sign what they send.
fn webhooks(namespace: &str, draft: &mut Draft) {
    draft.blank();
    draft.comment(
        "Webhooks: if the namespace has a Secret `argo-workflows-webhook-clients`, mount it, and add this section, one for each \
         namespace, each with a `name` of its own:",
    );
    draft.example("[[webhook]]");
    draft.example(&format!("path = \"/api/v1/events/{namespace}/{{discriminator}}\""));
    draft.example("clients_dir = \"webhook-clients\"");
    draft.comment("Each of its clients is a service account, which an entry of `act_as` above says:");
    draft.example(&format!(
        "{{ backend = \"webhook\", user = \"github.com\", as = \"system:serviceaccount:{namespace}:github.com\" }}"
    ));
}

/// All callers of a backend, as an account of the cluster.
fn acting(backend: &str, account: &str) -> Value {
    table([("backend", backend.into()), ("everyone", true.into()), ("as", account.into())])
}

/// The cluster: it verifies tokens, in the mode `client`, and decides who may do what.
fn cluster(args: &ImportArgoArgs, known: &Backends<'_>, server: Option<&str>, draft: &mut Draft) {
    draft.blank();
    if known.client {
        draft.comment(
            "`client`: Kubernetes tokens, and what their accounts may do by the cluster's RBAC. A kubeconfig in base64 is taken as \
             well, for the token in it.",
        );
        draft.note(
            Mark::Insecure,
            "Argo did not verify a token itself: `/api/v1/info` and the like answered to any. Here every token is verified first.",
        );
        draft.note(
            Mark::Insecure,
            "a token for the API server is taken, as Argo's documents have clients send it, and this service could use it \
             against the cluster. Better: add `audiences = [\"argo-server\"]`, and `kubectl create token NAME --audience argo-server`.",
        );
        draft.note(
            Mark::NoEquivalent,
            "user names with passwords (gone from Kubernetes in 1.19), client certificates and `exec` plugins in a kubeconfig are refused.",
        );
    } else {
        draft.comment(
            "The cluster is asked what callers may do. Without the mode `client`, its own tokens get nobody in: no cluster has this \
             issuer, nor this audience.",
        );
    }
    if server.is_none() && (known.server || known.sso.is_some_and(|sso| !sso.has_rules)) {
        draft.note(
            Mark::ToDo,
            "say as which account of the cluster Argo's server ran, and import again with `--server-account NAMESPACE:NAME` \
             (`argo:argo-server` in Argo's manifests). Until then, whoever acted as the server may do nothing in the cluster.",
        );
    }
    match &args.kubeconfig {
        Some(_) => draft.comment("Its account needs the ClusterRole system:auth-delegator."),
        None => draft.note(
            Mark::ToDo,
            "the pod's own cluster and account are used: bind that account to the ClusterRole system:auth-delegator. Outside of a \
             pod, import with `--kubeconfig FILE`.",
        ),
    }
    draft.header("[[backend]]");
    draft.key("kind", "kubernetes");
    if let Some(kubeconfig) = &args.kubeconfig {
        draft.key("kubeconfig", kubeconfig.display().to_string());
    }
    if known.client {
        draft.key("accept_kubeconfig", true);
        draft.comment("For tokens that are no JWT (static ones, those of webhooks):");
        draft.comment("default = true");
    } else {
        nobody::keys(draft);
    }
    draft.blank();
    draft.header("[backend.access_review]");
    let mut act_as = Vec::new();
    if let Some(server) = server {
        if known.sso.is_some_and(|sso| !sso.has_rules) {
            act_as.push(acting("sso", server));
        }
        if known.server {
            act_as.push(acting("anonymous", server));
        }
    }
    if !act_as.is_empty() {
        draft.key("act_as", Value::List(act_as));
    }
}

fn anonymous(server: Option<&str>, draft: &mut Draft) {
    draft.blank();
    draft.note(
        Mark::Insecure,
        &format!(
            "`server`: with `act_as`, whoever can reach the port may do what Argo's server itself may in the cluster{}: run any \
             workflow, and with it any container. Remove this entry and its `act_as`, unless nobody else can reach the port.",
            server.map(|server| format!(" ({server})")).unwrap_or_default()
        ),
    );
    draft.comment("Whoever presents a credential is verified; a bad one is refused, and never anonymous.");
    draft.header("[[backend]]");
    draft.key("kind", "anonymous");
}

#[cfg(test)]
mod tests;
