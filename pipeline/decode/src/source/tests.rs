use super::*;

fn check(text: &str, shown: &str) {
    match SourceUrl::parse(text) {
        Ok(source) => assert_eq!(source.to_string(), shown, "{text}"),
        Err(error) => assert_eq!(error.to_string(), shown, "{text}"),
    }
}

#[test]
fn good_addresses() {
    check("rtsp://192.0.2.10:554/stream1", "rtsp://192.0.2.10:554/stream1");
    check("RTSP://cam.example/a/b", "rtsp://cam.example/a/b");
    check("rtsps://[2001:db8::1]:322/x", "rtsps://[2001:db8::1]:322/x");
    check("rtsp://cam", "rtsp://cam");
    check("rtsp://cam/a?token=abc", "rtsp://cam/a?…");
    check("rtsp://cam/user=a&password=b/x", "rtsp://cam/…/x");
    check("test:ball", "test:ball");
    check("file:///srv/a.mp4", "/srv/a.mp4");
    check("clips/a b.avi", "clips/a b.avi");
}

#[test]
fn bad_addresses_say_what_is_expected() {
    let address = "expected rtsp://HOST[:PORT]/PATH, for example `rtsp://192.0.2.10:554/stream1`";
    check("rtsp:///a", &format!("source: `rtsp:///a`: {address}"));
    check("rtsp://cam:0/a", &format!("source: `rtsp://cam:0/a`: {address}"));
    check("rtsp://cam:99999/a", &format!("source: `rtsp://cam:99999/a`: {address}"));
    check("rtsp://ca m/a", &format!("source: `rtsp://ca m/a`: {address}"));
    check("rtsp://[::1/a", &format!("source: `rtsp://[::1/a`: {address}"));
    check("rtsp://cam:secret/a", &format!("source: `rtsp://cam:…/a`: {address}"));
    check(
        "http://cam/a",
        "source: `http://cam/a`: expected an address with rtsp://, rtsps://, file:// or test:, or the path of a \
         file, for example `rtsp://192.0.2.10:554/stream1`",
    );
    check(
        "test:nyan",
        "source: `test:nyan`: expected one of test:ball, test:smpte, test:snow, test:black, test:white",
    );
}

#[test]
fn credentials_in_an_address_are_refused_and_not_repeated() {
    for text in [
        "rtsp://admin:secret@cam/a",
        "rtsp://secret@cam/a",
        "rtsp://admin:se@cret/secret@cam/a",
        "admin:secret@cam/a",
        "http://admin:secret@cam/a",
        "rtsp://cam/a?user=x&pass=secret&y=@",
    ] {
        let error = SourceUrl::parse(text).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
    let error = SourceUrl::parse("rtsp://admin:secret@cam/a").unwrap_err().to_string();
    assert!(error.starts_with("source: `rtsp://…@…`: a user name or password inside"), "{error}");
    assert!(error.contains("credentials_file = ") && error.contains("credentials_env = "), "{error}");
}

#[test]
fn debug_output_shows_no_token() {
    let source = SourceUrl::parse("rtsp://cam/a?token=secret").unwrap();
    assert!(!format!("{source:?}").contains("secret"));
    let SourceUrl::Rtsp(address) = source else { panic!("not rtsp") };
    assert_eq!(address.location(), "rtsp://cam:554/a?token=secret");
}

#[test]
fn a_port_that_is_not_written_is_the_one_of_the_scheme() {
    let check = |text: &str, host: &str, port: u16| {
        let SourceUrl::Rtsp(address) = SourceUrl::parse(text).unwrap() else { panic!("not rtsp") };
        assert_eq!((address.host(), address.port()), (host, port), "{text}");
    };
    check("rtsp://cam/a", "cam", 554);
    check("rtsps://cam/a", "cam", 322);
    check("rtsps://cam:8322", "cam", 8322);
    check("rtsp://[2001:db8::1]/x", "2001:db8::1", 554);
    check("rtsps://[2001:db8::1]:1/x", "2001:db8::1", 1);
}

#[test]
fn random_bytes_do_no_harm() {
    let seeds: [&[u8]; 5] =
        [b"rtsp://admin:secret@cam:554/a?b=c", b"rtsps://[::1]:1/", b"test:ball", b"file:///a", b"@:/?="];
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..20_000_usize {
        let mut bytes = seeds[round % seeds.len()].to_vec();
        for _ in 0..random.usize(0..6) {
            let at = random.usize(0..bytes.len());
            match random.u8(0..3) {
                0 => bytes[at] = random.u8(..),
                1 => bytes.insert(at, *random.choice(b":/?@=[]%.\0").unwrap()),
                _ if bytes.len() > 1 => {
                    bytes.remove(at);
                }
                _ => {}
            }
        }
        // Where a mutation breaks the marks of a secret (`@`, `:`), there is none left to hide.
        let text = String::from_utf8_lossy(&bytes);
        let marked = text.starts_with("rtsp://") && text.contains('@');
        if marked || !text.contains("secret") {
            fuzz_source_url(&bytes);
        }
    }
}

#[test]
fn a_location_is_at_the_same_server_or_it_is_not() {
    let check = |source: &str, location: &str, expected: bool| {
        let SourceUrl::Rtsp(address) = SourceUrl::parse(source).unwrap() else { panic!("not rtsp") };
        assert_eq!(address.is_at(location), expected, "{source} {location}");
    };
    check("rtsp://cam/live", "rtsp://cam:554/live", true);
    check("rtsp://cam/live", "rtsp://cam:554/other?x=1", true);
    check("rtsp://cam/live", "rtsp://cam:5540/live", false);
    check("rtsp://cam/live", "rtsp://cam:554.evil.example/live", false);
    check("rtsp://cam/live", "rtsp://cam:554@evil.example/live", false);
    check("rtsp://cam/live", "rtsp://evil.example:554/live", false);
    check("rtsps://cam/live", "rtsp://cam:322/live", false);
    check("rtsps://cam/live", "rtsps://cam:322/live", true);
}
