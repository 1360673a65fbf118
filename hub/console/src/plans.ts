// The plans of sites that this hub has, read once and again when somebody turns to them. The pictures are fetched by the
// browser where they are drawn.

import { Refusal, type Plan, type Plans } from "./api.js";
import { ask, type Asking } from "./ask.js";
import { h } from "./dom.js";
import { planDrawing, placeWords } from "./plan.js";
import { text } from "./words.js";

/** Others draw plans too: what is older is read again when it is needed. */
const GOOD_FOR_MS = 60_000;
const SMALL_WIDTH = 340;

export class PlanShelf {
  plans: Plan[] = [];
  isAdministrator = false;
  refusal: Refusal | null = null;
  private readMs = -Infinity;
  private reading: Promise<void> | null = null;

  constructor(
    readonly asking: Asking,
    /** Something is otherwise than it was. */
    private readonly changed: () => void,
  ) {}

  /** Reads anew where what is there is old. */
  freshen(): void {
    if (this.reading === null && Date.now() - this.readMs > GOOD_FOR_MS) void this.read();
  }

  /** What is read has begun after this was called: a change that was made before is in it. */
  read(): Promise<void> {
    const reading = (this.reading ?? Promise.resolve())
      .then(() => this.readOnce())
      .finally(() => {
        if (this.reading === reading) this.reading = null;
      });
    this.reading = reading;
    return reading;
  }

  private async readOnce(): Promise<void> {
    this.readMs = Date.now();
    const told = await ask<Plans>(this.asking, "/api/plans", null);
    if (told === null) return;
    if (told instanceof Refusal) {
      this.refusal = told;
      this.changed();
      return;
    }
    const before = JSON.stringify([this.plans, this.refusal, this.isAdministrator]);
    this.refusal = null;
    this.isAdministrator = told.is_administrator;
    this.plans = told.plans;
    if (JSON.stringify([this.plans, this.refusal, this.isAdministrator]) !== before) this.changed();
  }

  /** Where a camera stands: a small plan on which it stands out, one for each plan that has it. */
  placeSection(box: string, camera: string | null): HTMLElement | null {
    this.freshen();
    if (camera === null) return null;
    const is = (one: { box: string; camera: string }): boolean => one.box === box && one.camera === camera;
    const plans = this.plans.filter((plan) => plan.cameras.some(is));
    if (plans.length === 0) return null;
    const figures = plans.map((plan) => {
      const words = placeWords(plan.cameras.find(is)!);
      const label = text("plan_place_label", { camera, plan: plan.name, site: plan.site, words });
      return h("figure", { class: "small-plan" }, planDrawing(plan, label, { width: SMALL_WIDTH, chosen: is }), h("figcaption", { class: "faint small", text: text("plan_of", { plan: plan.name, site: plan.site }) }));
    });
    return h("section", {}, h("h3", { text: text("plan_place") }), ...figures);
  }
}
