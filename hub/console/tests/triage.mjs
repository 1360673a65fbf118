// Triage: what people do about alerts, by keyboard, two of them, against real programs.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as scenes from "./scenes.mjs";
import { Hub, until } from "./town.mjs";

const STAFFED = 'staffed           = "while somebody watches the terminal"';
/** What others said is told, and by which role. */
const FIELDS = ["fields        = [", "fields   = ["].map((list) => [`${list}"alert_id",`, `${list}"review_outcome", "reviewer_role", "alert_id",`]);
const oversight = (deadline, more) => [STAFFED, `staffed = "always"\nreview_deadline = "${deadline}"\nunreviewed = "erase"\n${more}`];

/** Counts tones instead of sounding them. */
function countTones() {
  globalThis.tones = 0;
  const parameter = { setValueAtTime() {}, linearRampToValueAtTime() {}, value: 0 };
  globalThis.AudioContext = class {
    state = navigator.userActivation.hasBeenActive ? "running" : "suspended";
    currentTime = 0;
    destination = {};
    createGain = () => ({ gain: parameter, connect: (to) => to });
    createOscillator = () => ({ frequency: parameter, connect: (to) => to, start: () => void (globalThis.tones += 1), stop() {} });
    async resume() {
      this.state = "running";
    }
    async close() {}
  };
}

