use std::time::Duration;

use super::*;

const SHOWN: &str = "rtsp://cam/live?…";

fn peer(address: &str) -> Peer {
    Peer::of(&SourceConfig::new(SourceUrl::parse(address).unwrap()))
}

fn debug(detail: &str) -> String {
    format!(
        "../gst/rtsp/gstrtspsrc.c(6954): gst_rtspsrc_send (): /GstPipeline:pipeline0/GstRTSPSrc:rtspsrc0:\n{detail}"
    )
}

fn check_answer(peer: &Peer, kind: ResourceError, detail: &str, is_described: bool, expected: &str) {
    let error = gst::glib::Error::new(kind, "Unhandled error.");
    let told = peer.answered(&error, &debug(detail), is_described).to_string();
    assert_eq!(told, expected, "{detail}");
}

#[test]
fn what_a_camera_answers_is_told_apart() {
    let peer = peer("rtsp://cam/live?token=secret");
    let not_rtsp = "what answers there does not speak RTSP; check the port (usually 554), and write `rtsps://` where the \
        camera wants TLS (usually port 322)";
    let check = |kind, detail, expected: &str| {
        check_answer(&peer, kind, detail, false, &format!("source: `{SHOWN}`: {expected}"));
    };
    check(
        ResourceError::NotFound,
        "Not Found (404)",
        "the camera has no such stream (404); check the path, for example /stream1",
    );
    check(
        ResourceError::NotAuthorized,
        "Unauthorized (401)",
        "the camera wants a user name and password (401); set `credentials_file` or `credentials_env`",
    );
    check(
        ResourceError::Read,
        "Forbidden (403)",
        "the camera does not let this user watch (403); give the user of `credentials_file` or `credentials_env` the right \
         to live video",
    );
    check(
        ResourceError::Read,
        "Not Enough Bandwidth (453)",
        "the camera refused the stream (453); look in the camera whether it has too many viewers, and restart it",
    );
    check(
        ResourceError::Settings,
        "SDP contains no streams",
        "carries no video; choose a video stream or file",
    );
    check(ResourceError::Read, "Could not receive message. (Parse error)", not_rtsp);
    check(ResourceError::Read, "Could not receive message. (Received end-of-file)", not_rtsp);
    check(
        ResourceError::Failed,
        "Broke at rtsp://admin:secret@cam/live?token=secret.",
        "the stream broke (broke at …); play it with another program, to tell the source from the network",
    );
}

#[test]
fn a_camera_that_hangs_up_while_it_plays_does_speak_rtsp() {
    check_answer(
        &peer("rtsp://cam/live?token=secret"),
        ResourceError::Read,
        "Could not receive message. (Received end-of-file)",
        true,
        &format!(
            "source: `{SHOWN}`: the stream broke (could not receive message. (Received end-of-file)); play it with another \
             program, to tell the source from the network"
        ),
    );
}

#[test]
fn datagrams_that_do_not_arrive_are_the_transports_fault() {
    let detail = "Could not receive any UDP packets for 5.0000 seconds, maybe your firewall is blocking it.";
    let mut peer = peer("rtsp://cam/live?token=secret");
    peer.transport = Transport::Udp;
    let expected = format!(
        "transport: `udp`: no packet came from `{SHOWN}`; set `transport = \"tcp\"`, or let UDP from the camera through"
    );
    check_answer(&peer, ResourceError::Read, detail, true, &expected);
}

#[test]
fn what_keeps_from_a_connection_is_told_apart() {
    let check = |address: &str, reach: Reach, expected: &str| {
        let peer = peer(address);
        let SourceUrl::Rtsp(camera) = &peer.source else { panic!("not rtsp") };
        let told = peer.unreachable(camera, reach).to_string();
        assert_eq!(told, format!("source: `{}`: {expected}", peer.address()));
    };
    let address = "rtsp://cam/live?token=secret";
    check(
        address,
        Reach::UnknownHost("name or service not known".to_owned()),
        "the host name `cam` is not known (name or service not known); check its spelling and the name server, or write the \
         camera's IP address",
    );
    check(
        address,
        Reach::Refused,
        "the host refuses connections to port 554; check the port, and that RTSP is switched on in the camera",
    );
    check(
        address,
        Reach::NoAnswer(Duration::from_secs(3)),
        "no answer in 3 s; check the address, that the camera is on, and that no firewall lies between",
    );
    check(
        address,
        Reach::Other("no route to host".to_owned()),
        "no connection (no route to host); check the address, the network, and that the camera is on",
    );
    check(
        "rtsps://cam/live",
        Reach::Answers,
        "the host answers, but no TLS connection comes about; check that this is the port for `rtsps` and that the camera \
         offers TLS 1.2 or newer",
    );
}

#[test]
fn a_host_that_is_not_there_and_one_that_says_nothing_are_told_apart() {
    let peer = peer("rtsp://cam/live?token=secret");
    let SourceUrl::Rtsp(camera) = &peer.source else { panic!("not rtsp") };
    let check = |reach, expected: &str| {
        assert_eq!(peer.unheard(camera, reach, 10.0).to_string(), format!("source: `{SHOWN}`: {expected}"));
    };
    check(
        Reach::NoAnswer(Duration::from_secs(1)),
        "no answer in 10 s; check the address, that the camera is on, and that no firewall lies between",
    );
    check(
        Reach::Answers,
        "the host takes the connection and says nothing for 10 s; check the port, and whether the camera wants `rtsp://` or \
         `rtsps://`, or restart the camera",
    );
    check(
        Reach::Refused,
        "the host refuses connections to port 554; check the port, and that RTSP is switched on in the camera",
    );
    let silent = peer.silent(10.0, true).to_string();
    assert!(silent.starts_with(&format!("source: `{SHOWN}`: no picture for 10 s; ")), "{silent}");
}

#[test]
fn random_debug_text_does_no_harm() {
    let peer = peer("rtsp://cam/live");
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..5_000 {
        let text: String =
            (0..random.usize(0..30)).map(|_| *random.choice(b"ab(4053)\n .?@:/").unwrap() as char).collect();
        let error = gst::glib::Error::new(ResourceError::Read, "x");
        let told = peer.answered(&error, &text, random.bool()).to_string();
        assert!(!told.contains('@') && !told.contains('\n'), "{told}");
    }
}
