//! Argo's document "Access Token", word for word: with `https`, which a proxy before the example speaks.

use portcullis_testbed::{Authority, Cluster, Faults};

use crate::readme::try_out;
use crate::shell::Shell;

const BEFORE: [&str; 4] = [
    "kubectl create role jenkins --verb=list,update --resource=workflows.argoproj.io",
    "kubectl create sa jenkins",
    "kubectl create rolebinding jenkins --role=jenkins --serviceaccount=argo:jenkins",
    "kubectl apply -f - <<EOF
apiVersion: v1
kind: Secret
metadata:
  name: jenkins.service-account-token
  annotations:
    kubernetes.io/service-account.name: jenkins
type: kubernetes.io/service-account-token
EOF",
];

const TOKEN: &str = "ARGO_TOKEN=\"Bearer $(kubectl get secret jenkins.service-account-token -o=jsonpath='{.data.token}' | base64 --decode)\"
echo $ARGO_TOKEN";

const WORKFLOWS: &str = "curl https://localhost:2746/api/v1/workflows/argo -H \"Authorization: $ARGO_TOKEN\"";
const TEMPLATES: &str = "curl https://localhost:2746/api/v1/workflow-templates/argo -H \"Authorization: $ARGO_TOKEN\"";

#[test]
fn the_access_token_document_holds_behind_a_proxy_that_speaks_tls() {
    let cluster = Cluster::start();
    let mut shell = Shell::new(&cluster);
    try_out(&cluster, &mut shell, &["A cluster"]);
    let authority = Authority::default();
    let proxy = Faults::before_tls(&shell.program().url(""), &authority, &["localhost"]);
    shell.write("ca.pem", &authority.pem());
    shell.goes_to(&format!("localhost:{}", proxy.address().port()));

    BEFORE.iter().for_each(|command| drop(shell.run(command).unwrap()));
    // Here, there are no controllers.
    drop(cluster.secret_token("argo", "jenkins", "jenkins.service-account-token"));
    shell.run_until(TOKEN, "Bearer ey…");
    shell.run_until(WORKFLOWS, "\n200");
    shell.run_until(TEMPLATES, "{\"code\":7,\"message\":\"list workflowtemplates.argoproj.io…is forbidden\"}\n403");
    shell.run("SECRET=jenkins.service-account-token\nkubectl delete secret $SECRET").unwrap();
    shell.run_until(WORKFLOWS, "{\"code\":16,…}\n401");
    assert!(proxy.count("/api/v1/workflows/argo") >= 2);
}
