// What the test box reports, and the picture that it shows: drawn, of nobody.
import { ids } from "./town.mjs";

const MINUTE_MS = 60_000;
const minute = (agoMs) => Math.floor((Date.now() - agoMs) / MINUTE_MS) * MINUTE_MS;
const at = (agoMs) => ({ unix_ms: minute(agoMs), precision_ms: MINUTE_MS });

function event(kind, state, more) {
  return {
    event: {
      id: ids(),
      alert_id: ids(),
      kind: `EVENT_KIND_${kind}`,
      state: `EVENT_STATE_${state}`,
      site: "market-square",
      epistemic: "EPISTEMIC_ASSESSMENT",
      model_digests: [Buffer.alloc(32, 4)],
      ...more,
    },
  };
}

const why = (codes) => Object.entries(codes).map(([code, value]) => (value === null ? { code } : { code, value }));

export function bag(more = {}) {
  return event("ABANDONED_OBJECT", "RAISED", {
    camera: "plaza-2",
    zone: "steps",
    time: at(4 * MINUTE_MS),
    abandoned_object: { object_kind: "backpack", dwell: { at_least_secs: 60, below_secs: 120 }, first_seen: at(6 * MINUTE_MS) },
    confidence: "CONFIDENCE_BAND_HIGH",
    validity: "VALIDITY_VALID",
    explanation: why({ put_down_secs_ago: 100, owner_left_secs_ago: 95, unattended_secs: 90, drop_off_witnessed: null, static_secs: 95, newly_arrived: null, not_a_person: null, plausible_size: null, from_a_newer_box: 3 }),
    staged: "exercise of the transport police",
    still_may_be_asked_for: true,
    ...more,
  });
}

export function clearing(of) {
  const { id: _id, abandoned_object: _object, still_may_be_asked_for: _still, ...rest } = of.event;
  return { event: { ...rest, id: ids(), state: "EVENT_STATE_CLEARED", time: at(MINUTE_MS), explanation: why({ picked_up: null }) } };
}

export function crowd(more = {}) {
  return event("CROWD_DENSITY", "RAISED", {
    camera: "plaza-1",
    zone: "fountain",
    time: at(3 * MINUTE_MS),
    crowd_density: { level: "dense", previous_level: "busy", persons: { at_least: 20 }, persons_per_m2: { low: 0.5, high: 1.25 }, demo_threshold: true },
    confidence: "CONFIDENCE_BAND_MEDIUM",
    validity: "VALIDITY_NOT_VALID",
    explanation: why({ level_rose: null, level_held_secs: 20, counted_by_detector: null, zone_area_m2: 160, people_too_small: null }),
    ...more,
  });
}

export function crowdFell(of) {
  return { event: { ...of.event, id: ids(), state: "EVENT_STATE_UPDATED", time: at(2 * MINUTE_MS), validity: "VALIDITY_VALID", crowd_density: { level: "busy", previous_level: "dense", persons: { at_least: 10, below: 20 }, demo_threshold: true }, explanation: why({ level_fell: null, level_held_secs: 20 }) } };
}

export function camera(state) {
  return event("CAMERA_HEALTH", "UNSPECIFIED", { alert_id: Buffer.alloc(0), camera: "gate-3", time: at(2 * MINUTE_MS), camera_health: { state: `COVERAGE_STATE_${state}` } });
}

/** Released under a policy that nobody published. */
export function ofAnotherPolicy() {
  return bag({ policy_digest: Buffer.alloc(32, 9) });
}

/** Not even the place may be told. */
export function placeless() {
  return event("ABANDONED_OBJECT", "RAISED", { site: undefined, time: undefined, model_digests: [] });
}

export function coverage() {
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600;
  // CoverageState by number: 1 analysed, 2 offline, 4 dark, 5 overloaded, 8 out of schedule, 10 restarted
  const bin = (camera, ago, secs_by_state, stills_withheld = {}) => ({ camera, stills_withheld, hour_unix_secs: hour - ago * 3_600, secs_by_state, frames_decoded: 18_000, frames_analysed: 17_000, frames_dropped: 1_000 });
  return [
    bin("plaza-1", 1, { 1: 3_600 }),
    bin("plaza-1", 0, { 1: 1_190, 10: 10 }),
    bin("plaza-2", 1, { 1: 2_700, 5: 600, 2: 300 }),
    bin("plaza-2", 0, { 1: 1_200 }),
    bin("gate-3", 1, { 1: 600, 4: 3_000 }),
    bin("gate-3", 0, { 4: 1_200 }, { too_dark: 2 }),
  ];
}

