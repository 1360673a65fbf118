// What an alert's numbers did over time, as a small drawing of its events; all of it stands in words beside it.

import type { Band, HubEvent } from "./api.js";
import type { AlertItem } from "./model.js";
import { h } from "./dom.js";
import { momentText } from "./time.js";
import { capital, duration, persons, text } from "./words.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [348, 118, 8, 20, 10, 8];
const LEVELS = ["low", "busy", "dense", "critical"];

export interface Point {
  unix_ms: number;
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

const timeOf = (event: HubEvent, stored: number): number => event.time?.unix_ms ?? stored;

function banded(at: number, band: Band, words: string): Point {
  return { unix_ms: at, low: band.at_least, high: band.below, words };
}

/** Of the persons, or else the level; null where nothing was told. */
function ofCrowd(item: AlertItem): Curve | null {
  const points: Point[] = [];
  const levels: Point[] = [];
  for (const { record, event } of item.history) {
    if (event.body.type !== "crowd_density" && event.body.type !== "crowd_movement") continue;
    const at = timeOf(event, record.stored_unix_ms);
    if (event.body.persons) points.push(banded(at, event.body.persons, persons(event.body.persons)));
    if (event.body.type !== "crowd_density") continue;
    const level = LEVELS.indexOf(event.body.level ?? "");
    if (level >= 0) levels.push({ unix_ms: at, low: level, high: level, words: LEVELS[level]! });
  }
  if (points.length > 0) return { what: text("curve_persons"), points, ticks: ticks(points, String), isStepped: true };
  if (levels.length === 0) return null;
  return { what: text("curve_level"), points: levels, ticks: LEVELS.map((level, at) => [at, level]), isStepped: true };
}

function ofObject(item: AlertItem): Curve | null {
  const points: Point[] = [];
  for (const { record, event } of item.history) {
    if (event.body.type !== "abandoned_object") continue;
    if (points.length === 0 && event.body.first_seen) points.push({ unix_ms: event.body.first_seen.unix_ms, low: 0, high: 0, words: duration(0) });
    const dwell = event.body.dwell_secs;
    if (dwell) points.push(banded(timeOf(event, record.stored_unix_ms), dwell, duration(dwell.at_least)));
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
  return curve;
}

function svg<K extends keyof SVGElementTagNameMap>(tag: K, attrs: Record<string, string | number>, content = ""): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, String(value));
  if (content !== "") element.textContent = content;
  return element;
}

export function curveSection(item: AlertItem): HTMLElement | null {
  const curve = curveOf(item);
  if (curve === null) return null;
  const [first, last] = [curve.points[0]!, curve.points[curve.points.length - 1]!];
  const newest = item.history[item.history.length - 1]!;
  const end = Math.max(last.unix_ms, timeOf(newest.event, newest.record.stored_unix_ms));
  const words = { what: curve.what, first: first.words, begin: momentText(first.unix_ms), last: last.words, end: momentText(last.unix_ms) };
  return h(
    "section",
    {},
    h("h3", { text: text("curve") }),
    h("figure", { class: "curve", attrs: { role: "img", "aria-label": text("curve_label", words) } }, drawing(curve, first.unix_ms, end)),
    h("p", { class: "faint small", text: capital(curve.what) }),
  );
}

function drawing(curve: Curve, begin: number, end: number): SVGSVGElement {
  const top = Math.max(...curve.ticks.map(([value]) => value), ...curve.points.map((point) => point.high ?? point.low), 1);
  const x = (at: number): number => (end === begin ? WIDTH / 2 : LEFT + ((at - begin) / (end - begin)) * (WIDTH - LEFT - RIGHT));
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  for (const [value, words] of curve.ticks) {
    root.append(svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
    root.append(svg("text", { x: LEFT, y: y(value) - 3 }, words));
  }
  const low = along(curve, end, (point) => y(point.low), x);
  const high = along(curve, end, (point) => y(point.high ?? top), x);
  root.append(svg("polygon", { class: "band", points: [...low, ...high.reverse()].join(" ") }));
  root.append(svg("polyline", { class: "line-of", points: low.join(" ") }));
  for (const point of curve.points) root.append(svg("circle", { cx: x(point.unix_ms), cy: y(point.low), r: 3 }));
  root.append(svg("text", { x: LEFT, y: HEIGHT - 5 }, momentText(begin)));
  if (end > begin) root.append(svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 5, "text-anchor": "end" }, momentText(end)));
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
