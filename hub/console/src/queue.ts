// What waits for a review, the most pressing first.

import type { Body, HubEvent } from "./api.js";
import { isOpen, severityOf, type AlertItem } from "./model.js";

export type Severity = "high" | "medium" | "low";

const RANK: Record<Severity, number> = { high: 0, medium: 1, low: 2 };
const OF_LEVEL: Record<string, Severity> = { critical: "high", dense: "medium" };

function ofBody(body: Body): Severity | null {
  switch (body.type) {
    case "abandoned_object":
      return "high";
    case "crowd_density":
      return OF_LEVEL[body.level ?? ""] ?? "low";
    case "crowd_movement":
      return body.pattern === "surge" ? "high" : "medium";
    default:
      return null;
  }
}

/** By the kind, and within it by what the rule says; what the policy does not tell makes nothing less pressing than its kind. */
export function severity(event: HubEvent): Severity {
  return ofBody(event.body) ?? (event.kind === "abandoned_object" ? "high" : "medium");
}

/** Escalated first, then what is still going on, the most severe, the soonest deadline, the oldest. */
export function inOrder(items: AlertItem[]): AlertItem[] {
  const rank = (item: AlertItem): number[] => [
    item.review?.escalated ? 0 : 1,
    isOpen(item) ? 0 : 1,
    RANK[severityOf(item)],
    item.review?.deadline_unix_ms ?? Infinity,
    item.history[0]!.record.cursor,
  ];
  const ranked = items.map((item) => ({ item, rank: rank(item) }));
  ranked.sort((a, b) => {
    const at = a.rank.findIndex((one, place) => one !== b.rank[place]);
    return at < 0 ? 0 : a.rank[at]! - b.rank[at]!;
  });
  return ranked.map(({ item }) => item);
}
