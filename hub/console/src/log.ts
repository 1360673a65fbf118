// The audit log: its newest entries, whether it is whole, and a checkpoint to keep elsewhere.

import { Refusal, type Checkpoint, type LogEntry, type Oversight, type Verified } from "./api.js";
import { ask, refusalElement } from "./ask.js";
import { PackForm } from "./pack.js";
import type { AskingWithReason } from "./diff.js";
import { h, icon, speak } from "./dom.js";
import { save } from "./save.js";
import { table, two, type Line } from "./table.js";
import { momentElement, momentText } from "./time.js";
import { capital, text, word } from "./words.js";

const SHORT_ID = 8;
/** An id; boxes and people have names. */
const HEX_ID = /^[0-9a-f-]{32,36}$/;

export class LogSection {
  private readonly found = h("div", { attrs: { role: "status" } });
  private readonly verifyButton = h("button", { class: "primary", attrs: { type: "button" }, on: { click: () => void this.verify() } }, icon("confirmed"), text("verify_now"));
  private readonly keep = h("button", { attrs: { type: "button" }, on: { click: () => void this.checkpoint() } }, text("take_checkpoint"));
  private readonly refusalsOnly = h("button", { text: text("refusals_only"), attrs: { type: "button", "aria-pressed": "false" }, on: { click: () => this.toggle() } });
  private readonly list = h("div", {});
  private entries: LogEntry[] = [];
  private isFiltered = false;
  private readonly pack: PackForm;

  constructor(private readonly asking: AskingWithReason) {
    this.pack = new PackForm(asking);
  }

  elements(told: Oversight): HTMLElement[] {
    this.entries = told.entries;
    this.draw();
    const key = h("p", { class: "faint small" }, text("log_key"), " ", h("code", { text: told.log_key }));
    return [
      h("section", {}, h("h2", { text: text("log_whole") }), h("p", { class: "faint", text: text("log_whole_words") }), h("div", { class: "row-buttons" }, this.verifyButton, this.keep), this.found, key),
      this.pack.element,
      h(
        "section",
        {},
        h("h2", { text: text("log_newest", { count: told.entries.length }) }),
        told.unreadable_entries > 0 ? h("p", { class: "bad", text: text("log_unreadable", { count: told.unreadable_entries }) }) : null,
        h("div", { class: "row-buttons" }, this.refusalsOnly),
        this.list,
      ),
    ];
  }

  private toggle(): void {
    this.isFiltered = !this.isFiltered;
    this.draw();
  }

  private draw(): void {
    this.refusalsOnly.setAttribute("aria-pressed", String(this.isFiltered));
    const shown = this.isFiltered ? this.entries.filter(({ denied }) => denied !== null) : this.entries;
    const heads: [string, string][] = [["number", "number-cell"], ["when", "moment-cell"], ["who", ""], ["what", ""], ["why", "wide-cell"], ["outcome", ""]].map(([code, name]) => [text(`log_${code}`), name!]);
    this.list.replaceChildren(shown.length > 0 ? table(text("log_entries"), heads, shown.map(entryLine)) : h("p", { class: "faint", text: text("log_none") }));
  }

  private async verify(): Promise<void> {
    this.verifyButton.disabled = true;
    this.found.replaceChildren(h("p", { class: "waiting", text: text("verifying") }));
    let found: Verified | Refusal | null;
    // The hub answers in time; what is not at its end is asked for again.
    do found = await ask<Verified>(this.asking, "/api/oversight/verify", { justification: this.asking.reason() });
    while (found !== null && !(found instanceof Refusal) && found.is_running);
    this.verifyButton.disabled = false;
    if (found !== null) this.found.replaceChildren(found instanceof Refusal ? refusalElement(found) : verifiedElement(found));
  }

  private async checkpoint(): Promise<void> {
    const signed = await ask<Checkpoint>(this.asking, "/api/oversight/checkpoint", { justification: this.asking.reason() });
    if (signed === null) return;
    if (signed instanceof Refusal) return this.found.replaceChildren(refusalElement(signed));
    save(`checkpoint-${signed.number}.txt`, new Blob([signed.text], { type: "text/plain" }));
    speak(text("checkpoint_saved"));
    this.found.replaceChildren(h("p", {}, icon("confirmed"), text("checkpoint_saved")), h("p", { class: "faint small" }, text("checkpoint_short"), " ", h("code", { text: signed.short })));
  }
}

function verifiedElement(of: Verified): HTMLElement {
  const head = of.is_sound
    ? h("p", { class: "good verdict" }, icon("confirmed"), h("strong", { text: text("verified_sound") }))
    : h("p", { class: "alarm verdict" }, icon("raised"), h("strong", { text: text("verified_wrong") }));
  const span =
    of.first_unix_ms === null || of.last_unix_ms === null
      ? text("verified_none")
      : text("verified_span", { records: of.records, files: of.files, first: momentText(of.first_unix_ms), last: momentText(of.last_unix_ms) });
  const last = of.last_checkpoint;
  const lines = [
    span,
    of.records_before > 0 ? text("verified_before", { count: of.records_before }) : "",
    last === null ? text("verified_unsigned_all") : text("verified_signed", { count: of.checkpoints, number: last.number, time: momentText(last.unix_ms) }),
    of.unsigned_records > 0 ? text("verified_unsigned", { count: of.unsigned_records }) : "",
    of.times_set_back > 0 ? text("verified_set_back", { count: of.times_set_back }) : "",
    ...of.notices.map(({ code, file }) => text("verified_notice", { file, words: word("log_notice", code) })),
    of.is_sound ? text("verified_limit") : "",
  ];
  return h(
    "div",
    { class: "verified" },
    head,
    ...of.faults.map(({ place, meaning }) => h("p", { class: "alarm" }, h("code", { text: place }), ` ${capital(meaning)}`)),
    of.more_faults > 0 ? h("p", { text: text("verified_more", { count: of.more_faults }) }) : null,
    h("ul", { class: "why" }, ...lines.filter(Boolean).map((line) => h("li", { text: line }))),
    last === null ? null : h("p", { class: "faint small" }, text("checkpoint_short"), " ", h("code", { text: last.short })),
  );
}

function entryLine(of: LogEntry): Line {
  const isNotice = of.operation === "notice";
  const what = isNotice ? text("log_remark") : text("log_did", { operation: word("operation", of.operation), subject: word("log_subject", of.subject) });
  const id = of.id === null ? null : h("code", { text: HEX_ID.test(of.id) ? of.id.slice(0, SHORT_ID) : of.id, attrs: { title: of.id } });
  const outcome =
    of.denied === null
      ? h("span", { class: "status" }, icon("cleared"), text("log_allowed"))
      : h("span", { class: "status bad" }, icon("withheld"), text("log_denied", { rule: of.denied }));
  const words = isNotice ? word("log_notice", of.subject) : (of.words ?? "");
  return {
    key: String(of.number),
    class: of.denied === null ? "" : "denied",
    cells: [
      String(of.number),
      momentElement(of.unix_ms),
      two(of.operator ?? text("log_hub"), [of.recipient, of.purpose].filter(Boolean).join(" · ")),
      two(capital(what), of.records === null ? id : h("span", {}, id ?? "", text("log_records", { count: of.records }))),
      words,
      isNotice ? null : outcome,
    ],
  };
}
