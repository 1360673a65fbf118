// How a camera is: a shape and a word, the same in the list, on the plan and in words.

import type { CameraOverview } from "./coverage.js";
import { h, icon, type Shape } from "./dom.js";
import { capital, text, word } from "./words.js";

/** Never told by colour alone. */
export interface Standing {
  shape: Shape;
  words: string;
  look: "good" | "bad" | "faint";
}

export function standingOf(of: CameraOverview | undefined): Standing {
  if (of === undefined) return { shape: "lost", words: text("plan_unreported"), look: "bad" };
  if (!of.isConnected) return { shape: "away", words: text("box_away"), look: "bad" };
  if (of.state === null) return { shape: "camera", words: text("state_untold"), look: "faint" };
  const words = capital(word("coverage_short", of.state));
  return of.state === "analysed" ? { shape: "cleared", words, look: "good" } : { shape: "raised", words, look: "bad" };
}

export function standingElement({ shape, words, look }: Standing): HTMLElement {
  return h("span", { class: `status ${look}` }, icon(shape), words);
}
