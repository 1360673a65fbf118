// Drawing zones and points of the ground over a redacted still: by pointer and by keys. Nothing counts before it is saved as a
// change, approved by somebody else, and taken by the box.

import type { Still } from "./api.js";
import { h, s, speak } from "./dom.js";
import { bitmapOf } from "./still.js";
import { copy, cornerMoved, corners, freeName, point, withCorner, withoutCorner, type Plane, type Point, type Settings, type Zone } from "./settings.js";
import { WIDTH, at, grid, groundMark, planeMark, zoneMark, type Sheet } from "./zone-drawing.js";
import { text } from "./words.js";

const SEEN_WIDTH = 860;
const MOST_UNDONE = 200;
const STEP = 0.01;
const FINE_STEP = 0.002;
/** So near the first corner, in pixels of the screen, a click closes a zone. */
const NEAR_PX = 14;

/** What is chosen: a zone, one of its corners, or a point of the ground. */
export type Choice = { type: "zone"; zone: number } | { type: "corner"; zone: number; corner: number } | { type: "ground"; point: number } | null;
type Mode = "choose" | "zone" | "ground";

export interface EditorEvents {
  /** The settings are otherwise than before. */
  changed(): void;
  chosen(): void;
}

export class ZoneEditor {
  readonly element: HTMLElement;
  settings: Settings;
  choice: Choice = null;
  plane: Plane | null = null;
  private readonly before: Settings[] = [];
  private mode: Mode = "choose";
  private begun: Point[] = [];
  private sheet: Sheet = { height: (WIDTH * 9) / 16, unit: WIDTH / SEEN_WIDTH };
  private readonly canvas = h("canvas", { class: "backdrop", attrs: { hidden: true, "aria-hidden": "true" } });
  private readonly drawing = s("svg", { class: "zone-drawing", role: "group", tabindex: -1 });
  private readonly hint = h("p", { class: "hint small", attrs: { role: "status" } });
  private readonly frame: HTMLElement;
  private dragged: { choice: Choice; isBegun: boolean } | null = null;
  /** Which picture was asked for last; none that was wiped meanwhile is shown. */
  private shown = 0;

  constructor(
    settings: Settings,
    label: string,
    private readonly events: EditorEvents,
  ) {
    this.settings = copy(settings);
    this.drawing.setAttribute("aria-label", label);
    this.frame = h("div", { class: "zone-frame" }, this.canvas, this.drawing);
    this.element = h("div", { class: "zone-sheet" }, this.frame, this.hint);
    this.drawing.addEventListener("pointerdown", (event) => this.press(event));
    this.drawing.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"] as const) this.drawing.addEventListener(name, () => (this.dragged = null));
    this.drawing.addEventListener("dblclick", () => this.mode === "zone" && this.closeZone());
    this.drawing.addEventListener("keydown", (event) => this.onKey(event));
    this.say();
    this.draw();
  }

  get canUndo(): boolean {
    return this.before.length > 0;
  }

  /** Begins a zone: corner by corner, or a rectangle by a key. */
  beginZone(): void {
    this.enter("zone");
  }

  /** Begins a point of the ground. */
  beginGround(): void {
    this.enter("ground");
  }

  focus(): void {
    this.drawing.focus();
  }

  /** The picture to draw on; it is wiped when the editor is left. */
  async show(still: Still): Promise<void> {
    const shown = ++this.shown;
    const bitmap = await bitmapOf(still);
    if (shown !== this.shown) return bitmap.close();
    [this.canvas.width, this.canvas.height] = [bitmap.width, bitmap.height];
    this.canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    this.canvas.hidden = false;
    this.sheet = { ...this.sheet, height: (WIDTH * bitmap.height) / bitmap.width };
    bitmap.close();
    this.draw();
  }

  /** The picture of the drawing before. */
  takePicture(from: ZoneEditor): void {
    if (!from.canvas.hidden) {
      [this.canvas.width, this.canvas.height] = [from.canvas.width, from.canvas.height];
      this.canvas.getContext("2d")?.drawImage(from.canvas, 0, 0);
      this.canvas.hidden = false;
      this.sheet = from.sheet;
      this.draw();
    }
    from.wipe();
  }

