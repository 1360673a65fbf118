// What the hub says and takes. The types are those of hub/src/console/view.rs; tests/samples.ts is written by the
// hub's own test and held against them by the compiler.

import { refused, text } from "./words.js";

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

/** What a box reported of an hour; of the newest, so far. */
export interface Hour {
  hour_unix_secs: number;
  secs_by_state: Record<string, number>;
}

export interface CameraHours {
  box: string;
  camera: string;
  hours: Hour[];
}

/** How every camera was analysed, hour by hour, in the last day. */
export interface Hours {
  cameras: CameraHours[];
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

/** That somebody wrote something beside their word; what, is opened one by one. */
export interface ReviewText {
  text_id: string;
  mine: boolean;
  role: string | null;
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
  texts: ReviewText[];
}

/** A place at which a box raises no alert for a time, after a decided review. */
export interface Suppression {
  order_id: string;
  box: string;
  /** Null where the policy does not tell it. */
  camera: string | null;
  /** The event that raised the alert. */
  event_id: string;
  verdict: string | null;
  role: string | null;
  days: number;
  ordered_unix_ms: number | null;
  until_unix_ms: number;
  state: string;
  /** Of a refusal: a code. */
  reason: string;
  /** As the box lists it. */
  number: number;
}

export interface Suppressions {
  suppressions: Suppression[];
}

/** What a box could play, and what should be noticed. */
export interface Scenario {
  id: string;
  title: string;
  secs: number;
  source: string;
  licence: string;
  expected: { kind: string; at_secs: number; words: string }[];
}

/** A scenario in the place of a camera. */
export interface Exercise {
  order_id: string;
  box: string;
  camera: string;
  scenario: Scenario;
  why: string;
  /** For administrators. */
  person: string | null;
  ordered_unix_ms: number;
  began_unix_ms: number | null;
  ended_unix_ms: number | null;
  state: string;
  /** Why it ended or was refused: a code. */
  reason: string;
}

/** A box, with what could be played there. */
export interface ExercisePlace {
  box: string;
  connected: boolean;
  /** Whether its program plays exercises at all. */
  is_able: boolean;
  cameras: string[];
  scenarios: Scenario[];
}

export interface Exercises {
  /** The newest first. */
  exercises: Exercise[];
  /** For administrators. */
  places: ExercisePlace[];
  may_start: boolean;
  hub_unix_ms: number;
}

/** Those that run or wait. */
export interface RunningExercises {
  exercises: Exercise[];
}

/** What came of one. */
export interface Debrief {
  exercise: Exercise;
  expected: {
    kind: string;
    at_secs: number;
    words: string;
    /** Which alert answered it; null: it was missed. */
    alert: number | null;
    delay_secs: number | null;
  }[];
  alerts: {
    event_id: string;
    kind: EventKind;
    zone: string | null;
    after_secs: number | null;
    is_expected: boolean;
    acts: { what: string; role: string | null; person: string | null; code: string | null; after_secs: number }[];
  }[];
  /** Alerts that this person may not read. */
  held_back: number;
  hub_unix_ms: number;
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
  /** Whether they may let boxes in and shut them out. */
  is_administrator: boolean;
  /** Whether they may look at the audit log, and have to say why. */
  oversight: { needs_reason: boolean } | null;
}

/** A box's way in. */
export interface BoxStanding {
  box: string;
  connected: boolean;
  last_seen_unix_ms: number | null;
  version: string;
  /** Of the certificate that it showed last. */
  certificate_ends_unix_ms: number | null;
  is_revoked: boolean;
  /** For administrators: until when its unused token is good. */
  token_until_unix_ms: number | null;
  policy_version: string | null;
  expected_version: string | null;
  drifts: boolean;
  receipt: string;
  reason: string;
  cameras: number;
  model_digests: string[];
  /** What it told of itself last; null of an older box, which does not. */
  machine: Machine | null;
  suspensions: Suspension[];
}

export interface Machine {
  told_unix_ms: number;
  /** It is connected, and has not told of itself for minutes. */
  is_old: boolean;
  disk: { free_bytes: number; total_bytes: number; room: string } | null;
  clock: { is_trusted: boolean; reason: string; ahead_ms: number | null; is_off: boolean } | null;
  uptime_secs: number;
  models: { name: string; task: string; digest: string }[];
  cameras: string[];
}

export interface Suspension {
  /** Null: every camera of the box. */
  camera: string | null;
  /** Empty: the box holds it, and this hub has no record of it. */
  suspended_by: string;
  reason: string;
  since_unix_ms: number;
  /** "in_force", "waits" for the box, or "failed". */
  state: string;
  trouble: string;
}

export interface Boxes {
  boxes: BoxStanding[];
  is_administrator: boolean;
  /** Whether the hub offers enrolment. */
  enrols: boolean;
  hub_unix_ms: number;
}

/** Shown once. */
export interface Token {
  box: string;
  token: string;
  minutes: number;
}

export interface BoxPolicy {
  box: string;
  connected: boolean;
  policy_id: string;
  /** What it runs; null where this hub does not know that version. */
  version: string | null;
  digest: string;
  /** What it should run. */
  expected_version: string | null;
  drifts: boolean;
  receipt: string;
  reason: string;
  /** The version that its receipt is of. */
  offered_version: string | null;
  cameras: { camera: string; is_named: boolean | null }[];
}

export interface PolicyVersion {
  policy_id: string;
  version: string;
  digest: string;
  regime: string;
  status: string;
  effective_from_unix_ms: number;
  expires_unix_ms: number;
  published_unix_ms: number;
  published_by: string;
  change: string;
  signers: number;
  has_opinion: boolean;
  /** Whether it is the newest that has begun. */
  holds: boolean;
  /** The digest of the one before. */
  before: string | null;
  /** Null where the policy names no measurement. */
  measured: Measured | null;
}

export interface LogEntry {
  number: number;
  unix_ms: number;
  /** Of a remark of the log about itself: `notice`. */
  operation: string;
  subject: string;
  id: string | null;
  operator: string | null;
  recipient: string | null;
  purpose: string | null;
  words: string | null;
  /** The rule that denied it. */
  denied: string | null;
  records: number | null;
}

export interface Figure {
  week_unix_secs: number;
  box: string;
  camera: string | null;
  raised: number;
  decided: number;
  rejected: number;
  is_enough: boolean;
  half_within_secs: number | null;
  most_within_secs: number | null;
}

/** The page of oversight. */
export interface Oversight {
  boxes: BoxPolicy[];
  history: PolicyVersion[];
  /** The newest first. */
  entries: LogEntry[];
  unreadable_entries: number;
  log_key: string;
  /** Null for those who may not see how many alerts there were. */
  figures: Figure[] | null;
  figures_are_cut: boolean;
  /** Of fewer decided alerts nothing is said of how many are false. */
  fewest: number;
  /** Changes of cameras' settings that wait for somebody, or for their boxes. */
  waiting: WaitingChange[];
  /** Since each box's program started, by its egress manifest; null for those who may not see counts. */
  left: LeftSum[] | null;
}

export interface WaitingChange {
  box: string;
  camera: string;
  note: string;
  proposed_by: string;
  proposed_unix_ms: number;
  state: string;
}

export interface LeftSum {
  box: string;
  since_unix_ms: number;
  what: string;
  class: string;
  count: number;
  bytes: number;
}

/** Of the masking, as the policy says it was measured. */
export interface Measured {
  recall_head: number;
  recall_plate: number;
  worst_subgroup_recall: number;
  sample: number;
  dataset: string;
  unix_ms: number;
  report_sha256: string;
}

export interface PolicyDiff {
  old: string;
  new: string;
  verdict: string;
  changes: { verdict: string; key: string; sentence: string; old: string | null; new: string | null }[];
  cameras: { verdict: string; sentence: string; old: string; new: string; cameras: string[] }[];
  needs: { rule: string; sentence: string }[];
  cut: number;
}

export interface Checkpoint {
  number: number;
  unix_ms: number;
  /** As `velum audit verify --checkpoint` takes it. */
  short: string;
  text: string;
}

/** What verifying the log found. */
export interface Verified {
  is_running: boolean;
  is_sound: boolean;
  unix_ms: number;
  files: number;
  records: number;
  first_unix_ms: number | null;
  last_unix_ms: number | null;
  records_before: number;
  checkpoints: number;
  last_checkpoint: Checkpoint | null;
  unsigned_records: number;
  times_set_back: number;
  notices: { code: string; file: number }[];
  faults: { place: string; meaning: string }[];
  more_faults: number;
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
  /** By which somebody is given a role. */
  command: string;
}

/** Where a camera stands on a plan and how it looks. */
export interface Place {
  box: string;
  camera: string;
  /** Of the width and the height of the picture. */
  x_fraction: number;
  y_fraction: number;
  /** Clockwise, 0 is up. */
  heading_degrees: number;
  view_degrees: number;
  /** Of the width of the picture. */
  reach_fraction: number;
}

export interface Plan {
  plan: number;
  name: string;
  site: string;
  width_px: number;
  height_px: number;
  /** Who changes an older one is told. */
  version: number;
  cameras: Place[];
}

export interface Plans {
  plans: Plan[];
  is_administrator: boolean;
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

async function refusal(response: Response): Promise<Refusal> {
  const no = ((await response.json().catch(() => null)) ?? {}) as { code?: string; message?: string; rule?: string; values?: Record<string, string> };
  const message = refused(no.code ?? "", no.values ?? {}) ?? no.message ?? text("answered", { status: response.status });
  return new Refusal(no.code ?? "failed", message, no.rule ?? null);
}

async function answered<T>(response: Response): Promise<T> {
  if (!response.ok) throw await refusal(response);
  return (await response.json().catch(() => null)) as T;
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", redirect: "error", ...init });
  } catch {
    throw new Refusal("unreachable", text("unreachable"), null);
  }
}

export async function get<T>(path: string): Promise<T> {
  return answered<T>(await ask(path, {}));
}

function posted(path: string, body: object, csrf?: string): Promise<Response> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (csrf !== undefined) headers["x-csrf-token"] = csrf;
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Changes something; `csrf` proves that this page asked. */
export async function post<T>(path: string, body: object, csrf?: string): Promise<T> {
  return answered<T>(await posted(path, body, csrf));
}

/** A file to keep, whole. */
export async function postForFile(path: string, body: object, csrf: string): Promise<Blob> {
  const response = await posted(path, body, csrf);
  if (!response.ok) throw await refusal(response);
  try {
    return await response.blob();
  } catch {
    // It was cut off.
    throw new Refusal("unreachable", text("unreachable"), null);
  }
}

/** Sends a file as it is. */
export async function send<T>(path: string, file: Blob, csrf: string): Promise<T> {
  return answered<T>(await ask(path, { method: "POST", headers: { "content-type": "application/octet-stream", "x-csrf-token": csrf }, body: file }));
}
