use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::access_review::digest::Digester;

fn prefixes(username: &str, groups: &str) -> Prefixes {
    Prefixes { username: username.to_owned(), groups: groups.to_owned() }
}

const LIST: Action<'_> = Action::new("list", "pods").namespace("argo");

#[test]
fn a_caller_of_the_cluster_is_asked_about_as_the_cluster_knows_it() {
    let alice = Principal::builder("b:system:serviceaccount:argo:alice")
        .groups(["g:system:serviceaccounts", "added-by-a-directory", "g:", "g:ops"])
        .claim("uid", "7")
        .claim("extra", json!({ "authentication.kubernetes.io/pod-name": ["p", "q"], "empty": [] }))
        .claim("namespace", "argo")
        .build();
    let action =
        Action::new("patch", "workflows").group("argoproj.io").subresource("status").namespace("argo").name("x");
    let question = Question::about_own(&alice, &prefixes("b:", "g:"), &action).unwrap();
    assert_eq!(
        serde_json::to_value(question.review()).unwrap(),
        json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {},
            "spec": {
                "user": "system:serviceaccount:argo:alice", "uid": "7", "groups": ["system:serviceaccounts", "ops"],
                "extra": { "authentication.kubernetes.io/pod-name": ["p", "q"], "empty": [] },
                "resourceAttributes": {
                    "verb": "patch", "group": "argoproj.io", "resource": "workflows", "subresource": "status",
                    "namespace": "argo", "name": "x",
                },
            },
        })
    );
}

#[test]
fn a_url_is_asked_about_by_its_path() {
    let alice = Principal::builder("alice").build();
    let question = Question::about_own(&alice, &Prefixes::default(), &Action::url("get", "/metrics")).unwrap();
    let spec = serde_json::to_value(question.review()).unwrap()["spec"].take();
    assert_eq!(spec, json!({ "user": "alice", "nonResourceAttributes": { "verb": "get", "path": "/metrics" } }));
}

#[test]
fn of_a_mapped_caller_nothing_is_told_but_the_account() {
    let account = Account { user: "server".to_owned(), groups: vec!["system:authenticated".to_owned()] };
    let spec = serde_json::to_value(Question::about(&account, &LIST).unwrap().review()).unwrap()["spec"].take();
    assert_eq!((&spec["user"], &spec["groups"]), (&json!("server"), &json!(["system:authenticated"])));
    assert_eq!(spec.as_object().unwrap().keys().collect::<Vec<_>>(), ["groups", "resourceAttributes", "user"]);
}

#[test]
fn about_a_caller_whom_the_cluster_did_not_describe_so_it_is_not_asked() {
    let own = |principal: Principal| Question::about_own(&principal, &prefixes("b:", ""), &LIST).is_some();
    assert!(own(Principal::builder("b:alice").build()));
    assert!(!own(Principal::builder("alice").build()), "without the prefix");
    assert!(!own(Principal::builder("b:").build()), "nothing after the prefix");
    for extra in [json!("x"), json!(["x"]), json!({ "x": "y" }), json!({ "x": ["y", 1] }), json!(null)] {
        assert!(!own(Principal::builder("b:alice").claim("extra", extra.clone()).build()), "{extra}");
    }
    assert!(!own(Principal::builder("b:alice").claim("uid", 7).build()));
}

#[test]
fn only_what_the_caller_may_make_up_counts_as_attributes() {
    let alice = Principal::builder("alice").group("a-group-of-some-length").build();
    let bytes =
        |action: &Action<'_>| Question::about_own(&alice, &Prefixes::default(), action).unwrap().attribute_bytes();
    assert_eq!(bytes(&Action::new("1", "22").group("333").subresource("4444").namespace("55555").name("666666")), 21);
    assert_eq!(bytes(&Action::url("get", "/metrics")), 11);
}

/// All that a question is made of, owned: parts from so small an alphabet that neighbours are often alike.
#[derive(Clone, Debug)]
struct Parts {
    user: String,
    uid: String,
    groups: Vec<String>,
    extra: Vec<(String, Vec<String>)>,
    attributes: [String; 6],
    is_url: bool,
}

