//! Compiles the protocol: with protox, so that nobody needs to have `protoc`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    tonic_prost_build::compile_fds(protox::compile(["greeter.proto"], ["proto"])?)?;
    Ok(())
}
