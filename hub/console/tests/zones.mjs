// The editor of zones and calibration, by pointer and by keys. What the hub answers about settings is made up here, by the
// contract of /api/cameras/settings; everything else is real: hub, box, page, still.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub } from "./town.mjs";

const SQUARE = [[0.1, 0.45], [0.45, 0.4], [0.5, 0.9], [0.08, 0.92]];
const GROUND = [[0.2, 0.55, 0, 0], [0.7, 0.55, 12, 0], [0.85, 0.9, 12, 8], [0.1, 0.88, 0, 8]].map(([x, y, east, north]) => ({ picture: [x, y], ground_m: [east, north] }));

/** A hub's memory of one camera's settings. */
class Answers {
  constructor(user) {
    this.user = user;
    this.asked = [];
    this.settings = { zones: [{ id: "steps", polygon: SQUARE, abandoned: { unattended_secs: 60, from_a_newer_box: 3 }, density: { levels: [{ name: "busy", from_persons: 20 }] } }], ground_plane: GROUND };
    this.changes = [];
  }

  told() {
    return { camera: { box: "tram-hub-3", camera: "plaza-2" }, connected: true, current: this.settings, digest: "0a", from_hub: false, takes_settings: true, told_unix_ms: Date.now(), changes: this.changes, may_propose: true, may_approve: true };
  }

  change(id, state, more = {}) {
    return { id, proposed_by: "console:rosa", proposed_unix_ms: Date.now() - 600_000, note: "The kiosk has moved: its corner is looked at too.", settings: { ...this.settings, zones: [...this.settings.zones, { id: "kiosk", polygon: [[0.6, 0.3], [0.9, 0.3], [0.9, 0.6], [0.6, 0.6]], abandoned: { mode: "shadow" } }] }, base_digest: "0a", state, decided_by: null, decided_unix_ms: null, reason: null, problems: [], unanswered: false, ...more };
  }

  answer(path, body) {
    if (path.endsWith("/try")) {
      const problems = body.settings.zones.flatMap((zone, at) => (zone.id.includes(" ") ? [{ path: `zones[${at}].id`, text: "expected a-z, 0-9 and -, found a space; write for example north-stairs" }] : []));
      const line = (n) => [[[0.1 + n * 0.1, 0.5], [0.02 + n * 0.12, 0.98]], [[0.05, 0.5 + n * 0.06], [0.95, 0.5 + n * 0.06]]];
      const plane = { lines: Array.from({ length: 8 }, (_, n) => line(n)).flat(), points: body.settings.ground_plane.map((_, n) => ({ off_px: 1.4 + n, off_m: 0.04 + n * 0.05, off_without_m: n === 3 ? null : 0.2 })), warnings: ["the points lie close together: far away the plane is not sure"] };
      return { problems, plane };
    }
    if (path.endsWith("/propose")) this.changes = [this.change("bb", "proposed", { proposed_by: `console:${this.user}`, settings: body.settings, note: body.note }), ...this.changes];
    if (path.endsWith("/decide")) this.changes = this.changes.map((one) => (one.id === body.id ? { ...one, state: body.approve ? "offered" : "declined", decided_by: `console:${this.user}`, decided_unix_ms: Date.now(), reason: body.reason || null } : one));
    if (path.endsWith("/withdraw")) this.changes = this.changes.map((one) => (one.id === body.id ? { ...one, state: "withdrawn" } : one));
    return {};
  }

  async route(context) {
    await context.route("**/api/cameras/settings**", async (route) => {
      const [path, body] = [new URL(route.request().url()).pathname, route.request().postDataJSON()];
      if (body) this.asked.push([path, body]);
      await route.fulfill({ json: body ? this.answer(path, body) : this.told() });
    });
  }
}

