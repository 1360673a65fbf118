// The list of alerts and of what must be seen beside them.

import type { EventState } from "./api.js";
import { h, icon, type Shape } from "./dom.js";
import { Position } from "./position.js";
import { isOpen, isToReview, newest, severityOf, state, told, type AlertItem, type Item, type NoteItem } from "./model.js";
import { countdown, spokenStanding, standing, standingBadge } from "./review.js";
import { momentElement, timeElement } from "./time.js";
import { capital, kind, particulars, place, placeLines, text, word } from "./words.js";
import { isExerciseText } from "./verdicts.js";

const STATE_SHAPES: Record<EventState, Shape> = {
  raised: "raised",
  updated: "updated",
  cleared: "cleared",
  unspecified: "notice",
};

export function stateBadge(of: EventState): HTMLElement {
  return h("span", { class: `state ${of}` }, icon(STATE_SHAPES[of]), capital(word("state", of)));
}

export function stagedBadge(words: string): HTMLElement {
  const isExercise = isExerciseText(words);
  return h("span", { class: isExercise ? "badge exercise" : "badge", text: text(isExercise ? "exercise_word" : "staged"), attrs: { title: text("staged_title", { words }) } });
}

function notValidBadge(): HTMLElement {
  return h("span", { class: "badge warn", text: text("not_valid"), attrs: { title: text("not_valid_title") } });
}

export function severityBadge(item: AlertItem): HTMLElement {
  const of = severityOf(item);
  const words = text("severity", { severity: word("severity", of) });
  return h("span", { class: `severity ${of}`, attrs: { role: "img", "aria-label": words, title: words } }, icon(of));
}

/** The same, with its word. */
export function severityLine(item: AlertItem): HTMLElement {
  const of = severityOf(item);
  return h("span", { class: `severity ${of}` }, icon(of), text("severity", { severity: word("severity", of) }));
}

function reviewCell(item: AlertItem): HTMLElement {
  const of = standing(item);
  return h("td", { class: "cell-review" }, of ? standingBadge(of) : null, countdown(item, true));
}

/** What a line of numbers without an event says. */
export function noteText(item: NoteItem): string {
  const one = item.first === item.last;
  const numbers = text(one ? "number" : "numbers", { first: item.first, last: item.last });
  switch (item.note) {
    case "withheld":
      return text("note_withheld", { numbers, why: word("withheld", item.detail) });
    case "expired":
      return text(one ? "note_expired_one" : "note_expired_many", { numbers, day: item.detail });
    case "lost":
      return text("note_lost", { numbers, why: word("lost", item.detail) });
    case "gap":
      return text(one ? "note_gap_one" : "note_gap_many", { numbers });
    case "unknown":
      return text("note_unknown", { numbers });
  }
}

const NOTE_SHAPES: Record<NoteItem["note"], Shape> = {
  withheld: "withheld",
  expired: "withheld",
  lost: "lost",
  gap: "gap",
  unknown: "notice",
};

function alertCells(item: AlertItem): HTMLElement[] {
  const event = newest(item);
  const first = item.history[0]!;
  const isCamera = event.kind === "camera_health";
  const [near, far] = placeLines(event, item.box);
  const time = first.event.time
    ? timeElement(first.event.time)
    : h("span", {}, momentElement(first.record.stored_unix_ms), h("span", { class: "precision", text: text("when_received") }));
  const badge = isCamera
    ? h("span", { class: "state of-camera" }, icon("camera"), text("camera"))
    : stateBadge(state(item));
  return [
    h("td", { class: "cell-state" }, badge),
    h("td", { class: "cell-time" }, time),
    h(
      "td",
      { class: "cell-what" },
      h(
        "div",
        { class: "what" },
        isToReview(item) ? severityBadge(item) : null,
        kind(event.kind),
        event.staged === null ? null : stagedBadge(event.staged),
        event.validity === "not_valid" ? notValidBadge() : null,
      ),
      h("div", { class: "faint line", text: particulars(told(item).body).join(" · ") }),
    ),
    h("td", { class: "cell-place" }, h("div", { class: "line", text: near, attrs: { title: near } }), h("div", { class: "faint line", text: far })),
    reviewCell(item),
  ];
}

function noteCells(item: NoteItem): HTMLElement[] {
  return [
    h("td", { class: "cell-state" }, h("span", { class: `state ${item.note}` }, icon(NOTE_SHAPES[item.note]), text(item.note))),
    h("td", { class: "cell-time" }, momentElement(item.stored_unix_ms)),
    h("td", { class: "cell-what", attrs: { colspan: 3 } }, h("span", { class: "note-text", text: noteText(item) }), h("span", { class: "faint", text: ` · ${item.box}` })),
  ];
}

