// What came of an exercise: what was expected and when, what was raised, who saw, took and decided what, after how long. Made to
// be printed.

import type { Debrief } from "./api.js";
import { h, icon, type Shape } from "./dom.js";
import { fact, table, two, type Line } from "./table.js";
import { momentElement, momentText } from "./time.js";
import { capital, duration, kind, text, word } from "./words.js";

type Alert = Debrief["alerts"][number];
type Act = Alert["acts"][number];

const secondsText = (secs: number): string => (secs === 0 ? text("at_once") : text("after", { time: duration(secs) }));

/** How much later than it was expected. */
export function delayText(secs: number | null): string {
  if (secs === null) return text("delay_untold");
  if (secs === 0) return text("delay_none");
  return secs < 0 ? text("delay_early", { time: duration(-secs) }) : text("delay_late", { time: duration(secs) });
}

/** What one person did, in a sentence. */
export function actText(of: Act): string {
  const who = of.person ?? of.role ?? text("other_role");
  const more = of.code === null ? "" : `: ${of.what === "escalated" ? word("escalation", of.code) : word("verdict", of.code)}`;
  const what = `${word("exercise_act", of.what)}${more}`;
  return text("act", { who: of.person !== null && of.role !== null ? `${who} (${of.role})` : who, what, when: secondsText(of.after_secs) });
}

/** What became of an expected alert. Where some may not be read by this person, nobody can say that it was missed. */
export function outcomeOf(one: Debrief["expected"][number], of: Debrief): { words: string; shape: Shape; look: "good" | "bad" | "faint" } {
  if (one.alert !== null) return { words: delayText(one.delay_secs), shape: "confirmed", look: "good" };
  return of.held_back > 0 ? { words: text("debrief_untold"), shape: "withheld", look: "faint" } : { words: text("debrief_missed"), shape: "raised", look: "bad" };
}

/** How many of what was expected were raised, and what else was. */
export function summaryText(of: Debrief): string {
  const found = of.expected.filter((one) => one.alert !== null).length;
  const others = of.alerts.filter((one) => !one.is_expected).length;
  return [text(of.held_back > 0 ? "debrief_found_read" : "debrief_found", { found, count: of.expected.length }), others === 0 ? text("debrief_no_others") : text("debrief_others", { count: others })].join(" ");
}

function expectedSection(of: Debrief): HTMLElement {
  const heads: [string, string][] = [
    [text("debrief_expected"), ""],
    [text("debrief_at"), ""],
    [text("debrief_raised"), ""],
  ];
  const lines = of.expected.map((one, index): Line => {
    const { words, shape, look } = outcomeOf(one, of);
    const raised = h("span", { class: `status ${look}` }, icon(shape), words);
    return { key: `expected-${index}`, cells: [two(capital(kind(one.kind)), one.words), text("debrief_from_start", { time: duration(one.at_secs) }), raised] };
  });
  return h("section", {}, h("h3", { text: text("debrief_expected") }), lines.length > 0 ? table(text("debrief_expected"), heads, lines) : h("p", { class: "faint", text: text("exercise_expects_nothing") }));
}

function alertElement(of: Alert): HTMLElement {
  const name = of.zone === null ? capital(kind(of.kind)) : `${capital(kind(of.kind))}, ${of.zone}`;
  const when = of.after_secs === null ? text("time_untold") : text("debrief_from_start", { time: duration(of.after_secs) });
  return h(
    "li",
    { class: "debrief-alert" },
    h("div", {}, h("b", { text: name }), ` · ${when} · `, h("span", { class: `status ${of.is_expected ? "good" : "bad"}` }, icon(of.is_expected ? "confirmed" : "notice"), text(of.is_expected ? "debrief_is_expected" : "debrief_not_expected"))),
    of.acts.length > 0 ? h("ul", { class: "why small" }, ...of.acts.map((one) => h("li", { text: actText(one) }))) : h("p", { class: "faint small", text: text("debrief_nobody") }),
  );
}

export function debriefElement(of: Debrief, buttons: HTMLElement[]): HTMLElement {
  const { exercise } = of;
  const reason = exercise.reason === "" ? "" : `, ${word("exercise_reason", exercise.reason)}`;
  return h(
    "article",
    { class: "debrief" },
    h("div", { class: "debrief-buttons" }, ...buttons),
    h("h2", { text: text("debrief_title", { title: exercise.scenario.title }) }),
    h("p", { class: "recent", text: summaryText(of) }),
    h(
      "dl",
      {},
      fact(text("exercise_where"), text("camera_name", { camera: exercise.camera, box: exercise.box })),
      fact(text("exercise_when"), momentElement(exercise.began_unix_ms ?? exercise.ordered_unix_ms), exercise.ended_unix_ms === null ? "" : ` – ${momentText(exercise.ended_unix_ms)}`),
      fact(text("exercise_stands"), `${word("exercise_state", exercise.state)}${reason}`),
      fact(text("exercise_why"), exercise.why, exercise.person === null ? null : h("span", { class: "faint", text: ` · ${exercise.person}` })),
      fact(text("exercise_footage"), text("exercise_source", { source: exercise.scenario.source, licence: exercise.scenario.licence })),
    ),
    expectedSection(of),
    h("section", {}, h("h3", { text: text("debrief_alerts") }), of.alerts.length > 0 ? h("ol", { class: "debrief-alerts" }, ...of.alerts.map(alertElement)) : h("p", { class: "faint", text: text("debrief_no_alerts") })),
    of.held_back > 0 ? h("p", { class: "faint small", text: text("debrief_held_back", { count: of.held_back }) }) : null,
    h("p", { class: "faint small", text: text("debrief_note") }),
  );
}
