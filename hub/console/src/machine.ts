// How a box stands as a machine: room on its disk, its clock, how long it runs; and what is suspended on it.

import type { Machine, Suspension } from "./api.js";
import { h, icon, type Shape } from "./dom.js";
import { momentText } from "./time.js";
import { text } from "./words.js";

const GIB = 1_073_741_824;
const HOUR_SECS = 3_600;
const DAY_HOURS = 24;

/** One thing that is told, and whether it is a reason to act. */
export interface Fact {
  words: string;
  isBad: boolean;
}

/** "12.4 GiB free of 58": one digit where there is little. */
export function diskFact(of: NonNullable<Machine["disk"]>): Fact {
  const gib = (bytes: number): string => (bytes / GIB).toFixed(bytes < 100 * GIB ? 1 : 0);
  const words = text("disk_free", { free: gib(of.free_bytes), total: gib(of.total_bytes) });
  if (of.room === "full") return { words: `${words}: ${text("disk_full")}`, isBad: true };
  if (of.room === "low") return { words: `${words}: ${text("disk_low")}`, isBad: true };
  return { words, isBad: false };
}

/** Whether times of this box can be believed. */
export function clockFact(of: NonNullable<Machine["clock"]>): Fact {
  if (!of.is_trusted) return { words: text("clock_untrusted", { reason: of.reason }), isBad: true };
  if (of.ahead_ms === null) return { words: text("clock_unmeasured"), isBad: false };
  if (!of.is_off) return { words: text("clock_right"), isBad: false };
  const secs = (Math.abs(of.ahead_ms) / 1_000).toFixed(1);
  return { words: text(of.ahead_ms > 0 ? "clock_ahead" : "clock_behind", { secs }), isBad: true };
}

export function uptimeWords(secs: number): string {
  const hours = Math.floor(secs / HOUR_SECS);
  if (hours < 1) return text("uptime_minutes", { minutes: Math.floor(secs / 60) });
  return hours < 2 * DAY_HOURS ? text("uptime_hours", { hours }) : text("uptime_days", { days: Math.floor(hours / DAY_HOURS) });
}

/** Whether it is done, in words: never by colour alone. */
export function suspensionFact(of: Suspension): Fact & { shape: Shape } {
  const place = of.camera === null ? text("suspended_box") : text("suspended_camera", { camera: of.camera });
  if (of.state === "in_force") return { words: place, isBad: false, shape: "withheld" };
  if (of.state === "waits") return { words: `${place}; ${text("suspension_waits")}`, isBad: false, shape: "waits" };
  return { words: `${place}; ${text("suspension_failed", { trouble: of.trouble })}`, isBad: true, shape: "raised" };
}

export function suspensionWhy(of: Suspension): string {
  if (of.suspended_by === "") return text("suspension_unrecorded", { time: momentText(of.since_unix_ms) });
  return text("suspension_why", { by: of.suspended_by, time: momentText(of.since_unix_ms), reason: of.reason });
}

function status({ words, isBad }: Fact, shape: Shape | null = isBad ? "raised" : null): HTMLElement {
  return h("div", {}, h("span", { class: `status ${isBad ? "bad" : ""}` }, shape ? icon(shape) : null, words));
}

/** The machine in a cell of the table. */
export function machineCell(of: Machine | null, connected: boolean): HTMLElement {
  if (of === null) return h("div", { class: "faint", text: text(connected ? "machine_untold" : "machine_never") });
  const told = of.is_old ? status({ words: text("machine_old", { time: momentText(of.told_unix_ms) }), isBad: true }) : null;
  return h("div", { class: "machine" }, of.disk && status(diskFact(of.disk)), of.clock && status(clockFact(of.clock)), told, h("div", { class: "faint small", text: uptimeWords(of.uptime_secs) }));
}

/** What is suspended, below the name of the box. */
export function suspensionLines(all: Suspension[]): HTMLElement[] {
  return all.map((one) => {
    const fact = suspensionFact(one);
    return h("div", { class: "suspended" }, status(fact, fact.shape), h("div", { class: "faint small", text: suspensionWhy(one) }));
  });
}
