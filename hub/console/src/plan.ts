// A plan of a site as a drawing: the picture, and on it each camera as a cone with a shape, its name and how it is.

import type { Place, Plan } from "./api.js";
import { s, shapeIn } from "./dom.js";
import type { Standing } from "./standing.js";
import { text } from "./words.js";

export interface Drawn {
  /** The width at which it is meant to be seen, so that letters and lines are as large as elsewhere. */
  width: number;
  standing?: (of: Place) => Standing;
  /** Whose cone stands out; the others are faint. */
  chosen?: (of: Place) => boolean;
}

export const keyOf = (of: { box: string; camera: string }): string => `${of.box}/${of.camera}`;

const RADIANS = Math.PI / 180;
const DIRECTIONS = ["up", "up_right", "right", "down_right", "down", "down_left", "left", "up_left"];

/** A point so far from another, in a direction; 0 is up. */
export function pointAt(x: number, y: number, degrees: number, distance: number): [number, number] {
  return [x + Math.sin(degrees * RADIANS) * distance, y - Math.cos(degrees * RADIANS) * distance];
}

/** Where a camera stands and how far it sees, in pixels of the picture. */
export function standsAt(of: Place, plan: Plan): { x: number; y: number; reach: number } {
  return { x: of.x_fraction * plan.width_px, y: of.y_fraction * plan.height_px, reach: of.reach_fraction * plan.width_px };
}

/** What it sees, as the outline of a sector. */
export function conePath(of: Place, plan: Plan): string {
  const { x, y, reach } = standsAt(of, plan);
  if (of.view_degrees >= 360) return `M${x - reach} ${y}a${reach} ${reach} 0 1 1 ${2 * reach} 0a${reach} ${reach} 0 1 1 ${-2 * reach} 0z`;
  const [from, to] = [-1, 1].map((side) => pointAt(x, y, of.heading_degrees + (side * of.view_degrees) / 2, reach));
  return `M${x} ${y}L${from!.join(" ")}A${reach} ${reach} 0 ${of.view_degrees > 180 ? 1 : 0} 1 ${to!.join(" ")}z`;
}

/** In which of eight directions it looks, as seen on the picture. */
export function directionWords(degrees: number): string {
  return text(`looks_${DIRECTIONS[Math.round(degrees / 45) % 8]!}`);
}

/** Where it stands and how it looks, for those who cannot see the drawing. */
export function placeWords(of: Place): string {
  const percent = (fraction: number): number => Math.round(fraction * 100);
  return text("place_words", {
    x: percent(of.x_fraction),
    y: percent(of.y_fraction),
    direction: directionWords(of.heading_degrees),
    heading: Math.round(of.heading_degrees),
    view: Math.round(of.view_degrees),
    reach: percent(of.reach_fraction),
  });
}

export function pictureOf(plan: Plan): string {
  return `/api/plans/${plan.plan}/picture?version=${plan.version}`;
}

/** Whether a plan is drawn on white paper, by its address; known once it was seen. */
const onPaper = new Map<string, boolean>();
const LOOK_PX = 24;
const BRIGHT = 176;

/** In the dark, white paper is shown as dark paper: it would dazzle; an aerial photograph stays as it is. */
async function lookAtPaper(address: string, image: SVGImageElement): Promise<void> {
  if (!onPaper.has(address)) {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = LOOK_PX;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context?.drawImage(picture, 0, 0, LOOK_PX, LOOK_PX);
    const pixels = context?.getImageData(0, 0, LOOK_PX, LOOK_PX).data ?? [];
    let sum = 0;
    for (let at = 0; at < pixels.length; at += 4) sum += (pixels[at]! + pixels[at + 1]! + pixels[at + 2]!) / 3;
    onPaper.set(address, sum / (LOOK_PX * LOOK_PX) > BRIGHT);
  }
  if (onPaper.get(address)) image.classList.add("paper");
}

/** The picture alone, to be drawn on. */
export function sheet(plan: Plan, label: string, role = "img"): SVGSVGElement {
  const address = pictureOf(plan);
  const image = s("image", { href: address, width: plan.width_px, height: plan.height_px, preserveAspectRatio: "none" });
  // A picture that cannot be had is seen to be missing.
  lookAtPaper(address, image).catch(() => undefined);
  const frame = s("rect", { class: "sheet", width: plan.width_px, height: plan.height_px });
  return s("svg", { class: "plan-drawing", viewBox: `0 0 ${plan.width_px} ${plan.height_px}`, role, "aria-label": label }, frame, image);
}

/** The cone, the camera, and its words. `unit`: pixels of the picture in one of the screen. */
export function cameraMark(of: Place, plan: Plan, unit: number, standing: Standing | null, look: "chosen" | "faint" | "plain"): SVGGElement {
  const { x, y } = standsAt(of, plan);
  const isNamed = look !== "faint";
  const [wordX, wordY] = [Math.min(Math.max(x, 40 * unit), plan.width_px - 40 * unit), y + 26 * unit > plan.height_px - 20 * unit ? y - 32 * unit : y + 25 * unit];
  const words = (line: string, dy: number, name: string): SVGElement =>
    s("text", { x: wordX, y: wordY + dy * unit, class: name, "font-size": (name === "name" ? 12.5 : 11.5) * unit, "stroke-width": 3.5 * unit, "text-anchor": "middle" }, line);
  return s(
    "g",
    { class: `camera-mark ${look} ${standing?.look === "bad" ? "bad" : ""}` },
    s("path", { class: "cone", d: conePath(of, plan), "stroke-width": (look === "chosen" ? 2 : 1) * unit }),
    s("circle", { class: "dot", cx: x, cy: y, r: 11 * unit, "stroke-width": 1.5 * unit }),
    shapeIn(standing?.shape ?? "camera", x, y, unit * 0.85),
    isNamed ? words(of.camera, 0, "name") : null,
    isNamed && standing ? words(standing.words, 13, "state-words") : null,
  );
}

/** Every camera of a plan. */
export function marksOf(plan: Plan, how: Drawn): SVGGElement[] {
  const unit = plan.width_px / how.width;
  const isChosen = how.chosen ?? (() => true);
  // What stands out lies on top.
  const inOrder = [...plan.cameras].sort((a, b) => Number(isChosen(a)) - Number(isChosen(b)));
  return inOrder.map((of) => cameraMark(of, plan, unit, how.standing?.(of) ?? null, how.chosen === undefined ? "plain" : isChosen(of) ? "chosen" : "faint"));
}

/** All of it, to look at. */
export function planDrawing(plan: Plan, label: string, how: Drawn): SVGSVGElement {
  const drawing = sheet(plan, label);
  drawing.append(...marksOf(plan, how));
  return drawing;
}
