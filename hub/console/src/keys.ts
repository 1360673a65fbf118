// The keys, and whether single ones work: who speaks to the computer, or hits keys by mistake, turns them off
// (WCAG 2.1.4).

import { closeButton } from "./dialog.js";
import { h } from "./dom.js";
import { remember, remembered } from "./remembered.js";
import { text } from "./words.js";

const KEPT = "velum.keys";
const keys = (): [string, string][] => [
  ["↓ ↑ J K", text("keys_lines")],
  ["Home End", text("keys_ends")],
  ["Enter", text("keys_details")],
  ["S", text("keys_still")],
  ["T C R E", text("keys_review")],
  ["W", text("keys_text")],
  ["N", text("keys_suppress")],
  ["1 2 3 4", text("keys_filters")],
  ["5 6 7 8", text("keys_pages")],
  ["N", text("keys_needs")],
  ["P", text("keys_plan")],
  ["M", text("keys_sound")],
  ["Esc", text("keys_close")],
  ["?", text("keys_keys")],
];

export class Keys {
  private readonly single = h("input", { attrs: { type: "checkbox", id: "single-keys" } });
  private readonly dialog = h("dialog", { class: "help", attrs: { "aria-label": text("keys") } });

  constructor(parent: HTMLElement) {
    this.single.checked = remembered(KEPT) !== "off";
    this.single.addEventListener("change", () => remember(KEPT, this.single.checked ? "on" : "off"));
    const lines = keys().map(([names, meaning]) => h("tr", {}, h("td", {}, ...names.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: meaning })));
    this.dialog.append(
      h("h2", { text: text("keys") }),
      h("table", {}, ...lines),
      h("div", { class: "single-keys" }, this.single, h("label", { text: text("keys_single"), attrs: { for: "single-keys" } })),
      h("div", { class: "buttons" }, closeButton(this.dialog, "close")),
    );
    parent.append(this.dialog);
  }

  open(): void {
    this.dialog.showModal();
  }

  /** Whether this press counts. */
  counts(event: KeyboardEvent): boolean {
    return event.key.length > 1 || this.single.checked;
  }
}
