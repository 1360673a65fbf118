// Plans of sites: drawn by an administrator, by keys and by pointer, and seen by the control room, against real programs.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub, until } from "./town.mjs";

/** A square with buildings, streets and a tram stop, as a drawing office exports it. */
async function drawnPlan(page) {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1600, 1000];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fdfdfb";
    pen.fillRect(0, 0, 1600, 1000);
    pen.fillStyle = "#e3e5e3";
    pen.fillRect(0, 430, 1600, 110);
    pen.fillRect(1080, 0, 120, 1000);
    pen.lineWidth = 5;
    pen.strokeStyle = "#50565c";
    pen.fillStyle = "#c9cdd1";
    for (const [x, y, w, h] of [[60, 60, 420, 300], [560, 60, 440, 300], [1260, 60, 280, 300], [60, 620, 320, 300], [1260, 620, 280, 300], [470, 820, 540, 120]]) {
      pen.fillRect(x, y, w, h);
      pen.strokeRect(x, y, w, h);
    }
    pen.beginPath();
    pen.arc(720, 680, 70, 0, 7);
    pen.fillStyle = "#dbe9f2";
    pen.fill();
    pen.stroke();
    pen.fillStyle = "#50565c";
    pen.font = "30px sans-serif";
    for (const [words, x, y] of [["Town hall", 190, 220], ["Market hall", 690, 220], ["Fountain", 660, 690], ["Tram stop", 680, 890], ["Bank", 1360, 220], ["School", 170, 780], ["Market street", 560, 495]]) pen.fillText(words, x, y);
    pen.setLineDash([24, 16]);
    pen.beginPath();
    pen.moveTo(0, 485);
    pen.lineTo(520, 485);
    pen.moveTo(790, 485);
    pen.lineTo(1600, 485);
    pen.stroke();
    return canvas.toDataURL("image/png").split(",")[1];
  });
  return Buffer.from(base64, "base64");
}

