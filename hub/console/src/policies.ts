// Which policy each box runs, and the versions that were published.

import type { BoxPolicy, Oversight, PolicyVersion, WaitingChange } from "./api.js";
import { h, icon } from "./dom.js";
import { table, two, type Line } from "./table.js";
import { dayText, momentElement } from "./time.js";
import { capital, text, word } from "./words.js";

const SHORT_DIGEST = 12;

function digest(of: string): HTMLElement {
  return h("code", { text: of.slice(0, SHORT_DIGEST) || text("id_none"), attrs: { title: of } });
}

function standing(of: BoxPolicy): HTMLElement {
  if (!of.drifts) return h("span", { class: "status good" }, icon("confirmed"), text("no_drift"));
  const words = of.expected_version === null ? text("drift_unknown") : text("drift", { version: of.expected_version });
  return h("span", { class: "status bad" }, icon("raised"), words);
}

function receipt(of: BoxPolicy): HTMLElement {
  const version = of.offered_version === null ? "" : text("receipt_of", { version: of.offered_version });
  return two(capital(word("receipt", of.receipt)), [version, of.reason].filter(Boolean).join(": "));
}

function cameras(of: BoxPolicy): HTMLElement | string {
  if (of.cameras.length === 0) return text("no_coverage");
  return h("ul", { class: "names" }, ...of.cameras.map(({ camera, is_named }) => (is_named === false ? h("li", { class: "bad" }, icon("notice"), text("camera_unnamed", { camera })) : h("li", { text: camera }))));
}

function boxLine(of: BoxPolicy): Line {
  return {
    key: `box/${of.box}`,
    class: of.drifts ? "drifts" : "",
    cells: [
      two(h("b", { text: of.box }), h("span", { class: "status" }, icon(of.connected ? "box" : "away"), text(of.connected ? "connected" : "away"))),
      two(of.version === null ? text("version_unknown") : text("version", { version: of.version }), of.policy_id),
      digest(of.digest),
      standing(of),
      receipt(of),
      cameras(of),
    ],
  };
}

/** Which way a version went, in a word and a shape. */
export function wayBadge(way: string): HTMLElement {
  const shape = ({ "less-private": "raised", "more-private": "confirmed", judgement: "person" } as const)[way] ?? "notice";
  const name = way === "less-private" ? "bad" : way === "more-private" ? "good" : "faint";
  return h("span", { class: `status ${name}` }, icon(shape), capital(word("way", way)));
}

/** The newest come first: what stands before the one that holds has not begun. */
function standingOf(of: PolicyVersion, all: PolicyVersion[]): HTMLElement | string {
  if (of.holds) return h("span", { class: "status good" }, icon("confirmed"), text("holds"));
  const same = all.filter(({ policy_id }) => policy_id === of.policy_id);
  const holding = same.findIndex(({ holds }) => holds);
  if (holding < 0 || same.indexOf(of) < holding) return h("span", { class: "status faint" }, icon("waits"), text("not_begun"));
  return text("replaced");
}

function versionLine(of: PolicyVersion, all: PolicyVersion[], compare: (of: PolicyVersion) => void): Line {
  const signed = [text("signers", { count: of.signers }), of.has_opinion ? text("with_opinion") : ""].filter(Boolean).join(", ");
  const button = h("button", { text: text("what_changed"), attrs: { type: "button", "aria-label": text("what_changed_in", { version: of.version }) }, on: { click: () => compare(of) } });
  return {
    key: `version/${of.digest}`,
    cells: [
      two(h("b", { text: of.version }), of.policy_id),
      digest(of.digest),
      two(standingOf(of, all), text("holds_from_to", { status: word("policy_status", of.status), from: dayText(of.effective_from_unix_ms), to: dayText(of.expires_unix_ms) })),
      two(momentElement(of.published_unix_ms), text("published_by", { name: of.published_by })),
      signed,
      wayBadge(of.change),
      of.before === null ? null : button,
    ],
  };
}

/** What somebody else must decide, or a box must still take. */
function waitingSection(told: Oversight): HTMLElement {
  const heads: [string, string][] = ["camera", "note", "proposed", "state"].map((code) => [text(`head_waiting_${code}`), ""]);
  const line = (of: WaitingChange): Line => ({
    key: `waiting/${of.box}/${of.camera}/${of.proposed_unix_ms}`,
    cells: [two(h("b", { text: of.camera }), of.box), of.note, two(momentElement(of.proposed_unix_ms), of.proposed_by), text(of.state === "proposed" ? "waits_for_approval" : "waits_for_box")],
  });
  return h("section", {}, h("h2", { text: text("approvals") }), told.waiting.length > 0 ? table(text("approvals"), heads, told.waiting.map(line)) : h("p", { class: "faint", text: text("approvals_none") }));
}

export function policySections(told: Oversight, compare: (of: PolicyVersion) => void): HTMLElement[] {
  const drifting = told.boxes.filter(({ drifts }) => drifts).length;
  const boxHeads: [string, string][] = [["box", ""], ["policy", ""], ["digest", ""], ["should", ""], ["receipt", ""], ["cameras", ""]].map(([code, name]) => [text(`head_${code}`), name!]);
  const versionHeads: [string, string][] = ["version", "digest", "standing", "published", "signed", "way", "changed"].map((code) => [text(`head_${code}`), ""]);
  const boxes = told.boxes.length > 0 ? table(text("policies_of_boxes"), boxHeads, told.boxes.map(boxLine)) : h("p", { class: "faint", text: text("boxes_none_seen") });
  const history =
    told.history.length > 0 ? table(text("versions"), versionHeads, told.history.map((one) => versionLine(one, told.history, compare))) : h("p", { class: "faint", text: text("versions_none") });
  return [
    waitingSection(told),
    h("section", {}, h("h2", { text: text("policies_of_boxes") }), h("p", { class: drifting > 0 ? "bad" : "faint", text: told.boxes.length === 0 ? "" : drifting > 0 ? text("drifting", { count: drifting, all: told.boxes.length }) : text("drifting_none") }), boxes),
    h("section", {}, h("h2", { text: text("versions") }), history),
  ];
}
