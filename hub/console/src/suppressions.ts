// Places at which a box raises no alert for a time: asked for after a decided review, shown with their end, ended early.

import type { Suppression } from "./api.js";
import type { ChoiceDialog } from "./choice.js";
import { closeButton } from "./dialog.js";
import { h, icon } from "./dom.js";
import { maySuppress, raising, type AlertItem } from "./model.js";
import { hubNow } from "./review.js";
import { momentText } from "./time.js";
import { text, word } from "./words.js";

const USUAL = 7;
const MOST = 30;
const OFFERED = [USUAL, 1, 14, MOST];
const OTHER = "other";
const NEVER = "never";

const daysText = (days: number): string => (days === 1 ? text("suppress_day") : text("suppress_days", { days }));

/** For how long no alert is wanted; to go on as before is the first answer. */
export class DaysDialog {
  private readonly dialog = h("dialog", { class: "choice", attrs: { "aria-label": text("suppress_title") } });

  constructor(
    parent: HTMLElement,
    private readonly choices: ChoiceDialog,
  ) {
    this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
    parent.append(this.dialog);
  }

  ask(about: string, chosen: (days: number) => void): void {
    const answers: [string, string][] = [
      [NEVER, text("suppress_never")],
      ...OFFERED.map((days): [string, string] => [String(days), daysText(days)]),
      [OTHER, text("suppress_other")],
    ];
    this.choices.ask({
      title: text("suppress_title"),
      about,
      note: text("suppress_note"),
      byNumber: "chooses",
      answers,
      chosen: (code) => {
        if (code === OTHER) this.askForNumber(about, chosen);
        else if (code !== NEVER) chosen(Number(code));
      },
    });
  }

  close(): void {
    this.dialog.close();
  }

  private askForNumber(about: string, chosen: (days: number) => void): void {
    const days = h("input", { attrs: { id: "suppress-count", type: "number", min: 1, max: MOST, step: 1, required: true } });
    days.value = String(USUAL);
    const submit = (event: Event): void => {
      event.preventDefault();
      this.close();
      chosen(days.valueAsNumber);
    };
    this.dialog.replaceChildren(
      h("h2", { text: text("suppress_title") }),
      h("p", { class: "faint", text: about }),
      h(
        "form",
        { class: "suppress-form", on: { submit } },
        h("label", { text: text("suppress_count"), attrs: { for: "suppress-count" } }),
        days,
        h("p", { class: "faint small", text: text("suppress_note") }),
        h(
          "div",
          { class: "buttons" },
          closeButton(this.dialog, "suppress_never"),
          h("button", { class: "primary", text: text("suppress_do"), attrs: { type: "submit" } }),
        ),
      ),
    );
    // The Enter that chose this form is not let go yet.
    days.addEventListener("keydown", (event) => event.key === "Enter" && event.repeat && event.preventDefault());
    this.dialog.showModal();
    days.focus();
    days.select();
  }
}

/** Whether the box may leave out the place now, or soon. */
export function isOpen(of: Suppression): boolean {
  return ["waiting", "in_force", "lifting"].includes(of.state) && of.until_unix_ms > hubNow();
}

/** How it stands, with its end. */
export function suppressionWords(of: Suppression): string {
  const time = momentText(of.until_unix_ms);
  if (of.state === "refused") return text("suppressed_refused", { state: word("suppression_state", of.state), reason: word("suppression_reason", of.reason) });
  const isOver = of.until_unix_ms <= hubNow();
  if (of.state === "in_force") return isOver ? word("suppression_state", "over") : text("suppressed_until", { time });
  return isOpen(of) ? `${text("suppressed_then", { time })}: ${word("suppression_state", of.state)}` : word("suppression_state", of.state);
}

/** Who decided what, as far as it is told. */
export function groundWords(of: Suppression): string {
  const parts = [
    of.verdict === null ? "" : text("suppressed_why", { verdict: word("verdict", of.verdict) }),
    of.role === null ? "" : text("suppressed_by", { role: of.role }),
    of.ordered_unix_ms === null ? "" : momentText(of.ordered_unix_ms),
  ];
  return parts.filter(Boolean).join(" · ");
}

export interface SuppressionEvents {
  suppress(item: AlertItem): void;
  lift(of: Suppression): void;
}

function liftButton(of: Suppression, lift: (of: Suppression) => void): HTMLElement | null {
  if (!isOpen(of) || of.state === "lifting") return null;
  const label = text("lift_of", { camera: of.camera ?? of.box, time: momentText(of.until_unix_ms) });
  return h("button", { text: text("lift"), attrs: { type: "button", "aria-label": label }, on: { click: () => lift(of) } });
}

/** Of one alert: how its place stands, or the way to have it left out. */
export function suppressionSection(item: AlertItem, all: Suppression[], events: SuppressionEvents): HTMLElement | null {
  const id = raising(item)?.event.id;
  const newest = all.find((one) => one.event_id === id);
  const canAsk = maySuppress(item) && (newest === undefined || !isOpen(newest));
  if (newest === undefined && !canAsk) return null;
  return h(
    "section",
    { class: "suppression" },
    h("h3", { text: text("suppress_section") }),
    newest === undefined ? null : h("p", {}, icon(isOpen(newest) ? "notice" : "gap"), suppressionWords(newest)),
    newest === undefined ? null : h("p", { class: "faint small", text: groundWords(newest) }),
    newest === undefined ? null : liftButton(newest, events.lift),
    canAsk ? h("button", { attrs: { type: "button", "aria-keyshortcuts": "N" }, on: { click: () => events.suppress(item) } }, text("suppress_button"), h("kbd", { text: "N" })) : null,
  );
}

/** Of one camera: what is left out now. */
export function leftOutSection(all: Suppression[], lift: (of: Suppression) => void): HTMLElement | null {
  const open = all.filter(isOpen);
  if (open.length === 0) return null;
  const line = (of: Suppression): HTMLElement =>
    h("li", {}, icon("notice"), h("div", {}, h("div", { text: suppressionWords(of) }), h("div", { class: "faint small", text: groundWords(of) })), liftButton(of, lift));
  return h("section", {}, h("h3", { text: text("places_left_out") }), h("ul", { class: "left-out" }, ...open.map(line)));
}
