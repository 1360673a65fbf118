// Codes become sentences by the hub's catalogue, the same as on the terminal. A code without a sentence is shown as
// it is, never dropped.

import type { Band, Body, Explanation, HeldRule, HubEvent, Words } from "./api.js";
import { timeText } from "./time.js";
import { isExerciseText } from "./verdicts.js";

let words: Words = { catalogue: {}, purposes: [], command: "" };

/** Each part when it comes: the catalogue with the page, the purposes with the login. */
export function learn(told: Partial<Words>): void {
  words = { ...words, ...told };
  const language = words.catalogue["language"]?.["tag"];
  if (language !== undefined) document.documentElement.lang = language;
}

export function purposes(): Words["purposes"] {
  return words.purposes;
}

/** A purpose as operators read it. */
export function purposeWords(id: string): string {
  return words.purposes.find((one) => one.id === id)?.words ?? id;
}

/** What is there and is not shown. */
export function heldText(held: HeldRule): string {
  const sentence = words.catalogue["held"]?.[held.rule];
  const told = sentence === undefined ? held.words : filled(sentence, { command: words.command });
  return text(held.events === 1 ? "held_one" : "held_many", { count: held.events, words: told });
}

/** What the hub answered with a no, in the page's language; null where the catalogue does not know it. */
export function refused(code: string, values: Record<string, string>): string | null {
  const sentence = words.catalogue["refused"]?.[code];
  return sentence === undefined ? null : filled(sentence, values);
}

export function word(table: string, code: string): string {
  return words.catalogue[table]?.[code] ?? code;
}

/** A text of the page itself, with its values. */
export function text(code: string, values: Record<string, string | number> = {}): string {
  return filled(word("page", code), values);
}

function filled(sentence: string, values: Record<string, string | number>): string {
  return Object.entries(values).reduce((filled, [name, value]) => filled.replace(`{${name}}`, () => String(value)), sentence);
}

/** The same with elements in it. */
export function textParts(code: string, values: Record<string, Node | string>): (Node | string)[] {
  return word("page", code)
    .split(/\{(\w+)\}/)
    .map((part, at) => (at % 2 === 1 ? (values[part] ?? part) : part))
    .filter((part) => part !== "");
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The catalogue shouts kinds for the terminal; a page has other means. */
export function kind(code: string): string {
  return capital(word("kind", code).toLowerCase());
}

/** Seconds in words: `45 s`, `1 min 30 s`, `2 h 5 min`. */
export function duration(secs: number): string {
  const whole = Math.round(secs);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const seconds = whole % 60;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return seconds > 0 ? `${minutes} min ${seconds} s` : `${minutes} min`;
  return `${seconds} s`;
}

/** One condition, as a sentence without a full stop. */
export function explanation(one: Explanation): string {
  const sentence = words.catalogue["explanation"]?.[one.code];
  if (sentence === undefined) return one.value === null ? one.code : `${one.code} ${one.value}`;
  const value = one.value;
  if (value === null) return sentence.replace(/\[[^\]]*\]/, "");
  return sentence
    .replace(/\[([^\]]*)\]/, "$1")
    .replace("{secs}", duration(value))
    .replace("{m2}", `${value.toFixed(0)} m²`);
}

function dwell(band: Band): string {
  if (band.below === null) return text("dwell_from", { time: duration(band.at_least) });
  if (band.at_least === 0) return text("dwell_below", { time: duration(band.below) });
  return text("dwell", { time: duration(band.at_least), below: duration(band.below) });
}

export function persons(band: Band): string {
  if (band.below === null) return text("persons_from", { count: band.at_least });
  if (band.at_least === 0) return text("persons_below", { count: band.below });
  if (band.below === band.at_least + 1) return text("persons_exact", { count: band.at_least });
  return text("persons", { count: band.at_least, most: band.below - 1 });
}

function speed(band: Band): string {
  if (band.below === null) return text("speed_from", { speed: band.at_least });
  if (band.at_least === 0) return text("speed_below", { below: band.below });
  return text("speed", { speed: band.at_least, below: band.below });
}

/** What is particular to the kind, part by part. */
export function particulars(body: Body): string[] {
  switch (body.type) {
    case "none":
      return [];
    case "camera_health":
      return [word("coverage", body.state)];
    case "abandoned_object":
      return [
        body.object_kind ?? "",
        body.dwell_secs ? dwell(body.dwell_secs) : "",
        body.first_seen ? text("put_down", { time: timeText(body.first_seen) }) : "",
        body.grid_cell ? text("grid_cell", { cell: body.grid_cell }) : "",
      ].filter(Boolean);
    case "crowd_density": {
      const levels = [body.previous_level, body.level].filter((level): level is string => level !== null);
      const density = body.persons_per_m2;
      return [
        levels.length > 0 ? text("level", { levels: levels.join(" → ") }) : "",
        body.persons ? persons(body.persons) : "",
        density ? text("density", { low: density.low.toFixed(2), high: density.high.toFixed(2) }) : "",
        body.relative ? text("density_relative") : "",
        body.demo_threshold ? text("demo_threshold") : "",
      ].filter(Boolean);
    }
    case "crowd_movement":
      return [
        body.pattern === "unspecified" ? "" : word("movement", body.pattern),
        body.persons ? persons(body.persons) : "",
        body.speed_m_per_s ? speed(body.speed_m_per_s) : "",
        body.direction ? word("direction", body.direction) : "",
        body.relative ? text("speed_relative") : "",
      ].filter(Boolean);
  }
}

/** Where, the nearest first, and what it is part of. */
export function placeLines(event: HubEvent, box: string): [string, string] {
  const near = [event.camera, event.zone].filter((part): part is string => part !== null).join(" / ");
  const far = [event.site, box].filter((part): part is string => part !== null).join(" · ");
  return [near || (event.site ?? text("no_place")), near ? far : box];
}

export function place(event: HubEvent): string {
  const parts = [event.site, event.camera, event.zone].filter((part): part is string => part !== null);
  return parts.length > 0 ? parts.join(" / ") : text("no_place");
}

/** An alert in few words: what, and where; one of an exercise says so first. */
export function alertWords(event: HubEvent): string {
  return [isExerciseText(event.staged ?? "") ? text("exercise_word") : "", kind(event.kind), place(event)].filter(Boolean).join(", ");
}

const ENDS = ["idle", "limit", "revoked", "replaced", "logged_out"];

/** Why a login ended, as the hub says it. */
export function ended(reason: string): string {
  return text(`ended_${ENDS.includes(reason) ? reason : "other"}`);
}
