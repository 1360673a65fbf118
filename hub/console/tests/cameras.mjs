// The cameras' page, by keyboard, against real programs.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub } from "./town.mjs";

export function cameras({ logIn, setUp, shot, focused, fitsWide, dir }) {
  let hub;
  let box;
  let page;
  const entry = (name) => page.getByRole("listitem", { name });

  return {
    async "cameras: what each did in the last hours is told in words, and in a strip"() {
      hub = await Hub.found(join(dir, "cameras"), 30);
      box = await hub.enrol("tram-hub-3");
      page = await setUp(hub, "anna");
      await logIn(page, hub.url, "anna");
      await page.getByText("Live", { exact: true }).waitFor();
      await box.connect();
      box.cover(scenes.day());
      const crowd = scenes.crowd({ validity: "VALIDITY_VALID", crowd_density: { level: "busy", previous_level: "low", persons: { at_least: 10, below: 20 } }, time: { unix_ms: Math.floor(Date.now() / 60_000 - 50) * 60_000, precision_ms: 60_000 } });
      await box.send(scenes.cameraThen("plaza-1", "ANALYSED", 300), scenes.cameraThen("plaza-2", "ANALYSED", 300), scenes.cameraThen("plaza-2", "DARK", 40), scenes.cameraThen("plaza-2", "ANALYSED", 36));
      await box.send(scenes.cameraThen("gate-3", "OFFLINE", 72), crowd, scenes.crowdThen(crowd, 30, { level: "dense", previous_level: "busy", persons: { at_least: 20, below: 30 } }));
      await box.send(scenes.crowdThen(crowd, 12, { level: "critical", previous_level: "dense", persons: { at_least: 40 } }), scenes.bag({ staged: undefined }), scenes.crowd({ zone: "kiosk", camera: "tram-stop", site: "station" }));
      await page.getByRole("row", { name: /Crowd density, updated/ }).waitFor();
      await page.keyboard.press("5");
      await page.getByRole("button", { name: "Cameras" }).and(page.locator("[aria-current=page]")).waitFor();
      await entry(/^Camera plaza-2 of box tram-hub-3\. Analysed 9\d % of the 1 h .* reported since /).getByText(/^Blind (\S+ )?\d\d:\d\d to (\S+ )?\d\d:\d\d: dark$/).waitFor({ timeout: 40_000 });
      await entry(/gate-3/).getByText(/^Blind since (\S+ )?\d\d:\d\d: offline$/).waitFor();
      await entry(/gate-3/).getByText("it is offline").waitFor();
      await entry(/plaza-1/).getByText("rising").waitFor();
      await entry(/plaza-1/).getByText(/level dense → critical · 40 persons or more, (\S+ )?\d\d:\d\d/).waitFor();
      await entry(/plaza-1/).getByText("Crowd density, fountain: valid").waitFor();
      await entry(/tram-stop/).getByText("Crowd density, kiosk: not valid: people are too small in the picture").waitFor();
      const strip = await entry(/plaza-2/).getByRole("img").getAttribute("aria-label");
      assert.match(strip, /^The last 24 hours: .*dark 45 min; .*dark 4 min$/);
      assert.match(await entry(/tram-stop/).getByRole("img").getAttribute("aria-label"), /restarted 10 min; .* to .* not reported$/);
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "30-cameras");
      await page.emulateMedia({ colorScheme: "light" });
      await shot(page, "31-cameras-light");
      await page.emulateMedia({ colorScheme: "dark" });
    },

    async "cameras: walked, chosen by site and by need, by keyboard alone"() {
      assert.equal(await focused(page), "Cameras", "the focus came along to the page");
      await page.keyboard.press("j");
      const first = await focused(page);
      assert.match(first, /^Camera gate-3/, "what needs attention comes first");
      await page.keyboard.press("j");
      assert.notEqual(await focused(page), first);
      await page.keyboard.press("n");
      assert.equal(await page.getByRole("listitem", { name: /^Camera / }).count(), 2);
      await page.getByRole("button", { name: "Needs attention (2)" }).and(page.locator("[aria-pressed=true]")).waitFor();
      await page.keyboard.press("n");
      await page.getByLabel("Site or box").selectOption({ label: "station" });
      assert.equal(await page.getByRole("listitem", { name: /^Camera / }).count(), 1);
      await shot(page, "32-cameras-site");
      await page.getByLabel("Site or box").selectOption({ label: "Everywhere" });
      await page.getByRole("button", { name: "Cameras" }).focus();
      await page.keyboard.press("t");
      assert.equal(await page.locator(".said:not([hidden])").count(), 0, "no alert is taken that is not seen");
      await page.setViewportSize({ width: 820, height: 1180 });
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "33-cameras-tablet");
      await page.setViewportSize({ width: 1366, height: 768 });
      await page.keyboard.press("2");
      await page.getByRole("row", { name: /plaza-2 \/ steps/ }).waitFor();
      assert.equal(await focused(page), "Alerts, newest first", "and back to the list");
      await page.context().close();
      box.disconnect();
    },
  };
}