export function zones({ visitor, logIn, setPassword, shot, fitsWide, dir }) {
  let hub;
  let box;
  let page;
  let answers;
  const drawn = (name) => page.locator(".zone-sheet").getByRole("button", { name });
  const last = () => answers.asked.at(-1);

  return {
    async "zones: the settings of a camera are drawn, on a redacted still of it"() {
      hub = await Hub.found(join(dir, "zones"), 30);
      box = await hub.enrol("tram-hub-3");
      await box.connect();
      box.cover(scenes.day());
      const bag = scenes.bag({ staged: undefined });
      await box.send(bag);
      page = await visitor();
      answers = new Answers("root");
      await answers.route(page.context());
      await setPassword(page, await hub.command("user", "add", "root", "--administrator", "--recipient", "plaza-steward"));
      await logIn(page, hub.url, "root");
      await page.getByRole("row", { name: /plaza-2 \/ steps/ }).waitFor();
      await page.keyboard.press("5");
      await page.getByRole("button", { name: "Edit the zones of plaza-2 of tram-hub-3" }).focus();
      await page.keyboard.press("Enter");
      await drawn("Zone steps, corners: 4").waitFor();
      await shot(page, "80-zones-empty-frame");
      const blank = await visitor();
      const jpeg = await scenes.picture(blank);
      await blank.context().close();
      box.stillAnswer = { still: { jpeg, width_px: 1280, height_px: 720, covered_fraction: 0.062, policy_digest: Buffer.alloc(32, 3), model_digests: [], captured: { unix_ms: bag.event.time.unix_ms, precision_ms: 60_000 } } };
      await page.getByRole("button", { name: "Redacted still behind it…" }).click();
      await page.getByLabel("What for").selectOption("plaza-safety");
      await page.getByLabel("Why this picture is needed").fill("drawing its zones");
      await page.keyboard.press("Enter");
      await page.locator("canvas.backdrop:not([hidden])").waitFor();
      assert.equal(box.requests.at(-1).justification, "drawing its zones", "asked for and logged like any still");
      assert.equal(await page.locator("dialog[open]").count(), 0);
    },

    async "zones: corners are moved, added and removed by keys, and all of it undone"() {
      await drawn("Zone steps, corners: 4").focus();
      await drawn(/^Corner 1 of 4 of steps: 10 % from the left, 45 % from the top/).focus();
      for (const key of ["ArrowRight", "ArrowRight", "Shift+ArrowUp"]) await page.keyboard.press(key);
      await drawn(/^Corner 1 of 4 of steps: 12 % from the left, 44.8 % from the top/).and(page.locator(":focus")).waitFor();
      await page.keyboard.press("Insert");
      await drawn(/^Corner 2 of 5 of steps/).and(page.locator(":focus")).waitFor();
      await page.keyboard.press("Delete");
      await drawn(/^Corner 1 of 4 of steps/).waitFor();
      for (let presses = 0; presses < 5; presses++) await page.keyboard.press("Control+z");
      await drawn(/^Corner 1 of 4 of steps: 10 % from the left, 45 % from the top/).waitFor();
      assert.ok(await page.getByRole("button", { name: "Undo" }).isDisabled());
    },

    async "zones: a zone is drawn by clicks, dragged, named, and its rules set"() {
      await page.getByRole("button", { name: "New zone" }).click();
      const frame = await page.locator(".zone-drawing").first().boundingBox();
      const at = (x, y) => [frame.x + x * frame.width, frame.y + y * frame.height];
      for (const [x, y] of [[0.6, 0.35], [0.9, 0.35], [0.92, 0.7], [0.62, 0.75], [0.6, 0.35]]) await page.mouse.click(...at(x, y));
      const corner = drawn(/^Corner 2 of 4 of zone-2/);
      const from = await corner.boundingBox();
      await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
      await page.mouse.down();
      await page.mouse.move(...at(0.95, 0.3), { steps: 3 });
      await page.mouse.up();
      await drawn(/^Corner 2 of 4 of zone-2: 95 % from the left, 30 % from the top/).waitFor();
      await page.getByLabel("Name", { exact: true }).fill("north stairs");
      await page.keyboard.press("Tab");
      await page.getByRole("checkbox", { name: "crowd density" }).uncheck();
      await page.getByRole("checkbox", { name: "abandoned object" }).click();
      await page.getByText("A zone has at least one rule.").waitFor();
      await page.getByRole("group", { name: "abandoned object" }).getByLabel("Mode").selectOption("shadow");
      await page.getByLabel("Unattended for, s").fill("45");
      await page.keyboard.press("Tab");
      await page.getByRole("button", { name: "Check with the box" }).click();
      await page.getByText("expected a-z, 0-9 and -, found a space").waitFor();
      await page.locator(".verdict").getByText("Wrong by the box: 1").waitFor();
      assert.equal(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid"), "true");
      await shot(page, "81-zones-problem");
      await page.getByLabel("Name", { exact: true }).fill("north-stairs");
      await page.keyboard.press("Tab");
    },

    async "zones: ground points get their metres, and the fitted plane is drawn with what it leaves"() {
      await page.getByRole("button", { name: "New ground point" }).focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Space");
      await drawn(/^Ground point 5: 50 % from the left, 60 % from the top/).and(page.locator(":focus")).waitFor();
      await page.getByLabel("Point 5: metres along").fill("6.5");
      await page.getByLabel("Point 5: metres across").fill("1.2");
      await page.keyboard.press("Tab");
      await page.getByRole("button", { name: "Check with the box" }).click();
      await page.locator(".verdict").getByText("The box finds nothing wrong.").waitFor();
      await page.getByText("0.04 m off the fitted plane (1.4 px); 0.20 m off when fitted without it").waitFor();
      await page.locator(".plane-mark").waitFor();
      await page.getByText("far away the plane is not sure").waitFor();
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "82-zones-plane");
      await page.emulateMedia({ colorScheme: "light" });
      await shot(page, "83-zones-plane-light");
      await page.emulateMedia({ colorScheme: "dark" });
    },

    async "zones: saved as a change, which somebody else approves; before and after are drawn"() {
      await page.getByLabel("What it is for").fill("The northern stairs are looked at");
      await page.getByRole("button", { name: "Save for approval" }).click();
      await page.getByText("You proposed it: another administrator decides.").waitFor();
      const [path, body] = last();
      assert.deepEqual([path, body.base_digest, body.note], ["/api/cameras/settings/propose", "0a", "The northern stairs are looked at"]);
      const [steps, stairs] = body.settings.zones;
      assert.deepEqual(steps, answers.settings.zones[0], "what was not touched goes back as it came, a newer box's keys too");
      assert.deepEqual([stairs.id, stairs.polygon.length, stairs.abandoned, stairs.density], ["north-stairs", 4, { mode: "shadow", unattended_secs: 45 }, undefined]);
      assert.deepEqual(body.settings.ground_plane.at(-1), { picture: [0.5, 0.6], ground_m: [6.5, 1.2] });
      await page.getByRole("listitem").filter({ hasText: "The northern stairs" }).getByRole("button", { name: "Withdraw" }).click();
      await page.getByText("Withdrawn.").waitFor();
      answers.changes = [answers.change("aa", "proposed"), answers.change("cc", "rolled_back", { note: "Larger steps", decided_by: "console:root", decided_unix_ms: Date.now() - 90_000, reason: "the picture was dark for ten seconds after it" }), answers.change("dd", "in_force", { note: "First calibration", decided_by: "console:root", decided_unix_ms: Date.now() - 7_200_000 })];
      await page.getByRole("button", { name: "Read again" }).click();
      await page.getByText("New zone kiosk").waitFor();
      await page.getByText("“the picture was dark for ten seconds after it”").waitFor();
      await page.getByLabel("Reason; needed to decline").scrollIntoViewIfNeeded();
      await shot(page, "84-zones-changes");
      await page.getByRole("button", { name: "Decline" }).click();
      await page.getByLabel("Reason; needed to decline").and(page.locator(":focus")).waitFor();
      await page.getByRole("button", { name: "Approve" }).click();
      await page.getByText("The box tries it out", { exact: true }).waitFor();
      assert.deepEqual(last(), ["/api/cameras/settings/decide", { id: "aa", approve: true, reason: "" }]);
      await page.setViewportSize({ width: 820, height: 1180 });
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "85-zones-tablet");
      await page.setViewportSize({ width: 1366, height: 768 });
      await page.getByRole("button", { name: "Back" }).click();
      await page.getByRole("button", { name: "Edit the zones of plaza-2 of tram-hub-3" }).and(page.locator(":focus")).waitFor();
      assert.equal(await page.locator("canvas").count(), 0, "the still is gone");
      await page.context().close();
      box.disconnect();
    },
  };
}
