// What a person does about an alert: take, confirm, reject, escalate. What came of it is told by the hub to everybody;
// here it is said to whoever did it.

import { Refusal, post, type Suppression, type Verdict } from "./api.js";
import { ChoiceDialog } from "./choice.js";
import { hasPlace, maySuppress, newest, raising, type AlertItem } from "./model.js";
import { heldByAnother, type ReviewActs } from "./review.js";
import type { Said } from "./said.js";
import { DaysDialog } from "./suppressions.js";
import { saysNothingIsThere } from "./verdicts.js";
import { momentText } from "./time.js";
import { alertWords, text, word } from "./words.js";

const REJECTIONS: Verdict[] = ["reflection", "shadow", "furniture_or_bin", "person", "known_object", "other"];
const ESCALATIONS = ["urgent", "cannot_tell", "not_mine"];

export interface TriageEvents {
  csrf(): string;
  /** This person's word decided the alert. */
  decided(item: AlertItem): void;
  /** The login is over. */
  loggedOut(): void;
}

export class Triage implements ReviewActs {
  private readonly choices: ChoiceDialog;
  private readonly days: DaysDialog;
  /** What a question is open about. */
  private askedAbout: AlertItem | null = null;

  constructor(
    parent: HTMLElement,
    private readonly purpose: string,
    private readonly said: Said,
    private readonly events: TriageEvents,
  ) {
    this.choices = new ChoiceDialog(parent);
    this.days = new DaysDialog(parent, this.choices);
  }

  take(item: AlertItem): void {
    void this.act(item, "/api/take", {}, text("said_taken"));
  }

  confirm(item: AlertItem): void {
    this.unlessHeld(item, "held_confirm", () => void this.act(item, "/api/review", { verdict: "confirmed" }, text("said_confirmed")));
  }

  reject(item: AlertItem): void {
    this.unlessHeld(item, "held_reject", () => this.askWhat(item));
  }

  private askWhat(item: AlertItem): void {
    this.askedAbout = item;
    const done = (verdict: string): string => text("said_rejected", { verdict: word("verdict", verdict) });
    this.choices.ask({
      title: text("reject_title"),
      about: alertWords(newest(item)),
      note: text("reject_note"),
      byNumber: "answers",
      answers: REJECTIONS.map((verdict) => [verdict, word("verdict", verdict)]),
      chosen: (verdict) => void this.rejectAs(item, verdict, done(verdict)),
    });
  }

  /** Asks for how long no alert is wanted at its place. */
  suppress(item: AlertItem): void {
    this.askedAbout = item;
    const done = (days: number): string => (days === 1 ? text("said_suppressed_day") : text("said_suppressed", { days }));
    this.days.ask(alertWords(newest(item)), (days) => void this.act(item, "/api/suppress", { days }, done(days)));
  }

  /** Alerts at that place again. */
  async lift(of: Suppression): Promise<void> {
    await this.post("/api/lift", { order_id: of.order_id }, text("said_lifted"));
  }

  escalate(item: AlertItem): void {
    this.unlessHeld(item, "held_escalate", () => this.askWhy(item));
  }

  private askWhy(item: AlertItem): void {
    this.askedAbout = item;
    this.choices.ask({
      title: text("escalate_title"),
      about: alertWords(newest(item)),
      note: text("escalate_note"),
      byNumber: "answers",
      answers: ESCALATIONS.map((reason) => [reason, word("escalation", reason)]),
      chosen: (reason) => void this.act(item, "/api/escalate", { reason }, text("said_escalated")),
    });
  }

  /** Does it about the alert of a line; says why not where there is none. */
  onLine(item: AlertItem | null, isLine: boolean, act: "take" | "confirm" | "reject" | "escalate" | "suppress"): void {
    if (!isLine) this.said.say(text("no_alert"));
    else if (item === null || raising(item) === undefined || item.review === null) this.said.say(text("not_reviewable"));
    else if (act === "suppress" && !maySuppress(item)) this.said.say(text("not_suppressible"));
    else this[act](item);
  }

  /** Others decided it while somebody was asked: what they would answer now, they have not seen. */
  decidedByOthers(item: AlertItem): void {
    if (this.askedAbout?.key !== item.key || !this.choices.isOpen) return;
    this.choices.close();
    this.said.say(text("said_decided_by_others"));
  }

  /** An alert was erased: what was asked about it is asked no more. */
  letGo(): void {
    this.choices.close();
    this.days.close();
    this.said.say(text("said_erased"));
  }

  close(): void {
    this.choices.close();
    this.days.close();
  }

  /** Somebody else has taken it: whoever decides it all the same, means it. */
  private unlessHeld(item: AlertItem, act: string, go: () => void): void {
    const holder = heldByAnother(item);
    if (holder === null) return go();
    this.askedAbout = item;
    this.choices.ask({
      title: text("taken_other", { role: holder.role }),
      about: alertWords(newest(item)),
      note: text("held_note", { time: momentText(holder.untilUnixMs) }),
      byNumber: "chooses",
      answers: [
        ["", text("held_leave")],
        [act, text(act)],
      ],
      chosen: (code) => code === act && go(),
    });
  }

  /** Where nothing is there, the next question is whether to alert there again. */
  private async rejectAs(item: AlertItem, verdict: string, done: string): Promise<void> {
    const isDecided = await this.act(item, "/api/review", { verdict }, done);
    // Not over what somebody has begun meanwhile; the key for it stays.
    const isFree = document.querySelector("dialog[open]") === null;
    if (isDecided && isFree && saysNothingIsThere(verdict) && hasPlace(item)) this.suppress(item);
  }

  /** Whether it decided the alert. */
  private async act(item: AlertItem, path: string, more: object, done: string): Promise<boolean> {
    const answer = await this.post<{ decided?: boolean }>(path, { event_id: raising(item)?.event.id ?? "", ...more }, done);
    if (answer?.decided !== true) return false;
    this.events.decided(item);
    return true;
  }

  private async post<T extends { decided?: boolean }>(path: string, body: object, done: string): Promise<T | null> {
    try {
      const answer = await post<T>(path, { purpose: this.purpose, ...body }, this.events.csrf());
      this.said.say(answer.decided === false ? `${done} ${text("said_not_decided")}` : done);
      return answer;
    } catch (error) {
      if (error instanceof Refusal && error.code === "not_logged_in") this.events.loggedOut();
      else this.said.say(text("said_failed", { reason: error instanceof Error ? `${error.message}.` : "" }));
      return null;
    }
  }
}
