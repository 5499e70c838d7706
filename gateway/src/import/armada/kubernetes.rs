//! `kubernetesAuth`

use super::{Backends, not_understood};
use crate::failure::Failure;
use crate::import::draft::{Draft, Mark, shown};
use crate::import::nobody;
use crate::import::yaml::Item;

pub(super) fn write(auth: &Item<'_>, known: &mut Backends, draft: &mut Draft) -> Result<(), Failure> {
    let Some(item) = auth.member("kubernetesAuth")? else { return Ok(()) };
    not_understood(&item.strangers(&["kidMappingFileLocation", "invalidTokenExpiry"])?, draft);
    let Some(mapping) = item.text_of("kidMappingFileLocation")? else { return Ok(()) };
    known.kubernetes = true;
    draft.blank();
    draft.note(
        Mark::Insecure,
        "`kubernetesAuth` trusted whatever certificate authority the caller sent along, so whoever sat between the server and \
         a cluster could vouch for anybody. Here the cluster's own certificate authority counts.",
    );
    draft.note(
        Mark::Insecure,
        "Armada took the token that a cluster gives to every pod, whoever it was made for, and its account was in `everyone`. \
         Better: `audiences = [\"armada\"]`, and give clients tokens for that audience \
         (`kubectl create token NAME --audience armada`, or a projected volume).",
    );
    draft.note(
        Mark::NoEquivalent,
        "callers sent `KubernetesAuth` with token and authority in base64. They send `Bearer TOKEN` now (an executor: its \
         service account's token).",
    );
    draft.note(
        Mark::ToDo,
        &format!(
            "{} names the clusters whose tokens were taken; what is in there, nothing here has read. This entry is for the cluster that \
             the server's pod runs in, and takes nobody's token yet: no cluster has this issuer, nor this audience. If that cluster is one \
             of them, remove `issuers`, and write your own `audiences`, or none. For each other one, and outside of a pod, write an entry \
             with a `name` and a `kubeconfig` of its own, whose account may create tokenreviews (ClusterRole system:auth-delegator):",
            shown(mapping)
        ),
    );
    draft.example("[[backend]]");
    draft.example("kind = \"kubernetes\"");
    draft.example("name = \"blue\"");
    draft.example("kubeconfig = \"blue.kubeconfig\"");
    draft.example("username_prefix = \"blue:\"");
    draft.example("groups_prefix = \"blue:\"");
    draft.header("[[backend]]");
    draft.key("kind", "kubernetes");
    nobody::keys(draft);
    Ok(())
}
