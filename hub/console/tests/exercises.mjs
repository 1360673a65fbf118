// Places left out after a decided review, and exercises: by keyboard, against real programs.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub, until } from "./town.mjs";

const STAFFED = 'staffed           = "while somebody watches the terminal"';
const FIELDS = ["fields        = [", "fields   = ["].map((list) => [`${list}"alert_id",`, `${list}"review_outcome", "reviewer_role", "alert_id",`]);
const BAG = {
  id: "bag",
  title: "A bag at the bench",
  secs: 90,
  source: "composed with velum-compose",
  licence: "CC0-1.0",
  expected: [
    { kind: "abandoned_object", at_secs: 5, words: "a bag is put down and left" },
    { kind: "crowd_density", at_secs: 60, words: "a tram arrives" },
  ],
};

export function exercises({ visitor, logIn, setUp, shot, focused, fitsWide, dir }) {
  let hub;
  let box;
  let page;
  let ben;
  const said = (on, text) => on.getByRole("status").filter({ hasText: text }).waitFor({ timeout: 40_000 });
  const dialog = (on) => on.locator("dialog[open]");
  const soon = (at) => ({ unix_ms: Math.floor(at / 1000) * 1000, precision_ms: 1000 });
  const both = async (on, name) => {
    await shot(on, name);
    await on.emulateMedia({ colorScheme: "light" });
    await shot(on, `${name}-light`);
    await on.emulateMedia({ colorScheme: "dark" });
  };

  return {
    async "places left out: after a rejection the page asks, and never by itself"() {
      hub = await Hub.found(join(dir, "exercises"), 30, [...FIELDS, [STAFFED, 'staffed = "always"']]);
      box = await hub.enrol("tram-hub-3");
      page = await setUp(hub, "anna");
      await logIn(page, hub.url, "anna");
      await page.getByText("Live", { exact: true }).waitFor();
      box.abilities = { understands: ["suppressions", "exercises"], scenarios: [BAG] };
      box.orderAnswer = (order) => order.days && { suppression_receipt: { order_id: order.order_id, outcome: order.lift ? "OUTCOME_REMOVED" : "OUTCOME_ADDED", number: 3, until_unix_ms: order.lift ? 0 : order.until_unix_ms } };
      await box.connect();
      box.cover(scenes.coverage());
      await box.send(scenes.bag({ staged: undefined, still_may_be_asked_for: false }), scenes.bag({ staged: undefined, camera: "plaza-1", zone: "bench", still_may_be_asked_for: false }));
      await page.getByRole("row", { name: /bench/ }).waitFor();
      await page.keyboard.press("2");
      await page.keyboard.press("j");
      await page.keyboard.press("Home");
      if (!/steps/.test(await focused(page))) await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.keyboard.press("r");
      await dialog(page).getByRole("heading", { name: "Reject the alert: what is it?" }).waitFor();
      await page.keyboard.press("4");
      await said(page, "You rejected the alert: a person.");
      assert.equal(await dialog(page).count(), 0, "a person is no reason to leave a place out");
      await page.keyboard.press("r");
      await page.keyboard.press("2");
      await dialog(page).getByRole("heading", { name: "Alert at this place again?" }).waitFor();
      assert.match(await focused(page), /Alert there as before$/, "whoever only presses Enter changes nothing");
      // The habit `R 2 R 2` is no answer.
      await page.keyboard.press("r");
      await page.keyboard.press("2");
      await dialog(page).getByRole("button", { name: "No alert there for 7 days" }).and(page.locator(":focus")).waitFor();
      await both(page, "60-left-out-question");
      await page.keyboard.press("Escape");
      assert.equal(await dialog(page).count(), 0);
      assert.equal(box.orders.length, 0);
    },

    async "places left out: for a number of days, shown with its end, and ended early"() {
      // What was decided comes by the live list.
      await page.getByRole("row", { name: /steps.*Rejected: a shadow$/ }).waitFor();
      await page.keyboard.press("n");
      await dialog(page).getByRole("heading", { name: "Alert at this place again?" }).waitFor();
      await page.keyboard.press("6");
      await page.keyboard.press("Enter");
      await dialog(page).getByLabel("Days, 1 to 30").waitFor();
      await page.keyboard.type("3");
      await shot(page, "61-left-out-days");
      await page.keyboard.press("Enter");
      await said(page, "no alert at that place for 3 days");
      const details = page.getByRole("region", { name: /^Details/ });
      await details.getByText(/^No alert there until /).waitFor();
      assert.deepEqual([box.orders[0].days, box.orders[0].verdict, box.orders[0].role], [3, "shadow", "plaza-steward"]);
      assert.deepEqual(await fitsWide(page), []);
      await both(page, "62-left-out");
      await page.keyboard.press("5");
      const camera = page.getByRole("listitem", { name: /^Camera plaza-2/ });
      // Its hours, by which the page knows of a camera, are told every 20 s.
      await camera.getByText("Places left out").waitFor({ timeout: 40_000 });
      await camera.getByText(/decided: a shadow · by plaza-steward/).waitFor();
      await both(page, "63-left-out-camera");
      await camera.getByRole("button", { name: /^Alert there again/ }).focus();
      await page.keyboard.press("Enter");
      await said(page, "alerts at that place again");
      await until("the order is lifted", () => box.orders.some((one) => one.lift));
      await camera.getByText("Places left out").waitFor({ state: "detached" });
    },

    async "exercise: what is blind is said before it begins, and on every page while it runs"() {
      await hub.command("user", "add", "cora", "--recipient", "plaza-steward", "--administrator").then(async (link) => {
        ben = await visitor();
        await ben.goto(link);
        await ben.getByLabel("Password", { exact: true }).fill("tram lantern quince");
        await ben.getByLabel("Password again").fill("tram lantern quince");
        await ben.keyboard.press("Enter");
        await ben.getByText("Your password is set").waitFor();
      });
      await logIn(ben, hub.url, "cora");
      await ben.getByText("Live", { exact: true }).waitFor();
      await ben.keyboard.press("8");
      await ben.getByText("Nothing was played yet.").waitFor();
      await ben.getByRole("button", { name: "New exercise" }).press("Enter");
      await dialog(ben).getByLabel("Camera").selectOption("plaza-1");
      await dialog(ben).getByText("Camera plaza-1 is blind for real for 2 min").waitFor();
      await dialog(ben).getByText(/at 5 s: a bag is put down and left/).waitFor();
      await dialog(ben).getByLabel("Why").fill("the yearly drill");
      await both(ben, "64-exercise-new");
      const began = Date.now();
      box.orderAnswer = (order) => order.scenario && { exercise_report: { order_id: order.order_id, state: order.stop ? "STATE_ENDED" : "STATE_RUNS", began_unix_ms: began, ended_unix_ms: order.stop ? Date.now() : 0, reason: order.stop ? "stopped" : "" } };
      await ben.keyboard.press("Enter");
      for (const on of [ben, page]) await on.getByText(/“A bag at the bench” is played in the place of camera plaza-1/).waitFor();
      await box.send(scenes.bag({ camera: "plaza-1", staged: "exercise: A bag at the bench", still_may_be_asked_for: false, time: soon(Date.now()) }));
      await page.keyboard.press("2");
      const row = page.getByRole("row", { name: /EXERCISE/ });
      await row.waitFor();
      assert.match(await row.getAttribute("aria-label"), /EXERCISE/);
      await row.click();
      await page.keyboard.press("Enter");
      await page.getByText("Staged: exercise: A bag at the bench").waitFor();
      await both(page, "65-exercise-alert");
      await page.keyboard.press("t");
      await said(page, "You look at the alert");
      await page.keyboard.press("r");
      await page.keyboard.press("3");
      await said(page, "You rejected the alert: furniture or a bin.");
      assert.equal(await dialog(page).count(), 0, "no place is left out for what was played");
      await page.setViewportSize({ width: 820, height: 1180 });
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "66-exercise-tablet");
      await page.setViewportSize({ width: 1366, height: 768 });
    },

    async "exercise: anybody stops it, and it is looked back at"() {
      await page.getByRole("button", { name: /^Stop it: look through camera plaza-1/ }).focus();
      await page.keyboard.press("Enter");
      await said(page, "The box is told to look through its camera again.");
      await until("the focus is in the list again", async () => /EXERCISE/.test(await focused(page)));
      for (const on of [ben, page]) await on.getByText(/” is played in the place of camera/).waitFor({ state: "detached" });
      await ben.getByRole("row", { name: /A bag at the bench/ }).waitFor();
      await ben.getByText("stopped by people").waitFor();
      await both(ben, "67-exercises");
      await ben.getByRole("button", { name: /^Look back at A bag/ }).press("Enter");
      await ben.getByRole("heading", { name: "Debrief: A bag at the bench" }).waitFor();
      await ben.getByText("1 of 2 expected alerts were raised. Nothing else was raised.").waitFor();
      await ben.getByText(/console:anna \(plaza-steward\): taken/).waitFor();
      await ben.getByText(/console:anna \(plaza-steward\): decided: furniture or a bin/).waitFor();
      assert.deepEqual(await fitsWide(ben), []);
      await both(ben, "68-debrief");
      await ben.emulateMedia({ media: "print" });
      assert.equal(await ben.getByRole("button", { name: "Print" }).isVisible(), false);
      await shot(ben, "69-debrief-print");
      await ben.emulateMedia({ media: "screen" });
    },

    async "exercise: a debrief stays while others begin and end exercises, and Back leads to its line"() {
      const other = await visitor();
      await logIn(other, hub.url, "cora");
      await other.getByText("Live", { exact: true }).waitFor();
      await other.keyboard.press("8");
      await other.getByRole("button", { name: "New exercise" }).press("Enter");
      await dialog(other).getByLabel("Camera").selectOption("plaza-2");
      await dialog(other).getByLabel("Why").fill("another drill");
      await other.keyboard.press("Enter");
      const debrief = ben.getByRole("heading", { name: "Debrief: A bag at the bench" });
      const banner = ben.getByText(/“A bag at the bench” is played in the place of camera plaza-2/);
      await banner.waitFor();
      await debrief.waitFor();
      await ben.getByRole("button", { name: /^Stop it: look through camera plaza-2/ }).press("Enter");
      await banner.waitFor({ state: "detached" });
      // So long the list would take to be read.
      await ben.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
      assert.ok(await debrief.isVisible());
      assert.equal(await ben.getByRole("row", { name: /another drill/ }).count(), 0);
      await ben.getByRole("button", { name: "All exercises" }).press("Enter");
      await ben.getByRole("row", { name: /another drill/ }).waitFor();
      await ben.getByRole("row", { name: /the yearly drill/ }).and(ben.locator(":focus")).waitFor();
      await other.context().close();
      const log = await hub.auditText();
      for (const part of ["no alert at its place for 3 days", "ordered exercise bag", "stopped the exercise", "debrief of the exercise"]) assert.ok(log.includes(part), part);
      await page.context().close();
      await ben.context().close();
      box.disconnect();
    },
  };
}
