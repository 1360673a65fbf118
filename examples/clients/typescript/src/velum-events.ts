// Follows the events of a Velum hub: in order, each at least once, across restarts of either side.
//
// Copy this file and give `follow` what your system does with a record. How far you have come stands in a file that is
// written after a record was handled, never before: whatever ends this program, nothing is missed, and at most the record
// that was being handled comes again.
import * as grpc from "@grpc/grpc-js";
import * as loader from "@grpc/proto-loader";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { ProtoGrpcType } from "./generated/events.js";
import type { StoredRecord__Output } from "./generated/velum/v1/StoredRecord.js";

export type StoredRecord = StoredRecord__Output;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A subscription may be silent for hours: these notice that nobody is there any more. */
const CHANNEL_OPTIONS = { "grpc.keepalive_time_ms": 30_000, "grpc.keepalive_timeout_ms": 10_000 };
/** The hub says here where a subscription to what is new begins. */
const START_CURSOR = "velum-after-cursor";

/** The hub will not let this program read, however often it asks. */
export class Refused extends Error {}

/** What stands in the way and is for the administrator to mend. */
export class Misconfigured extends Error {}

/** Where the hub is, and who asks: files that `velum pki init` and `velum pki operator NAME` made. */
export interface Hub {
  /** name:port; the name must be one in the hub's certificate. */
  address: string;
  pki: string;
  operator: string;
  /** The folder that holds velum/v1. */
  proto: string;
}

/** Why it is read. It stands in the hub's audit log. */
export interface Reading {
  /** A purpose of the policy; needed where the recipient has several. */
  purpose: string;
  reason: string;
  /** What is read goes into another system: needs a recipient that may, and a reason. */
  isExport: boolean;
}

/** The cursor up to which everything was handled, in a file. One program, one file. */
export class Place {
  /** `cursor` counts where there is no file yet: "0" for everything that the hub has, nothing for what is new. */
  constructor(readonly path: string, public cursor?: string) {
    if (!existsSync(path)) return;
    const text = readFileSync(path, "ascii").trim();
    if (!/^\d+$/.test(text)) throw new Misconfigured(`${path}: holds no cursor; delete it to begin anew, or write the last cursor into it`);
    this.cursor = text;
  }

  /** On disk when this returns; the old file or the new one is there at any moment. */
  keep(cursor: string): void {
    const beside = `${this.path}.new`;
    const file = openSync(beside, "w");
    writeSync(file, `${cursor}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(beside, this.path);
    const folder = openSync(dirname(this.path), "r");
    fsyncSync(folder);
    closeSync(folder);
    this.cursor = cursor;
  }
}

/**
 * Hands each record to `handle`, one after the other, until `stopping` is aborted; goes on by itself after the hub was
 * away. A record that is being handled when `stopping` is aborted is handled to its end, and counts.
 *
 * Throws `Refused`, `Misconfigured`, and whatever `handle` throws: its record comes again at the next start.
 */
export async function follow(
  hub: Hub,
  reading: Reading,
  place: Place,
  handle: (record: StoredRecord) => Promise<void>,
  stopping: AbortSignal,
  remark: (text: string) => void,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!stopping.aborted) {
    const before = place.cursor;
    const client = connect(hub);
    let trouble: string;
    try {
      trouble = await followOnce(client, reading, place, handle, stopping);
    } finally {
      client.close();
    }
    if (stopping.aborted) return;
    if (place.cursor !== before) pauseMs = FIRST_PAUSE_MS;
    // Not all clients of a hub that comes back ask at the same moment.
    const waitMs = pauseMs * (0.5 + Math.random() / 2);
    remark(`the hub is away (${trouble}); asking again in ${(waitMs / 1_000).toFixed(1)} s`);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    await setTimeout(waitMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

function connect(hub: Hub) {
  const file = (name: string) => {
    try {
      return readFileSync(join(hub.pki, name));
    } catch (error) {
      throw new Misconfigured(`${error}; --pki is a folder with authority.pem, ${hub.operator}.pem, ${hub.operator}.key`);
    }
  };
  const credentials = grpc.credentials.createSsl(file("authority.pem"), file(`${hub.operator}.key`), file(`${hub.operator}.pem`));
  // The same as the types in package.json's script `types` are made for.
  const definition = loader.loadSync("velum/v1/events.proto", { includeDirs: [hub.proto], keepCase: true, longs: String, enums: String, bytes: String });
  const { velum } = grpc.loadPackageDefinition(definition) as unknown as ProtoGrpcType;
  return new velum.v1.Events(hub.address, credentials, CHANNEL_OPTIONS);
}

/** Until the subscription ends; gives the reason. */
async function followOnce(
  client: ReturnType<typeof connect>,
  reading: Reading,
  place: Place,
  handle: (record: StoredRecord) => Promise<void>,
  stopping: AbortSignal,
): Promise<string> {
  const from = place.cursor === undefined ? {} : { after_cursor: place.cursor };
  const call = client.Subscribe({ ...from, purpose: reading.purpose, justification: reading.reason, export: reading.isExport });
  call.on("metadata", (metadata) => {
    const start = metadata.get(START_CURSOR)[0];
    // From here on nothing is missed, even where the first record comes after an interruption.
    if (place.cursor === undefined && start !== undefined) place.keep(start.toString());
  });
  const hangUp = () => call.cancel();
  stopping.addEventListener("abort", hangUp);
  let isOurs = false;
  try {
    for await (const record of call as AsyncIterable<StoredRecord>) {
      isOurs = true;
      await handle(record);
      place.keep(record.cursor ?? "0");
      isOurs = false;
      if (stopping.aborted) break;
    }
    return "the subscription ended";
  } catch (error) {
    if (isOurs) throw error;
    return passing(error as grpc.ServiceError);
  } finally {
    stopping.removeEventListener("abort", hangUp);
    call.cancel();
  }
}

/** What was in the way, where asking again may help. */
function passing(error: grpc.ServiceError): string {
  switch (error.code) {
    case grpc.status.PERMISSION_DENIED:
    case grpc.status.UNAUTHENTICATED:
      throw new Refused(`the hub refused: ${error.details}; an operator's certificate is made with \`velum pki operator NAME\``);
    case grpc.status.INVALID_ARGUMENT:
    case grpc.status.UNIMPLEMENTED:
      throw new Refused(`the hub answered ${grpc.status[error.code]}: ${error.details}`);
    default:
      return error.details || error.message;
  }
}
