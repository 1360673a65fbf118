// What a person does about an alert: take, confirm, reject, escalate. What came of it is told by the hub to everybody;
// here it is said to whoever did it.

import { Refusal, post, type Verdict } from "./api.js";
import { ChoiceDialog } from "./choice.js";
import { h } from "./dom.js";
import { newest, raising, type AlertItem } from "./model.js";
import type { ReviewActs } from "./review.js";
import { kind, place, text, word } from "./words.js";

const REJECTIONS: Verdict[] = ["reflection", "shadow", "furniture_or_bin", "person", "known_object", "other"];
const ESCALATIONS = ["urgent", "cannot_tell", "not_mine"];
/** How long it stands what was done. */
const SAID_MS = 6_000;

export interface TriageEvents {
  csrf(): string;
  /** This person's word decided the alert. */
  decided(item: AlertItem): void;
  /** The login is over. */
  loggedOut(): void;
}

export class Triage implements ReviewActs {
  private readonly said = h("div", { class: "said", attrs: { role: "status", hidden: true } });
  private readonly choices: ChoiceDialog;
  private saidUntilMs = 0;

  constructor(
    parent: HTMLElement,
    private readonly purpose: string,
    private readonly events: TriageEvents,
  ) {
    this.choices = new ChoiceDialog(parent);
    parent.append(this.said);
  }

  take(item: AlertItem): void {
    void this.act(item, "/api/take", {}, text("said_taken"));
  }

  confirm(item: AlertItem): void {
    void this.act(item, "/api/review", { verdict: "confirmed" }, text("said_confirmed"));
  }

  reject(item: AlertItem): void {
    const done = (verdict: string): string => text("said_rejected", { verdict: word("verdict", verdict) });
    this.choices.ask({
      title: text("reject_title"),
      about: `${kind(newest(item).kind)}, ${place(newest(item))}`,
      note: text("reject_note"),
      answers: REJECTIONS.map((verdict) => [verdict, word("verdict", verdict)]),
      chosen: (verdict) => void this.act(item, "/api/review", { verdict }, done(verdict)),
    });
  }

  escalate(item: AlertItem): void {
    this.choices.ask({
      title: text("escalate_title"),
      about: `${kind(newest(item).kind)}, ${place(newest(item))}`,
      note: text("escalate_note"),
      answers: ESCALATIONS.map((reason) => [reason, word("escalation", reason)]),
      chosen: (reason) => void this.act(item, "/api/escalate", { reason }, text("said_escalated")),
    });
  }

  /** Does it about the alert of a line; says why not where there is none. */
  onLine(item: AlertItem | null, isLine: boolean, act: "take" | "confirm" | "reject" | "escalate"): void {
    if (!isLine) this.say(text("no_alert"));
    else if (item === null || raising(item) === undefined || item.review === null) this.say(text("not_reviewable"));
    else this[act](item);
  }

  /** Says something, to those who look and those who listen. */
  say(words: string): void {
    this.said.textContent = words;
    this.said.hidden = false;
    this.saidUntilMs = Date.now() + SAID_MS;
  }

  /** An alert was erased: what was asked about it is asked no more. */
  letGo(): void {
    this.choices.close();
    this.say(text("said_erased"));
  }

  tick(): void {
    if (!this.said.hidden && Date.now() > this.saidUntilMs) this.said.hidden = true;
  }

  close(): void {
    this.choices.close();
  }

  private async act(item: AlertItem, path: string, more: object, done: string): Promise<void> {
    const event_id = raising(item)?.event.id ?? "";
    try {
      const answer = await post<{ decided?: boolean }>(path, { event_id, purpose: this.purpose, ...more }, this.events.csrf());
      this.say(answer.decided === false ? `${done} ${text("said_not_decided")}` : done);
      if (answer.decided === true) this.events.decided(item);
    } catch (error) {
      if (error instanceof Refusal && error.code === "not_logged_in") return this.events.loggedOut();
      this.say(text("said_failed", { reason: error instanceof Error ? `${error.message}.` : "" }));
    }
  }
}
