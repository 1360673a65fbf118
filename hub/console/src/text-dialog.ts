// What people write beside their verdicts: written here, and opened one by one for a purpose and a reason. What was opened is
// gone from the page when the dialog is closed.

import { Refusal, type ReviewText } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import { closeButton } from "./dialog.js";
import { h, speak } from "./dom.js";
import { newest, raising, type AlertItem } from "./model.js";
import { momentText } from "./time.js";
import { alertWords, text } from "./words.js";

const TEXT_CHARS = 2_000;
const REASON_CHARS = 300;

interface Opened {
  text: string;
  written_unix_ms: number;
}

export class TextDialog {
  private readonly content = h("div");
  private readonly dialog = h("dialog", { class: "entry-dialog" }, this.content);
  private readonly problem = h("div");
  /** An answer counts for the dialog that asked. */
  private asked = 0;
  private about: string | null = null;

  constructor(
    parent: HTMLElement,
    private readonly asking: Asking,
    private readonly purpose: string,
  ) {
    parent.append(this.dialog);
    // What was read or written is not kept.
    this.dialog.addEventListener("close", () => {
      this.asked += 1;
      this.about = null;
      this.content.replaceChildren();
    });
  }

  /** Writes beside one's own word; an empty text takes the older one away. */
  write(item: AlertItem): void {
    const isThere = item.review?.texts.some(({ mine }) => mine) ?? false;
    const words = h("textarea", { attrs: { id: "review-text", maxlength: TEXT_CHARS, rows: 6, autocomplete: "off", spellcheck: "false", "aria-describedby": "review-text-note" } });
    const parts = [
      h("label", { text: text("text_label"), attrs: { for: "review-text" } }),
      words,
      h("p", { class: "faint small", text: text(isThere ? "text_note_again" : "text_note"), attrs: { id: "review-text-note" } }),
    ];
    this.show(item, text("text_write_title"), parts, text("text_seal"), () => void this.send(item, words.value));
    words.focus();
  }

  /** Opens one text. */
  open(item: AlertItem, of: ReviewText): void {
    const reason = h("input", { attrs: { id: "text-reason", maxlength: REASON_CHARS, required: true, autocomplete: "off", "aria-describedby": "text-reason-note" } });
    const parts = [
      h("label", { text: text("text_reason"), attrs: { for: "text-reason" } }),
      reason,
      h("p", { class: "faint small", text: text("text_reason_note"), attrs: { id: "text-reason-note" } }),
    ];
    this.show(item, text("text_open_title"), parts, text("text_open"), () => void this.read(item, of, reason.value));
    reason.focus();
  }

  close(): void {
    this.dialog.close();
  }

  /** An alert was erased: what somebody writes or reads about another stays. */
  letGo(item: AlertItem): void {
    if (this.about === item.key) this.close();
  }

  private async send(item: AlertItem, words: string): Promise<void> {
    const { asked } = this;
    const done = await ask(this.asking, "/api/text/write", { ...this.of(item), text: words });
    if (done === null) return;
    if (done instanceof Refusal) return asked === this.asked ? this.refuse(done) : undefined;
    if (asked === this.asked) this.dialog.close();
    speak(text(words.trim() === "" ? "text_taken_back" : "text_sealed"));
  }

  private async read(item: AlertItem, of: ReviewText, justification: string): Promise<void> {
    const { asked } = this;
    const told = await ask<Opened>(this.asking, "/api/text/open", { ...this.of(item), text_id: of.text_id, justification });
    if (told === null || asked !== this.asked) return;
    if (told instanceof Refusal) return this.refuse(told);
    const close = closeButton(this.dialog, "close");
    this.content.replaceChildren(
      h("h2", { text: text("text_opened") }),
      h("p", { class: "faint small", text: text("text_written", { role: of.mine ? text("text_you") : (of.role ?? text("other_role")), time: momentText(told.written_unix_ms) }) }),
      h("p", { class: "sealed-text", text: told.text, attrs: { tabindex: 0 } }),
      h("p", { class: "faint small", text: text("text_no_copy") }),
      h("div", { class: "buttons" }, close),
    );
    close.focus();
  }

  private of(item: AlertItem): { event_id: string; purpose: string } {
    return { event_id: raising(item)?.event.id ?? "", purpose: this.purpose };
  }

  private refuse(no: Refusal): void {
    this.problem.replaceChildren(refusalElement(no));
  }

  private show(item: AlertItem, title: string, parts: HTMLElement[], act: string, submit: () => void): void {
    this.asked += 1;
    this.about = item.key;
    this.problem.replaceChildren();
    const form = h("form", {}, ...parts, this.problem, h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: act, attrs: { type: "submit" } })));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    this.dialog.setAttribute("aria-label", title);
    this.content.replaceChildren(h("h2", { text: title }), h("p", { class: "faint", text: alertWords(newest(item)) }), form);
    if (!this.dialog.open) this.dialog.showModal();
  }
}
