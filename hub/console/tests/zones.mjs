// The editor of zones and calibration, by pointer and by keys, and a change that another administrator approves: against real
// programs and a box that speaks the real protocol; what it finds wrong and the plane that it fits are made up.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub, until } from "./town.mjs";

const STAFFED = 'staffed           = "while somebody watches the terminal"';
const SQUARE = [[0.1, 0.45], [0.45, 0.4], [0.5, 0.9], [0.08, 0.92]];
const GROUND = [[0.2, 0.55, 0, 0], [0.7, 0.55, 12, 0], [0.85, 0.9, 12, 8], [0.1, 0.88, 0, 8]].map(([x, y, east, north]) => ({ picture: [x, y], ground_m: [east, north] }));
const SETTINGS = { zones: [{ id: "steps", polygon: SQUARE, abandoned: { unattended_secs: 60, from_a_newer_box: 3 }, density: { levels: [{ name: "busy", from_persons: 20 }] } }], ground_plane: GROUND };

/** As a box judges: names have no spaces, and the largest change of all does not work out. */
function judge({ zones, ground_plane }) {
  const problems = zones.flatMap((zone, at) => (zone.id.includes(" ") ? [{ path: `zones[${at}].id`, text: "expected a-z, 0-9 and -, found a space; write for example north-stairs" }] : []));
  if (zones.some(({ id }) => id === "everything")) return { outcome: "ROLLED_BACK", problems: [{ path: "", text: "the camera was dark for ten seconds after it" }] };
  const lines = Array.from({ length: 8 }, (_, n) => [0.1 + n * 0.1, 0.5, 0.02 + n * 0.12, 0.98, 0.05, 0.5 + n * 0.06, 0.95, 0.5 + n * 0.06]).flat();
  const points = ground_plane.map((_, n) => ({ off_px: 1.4 + n, off_m: 0.04 + n * 0.05, ...(n === 3 ? {} : { off_without_m: 0.2 }) }));
  return { problems, plane: { lines, points, warnings: ["the points lie close together: far away the plane is not sure"] } };
}

