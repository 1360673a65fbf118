// What the hub says and takes. The types are those of hub/src/console/view.rs; tests/samples.ts is written by the
// hub's own test and held against them by the compiler.

import { text } from "./words.js";

export interface Time {
  unix_ms: number;
  /** The true time lies in unix_ms .. unix_ms + precision_ms. */
  precision_ms: number;
}

export interface Band {
  at_least: number;
  /** Null: open-ended. */
  below: number | null;
}

export type EventKind = "abandoned_object" | "crowd_density" | "crowd_movement" | "camera_health" | "unknown";
export type EventState = "raised" | "updated" | "cleared" | "unspecified";

export type Body =
  | { type: "none" }
  | {
      type: "abandoned_object";
      object_kind: string | null;
      dwell_secs: Band | null;
      grid_cell: string | null;
      first_seen: Time | null;
    }
  | {
      type: "crowd_density";
      level: string | null;
      previous_level: string | null;
      persons: Band | null;
      persons_per_m2: { low: number; high: number } | null;
      relative: boolean;
      demo_threshold: boolean;
    }
  | {
      type: "crowd_movement";
      pattern: string;
      persons: Band | null;
      speed_m_per_s: Band | null;
      direction: string | null;
      relative: boolean;
    }
  | { type: "camera_health"; state: string };

export interface Explanation {
  code: string;
  value: number | null;
}

export interface HubEvent {
  type: "event";
  id: string;
  alert_id: string;
  kind: EventKind;
  state: EventState;
  site: string | null;
  camera: string | null;
  zone: string | null;
  time: Time | null;
  body: Body;
  confidence: "low" | "medium" | "high" | null;
  validity: "valid" | "not_valid" | null;
  explanation: Explanation[];
  staged: string | null;
  policy_digest: string;
  model_digests: string[];
  still_may_be_asked_for: boolean;
}

export type End =
  | HubEvent
  | { type: "withheld"; rule: string }
  | { type: "expired"; key_day: string }
  | { type: "lost"; cause: string; last_known_sequence: number | null }
  | { type: "unknown" };

export interface HubRecord {
  cursor: number;
  box: string;
  incarnation: string;
  sequence: number;
  stored_unix_ms: number;
  end: End;
}

export interface Numbers {
  stored: number;
  withheld: number;
  expired: number;
  lost: number;
  missing: number;
}

export interface Camera {
  camera: string;
  first_hour_unix_secs: number;
  newest_hour_unix_secs: number;
  day_secs_by_state: Record<string, number>;
  hour_secs_by_state: Record<string, number>;
  frames_analysed: number;
  frames_dropped: number;
  /** Alerts without a still that the policy allows, by the reason. */
  day_stills_withheld: Record<string, number>;
}

export interface Box {
  box: string;
  connected: boolean;
  last_seen_unix_ms: number | null;
  version: string;
  numbers: Numbers;
  cameras: Camera[];
}

export interface Fleet {
  boxes: Box[];
}

export interface Still {
  jpeg_base64: string;
  captured: Time | null;
  width_px: number;
  height_px: number;
  covered_fraction: number;
  policy_digest: string;
}

export type Verdict = "confirmed" | "reflection" | "shadow" | "furniture_or_bin" | "person" | "known_object" | "other";

/** What somebody said of an alert, as far as the policy tells it. */
export interface Word {
  verdict: string | null;
  role: string | null;
  unix_ms: number | null;
}

/** Where an alert stands with the people. */
export interface Review {
  /** The event that raised it. */
  event_id: string;
  /** Where this is a change: its number. */
  change: number | null;
  /** Whether the policy wants a person to look. */
  owed: boolean;
  may_review: boolean;
  needed: number;
  /** How many say the same, at most. */
  agree: number;
  people: number;
  mine: string | null;
  decided: Word | null;
  /** Once this person said something. */
  others: Word[];
  taken: { mine: boolean; role: string | null; until_unix_ms: number } | null;
  escalated: { reason: string; role: string | null; unix_ms: number } | null;
  /** By the hub's clock. */
  deadline_unix_ms: number | null;
  /** Whether it is erased then. */
  erases: boolean;
  lapse: string | null;
}

export interface Session {
  user: string;
  csrf: string;
  idle_left_secs: number;
  left_secs: number;
  /** The roles of recipients of the published policies that the person was given. */
  recipients: string[];
  /** What they may read for; of several, the person chooses one. */
  purposes: string[];
  /** Where there is no recipient: how the person gets one. */
  give_command: string | null;
}

/** What was left out since the record before, up to a cursor. */
export interface Held {
  cursor: number;
  held: HeldRule[];
}

export interface HeldRule {
  rule: string;
  events: number;
  /** What becomes of them, to follow "3 events are". */
  words: string;
}

/** Tables of codes and sentences. */
export type Catalogue = Record<string, Record<string, string>>;

export interface Words {
  catalogue: Catalogue;
  purposes: { id: string; words: string }[];
}

/** A no, with its reason. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly rule: string | null,
  ) {
    super(message);
  }
}

async function answered<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const no = (body ?? {}) as { code?: string; message?: string; rule?: string };
  throw new Refusal(no.code ?? "failed", no.message ?? text("answered", { status: response.status }), no.rule ?? null);
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", redirect: "error", ...init });
  } catch {
    throw new Refusal("unreachable", text("unreachable"), null);
  }
  return answered<T>(response);
}

export function get<T>(path: string): Promise<T> {
  return ask<T>(path, {});
}

/** Changes something; `csrf` proves that this page asked. */
export function post<T>(path: string, body: object, csrf?: string): Promise<T> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (csrf !== undefined) headers["x-csrf-token"] = csrf;
  return ask<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
}
