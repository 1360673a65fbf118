// The parts of the page that decide what is shown, without a browser.
import { build } from "esbuild";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "velum-units-"));
const entryPoints = ["model", "words", "fleet"].map((name) => join(here, `../src/${name}.ts`));
await build({ entryPoints, outdir: folder, bundle: true, splitting: true, format: "esm", outExtension: { ".js": ".mjs" }, logLevel: "warning" });
const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)));
const [{ Model, isOpen, told }, words, { missingStills, percent, share }] = await Promise.all(["model", "words", "fleet"].map(load));
await rm(folder, { recursive: true });

let cursor = 0;
const record = (sequence, end, box = "b") => ({ cursor: ++cursor, box, incarnation: "i", sequence, stored_unix_ms: 0, end });
const event = (alert, state, more = {}) => ({ type: "event", id: `${alert}-${state}`, alert_id: alert, kind: "abandoned_object", state, body: { type: "none" }, camera: null, ...more });
const withheld = (rule) => ({ type: "withheld", rule });
const fleet = (missing) => ({ boxes: [{ box: "b", numbers: { missing } }] });
const take = (model, ...records) => records.forEach((one) => model.take(one));
const keys = (model, filter) => model.shown(filter).map((item) => (item.type === "alert" ? item.key : `${item.note} ${item.first}-${item.last}`));

const tests = {
  "an alert is one line, keeps its place, and closes"() {
    const model = new Model();
    take(model, record(1, event("x", "raised", { body: { type: "camera_health", state: "dark" } })), record(2, event("y", "raised")), record(3, event("x", "cleared")));
    assert.deepEqual(keys(model, "all"), ["b/y", "b/x"]);
    assert.deepEqual(keys(model, "open"), ["b/y"]);
    assert.equal(model.openAlerts(), 1);
    assert.equal(told(model.item("b/x")).state, "raised", "a cleared alert is still said to be what it was");
  },

  "what is held back is counted by rule, and its numbers are no gap"() {
    const model = new Model();
    const held = (cursor, rule, events) => ({ cursor, held: [{ rule, events, words: "older" }] });
    take(model, record(1, event("x", "raised")));
    model.holdBack(held(2, "max_age", 2));
    model.holdBack(held(3, "max_age", 1));
    take(model, record(5, event("y", "raised")), record(8, event("z", "raised")));
    assert.deepEqual(keys(model, "all"), ["b/z", "gap 6-7", "b/y", "b/x"]);
    assert.equal(words.heldText(model.held.get("max_age")), "Not shown: 3 events are older.");
    assert.equal(words.heldText({ rule: "r", events: 1, words: "older" }), "Not shown: 1 event is older.");
  },

  "the same alert id of another box is another alert"() {
    const model = new Model();
    take(model, record(1, event("x", "raised")), record(1, event("x", "raised"), "c"));
    assert.deepEqual(keys(model, "all"), ["c/x", "b/x"]);
  },

  "a run of withheld numbers is one line, and losses are each their own"() {
    const model = new Model();
    const lost = { type: "lost", cause: "record_unreadable", last_known_sequence: null };
    take(model, ...[1, 2, 3].map((n) => record(n, withheld("schedule"))), record(4, withheld("min_group")), record(5, lost), record(6, lost));
    assert.deepEqual(keys(model, "all"), ["lost 6-6", "lost 5-5", "withheld 4-4", "withheld 1-3"]);
    assert.deepEqual(keys(model, "alerts"), []);
  },

  "a gap is shown as long as the hub misses numbers, and late ones are none"() {
    const model = new Model();
    take(model, record(5, withheld("a")), record(9, withheld("b")), record(7, withheld("c")), record(10, withheld("d")));
    assert.deepEqual(keys(model, "all").filter((key) => key.startsWith("gap")), ["gap 6-8"]);
    model.fleet = fleet(2);
    assert.ok(keys(model, "all").includes("gap 6-8"));
    model.fleet = fleet(0);
    assert.ok(!keys(model, "all").includes("gap 6-8"));
  },

  "a full list lets go of what is old and never of what is open"() {
    const model = new Model();
    take(model, record(1, event("open", "raised")));
    for (let n = 2; n < 2_500; n++) take(model, record(n, event(`a${n}`, "cleared")));
    assert.equal(model.items.length, 2_000);
    assert.ok(model.hasOlder && isOpen(model.items.at(-1)));
  },

  "missing stills are told with their reasons, the most frequent first"() {
    words.learn({ catalogue: { withheld: { too_dark: "it was too dark" } }, purposes: [] });
    const check = (day_stills_withheld, expected) => assert.deepEqual(missingStills({ day_stills_withheld }), expected);
    check({}, null);
    check({ verifier: 0 }, null);
    check({ too_dark: 1 }, { alerts: "1 alert without a still", reasons: ["1 without a still: it was too dark"] });
    check(
      { from_a_newer_box: 1, too_dark: 3 },
      { alerts: "4 alerts without a still", reasons: ["3 without a still: it was too dark", "1 without a still: from_a_newer_box"] },
    );
  },

  "shares are never rounded up to all"() {
    const check = (secs, expected) => assert.equal(percent(share(secs).analysed), expected, JSON.stringify(secs));
    check({ analysed: 3_600 }, "100 %");
    check({ analysed: 86_399, dark: 1 }, "99 %");
    check({ analysed: 1, dark: 3_599 }, "under 1 %");
    check({ dark: 10 }, "0 %");
    check({}, "0 %");
  },

  "codes become sentences, and unknown ones are shown as they are"() {
    words.learn({ purposes: [], catalogue: { explanation: { unattended_secs: "nobody attended it[ for {secs}]", zone_area_m2: "the area is known[: {m2}]" } } });
    const check = (code, value, expected) => assert.equal(words.explanation({ code, value }), expected);
    check("unattended_secs", 90, "nobody attended it for 1 min 30 s");
    check("unattended_secs", null, "nobody attended it");
    check("zone_area_m2", 119.6, "the area is known: 120 m²");
    check("from_a_newer_box", 2, "from_a_newer_box 2");
    check("from_a_newer_box", null, "from_a_newer_box");
    for (const [secs, expected] of [[0, "0 s"], [60, "1 min"], [95, "1 min 35 s"], [7_500, "2 h 5 min"]]) assert.equal(words.duration(secs), expected);
  },
};

for (const [name, test] of Object.entries(tests)) {
  test();
  console.log(`ok      ${name}`);
}
