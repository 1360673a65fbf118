// What was done here, and what others did meanwhile: a line for some seconds, for those who look and those who listen.

import { h, icon } from "./dom.js";

/** How long it stands what was done. */
const SAID_MS = 6_000;
/** What others did was not waited for: it takes longer to be noticed. */
const HEARD_MS = 12_000;
const MOST_HEARD = 3;

interface Line {
  element: HTMLElement;
  isHeard: boolean;
  untilMs: number;
}

export class Said {
  readonly element = h("div", { class: "sayings", attrs: { role: "status", "aria-atomic": "false" } });
  private lines: Line[] = [];

  /** What came of what this person did; it takes the place of what came of the thing before. */
  say(words: string): void {
    this.keep(({ isHeard }) => isHeard);
    this.add({ element: h("p", { class: "said", text: words }), isHeard: false, untilMs: Date.now() + SAID_MS });
  }

  /** What others did: beside what was done here, not in its place. */
  hear(words: string): void {
    const heard = this.lines.filter(({ isHeard }) => isHeard);
    this.keep((line) => !line.isHeard || heard.indexOf(line) > heard.length - MOST_HEARD);
    this.add({ element: h("p", { class: "said heard" }, icon("person"), words), isHeard: true, untilMs: Date.now() + HEARD_MS });
  }

  tick(): void {
    this.keep(({ untilMs }) => untilMs > Date.now());
  }

  private add(line: Line): void {
    this.lines.push(line);
    this.element.append(line.element);
  }

  private keep(isKept: (line: Line) => boolean): void {
    for (const line of this.lines) if (!isKept(line)) line.element.remove();
    this.lines = this.lines.filter(isKept);
  }
}
