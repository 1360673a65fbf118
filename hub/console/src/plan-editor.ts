// Placing cameras on a plan: by pointer, by keys, and by numbers. Nothing counts before it is saved.

import { Refusal, type Place, type Plan } from "./api.js";
import { ask, refusalElement } from "./ask.js";
import { h, icon, isInRange, s, speak } from "./dom.js";
import { cameraMark, keyOf, placeWords, pointAt, sheet, standsAt } from "./plan.js";
import type { PlanShelf } from "./plans.js";
import { text } from "./words.js";

const WIDTH = 900;
const MOST_UNDONE = 100;
const STEP = 0.01;
const FINE_STEP = 0.002;
const DEGREES = 5;
/** Of a camera that is put on the plan. */
const AT_FIRST = { x_fraction: 0.5, y_fraction: 0.5, heading_degrees: 0, view_degrees: 70, reach_fraction: 0.15 };

type Value = "x_fraction" | "y_fraction" | "heading_degrees" | "view_degrees" | "reach_fraction";

/** As people read them: percents and degrees. */
const FIELDS: { value: Value; factor: number; least: number; most: number; step: number }[] = [
  { value: "x_fraction", factor: 100, least: 0, most: 100, step: 0.5 },
  { value: "y_fraction", factor: 100, least: 0, most: 100, step: 0.5 },
  { value: "heading_degrees", factor: 1, least: 0, most: 360, step: 1 },
  { value: "view_degrees", factor: 1, least: 5, most: 360, step: 1 },
  { value: "reach_fraction", factor: 100, least: 1, most: 100, step: 0.5 },
];

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** Within what the hub takes. */
export function within(of: Place): Place {
  return {
    ...of,
    x_fraction: round(clamp(of.x_fraction, 0, 1), 4),
    y_fraction: round(clamp(of.y_fraction, 0, 1), 4),
    heading_degrees: round(((of.heading_degrees % 360) + 360) % 360, 1) % 360,
    view_degrees: round(clamp(of.view_degrees, 5, 360), 1),
    reach_fraction: round(clamp(of.reach_fraction, 0.01, 1), 4),
  };
}

/** What a press changes; null where it is no press for a camera. */
export function pressed(of: Place, event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey">): Place | null {
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  const view = event.key === "+" ? 1 : event.key === "-" ? -1 : event.ctrlKey ? x! : 0;
  if (view !== 0) return within({ ...of, view_degrees: of.view_degrees + view * DEGREES });
  if ((x === 0 && y === 0) || event.ctrlKey) return null;
  if (event.shiftKey && x !== 0) return within({ ...of, heading_degrees: of.heading_degrees + x! * DEGREES });
  if (event.shiftKey) return within({ ...of, reach_fraction: of.reach_fraction - y! * STEP });
  const step = event.altKey ? FINE_STEP : STEP;
  return within({ ...of, x_fraction: of.x_fraction + x! * step, y_fraction: of.y_fraction + y! * step });
}

type Grip = "place" | "heading" | "view";

export class PlanEditor {
  readonly tools: HTMLElement[];
  readonly element: HTMLElement;
  private places: Place[];
  private readonly before: Place[][] = [];
  private selected: string | null;
  private readonly drawing: SVGSVGElement;
  private readonly groups = new Map<string, SVGGElement>();
  private readonly unit: number;
  private readonly list = h("ul", { class: "plan-list" });
  private readonly numbers = h("div", { class: "numbers" });
  private readonly inputs = new Map<Value, HTMLInputElement>();
  private readonly problem = h("div");
  private readonly undoButton: HTMLButtonElement;
  private readonly saveButton: HTMLButtonElement;
  private readonly cancelButton: HTMLButtonElement;
  private dragged: { key: string; grip: Grip; isBegun: boolean } | null = null;

  constructor(
    private readonly plan: Plan,
    private readonly known: { box: string; camera: string }[],
    private readonly shelf: PlanShelf,
    private readonly ended: () => void,
  ) {
    this.places = plan.cameras.map((of) => ({ ...of }));
    this.selected = this.places[0] ? keyOf(this.places[0]) : null;
    this.unit = plan.width_px / WIDTH;
    this.drawing = sheet(plan, text("plan_editing", { plan: plan.name }), "group");
    this.drawing.classList.add("editing");
    this.undoButton = h("button", { text: text("undo"), attrs: { type: "button", "aria-keyshortcuts": "Control+Z" }, on: { click: () => this.undo() } });
    this.saveButton = h("button", { class: "primary", text: text("save"), attrs: { type: "button" }, on: { click: () => void this.save() } });
    this.cancelButton = h("button", { text: text("cancel"), attrs: { type: "button" }, on: { click: () => this.ended() } });
    this.tools = [h("strong", { text: text("plan_editing", { plan: plan.name }) }), h("span", { class: "spring" }), this.undoButton, this.cancelButton, this.saveButton];
    this.element = h(
      "div",
      { class: "plan-view" },
      h("div", { class: "plan-sheet" }, this.drawing),
      h("div", { class: "plan-side" }, this.problem, this.numbers, h("h3", { text: text("plan_cameras") }), this.list, keysHelp()),
    );
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.drawing.addEventListener("pointerdown", (event) => this.grab(event));
    this.drawing.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"] as const) this.drawing.addEventListener(name, () => (this.dragged = null));
    this.drawAll();
  }

