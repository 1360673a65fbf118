// What people write beside their verdicts, by keyboard, against real programs: sealed, and opened for a reason.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub } from "./town.mjs";

const WORDS = "Green suitcase, fetched by its owner at the kiosk.\nThe kiosk's keeper knows her.";
const FIELDS = ["fields        = [", "fields   = ["].map((list) => [`${list}"alert_id",`, `${list}"review_outcome", "reviewer_role", "alert_id",`]);

export function texts({ visitor, logIn, setUp, setPassword, shot, fitsWide, dir }) {
  let hub;
  let box;
  let anna;
  let ben;
  const details = (page) => page.getByRole("region", { name: /^Details: / });

  return {
    async "texts: written after a verdict, by keyboard, and told as nothing but that there is one"() {
      hub = await Hub.found(join(dir, "texts"), 30, FIELDS);
      box = await hub.enrol("tram-hub-3");
      await box.connect();
      await box.send(scenes.bag({ staged: undefined }));
      anna = await setUp(hub, "anna");
      await logIn(anna, hub.url, "anna");
      ben = await visitor();
      await setPassword(ben, await hub.command("user", "add", "ben", "--recipient", "plaza-steward"));
      await logIn(ben, hub.url, "ben");
      for (const page of [anna, ben]) {
        await page.getByRole("row", { name: /plaza-2 \/ steps/ }).waitFor();
        await page.keyboard.press("Home");
        await page.keyboard.press("j");
        await page.keyboard.press("Enter");
        await details(page).getByRole("button", { name: /^Confirm/ }).waitFor();
      }
      await anna.keyboard.press("w");
      await anna.getByText("Say first what the alert was").waitFor();
      await anna.keyboard.press("r");
      await anna.keyboard.press("5");
      await anna.getByRole("heading", { name: "Alert at this place again?" }).waitFor();
      await anna.keyboard.press("Escape");
      await details(anna).getByRole("button", { name: "Write a text…" }).waitFor();
      await anna.keyboard.press("w");
      const field = anna.getByLabel("Text", { exact: true });
      await field.and(anna.locator(":focus")).waitFor();
      await field.fill(WORDS);
      await shot(anna, "70-text-write");
      await anna.keyboard.press("Tab");
      await anna.keyboard.press("Tab");
      await anna.keyboard.press("Enter");
      await details(anna).getByText("You wrote a text").waitFor();
      await details(ben).getByText("Another plaza-steward wrote a text").waitFor();
      assert.equal(await ben.getByText("suitcase, fetched").count(), 0);
      await shot(ben, "71-text-told");
      await ben.emulateMedia({ colorScheme: "light" });
      await shot(ben, "72-text-told-light");
      await ben.emulateMedia({ colorScheme: "dark" });
    },

    async "texts: opened for a reason that is logged first, and gone when closed"() {
      await details(ben).getByRole("button", { name: /^Another plaza-steward wrote a text: Open/ }).focus();
      await ben.keyboard.press("Enter");
      await ben.getByLabel("Why do you read it?").and(ben.locator(":focus")).waitFor();
      await ben.keyboard.press("Enter");
      assert.equal(await ben.locator(".sealed-text").count(), 0, "not without a reason");
      await ben.keyboard.type("the owner calls");
      await shot(ben, "73-text-reason");
      await ben.keyboard.press("Enter");
      await ben.getByText("The kiosk's keeper knows her.").waitFor();
      assert.equal(await ben.locator(".sealed-text").textContent(), WORDS);
      assert.deepEqual(await fitsWide(ben), []);
      await shot(ben, "74-text-opened");
      await ben.keyboard.press("Escape");
      await ben.locator(".sealed-text").waitFor({ state: "detached" });
    },

    async "texts: an answer that comes after its dialog was closed is shown in no other"() {
      let letGo;
      const held = new Promise((resolve) => (letGo = resolve));
      const path = "**/api/text/open";
      await ben.route(path, async (route) => {
        await held;
        await route.continue();
      });
      const open = async () => {
        await details(ben).getByRole("button", { name: /^Another plaza-steward wrote a text: Open/ }).focus();
        await ben.keyboard.press("Enter");
        await ben.getByLabel("Why do you read it?").and(ben.locator(":focus")).waitFor();
      };
      await open();
      await ben.keyboard.type("the owner calls again");
      await ben.keyboard.press("Enter");
      await ben.keyboard.press("Escape");
      await ben.getByLabel("Why do you read it?").waitFor({ state: "detached" });
      await open();
      await ben.keyboard.type("another reason");
      const answered = ben.waitForResponse(path);
      letGo();
      await (await answered).finished();
      await ben.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
      assert.equal(await ben.locator(".sealed-text").count(), 0);
      assert.equal(await ben.getByLabel("Why do you read it?").inputValue(), "another reason");
      await ben.unroute(path);
      await ben.keyboard.press("Escape");
      const log = await hub.auditText();
      for (const part of ["console:ben", "opens a text beside a verdict", "the owner calls", "writes a text to their own word"]) assert.ok(log.includes(part), part);
      assert.ok(!log.includes("suitcase, fetched"));
      await anna.context().close();
      await ben.context().close();
      box.disconnect();
    },
  };
}
