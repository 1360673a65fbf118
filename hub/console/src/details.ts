// One alert, or one run of numbers, in full.

import type { Camera, Explanation, Fleet, HubEvent, Suppression } from "./api.js";
import { h, icon } from "./dom.js";
import { bar, missingStills, percent, share, stateWord } from "./fleet.js";
import { curveSection } from "./curve.js";
import { noteText, severityLine, stagedBadge, stateBadge } from "./list.js";
import { newest, raised, state, told, type AlertItem, type Item, type NoteItem } from "./model.js";
import { reviewSection, type ReviewEvents } from "./review.js";
import { suppressionSection, type SuppressionEvents } from "./suppressions.js";
import { fact } from "./table.js";
import { momentElement, timeElement } from "./time.js";
import { capital, duration, explanation, kind, particulars, place, text, textParts, word } from "./words.js";

export interface DetailsEvents extends ReviewEvents, SuppressionEvents {
  askForStill(item: AlertItem): void;
  /** Where the camera stands on the plans of its site, if it does. */
  place(box: string, camera: string | null): HTMLElement | null;
  close(): void;
}

function why(of: Explanation[]): HTMLElement | null {
  if (of.length === 0) return null;
  const sentences = of.map((one) => h("li", { text: explanation(one) }));
  return h("section", {}, h("h3", { text: text("why") }), h("ul", { class: "why" }, ...sentences));
}

function validity(event: HubEvent): HTMLElement | string {
  if (event.validity === "not_valid") {
    return h("span", { class: "warn-text" }, icon("notice"), text("not_valid_words"));
  }
  return text(event.validity === "valid" ? "valid" : "validity_untold");
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
        event.time ? timeElement(event.time) : h("span", { class: "faint", text: text("time_untold") }),
        h("div", { class: "small", text: particulars(event.body).join("; ") }),
        h("div", { class: "faint small" }, ...textParts("received", { time: momentElement(record.stored_unix_ms), number: String(record.sequence) })),
      ),
    ),
  );
  return h("section", {}, h("h3", { text: text("course") }), h("ol", { class: "history" }, ...lines));
}

function coverage(of: Camera | undefined, name: string | null): HTMLElement | null {
  if (name === null) return null;
  if (!of) return h("section", {}, h("h3", { text: text("coverage_of", { camera: name }) }), h("p", { class: "faint", text: text("coverage_none") }));
  const [day, hour] = [share(of.day_secs_by_state), share(of.hour_secs_by_state)];
  const reasons = [
    ...day.others.map(([name, secs]) => text("coverage_reason", { time: duration(secs), state: stateWord(name), why: word("coverage", name) })),
    ...(missingStills(of)?.reasons ?? []),
  ];
  const label = text("coverage_label", { share: percent(day.analysed), time: duration(day.total) });
  return h(
    "section",
    {},
    h("h3", { text: text("coverage_of", { camera: name }) }),
    bar(day, label),
    h("p", { text: text("coverage_words", { share: percent(day.analysed), time: duration(day.total), hour: percent(hour.analysed) }) }),
    reasons.length > 0 ? h("ul", { class: "why" }, ...reasons.map((reason) => h("li", { text: reason }))) : null,
  );
}

function stillButton(item: AlertItem, events: DetailsEvents): HTMLElement {
  if (raised(item) === null) {
    return h("p", { class: "faint", text: text("no_still") });
  }
  return h(
    "button",
    { class: "primary", attrs: { type: "button", "aria-keyshortcuts": "S" }, on: { click: () => events.askForStill(item) } },
    icon("picture"),
    text("show_still"),
    h("kbd", { text: "S" }),
  );
}

function technical(item: AlertItem): HTMLElement {
  const { record, event } = item.history[item.history.length - 1]!;
  return h(
    "details",
    { class: "technical" },
    h("summary", { text: text("identifiers") }),
    h(
      "dl",
      {},
      fact(text("id_event"), h("code", { text: event.id })),
      event.alert_id ? fact(text("id_alert"), h("code", { text: event.alert_id })) : null,
      fact(text("id_number"), text("id_number_words", { number: record.sequence, box: record.box, cursor: record.cursor })),
      fact(text("id_policy"), h("code", { text: event.policy_digest || text("id_none") })),
      ...event.model_digests.map((digest) => fact(text("id_model"), h("code", { text: digest }))),
    ),
  );
}

/** What is known beside the alert itself. */
export interface Around {
  fleet: Fleet;
  suppressions: Suppression[];
}

function alertDetails(item: AlertItem, { fleet, suppressions }: Around, events: DetailsEvents): HTMLElement[] {
  const event = newest(item);
  const isCamera = event.kind === "camera_health";
  const camera = fleet.boxes.find((box) => box.box === item.box)?.cameras.find((one) => one.camera === event.camera);
  const parts = particulars(told(item).body);
  // What first told why it was raised stays true when it is cleared for another reason.
  const first = item.history[0]!.event;
  const sections = [
    h("div", { class: "badges" }, isCamera ? null : stateBadge(state(item)), isCamera ? null : severityLine(item), event.staged === null ? null : stagedBadge(event.staged)),
    event.staged === null ? null : h("p", { class: "warn-text", text: text("staged_words", { words: event.staged }) }),
    isCamera ? null : reviewSection(item, events),
    isCamera ? null : suppressionSection(item, suppressions, events),
    h(
      "dl",
      {},
      fact(text("where"), place(event)),
      fact(text("when"), event.time ? timeElement(event.time) : text("when_untold")),
      parts.length > 0 ? fact(text("what"), capital(parts.join("; "))) : null,
      isCamera ? null : fact(text("validity"), validity(event)),
      event.confidence ? fact(text("confidence"), text(`confidence_${event.confidence}`)) : null,
      isCamera ? null : fact(text("standing"), text("standing_words")),
    ),
    isCamera ? null : curveSection(item),
    events.place(item.box, event.camera),
    isCamera ? null : stillButton(item, events),
    why(event.explanation),
    item.history.length > 1 && first.explanation.length > 0
      ? h("section", {}, h("h3", { text: text("why_raised") }), h("ul", { class: "why" }, ...first.explanation.map((one) => h("li", { text: explanation(one) }))))
      : null,
    isCamera ? null : history(item),
    coverage(camera, event.camera),
    technical(item),
  ];
  return sections.filter((section): section is HTMLElement => section !== null);
}

function noteDetails(item: NoteItem): HTMLElement[] {
  const isErased = item.note === "withheld" && item.detail === "review_deadline";
  return [
    h("p", { text: `${noteText(item)}.` }),
    h("p", { class: "faint", text: text(`meaning_${isErased ? "erased" : item.note}`) }),
    h(
      "dl",
      {},
      fact(text("box"), item.box),
      fact(text("received_head"), momentElement(item.stored_unix_ms)),
      item.note === "withheld" ? fact(text("rule"), h("code", { text: item.detail })) : null,
    ),
  ];
}

export function detailsElement(item: Item, around: Around, events: DetailsEvents): HTMLElement {
  const title = item.type === "note" ? text(item.note) : kind(newest(item).kind);
  return h(
    "section",
    { class: "details", attrs: { "aria-label": text("details_of", { title }), tabindex: -1 } },
    h(
      "header",
      {},
      h("h2", { text: title }),
      h("button", { class: "quiet", text: text("close"), attrs: { type: "button", "aria-label": text("close_details") }, on: { click: events.close } }),
    ),
    ...(item.type === "note" ? noteDetails(item) : alertDetails(item, around, events)),
  );
}
