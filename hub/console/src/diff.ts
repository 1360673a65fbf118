// What is said otherwise in a version of a policy than in the one before, in plain words, the least private first.

import { Refusal, type PolicyDiff, type PolicyVersion } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import { closeButton } from "./dialog.js";
import { h } from "./dom.js";
import { wayBadge } from "./policies.js";
import { text } from "./words.js";

export interface AskingWithReason extends Asking {
  reason(): string;
}

const WAYS = ["less-private", "judgement", "more-private", "every-version"];
const MOST_NAMES = 8;

export class DiffDialog {
  private readonly body = h("div", { class: "diff-body", attrs: { tabindex: 0, role: "group" } });
  private readonly title = h("h2");
  private readonly dialog = h("dialog", { class: "diff", attrs: { "aria-label": text("what_changed") } });

  constructor(
    parent: HTMLElement,
    private readonly asking: AskingWithReason,
  ) {
    this.dialog.append(
      this.title,
      this.body,
      h("div", { class: "buttons" }, closeButton(this.dialog, "close")),
    );
    parent.append(this.dialog);
  }

  open(of: PolicyVersion): void {
    this.title.textContent = text("what_changed_in", { version: of.version });
    this.body.setAttribute("aria-label", this.title.textContent);
    this.body.replaceChildren(h("p", { class: "waiting", text: text("comparing"), attrs: { role: "status" } }));
    this.dialog.showModal();
    void this.compare(of);
  }

  private async compare(of: PolicyVersion): Promise<void> {
    const body = { old: of.before ?? "", new: of.digest, justification: this.asking.reason() };
    const found = await ask<PolicyDiff>(this.asking, "/api/oversight/diff", body);
    if (found === null) return;
    this.body.replaceChildren(...(found instanceof Refusal ? [refusalElement(found)] : diffElements(found)));
    this.body.scrollTop = 0;
    this.body.focus();
  }
}

function names(cameras: string[]): string {
  const more = cameras.length - MOST_NAMES;
  const named = cameras.slice(0, MOST_NAMES).join(", ");
  return more > 0 ? text("names_more", { names: named, count: more }) : named;
}

function sides(before: string | null, after: string | null): HTMLElement {
  const side = (label: string, value: string | null): HTMLElement => h("div", { class: "side-of" }, h("dt", { text: label }), h("dd", {}, value === null ? h("span", { class: "faint", text: text("not_written") }) : h("code", { text: value })));
  return h("dl", { class: "sides small" }, side(text("diff_old"), before), side(text("diff_new"), after));
}

export function diffElements(of: PolicyDiff): HTMLElement[] {
  const parts = WAYS.map((way): HTMLElement | null => {
    const changes = of.changes.filter(({ verdict }) => verdict === way);
    if (changes.length === 0) return null;
    const lines = changes.map(({ key, sentence, old, new: now }) => h("li", {}, h("p", { text: sentence }), h("div", { class: "faint small" }, h("code", { text: key })), sides(old, now)));
    return h("section", {}, h("h3", {}, wayBadge(way), h("span", { class: "faint", text: ` ${changes.length}` })), h("ul", { class: "changes" }, ...lines));
  });
  const cameras = of.cameras.map((one) => h("li", {}, wayBadge(one.verdict), h("p", { text: one.sentence }), h("div", { class: "faint small", text: names(one.cameras) }), sides(one.old, one.new)));
  const needs = of.needs.map((need) => h("li", {}, h("code", { text: need.rule }), h("span", { text: ` ${need.sentence}` })));
  return [
    h("p", {}, text("diff_between", { old: of.old, new: of.new }), " ", wayBadge(of.verdict)),
    ...parts.filter((part) => part !== null),
    ...(cameras.length > 0 ? [h("section", {}, h("h3", { text: text("diff_cameras") }), h("ul", { class: "changes" }, ...cameras))] : []),
    ...(needs.length > 0 ? [h("section", {}, h("h3", { text: text("diff_needs") }), h("ul", { class: "why" }, ...needs))] : []),
    ...(of.cut > 0 ? [h("p", { class: "faint", text: text("diff_cut", { count: of.cut }) })] : []),
    ...(of.needs.some(({ sentence }) => sentence.includes("[K]")) ? [h("p", { class: "faint small", text: text("diff_mark") })] : []),
    h("p", { class: "faint small", text: text("diff_people") }),
  ];
}
