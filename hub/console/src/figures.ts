// Review times and false alarms, by camera and week: numbers beside each other, and no share of too few.

import type { Figure, LeftSum, Oversight, PolicyVersion } from "./api.js";
import { h } from "./dom.js";
import { table, two, type Line } from "./table.js";
import { dayText, momentText } from "./time.js";
import { duration, text, word } from "./words.js";

/** Never without the numbers that it is made of. */
export function falseText(of: Figure, fewest: number): string {
  if (of.decided === 0) return text("false_none");
  if (!of.is_enough) return text("false_few", { rejected: of.rejected, decided: of.decided, fewest });
  return text("false_share", { rejected: of.rejected, decided: of.decided, share: Math.round((of.rejected / of.decided) * 100) });
}

function line(of: Figure, fewest: number): Line {
  const times =
    of.half_within_secs === null || of.most_within_secs === null
      ? text("times_none")
      : of.decided < 2
        ? text("times_one", { time: duration(of.half_within_secs) })
        : text("times", { half: duration(of.half_within_secs), most: duration(of.most_within_secs) });
  return {
    key: `${of.week_unix_secs}/${of.box}/${of.camera ?? ""}`,
    cells: [
      text("week_of", { day: dayText(of.week_unix_secs * 1000) }),
      two(of.camera ?? text("camera_untold"), of.box),
      text("figures_raised", { raised: of.raised, decided: of.decided }),
      falseText(of, fewest),
      times,
    ],
  };
}

export function figuresSection(told: Oversight): HTMLElement {
  const title = h("h2", { text: text("part_figures") });
  if (told.figures === null) return h("section", {}, title, h("p", { text: text("figures_not_yours") }));
  const heads: [string, string][] = ["week", "camera", "raised", "false", "times"].map((code) => [text(`figures_${code}_head`), ""]);
  const lines = told.figures.map((one) => line(one, told.fewest));
  return h(
    "section",
    {},
    title,
    h("p", { class: "faint", text: text("figures_words", { fewest: told.fewest }) }),
    told.figures_are_cut ? h("p", { class: "bad", text: text("figures_cut") }) : null,
    lines.length > 0 ? table(text("part_figures"), heads, lines) : h("p", { class: "faint", text: text("figures_none") }),
  );
}

const KB = 1000;

function leftLine(of: LeftSum): Line {
  const size = of.bytes < KB ? text("egress_bytes", { bytes: of.bytes }) : text("egress_kilobytes", { kilobytes: Math.round(of.bytes / KB) });
  return { key: `${of.box}/${of.what}/${of.class}`, cells: [of.box, two(word("left_what", of.what), of.class), String(of.count), size, momentText(of.since_unix_ms)] };
}

/** What left the boxes, as they say it themselves. */
export function leftSection(told: Oversight): HTMLElement | null {
  if (told.left === null) return null;
  const heads: [string, string][] = ["box", "what", "count", "size", "since"].map((code) => [text(`head_left_${code}`), ""]);
  return h(
    "section",
    {},
    h("h2", { text: text("egress") }),
    h("p", { class: "faint", text: text("egress_words") }),
    told.left.length > 0 ? table(text("egress"), heads, told.left.map(leftLine)) : h("p", { class: "faint", text: text("egress_none") }),
  );
}

/** Percent, rounded up: what was missed is never called nothing. */
export const missed = (recall: number): string => (Math.ceil((1 - recall) * 10_000 - 1e-6) / 100).toFixed(2);

function measuredLine(of: PolicyVersion): Line {
  const measured = of.measured;
  const name = two(of.policy_id, of.version);
  if (measured === null) return { key: of.digest, cells: [name, text("measured_none"), null, null] };
  const heads = text("measured_heads", { missed: missed(measured.recall_head), worst: missed(measured.worst_subgroup_recall) });
  const digest = h("code", { text: measured.report_sha256.slice(0, 12), attrs: { title: measured.report_sha256 } });
  return {
    key: of.digest,
    cells: [name, two(heads, text("measured_plates", { missed: missed(measured.recall_plate) })), two(text("measured_sample", { count: measured.sample }), measured.dataset), two(dayText(measured.unix_ms), digest)],
  };
}

/** The leak rate of the masking, of each policy that holds. */
export function measuredSection(told: Oversight): HTMLElement {
  const heads: [string, string][] = ["policy", "missed", "sample", "report"].map((code) => [text(`head_measured_${code}`), ""]);
  const holding = told.history.filter(({ holds }) => holds);
  return h("section", {}, h("h2", { text: text("measured") }), h("p", { class: "faint", text: text("measured_words") }), holding.length > 0 ? table(text("measured"), heads, holding.map(measuredLine)) : h("p", { class: "faint", text: text("measured_nothing") }));
}
