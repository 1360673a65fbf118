// The boxes: how each stands; for administrators a token for a new one, the end of a certificate, and a rest for a box or a
// camera of it. Each look
// is in the audit log: nothing here is read again by itself.

import { Refusal, type Boxes, type BoxStanding } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import { h, icon } from "./dom.js";
import { NewBoxDialog, RevokeDialog } from "./enrolling.js";
import { machineCell, suspensionLines } from "./machine.js";
import { SuspendDialog } from "./suspending.js";
import { table, two, type Line } from "./table.js";
import { dayText, momentElement, momentText } from "./time.js";
import { text, textParts } from "./words.js";
import { Walk } from "./walk.js";

const DAY_MS = 86_400_000;
/** From here on a certificate is to be renewed. */
const SOON_DAYS = 30;

export class BoxesPage {
  readonly element: HTMLElement;
  private readonly scroll = h("div", { class: "page-scroll boxes", attrs: { tabindex: -1 } });
  private readonly asOf = h("span", { class: "faint small" });
  private readonly newBox: HTMLButtonElement;
  private readonly walk = new Walk(this.scroll);
  private readonly enrolling: NewBoxDialog;
  private readonly revoking: RevokeDialog;
  private readonly suspending: SuspendDialog;
  private isRead = false;

  constructor(
    isAdministrator: boolean,
    private readonly asking: Asking,
  ) {
    this.newBox = h("button", { class: "primary", text: text("new_box"), attrs: { type: "button", hidden: !isAdministrator }, on: { click: () => this.enrolling.open() } });
    const again = h("button", { text: text("read_again"), attrs: { type: "button" }, on: { click: () => void this.read() } });
    this.element = h(
      "main",
      { class: "page" },
      h("h1", { class: "unseen", text: text("page_boxes"), attrs: { tabindex: -1 } }),
      h("div", { class: "tools" }, this.newBox, h("span", { class: "spring" }), this.asOf, again),
      this.scroll,
    );
    const done = (): void => void this.read();
    this.enrolling = new NewBoxDialog(this.element, asking, done);
    this.revoking = new RevokeDialog(this.element, asking, done);
    this.suspending = new SuspendDialog(this.element, asking, done);
  }

  key(event: KeyboardEvent): boolean {
    return this.walk.key(event);
  }

  /** Reads when a person turns to the page for the first time. */
  draw(): void {
    if (this.isRead) return;
    this.isRead = true;
    void this.read();
  }

  private async read(): Promise<void> {
    const told = await ask<Boxes>(this.asking, "/api/boxes", null);
    if (told === null) return;
    if (told instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told));
    this.newBox.disabled = !told.enrols;
    this.asOf.replaceChildren(...textParts("as_of", { time: momentElement(told.hub_unix_ms) }));
    this.walk.redraw(() => this.scroll.replaceChildren(this.section(told)));
  }

  private section(told: Boxes): HTMLElement {
    const heads: [string, string][] = [
      [text("head_box"), ""],
      [text("box_program"), ""],
      [text("box_certificate"), ""],
      [text("box_policy"), ""],
      [text("box_machine"), ""],
      [text("box_models"), ""],
      ...(told.is_administrator ? [[text("box_actions"), ""] as [string, string]] : []),
    ];
    const actions = { revoke: (of: BoxStanding) => this.revoking.open(of), suspend: (of: BoxStanding) => this.suspending.open(of) };
    const lines = told.boxes.map((one) => boxLine(one, told, actions));
    return h(
      "section",
      {},
      h("h2", { text: text("boxes_of") }),
      told.is_administrator && !told.enrols ? h("p", { class: "bad", text: text("boxes_enrol_off") }) : null,
      lines.length > 0 ? table(text("boxes_of"), heads, lines) : h("p", { class: "faint", text: text("boxes_none") }),
      h("p", { class: "faint small", text: text("boxes_told") }),
    );
  }
}

