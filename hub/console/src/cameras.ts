// The cameras: how much of the last hours each was really analysed, when it was blind, what its zones and rules say.

import type { Suppression } from "./api.js";
import { ChoiceDialog } from "./choice.js";
import { camerasOf, placesOf, type Blind, type CameraOverview, type Need, type RuleState, type Zone } from "./coverage.js";
import { h, icon, s, type Shape } from "./dom.js";
import { percent } from "./fleet.js";
import type { Still } from "./api.js";
import { raised, type AlertItem, type Model } from "./model.js";
import { PlanView } from "./plan-view.js";
import type { PlanShelf } from "./plans.js";
import { remember, remembered } from "./remembered.js";
import { hubNow } from "./review.js";
import { standingElement, standingOf } from "./standing.js";
import { legend, patterns, stripElement } from "./strip.js";
import { isOpen, leftOutSection } from "./suppressions.js";
import { hourText, timeText } from "./time.js";
import { duration, explanation, kind, particulars, text, word } from "./words.js";
import { Walk } from "./walk.js";
import { ZonesView } from "./zones-view.js";

/** So many are drawn; the filter finds the others. */
const MOST_DRAWN = 200;
const MOST_BLIND = 3;
const KEPT = "velum.cameras";
const TRENDS: Record<string, Shape> = { rising: "rising", falling: "falling", steady: "gap" };

export interface CamerasEvents {
  user: string;
  isAdministrator: boolean;
  askForStill(item: AlertItem, deliver: (still: Still) => Promise<void>): void;
  lift(of: Suppression): void;
}

type Face = "list" | "plan";
const FACES: Face[] = ["list", "plan"];

export class CamerasPage {
  readonly element: HTMLElement;
  private readonly place = h("select", { attrs: { id: "camera-place" }, on: { change: () => this.draw() } });
  private readonly attention: HTMLButtonElement;
  private readonly legend = h("div", {});
  private readonly list = h("ul", { class: "cameras", attrs: { "aria-label": text("cameras") } });
  private readonly note = h("p", { class: "empty" });
  private readonly walk = new Walk(this.list);
  private readonly listTools: HTMLElement;
  private readonly scroll: HTMLElement;
  private readonly faces = new Map<Face, HTMLButtonElement>();
  private readonly plan: PlanView;
  private readonly choices: ChoiceDialog;
  private readonly facesGroup: HTMLElement;
  private readonly tools: HTMLElement;
  private zones: ZonesView | null = null;
  /** Which alert the picture behind the zones was made for. */
  private pictureOf: string | null = null;
  private face: Face = "list";
  private needsOnly = false;
  private places = "";

  constructor(
    private readonly model: Model,
    private readonly shelf: PlanShelf,
    private readonly events: CamerasEvents,
  ) {
    this.attention = h("button", { attrs: { type: "button", "aria-pressed": "false", "aria-keyshortcuts": "N" }, on: { click: () => this.toggleNeeds() } });
    this.drawAttention(0);
    this.listTools = h("div", { class: "tools-part" }, h("label", { text: text("camera_place"), attrs: { for: "camera-place" } }), this.place, this.attention, h("span", { class: "spring" }), this.legend);
    this.scroll = h("div", { class: "page-scroll", attrs: { tabindex: -1 } }, this.list, this.note);
    const faces = FACES.map((face) => {
      const button = h("button", { text: text(`face_${face}`), attrs: { type: "button", "aria-keyshortcuts": "P" }, on: { click: () => this.turn(face) } });
      this.faces.set(face, button);
      return button;
    });
    this.facesGroup = h("div", { class: "filters", attrs: { role: "group", "aria-label": text("show") } }, ...faces);
    this.tools = h("div", { class: "tools" }, this.facesGroup, this.listTools);
    this.element = h("main", { class: "page" }, h("h1", { class: "unseen", text: text("cameras"), attrs: { tabindex: -1 } }), patterns(), this.tools, this.scroll);
    this.choices = new ChoiceDialog(this.element);
    this.plan = new PlanView(this.element, shelf);
    this.tools.append(this.plan.tools);
    this.element.append(this.plan.element);
    this.turn(remembered(KEPT) === "plan" ? "plan" : "list");
  }

  /** The list, or the plan. */
  private turn(face: Face): void {
    this.face = face;
    remember(KEPT, face);
    for (const [one, button] of this.faces) button.setAttribute("aria-pressed", String(one === face));
    this.listTools.hidden = this.scroll.hidden = face !== "list";
    this.plan.tools.hidden = this.plan.element.hidden = face !== "plan";
    this.draw();
  }

  /** Leaves no picture behind. */
  close(): void {
    this.zones?.close();
  }

  /** An alert was erased, and so is its picture behind the zones. */
  letGo(item: AlertItem): void {
    if (this.pictureOf === item.key) this.zones?.close();
  }