  wipe(): void {
    this.shown += 1;
    this.canvas.width = this.canvas.height = 0;
    this.canvas.hidden = true;
    this.draw();
  }

  choose(choice: Choice, withFocus: boolean): void {
    this.choice = choice;
    this.draw();
    this.events.chosen();
    if (withFocus) this.focusChoice();
  }

  /** Changes the settings; what was before can be had back. */
  put(settings: Settings): void {
    this.before.push(this.settings);
    if (this.before.length > MOST_UNDONE) this.before.shift();
    this.replace(settings);
  }

  undo(): void {
    const settings = this.before.pop();
    if (!settings) return;
    this.replace(settings);
    speak(text("undone"));
  }

  putZone(index: number, zone: Zone): void {
    this.put({ ...this.settings, zones: this.settings.zones.map((one, at) => (at === index ? zone : one)) });
  }

  removeZone(index: number): void {
    this.choice = null;
    this.put({ ...this.settings, zones: this.settings.zones.filter((_, at) => at !== index) });
  }

  removeGround(index: number): void {
    this.choice = null;
    this.put({ ...this.settings, ground_plane: this.settings.ground_plane.filter((_, at) => at !== index) });
  }

  /** Draws what is there: after a check, the plane too. */
  draw(): void {
    const hadFocus = this.drawing.contains(document.activeElement) && document.activeElement !== this.drawing;
    this.drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${this.sheet.height}`);
    this.drawing.classList.toggle("drawing", this.mode !== "choose");
    const { zones, ground_plane } = this.settings;
    this.drawing.replaceChildren(
      ...(this.canvas.hidden ? [s("rect", { class: "sheet", width: WIDTH, height: this.sheet.height }), grid(this.sheet)] : []),
      ...(this.plane ? [planeMark(this.plane, this.sheet)] : []),
      ...zones.map((zone, index) => this.zoneGroup(zone, index)),
      ...ground_plane.map(({ picture }, index) => this.groundGroup(picture, index)),
      ...this.cornerGroups(),
      ...this.beginning(),
    );
    if (hadFocus) this.focusChoice();
  }

  private replace(settings: Settings): void {
    this.settings = settings;
    // What the box said is of other settings.
    this.plane = null;
    const choice = this.choice;
    const isGone = choice !== null && (choice.type === "ground" ? choice.point >= settings.ground_plane.length : choice.zone >= settings.zones.length);
    if (isGone) this.choice = null;
    this.draw();
    this.events.changed();
  }

  private enter(mode: Mode): void {
    this.mode = mode;
    this.begun = [];
    this.choice = null;
    this.draw();
    this.say();
    this.drawing.focus();
  }

  private say(): void {
    this.hint.textContent = text(`editor_hint_${this.mode}`);
  }

  private focusChoice(): void {
    this.drawing.querySelector<SVGElement>("[data-chosen]")?.focus({ preventScroll: true });
  }

  private zoneGroup(zone: Zone, index: number): SVGElement {
    const choice = this.choice;
    const isSelected = choice !== null && choice.type !== "ground" && choice.zone === index;
    const group = zoneMark(zone, index, this.sheet, isSelected);
    this.make(group, { type: "zone", zone: index }, text("editor_zone", { zone: zone.id, count: corners(zone).length }));
    return group;
  }

  private groundGroup(where: Point, index: number): SVGElement {
    const group = groundMark(where, index + 1, this.sheet, this.choice?.type === "ground" && this.choice.point === index);
    this.make(group, { type: "ground", point: index }, text("editor_ground", { number: index + 1, where: pointWords(where) }));
    return group;
  }

  /** Of the chosen zone, its corners, and between them where one can be added. */
  private cornerGroups(): SVGElement[] {
    const choice = this.choice;
    if (choice === null || choice.type === "ground") return [];
    const zone = this.settings.zones[choice.zone];
    if (zone === undefined) return [];
    const all = corners(zone);
    const between = all.map((from, index) => {
      const to = all[(index + 1) % all.length]!;
      const [x, y] = at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], this.sheet);
      return s("circle", { class: "between", cx: x, cy: y, r: 5 * this.sheet.unit, "stroke-width": 1.5 * this.sheet.unit, "data-between": index });
    });
    const handles = all.map((corner, index) => {
      const [x, y] = at(corner, this.sheet);
      const handle = s("circle", { class: "corner", cx: x, cy: y, r: 8 * this.sheet.unit, "stroke-width": 2 * this.sheet.unit });
      this.make(handle, { type: "corner", zone: choice.zone, corner: index }, text("editor_corner", { number: index + 1, count: all.length, zone: zone.id, where: pointWords(corner) }));
      return handle;
    });
    return [...between, ...handles];
  }

  private make(element: SVGElement, choice: NonNullable<Choice>, label: string): void {
    const isChosen = JSON.stringify(choice) === JSON.stringify(this.choice);
    element.setAttribute("data-choice", JSON.stringify(choice));
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "0");
    element.setAttribute("aria-label", label);
    element.setAttribute("aria-pressed", String(isChosen));
    if (isChosen) element.setAttribute("data-chosen", "");
    element.addEventListener("focus", () => {
      if (JSON.stringify(choice) !== JSON.stringify(this.choice)) this.choose(choice, true);
    });
  }

  private beginning(): SVGElement[] {
    if (this.begun.length === 0) return [];
    const points = this.begun.map((one) => at(one, this.sheet));
    const line = s("polyline", { class: "begun", points: points.map((one) => one.join(",")).join(" "), "stroke-width": 2 * this.sheet.unit });
    return [line, ...points.map(([cx, cy]) => s("circle", { class: "corner", cx, cy, r: 6 * this.sheet.unit, "stroke-width": 2 * this.sheet.unit }))];
  }

  private pointed(event: { clientX: number; clientY: number }): Point {
    const box = this.drawing.getBoundingClientRect();
    return point((event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height);
  }

  private press(event: PointerEvent): void {
    event.preventDefault();
    const where = this.pointed(event);
    if (this.mode === "zone") return this.addCorner(where);
    if (this.mode === "ground") return this.addGround(where);
    const target = event.target as SVGElement;
    const between = target.dataset["between"];
    if (between !== undefined && this.choice !== null && this.choice.type !== "ground") {
      const { zone } = this.choice;
      this.choice = { type: "corner", zone, corner: Number(between) + 1 };
      this.putZone(zone, withCorner(this.settings.zones[zone]!, Number(between)));
    } else {
      const told = target.closest<SVGElement>("[data-choice]")?.dataset["choice"];
      this.choose(told === undefined ? null : (JSON.parse(told) as Choice), true);
    }
    if (this.choice === null || this.choice.type === "zone") return;
    this.dragged = { choice: this.choice, isBegun: false };
    this.drawing.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    if (this.dragged === null) return;
    const settings = movedTo(this.settings, this.dragged.choice, this.pointed(event));
    // One drag is undone at once.
    if (this.dragged.isBegun) this.replace(settings);
    else this.put(settings);
    this.dragged.isBegun = true;
  }

  private addCorner(where: Point): void {
    const first = this.begun[0];
    if (first !== undefined && this.begun.length > 2 && this.isNear(first, where)) return this.closeZone();
    this.begun = [...this.begun, where];
    this.draw();
  }

  private isNear(a: Point, b: Point): boolean {
    const [[ax, ay], [bx, by]] = [at(a, this.sheet), at(b, this.sheet)];
    return Math.hypot(ax - bx, ay - by) < NEAR_PX * this.sheet.unit;
  }

  private closeZone(): void {
    // The second click of two is no corner.
    const polygon = this.begun.filter((one, index) => index === 0 || !this.isNear(one, this.begun[index - 1]!));
    if (polygon.length < 3) return;
    this.addZone(polygon);
  }

  private addZone(polygon: Point[]): void {
    const { zones } = this.settings;
    this.leave();
    this.choice = { type: "corner", zone: zones.length, corner: 0 };
    this.put({ ...this.settings, zones: [...zones, { id: freeName(zones), polygon }] });
    this.events.chosen();
    this.focusChoice();
  }

  private addGround(where: Point): void {
    const { ground_plane } = this.settings;
    this.leave();
    this.choice = { type: "ground", point: ground_plane.length };
    this.put({ ...this.settings, ground_plane: [...ground_plane, { picture: where, ground_m: [0, 0] }] });
    this.events.chosen();
    this.focusChoice();
  }

  private leave(): void {
    this.mode = "choose";
    this.begun = [];
    this.say();
  }

  private onKey(event: KeyboardEvent): void {
    const isTaken = this.mode === "choose" ? this.keyOnChoice(event) : this.keyWhileDrawing(event);
    if (!isTaken) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private keyWhileDrawing(event: KeyboardEvent): boolean {
    if (event.key === "Escape") {
      this.leave();
      this.draw();
      return true;
    }
    if (event.key === "Enter" && this.mode === "zone" && this.begun.length > 2) {
      this.closeZone();
      return true;
    }
    if (event.key !== " ") return false;
    if (this.mode === "zone") this.addZone([point(0.35, 0.35), point(0.65, 0.35), point(0.65, 0.7), point(0.35, 0.7)]);
    else this.addGround([0.5, 0.6]);
    return true;
  }

  private keyOnChoice(event: KeyboardEvent): boolean {
    const choice = this.choice;
    if (choice === null || event.ctrlKey || event.metaKey) return false;
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (by !== undefined) {
      const step = event.shiftKey ? FINE_STEP : STEP;
      this.put(movedBy(this.settings, choice, by[0]! * step, by[1]! * step));
      return true;
    }
    if (event.key === "Delete" || event.key === "Backspace") {
      this.remove(choice);
      return true;
    }
    if (event.key === "Insert" || event.key === "i") {
      if (choice.type !== "corner") return false;
      this.choice = { ...choice, corner: choice.corner + 1 };
      this.putZone(choice.zone, withCorner(this.settings.zones[choice.zone]!, choice.corner));
      this.events.chosen();
      return true;
    }
    return false;
  }

  private remove(choice: NonNullable<Choice>): void {
    if (choice.type === "zone") return this.removeZone(choice.zone);
    if (choice.type === "ground") return this.removeGround(choice.point);
    const zone = withoutCorner(this.settings.zones[choice.zone]!, choice.corner);
    if (zone === null) return speak(text("editor_least_corners"));
    this.choice = { ...choice, corner: Math.max(choice.corner - 1, 0) };
    this.putZone(choice.zone, zone);
  }
}

export function pointWords([x, y]: Point): string {
  return text("point_words", { x: Number((x * 100).toFixed(1)), y: Number((y * 100).toFixed(1)) });
}

function movedTo(of: Settings, choice: Choice, to: Point): Settings {
  if (choice?.type === "ground") return { ...of, ground_plane: of.ground_plane.map((one, at) => (at === choice.point ? { ...one, picture: to } : one)) };
  if (choice?.type === "corner") return { ...of, zones: of.zones.map((one, at) => (at === choice.zone ? cornerMoved(one, choice.corner, to) : one)) };
  return of;
}

/** A corner, a point, or a whole zone, moved a little. */
export function movedBy(of: Settings, choice: NonNullable<Choice>, x: number, y: number): Settings {
  const by = ([fromX, fromY]: Point): Point => point(fromX + x, fromY + y);
  if (choice.type === "ground") return movedTo(of, choice, by(of.ground_plane[choice.point]!.picture));
  if (choice.type === "corner") return movedTo(of, choice, by(corners(of.zones[choice.zone]!)[choice.corner]!));
  return { ...of, zones: of.zones.map((one, at) => (at === choice.zone ? { ...one, polygon: corners(one).map(by) } : one)) };
}
