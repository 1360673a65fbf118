// The parts of the page that decide what is shown, without a browser.
import { build } from "esbuild";
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "velum-units-"));
const entryPoints = ["model", "words", "fleet", "review", "curve", "coverage", "strip", "figures", "boxes", "plan", "plan-editor", "settings", "zone-editor", "debrief", "suppressions", "position", "standing"].map((name) => join(here, `../src/${name}.ts`));
await build({ entryPoints, outdir: folder, bundle: true, splitting: true, format: "esm", outExtension: { ".js": ".mjs" }, logLevel: "warning" });
const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)));
const [{ Model, isOpen, told }, words, { missingStills, percent, share }, { decidedByAnotherWords, heldByAnother, spokenStanding, standing }, { curveOf }, { blindTimes, camerasOf }, { stripWords }, { falseText, missed }, { certificateWords }, { conePath, directionWords, pointAt }, { pressed, within }, settings, { movedBy }, { actText, delayText, outcomeOf, summaryText }, suppressions, { Position }, { standingOf }] = await Promise.all(["model", "words", "fleet", "review", "curve", "coverage", "strip", "figures", "boxes", "plan", "plan-editor", "settings", "zone-editor", "debrief", "suppressions", "position", "standing"].map(load));
await rm(folder, { recursive: true });

/** The real catalogue, as the hub serves it. */
const catalogue = {};
for (const file of ["../../../cli/src/words/en.toml", "../../src/console/words/en.toml"]) {
  let table = {};
  for (const line of (await readFile(join(here, file), "utf8")).split("\n")) {
    const [, head, code, sentence] = /^(?:\[(\w+)\]|(\w+) = (".*"))$/.exec(line) ?? [];
    if (head) table = catalogue[head] = {};
    if (code) table[code] = JSON.parse(sentence);
  }
}
const sources = (await readdir(join(here, "../src"))).filter((name) => name.endsWith(".ts"));
const source = (await Promise.all(sources.map((name) => readFile(join(here, "../src", name), "utf8")))).join("\n");
words.learn({ catalogue, purposes: [] });

