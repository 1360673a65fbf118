// The last 24 hours of a camera as a strip: a column an hour, each state by its pattern and letter, and all of it in
// words for those who do not see it.

import { HOUR_SECS, type CameraOverview } from "./coverage.js";
import { h, s } from "./dom.js";
import { share } from "./fleet.js";
import { hourText } from "./time.js";
import { duration, text, word } from "./words.js";

const [COLUMN, GAP, HEIGHT, FOOT] = [20, 2, 26, 14];
/** A letter stands where so much of an hour was not analysed. */
const TOLD = 0.05;
/** Each state has a pattern of its own. */
const PATTERNS: Record<string, string> = {
  offline: "M0 0l6 6M6 0L0 6",
  frozen: "M3 0v6M0 3h6",
  dark: "M0 3h6",
  overloaded: "M0 6L6 0",
  paused: "M2 0v6M4 0v6",
  no_policy: "M0 0l6 6",
  out_of_schedule: "M1 1h1M4 4h1",
  untrusted_time: "M0 3q1.5-3 3 0t3 0",
  restarted: "M0 6l3-4 3 4",
  model_failed: "M1 1h4v4h-4z",
  exercise: "M1 1l4 2-4 2z",
};
export const STATES = ["analysed", ...Object.keys(PATTERNS)];

/** The patterns, once a page. */
export function patterns(): SVGSVGElement {
  const all = Object.entries(PATTERNS).map(([state, d]) =>
    s(
      "pattern",
      { id: `pattern-${state}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", class: `pattern ${state}` },
      s("rect", { width: 6, height: 6 }),
      s("path", { d }),
    ),
  );
  return s("svg", { class: "patterns", width: 0, height: 0, "aria-hidden": "true" }, s("defs", {}, ...all));
}

const fill = (state: string): Record<string, string> => (state in PATTERNS ? { class: "part", fill: `url(#pattern-${state})` } : { class: `part ${state}` });

/** What an hour was, in words, and whether all of it was so; nothing where all of it was analysed. */
function hourWords({ hour }: CameraOverview["strip"][number]): { words: string; isWhole: boolean } {
  if (hour === null) return { words: text("unreported_short"), isWhole: true };
  const { others } = share(hour.secs_by_state);
  const [only] = others;
  if (only && only[1] >= HOUR_SECS) return { words: word("coverage_short", only[0]), isWhole: true };
  return { words: others.map(([state, secs]) => `${word("coverage_short", state)} ${duration(secs)}`).join(", "), isWhole: false };
}

/** Hours in a row that were the same are told together. */
export function stripWords(of: CameraOverview["strip"]): string {
  const runs: { from: number; to: number; words: string; isWhole: boolean }[] = [];
  for (const one of of) {
    const told = hourWords(one);
    const last = runs[runs.length - 1];
    const end = one.hour_unix_secs + HOUR_SECS;
    if (last && told.isWhole && last.isWhole && last.words === told.words) last.to = end;
    else runs.push({ from: one.hour_unix_secs, to: end, ...told });
  }
  const told = runs.filter(({ words }) => words !== "");
  if (told.length === 0) return text("strip_all");
  return told.map(({ from, to, words }) => text(to - from > HOUR_SECS ? "hours_words" : "hour_words", { hour: hourText(from * 1000), to: hourText(to * 1000), states: words })).join("; ");
}

function column(of: CameraOverview["strip"][number], at: number): SVGGElement {
  const x = at * COLUMN;
  const group = s("g", {}, s("rect", { class: "empty-hour", x: x + 0.5, y: 0.5, width: COLUMN - GAP - 1, height: HEIGHT - 1 }));
  if (of.hour === null) return group;
  let top = HEIGHT;
  const { others, total } = share(of.hour.secs_by_state);
  for (const state of STATES) {
    const secs = of.hour.secs_by_state[state] ?? 0;
    const height = (secs / Math.max(HOUR_SECS, total)) * HEIGHT;
    if (height <= 0) continue;
    top -= height;
    group.append(s("rect", { ...fill(state), x, y: top, width: COLUMN - GAP, height }));
  }
  const [worst] = others;
  if (worst && worst[1] > HOUR_SECS * TOLD) {
    group.append(s("text", { x: x + (COLUMN - GAP) / 2, y: HEIGHT + FOOT - 3, "text-anchor": "middle" }, word("coverage_letter", worst[0])));
  }
  return group;
}

export function stripElement(of: CameraOverview): HTMLElement {
  const words = stripWords(of.strip);
  const [width, height] = [of.strip.length * COLUMN - GAP, HEIGHT + FOOT];
  const drawing = s("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...of.strip.map(column));
  const first = of.strip[0]!.hour_unix_secs * 1000;
  return h(
    "div",
    { class: "strip" },
    h("div", { class: "strip-drawing", attrs: { role: "img", "aria-label": text("strip_label", { words }), title: words } }, drawing),
    h("div", { class: "strip-times faint small", attrs: { "aria-hidden": "true" } }, h("span", { text: hourText(first) }), h("span", { text: text("strip_now") })),
  );
}

/** What the patterns mean, of those states that are there. */
export function legend(states: Set<string>): HTMLElement {
  const swatch = (state: string): SVGSVGElement =>
    s("svg", { viewBox: "0 0 16 12", class: "swatch", "aria-hidden": "true" }, s("rect", state === "" ? { class: "empty-hour", x: 0.5, y: 0.5, width: 15, height: 11 } : { ...fill(state), width: 16, height: 12 }));
  const line = (state: string, letter: string, words: string): HTMLElement => h("li", {}, swatch(state), letter ? h("b", { text: letter }) : null, words);
  const lines = STATES.filter((state) => state === "analysed" || states.has(state)).map((state) =>
    line(state, state === "analysed" ? "" : word("coverage_letter", state), word("coverage_short", state)),
  );
  return h("ul", { class: "legend small", attrs: { "aria-label": text("legend") } }, ...lines, line("", "", text("unreported_short")));
}
