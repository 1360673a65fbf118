// Codes become sentences by the hub's catalogue, the same as on the terminal. A code without a sentence is shown as
// it is, never dropped.

import type { Band, Body, Explanation, HeldRule, HubEvent, Words } from "./api.js";
import { timeText } from "./time.js";

let words: Words = { catalogue: {}, purposes: [] };

export function learn(told: Words): void {
  words = told;
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
  return `Not shown: ${held.events === 1 ? "1 event is" : `${held.events} events are`} ${held.words}.`;
}

export function word(table: string, code: string): string {
  return words.catalogue[table]?.[code] ?? code;
}

/** A text of the page itself, with its values. */
export function text(code: string, values: Record<string, string | number> = {}): string {
  return Object.entries(values).reduce((sentence, [name, value]) => sentence.replace(`{${name}}`, String(value)), word("page", code));
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
  if (band.below === null) return `unattended for at least ${duration(band.at_least)}`;
  if (band.at_least === 0) return `unattended for less than ${duration(band.below)}`;
  return `unattended for ${duration(band.at_least)} to ${duration(band.below)}`;
}

export function persons(band: Band): string {
  if (band.below === null) return `${band.at_least} persons or more`;
  if (band.at_least === 0) return `fewer than ${band.below} persons`;
  if (band.below === band.at_least + 1) return `${band.at_least} persons`;
  return `${band.at_least} to ${band.below - 1} persons`;
}

function speed(band: Band): string {
  if (band.below === null) return `${band.at_least} m/s or more`;
  if (band.at_least === 0) return `less than ${band.below} m/s`;
  return `${band.at_least} to ${band.below} m/s`;
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
        body.first_seen ? `put down ${timeText(body.first_seen)}` : "",
        body.grid_cell ? `grid cell ${body.grid_cell}` : "",
      ].filter(Boolean);
    case "crowd_density": {
      const levels = [body.previous_level, body.level].filter((level): level is string => level !== null);
      const density = body.persons_per_m2;
      return [
        levels.length > 0 ? `level ${levels.join(" → ")}` : "",
        body.persons ? persons(body.persons) : "",
        density ? `${density.low.toFixed(2)} to ${density.high.toFixed(2)} persons/m²` : "",
        body.relative ? "relative: not per square metre" : "",
        body.demo_threshold ? "demonstration threshold" : "",
      ].filter(Boolean);
    }
    case "crowd_movement":
      return [
        body.pattern === "unspecified" ? "" : word("movement", body.pattern),
        body.persons ? persons(body.persons) : "",
        body.speed_m_per_s ? speed(body.speed_m_per_s) : "",
        body.direction ? word("direction", body.direction) : "",
        body.relative ? "speed from person heights: no ground plane" : "",
      ].filter(Boolean);
  }
}

/** Where, the nearest first, and what it is part of. */
export function placeLines(event: HubEvent, box: string): [string, string] {
  const near = [event.camera, event.zone].filter((part): part is string => part !== null).join(" / ");
  const far = [event.site, box].filter((part): part is string => part !== null).join(" · ");
  return [near || (event.site ?? "place not released by the policy"), near ? far : box];
}

export function place(event: HubEvent): string {
  const parts = [event.site, event.camera, event.zone].filter((part): part is string => part !== null);
  return parts.length > 0 ? parts.join(" / ") : "place not released by the policy";
}

/** Why a login ended, as the hub says it. */
export function ended(reason: string): string {
  switch (reason) {
    case "idle":
      return "You were logged out: nobody touched the page for a while.";
    case "limit":
      return "You were logged out: a login lasts one shift at most.";
    case "revoked":
      return "You were logged out: your user was removed or reset.";
    case "replaced":
      return "You were logged out: you logged in too many times elsewhere.";
    case "logged_out":
      return "You are logged out.";
    default:
      return "Your login is over.";
  }
}
