// One alert, or one run of numbers, in full.

import type { Camera, Explanation, Fleet, HubEvent } from "./api.js";
import { h, icon } from "./dom.js";
import { bar, missingStills, percent, share, stateWord } from "./fleet.js";
import { curveSection } from "./curve.js";
import { noteText, severityLine, stagedBadge, stateBadge } from "./list.js";
import { newest, raised, state, told, type AlertItem, type Item, type NoteItem } from "./model.js";
import { reviewSection, type ReviewEvents } from "./review.js";
import { momentElement, timeElement } from "./time.js";
import { capital, duration, explanation, kind, particulars, place, word } from "./words.js";

export interface DetailsEvents extends ReviewEvents {
  askForStill(item: AlertItem): void;
  close(): void;
}

function fact(name: string, ...value: (Node | string | null)[]): HTMLElement {
  return h("div", { class: "fact" }, h("dt", { text: name }), h("dd", {}, ...value));
}

function why(of: Explanation[]): HTMLElement | null {
  if (of.length === 0) return null;
  const sentences = of.map((one) => h("li", { text: explanation(one) }));
  return h("section", {}, h("h3", { text: "Why" }), h("ul", { class: "why" }, ...sentences));
}

function validity(event: HubEvent): HTMLElement | string {
  if (event.validity === "not_valid") {
    return h("span", { class: "warn-text" }, icon("notice"), "Not valid: the rule could not see well enough to be believed");
  }
  return event.validity === "valid" ? "Valid" : "Not told by the policy";
}

function history(item: AlertItem): HTMLElement {
  const lines = item.history.map(({ record, event }) =>
    h(
      "li",
      {},
      stateBadge(event.state),
      h(
        "div",
        {},
        event.time ? timeElement(event.time) : h("span", { class: "faint", text: "time not released" }),
        h("div", { class: "small", text: particulars(event.body).join("; ") }),
        h("div", { class: "faint small" }, "received ", momentElement(record.stored_unix_ms), ` · number ${record.sequence}`),
      ),
    ),
  );
  return h("section", {}, h("h3", { text: "Course" }), h("ol", { class: "history" }, ...lines));
}

function coverage(of: Camera | undefined, name: string | null): HTMLElement | null {
  if (name === null) return null;
  if (!of) return h("section", {}, h("h3", { text: `Coverage of ${name}` }), h("p", { class: "faint", text: "Nothing reported in the last day." }));
  const [day, hour] = [share(of.day_secs_by_state), share(of.hour_secs_by_state)];
  const reasons = [
    ...day.others.map(([name, secs]) => `${duration(secs)} ${stateWord(name)}: ${word("coverage", name)}`),
    ...(missingStills(of)?.reasons ?? []),
  ];
  const label = `analysed ${percent(day.analysed)} of ${duration(day.total)} reported in the last day`;
  return h(
    "section",
    {},
    h("h3", { text: `Coverage of ${name}` }),
    bar(day, label),
    h("p", { text: `Really analysed: ${percent(day.analysed)} of the ${duration(day.total)} reported in the last day; ${percent(hour.analysed)} in the newest hour.` }),
    reasons.length > 0 ? h("ul", { class: "why" }, ...reasons.map((text) => h("li", { text }))) : null,
  );
}

function stillButton(item: AlertItem, events: DetailsEvents): HTMLElement {
  if (raised(item) === null) {
    return h("p", { class: "faint", text: "No still can be asked for: the policy offers none for this alert." });
  }
  return h(
    "button",
    { class: "primary", attrs: { type: "button", "aria-keyshortcuts": "S" }, on: { click: () => events.askForStill(item) } },
    icon("picture"),
    "Show still…",
    h("kbd", { text: "S" }),
  );
}

function technical(item: AlertItem): HTMLElement {
  const { record, event } = item.history[item.history.length - 1]!;
  return h(
    "details",
    { class: "technical" },
    h("summary", { text: "Identifiers" }),
    h(
      "dl",
      {},
      fact("Event", h("code", { text: event.id })),
      event.alert_id ? fact("Alert", h("code", { text: event.alert_id })) : null,
      fact("Number", `${record.sequence} of ${record.box}, cursor ${record.cursor}`),
      fact("Policy", h("code", { text: event.policy_digest || "none" })),
      ...event.model_digests.map((digest) => fact("Model", h("code", { text: digest }))),
    ),
  );
}

function alertDetails(item: AlertItem, fleet: Fleet, events: DetailsEvents): HTMLElement[] {
  const event = newest(item);
  const isCamera = event.kind === "camera_health";
  const camera = fleet.boxes.find((box) => box.box === item.box)?.cameras.find((one) => one.camera === event.camera);
  const parts = particulars(told(item).body);
  // What first told why it was raised stays true when it is cleared for another reason.
  const first = item.history[0]!.event;
  const sections = [
    h("div", { class: "badges" }, isCamera ? null : stateBadge(state(item)), isCamera ? null : severityLine(item), event.staged === null ? null : stagedBadge(event.staged)),
    event.staged === null ? null : h("p", { class: "warn-text", text: `Staged: ${event.staged}` }),
    isCamera ? null : reviewSection(item, events),
    h(
      "dl",
      {},
      fact("Where", place(event)),
      fact("When", event.time ? timeElement(event.time) : "not released by the policy"),
      parts.length > 0 ? fact("What", capital(parts.join("; "))) : null,
      isCamera ? null : fact("Validity", validity(event)),
      event.confidence ? fact("Confidence", capital(event.confidence)) : null,
      isCamera ? null : fact("Standing", "A machine's assessment, not a fact"),
    ),
    isCamera ? null : curveSection(item),
    isCamera ? null : stillButton(item, events),
    why(event.explanation),
    item.history.length > 1 && first.explanation.length > 0
      ? h("section", {}, h("h3", { text: "Why it was raised" }), h("ul", { class: "why" }, ...first.explanation.map((one) => h("li", { text: explanation(one) }))))
      : null,
    isCamera ? null : history(item),
    coverage(camera, event.camera),
    technical(item),
  ];
  return sections.filter((section): section is HTMLElement => section !== null);
}

function noteDetails(item: NoteItem): HTMLElement[] {
  const meaning: Record<NoteItem["note"], string> = {
    withheld: "The box did not let these events out: a rule of its policy decided. What they said is not known here.",
    expired: "These events were kept on the box as long as the policy allows, could not be sent in that time, and were destroyed.",
    lost: "These events are gone. The box says so itself.",
    gap: "These numbers were given by the box and have not arrived here. They may still come; if not, they are missing.",
    unknown: "A newer box sent something that this hub does not know. Update the hub.",
  };
  return [
    h("p", { text: `${noteText(item)}.` }),
    h("p", { class: "faint", text: meaning[item.note] }),
    h(
      "dl",
      {},
      fact("Box", item.box),
      fact("Received", momentElement(item.stored_unix_ms)),
      item.note === "withheld" ? fact("Rule", h("code", { text: item.detail })) : null,
    ),
  ];
}

export function detailsElement(item: Item, fleet: Fleet, events: DetailsEvents): HTMLElement {
  const title = item.type === "note" ? capital(item.note) : kind(newest(item).kind);
  return h(
    "section",
    { class: "details", attrs: { "aria-label": `Details: ${title}`, tabindex: -1 } },
    h(
      "header",
      {},
      h("h2", { text: title }),
      h("button", { class: "quiet", text: "Close", attrs: { type: "button", "aria-label": "Close details" }, on: { click: events.close } }),
    ),
    ...(item.type === "note" ? noteDetails(item) : alertDetails(item, fleet, events)),
  );
}
