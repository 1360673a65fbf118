// Where an alert stands with the people, in words; and how long there is still to review it, counted down.

import type { Review, ReviewText, Word } from "./api.js";
import { barDrawing, h, icon, s, type Shape } from "./dom.js";
import { isToReview, newest, raising, type AlertItem } from "./model.js";
import { momentText } from "./time.js";
import { alertWords, duration, text, word } from "./words.js";

/** From here on it is pressing. */
const HURRY_MS = 60_000;

/** What the hub's clock says, as far as this page knows. */
let aheadMs = 0;

export function setClock(hubUnixMs: number): void {
  aheadMs = hubUnixMs - Date.now();
}

export const hubNow = (): number => Date.now() + aheadMs;

interface Standing {
  shape: Shape;
  class: string;
  words: string;
}

export function decidedWords(of: Word): string {
  if (of.verdict === null) return text("decided_untold");
  return of.verdict === "confirmed" ? text("decided_confirmed") : text("decided_rejected", { verdict: word("verdict", of.verdict) });
}

/** Whether somebody looked at it until a moment ago: nobody tells that the time for it is over. */
export function isNoLongerTaken(review: Review): boolean {
  return review.taken !== null && !isTaken(review);
}

function isTaken(review: Review): boolean {
  return review.taken !== null && review.taken.until_unix_ms > hubNow();
}

/** Who else looks at it now, while nobody has decided it. */
export function heldByAnother({ review }: AlertItem): { role: string; untilUnixMs: number } | null {
  if (review === null || review.decided !== null || review.taken === null || review.taken.mine || !isTaken(review)) return null;
  return { role: review.taken.role ?? text("other_role"), untilUnixMs: review.taken.until_unix_ms };
}

/** What somebody else decided of it, for those from whose queue it went. */
export function decidedByAnotherWords(item: AlertItem): string {
  const { verdict, role } = item.review?.decided ?? { verdict: null, role: null };
  const code = verdict === null ? "heard_decided" : verdict === "confirmed" ? "heard_confirmed" : "heard_rejected";
  return text(code, { role: role ?? text("other_role"), alert: alertWords(newest(item)), verdict: word("verdict", verdict ?? "") });
}

/** In few words; null where there is nothing to say. */
export function standing(item: AlertItem): Standing | null {
  const review = item.review;
  if (review === null) return null;
  if (review.decided !== null) {
    const words = decidedWords(review.decided);
    const isConfirmed = review.decided.verdict === "confirmed";
    return { shape: isConfirmed ? "confirmed" : "rejected", class: "decided", words };
  }
  if (review.lapse !== null) return { shape: "lapsed", class: "lapsed", words: text("lapsed_short") };
  const parts = [
    review.escalated === null ? "" : text("escalated_short"),
    review.people === 0 ? "" : peopleWords(review),
    isTaken(review) ? takenWords(review) : "",
  ].filter(Boolean);
  const words = parts.join(" · ");
  if (review.escalated !== null) return { shape: "escalated", class: "escalated", words };
  if (words !== "") return { shape: "person", class: "looked-at", words };
  return review.owed ? { shape: "waits", class: "waits", words: text("waits") } : null;
}

const peopleWords = (review: Review): string => text("people_of", { agree: review.agree, needed: review.needed });

function takenWords(review: Review): string {
  if (review.taken === null) return "";
  return review.taken.mine ? text("taken_mine") : text("taken_other", { role: review.taken.role ?? text("other_role") });
}

/** For those who listen: without what changes each second. */
export function spokenStanding(item: AlertItem): string {
  const of = standing(item);
  if (of === null) return "";
  const review = item.review!;
  const isAsked = review.decided === null && review.needed > 1 && review.people === 0;
  return isAsked ? `${of.words}, ${peopleWords(review)}` : of.words;
}

export function standingBadge(of: Standing): HTMLElement {
  return h("span", { class: `standing ${of.class}` }, icon(of.shape), h("span", { text: of.words }));
}

interface Counting {
  item: AlertItem;
  words: HTMLElement;
  bar: SVGRectElement;
  isShort: boolean;
  element: HTMLElement;
}

const counting = new WeakMap<Element, Counting>();

/** The time left, in words and as a bar; counts as long as it is on the page. */
export function countdown(item: AlertItem, isShort: boolean): HTMLElement | null {
  if (!isToReview(item) || item.review!.deadline_unix_ms === null) return null;
  const bar = s("rect", { height: 4 });
  const words = h("span", { class: "left" });
  const element = h("div", { class: "countdown", attrs: { role: "timer", "aria-live": "off" } }, h("span", { class: "bar" }, barDrawing(bar)), h("span", { class: "left-line" }, icon("notice"), words));
  const one = { item, words, bar, isShort, element };
  counting.set(element, one);
  count(one);
  return element;
}

/** Counts whatever is on the page. */
export function countAll(page: ParentNode): void {
  for (const element of page.querySelectorAll(".countdown")) {
    const one = counting.get(element);
    if (one) count(one);
  }
}

