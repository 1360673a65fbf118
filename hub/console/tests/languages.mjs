// The page in a language that does not exist: whatever is not from its catalogue, or from what the hub knows, gives itself
// away, and so does a text that has no room to be longer.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub } from "./town.mjs";

const [OPEN, CLOSE] = ["\u27e6", "\u27e7"];
/** Letters, and no value between braces. */
const longer = (sentence) => sentence.replace(/\{\w+\}|[aeiou]/g, (found) => (found.length > 1 ? found : found + found));
const foreign = (sentence) => `${OPEN}${longer(sentence)}${CLOSE}`;
/** Codes that are shown as they are, in a table of letters. */
const AS_THEY_ARE = new Set(["language", "coverage_letter"]);
/** Times, units, and names of keys and programs. */
const NEUTRAL = /^(?:\d+(?:[.,:]\d+)*|s|min|h|d|ms|m²|m|UTC|GB|TB|MB|KB|GiB|MiB|KiB|%|v|Velum|Alt|Ctrl|Shift|Enter|Esc|Escape|Tab|Home|End|GDPR|LED|[a-zA-Z?])$/;

export function languages({ visitor, shot, fitsWide, dir }) {
  let hub;
  let page;
  const known = [];

  /** Texts that are seen, without what the catalogue and the hub say. */
  const betrayed = async () => {
    const texts = await page.evaluate(() => {
      const blocks = new Set();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const { parentElement: element, nodeValue: text } = walker.currentNode;
        if (text.trim() === "" || !element.checkVisibility()) continue;
        let block = element;
        while (block.parentElement && getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
        blocks.add(block);
      }
      const named = [...document.querySelectorAll("[aria-label], [title], [placeholder]")];
      const attributes = named.flatMap((one) => ["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name) ?? ""));
      return [...[...blocks].map((block) => block.textContent), ...attributes];
    });
    const said = known.join("\n").toLowerCase();
    const rest = texts.flatMap((text) => withoutForeign(text).split(/[^\p{L}\p{N}²%?]+/u));
    return [...new Set(rest.filter((word) => word !== "" && !NEUTRAL.test(word) && !said.includes(word.toLowerCase())))];
  };

  const look = async (name) => {
    assert.deepEqual(await betrayed(), [], `${name}: not from a catalogue`);
    assert.deepEqual(await fitsWide(page), [], `${name}: no room for longer words`);
    await shot(page, `90-language-${name}`);
  };

  return {
    async "languages: every page speaks the language of its catalogue, with room for longer words"() {
      hub = await Hub.found(join(dir, "languages"), 30);
      page = await visitor();
      await page.route("**/words.json", async (route) => {
        const response = await route.fetch();
        const tables = Object.entries(await response.json());
        const told = ([code, sentence]) => [code, foreign(sentence)];
        const json = Object.fromEntries(tables.map(([name, table]) => [name, AS_THEY_ARE.has(name) ? table : Object.fromEntries(Object.entries(table).map(told))]));
        await route.fulfill({ response, json });
      });
      page.on("response", (response) => {
        if (!/\/api\//.test(response.url())) return;
        if (/event-stream/.test(response.headers()["content-type"] ?? "")) return;
        response.json().then((body) => strings(body, known), () => {});
      });
      const link = await hub.command("user", "add", "root", "--administrator", "--recipient", "plaza-steward");
      await page.goto(link);
      await page.locator("input[type=password]").first().waitFor();
      await look("setup");
      const passwords = page.locator("input[type=password]");
      for (const at of [0, 1]) await passwords.nth(at).fill("tram lantern quince");
      await page.keyboard.press("Enter");
      await page.locator("input#name, input[autocomplete=username]").first().waitFor();
      await look("login");
      await page.goto(hub.url);
      await page.locator("input[autocomplete=username]").fill("root");
      await page.locator("input[type=password]").fill("wrong wrong wrong");
      await page.keyboard.press("Enter");
      await page.locator("[role=alert]:not(:empty), .refusal, .bad, .remark:not(:empty)").first().waitFor();
      await look("refused");
      await page.locator("input[type=password]").fill("tram lantern quince");
      await page.keyboard.press("Enter");
      const box = await hub.enrol("tram-hub-3");
      await box.connect();
      box.cover(scenes.coverage());
      const events = [scenes.bag(), scenes.crowd(), scenes.camera("DARK")];
      strings(events, known);
      await box.send(...events, { withheld: { rule: "schedule" } });
      await page.locator("table tbody tr").first().waitFor();
      await page.keyboard.press("j");
      for (const [key, name] of PAGES) {
        await page.keyboard.press(key);
        await page.waitForTimeout(400);
        await look(name);
      }
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await look("keys");
      await page.context().close();
    },
  };
}

/** The pages, by the keys that turn to them. */
const PAGES = [["1", "alerts"], ["2", "all"], ["3", "withheld"], ["4", "gaps"], ["5", "cameras"], ["6", "oversight"], ["7", "boxes"]];

/** All texts in an answer. */
function strings(value, into) {
  if (typeof value === "string") into.push(value);
  else if (value !== null && typeof value === "object") Object.entries(value).forEach(([key, one]) => (into.push(key), strings(one, into)));
}

/** What stands outside of marked sentences, which may stand in one another. */
function withoutForeign(text) {
  let depth = 0;
  let rest = "";
  for (const c of text) {
    if (c === OPEN) depth += 1;
    else if (c === CLOSE) depth -= 1;
    else if (depth <= 0) rest += c;
  }
  return rest;
}