let cursor = 0;
const record = (sequence, end, box = "b") => ({ cursor: ++cursor, box, incarnation: "i", sequence, stored_unix_ms: 0, end });
const event = (alert, state, more = {}) => ({ type: "event", id: `${alert}-${state}`, alert_id: alert, kind: "abandoned_object", state, body: { type: "none" }, camera: null, ...more });
const withheld = (rule) => ({ type: "withheld", rule });
const fleet = (missing) => ({ boxes: [{ box: "b", numbers: { missing } }] });
const take = (model, ...records) => records.forEach((one) => model.take(one));
const nobodyYet = { change: null, owed: true, may_review: true, needed: 1, agree: 0, people: 0, mine: null, decided: null, others: [], taken: null, escalated: null, deadline_unix_ms: null, erases: false, lapse: null, texts: [] };
const review = (alert, more = {}) => ({ ...nobodyYet, event_id: `${alert}-raised`, ...more });
const crowd = (level, persons = null) => ({ type: "crowd_density", level, previous_level: null, persons, persons_per_m2: null, relative: false, demo_threshold: false });
const object = (at_least, below, first = null) => ({ type: "abandoned_object", object_kind: null, dwell_secs: { at_least, below }, grid_cell: null, first_seen: first });
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
    assert.equal(words.heldText(model.held.get("max_age")), "Not shown: 3 events are older than the policy lets your recipient read.");
    assert.equal(words.heldText({ rule: "r", events: 1, words: "older" }), "Not shown: 1 event is older.");
  },

  "the queue has what is escalated first, then what is open, severe, soon and old"() {
    const model = new Model();
    const told = [
      ["bag", "abandoned_object", object(60, 120), { deadline_unix_ms: 300 }],
      ["sooner", "abandoned_object", object(60, 120), { deadline_unix_ms: 200 }],
      ["gone", "abandoned_object", object(60, 120), { deadline_unix_ms: 100 }],
      ["dense", "crowd_density", crowd("dense"), {}],
      ["critical", "crowd_density", crowd("critical"), { deadline_unix_ms: 200 }],
      ["busy", "crowd_density", crowd("busy"), { escalated: { reason: "urgent", role: null, unix_ms: 1 } }],
      ["decided", "crowd_density", crowd("critical"), { decided: { verdict: "confirmed", role: null, unix_ms: null } }],
      ["late", "crowd_density", crowd("critical"), { lapse: "kept" }],
      ["not owed", "crowd_density", crowd("critical"), { owed: false }],
    ];
    told.forEach(([name, kind, body], at) => take(model, record(at + 1, event(name, "raised", { kind, body }))));
    take(model, record(20, event("gone", "cleared")));
    for (const [name, , , more] of told) model.takeReview(review(name, more));
    assert.deepEqual(keys(model, "review"), ["b/busy", "b/sooner", "b/critical", "b/bag", "b/dense", "b/gone"]);
    assert.deepEqual([model.toReview(), model.escalations()], [6, 1]);
  },

  "what was erased is gone, and its numbers stay"() {
    const model = new Model();
    take(model, record(1, event("x", "raised")), record(2, event("y", "raised")), record(3, event("x", "updated")));
    assert.equal(model.takeReview(review("unknown")), null);
    const taken = model.takeReview(review("x", { lapse: "erased" }));
    assert.deepEqual([taken.item.key, taken.isErased, taken.isDecidedByAnother], ["b/x", true, false]);
    assert.deepEqual(keys(model, "all"), ["b/y", "withheld 3-3", "withheld 1-1"]);
    assert.deepEqual([model.item("b/x"), model.openAlerts(), model.takeReview(review("x"))], [undefined, 1, null]);
  },

  "what somebody else decided is told to those from whose queue it goes, and not what was decided here"() {
    const decided = { verdict: "shadow", role: "steward", unix_ms: null };
    const check = (before, now, expected) => {
      const model = new Model();
      take(model, record(1, event("x", "raised", { site: "plaza", camera: "plaza-2", zone: null })));
      if (before !== null) model.takeReview(review("x", before));
      const { isDecidedByAnother, hasLeftQueue } = model.takeReview(review("x", now));
      assert.deepEqual([isDecidedByAnother, hasLeftQueue], expected, JSON.stringify([before, now]));
      return model.item("b/x");
    };
    const item = check({}, { decided }, [true, true]);
    assert.equal(decidedByAnotherWords(item), "Another steward rejected as a shadow: Abandoned object, plaza / plaza-2.");
    check({}, { decided, mine: "shadow" }, [false, true]);
    check({ mine: "shadow", people: 1, needed: 2 }, { decided, mine: "shadow" }, [true, true]);
    check({ owed: false }, { owed: false, decided }, [true, false]);
    check({ decided }, { decided: { ...decided, verdict: "person" } }, [false, false]);
    check({}, { lapse: "kept" }, [false, true]);
    check(null, { decided }, [false, false]);
    const words = (of) => decidedByAnotherWords({ ...item, review: review("x", { decided: of }) });
    assert.equal(words({ verdict: "confirmed", role: null, unix_ms: null }), "Another person confirmed: Abandoned object, plaza / plaza-2.");
    assert.equal(words({ verdict: null, role: null, unix_ms: null }), "Another person decided: Abandoned object, plaza / plaza-2.");
    item.history[0].event.staged = "exercise: A bag at the bench";
    assert.equal(words({ verdict: "person", role: null, unix_ms: null }), "Another person rejected as a person: EXERCISE, Abandoned object, plaza / plaza-2.");
  },

  "who else holds an alert is asked about only while they do, and nobody decided"() {
    const untilUnixMs = Date.now() + 60_000;
    const taken = { mine: false, role: "steward", until_unix_ms: untilUnixMs };
    const check = (more, expected) => assert.deepEqual(heldByAnother({ history: [], review: review("x", more) }), expected);
    check({}, null);
    check({ taken }, { role: "steward", untilUnixMs });
    check({ taken: { ...taken, role: null } }, { role: "person", untilUnixMs });
    check({ taken: { ...taken, mine: true } }, null);
    check({ taken: { ...taken, until_unix_ms: Date.now() - 1 } }, null);
    check({ taken, decided: { verdict: "confirmed", role: null, unix_ms: null } }, null);
    assert.equal(heldByAnother({ history: [], review: null }), null);
  },

  "the title counts what waits for somebody, and nothing that was decided"() {
    const model = new Model();
    take(model, ...["open", "decided", "gone", "passed", "unasked"].map((name, at) => record(at + 1, event(name, "raised"))), record(6, event("gone", "cleared")), record(7, event("passed", "cleared")));
    for (const name of ["open", "gone"]) model.takeReview(review(name));
    model.takeReview(review("decided", { decided: { verdict: "confirmed", role: null, unix_ms: null } }));
    model.takeReview(review("passed", { lapse: "kept" }));
    assert.deepEqual([model.openAlerts(), model.toReview(), model.waiting()], [3, 2, 3], "open, gone and unasked");
    take(model, record(8, event("unasked", "cleared")));
    assert.equal(model.waiting(), 2);
  },

  "from a line that left, the way goes on to those that were beside it"() {
    const at = new Position();
    const check = (...expected) => assert.deepEqual([1, -1, -Infinity, Infinity].map((by) => at.step(by)), expected);
    check(undefined, undefined, undefined, undefined);
    at.show(["a", "b", "c", "d", "e"]);
    check("a", "a", "a", "e");
    at.choose("c");
    check("d", "b", "a", "e");
    at.show(["a", "b", "d", "e"]);
    check("d", "b", "a", "e");
    at.show(["a", "n", "e"]);
    check("e", "a", "a", "e");
    at.show(["a"]);
    check("a", "a", "a", "a");
    at.show(["c", "a"]);
    check("a", "c", "c", "a");
    at.show(["x"]);
    check("x", "x", "x", "x");
  },

  "a camera is told by the same shape and word wherever it stands"() {
    const of = (more) => standingOf(more && { isConnected: true, state: "analysed", ...more });
    assert.deepEqual(of({}), { shape: "cleared", words: "Analysed", look: "good" });
    assert.deepEqual(of({ state: "dark" }), { shape: "raised", words: "Dark", look: "bad" });
    assert.deepEqual(of({ state: null }), { shape: "camera", words: "State not told", look: "faint" });
    assert.deepEqual([of({ isConnected: false }).shape, of(undefined).words], ["away", "Not reported"]);
  },

  "where an alert stands is said in few words"() {
    const check = (more, expected) => assert.equal(spokenStanding({ history: [], review: review("x", more) }), expected);
    check({}, "Waits");
    check({ owed: false }, "");
    check({ needed: 2 }, "Waits, 0 of 2");
    check({ needed: 2, people: 1, agree: 1 }, "1 of 2");
    check({ taken: { mine: false, role: "steward", until_unix_ms: Date.now() + 60_000 } }, "Another steward looks at it");
    check({ taken: { mine: false, role: "steward", until_unix_ms: Date.now() - 1 } }, "Waits");
    check({ decided: { verdict: "shadow", role: null, unix_ms: null } }, "Rejected: a shadow");
    check({ decided: { verdict: null, role: null, unix_ms: null } }, "Decided");
    check({ lapse: "kept" }, "Unreviewed");
    const escalated = { reason: "urgent", role: null, unix_ms: 1 };
    check({ escalated, needed: 2, people: 1, agree: 1, taken: { mine: true, role: null, until_unix_ms: Date.now() + 60_000 } }, "Escalated · 1 of 2 · You look at it");
    assert.equal(standing({ history: [], review: null }), null);
  },

  "an alert's numbers are drawn as they were told"() {
    const at = (unix_ms) => ({ unix_ms, precision_ms: 1 });
    const of = (...events) => curveOf({ history: events.map((one) => ({ record: record(1, one), event: one })) });
    const bag = of(event("x", "raised", { time: at(90), body: object(60, 120, at(10)) }), event("x", "cleared", { time: at(200) }));
    assert.deepEqual(bag.points.map(({ unix_ms, low, high }) => [unix_ms, low, high]), [[10, 0, 0], [90, 60, 120]]);
    const more = { kind: "crowd_density" };
    const persons = of(event("x", "raised", { ...more, time: at(5), body: crowd("dense", { at_least: 20, below: null }) }), event("x", "updated", { ...more, time: at(9), body: crowd("busy", { at_least: 10, below: 20 }) }));
    assert.deepEqual(persons.points.map(({ low, high }) => [low, high]), [[20, null], [10, 20]]);
    assert.deepEqual(persons.ticks, [[0, "0"], [20, "20"]]);
    const levels = of(event("x", "raised", { ...more, time: at(5), body: crowd("dense") }));
    assert.deepEqual(levels.points.map(({ low }) => low), [2]);
    assert.equal(of(event("x", "raised", { ...more, body: { type: "none" } })), null);
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

  "when a camera was blind follows from what it said of itself"() {
    const at = (minute) => ({ unix_ms: minute * 60_000, precision_ms: 60_000 });
    const health = (state, minute) => ({ event: { body: { type: "camera_health", state } }, time: minute === null ? null : at(minute) });
    const check = (told, expected) => assert.deepEqual(blindTimes(told).map(({ state, from, to }) => [state, from.unix_ms / 60_000, to === null ? null : to.unix_ms / 60_000]), expected);
    check([], []);
    check([health("analysed", 1)], []);
    check([health("dark", 10), health("analysed", 14)], [["dark", 10, 14]]);
    check([health("dark", 10), health("dark", 12), health("offline", 14)], [["offline", 14, null], ["dark", 10, 14]]);
    check([health("dark", null), health("analysed", 14)], []);
  },

  "a camera is what its coverage and its events say, and needs attention for a reason"() {
    const HOUR = 3_600;
    const now = 100 * HOUR + 1_800;
    const model = new Model();
    const bins = (state) => [99, 100].map((hour) => ({ hour_unix_secs: hour * HOUR, secs_by_state: { [state]: hour === 100 ? 1_800 : HOUR } }));
    model.hours = { cameras: [{ box: "b", camera: "good", hours: bins("analysed") }, { box: "b", camera: "late", hours: bins("out_of_schedule") }, { box: "b", camera: "dim", hours: bins("dark") }] };
    model.fleet = { boxes: [{ box: "b", connected: true, numbers: { missing: 0 }, cameras: [] }] };
    const time = (minute) => ({ unix_ms: minute * 60_000, precision_ms: 60_000 });
    const dense = (alert, state, level, minute) => event(alert, state, { kind: "crowd_density", camera: "good", zone: "steps", site: "plaza", body: crowd(level), time: time(minute), validity: "not_valid", explanation: [{ code: "too_dark", value: null }, { code: "level_rose", value: null }] });
    take(model, record(1, dense("x", "raised", "busy", 5_990)), record(2, dense("x", "updated", "dense", 5_995)));
    const found = camerasOf(model, now * 1_000);
    assert.deepEqual(found.map(({ camera, needs }) => [camera, needs.join()]), [["dim", "little"], ["good", "not_valid"], ["late", ""]]);
    const [, good] = found;
    assert.deepEqual([good.site, good.recent.analysed, good.unreportedSecs, good.strip.filter(({ hour }) => hour === null).length], ["plaza", 1, 0, 22]);
    assert.deepEqual(good.zones.map(({ zone, trend }) => [zone, trend]), [["steps", "rising"]]);
    assert.deepEqual(good.rules.map(({ isValid, doubts }) => [isValid, doubts.map(({ code }) => code)]), [[false, ["too_dark"]]]);
    model.fleet.boxes[0].connected = false;
    assert.deepEqual(camerasOf(model, now * 1_000).map(({ needs }) => needs[0]), ["away", "away", "away"]);
  },

  "hours that were the same are told together"() {
    const hour = (at, secs) => ({ hour_unix_secs: at * 3_600, hour: secs === null ? null : { hour_unix_secs: at * 3_600, secs_by_state: secs } });
    const told = (...hours) => stripWords(hours).replace(/(\d{4}-\d\d-\d\d )?\d\d:\d\d/g, "T");
    assert.equal(told(hour(1, { analysed: 3_600 })), "all of it analysed");
    assert.equal(told(hour(1, null), hour(2, null), hour(3, { dark: 3_600 })), "T to T not reported; T dark");
    assert.equal(told(hour(1, { analysed: 600, dark: 3_000 }), hour(2, { analysed: 600, dark: 3_000 })), "T dark 50 min; T dark 50 min");
  },

  "a certificate says how long it is good, and when to act"() {
    const DAY_MS = 86_400_000;
    const check = (certificate_ends_unix_ms, is_revoked, expected) => {
      const { words: told, isBad } = certificateWords({ certificate_ends_unix_ms, is_revoked }, 100 * DAY_MS);
      assert.deepEqual([told, isBad], expected);
    };
    check(null, false, ["not seen yet", false]);
    check(130 * DAY_MS, false, ["30 days left", false]);
    check(113.5 * DAY_MS, false, ["13 days left", true]);
    check(100 * DAY_MS, false, ["has ended", true]);
    check(130 * DAY_MS, true, ["revoked", true]);
  },

  "a debrief says who did what, after how long, and what was missed"() {
    assert.deepEqual([0, 4, -3, null].map(delayText), ["at the expected second", "4 s later", "3 s earlier", "raised; the policy does not tell you when"]);
    const act = (what, more = {}) => actText({ what, role: "plaza-steward", person: null, code: null, after_secs: 9, ...more });
    assert.equal(act("took"), "plaza-steward: taken after 9 s");
    assert.equal(act("shown", { after_secs: 0, person: "console:anna" }), "console:anna (plaza-steward): on the screen at once");
    assert.equal(act("said", { code: "shadow" }), "plaza-steward: decided: a shadow after 9 s");
    assert.equal(act("escalated", { code: "urgent", role: null }).split(":")[0], words.text("other_role"));
    const debrief = { expected: [{ alert: 0 }, { alert: null }], alerts: [{ is_expected: true }, { is_expected: false }] };
    assert.equal(summaryText(debrief), "1 of 2 expected alerts were raised. 1 were raised that nobody expected.");
    const outcome = (of, held_back) => outcomeOf(of, { ...debrief, held_back }).words;
    assert.equal(outcome({ alert: null, delay_secs: null }, 0), "missed");
    assert.equal(outcome({ alert: 0, delay_secs: 4 }, 1), "4 s later");
    assert.equal(outcome({ alert: null, delay_secs: null }, 1), "not among those that you may read", "it may have been raised");
    assert.equal(summaryText({ ...debrief, held_back: 1 }), "1 of 2 expected alerts are among those that you may read. 1 were raised that nobody expected.");
  },

  "a place that is left out is told with its end, and never longer"() {
    const of = (state, ahead = 60_000, more = {}) => ({ state, until_unix_ms: Date.now() + ahead, reason: "", ...more });
    assert.match(suppressions.suppressionWords(of("in_force")), /^No alert there until /);
    assert.equal(suppressions.suppressionWords(of("in_force", -1)), "over: alerts there again");
    assert.match(suppressions.suppressionWords(of("waiting")), /^No alert there, to .*: the box has not answered yet$/);
    assert.equal(suppressions.suppressionWords(of("refused", 1, { reason: "disk" })), "the box refused it: the box cannot write on its disk");
    assert.deepEqual(["waiting", "in_force", "lifting", "removed", "refused", "unknown_place"].map((state) => suppressions.isOpen(of(state))), [true, true, true, false, false, false]);
  },

  "a share of false alarms stands beside its numbers, and of few there is none"() {
    const check = (rejected, decided, is_enough, expected) => assert.equal(falseText({ rejected, decided, is_enough }, 10), expected);
    check(0, 0, false, "none decided");
    check(2, 3, false, "2 of 3: too few to say (fewer than 10)");
    check(3, 14, true, "3 of 14 (21 %)");
  },

  "missing stills are told with their reasons, the most frequent first"() {
    words.learn({ catalogue: { ...catalogue, withheld: { too_dark: "it was too dark" } } });
    const check = (day_stills_withheld, expected) => assert.deepEqual(missingStills({ day_stills_withheld }), expected);
    check({}, null);
    check({ verifier: 0 }, null);
    check({ too_dark: 1 }, { alerts: "1 alert without a still", reasons: ["1 without a still: it was too dark"] });
    check(
      { from_a_newer_box: 1, too_dark: 3 },
      { alerts: "4 alerts without a still", reasons: ["3 without a still: it was too dark", "1 without a still: from_a_newer_box"] },
    );
  },

  "what was missed is never rounded down to nothing"() {
    const check = (recall, expected) => assert.equal(missed(recall), expected, String(recall));
    check(1, "0.00");
    check(0.99996, "0.01");
    check(0.98, "2.00");
    check(0.9991, "0.09");
  },

  "shares are never rounded up to all"() {
    const check = (secs, expected) => assert.equal(percent(share(secs).analysed), expected, JSON.stringify(secs));
    check({ analysed: 3_600 }, "100 %");
    check({ analysed: 86_399, dark: 1 }, "99 %");
    check({ analysed: 1, dark: 3_599 }, "under 1 %");
    check({ dark: 10 }, "0 %");
    check({}, "0 %");
  },

  "cones are drawn as cameras look, clockwise from up"() {
    const plan = { width_px: 1000, height_px: 500 };
    const place = { x_fraction: 0.5, y_fraction: 0.5, heading_degrees: 90, view_degrees: 60, reach_fraction: 0.1 };
    const numbers = (path) => path.match(/-?[\d.]+(e-\d+)?/g).map((one) => Math.round(Number(one)));
    assert.deepEqual(numbers(conePath(place, plan)), [500, 250, 587, 200, 100, 100, 0, 0, 1, 587, 300]);
    assert.match(conePath({ ...place, view_degrees: 200 }, plan), /A100 100 0 1 1/);
    assert.match(conePath({ ...place, view_degrees: 360 }, plan), /^M400 250a100 100/);
    for (const [degrees, expected] of [[0, [5, 4]], [90, [6, 5]], [180, [5, 6]], [270, [4, 5]]]) assert.deepEqual(pointAt(5, 5, degrees, 1).map(Math.round), expected);
    for (const [degrees, expected] of [[0, "up"], [350, "up"], [135, "down and right"], [270, "left"]]) assert.equal(directionWords(degrees), expected);
  },

  "keys move, turn, widen and lengthen a cone, within what the hub takes"() {
    const place = { box: "b", camera: "c", x_fraction: 0.5, y_fraction: 0.5, heading_degrees: 0, view_degrees: 70, reach_fraction: 0.15 };
    const check = (key, more, expected) => {
      const found = pressed(place, { key, shiftKey: false, ctrlKey: false, altKey: false, ...more });
      assert.deepEqual(found, expected === null ? null : { ...place, ...expected }, key);
    };
    check("ArrowLeft", {}, { x_fraction: 0.49 });
    check("ArrowDown", {}, { y_fraction: 0.51 });
    check("ArrowUp", { altKey: true }, { y_fraction: 0.498 });
    check("ArrowLeft", { shiftKey: true }, { heading_degrees: 355 });
    check("ArrowRight", { shiftKey: true }, { heading_degrees: 5 });
    check("ArrowUp", { shiftKey: true }, { reach_fraction: 0.16 });
    check("+", {}, { view_degrees: 75 });
    check("-", {}, { view_degrees: 65 });
    check("ArrowRight", { ctrlKey: true }, { view_degrees: 75 });
    check("ArrowUp", { ctrlKey: true }, null);
    check("j", {}, null);
    const most = within({ ...place, x_fraction: 3, y_fraction: -1, heading_degrees: 359.99, view_degrees: 900, reach_fraction: 0 });
    assert.deepEqual(most, { ...place, x_fraction: 1, y_fraction: 0, heading_degrees: 0, view_degrees: 360, reach_fraction: 0.01 });
  },

  "rules are switched on and off as the box takes them, and a zone keeps one"() {
    const { rulesOf, switched, withValue } = settings;
    const bare = { id: "hall" };
    assert.deepEqual(rulesOf(bare), ["abandoned", "density"], "where none is written");
    assert.deepEqual(switched(bare, "density"), { id: "hall", abandoned: {} });
    assert.deepEqual(switched(bare, "movement"), { id: "hall", abandoned: {}, density: {}, movement: {} });
    assert.equal(switched({ id: "hall", density: {} }, "density"), null);
    assert.deepEqual(withValue(bare, "abandoned", "unattended_secs", 30), { id: "hall", abandoned: { unattended_secs: 30 }, density: {} });
    const newer = { id: "hall", abandoned: { unattended_secs: 30, from_a_newer_box: 1 } };
    assert.deepEqual(withValue(newer, "abandoned", "unattended_secs", null), { id: "hall", abandoned: { from_a_newer_box: 1 } }, "what is not known is carried along");
  },

  "corners are added, moved and removed within the picture"() {
    const { corners, cornerMoved, point, withCorner, withoutCorner } = settings;
    const zone = { id: "hall", polygon: [[0, 0], [1, 0], [1, 1]] };
    assert.deepEqual(withCorner(zone, 2).polygon, [[0, 0], [1, 0], [1, 1], [0.5, 0.5]], "the last side goes back to the first corner");
    assert.equal(withoutCorner(zone, 0), null, "three at least");
    assert.deepEqual(withoutCorner(withCorner(zone, 0), 1).polygon, zone.polygon);
    assert.deepEqual(cornerMoved({ id: "all" }, 2, [0.9, 0.8]).polygon, [[0, 0], [1, 0], [0.9, 0.8], [0, 1]], "the whole picture becomes a polygon");
    assert.equal(corners({ id: "all" }).length, 4);
    assert.deepEqual(point(-0.2, 1.00004), [0, 1]);
    const both = { zones: [zone], ground_plane: [{ picture: [0.5, 0.5], ground_m: [1, 2] }] };
    assert.deepEqual(movedBy(both, { type: "ground", point: 0 }, 0.01, -0.01).ground_plane, [{ picture: [0.51, 0.49], ground_m: [1, 2] }]);
    assert.deepEqual(movedBy(both, { type: "zone", zone: 0 }, 0, 0.1).zones[0].polygon, [[0, 0.1], [1, 0.1], [1, 1]]);
    assert.deepEqual(both.zones[0].polygon, [[0, 0], [1, 0], [1, 1]], "what was, is as it was");
  },

  "what a change does is said in sentences"() {
    const { differences, whole } = settings;
    const steps = { id: "steps", polygon: [[0, 0], [1, 0], [1, 1]], abandoned: { unattended_secs: 60 } };
    const before = whole({ zones: [steps, { id: "old" }] });
    const after = whole({ zones: [{ ...steps, polygon: [[0, 0], [1, 0], [0.5, 1]], abandoned: { mode: "shadow" }, density: { levels: [{ name: "busy", from_persons: 20 }] } }, { id: "new" }], ground_plane: [{ picture: [0, 0], ground_m: [0, 0] }] });
    assert.deepEqual(differences(before, after), [
      "New zone new",
      "Zone old is removed",
      "steps: another outline",
      "steps, abandoned object, Unattended for, s: 60 → default",
      "steps, abandoned object, Mode: default → shadow (silent)",
      "steps: crowd density is switched on",
      "Ground points: 0 before, 1 now, or moved",
    ]);
    assert.deepEqual(differences(after, after), []);
    const sorted = whole({ zones: [{ abandoned: { unattended_secs: 60 }, id: "steps", polygon: steps.polygon }] });
    assert.ok(settings.same(sorted, whole({ zones: [steps] })), "the hub tells the keys in another order");
    assert.ok(!settings.same(before, after));
    const { isNoChange } = settings;
    assert.ok(isNoChange(sorted, whole({ zones: [steps] })));
    assert.ok(isNoChange(whole({ zones: [{ id: "hall" }] }), whole({ zones: [{ id: "hall", polygon: settings.WHOLE, abandoned: {}, density: {} }] })), "what a box fills in");
    assert.ok(!isNoChange(before, after));
    assert.ok(!isNoChange(whole({ zones: [steps] }), whole({ zones: [steps, steps] })));
  },

  "problems stand beside what they are about"() {
    const { otherProblems, problemsAt } = settings;
    const problems = ["zones[1].polygon", "zones[10].id", "ground_plane[0]", "", "zones"].map((path) => ({ path, text: path }));
    assert.deepEqual(problemsAt(problems, "zones[1]").map(({ path }) => path), ["zones[1].polygon"]);
    assert.deepEqual(problemsAt(problems, "ground_plane[0]").length, 1);
    assert.deepEqual(otherProblems(problems).map(({ path }) => path), ["", "zones"]);
  },

  "every text of the page has its words, and no words are left over"() {
    const asked = new Set([...source.matchAll(/(?<![\w.])text(?:Parts)?\(([^;]*?)[,)]/g)].flatMap(([, codes]) => [...codes.matchAll(/"(\w+)"/g)].map(([, code]) => code)));
    for (const [, code] of source.matchAll(/(?<![\w.])text(?:Parts)?\(\s*"(\w+)"/g)) assert.ok(catalogue.page[code], `no words for ${code}`);
    for (const [, table] of source.matchAll(/(?<![\w.])word\("(\w+)"/g)) assert.ok(catalogue[table], `no table ${table}`);
    for (const code of Object.keys(catalogue.page)) {
      const isMade = /^(filter|empty|count|meaning|ended|confidence|page|trend|need|part|head|log|figures|face|looks|field|editor|change|level)_/.test(code) || ["withheld", "expired", "lost", "gap", "unknown"].includes(code);
      assert.ok(isMade || asked.has(code) || source.includes(`"${code}"`), `nobody says ${code}`);
    }
  },

  "codes become sentences, and unknown ones are shown as they are"() {
    words.learn({ catalogue: { ...catalogue, explanation: { unattended_secs: "nobody attended it[ for {secs}]", zone_area_m2: "the area is known[: {m2}]" } } });
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
