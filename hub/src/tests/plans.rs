//! Plans of sites on a real hub: who sees them, who changes them, and what is served.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use super::console::first_user;
use super::oversight::user;
use super::stills::audit_text;
use super::town::Town;

const UPLOAD: &str = "/api/plans/upload?name=ground%20floor&site=station";

fn sketch() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image =
        RgbImage::from_fn(300, 200, |x, _| if x < 150 { Rgb([250, 250, 250]) } else { Rgb([90, 90, 90]) });
    DynamicImage::from(image).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn place(camera: &str) -> Value {
    json!({ "box": "lobby", "camera": camera, "x_fraction": 0.25, "y_fraction": 0.5, "heading_degrees": 90.0,
            "view_degrees": 60.0, "reach_fraction": 0.2 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_draw_plans_and_the_control_room_sees_them() {
    let mut town = Town::found().await;
    let anna = first_user(&town).await;
    let root = user(&town, "root", true).await;
    assert_eq!(anna.get("/api/plans").await, (200, json!({ "plans": [], "is_administrator": false })));
    assert_eq!(anna.send(UPLOAD, &sketch()).await.0, 403);
    assert!(audit_text(&town).contains("would have uploaded a plan of a site"), "that she tried is logged");
    let (status, told) = root.send(UPLOAD, b"<svg/>").await;
    assert_eq!((status, &told["code"]), (400, &json!("worded")), "{told}");
    assert_eq!(root.send(UPLOAD, &vec![0; (8 << 20) + 1]).await.0, 413);
    assert_eq!(root.send("/api/plans/upload?name=&site=x", &sketch()).await.0, 400);
    let (status, told) = root.send(UPLOAD, &sketch()).await;
    assert_eq!((status, &told["plan"]), (200, &json!(1)), "{told}");
    assert_eq!(root.send(UPLOAD, &sketch()).await.0, 409, "the name is taken");

    let placing = |version: u64, cameras: Value| json!({ "plan": 1, "version": version, "cameras": cameras });
    assert_eq!(anna.post("/api/plans/cameras", placing(1, json!([]))).await.0, 403);
    let both = json!([place("plaza-1"), place("plaza-2")]);
    let twice = json!([place("plaza-1"), place("plaza-1")]);
    assert_eq!(root.post("/api/plans/cameras", placing(1, twice)).await.0, 400);
    assert_eq!(root.post("/api/plans/cameras", placing(1, both.clone())).await.0, 200);
    assert_eq!(root.post("/api/plans/cameras", placing(1, json!([]))).await.0, 409, "of an older state");
    let (_, told) = anna.get("/api/plans").await;
    let plan = &told["plans"][0];
    assert_eq!(
        (&plan["name"], &plan["version"], &plan["cameras"]),
        (&json!("ground floor"), &json!(2), &both)
    );
    let title = json!({ "plan": 1, "version": 2, "name": "hall", "site": "station" });
    assert_eq!(root.post("/api/plans/title", title).await.0, 200);

    let picture = anna.ask("GET", "/api/plans/1/picture", "").await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    assert_eq!(picture.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(picture.header("cache-control"), Some("no-store"));
    assert_eq!(town.browser().get("/api/plans/1/picture").await.0, 401, "behind the login");
    assert_eq!(town.browser().get("/api/plans").await.0, 401);
    assert_eq!(town.browser().send(UPLOAD, &sketch()).await.0, 401);
    assert_eq!(anna.get("/api/plans/2/picture").await.0, 404);

    town.stop().await;
    town.start().await;
    let mut root = town.browser();
    assert_eq!(root.log_in("root", super::console::PASSWORD).await, 200);
    assert_eq!(root.get("/api/plans").await.1["plans"][0]["name"], "hall", "they are kept");
    let remove = json!({ "plan": 1, "version": 3 });
    assert_eq!(root.post("/api/plans/remove", remove.clone()).await.0, 200);
    assert_eq!(root.post("/api/plans/remove", remove).await.0, 404);
    assert_eq!(root.get("/api/plans").await.1["plans"], json!([]));
    let log = audit_text(&town);
    for words in [
        "uploaded the plan `ground floor` of `station`, 300 x 200 pixels",
        "on the plan `ground floor`: placed 2 (lobby/plaza-1, lobby/plaza-2)",
        "renamed the plan `ground floor` of `station` to `hall` of `station`",
        "removed the plan `hall` of `station`",
    ] {
        assert!(log.contains(words), "{words}");
    }
    town.stop().await;
}