function count({ item, words, bar, isShort, element }: Counting): void {
  const deadline = item.review?.deadline_unix_ms ?? null;
  if (deadline === null) return;
  const leftMs = Math.max(0, deadline - hubNow());
  const stored = raising(item)?.record.stored_unix_ms ?? 0;
  const wholeMs = Math.max(stored > 0 ? deadline - stored : leftMs, leftMs, 1);
  const time = duration(Math.ceil(leftMs / 1000));
  words.textContent = leftMs === 0 ? text("time_over") : text(!isShort && item.review!.erases ? "left_erased" : "left", { time });
  bar.setAttribute("width", String((100 * leftMs) / wholeMs));
  element.classList.toggle("hurry", leftMs < HURRY_MS);
}

function said(of: Word, code: string): HTMLElement {
  const verdict = of.verdict === null ? text("not_told") : word("verdict", of.verdict);
  const line = text(code, { role: of.role ?? text("other_role"), verdict });
  return h("li", {}, line, of.unix_ms === null ? null : h("span", { class: "faint", text: ` · ${momentText(of.unix_ms)}` }));
}

function sentences(item: AlertItem, review: Review): string[] {
  const counts = { agree: review.agree, needed: review.needed, people: review.people };
  const lines: string[] = [];
  if (review.decided !== null) {
    const words = decidedWords(review.decided);
    lines.push(review.lapse === null ? words : text("decided_late", { words }));
    if (review.needed > 1) lines.push(text("first_of", counts));
    return lines;
  }
  if (review.lapse !== null) lines.push(text("lapsed_kept"));
  if (review.escalated !== null) lines.push(text("escalated", { reason: word("escalation", review.escalated.reason) }));
  if (isTaken(review)) lines.push(`${takenWords(review)} ${text("taken_until", { time: momentText(review.taken!.until_unix_ms) })}`);
  if (review.people > review.agree) lines.push(text("disagree", counts));
  else if (review.people > 0) lines.push(text("another_needed", counts));
  else if (review.needed > 1) lines.push(text("first_of", counts));
  else if (review.lapse === null) lines.push(text(isToReview(item) ? "unreviewed_yet" : "not_owed"));
  return lines;
}

/** What a person does with a key. */
export interface ReviewActs {
  take(item: AlertItem): void;
  confirm(item: AlertItem): void;
  reject(item: AlertItem): void;
  escalate(item: AlertItem): void;
}

export interface ReviewEvents extends ReviewActs {
  writeText(item: AlertItem): void;
  openText(item: AlertItem, of: ReviewText): void;
}

/** All of it, with what can be done. */
/** That there are texts, and the ways to read them and to write one's own. */
function textsElement(item: AlertItem, review: Review, events: ReviewEvents): HTMLElement | null {
  const words = (of: ReviewText): string => (of.mine ? text("text_mine") : text("text_other", { role: of.role ?? text("other_role") }));
  const lines = review.texts.map((of) => h("li", { class: "row" }, h("span", {}, icon("sealed"), words(of)), h("button", { text: text("text_open_ask"), attrs: { type: "button", "aria-label": `${words(of)}: ${text("text_open_ask")}` }, on: { click: () => events.openText(item, of) } })));
  const mayWrite = review.mine !== null && review.may_review;
  if (lines.length === 0 && !mayWrite) return null;
  const write = h("button", { attrs: { type: "button", "aria-keyshortcuts": "W" }, on: { click: () => events.writeText(item) } }, text(review.texts.some(({ mine }) => mine) ? "text_write_again" : "text_write"), h("kbd", { text: "W" }));
  return h("div", { class: "texts" }, lines.length > 0 ? h("ul", {}, ...lines) : null, mayWrite ? write : null);
}

export function reviewSection(item: AlertItem, events: ReviewEvents): HTMLElement | null {
  const review = item.review;
  if (review === null) return null;
  const [first, ...more] = sentences(item, review);
  const badge = standing(item);
  const words = [
    ...(review.mine === null ? [] : [said({ verdict: review.mine, role: null, unix_ms: null }, "you_said")]),
    ...review.others.map((one) => said(one, "other_said")),
  ];
  const action = (code: string, key: string, act: (of: AlertItem) => void, name = "") =>
    h("button", { class: name, attrs: { type: "button", "aria-keyshortcuts": key }, on: { click: () => act(item) } }, text(code), h("kbd", { text: key }));
  return h(
    "section",
    { class: "review" },
    h("h3", { text: text("review") }),
    h("p", { class: `review-head ${badge?.class ?? ""}` }, badge ? icon(badge.shape) : null, first ?? ""),
    ...more.map((line) => h("p", { class: "small", text: line })),
    countdown(item, false),
    words.length > 0 ? h("ul", { class: "why" }, ...words) : null,
    textsElement(item, review, events),
    review.may_review
      ? h(
          "div",
          { class: "actions" },
          action("take", "T", events.take),
          action("confirm", "C", events.confirm, review.decided === null ? "primary" : ""),
          action("reject", "R", events.reject),
          action("escalate", "E", events.escalate),
        )
      : h("p", { class: "faint small", text: text("may_not") }),
  );
}
