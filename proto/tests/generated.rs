//! The committed code is what the `.proto` files generate. `UPDATE=1` writes it.

#![expect(clippy::unwrap_used, reason = "the whole program is a test")]

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use prost_types::FileDescriptorSet;

const PROTO_FILES: [&str; 9] = [
    "velum/v1/event.proto",
    "velum/v1/suppressions.proto",
    "velum/v1/exercises.proto",
    "velum/v1/policy.proto",
    "velum/v1/settings.proto",
    "velum/v1/uplink.proto",
    "velum/v1/events.proto",
    "velum/v1/stills.proto",
    "velum/v1/operators.proto",
];
const COMMITTED: [&str; 2] = ["velum.v1.rs", "velum.v1.binpb"];

#[test]
fn generated_code_is_current() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let committed_dir = root.join("src/generated");
    let scratch = tempfile::tempdir().unwrap();
    generate(&root, scratch.path());
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    for name in COMMITTED {
        let fresh = fs::read(scratch.path().join(name)).unwrap();
        let path = committed_dir.join(name);
        if update {
            fs::write(&path, &fresh).unwrap();
        }
        let committed = fs::read(&path).unwrap_or_default();
        assert!(
            committed == fresh,
            "proto/src/generated/{name} is not what the .proto files generate; \
             run `UPDATE=1 cargo test -p velum-proto` and commit the result"
        );
    }
}

fn generate(root: &Path, out_dir: &Path) {
    let mut compiler = protox::Compiler::new([root]).unwrap();
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(PROTO_FILES).unwrap();
    let described = compiler.file_descriptor_set();
    tonic_prost_build::configure()
        .out_dir(out_dir)
        .btree_map(".")
        // The service's own method is called Connect too.
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .compile_fds(described.clone())
        .unwrap();
    fs::write(out_dir.join("velum.v1.binpb"), without_comments(described).encode_to_vec()).unwrap();
}

/// Reflection needs no comments, and without them a mended comment changes no bytes.
fn without_comments(mut described: FileDescriptorSet) -> FileDescriptorSet {
    for file in &mut described.file {
        file.source_code_info = None;
    }
    described
}
