//! What the compiler says to those who got something wrong.
//!
//! The expected texts are those of the Rust version that the project is developed with;
//! `TRYBUILD=overwrite cargo test -p portcullis-core --test diagnostics` writes them anew.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/diagnostics/*.rs");
}
