// Exercises: a scenario in the place of a camera. What could be played, what was, and the way to its debrief. Each look is in
// the audit log: nothing here is read again by itself but what the hub tells everybody.

import { Refusal, type Exercise, type ExercisePlace, type Exercises, type Scenario } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import { debriefElement } from "./debrief.js";
import { closeButton } from "./dialog.js";
import { h, icon } from "./dom.js";
import { table, two, type Line } from "./table.js";
import { momentElement, momentText } from "./time.js";
import { duration, kind, text, textParts, word } from "./words.js";
import { Walk } from "./walk.js";
import type { Debrief } from "./api.js";

/** Whether a camera is, or will be within seconds, in its hands. */
export const isOpen = (of: Exercise): boolean => ["waits", "runs", "stopping"].includes(of.state);

/** That a camera is not looked at stands on every page, with the way to end it. */
export function exerciseBanner(of: Exercise, stop: (of: Exercise) => void): HTMLElement {
  const ends = of.began_unix_ms === null ? "" : text("exercise_until", { time: momentText(of.began_unix_ms + of.scenario.secs * 1000) });
  const label = text("exercise_stop_of", { camera: of.camera, box: of.box });
  return h(
    "div",
    { class: "exercise-line" },
    icon("notice"),
    h("strong", { text: text("exercise_word") }),
    h("span", { text: [text("exercise_blind", { camera: of.camera, box: of.box, title: of.scenario.title }), ends].filter(Boolean).join(" ") }),
    of.state === "stopping" ? h("span", { text: word("exercise_state", of.state) }) : h("button", { text: text("exercise_stop"), attrs: { type: "button", "aria-label": label }, on: { click: () => stop(of) } }),
  );
}

export class ExercisesPage {
  readonly element: HTMLElement;
  private readonly scroll = h("div", { class: "page-scroll exercises", attrs: { tabindex: -1 } });
  private readonly asOf = h("span", { class: "faint small" });
  private readonly start: HTMLButtonElement;
  private readonly dialog = h("dialog", { class: "entry-dialog", attrs: { "aria-label": text("exercise_new") } });
  private readonly walk = new Walk(this.scroll);
  private told: Exercises | null = null;
  private isRead = false;
  /** Nothing takes a debrief away but the person who reads it. */
  private isLookingBack = false;
  private asked = 0;

  constructor(
    private readonly asking: Asking,
    private readonly purpose: string,
  ) {
    this.start = h("button", { class: "primary", text: text("exercise_new"), attrs: { type: "button", hidden: true }, on: { click: () => this.open() } });
    const again = h("button", { text: text("read_again"), attrs: { type: "button" }, on: { click: () => void this.read() } });
    this.element = h(
      "main",
      { class: "page" },
      h("h1", { class: "unseen", text: text("page_exercise"), attrs: { tabindex: -1 } }),
      h("div", { class: "tools" }, this.start, h("span", { class: "spring" }), this.asOf, again),
      this.scroll,
      this.dialog,
    );
    this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
  }

  key(event: KeyboardEvent): boolean {
    return this.walk.key(event);
  }

  /** Reads when a person turns to the page for the first time. */
  draw(): void {
    if (this.isRead || this.isLookingBack) return;
    this.isRead = true;
    void this.read();
  }

  /** The hub told that one began or ended: what is shown is old. */
  changed(): void {
    if (this.isRead && !this.element.hidden && !this.isLookingBack) void this.read();
    else this.isRead = false;
  }

  async stop(of: Exercise): Promise<string> {
    const done = await ask<object>(this.asking, "/api/exercises/stop", { order_id: of.order_id });
    return done instanceof Refusal ? text("said_failed", { reason: `${done.message}.` }) : text("said_exercise_stopped");
  }