  focus(): void {
    (this.selected === null ? this.list.querySelector<HTMLElement>("button") : this.groups.get(this.selected))?.focus();
  }

  /** Presses beside the plan do nothing to what is behind it. */
  key(_event: KeyboardEvent): boolean {
    return true;
  }

  private place(key: string | null): Place | undefined {
    return this.places.find((of) => keyOf(of) === key);
  }

  private change(places: Place[]): void {
    this.before.push(this.places);
    if (this.before.length > MOST_UNDONE) this.before.shift();
    this.places = places;
  }

  private put(changed: Place): void {
    this.change(this.places.map((of) => (keyOf(of) === keyOf(changed) ? changed : of)));
    this.drawPlace(changed);
  }

  private undo(): void {
    const places = this.before.pop();
    if (!places) return;
    this.places = places;
    if (!this.place(this.selected)) this.selected = this.places[0] ? keyOf(this.places[0]) : null;
    this.drawAll();
    speak(text("undone"));
  }

  private onKey(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      return this.undo();
    }
    const key = (event.target as Element).closest<SVGGElement>("[data-camera]")?.dataset["camera"];
    const of = this.place(key ?? null);
    if (of === undefined) return;
    if (event.key === "Delete") {
      event.preventDefault();
      event.stopPropagation();
      return this.lift(of);
    }
    const changed = pressed(of, event);
    if (changed === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.put(changed);
    speak(placeWords(changed));
  }

  private at(event: PointerEvent): { x: number; y: number } {
    const matrix = this.drawing.getScreenCTM();
    return matrix === null ? { x: 0, y: 0 } : new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  }

