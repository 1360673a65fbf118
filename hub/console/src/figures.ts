// Review times and false alarms, by camera and week: numbers beside each other, and no share of too few.

import type { Figure, Oversight } from "./api.js";
import { h } from "./dom.js";
import { table, two, type Line } from "./table.js";
import { dayText } from "./time.js";
import { duration, text } from "./words.js";

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