impl Parts {
    fn question(&self) -> Question<'_> {
        let [verb, group, resource, subresource, namespace, name] = &self.attributes;
        let action = match self.is_url {
            true => Action::url(verb, resource),
            false => Action::new(verb, resource).group(group).subresource(subresource).namespace(namespace).name(name),
        };
        Question {
            user: &self.user,
            uid: &self.uid,
            groups: self.groups.iter().map(String::as_str).collect(),
            extra: self
                .extra
                .iter()
                .map(|(key, values)| (key.as_str(), values.iter().map(String::as_str).collect()))
                .collect(),
            verb,
            target: Target::of(&action).unwrap(),
        }
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    // The words of the encoding itself, and what lengths look like.
    let text = || prop_oneof![4 => "[ab]{0,2}", 1 => "(extra|value|group|resource|url|\0|\u{5}){0,2}"];
    let texts = move || prop::collection::vec(text(), 0..3);
    let extra = prop::collection::btree_map(text(), texts(), 0..3);
    let attributes = prop::array::uniform6(text());
    (text(), text(), texts(), extra, attributes, any::<bool>()).prop_map(
        |(user, uid, groups, extra, attributes, is_url)| Parts {
            user,
            uid,
            groups,
            extra: extra.into_iter().collect(),
            attributes,
            is_url,
        },
    )
}

/// Two questions that differ little: the second is the first with some of its parts swapped for others.
fn pairs() -> impl Strategy<Value = (Parts, Parts)> {
    (parts(), parts(), any::<u8>()).prop_map(|(one, other, which)| {
        let pick = |bit: u8| which & (1 << bit) == 0;
        let mut mixed = one.clone();
        if pick(0) {
            mixed.user.clone_from(&other.user)
        }
        if pick(1) {
            mixed.uid.clone_from(&other.uid)
        }
        if pick(2) {
            mixed.groups.clone_from(&other.groups)
        }
        if pick(3) {
            mixed.extra.clone_from(&other.extra)
        }
        if pick(4) {
            mixed.attributes.clone_from(&other.attributes)
        }
        if pick(5) {
            mixed.attributes.reverse()
        }
        if pick(6) {
            mixed.is_url = other.is_url
        }
        if pick(7) {
            mixed.groups.iter_mut().for_each(|group| std::mem::swap(group, &mut mixed.user))
        }
        (one, mixed)
    })
}

fn bytes(question: &Question<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    question.encode(|part| bytes.extend_from_slice(part));
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn two_reviews_that_differ_have_different_keys_and_equal_ones_the_same((one, other) in pairs()) {
        let (one, other) = (one.question(), other.question());
        let digester = Digester::new().unwrap();
        let is_same = one.review().spec == other.review().spec;
        prop_assert_eq!(bytes(&one) == bytes(&other), is_same);
        prop_assert_eq!(digester.digest(&one) == digester.digest(&other), is_same);
    }
}

#[test]
fn parts_that_are_the_same_when_joined_have_different_keys() {
    let url = |groups: &[&'static str], extra: &[(&'static str, &[&'static str])]| Question {
        user: "alice",
        uid: "",
        groups: groups.to_vec(),
        extra: extra.iter().map(|(key, values)| (*key, values.to_vec())).collect(),
        verb: "get",
        target: Target::Url(""),
    };
    let action = Action::new("get", "group").subresource("a").namespace("group").name("b");
    let all = [
        url(&["ab"], &[]),
        url(&["a", "b"], &[]),
        url(&["b"], &[("a", &[])]),
        url(&["extra", "a"], &[]),
        url(&[], &[("ab", &[])]),
        url(&[], &[("a", &["b"])]),
        url(&[], &[("a", &[]), ("b", &[])]),
        url(&[], &[("a", &["extra", "b"])]),
        url(&[], &[("a", &["group", "b"])]),
        Question { target: Target::of(&action).unwrap(), ..url(&[], &[]) },
    ];
    let keys: std::collections::HashSet<_> = all.iter().map(bytes).collect();
    assert_eq!(keys.len(), all.len());
}
