// How each camera is, of what came here: how much of the last hours was analysed, when it was blind and why, what its
// zones and rules last said. Nothing is asked of the hub for it: it is what the live list told, with its blanks.

import type { CameraHours, Explanation, HubEvent, Hour, Time } from "./api.js";
import { share, type Share } from "./fleet.js";
import type { Model } from "./model.js";

export const HOUR_SECS = 3_600;
export const STRIP_HOURS = 24;
/** Below it a camera needs attention. */
const ENOUGH = 0.9;
/** Boxes report a little late. */
const LATE_SECS = 300;
/** Wanted by people or by the policy: no reason to act. */
const INTENDED = new Set(["analysed", "paused", "out_of_schedule"]);
const LEVELS = ["low", "busy", "dense", "critical"];
/** Of the explanation codes, those by which a rule is not valid. */
const DOUBTS = new Set(["people_too_small", "too_dense", "too_dark", "camera_moved", "still_learning", "camera_lost"]);

/** A stretch of time in one state; open where it goes on. */
export interface Blind {
  state: string;
  from: Time;
  to: Time | null;
}

export type Trend = "rising" | "falling" | "steady";

export interface Zone {
  zone: string;
  event: HubEvent;
  time: Time | null;
  trend: Trend | null;
  /** What was told of it, oldest first, for a drawing. */
  course: { unix_ms: number; value: number }[];
}

/** What a rule last said of itself. */
export interface RuleState {
  kind: HubEvent["kind"];
  zone: string | null;
  isValid: boolean;
  time: Time | null;
  doubts: Explanation[];
}

export type Need = "away" | "state" | "little" | "not_valid" | "unreported";

export interface CameraOverview {
  key: string;
  box: string;
  camera: string;
  /** Where the policy told it. */
  site: string | null;
  isConnected: boolean;
  /** As the camera itself last said. */
  state: string | null;
  /** Of the hour that runs and the one before. */
  recent: Share;
  recentSinceUnixMs: number;
  unreportedSecs: number;
  blind: Blind[];
  /** One an hour, the newest last; null where nothing was reported. */
  strip: { hour_unix_secs: number; hour: Hour | null }[];
  zones: Zone[];
  rules: RuleState[];
  needs: Need[];
}

interface Told {
  event: HubEvent;
  time: Time | null;
}

const SUM = (hours: Hour[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { secs_by_state } of hours) for (const [state, secs] of Object.entries(secs_by_state)) sums[state] = (sums[state] ?? 0) + secs;
  return sums;
};

/** What came of each camera, in the order of its coming. */
function toldByCamera(model: Model): Map<string, Told[]> {
  const told = new Map<string, Told[]>();
  for (const item of [...model.items].reverse()) {
    if (item.type !== "alert") continue;
    for (const { event } of item.history) {
      if (event.camera === null) continue;
      const key = `${item.box}/${event.camera}`;
      const all = told.get(key) ?? [];
      all.push({ event, time: event.time });
      told.set(key, all);
    }
  }
  // Alerts that go on stand at their beginning in the list.
  for (const all of told.values()) all.sort((a, b) => (a.time?.unix_ms ?? 0) - (b.time?.unix_ms ?? 0));
  return told;
}

export function blindTimes(told: Told[]): Blind[] {
  const found: Blind[] = [];
  for (const { event, time } of told) {
    if (event.body.type !== "camera_health" || time === null) continue;
    const last = found[found.length - 1];
    if (last && last.to === null) {
      if (last.state === event.body.state) continue;
      last.to = time;
    }
    if (event.body.state !== "analysed") found.push({ state: event.body.state, from: time, to: null });
  }
  return found.reverse();
}

function valueOf(event: HubEvent): number | null {
  if (event.body.type !== "crowd_density") return null;
  const rank = LEVELS.indexOf(event.body.level ?? "");
  return event.body.persons?.at_least ?? (rank < 0 ? null : rank);
}

function trendOf(values: number[]): Trend | null {
  const [before, last] = values.slice(-2);
  if (before === undefined || last === undefined) return null;
  return last > before ? "rising" : last < before ? "falling" : "steady";
}