/** How long its certificate is good, and whether that is a reason to act. */
export function certificateWords(of: BoxStanding, nowUnixMs: number): { words: string; isBad: boolean } {
  if (of.is_revoked) return { words: text("certificate_revoked"), isBad: true };
  if (of.certificate_ends_unix_ms === null) return { words: text("certificate_untold"), isBad: false };
  const days = Math.floor((of.certificate_ends_unix_ms - nowUnixMs) / DAY_MS);
  if (of.certificate_ends_unix_ms <= nowUnixMs) return { words: text("certificate_over"), isBad: true };
  return { words: text("certificate_left", { days }), isBad: days < SOON_DAYS };
}

function connection(of: BoxStanding): HTMLElement {
  if (of.connected) return h("span", { class: "status good" }, icon("box"), text("connected"));
  const since = of.last_seen_unix_ms === null ? text("box_never") : h("span", {}, `${text("last_heard")} `, momentElement(of.last_seen_unix_ms));
  return h("span", { class: "status bad" }, icon("away"), text("away"), " · ", since);
}

function certificate(of: BoxStanding, nowUnixMs: number): HTMLElement {
  const { words, isBad } = certificateWords(of, nowUnixMs);
  const until = of.certificate_ends_unix_ms === null ? "" : text("certificate_until", { day: dayText(of.certificate_ends_unix_ms) });
  const token = of.token_until_unix_ms === null ? "" : text("token_waits", { time: momentText(of.token_until_unix_ms) });
  return two(h("span", { class: `status ${isBad ? "bad" : ""}` }, isBad ? icon("raised") : null, words), [until, token].filter(Boolean).join(" · "));
}

function policy(of: BoxStanding): HTMLElement | string {
  if (of.policy_version === null && of.expected_version === null && !of.drifts) return text("policy_none");
  const version = of.policy_version === null ? text("version_unknown") : text("version", { version: of.policy_version });
  if (!of.drifts) return two(version, h("span", { class: "status good" }, icon("confirmed"), text("no_drift")));
  const drift = of.expected_version === null ? text("drift_unknown") : text("drift", { version: of.expected_version });
  const refusal = of.receipt === "refused" ? `; ${text("refused_policy", { reason: of.reason })}` : "";
  return two(version, h("span", { class: "status bad" }, icon("raised"), drift + refusal));
}

/** Models by their names, where the box told them. */
function models(of: BoxStanding): HTMLElement {
  const told = of.machine?.models ?? [];
  const title = told.length > 0 ? told.map((one) => `${one.name} (${one.task}) ${one.digest}`) : of.model_digests;
  const names = told.map((one) => one.name).join(", ");
  return two(h("span", { text: text("box_counts", { cameras: of.cameras, models: Math.max(told.length, of.model_digests.length) }), attrs: { title: title.join("\n") } }), names);
}

interface Actions {
  revoke: (of: BoxStanding) => void;
  suspend: (of: BoxStanding) => void;
}

function actionsCell(of: BoxStanding, { revoke, suspend }: Actions): HTMLElement {
  const button = (name: string, code: string, title: string, act: (of: BoxStanding) => void): HTMLElement => h("button", { class: name, text: text(code), attrs: { type: "button", "aria-label": text(title, { box: of.box }) }, on: { click: () => act(of) } });
  return h(
    "div",
    { class: "box-actions" },
    button("", "suspend", "suspend_title", suspend),
    of.is_revoked ? null : button("danger", "revoke", "revoke_title", revoke),
  );
}

function boxLine(of: BoxStanding, told: Boxes, actions: Actions): Line {
  return {
    key: of.box,
    cells: [
      h("div", {}, two(h("b", { text: of.box }), connection(of)), ...suspensionLines(of.suspensions)),
      of.version || text("version_none"),
      certificate(of, told.hub_unix_ms),
      policy(of),
      machineCell(of.machine, of.connected),
      models(of),
      ...(told.is_administrator ? [actionsCell(of, actions)] : []),
    ],
  };
}
