// A hub's real programs in a folder of their own, and a box that speaks the real protocol over mutual TLS.
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";

const run = promisify(execFile);
const workspace = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const programs = process.env.VELUM_PROGRAMS ?? join(workspace, "target/debug");
const definition = loader.loadSync(["uplink", "events", "event", "stills"].map((name) => `velum/v1/${name}.proto`), {
  includeDirs: [join(workspace, "proto")],
  keepCase: true,
  longs: Number,
  enums: String,
  defaults: false,
  oneofs: true,
});
const { Uplink, Enrolment } = grpc.loadPackageDefinition(definition).velum.v1;

/** Waits for something that must happen; says what, if it does not. */
export async function until(what, look, limitMs = 30_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export class Hub {
  /** All that were founded. */
  static all = [];

  /** `edits`: what its policy says otherwise than the demonstration's. */
  static async found(dir, idleMins, edits = []) {
    const hub = new Hub();
    Hub.all.push(hub);
    hub.dir = dir;
    hub.edits = edits;
    await mkdir(dir, { recursive: true });
    await run(join(programs, "velum"), ["pki", "init", "--dir", join(dir, "pki"), "--hub-name", "localhost"]);
    [hub.port, hub.enrolPort, hub.consolePort] = await freePorts(3);
    hub.url = `https://localhost:${hub.consolePort}`;
    const signed = await hub.signPolicy();
    hub.config = join(dir, "hub.toml");
    await writeFile(
      hub.config,
      `data_dir = "data"
pki_dir = "pki"
listen = "127.0.0.1:${hub.port}"
enrolment_listen = "127.0.0.1:${hub.enrolPort}"
public_host = "localhost"
[stills]
answer_limit_secs = 5
[[stills.purposes]]
id = "plaza-safety"
words = "Safety of the people on the plaza"
[[stills.purposes]]
id = "lost-property"
words = "Return of lost property"
[console]
listen = "127.0.0.1:${hub.consolePort}"
idle_mins = ${idleMins}
first_user_recipients = ["plaza-steward"]
[policy]
approvers = "approvers.toml"
`,
    );
    await hub.start();
    await hub.command("recipient", "give", "plaza-steward", "operator", "--operator");
    await hub.velum("policy", "publish", signed, "--wait", "0", "--hub", `https://localhost:${hub.port}`, "--pki", join(dir, "pki"));
    return hub;
  }

  async velum(...args) {
    return (await run(join(programs, "velum"), args)).stdout;
  }

  /** The demonstration's policy, signed by two approvers whom the hub pins; its digest is what events are released under. */
  async signPolicy() {
    const keys = join(this.dir, "keys");
    const roles = ["process-owner", "ciso", "dpo"];
    for (const role of roles) await this.velum("policy", "keygen", "--role", role, "--out", keys);
    const [first, second, officer] = await Promise.all(roles.map(async (role) => (await readFile(join(keys, `${role}.pub`), "utf8")).trim()));
    await writeFile(join(this.dir, "approvers.toml"), `quorum = 2\napprovers = ["${first}", "${second}"]\ndpo_key = "${officer}"\n`);
    const day = (days) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
    const filled = { DATE_FROM: day(-1), DATE_EXPIRES: day(30), APPROVER_1: first, APPROVER_2: second, DPO_KEY: officer };
    const template = await readFile(join(workspace, "policy/examples/demo-policy.toml.in"), "utf8");
    let text = template.replace(/@([A-Z_0-9]+)@/g, (all, name) => filled[name] ?? all);
    for (const [from, to] of this.edits) {
      if (!text.includes(from)) throw new Error(`the policy has no ${from}`);
      text = text.replace(from, to);
    }
    this.policyDigest = createHash("sha256").update(text).digest();
    this.policyText = text;
    return this.sign(text, "policy");
  }

  /** Signed by two approvers; gives where it was written. */
  async sign(text, name) {
    const [plain, signed] = [join(this.dir, `${name}.toml`), join(this.dir, `${name}.signed.json`)];
    await writeFile(plain, text);
    for (const role of ["process-owner", "ciso"]) await this.velum("policy", "sign", plain, "--key", join(this.dir, "keys", `${role}.key`), "--out", signed);
    return signed;
  }

  /** Publishes the next version of its policy, with edits. */
  async publishNext(version, edits) {
    let text = this.policyText.replace(/^version        = ".*"$/m, `version        = "${version}"`);
    for (const [from, to] of edits) {
      if (!text.includes(from)) throw new Error(`the policy has no ${from}`);
      text = text.replace(from, to);
    }
    const args = ["policy", "publish", await this.sign(text, "next"), "--wait", "0", "--hub", `https://localhost:${this.port}`, "--pki", join(this.dir, "pki")];
    // Test boxes give no receipt: that is told by the exit code, and the version is published all the same.
    await this.velum(...args).catch((error) => {
      if (!error.stdout?.includes(version)) throw error;
    });
  }

  async start() {
    this.printed = "";
    let log = "";
    this.process = spawn(join(programs, "velum-hub"), ["run", "--print-setup-link", "--config", this.config], { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout.on("data", (data) => (this.printed += data));
    this.process.stderr.on("data", (data) => (log += data));
    this.process.stderr.pipe(createWriteStream(join(this.dir, "hub.log"), { flags: "a" }));
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    await until("the hub is ready", () => {
      if (this.process.exitCode !== null) throw new Error(`velum-hub ended:\n${log}`);
      return log.includes("the hub is ready");
    });
  }

  /** As an administrator stops it. */
  async stop() {
    this.process.kill("SIGTERM");
    await this.ended;
  }

  /** `velum stills get` with the operator's certificate; gives where the picture was written. */
  async still(eventId) {
    const file = join(this.dir, "still.jpg");
    const args = ["stills", "get", eventId, "--purpose", "plaza-safety", "--reason", "who left it?", "-o", file];
    const printed = (await run(join(programs, "velum"), [...args, "--hub", `https://localhost:${this.port}`, "--pki", join(this.dir, "pki")])).stdout;
    return { file, printed };
  }

  setupLink() {
    return until("a set-up link", () => /https:\/\/\S+#setup=\S+/.exec(this.printed)?.[0]);
  }

  async command(...args) {
    return (await run(join(programs, "velum-hub"), [...args, "--config", this.config])).stdout.trim();
  }

  log() {
    return readFile(join(this.dir, "hub.log"), "utf8");
  }

  /** What `velum audit verify` says of the log; the hub must have stopped. */
  async auditVerified() {
    const data = join(this.dir, "data");
    return (await run(join(programs, "velum"), ["audit", "verify", join(data, "audit"), "--key", join(data, "audit.pub")])).stdout;
  }

  /** What `velum audit verify` says of a zipped pack. */
  async packVerified(archive, key) {
    const folder = join(this.dir, "unzipped");
    for (const [name, bytes] of entries(await readFile(archive))) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    const file = join(this.dir, "pack.pub");
    await writeFile(file, `${key}\n`);
    return (await run(join(programs, "velum"), ["audit", "verify", join(folder, "audit-pack"), "--key", file])).stdout;
  }

  async auditText() {
    return (await run(join(programs, "velum"), ["audit", "tail", "--lines", "0", join(this.dir, "data/audit")])).stdout;
  }

  async enrol(name) {
    const token = await this.command("enroll", name);
    const key = join(this.dir, `${name}.key`);
    const request = join(this.dir, `${name}.csr`);
    await run("openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=box", "-keyout", key, "-outform", "DER", "-out", request]);
    const authority = await readFile(join(this.dir, "pki/authority.pem"));
    const client = new Enrolment(`localhost:${this.enrolPort}`, grpc.credentials.createSsl(authority));
    const [secret, csr_der] = [secretOf(token), await readFile(request)];
    const answer = await new Promise((resolve, reject) => {
      client.Enrol({ token_secret: secret, csr_der }, (error, value) => (error ? reject(error) : resolve(value)));
    });
    client.close();
    const certificate = `-----BEGIN CERTIFICATE-----\n${answer.certificate_der.toString("base64").replace(/(.{64})/g, "$1\n")}\n-----END CERTIFICATE-----\n`;
    const credentials = grpc.credentials.createSsl(authority, await readFile(key), Buffer.from(certificate));
    return new Box(this.port, credentials, this.policyDigest);
  }
}

/** Field 4 of the token's message, a text. */
function secretOf(token) {
  const bytes = Buffer.from(token.replace(/^velum1\./, ""), "base64url");
  for (let at = 0; at < bytes.length; ) {
    const field = bytes[at] >> 3;
    let length = 0;
    let shift = 0;
    let next = at + 1;
    do {
      length |= (bytes[next] & 0x7f) << shift;
      shift += 7;
    } while (bytes[next++] & 0x80);
    if ((bytes[at] & 7) !== 2) {
      at = next;
      continue;
    }
    if (field === 4) return bytes.subarray(next, next + length).toString();
    at = next + length;
  }
  throw new Error("no secret in the token");
}

export class Box {
  constructor(port, credentials, policyDigest) {
    this.policyDigest = policyDigest;
    this.address = `localhost:${port}`;
    this.credentials = credentials;
    this.incarnation = randomBytes(16);
    this.sequence = 1;
    this.requests = [];
    /** What it says to a request for a still: {still} or {refused}; null: nothing. */
    this.stillAnswer = null;
    /** Which orders it does, and what it has for exercises. */
    this.abilities = {};
    /** The orders that it was given, the newest last. */
    this.orders = [];
    /** What it says to an order; null: nothing. */
    this.orderAnswer = null;
  }

  async connect() {
    this.client = new Uplink(this.address, this.credentials);
    this.stream = this.client.Connect();
    let acknowledged = -1;
    this.stream.on("error", () => undefined);
    this.stream.on("data", (message) => {
      if (message.welcome) acknowledged = message.welcome.acknowledged ?? 0;
      if (message.ack) this.acknowledged = message.ack.acknowledged;
      if (message.still_request) this.answer(message.still_request);
      if (message.settings_offer) this.offered(message.settings_offer);
      if (message.suspensions) this.suspend(message.suspensions.suspensions ?? []);
      const order = message.suppression_order ?? message.exercise_order;
      if (order) {
        this.orders.push(order);
        const answer = this.orderAnswer?.(order);
        if (answer) this.stream.write(answer);
      }
    });
    const hello = { incarnation: this.incarnation, oldest_sequence: 1, next_sequence: this.sequence, policy_digest: this.policyDigest, model_digests: [Buffer.alloc(32, 4)], version: "velum-edge 0.1.0", ...this.abilities };
    this.stream.write({ hello });
    await until("a welcome", () => acknowledged >= 0);
  }

  answer(request) {
    this.requests.push(request);
    if (this.stillAnswer) this.stream.write({ still_answer: { request_id: request.request_id, ...this.stillAnswer } });
  }

  /** Tells how it stands as a machine, and from then on what it holds of suspensions. */
  tell(state) {
    this.state = state;
    this.stream.write({ box_state: state });
  }

  /** Tells the settings of its one camera, and from then on answers what is offered for it. `judge` gives problems, plane and outcome. */
  has(camera, settings, judge) {
    this.camera = { camera, settings, judge };
    this.report(false);
    // Offers are for boxes that tell of themselves.
    this.tell({ version: "0.1.0", cameras: [camera] });
  }

  report(from_hub) {
    const { camera, settings } = this.camera;
    const settings_json = JSON.stringify(settings);
    this.stream.write({ settings_report: { camera, settings_json, digest: sha256(settings_json), from_hub, takes_settings: true } });
  }

  offered(offer) {
    if (!this.camera) return;
    const settings = JSON.parse(offer.settings_json);
    const { problems = [], plane, outcome } = this.camera.judge(settings, offer);
    const decided = outcome ?? (problems.length > 0 ? "REFUSED" : offer.check_only ? "CHECKED" : "IN_FORCE");
    if (decided === "IN_FORCE") this.camera.settings = settings;
    const digest = sha256(JSON.stringify(this.camera.settings));
    this.stream.write({ settings_receipt: { offer_id: offer.offer_id, camera: offer.camera, outcome: `OUTCOME_${decided}`, problems, digest, ...(plane ? { plane } : {}) } });
    if (decided === "IN_FORCE") this.report(true);
  }

  suspend(suspensions) {
    if (!this.state) return;
    this.suspended = suspensions;
    this.tell({ ...this.state, suspensions: suspensions.map(({ id }) => ({ id })) });
  }

  disconnect() {
    this.stream.cancel();
    this.client.close();
  }

  /** Sends records with the next numbers, and waits until they are stored. */
  async send(...ends) {
    const released = (end) => (end.event && !end.event.policy_digest ? { event: { ...end.event, policy_digest: this.policyDigest } } : end);
    const records = ends.map((end) => ({ sequence: this.sequence++, ...released(end) }));
    this.stream.write({ batch: { records } });
    const last = this.sequence - 1;
    if (this.jumped) return until("stored", () => new Promise((resolve) => setTimeout(() => resolve(true), 200)));
    return until(`number ${last} is acknowledged`, () => this.acknowledged >= last);
  }

  /** Numbers that never come. */
  jump(count) {
    this.sequence += count;
    this.jumped = true;
  }

  cover(bins) {
    this.stream.write({ coverage: { bins } });
  }
}

const sha256 = (text) => createHash("sha256").update(text).digest();

export const ids = () => randomBytes(16);

/** The files of an archive, by its central directory (APPNOTE.TXT, 4.3.12). */
function entries(zip) {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"));
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const [packed, name, more, comment] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    const local = zip.readUInt32LE(at + 42);
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const file = [zip.toString("utf8", at + 46, at + 46 + name), inflateRawSync(zip.subarray(begin, begin + packed))];
    at += 46 + name + more + comment;
    return file;
  });
}