  /** Draws the zones of one camera, in the place of all of them. */
  private openZones(of: CameraOverview): void {
    const zones = new ZonesView({ box: of.box, camera: of.camera }, {
      user: this.events.user,
      asking: this.shelf.asking,
      choices: this.choices,
      askForStill: (box, camera, show) => this.askForStill(box, camera, show),
      ended: () => this.closeZones(of),
    });
    this.zones = zones;
    this.facesGroup.hidden = this.listTools.hidden = this.scroll.hidden = true;
    this.tools.append(...zones.tools);
    this.element.append(zones.element);
    zones.tools[0]?.focus();
  }

  private closeZones(of: CameraOverview): void {
    this.zones?.close();
    for (const one of this.zones?.tools ?? []) one.remove();
    this.zones?.element.remove();
    this.zones = null;
    this.facesGroup.hidden = false;
    this.turn("list");
    this.list.querySelector<HTMLElement>(`[data-entry="${CSS.escape(of.key)}"] button`)?.focus();
  }

  /** The newest alert of the camera that may have a still. */
  private askForStill(box: string, camera: string, show: (still: Still) => Promise<void>): boolean {
    const item = this.model.items.find((one): one is AlertItem => one.type === "alert" && one.box === box && raised(one)?.camera === camera);
    const deliver = (still: Still): Promise<void> => {
      this.pictureOf = item?.key ?? null;
      return show(still);
    };
    if (item) this.events.askForStill(item, deliver);
    return item !== undefined;
  }

  /** Whether the press was for this page. */
  key(event: KeyboardEvent): boolean {
    if (this.zones !== null) return this.zones.key(event);
    if (event.key === "p" || event.key === "P") {
      this.turn(this.face === "list" ? "plan" : "list");
      return true;
    }
    if (this.face === "plan") return this.plan.key(event);
    if (event.key === "n" || event.key === "N") {
      this.toggleNeeds();
      return true;
    }
    return this.walk.key(event);
  }

  draw(): void {
    if (this.zones !== null) return;
    const all = camerasOf(this.model, hubNow());
    if (this.face === "plan") return this.plan.draw(all);
    this.drawPlaces(all);
    this.drawAttention(all.filter(({ needs }) => needs.length > 0).length);
    const [type, name] = this.place.value.split(/:(.*)/s);
    const isIn = (one: CameraOverview): boolean => type === "" || (type === "site" ? one.site === name : one.box === name);
    const chosen = all.filter((one) => isIn(one) && (!this.needsOnly || one.needs.length > 0));
    this.walk.redraw(() => this.list.replaceChildren(...chosen.slice(0, MOST_DRAWN).map((one) => cameraElement(one, this.events.isAdministrator ? () => this.openZones(one) : null, this.leftOut(one)))));
    this.legend.replaceChildren(legend(new Set(chosen.flatMap(({ strip }) => strip.flatMap(({ hour }) => Object.keys(hour?.secs_by_state ?? {}))))));
    this.note.textContent =
      chosen.length > MOST_DRAWN ? text("cameras_more", { shown: MOST_DRAWN, count: chosen.length }) : chosen.length > 0 ? "" : text(all.length > 0 ? "cameras_none_chosen" : "cameras_none");
    const untold = this.model.suppressions.filter((one) => one.camera === null && isOpen(one)).length;
    if (untold > 0) this.note.textContent = `${this.note.textContent} ${text("places_untold", { count: untold })}`.trim();
  }

  private leftOut(of: CameraOverview): HTMLElement | null {
    return leftOutSection(
      this.model.suppressions.filter((one) => one.box === of.box && one.camera === of.camera),
      (suppression) => this.events.lift(suppression),
    );
  }

  private drawAttention(needing: number): void {
    this.attention.replaceChildren(icon("raised"), text("needs_attention", { count: needing }), h("kbd", { text: "N" }));
    this.attention.setAttribute("aria-pressed", String(this.needsOnly));
  }

  private toggleNeeds(): void {
    this.needsOnly = !this.needsOnly;
    this.draw();
  }

  private drawPlaces(all: CameraOverview[]): void {
    const { sites, boxes } = placesOf(all);
    const places = JSON.stringify([sites, boxes]);
    if (places === this.places) return;
    this.places = places;
    const chosen = this.place.value;
    const group = (label: string, type: string, names: string[]): HTMLElement | null =>
      names.length > 0 ? h("optgroup", { attrs: { label } }, ...names.map((name) => h("option", { text: name, attrs: { value: `${type}:${name}` } }))) : null;
    this.place.replaceChildren(h("option", { text: text("camera_everywhere"), attrs: { value: "" } }), ...[group(text("sites"), "site", sites), group(text("boxes"), "box", boxes)].filter((one) => one !== null));
    this.place.value = chosen;
    if (this.place.selectedIndex < 0) this.place.value = "";
  }
}

/** When it was blind, as people say it. */
export function blindText(of: Blind): string {
  const state = word("coverage_short", of.state);
  if (of.to === null) return text("blind_since", { from: timeText(of.from), state });
  return text("blind", { from: timeText(of.from), to: timeText(of.to), state });
}

