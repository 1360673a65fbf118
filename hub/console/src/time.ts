// Times as people read them: local, at the policy's precision; UTC on hover.

import type { Time } from "./api.js";
import { h } from "./dom.js";
import { duration, text } from "./words.js";

const two = (n: number): string => String(n).padStart(2, "0");

function day(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** `14:03:12`, or with the day where that is another. */
function clock(unixMs: number, withSeconds: boolean): string {
  const at = new Date(unixMs);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}${withSeconds ? `:${two(at.getSeconds())}` : ""}`;
  return day(at) === day(new Date()) ? time : `${day(at)} ${time}`;
}

function utc(unixMs: number): string {
  return `${new Date(unixMs).toISOString().replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;
}

const UNITS = new Map([
  [1_000, "to_second"],
  [60_000, "to_minute"],
  [3_600_000, "to_hour"],
  [86_400_000, "to_day"],
]);

/** `to the minute`, `to 5 min`; nothing where it is exact. */
function precision(time: Time): string {
  if (time.precision_ms <= 1) return "";
  const unit = UNITS.get(time.precision_ms);
  if (unit) return text(unit);
  return text("to_other", { time: time.precision_ms < 1000 ? `${time.precision_ms} ms` : duration(time.precision_ms / 1000) });
}

/** A time of a box, at the policy's precision. */
export function timeElement(time: Time): HTMLElement {
  const exact = precision(time);
  const title = exact ? text("time_title", { utc: utc(time.unix_ms), precision: exact }) : utc(time.unix_ms);
  return h(
    "time",
    { attrs: { datetime: new Date(time.unix_ms).toISOString(), title } },
    clock(time.unix_ms, time.precision_ms < 60_000),
    exact ? h("span", { class: "precision", text: exact }) : null,
  );
}

/** A moment of the hub's own clock. */
export function momentElement(unixMs: number): HTMLElement {
  const attrs = { datetime: new Date(unixMs).toISOString(), title: utc(unixMs) };
  return h("time", { attrs, text: clock(unixMs, true) });
}

/** Without its precision, for where that stands beside it already. */
export function timeText(time: Time): string {
  return clock(time.unix_ms, time.precision_ms < 60_000);
}

/** A day of the hub's own clock. */
export function dayText(unixMs: number): string {
  return day(new Date(unixMs));
}

/** A moment of the hub's own clock, to the minute. */
export function hourText(unixMs: number): string {
  return clock(unixMs, false);
}

/** A moment of the hub's own clock, to the second. */
export function momentText(unixMs: number): string {
  return clock(unixMs, true);
}
