// The settings of a camera as its box has them: zones with their rules, and points of the ground. What this page does not know
// is carried along as it came.

import { text, word } from "./words.js";

export type Point = [number, number];
export type RuleName = "abandoned" | "density" | "movement";
export type Rule = Record<string, unknown>;

export interface Zone {
  id: string;
  polygon?: Point[];
  abandoned?: Rule;
  density?: Rule;
  movement?: Rule;
}

export interface GroundPoint {
  picture: Point;
  ground_m: Point;
}

export interface Settings {
  zones: Zone[];
  ground_plane: GroundPoint[];
}

export interface Problem {
  path: string;
  text: string;
}

/** The plane that the box fits through the points. */
export interface Plane {
  lines: [Point, Point][];
  points: { off_px: number; off_m: number; off_without_m: number | null }[];
  warnings: string[];
}

export interface Tried {
  problems: Problem[];
  plane: Plane | null;
}

export type ChangeState = "proposed" | "approved" | "offered" | "in_force" | "refused" | "rolled_back" | "withdrawn" | "declined" | "superseded";

export interface Change {
  id: string;
  proposed_by: string;
  proposed_unix_ms: number;
  note: string;
  settings: Settings;
  base_digest: string;
  state: ChangeState;
  decided_by: string | null;
  decided_unix_ms: number | null;
  reason: string | null;
  problems: Problem[];
  unanswered: boolean;
}

export interface CameraSettings {
  camera: { box: string; camera: string };
  connected: boolean;
  /** Null: the box never told. */
  current: Settings | null;
  digest: string | null;
  from_hub: boolean;
  takes_settings: boolean;
  told_unix_ms: number | null;
  /** The newest first. */
  changes: Change[];
  may_propose: boolean;
  may_approve: boolean;
}

export const RULES: RuleName[] = ["abandoned", "density", "movement"];
export const WHOLE: Point[] = [[0, 0], [1, 0], [1, 1], [0, 1]];
/** A zone for which no rule is written has these. */
const BY_DEFAULT: RuleName[] = ["abandoned", "density"];
const LEAST_CORNERS = 3;

/** As a box writes them: what it leaves out is empty. */
export function whole(of: Partial<Settings>): Settings {
  return { ...of, zones: of.zones ?? [], ground_plane: of.ground_plane ?? [] };
}

/** The same for all that was told of a camera. */
export function wholeOf(told: CameraSettings): CameraSettings {
  return { ...told, current: told.current && whole(told.current), changes: told.changes.map((one) => ({ ...one, settings: whole(one.settings) })) };
}

export const copy = <T>(of: T): T => structuredClone(of);
const round = (value: number): number => Number(Math.min(Math.max(value, 0), 1).toFixed(4));
/** Within the picture, as precise as anybody can point. */
export const point = (x: number, y: number): Point => [round(x), round(y)];

/** Where a zone lies; without corners it is the whole picture. */
export const corners = (of: Zone): Point[] => of.polygon ?? WHOLE;

export function rulesOf(zone: Zone): RuleName[] {
  const written = RULES.filter((rule) => zone[rule] !== undefined);
  return written.length > 0 ? written : BY_DEFAULT;
}

/** Switches a rule on or off; null where it is the last one: a zone always has one. */
export function switched(zone: Zone, rule: RuleName): Zone | null {
  const on = rulesOf(zone);
  const isOn = on.includes(rule);
  if (isOn && on.length === 1) return null;
  const next: Zone = { ...zone };
  // What was there by default is written from now on.
  for (const one of on) next[one] ??= {};
  if (isOn) delete next[rule];
  else next[rule] = {};
  return next;
}

/** A value of a rule; an empty one takes the box's default. */
export function withValue(zone: Zone, rule: RuleName, name: string, value: unknown): Zone {
  const next: Zone = { ...zone };
  for (const one of rulesOf(zone)) next[one] ??= {};
  const changed: Rule = { ...next[rule], [name]: value };
  if (value === null || value === "") delete changed[name];
  next[rule] = changed;
  return next;
}