export function plans({ visitor, logIn, setUp, setPassword, shot, fitsWide, dir }) {
  let hub;
  let box;
  let page;
  let anna;
  const mark = (name) => page.getByRole("button", { name: new RegExp(`^Camera ${name} of tram-hub-3: `) });
  const field = (name) => page.getByLabel(name, { exact: true });

  return {
    async "plans: an administrator uploads one; what is no picture is refused in words"() {
      hub = await Hub.found(join(dir, "plans"), 30);
      box = await hub.enrol("tram-hub-3");
      anna = await setUp(hub, "anna");
      await box.connect();
      box.cover(scenes.day());
      await box.send(scenes.cameraThen("plaza-1", "ANALYSED", 300), scenes.cameraThen("plaza-2", "DARK", 40), scenes.cameraThen("gate-3", "OFFLINE", 72));
      page = await visitor();
      await setPassword(page, await hub.command("user", "add", "root", "--administrator", "--recipient", "plaza-steward"));
      await logIn(page, hub.url, "root");
      await page.getByText("Live", { exact: true }).waitFor();
      const picture = await drawnPlan(page);
      await page.keyboard.press("5");
      await page.keyboard.press("p");
      await page.getByText("Upload one, then place the cameras on it.").waitFor();
      await page.getByRole("button", { name: "New plan…" }).focus();
      await page.keyboard.press("Enter");
      await page.keyboard.type("Market square");
      await page.keyboard.press("Tab");
      await page.keyboard.type("market-square");
      await page.getByLabel("Picture of the plan").setInputFiles({ name: "plan.png", mimeType: "image/png", buffer: Buffer.from("<svg/>") });
      await page.getByRole("button", { name: "Upload" }).click();
      await page.getByText("expected a PNG or a JPEG, found another kind of file").waitFor();
      await page.getByLabel("Picture of the plan").setInputFiles({ name: "plan.png", mimeType: "image/png", buffer: picture });
      await shot(page, "60-new-plan");
      await page.getByRole("button", { name: "Upload" }).click();
      await page.getByText("No camera stands on this plan yet.").waitFor();
      await page.getByLabel("Plan", { exact: true }).getByText("Market square, market-square").waitFor({ state: "attached" });
    },

    async "plans: cameras are placed by keys, by numbers and by pointer; what was done is undone"() {
      await page.getByRole("button", { name: "Place cameras" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Put plaza-1 of tram-hub-3 on the plan" }).focus();
      await page.keyboard.press("Enter");
      await mark("plaza-1").and(page.locator(":focus")).waitFor();
      for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp", "+", "Alt+ArrowLeft"]) await page.keyboard.press(key);
      const values = async () => Promise.all(["From the left, %", "From the top, %", "Heading, ° clockwise from up", "Field of view, °", "Reach, % of the width"].map((name) => field(name).inputValue()));
      assert.deepEqual(await values(), ["51.8", "51", "10", "75", "16"]);
      await page.keyboard.press("Control+z");
      assert.equal((await values())[0], "52");
      await field("Heading, ° clockwise from up").fill("135");
      await field("From the left, %").fill("27");
      await field("From the top, %").fill("42");
      await mark("plaza-1").and(page.getByRole("button", { name: /27 % from the left, 42 % from the top; looks down and right \(135°\), 75° wide, 16 %/ })).waitFor();
      await page.getByRole("button", { name: "Put plaza-2 of tram-hub-3 on the plan" }).click();
      const from = await mark("plaza-2").locator(".dot").boundingBox();
      await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
      await page.mouse.down();
      await page.mouse.move(from.x + 190, from.y + 110, { steps: 4 });
      await page.mouse.up();
      const grip = await page.locator("[data-grip=heading]").boundingBox();
      await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
      await page.mouse.down();
      await page.mouse.move(grip.x - 150, grip.y + 60, { steps: 4 });
      await page.mouse.up();
      const [x, y, heading] = (await values()).map(Number);
      assert.ok(x > 60 && y > 55 && heading > 270 && heading < 350, `${x} ${y} ${heading}`);
      for (const camera of ["gate-3", "tram-stop"]) await page.getByRole("button", { name: `Put ${camera} of tram-hub-3 on the plan` }).click();
      await field("From the left, %").fill("52");
      await field("From the top, %").fill("80");
      await field("Field of view, °").fill("360");
      await mark("gate-3").focus();
      await field("From the left, %").fill("74");
      await field("From the top, %").fill("12");
      await field("Heading, ° clockwise from up").fill("200");
      await page.getByText("Keys for the selected camera").click();
      await shot(page, "61-plan-editing");
      assert.deepEqual(await fitsWide(page), []);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: "Place cameras" }).and(page.locator(":focus")).waitFor();
      await page.getByRole("listitem").filter({ hasText: "plaza-2" }).getByText("Dark").waitFor();
    },

    async "plans: the control room sees how cameras are, and where an alert is; it changes nothing"() {
      await logIn(anna, hub.url, "anna");
      await anna.getByText("Live", { exact: true }).waitFor();
      await anna.keyboard.press("5");
      await anna.keyboard.press("p");
      await anna.getByRole("listitem").filter({ hasText: "gate-3" }).getByText("Offline").waitFor();
      await anna.getByRole("img", { name: /^Plan Market square of market-square; cameras on it: 4/ }).waitFor();
      assert.equal(await anna.getByRole("button", { name: /New plan|Place cameras|Name and picture/ }).count(), 0, "not hers");
      await until("the picture is there", () => anna.evaluate(() => document.querySelector("image.paper") !== null));
      await anna.keyboard.press("j");
      await anna.keyboard.press("j");
      assert.deepEqual(await fitsWide(anna), []);
      await shot(anna, "62-plan");
      await anna.emulateMedia({ colorScheme: "light" });
      await shot(anna, "63-plan-light");
      await anna.setViewportSize({ width: 820, height: 1180 });
      assert.deepEqual(await fitsWide(anna), []);
      await shot(anna, "64-plan-tablet");
      await anna.setViewportSize({ width: 1366, height: 768 });
      await box.send(scenes.bag({ staged: undefined }));
      await anna.keyboard.press("1");
      await anna.getByRole("row", { name: /plaza-2 \/ steps/ }).click();
      await anna.keyboard.press("Enter");
      await anna.getByRole("img", { name: /^Camera plaza-2 on the plan Market square of market-square: / }).scrollIntoViewIfNeeded();
      await shot(anna, "65-alert-place-light");
      await anna.emulateMedia({ colorScheme: "dark" });
      await shot(anna, "66-alert-place");
    },

    async "plans: renamed and removed by an administrator, with a question; the log has it"() {
      await page.getByRole("button", { name: "Name and picture…" }).click();
      await page.getByLabel("Name of the plan").fill("Square, summer");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("heading", { name: "Square, summer" }).waitFor();
      const other = await drawnPlan(page);
      await page.getByRole("button", { name: "New plan…" }).click();
      await page.getByLabel("Name of the plan").fill("Depot");
      await page.getByLabel("Site", { exact: true }).fill("depot");
      await page.getByLabel("Picture of the plan").setInputFiles({ name: "plan.png", mimeType: "image/png", buffer: other });
      await page.getByRole("button", { name: "Upload" }).click();
      await page.getByRole("heading", { name: "Depot" }).waitFor();
      await page.getByRole("button", { name: "Name and picture…" }).click();
      await page.getByRole("button", { name: "Remove…" }).click();
      await page.getByRole("button", { name: "Remove the plan" }).click();
      await page.getByRole("heading", { name: "Square, summer" }).waitFor();
      await page.getByRole("button", { name: "Name and picture…" }).click();
      await page.getByRole("button", { name: "Remove…" }).click();
      await shot(page, "67-plan-remove");
      await page.getByRole("button", { name: "Remove the plan" }).click();
      await page.getByText("Upload one, then place the cameras on it.").waitFor();
      const log = await hub.auditText();
      for (const part of ["uploaded the plan", "placed 4 (", "renamed the plan", "removed the plan"]) assert.ok(log.includes(part), part);
      await page.context().close();
      await anna.context().close();
      box.disconnect();
    },
  };
}
