// What is in the list: alerts, each with all of its events, and what is no event but must be seen (gaps, withheld,
// lost and expired numbers). Newest first; an alert keeps its place when it changes, so that nothing moves away
// under the operator's hand.

import type { EventState, Fleet, Held, HeldRule, Hours, HubEvent, HubRecord, Review, Suppression } from "./api.js";
import { type Severity, inOrder, severity } from "./queue.js";
import { saysNothingIsThere } from "./verdicts.js";

export interface AlertItem {
  type: "alert";
  key: string;
  box: string;
  /** In the order of their coming; never empty. */
  history: { record: HubRecord; event: HubEvent }[];
  /** Where it stands with the people; null where nobody may be told. */
  review: Review | null;
}

export interface NoteItem {
  type: "note";
  key: string;
  note: "withheld" | "expired" | "lost" | "gap" | "unknown";
  box: string;
  /** Rule, day or cause. */
  detail: string;
  first: number;
  last: number;
  stored_unix_ms: number;
}

export type Item = AlertItem | NoteItem;
export type Filter = "all" | "alerts" | "open" | "review";

const MOST_ITEMS = 2000;

/** What became of an alert with what was told of its review. */
export interface ReviewTaken {
  item: AlertItem;
  isErased: boolean;
  /** Somebody else's word decided it just now. */
  isDecidedByAnother: boolean;
  /** It waited for a word, and waits no more. */
  hasLeftQueue: boolean;
}

export function newest(item: AlertItem): HubEvent {
  return item.history[item.history.length - 1]!.event;
}

/** What it was last said to be: a cleared alert tells no more, and was something all the same. */
export function told(item: AlertItem): HubEvent {
  return [...item.history].reverse().find(({ event }) => event.body.type !== "none")?.event ?? newest(item);
}

/** The event that may have a still. */
export function raised(item: AlertItem): HubEvent | null {
  return item.history.find(({ event }) => event.still_may_be_asked_for)?.event ?? null;
}

export function state(item: AlertItem): EventState {
  return newest(item).state;
}

export function isOpen(item: Item): boolean {
  return item.type === "alert" && newest(item).kind !== "camera_health" && state(item) !== "cleared";
}

/** The record of the event that raised it: what is reviewed. */
export function raising(item: AlertItem): { record: HubRecord; event: HubEvent } | undefined {
  return item.history.find(({ event }) => event.state === "raised" && event.kind !== "camera_health");
}

/** Whether it is of something that lies at a place; what was staged says nothing of it. */
export function hasPlace(item: AlertItem): boolean {
  const of = raising(item)?.event;
  return of !== undefined && of.kind === "abandoned_object" && of.staged === null;
}

/** Whether it was decided that nothing is there. */
export function maySuppress(item: AlertItem): boolean {
  const verdict = item.review?.decided?.verdict ?? null;
  return hasPlace(item) && item.review?.may_review === true && verdict !== null && saysNothingIsThere(verdict);
}

/** Whether it waits for a person's word. */
export function isToReview(item: Item): item is AlertItem {
  return item.type === "alert" && item.review !== null && item.review.owed && item.review.decided === null && item.review.lapse === null;
}

/** Whether somebody must still see to it: it is owed a word, or it goes on and nobody has decided it. */
export function isWaiting(item: Item): boolean {
  return item.type === "alert" && ((isOpen(item) && (item.review?.decided ?? null) === null) || isToReview(item));
}

/** How pressing it is, by what it was told to be. */
export function severityOf(item: AlertItem): Severity {
  return severity(told(item));
}

export class Model {
  /** Newest first. */
  items: Item[] = [];
  fleet: Fleet = { boxes: [] };
  hours: Hours = { cameras: [] };
  /** Places that boxes leave out for a time, the newest first. */
  suppressions: Suppression[] = [];
  /** The last state that a camera itself told, by box and camera. */
  readonly cameraStates = new Map<string, string>();
  /** Whether the hub has older records than the first that came here, or some were let go here. */
  hasOlder = false;
  /** What the hub has and does not show, by rule. */
  readonly held = new Map<string, HeldRule>();
  private readonly byKey = new Map<string, Item>();
  private readonly highest = new Map<string, number>();
  /** By the id of the event that raised it. */
  private readonly byRaising = new Map<string, AlertItem>();

  /** Takes a record; gives the item that changed. */
  take(record: HubRecord): Item {
    if (this.items.length === 0 && record.cursor > 1) this.hasOlder = true;
    this.noticeGap(record);
    return record.end.type === "event" ? this.takeEvent(record, record.end) : this.takeNote(record);
  }

  /** Counts what is not shown. Its numbers are no gaps. */
  holdBack(held: Held): void {
    for (const one of held.held) {
      const before = this.held.get(one.rule)?.events ?? 0;
      this.held.set(one.rule, { ...one, events: before + one.events });
    }
    this.highest.clear();
  }

  shown(filter: Filter): Item[] {
    switch (filter) {
      case "all":
        return this.items.filter((item) => !this.isClosedGap(item));
      case "alerts":
        return this.items.filter((item) => item.type === "alert" && newest(item).kind !== "camera_health");
      case "open":
        return this.items.filter(isOpen);
      case "review":
        return inOrder(this.items.filter(isToReview));
    }
  }

