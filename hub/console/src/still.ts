// Asking for a still, and showing it. The picture is drawn on a canvas and wiped when it is closed; it is never
// given to the browser as a file or an address.

import { Refusal, post, type Still } from "./api.js";
import { closeButton } from "./dialog.js";
import { h, icon, speak } from "./dom.js";
import { newest, raised, type AlertItem } from "./model.js";
import { timeElement } from "./time.js";
import { alertWords, kind, place, purposes, text, word } from "./words.js";

const REASON_CHARS = 500;
/** Refusals that came after the audit entry, beside those of a rule. */
const LOGGED = new Set(["box_away", "no_answer", "busy"]);

export interface StillDialogEvents {
  /** The login is over. */
  loggedOut(): void;
}

export class StillDialog {
  private readonly content = h("div");
  private readonly dialog = h("dialog", { class: "still", attrs: { "aria-label": text("still_dialog") } }, this.content);
  private canvas: HTMLCanvasElement | null = null;
  private asked = 0;
  /** Where the picture goes instead of into the dialog. */
  private deliver: ((still: Still) => Promise<void>) | null = null;

  constructor(
    parent: HTMLElement,
    private readonly csrf: () => string,
    private readonly events: StillDialogEvents,
  ) {
    parent.append(this.dialog);
    this.dialog.addEventListener("close", () => this.wipe());
  }

  get isOpen(): boolean {
    return this.dialog.open;
  }

  /** Asks for purpose and reason; shows the picture, or hands it to whoever draws on it. */
  open(item: AlertItem, deliver: ((still: Still) => Promise<void>) | null = null): void {
    const event = raised(item);
    if (event === null || this.dialog.open) return;
    this.deliver = deliver;
    const reason = h("textarea", {
      attrs: { id: "still-reason", rows: 2, maxlength: REASON_CHARS, required: true, "aria-describedby": "still-note" },
    });
    const known = purposes();
    const purpose =
      known.length > 0
        ? h(
            "select",
            { attrs: { id: "still-purpose", required: true } },
            known.length > 1 ? h("option", { text: text("still_choose"), attrs: { value: "" } }) : null,
            ...known.map((one) => h("option", { text: one.words, attrs: { value: one.id } })),
          )
        : h("input", { attrs: { id: "still-purpose", required: true, maxlength: 64, placeholder: text("still_purpose_id") } });
    const submit = (happened: Event): void => {
      happened.preventDefault();
      // One line in the audit log.
      const justification = reason.value.replace(/\s+/g, " ").trim();
      if (justification === "" || purpose.value === "") return;
      void this.fetch(item, event.id, purpose.value, justification);
    };
    const form = h(
      "form",
      { on: { submit } },
      h("label", { text: text("still_for"), attrs: { for: "still-purpose" } }),
      purpose,
      h("label", { text: text("still_reason"), attrs: { for: "still-reason" } }),
      reason,
      h("p", {
        class: "faint small",
        text: text("still_note"),
        attrs: { id: "still-note" },
      }),
      h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: text("still_ask"), attrs: { type: "submit" } })),
    );
    // Enter asks, as in any form of one line; Shift with it makes no second line.
    reason.addEventListener("keydown", (happened) => {
      if (happened.key === "Enter") {
        happened.preventDefault();
        form.requestSubmit();
      }
    });
    this.show(item, form);
    this.dialog.showModal();
    (known.length === 1 ? reason : purpose).focus();
  }

  close(): void {
    this.dialog.close();
  }

  private async fetch(item: AlertItem, eventId: string, purpose: string, justification: string): Promise<void> {
    const asked = ++this.asked;
    this.show(item, h("p", { class: "waiting", text: text("still_asking"), attrs: { role: "status" } }), h("div", { class: "buttons" }, closeButton(this.dialog, "cancel")));
    this.focusButton();
    try {
      const still = await post<Still>("/api/still", { event_id: eventId, purpose, justification }, this.csrf());
      if (!this.isCurrent(asked)) return;
      if (this.deliver === null) return await this.showStill(item, still, asked);
      await this.deliver(still);
      if (this.isCurrent(asked)) this.dialog.close();
    } catch (error) {
      if (this.isCurrent(asked)) this.showRefusal(item, error);
    }
  }

  /** Not once it was closed, or something else was asked. */
  private isCurrent(asked: number): boolean {
    return this.dialog.open && asked === this.asked;
  }

  private async showStill(item: AlertItem, still: Still, asked: number): Promise<void> {
    const bitmap = await bitmapOf(still);
    if (!this.isCurrent(asked)) return bitmap.close();
    const covered = `${Math.round(still.covered_fraction * 100)} %`;
    const canvas = h("canvas", {
      attrs: {
        width: bitmap.width,
        height: bitmap.height,
        role: "img",
        "aria-label": text("still_label", { kind: kind(newest(item).kind), place: place(newest(item)), share: covered }),
      },
    });
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    bitmap.close();
    this.show(
      item,
      item.history.some(({ event }) => event.staged !== null) ? h("p", { class: "warn-text", text: text("staged_words", { words: newest(item).staged ?? "" }) }) : null,
      canvas,
      h(
        "p",
        { class: "caption" },
        text("still_covered", { share: covered }),
        still.captured ? h("span", {}, ` ${text("still_taken")} `, timeElement(still.captured), ".") : null,
        h("span", { class: "faint", text: ` ${text("still_no_copy")}` }),
      ),
      h("div", { class: "buttons" }, closeButton(this.dialog, "close")),
    );
    this.canvas = canvas;
    this.focusButton();
    speak(text("still_shown"));
  }

  private showRefusal(item: AlertItem, error: unknown): void {
    const no = error instanceof Refusal ? error : new Refusal("failed", text("still_cannot"), null);
    if (no.code === "not_logged_in") {
      this.dialog.close();
      return this.events.loggedOut();
    }
    const rule = no.rule;
    const words = rule === null ? sentence(no.message) : sentence(word("withheld", rule));
    this.show(
      item,
      h(
        "div",
        { class: "refusal", attrs: { role: "alert" } },
        icon(rule === null ? "notice" : "withheld"),
        h("div", {}, h("strong", { text: text(rule === null ? "still_none" : "withheld") }), h("p", { text: words }), rule === null ? null : h("p", { class: "faint small" }, `${text("rule")} `, h("code", { text: rule }))),
      ),
      rule !== null || LOGGED.has(no.code) ? h("p", { class: "faint small", text: text("still_logged") }) : null,
      h("div", { class: "buttons" }, closeButton(this.dialog, "close")),
    );
    this.focusButton();
  }

  private show(item: AlertItem, ...parts: (HTMLElement | null)[]): void {
    this.wipe();
    const event = newest(item);
    this.content.replaceChildren(
      h("header", {}, h("h2", { text: text("still") }), h("span", { class: "faint", text: alertWords(event) })),
      ...parts.filter((part): part is HTMLElement => part !== null),
    );
  }

  private focusButton(): void {
    this.content.querySelector<HTMLElement>(".buttons button")?.focus();
  }

  private wipe(): void {
    if (this.canvas) {
      this.canvas.width = 0;
      this.canvas.height = 0;
      this.canvas = null;
    }
    if (!this.dialog.open) this.content.replaceChildren();
  }
}

function sentence(words: string): string {
  const plain = words.replaceAll("`", "");
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`;
}

/** The picture, in no file and under no address. */
export function bitmapOf(still: Still): Promise<ImageBitmap> {
  const bytes = Uint8Array.from(atob(still.jpeg_base64), (character) => character.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
}
