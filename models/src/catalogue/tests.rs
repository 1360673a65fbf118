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
    let known = [
        "velum-person-1",
        "velum-person-2",
        "velum-density-1",
        "yolox-nano",
        "yolox-tiny",
        "yolox-s",
        "yolox-m",
        "centerface",
        "yunet",
        "mcnn",
    ];
    assert_eq!(ids, known);
}

/// Fails after each change of the weights, until `models/catalogue/update-digest.sh` was run.
#[test]
fn the_embedded_weights_are_those_of_their_manifest() {
    let catalogue = Catalogue::open(&[]).unwrap();
    for id in ["velum-person-1", "velum-person-2", "velum-density-1"] {
        assert_eq!(catalogue.presence(id).unwrap(), Presence::Embedded);
        let model = catalogue.load(id).unwrap();
        assert!(model.onnx().len() < 5_000_000, "{model:?}");
    }
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
    check(
        "yolox-s",
        "model `yolox-s`: no `yolox_s.onnx` in `/nonexistent`; run `velum-edge models fetch yolox-s --sha256 HEX`",
    );
    check("mcnn", "model `mcnn`: no `mcnn-shanghaitech-b.onnx` in `/nonexistent`; put it there");
    check(
        "x",
        "model `x`: not in the catalogue; known are velum-person-1, velum-person-2, velum-density-1, yolox-nano, \
         yolox-tiny, yolox-s, yolox-m, centerface, yunet, mcnn",
    );
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
    let imported = catalogue.import(&file, None, None, folder.path()).unwrap();
    assert_eq!(imported.id, "centerface");
    let again = Catalogue::open(&[folder.path().to_owned()]).unwrap();
    let model = again.load("centerface").unwrap();
    assert_eq!(model.digest(), imported.digest);
    assert!(model.manifest().repairs.is_none() && model.has_symbolic_input());
    assert!(Some(model.digest()) != catalogue.manifest("centerface").unwrap().digest());
}

#[test]
fn a_file_without_a_manifest_is_not_imported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("face.onnx");
    std::fs::write(&file, b"any").unwrap();
    let error =
        Catalogue::open(&[]).unwrap().import(&file, None, None, folder.path()).unwrap_err().to_string();
    assert!(error.contains("give it with `--manifest FILE.toml`"), "{error}");
}

/// The box without a network: whoever brings the file brings its digest, too.
#[test]
fn a_file_whose_digest_nobody_knew_is_imported_with_one_from_its_user() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yolox_s.onnx");
    std::fs::write(&file, b"no model").unwrap();
    let catalogue = Catalogue::open(&[]).unwrap();
    let check = |given: Option<Digest>, expected: &str| {
        let error = catalogue.import(&file, None, given, folder.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(None, "give it with `--manifest FILE.toml`");
    check(Some(Digest::of(b"another")), "model `yolox-s`");
    // The digest is right: the graph is looked at, and is none.
    check(Some(Digest::of(b"no model")), "model `yolox-s`: not a readable ONNX model");
    let other = folder.path().join("other.onnx");
    std::fs::write(&other, b"no model").unwrap();
    let error = catalogue.import(&other, None, Some(Digest::of(b"no model")), folder.path()).unwrap_err();
    assert!(matches!(error, ModelError::Manifest { .. }), "{error}");
    let own = folder.path().join("own.onnx");
    std::fs::write(&own, EMBEDDED[0].2.unwrap()).unwrap();
    let error = catalogue.import(&own, None, Some(Digest::of(b"another")), folder.path()).unwrap_err();
    assert!(matches!(error, ModelError::DigestGiven { .. }), "{error}");
}