  item(key: string): Item | undefined {
    return this.byKey.get(key);
  }

  /** Takes where an alert stands; null where the alert is not here. */
  takeReview(review: Review): ReviewTaken | null {
    const item = this.byRaising.get(review.event_id);
    if (item === undefined) return null;
    const [before, waited] = [item.review, isToReview(item)];
    item.review = review;
    const isErased = review.lapse === "erased";
    if (isErased) this.erase(item);
    // By a word of one's own it would be this word that changed.
    const isDecidedByAnother = before !== null && before.decided === null && review.decided !== null && review.mine === before.mine;
    return { item, isErased, isDecidedByAnother, hasLeftQueue: waited && !isToReview(item) };
  }

  /** How many are escalated and not decided. */
  escalations(): number {
    return this.items.filter((item) => isToReview(item) && item.review?.escalated).length;
  }

  toReview(): number {
    return this.items.filter(isToReview).length;
  }

  waiting(): number {
    return this.items.filter(isWaiting).length;
  }

  /** In its place stand its numbers, and that they are told no more. */
  private erase(item: AlertItem): void {
    const notes = item.history.map(({ record }): NoteItem => {
      const { box, cursor, sequence, stored_unix_ms } = record;
      const detail = "review_deadline";
      return { type: "note", key: `number/${cursor}`, note: "withheld", box, detail, first: sequence, last: sequence, stored_unix_ms };
    });
    notes.reverse();
    this.items.splice(this.items.indexOf(item), 1, ...notes);
    for (const note of notes) this.byKey.set(note.key, note);
    this.forget(item);
  }

  private forget(item: Item): void {
    this.byKey.delete(item.key);
    if (item.type !== "alert") return;
    const first = raising(item);
    if (first) this.byRaising.delete(first.event.id);
  }

  openAlerts(): number {
    return this.items.filter(isOpen).length;
  }

  /** The hub's account says whether numbers are still missing: they may have come late, or been accounted for. */
  private isClosedGap(item: Item): boolean {
    if (item.type !== "note" || item.note !== "gap") return false;
    const box = this.fleet.boxes.find((one) => one.box === item.box);
    return box !== undefined && box.numbers.missing === 0;
  }

  private takeEvent(record: HubRecord, event: HubEvent): Item {
    if (event.body.type === "camera_health" && event.camera !== null) {
      this.cameraStates.set(`${record.box}/${event.camera}`, event.body.state);
    }
    const key = `${record.box}/${event.kind === "camera_health" || event.alert_id === "" ? event.id : event.alert_id}`;
    const known = this.byKey.get(key);
    if (known?.type === "alert") {
      known.history.push({ record, event });
      this.noticeRaising(known);
      return known;
    }
    const item: AlertItem = { type: "alert", key, box: record.box, history: [{ record, event }], review: null };
    this.noticeRaising(item);
    return this.add(item);
  }

  private noticeRaising(item: AlertItem): void {
    const first = raising(item);
    if (first) this.byRaising.set(first.event.id, item);
  }

  private takeNote(record: HubRecord): Item {
    const end = record.end;
    const note = end.type === "event" ? "unknown" : end.type;
    const detail = end.type === "withheld" ? end.rule : end.type === "expired" ? end.key_day : end.type === "lost" ? end.cause : "";
    const top = this.items[0];
    // A run of numbers with the same end is one line.
    if (top?.type === "note" && top.note === note && top.box === record.box && top.detail === detail && note !== "lost") {
      top.last = record.sequence;
      top.stored_unix_ms = record.stored_unix_ms;
      return top;
    }
    const [first, last] = [record.sequence, record.sequence];
    const { box, stored_unix_ms } = record;
    return this.add({ type: "note", key: `number/${record.cursor}`, note, box, detail, first, last, stored_unix_ms });
  }

  /** Numbers that are jumped over, by box and incarnation, from the first that was seen. */
  private noticeGap(record: HubRecord): void {
    const line = `${record.box}/${record.incarnation}`;
    const highest = this.highest.get(line);
    this.highest.set(line, Math.max(record.sequence, highest ?? 0));
    if (highest === undefined || record.sequence <= highest + 1) return;
    const [first, last] = [highest + 1, record.sequence - 1];
    const { box, stored_unix_ms } = record;
    this.add({ type: "note", key: `gap/${record.cursor}`, note: "gap", box, detail: "", first, last, stored_unix_ms });
  }

  private add(item: Item): Item {
    this.items.unshift(item);
    this.byKey.set(item.key, item);
    if (this.items.length > MOST_ITEMS) this.letOldestGo();
    return item;
  }

  /** Never an alert that is open, or waits for a review. */
  private letOldestGo(): void {
    for (let at = this.items.length - 1; at > 0; at--) {
      const item = this.items[at]!;
      if (isOpen(item) || isToReview(item)) continue;
      this.items.splice(at, 1);
      this.forget(item);
      this.hasOlder = true;
      return;
    }
  }
}
