use portcullis_core::{Action, ActionTarget};

use super::*;

#[test]
fn a_word_fits_itself_and_a_star_what_follows() {
    for (pattern, word, expected) in [
        ("get", "get", true),
        ("get", "Get", false),
        ("get", "gets", false),
        ("get", "", false),
        ("get*", "get", true),
        ("get*", "gets", true),
        ("get*", "ge", false),
        ("*", "", true),
        ("*", "*", true),
        ("a*", "a*", true),
        ("é*", "été", true),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap().fits(word), expected, "{pattern} {word}");
    }
}

#[test]
fn what_cannot_be_meant_is_no_pattern() {
    let long = "a".repeat(MAX_LEN + 1);
    for text in ["", " ", " a", "a ", "*a", "a*b", "**", "a**", "a\0", "a\nb", "\u{85}a", &long] {
        assert_eq!(Pattern::parse(text), None, "{text:?}");
    }
    assert!(Pattern::parse(&long[1..]).is_some());
    assert!(Pattern::parse("my pool").is_some());
}

fn fits(pattern: &str, action: Action<'_>) -> bool {
    let ActionTarget::Resource(asked) = action.target() else { panic!("{action}") };
    ResourcePattern::parse(pattern).unwrap_or_else(|| panic!("{pattern}")).fits(&asked)
}

/// The table of the documentation.
#[test]
fn a_resource_fits_as_its_table_says() {
    let core = Action::new("get", "workflows");
    let argo = core.group("argoproj.io");
    let of_both = |action: Action<'static>| [action, action.subresource("status")];
    let [core, core_status] = of_both(core);
    let [argo, argo_status] = of_both(argo);
    let other = Action::new("get", "pods").subresource("log");
    // In this order.
    let actions = [core, core_status, argo, argo_status, other];
    for (pattern, expected) in [
        ("*", [1, 1, 1, 1, 1]),
        ("workflows", [1, 0, 0, 0, 0]),
        ("workflows/status", [0, 1, 0, 0, 0]),
        ("workflows.argoproj.io", [0, 0, 1, 0, 0]),
        ("workflows.argoproj.io/status", [0, 0, 0, 1, 0]),
        ("workflows.argoproj", [0, 0, 0, 0, 0]),
        ("workflows/*", [0, 1, 0, 0, 0]),
        ("workflows.argoproj.io/*", [0, 0, 0, 1, 0]),
        ("work*", [1, 0, 0, 0, 0]),
        ("work*.argoproj.io", [0, 0, 1, 0, 0]),
        ("work*/status", [0, 1, 0, 0, 0]),
        ("work*.argoproj.io/*", [0, 0, 0, 1, 0]),
        ("*.argoproj.io", [0, 0, 1, 1, 0]),
        ("*.argoproj.io/*", [0, 0, 0, 1, 0]),
        ("*.argoproj.io/log", [0, 0, 0, 0, 0]),
        ("*/status", [0, 1, 0, 1, 0]),
        ("*/log", [0, 0, 0, 0, 1]),
        ("*/*", [0, 1, 0, 1, 1]),
    ] {
        assert_eq!(actions.map(|action| u8::from(fits(pattern, action))), expected, "{pattern}");
    }
}

/// A name that holds what separates the parts is not taken apart: who asks cannot make one resource look like another.
#[test]
fn what_is_asked_is_not_taken_apart() {
    assert!(!fits("workflows.argoproj.io", Action::new("get", "workflows.argoproj.io")));
    assert!(!fits("pods/log", Action::new("get", "pods/log")));
    assert!(!fits("pods.a.b", Action::new("get", "pods.a").group("b")));
    assert!(!fits("pods.a/b", Action::new("get", "pods").group("a/b")));
    assert!(fits("*", Action::new("get", "workflows.argoproj.io")));
}

#[test]
fn what_is_no_resource_is_none() {
    for text in
        ["", "/", ".", "a/", "/a", "a.", ".a", "a/b/c", "a*b", "**", "a.*", "a.g*", "*.*", "a/s*", "a/**", "*a", " a"]
    {
        assert_eq!(ResourcePattern::parse(text), None, "{text:?}");
    }
}

#[test]
fn a_url_ends_with_a_star_only_after_a_slash() {
    for (pattern, path, expected) in [
        ("/metrics", "/metrics", true),
        ("/metrics", "/metrics/", false),
        ("/api/*", "/api/", true),
        ("/api/*", "/api/v1", true),
        ("/api/*", "/api", false),
        ("/api/*", "/apish", false),
        ("/*", "/", true),
        ("/*", "", false),
        ("*", "", true),
    ] {
        assert_eq!(UrlPattern::parse(pattern).unwrap().fits(path), expected, "{pattern} {path}");
    }
    for text in ["", "metrics", "api/*", "/api*", "/a/*/b", "//*/*", " /a"] {
        assert_eq!(UrlPattern::parse(text), None, "{text:?}");
    }
}