export function triage({ visitor, logIn, setUp, shot, focused, fitsWide, dir }) {
  let hub;
  let box;
  let crowd;
  let anna;
  let ben;
  const row = (page, name) => page.getByRole("row", { name });
  const rows = (page) => page.getByRole("row").evaluateAll((all) => all.slice(1).map((one) => one.getAttribute("aria-label")));
  const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor({ timeout: 40_000 });
  /** Walks to a line of the list by keys. */
  const walk = async (page, name) => {
    await page.keyboard.press("Home");
    if (!/,/.test(await focused(page))) await page.keyboard.press("j");
    await page.keyboard.press("Home");
    for (let steps = 0; !name.test(await focused(page)); steps++) {
      assert.ok(steps < 40, `no line ${name}`);
      await page.keyboard.press("j");
    }
  };

  return {
    async "the queue has the most pressing first, and says how long is left"() {
      hub = await Hub.found(join(dir, "triage"), 30, [...FIELDS, oversight("PT10M", 'second_reviewer_for = ["crowd_density_level"]\n')]);
      box = await hub.enrol("tram-hub-3");
      anna = await setUp(hub, "anna");
      const page = anna;
      await page.context().addInitScript(countTones);
      await logIn(page, hub.url, "anna");
      await page.getByText("Live", { exact: true }).waitFor();
      await box.connect();
      box.cover(scenes.coverage());
      const bag = (camera, zone, more = {}) => scenes.bag({ camera, zone, staged: undefined, still_may_be_asked_for: false, ...more });
      crowd = scenes.crowd({ validity: "VALIDITY_VALID" });
      await box.send(bag("gate-3", "entry"), crowd, scenes.crowdFell(crowd), bag("plaza-2", "steps", { staged: "exercise of the transport police" }));
      await box.send(bag("platform-1", "bench", { abandoned_object: { object_kind: "suitcase", dwell: { at_least_secs: 300, below_secs: 600 } } }), scenes.crowd({ zone: "northern stairs", validity: "VALIDITY_VALID", crowd_density: { level: "critical", previous_level: "dense", persons: { at_least: 40 } } }));
      await page.getByRole("button", { name: "To review (5)" }).waitFor();
      await page.keyboard.press("4");
      await page.getByRole("grid", { name: "Alerts to review, the most pressing first" }).waitFor();
      const names = await rows(page);
      assert.deepEqual(names.map((one) => /entry|steps|bench|northern stairs|fountain/.exec(one)?.[0]), ["entry", "steps", "bench", "northern stairs", "fountain"]);
      assert.match(names[3], /Waits, 0 of 2$/);
      await row(page, /entry/).getByText(/^9 min \d+ s left$/).waitFor();
      await walk(page, /fountain/);
      await page.keyboard.press("Enter");
      const details = page.getByRole("region", { name: "Details: Crowd density" });
      await details.getByText(/left, then it is erased$/).waitFor();
      await details.getByRole("img", { name: /^Persons in the zone: 20 persons or more at .*, 10 to 19 persons at / }).waitFor();
      assert.deepEqual(await fitsWide(page), []);
      await shot(page, "20-queue");
      await page.emulateMedia({ colorScheme: "light" });
      await shot(page, "21-queue-light");
      await page.emulateMedia({ colorScheme: "dark" });
      await page.keyboard.press("Escape");
    },

    async "who takes an alert has it for a while, and others see that"() {
      const link = await hub.command("user", "add", "ben", "--recipient", "plaza-steward");
      ben = await visitor();
      await ben.goto(link);
      await ben.getByLabel("Password", { exact: true }).fill("tram lantern quince");
      await ben.getByLabel("Password again").fill("tram lantern quince");
      await ben.keyboard.press("Enter");
      await ben.getByText("Your password is set").waitFor();
      await logIn(ben, hub.url, "ben");
      await ben.getByRole("button", { name: "To review (5)" }).waitFor();
      await ben.keyboard.press("4");
      await walk(anna, /entry/);
      await anna.keyboard.press("t");
      await said(anna, "You look at the alert; others see that for 5 minutes.");
      await row(anna, /entry.*You look at it$/).waitFor();
      await row(ben, /entry.*Another plaza-steward looks at it$/).waitFor();
      await walk(ben, /entry/);
      await ben.keyboard.press("Enter");
      await ben.keyboard.press("t");
      await said(ben, /somebody else looks at this alert; it is free again in \d+ s/);
      assert.ok(!(await ben.content()).includes("anna"), "nobody is named");
      await shot(ben, "22-taken-by-another");
      await ben.keyboard.press("Escape");
    },

    async "who decides what somebody else has taken is asked first, and a number is no answer"() {
      const question = ben.getByRole("dialog", { name: "Another plaza-steward looks at it" });
      await ben.keyboard.press("c");
      await question.getByText(/^They have taken it until \d\d:\d\d/).waitFor();
      assert.equal(await focused(ben), "1Leave it to them", "whoever only presses Enter changes nothing");
      await ben.keyboard.press("2");
      assert.equal(await focused(ben), "2Confirm it all the same");
      await shot(ben, "22-held");
      await ben.emulateMedia({ colorScheme: "light" });
      await shot(ben, "22-held-light");
      await ben.emulateMedia({ colorScheme: "dark" });
      await ben.keyboard.press("Escape");
      await ben.keyboard.press("e");
      await question.waitFor();
      await ben.keyboard.press("Enter");
      await question.waitFor({ state: "detached" });
      await ben.keyboard.press("Enter");
      await ben.getByRole("button", { name: /^Reject/ }).focus();
      await ben.keyboard.press("Enter");
      await question.waitFor();
      await ben.keyboard.press("2");
      await ben.keyboard.press("Enter");
      await ben.getByRole("heading", { name: "Reject the alert: what is it?" }).waitFor();
      await ben.keyboard.press("Escape");
      await ben.getByRole("button", { name: /^Reject/ }).and(ben.locator(":focus")).waitFor();
      await ben.keyboard.press("Escape");
      await ben.getByRole("button", { name: "To review (5)" }).waitFor();
    },

    async "confirming takes one key, and the next line follows"() {
      await anna.keyboard.press("Enter");
      await anna.keyboard.press("c");
      await said(anna, "You confirmed the alert.");
      await anna.getByRole("button", { name: "To review (4)" }).waitFor();
      assert.match(await focused(anna), /steps/, "the next line has the focus");
      assert.equal((await rows(ben)).some((one) => /entry/.test(one)), false, "nor does it wait for others");
      await anna.getByRole("button", { name: "Open alerts (5)" }).waitFor();
      assert.equal(await anna.title(), "(4) Velum", "what is decided waits for nobody, raised or not");
    },

    async "who had the line before them is told what another decided, and no key is about the next one"() {
      await said(ben, "Another plaza-steward confirmed: Abandoned object, market-square / gate-3 / entry.");
      assert.equal(await anna.locator(".heard").count(), 0, "not who decided it");
      assert.equal(await focused(ben), "Alerts to review, the most pressing first");
      await shot(ben, "22-decided-by-another");
      await ben.emulateMedia({ colorScheme: "light" });
      await shot(ben, "22-decided-by-another-light");
      await ben.emulateMedia({ colorScheme: "dark" });
      await ben.keyboard.press("c");
      await said(ben, "Choose an alert first.");
      await ben.keyboard.press("j");
      assert.match(await focused(ben), /steps/, "the way goes on from where the line was");
      await anna.keyboard.press("2");
      await row(anna, /entry.*Confirmed$/).waitFor();
      await anna.keyboard.press("4");
    },

    async "rejecting asks what it is, by number"() {
      await walk(anna, /steps/);
      await anna.keyboard.press("r");
      await anna.getByRole("heading", { name: "Reject the alert: what is it?" }).waitFor();
      assert.equal(await focused(anna), "1a reflection");
      await anna.keyboard.press("ArrowDown");
      assert.equal(await focused(anna), "2a shadow");
      await shot(anna, "23-reject");
      await anna.emulateMedia({ colorScheme: "light" });
      await shot(anna, "24-reject-light");
      await anna.emulateMedia({ colorScheme: "dark" });
      await anna.keyboard.press("3");
      await said(anna, "You rejected the alert: furniture or a bin.");
      await said(ben, "Another plaza-steward rejected as furniture or a bin: Abandoned object, market-square / plaza-2 / steps.");
      await anna.keyboard.press("2");
      await row(ben, /bench/).waitFor();
      await ben.keyboard.press("2");
      await row(ben, /steps.*Rejected: furniture or a bin$/).waitFor();
      await ben.keyboard.press("4");
    },

    async "escape closes what asks, and nothing is said"() {
      await anna.keyboard.press("4");
      await walk(anna, /bench/);
      await anna.keyboard.press("r");
      await anna.getByRole("dialog").waitFor();
      await anna.keyboard.press("Escape");
      assert.equal(await anna.locator("dialog[open]").count(), 0);
      assert.match(await focused(anna), /bench.*Waits$/, "the focus comes back");
    },

    async "in the details the focus stays on what was pressed, though they are drawn anew"() {
      await walk(anna, /fountain/);
      await anna.keyboard.press("Enter");
      const action = (name) => anna.getByRole("region", { name: /^Details/ }).getByRole("button", { name });
      await action(/^Take/).focus();
      await anna.keyboard.press("Enter");
      await row(anna, /fountain.*You look at it/).waitFor();
      await action(/^Take/).and(anna.locator(":focus")).waitFor();
      await action(/^Reject/).focus();
      await anna.keyboard.press("Enter");
      await anna.getByRole("heading", { name: "Reject the alert: what is it?" }).waitFor();
      const drawn = await action(/^Reject/).elementHandle();
      await box.send(scenes.crowdFell(crowd));
      await until("the details are drawn anew", () => drawn.evaluate((one) => !one.isConnected));
      await anna.keyboard.press("Escape");
      await action(/^Reject/).and(anna.locator(":focus")).waitFor();
      await anna.keyboard.press("Escape");
      assert.match(await focused(anna), /fountain/);
    },

    async "single keys can be turned off, and stay so"() {
      await anna.keyboard.press("?");
      const single = anna.getByLabel("single keys work");
      await single.focus();
      await anna.keyboard.press("Space");
      await anna.keyboard.press("Escape");
      await anna.keyboard.press("e");
      await anna.keyboard.press("m");
      await anna.keyboard.press("ArrowDown");
      assert.equal(await anna.locator("dialog[open]").count(), 0);
      await anna.getByRole("button", { name: "Sound off" }).waitFor();
      await anna.getByRole("button", { name: "Keys" }).click();
      await single.check();
      await anna.keyboard.press("Escape");
    },

    async "escalating is seen by all, comes first, and sounds"() {
      await anna.keyboard.press("m");
      await anna.getByRole("button", { name: "Sound on" }).waitFor();
      const before = await anna.evaluate(() => globalThis.tones);
      await walk(ben, /bench/);
      await ben.keyboard.press("e");
      await ben.getByRole("heading", { name: "Escalate the alert: why?" }).waitFor();
      await shot(ben, "25-escalate");
      await ben.keyboard.press("2");
      await said(ben, "The alert is escalated.");
      await row(anna, /bench.*Escalated$/).waitFor();
      assert.match((await rows(anna))[0], /bench/);
      await until("three tones", async () => (await anna.evaluate(() => globalThis.tones)) === before + 3);
      await walk(anna, /bench/);
      await anna.keyboard.press("Enter");
      await anna.getByText("Escalated: cannot tell what it is").waitFor();
      await shot(anna, "26-escalated");
    },

    async "a second reviewer looks for themselves, and one of two is said in words"() {
      await anna.keyboard.press("Escape");
      await walk(anna, /northern stairs/);
      await anna.keyboard.press("c");
      await said(anna, "You confirmed the alert. Somebody else must say the same.");
      await row(ben, /northern stairs.*1 of 2$/).waitFor();
      await walk(ben, /northern stairs/);
      await ben.keyboard.press("Enter");
      const details = ben.getByRole("region", { name: "Details: Crowd density" });
      await details.getByText("1 of 2: somebody else must look too").waitFor();
      assert.equal(await details.getByText("Another plaza-steward: confirmed").count(), 0, "a second look is one's own");
      await shot(ben, "27-one-of-two");
      await ben.keyboard.press("c");
      await said(ben, "You confirmed the alert.");
      await ben.keyboard.press("2");
      await row(anna, /fountain/).waitFor();
      await anna.keyboard.press("2");
      await row(anna, /northern stairs.*Confirmed$/).waitFor();
      await walk(anna, /northern stairs/);
      await anna.keyboard.press("Enter");
      await anna.getByText("Another plaza-steward: confirmed").waitFor();
      await anna.getByText("2 of 2 people have reviewed it").waitFor();
      await shot(anna, "28-two-of-two");
      await anna.keyboard.press("Escape");
      await ben.keyboard.press("Escape");
    },

    async "the sound is remembered, and waits until somebody touches the page"() {
      const before = await anna.evaluate(() => globalThis.tones);
      await box.send(scenes.bag({ camera: "gate-4", zone: "exit", staged: undefined }));
      await row(anna, /exit/).waitFor();
      await until("two tones", async () => (await anna.evaluate(() => globalThis.tones)) === before + 2);
      await anna.reload();
      await anna.getByRole("button", { name: "Sound waits for a key" }).waitFor();
      await anna.keyboard.press("j");
      await anna.getByRole("button", { name: "Sound on" }).waitFor();
      await anna.keyboard.press("m");
      await anna.getByRole("button", { name: "Sound off" }).waitFor();
      await row(anna, /northern stairs.*Confirmed$/).waitFor();
      await row(anna, /bench.*Escalated$/).waitFor();
      await walk(anna, /exit/);
      await anna.keyboard.press("t");
      await said(anna, "You look at the alert");
    },

    async "on a tablet, a finger opens, chooses and confirms"() {
      const tablet = await visitor({ viewport: { width: 1024, height: 768 }, hasTouch: true, isMobile: true });
      await logIn(tablet, hub.url, "ben");
      await tablet.getByRole("button", { name: "To review (3)" }).tap();
      await row(tablet, /bench/).waitFor();
      assert.deepEqual(await fitsWide(tablet), []);
      await shot(tablet, "29-tablet");
      await row(tablet, /exit/).tap();
      const details = tablet.getByRole("region", { name: "Details: Abandoned object" });
      await details.getByRole("button", { name: "Reject" }).waitFor();
      await tablet.emulateMedia({ colorScheme: "light" });
      assert.deepEqual(await fitsWide(tablet), []);
      await shot(tablet, "30-tablet-details-light");
      await details.getByRole("button", { name: "Reject" }).tap();
      await tablet.getByRole("dialog", { name: "Another plaza-steward looks at it" }).getByRole("button", { name: "Reject it all the same…" }).tap();
      await tablet.getByRole("button", { name: "a known object" }).tap();
      await said(tablet, "You rejected the alert: a known object.");
      await tablet.getByRole("button", { name: "To review (2)" }).waitFor();
      await tablet.context().close();
    },

    async "what nobody reviews in time is erased under people's eyes"() {
      const brief = await Hub.found(join(dir, "brief"), 30, [oversight("PT20S", "")]);
      const lobby = await brief.enrol("lobby");
      const page = await setUp(brief, "carla");
      await logIn(page, brief.url, "carla");
      await page.getByText("Live", { exact: true }).waitFor();
      await lobby.connect();
      const bag = scenes.bag({ staged: undefined });
      await lobby.send(bag);
      await page.keyboard.press("4");
      await walk(page, /steps/);
      await page.keyboard.press("Enter");
      await page.getByText(/^1?\d s left, then it is erased$/).waitFor();
      await shot(page, "31-hurry");
      await page.keyboard.press("r");
      await page.getByRole("dialog").waitFor();
      await said(page, "An alert was erased: nobody reviewed it in time.");
      assert.equal(await page.locator("dialog[open]").count(), 0);
      await page.getByText("Nothing waits for a review.").waitFor();
      assert.equal(await focused(page), "Alerts to review, the most pressing first", "the focus has not gone with it");
      assert.equal(await page.getByText("backpack").count(), 0, "nothing of it is left on the screen");
      await page.keyboard.press("1");
      await row(page, /Number 1 withheld: nobody reviewed the alert in time/).waitFor();
      await lobby.send(scenes.clearing(bag));
      await row(page, /Numbers 1 to 2 withheld: nobody reviewed the alert in time/).or(row(page, /Number 2 withheld: nobody reviewed the alert in time/)).waitFor();
      await shot(page, "32-erased");
      await page.context().close();
      await brief.stop();
      const log = await brief.auditText();
      assert.ok(/erasure.*its content is erased/.test(log), log);
      assert.match(await brief.auditVerified(), /./);
      for (const one of [anna, ben]) await one.context().close();
      await hub.stop();
      const text = await hub.auditText();
      for (const part of ["review of the alert: furniture_or_bin", "takes the alert, to look at it", "escalates the alert: cannot_tell", "console:ben"]) {
        assert.ok(text.includes(part), `the audit log says \`${part}\``);
      }
    },
  };
}
