//! A shell with `kubectl` and curl, in which somebody types what the documents say.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portcullis_testbed::{Cluster, Program, Site, kubectl, repository, shows};

use crate::scene::{SOON, file};

/// Where the documents have the server.
const DOCUMENTED: &str = "localhost:2746";

/// `create token` is newer than Debian's `kubectl`, which asks for the same thing by hand.
const KUBECTL: &str = r#"#!/usr/bin/env bash
set -euo pipefail
if [ "$*" = "create token ${3-}" ]; then
    answer=$("$REAL_KUBECTL" create --raw "/api/v1/namespaces/argo/serviceaccounts/$3/token" -f - <<<'{"spec":{}}')
    token=${answer##*\"token\":\"}
    echo "${token%%\"*}"
else
    exec "$REAL_KUBECTL" "$@"
fi
"#;

/// Nothing of the environment counts, and the status is shown too.
const CURLRC: &str = "silent\nshow-error\nnoproxy = *\nwrite-out = \"\\n%{http_code}\\n\"\n";

/// A directory with the example's folder and a kubeconfig of the cluster's administrator. Variables stay from one script to the next.
pub(crate) struct Shell {
    site: Site,
    program: Option<Program>,
    /// In place of the server's address, if there is something before it.
    address: Option<String>,
}

impl Shell {
    pub(crate) fn new(cluster: &Cluster) -> Self {
        let site = Site::new(&file("portcullis.toml"));
        site.write("server.toml", &file("server.toml"));
        let (folder, example) = (site.directory(), repository().join("examples/argo"));
        for name in ["bin", "examples"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        symlink("..", folder.join("examples/argo")).unwrap();
        std::fs::copy(example.join("crds.yaml"), folder.join("crds.yaml")).unwrap();
        std::fs::copy(cluster.kubeconfig(), folder.join("kubeconfig")).unwrap();
        std::fs::write(folder.join("variables"), "").unwrap();
        std::fs::write(folder.join(".curlrc"), CURLRC).unwrap();
        std::fs::write(folder.join("bin/kubectl"), KUBECTL).unwrap();
        std::fs::set_permissions(folder.join("bin/kubectl"), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { site, program: None, address: None }
    }

    /// Starts the example, in place of the one before, and says what it shows.
    pub(crate) fn start(&mut self, arguments: &[&str]) -> String {
        self.program = None;
        let config = arguments.get(1).map_or("examples/argo/portcullis.toml", |config| config);
        let site = Site::new(&std::fs::read_to_string(self.site.path(config)).unwrap());
        let kubeconfig = std::fs::read_to_string(self.site.path("cluster.kubeconfig")).unwrap();
        site.write("cluster.kubeconfig", &kubeconfig);
        let program = site.example("example-argo");
        let shown = program.log().replace(&program.address().to_string(), "127.0.0.1:2746");
        self.program = Some(program);
        shown
    }

    pub(crate) fn program(&self) -> &Program {
        self.program.as_ref().expect("it was started")
    }

    /// Has the commands go to another address, which stands before the server's.
    pub(crate) fn goes_to(&mut self, address: &str) {
        self.address = Some(address.to_owned());
    }

    /// What the commands write.
    pub(crate) fn run(&self, script: &str) -> Result<String, String> {
        let address = self.address.clone().or_else(|| Some(self.program.as_ref()?.address().to_string()));
        let script = script.replace(DOCUMENTED, address.as_deref().unwrap_or(DOCUMENTED));
        let around = format!("exec 2>&1\nsource variables\n{script}\ndeclare -p ARGO_TOKEN >variables 2>&- || true\n");
        let folder = self.site.directory();
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &around]).current_dir(folder).env("HOME", folder);
        bash.env("KUBECONFIG", folder.join("kubeconfig")).env("REAL_KUBECTL", kubectl());
        bash.env("CURL_CA_BUNDLE", folder.join("ca.pem"));
        bash.env("PATH", format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap()));
        let output = bash.stdin(Stdio::null()).output().expect("bash can be run");
        self.watch_for(&folder.join("variables"));
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(shown) } else { Err(format!("{script}\n{shown}\n{}", output.status)) }
    }

    /// The same, again and again until it shows this.
    #[track_caller]
    pub(crate) fn run_until(&self, script: &str, expected: &str) {
        let began = Instant::now();
        while let Err(problem) = self.run(script).and_then(|shown| shows(&shown, expected)) {
            assert!(began.elapsed() < SOON, "{script}: not within {SOON:?}: {problem}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Puts a file there whose lines are no secrets.
    pub(crate) fn write(&self, name: &str, text: &str) {
        self.site.write(name, text);
    }

    /// No program may write down the token that is in this file.
    fn watch_for(&self, variables: &Path) {
        let text = std::fs::read_to_string(variables).unwrap();
        let token = text.trim().trim_start_matches("declare -- ARGO_TOKEN=").trim_matches('"');
        let token = token.trim_start_matches("Bearer ");
        if let Some(program) = self.program.as_ref().filter(|_| !token.is_empty()) {
            program.watch_for(token);
        }
    }
}
