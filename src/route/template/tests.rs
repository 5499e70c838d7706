//! What a template may say.

use super::*;

#[test]
fn a_path_is_literals_and_captures() {
    let segments = |text: &str| Template::of_path(text).unwrap().segments;
    let literal = |text: &str| Segment::Literal(text.into());
    assert_eq!(segments("/"), [literal("")]);
    assert_eq!(segments("/a/"), [literal("a"), literal("")]);
    assert_eq!(segments("/a/b.c~d@e:f/..."), [literal("a"), literal("b.c~d@e:f"), literal("...")]);
    assert_eq!(segments("/a/{b}/{*c}"), [literal("a"), Segment::Capture("b".into()), Segment::Rest(Some("c".into()))]);
    assert_eq!(segments("/{*rest}"), [Segment::Rest(Some("rest".into()))]);
}

#[test]
fn what_no_request_can_have_is_no_path() {
    for (text, problem) in [
        ("", "does not begin with a slash"),
        ("a/b", "does not begin with a slash"),
        ("/a//b", "two slashes in a row"),
        ("//", "two slashes in a row"),
        ("/./a", "a dot segment"),
        ("/a/..", "a dot segment"),
        ("/a%2e", "a percent sign"),
        ("/%61", "a percent sign"),
        ("/a;b", "a character that no request can have there"),
        ("/a\\b", "a character that no request can have there"),
        ("/a b", "a character that no request can have there"),
        ("/\u{e4}", "a character that no request can have there"),
        ("/a\0", "a character that no request can have there"),
        ("/a?b", "more than a path"),
        ("/a#b", "more than a path"),
        ("/:id", "a segment begins with `:` or `*`"),
        ("/a/*", "a segment begins with `:` or `*`"),
        ("/a/*rest", "a segment begins with `:` or `*`"),
        ("/admin*", "an asterisk, which is no wildcard here"),
        ("/a*b/c", "an asterisk, which is no wildcard here"),
        ("/a/b**", "an asterisk, which is no wildcard here"),
        ("/{a}b", "a brace within a segment"),
        ("/a{b}", "a brace within a segment"),
        ("/{a", "a brace within a segment"),
        ("/a}", "a brace within a segment"),
        ("/{}", "a capture without a proper name"),
        ("/{*}", "a capture without a proper name"),
        ("/{a-b}", "a capture without a proper name"),
        ("/{1}", "a capture without a proper name"),
        ("/{{a}}", "a capture without a proper name"),
        ("/{*a}/b", "a capture of the rest before the end"),
        ("/{*a}/", "a capture of the rest before the end"),
        ("/{a}/{a}", "two captures of one name"),
        ("/{a}/{*a}", "two captures of one name"),
    ] {
        assert_eq!(Template::of_path(text).unwrap_err().problem(), problem, "{text:?}");
    }
    assert!(Template::of_path(&format!("/{}", "a".repeat(1023))).is_ok());
    assert_eq!(Template::of_path(&format!("/{}", "a".repeat(1024))).unwrap_err().problem(), "too long");
}

#[test]
fn a_grpc_method_is_a_service_and_a_method() {
    let segments = |text: &str| Template::of_grpc(text).map(|template| template.segments);
    let literal = |text: &str| Segment::Literal(text.into());
    assert_eq!(segments("/a.b.C/D").unwrap(), [literal("a.b.C"), literal("D")]);
    assert_eq!(segments("/C/*").unwrap(), [literal("C"), Segment::Rest(None)]);
    for text in ["", "/", "/C", "C/D", "/C/", "//D", "/C/D/E", "/a..C/D", "/C/{d}", "/*/D", "/C/D*", "/C/%44"] {
        assert!(segments(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_position_is_what_the_path_has_there() {
    assert_eq!(Position::Segment(0).of("/a/b/c"), "a");
    assert_eq!(Position::Segment(2).of("/a/b/c"), "c");
    assert_eq!(Position::Segment(3).of("/a/b/c"), "");
    assert_eq!(Position::From(0).of("/a/b/c"), "a/b/c");
    assert_eq!(Position::From(1).of("/a/b/c"), "b/c");
    assert_eq!(Position::From(1).of("/a/"), "");
}
