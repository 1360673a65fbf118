// Zones and points of the ground as a drawing over a picture. A zone is told by its name and its kind of line, not by colour
// alone.

import { s } from "./dom.js";
import { corners, type Plane, type Point, type Settings, type Zone } from "./settings.js";

export const WIDTH = 1600;

export interface Sheet {
  /** Of the drawing, whose width is {@link WIDTH}. */
  height: number;
  /** Pixels of the drawing in one of the screen. */
  unit: number;
}

const DASHES = ["", "14 6", "4 5", "18 5 4 5"];

export const at = ([x, y]: Point, sheet: Sheet): [number, number] => [x * WIDTH, y * sheet.height];
const path = (points: Point[], sheet: Sheet): string => points.map((one) => at(one, sheet).join(",")).join(" ");

/** Tenths of the picture, where there is no picture. */
export function grid(sheet: Sheet): SVGElement {
  const lines = Array.from({ length: 9 }, (_, index) => (index + 1) / 10);
  return s(
    "g",
    { class: "picture-grid", "stroke-width": sheet.unit },
    ...lines.map((one) => s("line", { x1: one * WIDTH, x2: one * WIDTH, y1: 0, y2: sheet.height })),
    ...lines.map((one) => s("line", { x1: 0, x2: WIDTH, y1: one * sheet.height, y2: one * sheet.height })),
  );
}

function middle(points: Point[]): Point {
  const sum = points.reduce(([x, y], one) => [x + one[0], y + one[1]] as Point, [0, 0] as Point);
  return [sum[0] / points.length, sum[1] / points.length];
}

/** The outline of a zone with its name. */
export function zoneMark(zone: Zone, index: number, sheet: Sheet, isSelected: boolean): SVGGElement {
  const points = corners(zone);
  const [x, y] = at(middle(points), sheet);
  return s(
    "g",
    { class: `zone-mark ${isSelected ? "selected" : ""}` },
    s("polygon", { class: "halo", points: path(points, sheet), "stroke-width": (isSelected ? 6 : 5) * sheet.unit }),
    s("polygon", { points: path(points, sheet), "stroke-width": (isSelected ? 3 : 2) * sheet.unit, "stroke-dasharray": DASHES[index % DASHES.length]!.split(" ").filter(Boolean).map((one) => Number(one) * sheet.unit).join(" ") }),
    s("text", { x, y, "font-size": 14 * sheet.unit, "stroke-width": 4 * sheet.unit, "text-anchor": "middle" }, zone.id),
  );
}

/** A point of the ground with its number. */
export function groundMark(where: Point, number: number, sheet: Sheet, isSelected: boolean): SVGGElement {
  const [x, y] = at(where, sheet);
  const arm = (isSelected ? 12 : 9) * sheet.unit;
  return s(
    "g",
    { class: `ground-mark ${isSelected ? "selected" : ""}` },
    s("circle", { cx: x, cy: y, r: 13 * sheet.unit, class: "reach" }),
    s("path", { d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`, "stroke-width": (isSelected ? 3 : 2) * sheet.unit }),
    s("text", { x: x + 10 * sheet.unit, y: y - 8 * sheet.unit, "font-size": 13 * sheet.unit, "stroke-width": 3.5 * sheet.unit }, String(number)),
  );
}

/** The plane that the box fitted, as a grid on the ground. */
export function planeMark(plane: Plane, sheet: Sheet): SVGGElement {
  return s(
    "g",
    { class: "plane-mark", "stroke-width": 1.3 * sheet.unit },
    ...plane.lines.map(([from, to]) => {
      const [[x1, y1], [x2, y2]] = [at(from, sheet), at(to, sheet)];
      return s("line", { x1, y1, x2, y2 });
    }),
  );
}

/** All of it, small, to look at. */
export function settingsDrawing(of: Settings, label: string, width: number): SVGSVGElement {
  const sheet: Sheet = { height: (WIDTH * 9) / 16, unit: WIDTH / width };
  const zones = of.zones.length > 0 ? of.zones : [{ id: "frame" }];
  return s(
    "svg",
    { class: "zone-drawing small", viewBox: `0 0 ${WIDTH} ${sheet.height}`, role: "img", "aria-label": label },
    s("rect", { class: "sheet", width: WIDTH, height: sheet.height }),
    grid(sheet),
    ...zones.map((zone, index) => zoneMark(zone, index, sheet, false)),
    ...of.ground_plane.map(({ picture }, index) => groundMark(picture, index + 1, sheet, false)),
  );
}
