// The page of boxes: who is in, and what an administrator does about it, against real programs.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub, until } from "./town.mjs";

export function boxes({ visitor, logIn, setUp, setPassword, shot, fitsWide, dir }) {
  let hub;
  let box;
  let page;
  const row = (name) => page.getByRole("row", { name });

  return {
    async "boxes: everybody sees how they stand, and changes nothing"() {
      hub = await Hub.found(join(dir, "boxes"), 30);
      page = await setUp(hub, "anna");
      await logIn(page, hub.url, "anna");
      await page.getByText("Live", { exact: true }).waitFor();
      box = await hub.enrol("tram-hub-3");
      await box.connect();
      box.cover(scenes.coverage());
      await hub.publishNext("1.1.0", [["min_group        = 5", "min_group        = 6"]]);
      await page.keyboard.press("7");
      await row(/tram-hub-3/).getByText("Should run 1.1.0").waitFor();
      await row(/tram-hub-3/).getByText(/^\d+ days left$/).waitFor();
      await row(/tram-hub-3/).getByText("velum-edge 0.1.0").waitFor();
      assert.equal(await page.getByRole("button", { name: /Revoke|New box/ }).count(), 0, "not hers");
      await page.context().close();
    },

    async "boxes: an administrator makes a token, which is shown once"() {
      page = await visitor({ permissions: ["clipboard-write", "clipboard-read"] });
      await setPassword(page, await hub.command("user", "add", "root", "--administrator"));
      await logIn(page, hub.url, "root");
      await page.getByText("Live", { exact: true }).waitFor();
      await page.keyboard.press("7");
      await row(/tram-hub-3/).waitFor();
      await page.getByRole("button", { name: "New box…" }).focus();
      await page.keyboard.press("Enter");
      await page.getByLabel("Name of the box").waitFor();
      await shot(page, "50-new-box");
      await page.keyboard.type("gate-hub-7");
      await page.keyboard.press("Enter");
      const token = page.getByLabel("Token", { exact: true });
      await token.waitFor();
      assert.match(await token.inputValue(), /^velum1\./);
      await page.keyboard.press("Enter");
      await page.getByText("The token is in the clipboard.").waitFor();
      await page.evaluate(() => (document.getElementById("box-token").value = "velum1.EXAMPLE-FOR-THE-PICTURE"));
      await shot(page, "51-token");
      await page.keyboard.press("Escape");
      // It is gone with its dialog.
      await page.locator("#box-token").waitFor({ state: "detached" });
      await row(/gate-hub-7/).getByText(/a token waits until/).waitFor();
      await row(/gate-hub-7/).getByText("never connected").waitFor();
    },

    async "boxes: what is wrong with a machine is told in words"() {
      await row(/tram-hub-3/).getByText("not told: this box is too old to tell it").waitFor();
      const GIB = 1_073_741_824;
      box.tell({
        disk: { free_bytes: 1.4 * GIB, total_bytes: 58 * GIB, least_bytes: GIB },
        clock: { is_trusted: true, ahead_ms: 4_200, margin_ms: 12 },
        models: [{ name: "velum-person-1", digest: Buffer.alloc(32, 4), task: "objects" }],
        uptime_secs: 7_300,
        version: "0.1.0",
        cameras: ["plaza-1", "plaza-2"],
      });
      await until("the page tells it", async () => {
        await page.getByRole("button", { name: "Read again" }).click();
        return row(/tram-hub-3/).getByText("clock is 4.2 s ahead of the hub's").isVisible();
      });
      await row(/tram-hub-3/).getByText("1.4 GiB free of 58.0: soon full").waitFor();
      await row(/tram-hub-3/).getByText("velum-person-1").waitFor();
    },

    async "boxes: an administrator suspends a camera by keyboard, and resumes it"() {
      await row(/tram-hub-3/).getByRole("button", { name: "Suspend or resume tram-hub-3" }).focus();
      await page.keyboard.press("Enter");
      await page.getByLabel("Why, for the audit logs of hub and box").waitFor();
      await page.keyboard.type("roadworks before the camera");
      await page.keyboard.press("Tab");
      await page.keyboard.type("plaza-2");
      await shot(page, "55-suspend");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await row(/tram-hub-3/).getByText("Suspended: camera plaza-2").waitFor();
      await row(/tram-hub-3/).getByRole("button", { name: "Suspend or resume tram-hub-3" }).and(page.locator(":focus")).waitFor();
      await until("the box has it", () => box.suspended?.length === 1);
      assert.equal(box.suspended[0].reason, "roadworks before the camera");
      await until("it is confirmed", async () => {
        await page.getByRole("button", { name: "Read again" }).click();
        return (await row(/tram-hub-3/).getByText("the box has not confirmed it yet").count()) === 0;
      });
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "56-suspended");
      await page.setViewportSize({ width: 1024, height: 768 });
      assert.deepEqual(await fitsWide(page), []);
      await page.emulateMedia({ colorScheme: "light" });
      await shot(page, "57-suspended-tablet-light");
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 1366, height: 768 });
      await row(/tram-hub-3/).getByRole("button", { name: "Suspend or resume tram-hub-3" }).click();
      await page.keyboard.type("the works are done");
      await page.getByRole("button", { name: "Resume: plaza-2" }).click();
      await row(/tram-hub-3/).getByText("Suspended: camera plaza-2").waitFor({ state: "detached" });
      await until("the box is told", () => box.suspended?.length === 0);
    },

    async "boxes: a revocation is typed, and ends the box's stream"() {
      await row(/tram-hub-3/).getByRole("button", { name: "Revoke tram-hub-3?" }).click();
      const revoke = page.getByRole("button", { name: "Revoke", exact: true });
      await page.keyboard.type("tram-hub");
      assert.ok(await revoke.isDisabled(), "not before the whole name is typed");
      await page.keyboard.type("-3");
      await shot(page, "52-revoke");
      await page.keyboard.press("Enter");
      await row(/tram-hub-3/).getByText("revoked", { exact: true }).waitFor();
      await until("the box is away", async () => {
        await page.getByRole("button", { name: "Read again" }).click();
        return row(/tram-hub-3/).getByText("Away").isVisible();
      });
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "53-boxes");
      await page.emulateMedia({ colorScheme: "light" });
      await shot(page, "54-boxes-light");
      const log = await hub.auditText();
      for (const part of ["console:root", "made a token with which one machine becomes the box gate-hub-7", "revoked the certificates of the box tram-hub-3"]) assert.ok(log.includes(part), part);
      await page.context().close();
    },
  };
}