  private grab(event: PointerEvent): void {
    const target = event.target as Element;
    const key = target.closest<SVGGElement>("[data-camera]")?.dataset["camera"];
    if (key === undefined) return;
    event.preventDefault();
    this.select(key);
    this.groups.get(key)?.focus({ preventScroll: true });
    this.dragged = { key, grip: (target.closest<SVGElement>("[data-grip]")?.dataset["grip"] as Grip | undefined) ?? "place", isBegun: false };
    this.drawing.setPointerCapture(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    const of = this.dragged ? this.place(this.dragged.key) : undefined;
    if (this.dragged === null || of === undefined) return;
    const changed = within(this.dragTo(of, this.dragged.grip, this.at(event)));
    // One drag is undone at once.
    if (!this.dragged.isBegun) this.change(this.places);
    this.dragged.isBegun = true;
    this.places = this.places.map((one) => (keyOf(one) === keyOf(of) ? changed : one));
    this.drawPlace(changed);
  }

  private dragTo(of: Place, grip: Grip, to: { x: number; y: number }): Place {
    if (grip === "place") return { ...of, x_fraction: to.x / this.plan.width_px, y_fraction: to.y / this.plan.height_px };
    const { x, y } = standsAt(of, this.plan);
    const degrees = (Math.atan2(to.x - x, y - to.y) * 180) / Math.PI;
    if (grip === "heading") return { ...of, heading_degrees: degrees, reach_fraction: Math.hypot(to.x - x, to.y - y) / this.plan.width_px };
    const off = Math.abs(((degrees - of.heading_degrees + 540) % 360) - 180);
    return { ...of, view_degrees: 2 * off };
  }

  private select(key: string): void {
    if (key === this.selected) return;
    this.selected = key;
    this.drawAll();
  }

  private add(of: { box: string; camera: string }): void {
    const added: Place = { ...of, ...AT_FIRST };
    this.change([...this.places, added]);
    this.selected = keyOf(added);
    this.drawAll();
    this.groups.get(this.selected)?.focus();
  }

  private lift(of: Place): void {
    this.change(this.places.filter((one) => one !== of));
    this.selected = this.places[0] ? keyOf(this.places[0]) : null;
    this.drawAll();
    this.focus();
  }

  private async save(): Promise<void> {
    this.saveButton.disabled = this.cancelButton.disabled = true;
    const body = { plan: this.plan.plan, version: this.plan.version, cameras: this.places };
    const done = await ask(this.shelf.asking, "/api/plans/cameras", body);
    this.saveButton.disabled = this.cancelButton.disabled = false;
    if (done === null) return;
    if (done instanceof Refusal) return this.problem.replaceChildren(refusalElement(done));
    await this.shelf.read();
    speak(text("plan_saved"));
    this.ended();
  }

  private drawAll(): void {
    const keys = new Set(this.places.map(keyOf));
    for (const [key, group] of this.groups) {
      if (keys.has(key)) continue;
      group.remove();
      this.groups.delete(key);
    }
    for (const of of this.places) this.drawMark(of);
    this.drawNumbers();
    this.drawList();
    this.undoButton.disabled = this.before.length === 0;
  }

  private drawPlace(of: Place): void {
    this.drawMark(of);
    this.fillNumbers(of);
    this.undoButton.disabled = false;
  }

  private drawMark(of: Place): void {
    const key = keyOf(of);
    const isSelected = key === this.selected;
    let group = this.groups.get(key);
    if (group === undefined) {
      const added = s("g", { "data-camera": key, role: "button", tabindex: 0, "aria-describedby": "plan-keys" });
      added.addEventListener("focus", () => this.select(key));
      this.groups.set(key, (group = added));
      this.drawing.append(added);
    }
    group.setAttribute("aria-label", text("camera_placed", { camera: of.camera, box: of.box, words: placeWords(of) }));
    group.setAttribute("aria-pressed", String(isSelected));
    group.replaceChildren(cameraMark(of, this.plan, this.unit, null, isSelected ? "chosen" : "plain"), ...(isSelected ? this.grips(of) : []));
  }

  /** What turns and widens the cone of the selected one. */
  private grips(of: Place): SVGElement[] {
    const { x, y, reach } = standsAt(of, this.plan);
    const grip = (name: Grip, [cx, cy]: [number, number]): SVGElement => s("circle", { class: "grip", "data-grip": name, cx, cy, r: 8 * this.unit, "stroke-width": 2 * this.unit });
    return [grip("view", pointAt(x, y, of.heading_degrees + of.view_degrees / 2, reach)), grip("heading", pointAt(x, y, of.heading_degrees, reach))];
  }

  private drawNumbers(): void {
    const of = this.place(this.selected);
    this.inputs.clear();
    if (of === undefined) return this.numbers.replaceChildren(h("p", { class: "faint", text: text("plan_none_placed") }));
    const fields = FIELDS.map(({ value, factor, least, most, step }) => {
      const input = h("input", { attrs: { type: "number", id: `place-${value}`, min: least, max: most, step }, on: { input: () => this.type(value, factor) } });
      this.inputs.set(value, input);
      return h("div", { class: "number-field" }, h("label", { text: text(`field_${value}`), attrs: { for: `place-${value}` } }), input);
    });
    const lift = h("button", { class: "danger", text: text("plan_lift"), attrs: { type: "button" }, on: { click: () => this.lift(this.place(this.selected) ?? of) } });
    this.numbers.replaceChildren(h("h2", { text: of.camera }), h("p", { class: "faint small", text: of.box }), h("div", { class: "number-fields" }, ...fields), lift);
    this.fillNumbers(of);
  }

  private fillNumbers(of: Place): void {
    for (const { value, factor } of FIELDS) {
      const input = this.inputs.get(value);
      // Not under the fingers of who types.
      if (input && input !== document.activeElement) input.value = String(round(of[value] * factor, 1));
    }
  }

  private type(value: Value, factor: number): void {
    const of = this.place(this.selected);
    const input = this.inputs.get(value);
    if (of === undefined || input === undefined || input.value === "" || !isInRange(input)) return;
    this.put(within({ ...of, [value]: Number(input.value) / factor }));
  }

  private drawList(): void {
    const all = [...this.places, ...this.known.filter((of) => !this.place(keyOf(of)))];
    this.list.replaceChildren(
      ...all.map((of) => {
        const isPlaced = this.place(keyOf(of)) !== undefined;
        const act = isPlaced ? h("button", { text: text("plan_select"), attrs: { type: "button", "aria-pressed": String(keyOf(of) === this.selected), "aria-label": text("plan_select_of", { camera: of.camera, box: of.box }) }, on: { click: () => this.groups.get(keyOf(of))?.focus() } }) : h("button", { attrs: { type: "button", "aria-label": text("plan_put_of", { camera: of.camera, box: of.box }) }, on: { click: () => this.add(of) } }, icon("camera"), text("plan_put"));
        return h("li", {}, h("div", { class: "row" }, h("div", {}, h("div", { class: "zone-name", text: of.camera }), h("div", { class: "faint small", text: of.box })), act));
      }),
    );
  }
}

function keysHelp(): HTMLElement {
  const lines: [string, string][] = [
    ["← → ↑ ↓", text("plan_key_move")],
    ["Shift ← →", text("plan_key_turn")],
    ["Shift ↑ ↓", text("plan_key_reach")],
    ["+ -", text("plan_key_view")],
    ["Delete", text("plan_key_lift")],
    ["Ctrl Z", text("plan_key_undo")],
  ];
  return h(
    "details",
    { class: "technical" },
    h("summary", { text: text("plan_keys") }),
    h("table", { class: "help", attrs: { id: "plan-keys" } }, ...lines.map(([keys, words]) => h("tr", {}, h("td", {}, ...keys.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: words })))),
  );
}