/** A corner more, in the middle of the side that begins at `at`. */
export function withCorner(zone: Zone, at: number): Zone {
  const all = corners(zone);
  const [from, to] = [all[at]!, all[(at + 1) % all.length]!];
  const added = point((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  return { ...zone, polygon: [...all.slice(0, at + 1), added, ...all.slice(at + 1)] };
}

export function withoutCorner(zone: Zone, at: number): Zone | null {
  const all = corners(zone);
  return all.length <= LEAST_CORNERS ? null : { ...zone, polygon: all.filter((_, index) => index !== at) };
}

export function cornerMoved(zone: Zone, at: number, to: Point): Zone {
  return { ...zone, polygon: corners(zone).map((one, index) => (index === at ? to : one)) };
}

/** A name that no zone has yet. */
export function freeName(zones: Zone[]): string {
  for (let number = zones.length + 1; ; number++) {
    const name = `zone-${number}`;
    if (!zones.some(({ id }) => id === name)) return name;
  }
}

/** What is wrong with a part, or with something in it. */
export function problemsAt(problems: Problem[], path: string): Problem[] {
  return problems.filter((one) => one.path === path || one.path.startsWith(`${path}.`) || one.path.startsWith(`${path}[`));
}

/** What no field stands for. */
export function otherProblems(problems: Problem[]): Problem[] {
  return problems.filter((one) => !/^(zones|ground_plane)\[\d+\]/.test(one.path));
}

const sorted = (_: string, value: unknown): unknown => (value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value);

/** In whatever order the keys stand: the hub tells them in another one than they are drawn. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a, sorted) === JSON.stringify(b, sorted);

function valueWords(key: string, value: unknown): string {
  if (value === undefined) return text("setting_default");
  if (key === "mode" && typeof value === "string") return word("rule_mode", value);
  if (!Array.isArray(value)) return typeof value === "object" ? JSON.stringify(value) : String(value);
  return value.map((one) => (one !== null && typeof one === "object" ? levelWords(one as Rule) : String(one))).join(", ");
}

function levelWords(level: Rule): string {
  const isDensity = level["from_persons_per_m2"] !== undefined;
  const from = String(level["from_persons_per_m2"] ?? level["from_persons"] ?? "?");
  return text(isDensity ? "level_density" : "level_persons", { name: String(level["name"] ?? "?"), from });
}

function ruleDifferences(zone: string, rule: RuleName, before: Zone, after: Zone): string[] {
  const [was, is] = [rulesOf(before).includes(rule), rulesOf(after).includes(rule)];
  const name = word("rule_name", rule);
  if (was !== is) return [text(is ? "change_rule_on" : "change_rule_off", { zone, rule: name })];
  if (!is) return [];
  const [old, now] = [before[rule] ?? {}, after[rule] ?? {}];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((key) => !same(old[key], now[key]));
  return keys.map((key) => text("change_value", { zone, rule: name, key: word("setting_name", key), before: valueWords(key, old[key]), after: valueWords(key, now[key]) }));
}

function zoneDifferences(before: Zone, after: Zone): string[] {
  const shape = same(corners(before), corners(after)) ? [] : [text("change_shape", { zone: after.id })];
  return [...shape, ...RULES.flatMap((rule) => ruleDifferences(after.id, rule, before, after))];
}

/** Whether nothing is otherwise: neither by the letter nor for the box, which fills in what is left out. */
export const isNoChange = (before: Settings, after: Settings): boolean => same(before, after) || (before.zones.length === after.zones.length && differences(before, after).length === 0);

/** What a change does, sentence by sentence. */
export function differences(before: Settings, after: Settings): string[] {
  const named = (of: Settings, id: string): Zone | undefined => of.zones.find((zone) => zone.id === id);
  const ground = same(before.ground_plane, after.ground_plane) ? [] : [text("change_ground", { before: before.ground_plane.length, after: after.ground_plane.length })];
  return [
    ...after.zones.filter(({ id }) => !named(before, id)).map(({ id }) => text("change_new", { zone: id })),
    ...before.zones.filter(({ id }) => !named(after, id)).map(({ id }) => text("change_gone", { zone: id })),
    ...after.zones.flatMap((zone) => {
      const old = named(before, zone.id);
      return old ? zoneDifferences(old, zone) : [];
    }),
    ...ground,
  ];
}
