// The boxes and their cameras: who is there, and when each camera was really analysed, and why not.

import type { Box, Camera, Fleet } from "./api.js";
import { barDrawing, h, icon, s } from "./dom.js";
import { momentElement } from "./time.js";
import { capital, duration, text, word } from "./words.js";

export interface Share {
  /** Of the seconds that the box reported. */
  analysed: number;
  /** Seconds by state, without the analysed, longest first. */
  others: [string, number][];
  total: number;
}

export function share(secs: Record<string, number>): Share {
  const total = Object.values(secs).reduce((sum, one) => sum + one, 0);
  const others = Object.entries(secs)
    .filter(([state, s]) => state !== "analysed" && s > 0)
    .sort((a, b) => b[1] - a[1]);
  return { analysed: total > 0 ? (secs["analysed"] ?? 0) / total : 0, others, total };
}

/** Alerts without a still, and why, the most frequent reason first. */
export function missingStills(of: Camera): { alerts: string; reasons: string[] } | null {
  const reasons = Object.entries(of.day_stills_withheld)
    .filter(([, alerts]) => alerts > 0)
    .sort((a, b) => b[1] - a[1]);
  if (reasons.length === 0) return null;
  const alerts = reasons.reduce((sum, [, one]) => sum + one, 0);
  return {
    alerts: text(alerts === 1 ? "missing_stills_one" : "missing_stills_many", { count: alerts }),
    reasons: reasons.map(([reason, one]) => text("missing_still_reason", { count: one, why: word("withheld", reason) })),
  };
}

/** Never rounded up to all. */
export function percent(fraction: number): string {
  const whole = Math.floor(fraction * 100 + 1e-9);
  return fraction > 0 && whole === 0 ? text("under_one_percent") : `${whole} %`;
}

export function bar(of: Share, label: string): HTMLElement {
  return h("div", { class: "bar", attrs: { role: "img", "aria-label": label, title: label } }, barDrawing(s("rect", { width: of.analysed * 100, height: 4 })));
}

function cameraElement(of: Camera, box: Box, told: string | undefined): HTMLElement {
  const day = share(of.day_secs_by_state);
  const label = text("camera_label", { camera: of.camera, share: percent(day.analysed), time: duration(day.total) });
  const state = !box.connected ? text("not_reporting") : told && told !== "analysed" ? word("coverage", told).replace(/^the camera is /, "") : "";
  const worst = day.others[0];
  const missing = missingStills(of);
  return h(
    "li",
    { class: "camera" },
    h("div", { class: "row" }, h("span", { class: "name", text: of.camera }), h("span", { class: "number", text: percent(day.analysed) })),
    bar(day, label),
    state ? h("div", { class: "camera-state" }, icon("camera"), h("span", { text: capital(state) })) : null,
    worst
      ? h("div", {
          class: "faint small",
          text: day.others.slice(0, 2).map(([name, secs]) => `${stateWord(name)} ${duration(secs)}`).join(" · "),
          attrs: { title: day.others.map(([name, secs]) => `${duration(secs)}: ${word("coverage", name)}`).join("\n") },
        })
      : null,
    missing ? h("div", { class: "faint small", text: missing.alerts, attrs: { title: missing.reasons.join("\n") } }) : null,
  );
}

export function stateWord(state: string): string {
  return state.replaceAll("_", " ");
}

function accountElement(box: Box): HTMLElement | null {
  const { missing, lost, expired, withheld } = box.numbers;
  const parts: [number, string, boolean][] = [
    [missing, "missing", true],
    [lost, "lost", true],
    [expired, "expired", false],
    [withheld, "withheld", false],
  ];
  const shown = parts.filter(([count]) => count > 0);
  if (shown.length === 0) return null;
  const title = text("account_title");
  return h(
    "div",
    { class: "account small", attrs: { title } },
    ...shown.map(([count, name, bad]) => h("span", { class: bad ? "bad" : "faint", text: text(`count_${name}`, { count }) })),
  );
}

function boxElement(box: Box, states: Map<string, string>): HTMLElement {
  const status = box.connected
    ? h("span", { class: "status good" }, icon("box"), text("connected"))
    : h("span", { class: "status bad" }, icon("away"), text("away"));
  return h(
    "section",
    { class: `box ${box.connected ? "" : "away"}`, attrs: { "aria-label": text("box_label", { box: box.box, state: text(box.connected ? "connected_word" : "away_word") }) } },
    h("div", { class: "row" }, h("h3", { text: box.box, attrs: { title: box.version } }), status),
    box.connected
      ? null
      : h(
          "div",
          { class: "small away-since" },
          box.last_seen_unix_ms === null ? text("never_seen") : h("span", {}, `${text("last_heard")} `, momentElement(box.last_seen_unix_ms)),
        ),
    accountElement(box),
    box.cameras.length > 0
      ? h("ul", {}, ...box.cameras.map((camera) => cameraElement(camera, box, states.get(`${box.box}/${camera.camera}`))))
      : h("div", { class: "faint small", text: text("no_coverage") }),
  );
}

export function fleetElement(fleet: Fleet, states: Map<string, string>): HTMLElement {
  return h(
    "aside",
    { class: "fleet", attrs: { "aria-label": text("boxes_label") } },
    h(
      "h2",
      { attrs: { title: text("boxes_title") } },
      text("boxes"),
      h("span", { class: "faint small", text: text("boxes_share") }),
    ),
    ...(fleet.boxes.length > 0
      ? fleet.boxes.map((box) => boxElement(box, states))
      : [h("p", { class: "faint small", text: text("boxes_none") })]),
  );
}
