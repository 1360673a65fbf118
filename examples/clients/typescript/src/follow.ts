// Prints what a Velum hub reports: one JSON object a line for each event, remarks on standard error.
//
// `handle` is what you replace: by a call of your dispatch system, an insert into your database.
import { parseArgs } from "node:util";
import { follow, Misconfigured, Place, Refused, type StoredRecord } from "./velum-events.js";

const HELP = `Usage: node dist/follow.js [options]
  --hub HOST:PORT     where the hub listens (localhost:7443)
  --pki DIR           authority.pem, NAME.pem and NAME.key (pki)
  --operator NAME     whose certificate is used (operator)
  --proto DIR         the folder that holds velum/v1 (proto)
  --cursor-file FILE  how far this came (velum.cursor)
  --from-start        at the first start: all that the hub has
  --purpose ID        a purpose of the policy
  --reason TEXT       why, for the hub's audit log
  --export            what is read goes into another system`;

/** The highest number by box and incarnation; none once something was held back, whose numbers are not told. */
let highest: Map<string, number> | undefined = new Map();

/**
 * Returns when your system has it: only then it counts as handled. It may come a second time after a crash: box,
 * incarnation and sequence are the same then.
 */
async function handle(stored: StoredRecord): Promise<void> {
  for (const held of stored.held_back ?? []) {
    // None: this program is no recipient, and is not told how many there are.
    const count = held.events === undefined ? "all events are" : `${held.events} event(s) are`;
    remark(`${count} ${held.message}`);
    highest = undefined;
  }
  const record = stored.record;
  if (!record) return;
  lookForAGap(stored);
  if (record.event) {
    console.log(JSON.stringify(stored));
    return;
  }
  const { sequence, ...ended } = record;
  remark(`number ${sequence} of ${stored.box} is no event: ${JSON.stringify(ended)}`);
}

function lookForAGap(stored: StoredRecord): void {
  if (!highest) return;
  const [key, sequence] = [`${stored.box}/${stored.incarnation}`, Number(stored.record?.sequence)];
  const before = highest.get(key) ?? sequence;
  if (sequence > before + 1) remark(`numbers ${before + 1} to ${sequence - 1} of ${stored.box} have not arrived at the hub`);
  highest.set(key, Math.max(before, sequence));
}

function remark(text: string): void {
  console.error(`follow: ${text}`);
}

async function main(): Promise<number> {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const flag = { type: "boolean", default: false } as const;
  const { values: args } = parseArgs({
    options: {
      hub: text("localhost:7443"), pki: text("pki"), operator: text("operator"), proto: text("proto"), "cursor-file": text("velum.cursor"),
      "from-start": flag, purpose: text(""), reason: text(""), export: flag, help: flag,
    },
  });
  if (args.help) {
    console.log(HELP);
    return 0;
  }
  const stopping = new AbortController();
  for (const one of ["SIGINT", "SIGTERM"] as const) process.on(one, () => stopping.abort());
  const hub = { address: args.hub, pki: args.pki, operator: args.operator, proto: args.proto };
  const reading = { purpose: args.purpose, reason: args.reason, isExport: args.export };
  try {
    const place = new Place(args["cursor-file"], args["from-start"] ? "0" : undefined);
    await follow(hub, reading, place, handle, stopping.signal, remark);
    remark(`ended; everything up to cursor ${place.cursor} is handled`);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Misconfigured)) throw error;
    remark(error.message);
    return 1;
  }
}

process.exitCode = await main();
