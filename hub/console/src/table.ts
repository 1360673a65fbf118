// Tables of the pages beside the alerts: a head, lines that can be walked by keys, and a caption for those who listen.

import { h } from "./dom.js";

export type Cell = Node | string | null;

export interface Line {
  /** Its name among the lines. */
  key: string;
  cells: Cell[];
  class?: string;
}

export function table(caption: string, heads: [words: string, name: string][], lines: Line[]): HTMLElement {
  const cell = (of: Cell, at: number): HTMLElement => h("td", { class: heads[at]?.[1] ?? "" }, of);
  return h(
    "table",
    { class: "facts" },
    h("caption", { class: "unseen", text: caption }),
    h("thead", {}, h("tr", {}, ...heads.map(([words, name]) => h("th", { class: name, text: words, attrs: { scope: "col" } })))),
    h("tbody", {}, ...lines.map((line) => h("tr", { class: line.class ?? "", attrs: { "data-entry": line.key, tabindex: -1 } }, ...line.cells.map(cell)))),
  );
}

/** One line of a list of facts. */
export function fact(name: string, ...value: Cell[]): HTMLElement {
  return h("div", { class: "fact" }, h("dt", { text: name }), h("dd", {}, ...value));
}

/** Two lines of a cell, the second faint. */
export function two(first: Cell, second: Cell): HTMLElement {
  return h("div", {}, h("div", {}, first), second === null || second === "" ? null : h("div", { class: "faint small" }, second));
}
