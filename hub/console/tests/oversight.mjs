// The page of oversight, by whom it is given to and by nobody else, against real programs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub } from "./town.mjs";

/** The policy gives its log to an auditor, who says why. */
const AUDITOR = `
[[recipient]]
role     = "dpo-auditor"
organisation = "City of Port Velum (fictional)"
regime   = "gdpr"
purposes = ["audit"]
events   = []
fields   = []
audit_log = true
imagery  = false
max_age  = "P183D"
export   = false
justification = "audit file number is mandatory"
location = "EEA"

[human_oversight]`;

export function oversight({ visitor, logIn, setUp, setPassword, shot, focused, fitsWide, dir }) {
  let hub;
  let box;
  let page;

  return {
    async "oversight: an auditor says why, and sees what each box runs and what was published"() {
      hub = await Hub.found(join(dir, "oversight"), 30, [["\n[human_oversight]", AUDITOR]]);
      const anna = await setUp(hub, "anna");
      await logIn(anna, hub.url, "anna");
      await anna.getByText("Live", { exact: true }).waitFor();
      assert.equal(await anna.getByRole("button", { name: "Oversight" }).count(), 0, "not hers");
      box = await hub.enrol("tram-hub-3");
      await box.connect();
      box.cover(scenes.coverage());
      await hub.publishNext("1.1.0", [["min_group        = 5", "min_group        = 6"]]);
      const bags = Array.from({ length: 12 }, () => scenes.bag({ staged: undefined, still_may_be_asked_for: false }));
      await box.send(...bags, scenes.crowd());
      await anna.getByRole("button", { name: "Alerts", exact: true }).and(anna.locator("[aria-pressed]")).click();
      await anna.getByRole("row", { name: /plaza-2/ }).first().waitFor();
      for (const [at, key] of ["c", "c", "r", "c", "c", "c", "r", "c", "c", "c", "c", "c"].entries()) await review(anna, at, key);
      await anna.context().close();

      page = await visitor();
      await setPassword(page, await hub.command("user", "add", "dora", "--recipient", "dpo-auditor"));
      await logIn(page, hub.url, "dora");
      await page.getByRole("button", { name: "Oversight" }).waitFor();
      await page.keyboard.press("6");
      await page.getByLabel("Reason or file number").waitFor();
      assert.equal(await page.getByText("What each box runs").count(), 0, "nothing is shown without a reason");
      await shot(page, "40-oversight-reason");
      await page.keyboard.type("file 2026-17");
      await page.keyboard.press("Enter");
      const row = page.getByRole("row", { name: /tram-hub-3/ });
      await row.getByText("Should run 1.1.0").waitFor();
      await row.getByText("plaza-1", { exact: true }).waitFor();
      await page.getByText("Boxes that do not run the version that holds: 1 of 1.").waitFor();
      await page.getByText("No change of a camera's settings waits for a decision.").waitFor();
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "41-oversight-policies");
    },

    async "oversight: what changed between two versions stands in plain words"() {
      await page.getByRole("button", { name: "What changed in version 1.1.0" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("More private").first().waitFor();
      await dialog.getByText("What such a change needs").waitFor();
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "42-oversight-diff");
      await page.keyboard.press("Escape");
    },

    async "oversight: the log is read, verified, and its checkpoint kept"() {
      await page.getByRole("button", { name: "Audit log" }).click();
      await page.getByRole("row", { name: /console:dora.*looked at the page of oversight; because: file 2026-17/ }).waitFor();
      await page.getByRole("button", { name: "Verify now" }).click();
      await page.getByText("Nothing is wrong with the lines that are here.").waitFor();
      await shot(page, "43-oversight-log");
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Take a checkpoint" }).click();
      const kept = await download;
      assert.match(kept.suggestedFilename(), /^checkpoint-\d+\.txt$/);
      assert.match(await readFile(await kept.path(), "utf8"), /^velum-audit\//);
      await page.getByText(/^For velum audit verify --checkpoint: \d+:/).waitFor();
      await page.keyboard.press("j");
      assert.notEqual(await focused(page), "", "the entries are walked by keys");
    },

    async "oversight: the audit pack of some days is taken along, and the terminal verifies it"() {
      const day = new Date().toISOString().slice(0, 10);
      await page.getByLabel("From", { exact: true }).fill(day);
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Take the audit pack" }).click();
      const pack = await download;
      assert.equal(pack.suggestedFilename(), `velum-audit-pack-${day}-to-${day}.zip`);
      await page.getByText("The audit pack is among your downloads.").first().waitFor();
      const key = await page.locator("p", { hasText: "Key of the log:" }).locator("code").textContent();
      assert.match(await hub.packVerified(await pack.path(), key), /nothing is wrong/);
      await page.getByLabel("to", { exact: true }).fill("2026-01-01");
      await page.getByRole("button", { name: "Take the audit pack" }).click();
      await page.getByText("of which the second is not before the first").waitFor();
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "43-oversight-pack");
    },

    async "oversight: reviews are told with their numbers, and few with no share"() {
      await page.getByRole("button", { name: "Reviews and false alarms" }).click();
      const row = page.getByRole("row", { name: /plaza-2/ });
      await row.getByText("12 raised, 12 decided").waitFor();
      await row.getByText("2 of 12 (17 %)").waitFor();
      await page.getByRole("row", { name: /plaza-1/ }).getByText("1 raised, 0 decided").waitFor();
      await shot(page, "44-oversight-figures");
      await page.getByRole("button", { name: "What left, and the leak rate" }).click();
      await page.getByText("the policy names no measurement").waitFor();
      await page.getByText("No box has told of anything that left.").waitFor();
      await shot(page, "44-oversight-egress");
      await page.getByRole("button", { name: "Reviews and false alarms" }).click();
      await page.emulateMedia({ colorScheme: "light" });
      await shot(page, "45-oversight-figures-light");
      await page.getByRole("button", { name: "Policies" }).click();
      await shot(page, "46-oversight-policies-light");
      await page.context().close();
    },
  };
}

/** Confirms or rejects the alert at a place of the list. */
async function review(page, at, key) {
  await page.keyboard.press("Home");
  for (let steps = 0; steps <= at; steps++) await page.keyboard.press("j");
  await page.keyboard.press(key);
  if (key === "r") await page.keyboard.press("2");
  await page.locator(".said:not([hidden])").filter({ hasText: key === "c" ? "You confirmed" : "You rejected" }).waitFor();
  // Where nothing is there, the page asks whether to alert there again.
  if (key === "r") {
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
  }
  await page.locator("tr[aria-selected=true]").getByText(/Confirmed|Rejected/).waitFor();
}
