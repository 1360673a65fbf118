// A box that was taken over says what it likes, within what the hub takes: all of it is text.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub } from "./town.mjs";

/** Short enough for a name, and it would do something. */
const MARKUP = "<img src=x onerror=document.title=1>";

export function hostile({ logIn, setUp, shot, dir }) {
  return {
    async "hostile: what a box says of itself and of alerts stays text"() {
      const hub = await Hub.found(join(dir, "hostile"), 30);
      const page = await setUp(hub, "anna");
      await logIn(page, hub.url, "anna");
      await page.getByText("Live", { exact: true }).waitFor();
      const title = await page.title();
      const box = await hub.enrol("tram-hub-3");
      const scenario = { id: "bag", title: MARKUP, secs: 9, source: MARKUP, licence: MARKUP, expected: [{ kind: "abandoned_object", at_secs: 5, words: MARKUP }] };
      box.abilities = { version: MARKUP, understands: ["exercises"], scenarios: [scenario] };
      await box.connect();
      const explanation = [{ code: MARKUP, value: 3 }, { code: "static_secs", value: 95 }];
      const names = { site: MARKUP, camera: MARKUP, zone: MARKUP, staged: MARKUP, explanation };
      await box.send(scenes.bag({ ...names, abandoned_object: { object_kind: MARKUP, dwell: { at_least_secs: 60 } } }));
      await page.getByRole("row", { name: /Abandoned object/ }).click();
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: /^Details/ }).getByText(MARKUP).first().waitFor();
      const nothingRuns = async (where) => {
        assert.equal(await page.locator("img[src=x]").count(), 0, `${where}: a picture was made of a text`);
        assert.notEqual(await page.title(), "1", `${where}: a script ran`);
      };
      await nothingRuns("alerts");
      await shot(page, "90-hostile");
      await page.keyboard.press("7");
      await page.getByRole("row", { name: /tram-hub-3/ }).getByText(MARKUP).waitFor();
      await nothingRuns("boxes");
      assert.match(title, /Velum/);
      await page.context().close();
    },
  };
}