/** The last day of four cameras: one whole, one with a dark evening, one that was overloaded and paused, one away for a part. */
export function day() {
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600;
  const soFar = Math.max(60, Math.floor(Date.now() / 1000) - hour);
  const bin = (camera, ago, secs_by_state) => ({ camera, hour_unix_secs: hour - ago * 3_600, secs_by_state, frames_decoded: 18_000, frames_analysed: 17_000, frames_dropped: 1_000 });
  const whole = (ago) => (ago === 0 ? soFar : 3_600);
  const hours = Array.from({ length: 24 }, (_, ago) => ago);
  return [
    ...hours.map((ago) => bin("plaza-1", ago, { 1: whole(ago) })),
    ...hours.map((ago) => bin("plaza-2", ago, ago === 1 ? { 1: 3_360, 4: 240 } : ago > 5 && ago < 9 ? { 1: 900, 4: 2_700 } : { 1: whole(ago) })),
    ...hours.map((ago) => bin("gate-3", ago, ago < 2 ? { 2: whole(ago) } : ago === 4 ? { 1: 1_800, 5: 1_800 } : ago > 14 ? { 8: 3_600 } : ago === 9 ? { 6: 3_600 } : ago === 12 ? { 11: 1_200, 3: 1_200, 1: 1_200 } : { 1: whole(ago) })),
    ...hours.filter((ago) => ago < 8 || ago > 12).map((ago) => bin("tram-stop", ago, ago === 13 ? { 1: 3_000, 10: 600 } : ago === 20 ? { 9: 1_800, 7: 1_800 } : { 1: whole(ago) })),
  ];
}

/** What a camera said of itself, so many minutes ago. */
export function cameraThen(name, state, minutesAgo, more = {}) {
  return event("CAMERA_HEALTH", "UNSPECIFIED", { alert_id: Buffer.alloc(0), camera: name, time: at(minutesAgo * MINUTE_MS), camera_health: { state: `COVERAGE_STATE_${state}` }, ...more });
}

/** The same crowd, later: its level and persons. */
export function crowdThen(of, minutesAgo, crowd_density, more = {}) {
  return { event: { ...of.event, id: ids(), state: "EVENT_STATE_UPDATED", time: at(minutesAgo * MINUTE_MS), validity: "VALIDITY_VALID", crowd_density, explanation: why({ level_rose: null }), ...more } };
}

/** A drawn plaza with the people painted over, as JPEG without anything but the picture. */
export async function picture(page) {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1280, 720];
    const draw = canvas.getContext("2d");
    const sky = draw.createLinearGradient(0, 0, 0, 720);
    sky.addColorStop(0, "#8d99a6");
    sky.addColorStop(0.45, "#b9b4a8");
    sky.addColorStop(1, "#8b8578");
    draw.fillStyle = sky;
    draw.fillRect(0, 0, 1280, 720);
    draw.strokeStyle = "#7d776b";
    for (let y = 330; y < 720; y += 32) {
      draw.beginPath();
      draw.moveTo(0, y);
      draw.lineTo(1280, y + 12);
      draw.stroke();
    }
    draw.fillStyle = "#5a564e";
    for (let step = 0; step < 6; step++) draw.fillRect(40, 250 + step * 16, 520 - step * 18, 10);
    draw.fillStyle = "#27404f";
    draw.fillRect(700, 520, 46, 58);
    draw.fillRect(712, 508, 22, 14);
    draw.fillStyle = "#000";
    for (const [x, y, w, h] of [[300, 270, 66, 170], [930, 300, 74, 190], [1080, 330, 84, 210], [470, 250, 52, 140]]) draw.fillRect(x, y, w, h);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  });
  return withoutProfiles(Buffer.from(base64, "base64"));
}

/** Browsers add a colour profile; a box's pictures have none. */
function withoutProfiles(jpeg) {
  const parts = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    const marker = jpeg[at + 1];
    if (marker < 0xe1 || marker > 0xef) parts.push(jpeg.subarray(at, end));
    at = end;
  }
  parts.push(jpeg.subarray(at));
  return Buffer.concat(parts);
}
