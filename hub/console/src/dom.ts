// Elements, made one by one: no text of a box is ever read as markup.

type Child = Node | string | null | undefined | false;

interface Props {
  class?: string;
  text?: string;
  attrs?: Record<string, string | number | boolean | null>;
  on?: Record<string, (event: never) => void>;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.text !== undefined) element.textContent = props.text;
  for (const [name, value] of Object.entries(props.attrs ?? {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  for (const [name, handler] of Object.entries(props.on ?? {})) {
    element.addEventListener(name, handler as EventListener);
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same for drawings. */
export function s<K extends keyof SVGElementTagNameMap>(tag: K, attrs: Record<string, string | number | null> = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) if (value !== null) element.setAttribute(name, String(value));
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

/** Shapes that differ in outline, so that no state is told by colour alone. */
const SHAPES = {
  raised: "M8 2l6.5 11.5h-13zM8 6v3.6M8 11.4v.4",
  updated: "M8 1.8L14.2 8 8 14.2 1.8 8z",
  cleared: "M2.8 8.6l3.4 3.4 7-7.6",
  notice: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM8 7v4M8 4.9v.3",
  rising: "M2 12l4-4 3 3 5-6M10.5 5H14v3.5",
  falling: "M2 4l4 4 3-3 5 6M10.5 11H14V7.5",
  withheld: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM4 4l8 8",
  lost: "M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2",
  gap: "M1.5 8h3M6.5 8h3M11.5 8h3",
  camera: "M1.8 4.6h8.4v6.8H1.8zM10.2 7l4-2.2v6.4l-4-2.2",
  box: "M2.2 5L8 2.2 13.8 5v6L8 13.8 2.2 11zM2.2 5L8 7.8 13.8 5M8 7.8v6",
  away: "M2.2 5L8 2.2 13.8 5v6L8 13.8 2.2 11zM2 2l12 12",
  live: "M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM3.2 3.6a6.2 6.2 0 000 8.8M12.8 3.6a6.2 6.2 0 010 8.8",
  confirmed: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM5.2 8.2l2 2 3.6-4.2",
  rejected: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  waits: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM8 4.6V8l2.4 1.6",
  lapsed: "M4 2h8M4 14h8M5 2c0 4 6 8 6 12M11 2c0 4-6 8-6 12",
  escalated: "M8 13.5v-9M4 8l4-4 4 4M3 2h10",
  person: "M8 2.4a2.4 2.4 0 100 4.8 2.4 2.4 0 000-4.8zM3 13.6c0-3 2.2-4.8 5-4.8s5 1.8 5 4.8",
  high: "M2.5 13V9.5M8 13V6M13.5 13V2.5",
  medium: "M2.5 13V9.5M8 13V6M13.5 13v-.2",
  low: "M2.5 13V9.5M8 13v-.2M13.5 13v-.2",
  download: "M8 2v8.4M4.4 7L8 10.6 11.6 7M2.4 13.6h11.2",
  sealed: "M3.5 7.2h9v6.3h-9zM5.4 7.2V5a2.6 2.6 0 015.2 0v2.2M8 9.6v1.6",
  picture: "M1.8 3h12.4v10H1.8zM1.8 11l3.6-3.6 3 3 2-2 3.8 3.6",
} as const;

export type Shape = keyof typeof SHAPES;

export function icon(shape: Shape): SVGElement {
  return s("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, s("path", { d: SHAPES[shape] }));
}

/** A bar that is as wide as whatever it stands in; `filled` is in hundredths of that. */
export function barDrawing(filled: SVGRectElement): SVGSVGElement {
  return s("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" }, filled);
}

/** The shape within a drawing, as large as its unit says. */
export function shapeIn(shape: Shape, x: number, y: number, unit: number): SVGElement {
  return s("path", { d: SHAPES[shape], class: "shape", transform: `translate(${x - 8 * unit} ${y - 8 * unit}) scale(${unit})` });
}

/** Whether a number can be taken; one between the steps of its arrows can. */
export function isInRange({ validity }: HTMLInputElement): boolean {
  return !(validity.badInput || validity.rangeUnderflow || validity.rangeOverflow);
}

/** For those who listen instead of looking. */
export function speak(text: string): void {
  const spoken = document.getElementById("spoken");
  if (spoken) spoken.textContent = text;
}
