// The cameras' page as a plan: where each camera stands, what it sees and how it is.

import type { Plan, Place } from "./api.js";
import type { CameraOverview } from "./coverage.js";
import { h, s } from "./dom.js";
import { directionWords, keyOf, marksOf, sheet } from "./plan.js";
import { PlanDialog } from "./plan-dialog.js";
import { PlanEditor } from "./plan-editor.js";
import type { PlanShelf } from "./plans.js";
import { refusalElement } from "./ask.js";
import { standingElement, standingOf, type Standing } from "./standing.js";
import { text } from "./words.js";
import { Walk } from "./walk.js";

const WIDTH = 900;

export class PlanView {
  readonly tools = h("div", { class: "tools-part" });
  readonly element = h("div", { class: "plan-view" });
  private readonly choice = h("select", { attrs: { "aria-label": text("plan_choice") }, on: { change: () => this.redraw() } });
  private readonly list = h("ul", { class: "plan-list", attrs: { "aria-label": text("plan_cameras") } });
  private readonly walk = new Walk(this.list);
  private readonly dialog: PlanDialog;
  private editor: PlanEditor | null = null;
  private cameras: CameraOverview[] = [];
  private drawn = "";
  private plans = "";
  private marks = s("g", {});
  private chosen: string | null = null;

  constructor(
    parent: HTMLElement,
    private readonly shelf: PlanShelf,
  ) {
    this.dialog = new PlanDialog(parent, shelf, (plan) => this.turnTo(plan));
    for (const name of ["focusin", "pointerover"]) this.list.addEventListener(name, (event) => this.choose((event.target as HTMLElement).closest<HTMLElement>("[data-entry]")?.dataset["entry"] ?? null));
    this.list.addEventListener("pointerleave", () => this.choose(null));
  }

  /** Whether the press was for the plan. */
  key(event: KeyboardEvent): boolean {
    return this.editor?.key(event) ?? this.walk.key(event);
  }

  draw(cameras: CameraOverview[]): void {
    this.cameras = cameras;
    this.shelf.freshen();
    if (this.editor === null) this.redraw();
  }

  private plan(): Plan | undefined {
    return this.shelf.plans.find(({ plan }) => String(plan) === this.choice.value);
  }

  private turnTo(plan: number): void {
    this.drawChoice();
    if (this.shelf.plans.some((one) => one.plan === plan)) this.choice.value = String(plan);
    this.redraw();
  }

  private redraw(): void {
    this.drawChoice();
    const plan = this.plan();
    const standings = plan?.cameras.map((of) => this.standing(of)) ?? [];
    const drawn = JSON.stringify([plan, standings, this.shelf.refusal?.message, this.shelf.isAdministrator]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.drawTools(plan);
    if (this.shelf.refusal) return this.element.replaceChildren(refusalElement(this.shelf.refusal));
    if (plan === undefined) return this.element.replaceChildren(this.nothing());
    const drawing = sheet(plan, text("plan_label", { plan: plan.name, site: plan.site, count: plan.cameras.length }));
    this.marks = s("g", {});
    drawing.append(this.marks);
    this.drawMarks(plan);
    const side = h("div", { class: "plan-side" }, h("h2", { text: plan.name }), h("p", { class: "faint", text: plan.site }), plan.cameras.length > 0 ? this.list : h("p", { class: "faint", text: text("plan_empty") }));
    this.walk.redraw(() => {
      this.list.replaceChildren(...plan.cameras.map((of) => this.entry(of)));
      this.element.replaceChildren(h("div", { class: "plan-sheet" }, drawing), side);
    });
  }

  private drawMarks(plan: Plan): void {
    const chosen = this.chosen;
    this.marks.replaceChildren(...marksOf(plan, { width: WIDTH, standing: (of) => this.standing(of), ...(chosen === null ? {} : { chosen: (of: Place) => keyOf(of) === chosen }) }));
  }

  private choose(key: string | null): void {
    if (key === this.chosen) return;
    this.chosen = key;
    const plan = this.plan();
    if (plan) this.drawMarks(plan);
  }

  private standing(of: Place): Standing {
    return standingOf(this.cameras.find(({ key }) => key === keyOf(of)));
  }

  private entry(of: Place): HTMLElement {
    return h(
      "li",
      { attrs: { "data-entry": keyOf(of), tabindex: -1 } },
      h("div", { class: "row" }, h("span", { class: "zone-name", text: of.camera }), standingElement(this.standing(of))),
      h("div", { class: "faint small", text: text("plan_looks", { box: of.box, direction: directionWords(of.heading_degrees) }) }),
    );
  }

  private nothing(): HTMLElement {
    const isMine = this.shelf.isAdministrator;
    return h("p", { class: "empty", text: text(isMine ? "plans_none_administrator" : "plans_none") });
  }

  private drawChoice(): void {
    const plans = JSON.stringify(this.shelf.plans.map(({ plan, name, site }) => [plan, name, site]));
    if (plans === this.plans) return;
    this.plans = plans;
    const chosen = this.choice.value;
    this.choice.replaceChildren(...this.shelf.plans.map(({ plan, name, site }) => h("option", { text: text("plan_of", { plan: name, site }), attrs: { value: plan } })));
    this.choice.value = chosen;
    if (this.choice.selectedIndex < 0) this.choice.selectedIndex = 0;
  }

  private drawTools(plan: Plan | undefined): void {
    const button = (code: string, act: () => void): HTMLButtonElement => h("button", { text: text(code), attrs: { type: "button" }, on: { click: act } });
    const mine = this.shelf.isAdministrator
      ? [
          ...(plan === undefined ? [] : [button("plan_place_cameras", () => this.edit(plan)), button("plan_change", () => this.dialog.change(plan))]),
          button("plan_new", () => this.dialog.add(this.sites())),
        ]
      : [];
    this.tools.replaceChildren(...(this.shelf.plans.length > 0 ? [this.choice] : []), h("span", { class: "spring" }), ...mine);
  }

  private sites(): string[] {
    return [...new Set([...this.shelf.plans.map(({ site }) => site), ...this.cameras.flatMap(({ site }) => site ?? [])])].sort();
  }

  private edit(plan: Plan): void {
    const known = this.cameras.map(({ box, camera }) => ({ box, camera }));
    this.editor = new PlanEditor(plan, known, this.shelf, () => this.endEdit());
    this.tools.replaceChildren(...this.editor.tools);
    this.element.replaceChildren(this.editor.element);
    this.editor.focus();
  }

  private endEdit(): void {
    this.editor = null;
    this.drawn = "";
    this.redraw();
    this.tools.querySelector<HTMLElement>("button")?.focus();
  }
}