  private async read(): Promise<void> {
    const asked = ++this.asked;
    this.isLookingBack = false;
    const told = await ask<Exercises>(this.asking, "/api/exercises", null);
    if (told === null || asked !== this.asked) return;
    if (told instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told));
    this.told = told;
    this.start.hidden = !told.may_start;
    this.start.disabled = !told.places.some(canPlay);
    this.asOf.replaceChildren(...textParts("as_of", { time: momentElement(told.hub_unix_ms) }));
    this.walk.redraw(() => this.scroll.replaceChildren(this.list(told)));
  }

  private list(told: Exercises): HTMLElement {
    const heads: [string, string][] = [
      [text("exercise_what"), ""],
      [text("exercise_where"), ""],
      [text("exercise_when"), ""],
      [text("exercise_stands"), ""],
      [text("exercise_look_back"), ""],
    ];
    return h(
      "section",
      {},
      h("h2", { text: text("exercises_were") }),
      h("p", { class: "faint small", text: text("exercises_words") }),
      told.may_start && !told.places.some(canPlay) ? h("p", { class: "bad", text: text(told.places.some((one) => one.connected && !one.is_able) ? "exercises_outdated" : "exercises_no_scenario") }) : null,
      told.exercises.length > 0 ? table(text("exercises_were"), heads, told.exercises.map((one) => this.line(one))) : h("p", { class: "faint", text: text("exercises_none") }),
    );
  }

  private line(of: Exercise): Line {
    const label = text("debrief_of", { title: of.scenario.title, time: momentText(of.ordered_unix_ms) });
    const look = h("button", { text: text("debrief"), attrs: { type: "button", "aria-label": label }, on: { click: () => void this.lookBack(of) } });
    const reason = of.reason === "" ? "" : word("exercise_reason", of.reason);
    return {
      key: of.order_id,
      cells: [
        two(h("b", { text: of.scenario.title }), of.why),
        two(of.camera, of.box),
        two(momentElement(of.began_unix_ms ?? of.ordered_unix_ms), of.person ?? ""),
        two(h("span", { class: `status ${isOpen(of) ? "bad" : ""}` }, isOpen(of) ? icon("notice") : null, word("exercise_state", of.state)), reason),
        of.began_unix_ms === null ? null : look,
      ],
    };
  }

  private async lookBack(of: Exercise): Promise<void> {
    const asked = ++this.asked;
    this.isLookingBack = true;
    const told = await ask<Debrief>(this.asking, "/api/exercises/debrief", { order_id: of.order_id, purpose: this.purpose });
    if (asked !== this.asked) return;
    this.isLookingBack = told !== null && !(told instanceof Refusal);
    if (told === null) return;
    if (told instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told));
    const back = h("button", { text: text("debrief_back"), attrs: { type: "button" }, on: { click: () => void this.read() } });
    const print = h("button", { class: "primary", text: text("debrief_print"), attrs: { type: "button" }, on: { click: () => window.print() } });
    this.scroll.replaceChildren(debriefElement(told, [back, print]));
    back.focus();
  }

  private open(): void {
    const places = (this.told?.places ?? []).filter(canPlay);
    const first = places[0];
    if (first === undefined) return;
    const choice = (id: string): HTMLSelectElement => h("select", { attrs: { id, required: true } });
    const [box, camera, scenario] = [choice("exercise-box"), choice("exercise-camera"), choice("exercise-scenario")];
    const why = h("input", { attrs: { id: "exercise-why", required: true, maxlength: 200, autocomplete: "off" } });
    const about = h("div", { class: "exercise-about", attrs: { "aria-live": "polite" } });
    const problem = h("div", {});
    const place = (): ExercisePlace => places.find((one) => one.box === box.value) ?? first;
    const chosen = (): Scenario | undefined => place().scenarios.find((one) => one.id === scenario.value);
    const describe = (): void => about.replaceChildren(...aboutScenario(chosen(), camera.value));
    const fill = (): void => {
      camera.replaceChildren(...place().cameras.map((one) => h("option", { text: one, attrs: { value: one } })));
      scenario.replaceChildren(...place().scenarios.map((one) => h("option", { text: text("exercise_option", { title: one.title, time: duration(one.secs) }), attrs: { value: one.id } })));
      describe();
    };
    box.replaceChildren(...places.map((one) => h("option", { text: one.box, attrs: { value: one.box } })));
    box.addEventListener("change", fill);
    camera.addEventListener("change", describe);
    scenario.addEventListener("change", describe);
    fill();
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.order({ box: box.value, camera: camera.value, scenario: scenario.value, why: why.value }, problem);
    };
    const field = (code: string, of: HTMLElement): HTMLElement[] => [h("label", { text: text(code), attrs: { for: of.id } }), of];
    this.dialog.replaceChildren(
      h("h2", { text: text("exercise_new") }),
      h(
        "form",
        { on: { submit } },
        ...field("exercise_box", box),
        ...field("exercise_camera", camera),
        ...field("exercise_scenario", scenario),
        about,
        ...field("exercise_why", why),
        problem,
        h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: text("exercise_begin"), attrs: { type: "submit" } })),
      ),
    );
    this.dialog.showModal();
    box.focus();
  }

  private async order(body: object, problem: HTMLElement): Promise<void> {
    const done = await ask<object>(this.asking, "/api/exercises/start", body);
    if (done === null) return;
    if (done instanceof Refusal) return problem.replaceChildren(refusalElement(done));
    this.dialog.close();
    await this.read();
  }
}

const canPlay = (one: ExercisePlace): boolean => one.connected && one.is_able && one.cameras.length > 0 && one.scenarios.length > 0;

/** What will happen, said before it is begun. */
function aboutScenario(of: Scenario | undefined, camera: string): HTMLElement[] {
  if (of === undefined) return [];
  const minutes = Math.max(1, Math.ceil(of.secs / 60));
  return [
    h("p", { class: "warn-text" }, icon("notice"), text("exercise_warning", { camera, minutes })),
    h("p", { class: "small", text: text("exercise_marked") }),
    of.expected.length === 0 ? h("p", { class: "small", text: text("exercise_expects_nothing") }) : h("ul", { class: "why small" }, ...of.expected.map((one) => h("li", { text: expectedText(one) }))),
    h("p", { class: "faint small", text: text("exercise_source", { source: of.source, licence: of.licence }) }),
  ];
}

export function expectedText(of: Scenario["expected"][number]): string {
  const words = text("exercise_expected", { time: duration(of.at_secs), kind: kind(of.kind) });
  return of.words === "" ? words : `${words}: ${of.words}`;
}
