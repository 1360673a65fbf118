// The audit pack of some days, for whoever checks it alone.

import { Refusal } from "./api.js";
import { askForFile, refusalElement } from "./ask.js";
import type { AskingWithReason } from "./diff.js";
import { h, icon, speak } from "./dom.js";
import { save } from "./save.js";
import { text } from "./words.js";

const DAYS = 30;
const DAY_MS = 86_400_000;

const dayOf = (unixMs: number): string => new Date(unixMs).toISOString().slice(0, 10);

export class PackForm {
  readonly element: HTMLElement;
  private readonly from = dayInput("pack-from", Date.now() - (DAYS - 1) * DAY_MS);
  private readonly to = dayInput("pack-to", Date.now());
  private readonly button = h("button", { attrs: { type: "submit" } }, icon("download"), text("pack_take"));
  private readonly said = h("div", { attrs: { role: "status" } });

  constructor(private readonly asking: AskingWithReason) {
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.take();
    };
    const label = (code: string, of: string): HTMLElement => h("label", { text: text(code), attrs: { for: of } });
    this.element = h(
      "section",
      {},
      h("h2", { text: text("pack") }),
      h("p", { class: "faint", text: text("pack_words") }),
      h("form", { class: "row-buttons days", on: { submit } }, label("pack_from", "pack-from"), this.from, label("pack_to", "pack-to"), this.to, this.button),
      this.said,
    );
  }

  private async take(): Promise<void> {
    const [from, to] = [this.from.value, this.to.value];
    this.button.disabled = true;
    this.said.replaceChildren(h("p", { class: "waiting", text: text("pack_making") }));
    const file = await askForFile(this.asking, "/api/oversight/pack", { justification: this.asking.reason(), from, to });
    this.button.disabled = false;
    this.button.focus();
    if (file === null) return;
    if (file instanceof Refusal) return this.said.replaceChildren(refusalElement(file));
    save(`velum-audit-pack-${from}-to-${to}.zip`, file);
    speak(text("pack_saved"));
    this.said.replaceChildren(h("p", {}, icon("confirmed"), text("pack_saved")), h("p", { class: "faint small" }, h("code", { text: "velum audit verify audit-pack --key KEY" })));
  }
}

function dayInput(id: string, unixMs: number): HTMLInputElement {
  return h("input", { attrs: { id, type: "date", required: true, value: dayOf(unixMs) } });
}
