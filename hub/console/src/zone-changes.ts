// The changes of a camera's settings: those that wait, drawn before and after, and what became of the others.

import { h, icon, type Shape } from "./dom.js";
import { differences, type CameraSettings, type Change, type ChangeState, type Settings } from "./settings.js";
import { momentText } from "./time.js";
import { settingsDrawing } from "./zone-drawing.js";
import { text } from "./words.js";

export interface ChangeActs {
  /** Whether this person proposed it. */
  isMine(of: Change): boolean;
  decide(of: Change, approve: boolean, reason: string): void;
  withdraw(of: Change): void;
}

const WIDTH = 300;
const MOST_DIFFERENCES = 12;
const SHAPES: Record<ChangeState, Shape> = {
  proposed: "waits",
  approved: "waits",
  offered: "live",
  in_force: "confirmed",
  refused: "rejected",
  rolled_back: "rejected",
  withdrawn: "withheld",
  declined: "rejected",
  superseded: "withheld",
};
const WAITING = new Set<ChangeState>(["proposed", "approved", "offered"]);
const BAD = new Set<ChangeState>(["refused", "rolled_back"]);

function headOf(of: Change): HTMLElement {
  const isBad = BAD.has(of.state) || of.unanswered;
  return h("div", { class: "change-head" }, h("span", { class: `status ${isBad ? "bad" : of.state === "in_force" ? "good" : ""}` }, icon(SHAPES[of.state]), text(of.unanswered ? "change_unanswered" : `change_is_${of.state}`)), h("span", { class: "faint small", text: text("change_by", { name: of.proposed_by, time: momentText(of.proposed_unix_ms) }) }));
}

function pictures(before: Settings, after: Settings): HTMLElement {
  const figure = (of: Settings, words: string): HTMLElement => h("figure", {}, settingsDrawing(of, words, WIDTH), h("figcaption", { class: "faint small", text: words }));
  return h("div", { class: "before-after" }, figure(before, text("change_before")), figure(after, text("change_after")));
}

function what(before: Settings, of: Change): HTMLElement {
  const all = differences(before, of.settings);
  const shown = all.slice(0, MOST_DIFFERENCES).map((line) => h("li", { text: line }));
  return h("ul", { class: "why small" }, ...(all.length === 0 ? [h("li", { text: text("change_none") })] : shown), all.length > MOST_DIFFERENCES ? h("li", { text: text("names_more", { names: "…", count: all.length - MOST_DIFFERENCES }) }) : null);
}

function decision(of: Change, told: CameraSettings, acts: ChangeActs): HTMLElement | null {
  const withdraw = h("button", { text: text("change_withdraw"), attrs: { type: "button" }, on: { click: () => acts.withdraw(of) } });
  if ((of.state === "approved" || (of.state === "offered" && of.unanswered)) && told.may_approve) return h("div", { class: "row-buttons" }, withdraw);
  if (of.state !== "proposed") return null;
  if (!told.may_approve) return h("p", { class: "faint small", text: text("change_not_yours") });
  if (acts.isMine(of)) return h("div", {}, h("p", { class: "faint small", text: text("change_own") }), h("div", { class: "row-buttons" }, withdraw));
  const id = `reason-${of.id}`;
  const reason = h("input", { attrs: { id, maxlength: 300, autocomplete: "off" } });
  return h(
    "div",
    { class: "decision" },
    h("label", { text: text("change_reason"), attrs: { for: id } }),
    reason,
    h(
      "div",
      { class: "row-buttons" },
      h("button", { class: "primary", text: text("change_approve"), attrs: { type: "button" }, on: { click: () => acts.decide(of, true, reason.value) } }),
      h("button", { text: text("change_decline"), attrs: { type: "button" }, on: { click: () => (reason.value.trim() === "" ? reason.focus() : acts.decide(of, false, reason.value)) } }),
      withdraw,
    ),
  );
}

/** Whether people or the box still have to say something. */
export const isWaiting = (of: Change): boolean => WAITING.has(of.state);

/** One change. */
export function changeElement(of: Change, told: CameraSettings, acts: ChangeActs): HTMLElement {
  const by = of.decided_by === null ? null : text("change_decided", { name: of.decided_by, time: of.decided_unix_ms === null ? "" : momentText(of.decided_unix_ms) });
  const reason = of.reason ? text("change_because", { reason: of.reason }) : "";
  return h(
    "li",
    { class: `change ${isWaiting(of) ? "waiting-change" : ""}` },
    headOf(of),
    h("p", { class: "note-text", text: of.note }),
    by === null && reason === "" ? null : h("p", { class: "small", text: [by, reason].filter(Boolean).join(": ") }),
    of.problems.length > 0 ? h("ul", { class: "why small" }, ...of.problems.map((one) => h("li", { text: one.path === "" ? one.text : `${one.path}: ${one.text}` }))) : null,
    isWaiting(of) && told.current ? pictures(told.current, of.settings) : null,
    isWaiting(of) && told.current ? what(told.current, of) : null,
    decision(of, told, acts),
  );
}

/** A word on what the box has, where it is no plain case. */
export function standingLines(of: CameraSettings): string[] {
  return [
    of.current === null ? text("settings_untold") : of.from_hub ? text("settings_from_hub") : text("settings_from_box"),
    of.connected ? "" : text("settings_away"),
    of.takes_settings ? "" : text("settings_not_taken"),
  ].filter(Boolean);
}