function spokenName(item: Item): string {
  if (item.type === "note") return `${text(item.note)}: ${noteText(item)}, ${text("of_box", { box: item.box })}`;
  const event = newest(item);
  const parts = [kind(event.kind), state(item) === "unspecified" ? "" : word("state", state(item)), place(event)];
  if (event.staged !== null) parts.push(text(isExerciseText(event.staged) ? "exercise_word" : "staged"));
  if (event.validity === "not_valid") parts.push(text("not_valid"));
  return [...parts, ...particulars(told(item).body), spokenStanding(item)].filter(Boolean).join(", ");
}

export interface ListEvents {
  select(key: string): void;
  open(key: string): void;
}

/** A grid with one row that has the focus. */
export class List {
  readonly element: HTMLElement;
  private readonly table: HTMLTableElement;
  private readonly body = h("tbody");
  private readonly empty = h("p", { class: "empty" });
  private readonly older = h("p", { class: "older", text: text("older"), attrs: { hidden: true } });
  private readonly rows = new Map<string, HTMLTableRowElement>();
  private items: Item[] = [];
  private readonly position = new Position();

  constructor(private readonly events: ListEvents) {
    const head = (words: string, name: string) => h("th", { class: name, text: words, attrs: { scope: "col" } });
    this.table = h(
      "table",
      { class: "list", attrs: { role: "grid", tabindex: -1 } },
      h(
        "thead",
        {},
        h("tr", {}, head(text("column_state"), "cell-state"), head(text("column_time"), "cell-time"), head(text("column_what"), "cell-what"), head(text("column_where"), "cell-place"), head(text("column_review"), "cell-review")),
      ),
      this.body,
    );
    this.element = h("div", { class: "scroll" }, this.table, this.older, this.empty);
  }

  show(items: Item[], name: string, whyEmpty: string, hasOlder: boolean): void {
    this.table.setAttribute("aria-label", name);
    const focused = document.activeElement;
    this.older.hidden = !hasOlder;
    this.items = items;
    const keys = items.map((item) => item.key);
    this.position.show(keys);
    const wanted = new Set(keys);
    for (const [key, row] of this.rows) {
      if (!wanted.has(key)) {
        row.remove();
        this.rows.delete(key);
      }
    }
    let before: ChildNode | null = this.body.firstChild;
    for (const item of items) {
      const row = this.rows.get(item.key) ?? this.newRow(item);
      if (row === before) before = row.nextSibling;
      else this.body.insertBefore(row, before);
    }
    // A line that was put elsewhere keeps the focus. Of one that is gone no other line has it: a key would be about another alert.
    if (focused instanceof HTMLElement && focused !== document.activeElement) (focused.isConnected ? focused : this.table).focus({ preventScroll: true });
    this.empty.textContent = items.length > 0 ? "" : whyEmpty;
    this.mark();
  }

  /** Draws an item anew. */
  refresh(item: Item): void {
    const row = this.rows.get(item.key);
    if (row) this.fill(row, item);
  }

  get selected(): string | null {
    return this.position.chosen;
  }

  select(key: string | null, withFocus: boolean): void {
    this.position.choose(key);
    this.mark();
    const row = key === null ? undefined : this.rows.get(key);
    if (row && withFocus) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  }

  /** To the selected line, or else to the list. */
  focus(): void {
    const row = this.selected === null ? undefined : this.rows.get(this.selected);
    (row ?? this.table).focus({ preventScroll: true });
  }

  /** Whether its line is there, and not behind a filter. */
  has(key: string): boolean {
    return this.rows.has(key);
  }

  /** The item so many rows further. */
  step(by: number): Item | undefined {
    const key = this.position.step(by);
    return this.items.find((item) => item.key === key);
  }

  private newRow(item: Item): HTMLTableRowElement {
    const row = h("tr", {
      attrs: { tabindex: -1 },
      on: {
        // A finger has no double click.
        click: () => (matchMedia("(pointer: coarse)").matches ? this.events.open(item.key) : this.events.select(item.key)),
        dblclick: () => this.events.open(item.key),
        focus: () => {
          if (this.selected !== item.key) this.events.select(item.key);
        },
      },
    });
    this.rows.set(item.key, row);
    this.fill(row, item);
    return row;
  }

  private fill(row: HTMLTableRowElement, item: Item): void {
    row.className = item.type === "note" ? "note" : isOpen(item) ? "open" : "";
    row.setAttribute("aria-label", spokenName(item));
    row.replaceChildren(...(item.type === "note" ? noteCells(item) : alertCells(item)));
    this.markRow(row, item.key);
  }

  private mark(): void {
    for (const [key, row] of this.rows) this.markRow(row, key);
    // The list can be reached by Tab though nothing is selected.
    if (this.selected !== null && this.has(this.selected)) return;
    const stop = this.step(1);
    if (stop) this.rows.get(stop.key)!.tabIndex = 0;
  }

  private markRow(row: HTMLTableRowElement, key: string): void {
    const is = key === this.selected;
    row.setAttribute("aria-selected", String(is));
    row.tabIndex = is ? 0 : -1;
  }
}
