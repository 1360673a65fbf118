// What an alert's numbers did over time, as a small drawing of its events; all of it stands in words beside it.

import type { Band, Time } from "./api.js";
import type { AlertItem } from "./model.js";
import { h, s } from "./dom.js";
import { momentText, timeText } from "./time.js";
import { duration, persons, text } from "./words.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [348, 118, 56, 20, 10, 8];
/** Room above for what is open-ended. */
const OPEN = 1.3;
const LEVELS = ["low", "busy", "dense", "critical"];

export interface Point {
  unix_ms: number;
  /** As the policy lets it be told. */
  time: string;
  low: number;
  /** The same as low where it is exact; null where it is open. */
  high: number | null;
  words: string;
}

export interface Curve {
  what: string;
  points: Point[];
  /** What stands at the height of these values. */
  ticks: [number, string][];
  /** Between two points: what was told holds, or it grew. */
  isStepped: boolean;
}

type At = Pick<Point, "unix_ms" | "time">;

const at = (time: Time): At => ({ unix_ms: time.unix_ms, time: timeText(time) });

/** When an event was, or else came. */
function timeOf({ record, event }: AlertItem["history"][number]): At {
  return event.time ? at(event.time) : { unix_ms: record.stored_unix_ms, time: momentText(record.stored_unix_ms) };
}

function banded(when: At, band: Band, words: string): Point {
  return { ...when, low: band.at_least, high: band.below, words };
}

/** Of the persons, or else the level; null where nothing was told. */
function ofCrowd(item: AlertItem): Curve | null {
  const points: Point[] = [];
  const levels: Point[] = [];
  for (const one of item.history) {
    const { event } = one;
    if (event.body.type !== "crowd_density" && event.body.type !== "crowd_movement") continue;
    const when = timeOf(one);
    if (event.body.persons) points.push(banded(when, event.body.persons, persons(event.body.persons)));
    if (event.body.type !== "crowd_density") continue;
    const level = LEVELS.indexOf(event.body.level ?? "");
    if (level >= 0) levels.push({ ...when, low: level, high: level, words: LEVELS[level]! });
  }
  if (points.length > 0) return { what: text("curve_persons"), points, ticks: ticks(points, String), isStepped: true };
  if (levels.length === 0) return null;
  return { what: text("curve_level"), points: levels, ticks: LEVELS.map((level, rank) => [rank, level]), isStepped: true };
}

function ofObject(item: AlertItem): Curve | null {
  const points: Point[] = [];
  for (const one of item.history) {
    const { body } = one.event;
    if (body.type !== "abandoned_object") continue;
    if (points.length === 0 && body.first_seen) points.push({ ...at(body.first_seen), low: 0, high: 0, words: duration(0) });
    if (body.dwell_secs) points.push(banded(timeOf(one), body.dwell_secs, duration(body.dwell_secs.at_least)));
  }
  return points.length === 0 ? null : { what: text("curve_dwell"), points, ticks: ticks(points, duration), isStepped: false };
}

function ticks(points: Point[], say: (value: number) => string): [number, string][] {
  const top = Math.max(...points.map((point) => point.high ?? point.low));
  return [[0, say(0)], ...(top > 0 ? [[top, say(top)] as [number, string]] : [])];
}

export function curveOf(item: AlertItem): Curve | null {
  const curve = item.history.some(({ event }) => event.kind === "abandoned_object") ? ofObject(item) : ofCrowd(item);
  curve?.points.sort((a, b) => a.unix_ms - b.unix_ms);
  // No time at all is told: there is no course.
  return curve?.points[0]?.unix_ms === 0 ? null : curve;
}

export function curveSection(item: AlertItem): HTMLElement | null {
  const curve = curveOf(item);
  if (curve === null) return null;
  const [first, last] = [curve.points[0]!, curve.points[curve.points.length - 1]!];
  const newest = timeOf(item.history[item.history.length - 1]!);
  const end = newest.unix_ms > last.unix_ms ? newest : last;
  const words = { what: curve.what, first: first.words, begin: first.time, last: last.words, end: last.time };
  return h(
    "section",
    {},
    h("h3", { text: curve.what }),
    h("figure", { class: "curve", attrs: { role: "img", "aria-label": text("curve_label", words) } }, drawing(curve, first, end)),
  );
}

function drawing(curve: Curve, begin: At, end: At): SVGSVGElement {
  const told = Math.max(...curve.ticks.map(([value]) => value), ...curve.points.map((point) => point.high ?? point.low), 1);
  const top = curve.points.some((point) => point.high === null) ? told * OPEN : told;
  const span = end.unix_ms - begin.unix_ms;
  const x = (unixMs: number): number => (span === 0 ? WIDTH / 2 : LEFT + ((unixMs - begin.unix_ms) / span) * (WIDTH - LEFT - RIGHT));
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const root = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  for (const [value, words] of curve.ticks) {
    root.append(s("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
    root.append(s("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, words));
  }
  const low = along(curve, end.unix_ms, (point) => y(point.low), x);
  const high = along(curve, end.unix_ms, (point) => y(point.high ?? top), x);
  root.append(s("polygon", { class: "band", points: [...low, ...high.reverse()].join(" ") }));
  root.append(s("polyline", { class: "line-of", points: low.join(" ") }));
  for (const point of curve.points) root.append(s("circle", { cx: x(point.unix_ms), cy: y(point.low), r: 3 }));
  root.append(s("text", { x: span === 0 ? WIDTH / 2 : LEFT, y: HEIGHT - 3, "text-anchor": span === 0 ? "middle" : "start" }, begin.time));
  if (span > 0) root.append(s("text", { x: WIDTH - RIGHT, y: HEIGHT - 3, "text-anchor": "end" }, end.time));
  return root;
}

/** The corners of a line through the points, on to the end. */
function along(curve: Curve, end: number, y: (point: Point) => number, x: (at: number) => number): string[] {
  const corners: string[] = [];
  let before: number | null = null;
  for (const point of curve.points) {
    if (curve.isStepped && before !== null) corners.push(`${x(point.unix_ms)},${before}`);
    before = y(point);
    corners.push(`${x(point.unix_ms)},${before}`);
  }
  if (curve.isStepped && before !== null) corners.push(`${x(end)},${before}`);
  return corners;
}
