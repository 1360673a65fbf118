// Oversight: which policy holds where, what was published, who did what, whether the log is whole, and what reviews
// add up to. Each look is in the audit log: nothing here is read again by itself.

import { Refusal, type Oversight } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import { DiffDialog } from "./diff.js";
import { h } from "./dom.js";
import { figuresSection, leftSection, measuredSection } from "./figures.js";
import { LogSection } from "./log.js";
import { policySections } from "./policies.js";
import { momentElement } from "./time.js";
import { text, textParts } from "./words.js";
import { Walk } from "./walk.js";

const PARTS = ["policies", "log", "figures", "egress"] as const;
type Part = (typeof PARTS)[number];

export class OversightPage {
  readonly element: HTMLElement;
  private readonly scroll = h("div", { class: "page-scroll oversight", attrs: { tabindex: -1 } });
  private readonly asOf = h("span", { class: "faint small" });
  private readonly buttons = new Map<Part, HTMLButtonElement>();
  private readonly walk = new Walk(this.scroll);
  private readonly diff: DiffDialog;
  private readonly log: LogSection;
  private part: Part = "policies";
  private reason = "";
  private told: Oversight | null = null;
  private isAsking = false;

  constructor(
    private readonly needsReason: boolean,
    private readonly asking: Asking,
  ) {
    const again = h("button", { text: text("read_again"), attrs: { type: "button" }, on: { click: () => void this.read() } });
    for (const part of PARTS) {
      const button = h("button", { text: text(`part_${part}`), attrs: { type: "button", "aria-pressed": "false" }, on: { click: () => this.turnTo(part) } });
      this.buttons.set(part, button);
    }
    this.element = h(
      "main",
      { class: "page" },
      h("h1", { class: "unseen", text: text("page_oversight"), attrs: { tabindex: -1 } }),
      h("div", { class: "tools" }, h("div", { class: "filters", attrs: { role: "group", "aria-label": text("show") } }, ...this.buttons.values()), h("span", { class: "spring" }), this.asOf, again),
      this.scroll,
    );
    const withReason = { ...asking, reason: () => this.reason };
    this.diff = new DiffDialog(this.element, withReason);
    this.log = new LogSection(withReason);
  }

  key(event: KeyboardEvent): boolean {
    return this.walk.key(event);
  }

  /** Reads when a person turns to the page for the first time. */
  draw(): void {
    if (this.told !== null || this.isAsking || this.scroll.childElementCount > 0) return;
    if (this.needsReason && this.reason === "") this.askForReason();
    else void this.read();
  }

  private askForReason(): void {
    const input = h("input", { attrs: { id: "oversight-reason", required: true, maxlength: 300 } });
    const submit = (event: Event): void => {
      event.preventDefault();
      this.reason = input.value.trim();
      if (this.reason !== "") void this.read();
    };
    this.scroll.replaceChildren(
      h(
        "form",
        { class: "reason", on: { submit } },
        h("h2", { text: text("oversight_reason") }),
        h("label", { text: text("oversight_reason_label"), attrs: { for: "oversight-reason" } }),
        input,
        h("p", { class: "faint small", text: text("oversight_reason_note") }),
        h("div", { class: "buttons" }, h("button", { class: "primary", text: text("oversight_look"), attrs: { type: "submit" } })),
      ),
    );
    input.focus();
  }

  private async read(): Promise<void> {
    if (this.isAsking || (this.needsReason && this.reason === "")) return;
    this.isAsking = true;
    if (this.told === null) this.scroll.replaceChildren(h("p", { class: "waiting", text: text("reading"), attrs: { role: "status" } }));
    const told = await ask<Oversight>(this.asking, "/api/oversight", { justification: this.reason });
    this.isAsking = false;
    if (told === null) return;
    if (told instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told));
    this.told = told;
    this.asOf.replaceChildren(...textParts("as_of", { time: momentElement(Date.now()) }));
    this.show();
  }

  private turnTo(part: Part): void {
    this.part = part;
    this.show();
    this.scroll.scrollTop = 0;
  }

  private show(): void {
    for (const [part, button] of this.buttons) button.setAttribute("aria-pressed", String(part === this.part));
    if (this.told === null) return;
    const sections = {
      policies: (told: Oversight) => policySections(told, (version) => this.diff.open(version)),
      log: (told: Oversight) => this.log.elements(told),
      figures: (told: Oversight) => [figuresSection(told)],
      egress: (told: Oversight) => [leftSection(told), measuredSection(told)].filter((one) => one !== null),
    }[this.part](this.told);
    this.walk.redraw(() => this.scroll.replaceChildren(...sections));
  }
}