/** How much of the last hours was analysed. */
export function recentText(of: CameraOverview): string {
  const since = hourText(of.recentSinceUnixMs);
  if (of.recent.total === 0) return text("recent_none", { since });
  const words = text("recent", { share: percent(of.recent.analysed), time: duration(of.recent.total), since });
  return of.unreportedSecs > 0 ? `${words} ${text("recent_unreported", { time: duration(of.unreportedSecs - (of.unreportedSecs % 60)) })}` : words;
}

/** Where no moment was told: how long, of the hours. */
function whyNot(of: CameraOverview): string[] {
  const times = of.blind.filter(({ from, to }) => (to ?? from).unix_ms >= of.recentSinceUnixMs || to === null).map(blindText);
  if (times.length > 0) return [...times.slice(0, MOST_BLIND), ...(times.length > MOST_BLIND ? [text("blind_more", { count: times.length - MOST_BLIND })] : [])];
  return of.recent.others.map(([state, secs]) => text("blind_for", { time: duration(secs), state: word("coverage_short", state) }));
}

function spark(of: Zone): SVGSVGElement | null {
  if (of.course.length < 2) return null;
  const [first, last] = [of.course[0]!.unix_ms, of.course[of.course.length - 1]!.unix_ms];
  const top = Math.max(...of.course.map(({ value }) => value), 1);
  const x = (unixMs: number): number => (last === first ? 0 : ((unixMs - first) / (last - first)) * 56 + 2);
  const points = of.course.flatMap(({ unix_ms, value }, at) => {
    const before = of.course[at - 1];
    const y = (one: number): number => 16 - (one / top) * 14;
    return [...(before ? [`${x(unix_ms)},${y(before.value)}`] : []), `${x(unix_ms)},${y(value)}`];
  });
  return s("svg", { viewBox: "0 0 60 18", class: "spark", "aria-hidden": "true" }, s("polyline", { points: points.join(" ") }));
}

function zoneElement(of: Zone): HTMLElement {
  const parts = of.event.state === "cleared" ? [text("zone_over")] : particulars(of.event.body);
  const words = parts.length > 0 ? parts.join(" · ") : text("zone_untold");
  return h(
    "li",
    {},
    h("div", { class: "row" }, h("span", { class: "zone-name", text: of.zone }), spark(of), of.trend === null ? null : h("span", { class: "trend" }, icon(TRENDS[of.trend]!), text(`trend_${of.trend}`))),
    h("div", { class: "small faint", text: of.time === null ? words : text("zone_words", { words, time: timeText(of.time) }) }),
  );
}

function ruleElement(of: RuleState): HTMLElement {
  const name = of.zone === null ? kind(of.kind) : `${kind(of.kind)}, ${of.zone}`;
  const why = of.doubts.map(explanation).join("; ");
  return h(
    "li",
    { class: of.isValid ? "" : "bad" },
    icon(of.isValid ? "confirmed" : "notice"),
    h("span", {}, text(of.isValid ? "rule_valid" : "rule_not_valid", { rule: name }), of.isValid || why === "" ? null : h("span", { class: "small", text: `: ${why}` })),
  );
}

function needText(need: Need, of: CameraOverview): string {
  if (need === "state") return text("need_state", { state: word("coverage_short", of.state ?? "") });
  return text(`need_${need}`);
}

function cameraElement(of: CameraOverview, editZones: (() => void) | null, leftOut: HTMLElement | null): HTMLElement {
  const name = text("camera_name", { camera: of.camera, box: of.box });
  return h(
    "li",
    { class: `camera-line ${of.needs.length > 0 ? "needs" : ""} ${of.isConnected ? "" : "away"}`, attrs: { "data-entry": of.key, tabindex: -1, "aria-label": `${name}. ${recentText(of)}` } },
    h(
      "div",
      { class: "camera-head" },
      h("h2", { text: of.camera }),
      h("div", { class: "faint small", text: [of.site, of.box].filter(Boolean).join(" · ") }),
      standingElement(standingOf(of)),
      of.needs.length > 0 ? h("ul", { class: "needs-list small" }, ...of.needs.map((need) => h("li", {}, icon("raised"), needText(need, of)))) : null,
    ),
    h("div", { class: "camera-day" }, h("p", { class: "recent", text: recentText(of) }), ...whyNot(of).map((words) => h("p", { class: "blind small" }, icon("camera"), words)), stripElement(of)),
    h(
      "div",
      { class: "camera-rules" },
      of.zones.length > 0 ? h("section", {}, h("h3", { text: text("zones") }), h("ul", { class: "zones" }, ...of.zones.map(zoneElement))) : null,
      of.rules.length > 0 ? h("section", {}, h("h3", { text: text("rules") }), h("ul", { class: "rules small" }, ...of.rules.map(ruleElement))) : null,
      editZones === null ? null : h("div", {}, h("button", { text: text("zones_edit"), attrs: { type: "button", "aria-label": text("zones_edit_of", { camera: of.camera, box: of.box }) }, on: { click: editZones } })),
      leftOut,
      of.zones.length + of.rules.length === 0 ? h("p", { class: "faint small", text: text("rules_silent") }) : null,
    ),
  );
}
