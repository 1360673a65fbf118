// Who may read for several purposes says for which, by keyboard, against real programs.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub, until } from "./town.mjs";

const PURPOSE = '[[purpose]]\nid      = "plaza-safety"';
const TWO = [
  [PURPOSE, `[[purpose]]\nid = "lost-property"\ndpv = ["https://w3id.org/dpv/sector/infra#RoadPedestrianSafetyMonitoring"]\ntext.en = "Notice what somebody lost on the plaza, so that a steward brings it back to them."\n\n${PURPOSE}`],
  ['purposes = ["plaza-safety"]', 'purposes = ["lost-property", "plaza-safety"]'],
];

export function purposes({ logIn, setUp, shot, focused, dir }) {
  return {
    async "purposes: the choice keeps the focus though it takes effect at once"() {
      const hub = await Hub.found(join(dir, "purposes"), 30, TWO);
      const box = await hub.enrol("tram-hub-3");
      await box.connect();
      await box.send(scenes.bag({ staged: undefined }));
      const page = await setUp(hub, "anna");
      await logIn(page, hub.url, "anna");
      const choice = page.getByLabel("What you read for").and(page.locator(":focus"));
      await choice.waitFor();
      await page.keyboard.press("ArrowDown");
      await page.locator("#spoken").getByText("You read for: Return of lost property.").waitFor({ state: "attached" });
      await choice.waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.locator("#spoken").getByText("You read for: Safety of the people on the plaza.").waitFor({ state: "attached" });
      await page.getByRole("row", { name: /plaza-2/ }).waitFor();
      await choice.waitFor();
      assert.equal(await choice.inputValue(), "plaza-safety");
      await shot(page, "17-purposes");
      // Of two choices in a row the later holds.
      const asked = [];
      page.on("request", (request) => request.url().includes("/api/live/") && asked.push(new URL(request.url()).searchParams.get("purpose")));
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("ArrowDown");
      await until("the list is read for the later", () => asked.at(-1) === "plaza-safety");
      await choice.waitFor();
      assert.deepEqual(asked, ["plaza-safety"], "and nothing goes on for the other");
      assert.equal(await choice.inputValue(), "plaza-safety");
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), "Sound off");
      await page.context().close();
      box.disconnect();
    },
  };
}
