//! Compiles the protocol: with protox, so that nobody needs to have `protoc`. The descriptors are for JSON.

use std::error::Error;
use std::{env, fs};

use protox::prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let files = protox::compile(["submit.proto", "event.proto"], ["proto"])?;
    fs::write(format!("{}/descriptors.bin", env::var("OUT_DIR")?), files.encode_to_vec())?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure().build_client(false).compile_fds_with_config(files, config)?;
    Ok(())
}