export function zones({ visitor, logIn, setPassword, shot, fitsWide, dir }) {
  let hub;
  let box;
  let page;
  let jpeg;
  const stillOf = (bag) => ({ still: { jpeg, width_px: 1280, height_px: 720, covered_fraction: 0.062, policy_digest: Buffer.alloc(32, 3), model_digests: [], captured: { unix_ms: bag.event.time.unix_ms, precision_ms: 60_000 } } });
  const still = async (why) => {
    await page.getByRole("button", { name: "Redacted still behind it…" }).click();
    await page.getByLabel("What for").selectOption("plaza-safety");
    await page.getByLabel("Why this picture is needed").fill(why);
    await page.keyboard.press("Enter");
    await page.locator("canvas.backdrop:not([hidden])").waitFor();
  };
  const drawn = (name) => page.locator(".zone-sheet").getByRole("button", { name });

  return {
    async "zones: the settings of a camera are drawn, on a redacted still of it"() {
      hub = await Hub.found(join(dir, "zones"), 30);
      box = await hub.enrol("tram-hub-3");
      await box.connect();
      box.cover(scenes.day());
      box.has("plaza-2", SETTINGS, judge);
      const bag = scenes.bag({ staged: undefined });
      await box.send(bag);
      page = await visitor();
      await setPassword(page, await hub.command("user", "add", "root", "--administrator", "--recipient", "plaza-steward"));
      await logIn(page, hub.url, "root");
      await page.getByRole("row", { name: /plaza-2 \/ steps/ }).waitFor();
      await page.keyboard.press("5");
      await page.getByRole("button", { name: "Edit the zones of plaza-2 of tram-hub-3" }).focus();
      await page.keyboard.press("Enter");
      await drawn("Zone steps, corners: 4").waitFor();
      await shot(page, "80-zones-empty-frame");
      await page.getByLabel("What it is for").fill("nothing at all");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("Nothing differs from what the box has").waitFor();
      await page.getByLabel("What it is for").and(page.locator(":focus")).fill("");
      assert.equal(await page.getByText("Waits for approval").count(), 0);
      await shot(page, "80-zones-nothing-changed");
      const blank = await visitor();
      jpeg = await scenes.picture(blank);
      await blank.context().close();
      box.stillAnswer = stillOf(bag);
      await still("drawing its zones");
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
      const edit = page.getByRole("button", { name: "Edit the zones of plaza-2 of tram-hub-3" });
      await page.getByRole("button", { name: "Back" }).click();
      await edit.and(page.locator(":focus")).waitFor();
      assert.equal(await page.locator("dialog[open]").count(), 0, "nothing is drawn, so that nothing is lost");
      await edit.click();
      await drawn("Zone steps, corners: 4").waitFor();
      await still("drawing its zones");
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

    async "zones: Back asks before it drops a drawing, and a number is no answer"() {
      const question = page.getByRole("dialog", { name: "Leave without saving?" });
      const back = page.getByRole("button", { name: "Back" });
      for (const keys of [["Escape"], ["Enter"], ["2", "1", "Enter"]]) {
        await back.focus();
        await page.keyboard.press("Enter");
        await question.waitFor();
        if (keys.length > 1) await shot(page, "81-zones-leave");
        for (const key of keys) await page.keyboard.press(key);
        await question.waitFor({ state: "detached" });
        await back.and(page.locator(":focus")).waitFor();
        await drawn(/^Zone north-stairs/).waitFor();
      }
    },

    async "zones: what is removed gives the focus to what is beside it"() {
      await page.getByRole("button", { name: "New zone" }).focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Space");
      await page.getByRole("button", { name: "Remove this zone" }).focus();
      await page.keyboard.press("Enter");
      await page.locator("[data-field=zone-0]").and(page.locator(":focus")).waitFor();
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

    async "zones: saved as a change, which another administrator sees before and after, and approves"() {
      await page.getByLabel("What it is for").fill("The northern stairs are looked at");
      await page.getByRole("button", { name: "Save for approval" }).click();
      await page.getByText("You proposed it: another administrator decides.").waitFor();
      assert.equal(await page.getByRole("button", { name: "Approve" }).count(), 0, "nobody approves their own");
      const rosa = await visitor();
      await setPassword(rosa, await hub.command("user", "add", "rosa", "--administrator"));
      await logIn(rosa, hub.url, "rosa");
      await rosa.getByText("Live", { exact: true }).waitFor();
      await rosa.keyboard.press("5");
      await rosa.getByRole("button", { name: "Edit the zones of plaza-2 of tram-hub-3" }).click();
      await rosa.getByText("New zone north-stairs").waitFor();
      await rosa.getByText("The northern stairs are looked at").scrollIntoViewIfNeeded();
      await shot(rosa, "84-zones-change");
      await rosa.emulateMedia({ colorScheme: "light" });
      await shot(rosa, "84-zones-change-light");
      await rosa.emulateMedia({ colorScheme: "dark" });
      await rosa.getByRole("button", { name: "Decline" }).click();
      await rosa.getByLabel("Reason; needed to decline").and(rosa.locator(":focus")).waitFor();
      await rosa.getByRole("button", { name: "Approve" }).click();
      await rosa.getByText("Approved. The box tries it out").waitFor();
      await until("it is in force", async () => {
        await rosa.getByRole("button", { name: "Read again" }).click();
        return rosa.getByText("In force", { exact: true }).isVisible();
      });
      await rosa.getByText("What the box has came as a change from this hub.").waitFor();
      const [steps, stairs] = box.camera.settings.zones;
      assert.deepEqual(steps, SETTINGS.zones[0], "what was not touched comes as it was, a newer box's keys too");
      assert.deepEqual([stairs.id, stairs.polygon.length, stairs.abandoned, stairs.density], ["north-stairs", 4, { mode: "shadow", unattended_secs: 45 }, undefined]);
      assert.deepEqual(box.camera.settings.ground_plane.at(-1), { picture: [0.5, 0.6], ground_m: [6.5, 1.2] });

      // What the box rolls back is told with its words.
      await rosa.getByRole("button", { name: "New zone" }).click();
      await rosa.keyboard.press("Space");
      await rosa.getByLabel("Name", { exact: true }).fill("everything");
      await rosa.getByLabel("What it is for").fill("All of it");
      await rosa.getByRole("button", { name: "Save for approval" }).click();
      await rosa.getByText("You proposed it").waitFor();
      await page.getByRole("button", { name: "Read again" }).click();
      await page.getByRole("button", { name: "Approve" }).click();
      await until("it is rolled back", async () => {
        await page.getByRole("button", { name: "Read again" }).click();
        return page.getByText("Rolled back by the box").isVisible();
      });
      await page.getByText("the camera was dark for ten seconds after it").first().waitFor();
      await page.locator(".changes-of").evaluate((element) => element.scrollIntoView());
      assert.equal(box.camera.settings.zones.length, 2);
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "85-zones-rolled-back");
      await page.setViewportSize({ width: 820, height: 1180 });
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "86-zones-tablet");
      await page.setViewportSize({ width: 1366, height: 768 });
      await page.getByRole("button", { name: "Back" }).click();
      await page.getByRole("button", { name: "Edit the zones of plaza-2 of tram-hub-3" }).and(page.locator(":focus")).waitFor();
      assert.equal(await page.locator("canvas").count(), 0, "the still is gone");
      await rosa.getByRole("button", { name: "New zone" }).click();
      await rosa.keyboard.press("Space");
      await rosa.getByRole("button", { name: "Back" }).focus();
      for (const key of ["Enter", "2", "Enter"]) await rosa.keyboard.press(key);
      await rosa.getByRole("button", { name: "Edit the zones of plaza-2 of tram-hub-3" }).and(rosa.locator(":focus")).waitFor();
      await rosa.context().close();
      await page.context().close();
      box.disconnect();
    },

    async "zones: when an alert is erased, its picture leaves the editor"() {
      hub = await Hub.found(join(dir, "zones-erased"), 30, [[STAFFED, 'staffed = "always"\nreview_deadline = "PT30S"\nunreviewed = "erase"\n']]);
      box = await hub.enrol("lobby");
      await box.connect();
      box.cover(scenes.day());
      box.has("plaza-2", SETTINGS, judge);
      page = await visitor();
      await setPassword(page, await hub.command("user", "add", "root", "--administrator", "--recipient", "plaza-steward"));
      await logIn(page, hub.url, "root");
      await page.getByText("Live", { exact: true }).waitFor();
      await page.keyboard.press("5");
      await page.getByRole("button", { name: "Edit the zones of plaza-2 of lobby" }).click({ timeout: 40_000 });
      await drawn("Zone steps, corners: 4").waitFor();
      const bag = scenes.bag({ staged: undefined });
      box.stillAnswer = stillOf(bag);
      await box.send(bag);
      await until("there is an alert", async () => (await page.title()) === "(1) Velum");
      await still("is the zone drawn right?");
      await shot(page, "87-zones-before-erasure");
      await page.getByRole("status").filter({ hasText: "An alert was erased: nobody reviewed it in time." }).waitFor({ timeout: 60_000 });
      const canvas = page.locator("canvas.backdrop");
      await canvas.and(page.locator("[hidden]")).waitFor({ state: "attached" });
      assert.deepEqual(await canvas.evaluate(({ width, height }) => [width, height]), [0, 0], "no pixel of it is left");
      await drawn("Zone steps, corners: 4").waitFor();
      await page.locator(".zone-drawing .sheet").waitFor();
      await shot(page, "88-zones-after-erasure");
      await page.context().close();
      box.disconnect();
    },
  };
}