function zonesOf(told: Told[]): Zone[] {
  const zones = new Map<string, Told[]>();
  for (const one of told) {
    const { zone, kind } = one.event;
    if (zone === null || kind !== "crowd_density") continue;
    zones.set(zone, [...(zones.get(zone) ?? []), one]);
  }
  return [...zones].map(([zone, all]): Zone => {
    const course = all.flatMap(({ event, time }) => {
      const value = valueOf(event);
      return value === null || time === null ? [] : [{ unix_ms: time.unix_ms, value }];
    });
    const last = all[all.length - 1]!;
    return { zone, event: last.event, time: last.time, trend: trendOf(course.map(({ value }) => value)), course };
  });
}

function rulesOf(told: Told[]): RuleState[] {
  const rules = new Map<string, RuleState>();
  for (const { event, time } of told) {
    if (event.kind === "camera_health" || event.validity === null) continue;
    const doubts = event.explanation.filter(({ code }) => DOUBTS.has(code));
    rules.set(`${event.kind}/${event.zone ?? ""}`, { kind: event.kind, zone: event.zone, isValid: event.validity === "valid", time, doubts });
  }
  return [...rules.values()];
}

function needsOf(one: Omit<CameraOverview, "needs">): Need[] {
  const isIntended = one.recent.others.every(([state]) => INTENDED.has(state));
  const needs: [Need, boolean][] = [
    ["away", !one.isConnected],
    ["state", one.isConnected && one.state !== null && !INTENDED.has(one.state)],
    ["little", one.recent.total > 0 && one.recent.analysed < ENOUGH && !isIntended],
    ["unreported", one.isConnected && one.unreportedSecs > 0],
    ["not_valid", one.rules.some(({ isValid }) => !isValid)],
  ];
  return needs.filter(([, is]) => is).map(([need]) => need);
}

/** Every camera of which coverage was reported, by box and name; those that need attention first. */
export function camerasOf(model: Model, nowUnixMs: number): CameraOverview[] {
  const told = toldByCamera(model);
  const all = model.hours.cameras.map((of) => overview(of, told.get(`${of.box}/${of.camera}`) ?? [], model, nowUnixMs));
  return all.sort((a, b) => Number(b.needs.length > 0) - Number(a.needs.length > 0) || a.key.localeCompare(b.key));
}

function overview(of: CameraHours, told: Told[], model: Model, nowUnixMs: number): CameraOverview {
  const key = `${of.box}/${of.camera}`;
  const thisHour = Math.floor(nowUnixMs / 1000 / HOUR_SECS) * HOUR_SECS;
  const byHour = new Map(of.hours.map((hour) => [hour.hour_unix_secs, hour]));
  const strip = Array.from({ length: STRIP_HOURS }, (_, at) => {
    const hour_unix_secs = thisHour - (STRIP_HOURS - 1 - at) * HOUR_SECS;
    return { hour_unix_secs, hour: byHour.get(hour_unix_secs) ?? null };
  });
  const since = Math.max(thisHour - HOUR_SECS, of.hours[0]?.hour_unix_secs ?? 0);
  const recent = share(SUM(of.hours.filter(({ hour_unix_secs }) => hour_unix_secs >= since)));
  // The first hour of a camera begins somewhere within it.
  const isFirst = since === of.hours[0]?.hour_unix_secs;
  const missing = Math.round(nowUnixMs / 1000 - since - recent.total);
  const one = {
    key,
    box: of.box,
    camera: of.camera,
    site: [...told].reverse().find(({ event }) => event.site !== null)?.event.site ?? null,
    isConnected: model.fleet.boxes.find(({ box }) => box === of.box)?.connected ?? false,
    state: model.cameraStates.get(key) ?? null,
    recent,
    recentSinceUnixMs: since * 1000,
    unreportedSecs: !isFirst && missing > LATE_SECS ? missing : 0,
    blind: blindTimes(told),
    strip,
    zones: zonesOf(told),
    rules: rulesOf(told),
  };
  return { ...one, needs: needsOf(one) };
}

/** The sites that were told, and the boxes. */
export function placesOf(all: CameraOverview[]): { sites: string[]; boxes: string[] } {
  const sorted = (names: (string | null)[]): string[] => [...new Set(names.filter((name): name is string => name !== null))].sort();
  return { sites: sorted(all.map(({ site }) => site)), boxes: sorted(all.map(({ box }) => box)) };
}

