// Runs the clients of ../python and ../typescript against real programs: a hub, a box, certificates, a published policy.
// They lie where deploy/setup/test-clients.sh built them, below CLIENTS.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as scenes from "../../../hub/console/tests/scenes.mjs";
import { freePorts, Hub, until } from "../../../hub/console/tests/town.mjs";

/** The recipient of docs/integration/grpc.md, put into the demonstration's policy. */
const page = await readFile(new URL("../../../docs/integration/grpc.md", import.meta.url), "utf8");
const recipient = /```toml\n(\[\[recipient\]\][^]*?)```/.exec(page)[1];
const programs = {
  python: ["venv/bin/python", "python/follow.py"],
  typescript: ["node", "typescript/dist/follow.js", "--proto", join(process.env.CLIENTS, "typescript/proto")],
};

/** A client with a certificate and a cursor of its own. */
class Client {
  static all = [];

  constructor(language, operator, hub, more = []) {
    Client.all.push(this);
    const [program, file, ...rest] = programs[language];
    this.program = program.includes("/") ? join(process.env.CLIENTS, program) : program;
    this.cursorFile = join(hub.dir, `${operator}.cursor`);
    this.args = [join(process.env.CLIENTS, file), ...rest, "--hub", `localhost:${hub.port}`, "--pki", join(hub.dir, "pki"), "--operator", operator];
    this.args.push("--cursor-file", this.cursorFile, "--export", "--reason", "dispatch sends the stewards", ...more);
    this.events = [];
    this.remarks = "";
  }

  start(...more) {
    this.process = spawn(this.program, [...this.args, ...more], { stdio: ["ignore", "pipe", "pipe"] });
    let line = "";
    this.process.stdout.on("data", (data) => {
      const lines = (line + data).split("\n");
      line = lines.pop();
      this.events.push(...lines.map((one) => JSON.parse(one)));
    });
    this.process.stderr.on("data", (data) => (this.remarks += data));
    this.ended = new Promise((resolve) => this.process.on("close", resolve));
    return this;
  }

  /** Its exit code; within five seconds, or it hangs. */
  async stop(signal = "SIGINT") {
    this.process.kill(signal);
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`does not end: ${this.remarks}`)), 5_000).unref());
    return Promise.race([this.ended, late]);
  }

  async cursor() {
    return Number(await readFile(this.cursorFile, "utf8"));
  }

  sequences() {
    return this.events.map((one) => Number(one.record.sequence));
  }

  got(count) {
    return until(`${count} events, found ${this.events.length}`, () => this.events.length >= count);
  }

  said(pattern) {
    return until(`${pattern} is said`, () => pattern.test(this.remarks)).catch((error) => {
      throw new Error(`${error.message}; said was:\n${this.remarks}`);
    });
  }
}

const upTo = (last, without = []) => Array.from({ length: last }, (_, index) => index + 1).filter((one) => !without.includes(one));

async function operator(hub, name, role) {
  await hub.velum("pki", "operator", name, "--dir", join(hub.dir, "pki"));
  if (role) await hub.command("recipient", "give", role, name, "--operator");
  return name;
}

function testsOf(language, hub, box) {
  const name = `follower-${language}`;
  let client;
  return {
    async "all that the hub has comes in order, and what is no event is told"() {
      client = new Client(language, await operator(hub, name, "dispatch-system"), hub).start("--from-start");
      await client.got(3);
      assert.deepEqual(client.sequences(), [1, 2, 4]);
      await client.said(/number 3 of tram-hub-3 is no event: .*schedule/s);
      const { event } = client.events[0].record;
      assert.deepEqual([event.kind, event.state, event.camera, event.zone], ["EVENT_KIND_ABANDONED_OBJECT", "EVENT_STATE_RAISED", "plaza-2", "steps"]);
      assert.deepEqual([event.confidence, event.explanation, event.abandoned_object.dwell], [undefined, undefined, undefined], "only the recipient's fields");
    },

    async "what comes live arrives; after Ctrl-C nothing comes twice and nothing is missed"() {
      await box.send(scenes.bag(), scenes.crowd());
      await client.got(5);
      assert.equal(await client.stop(), 0);
      assert.equal(await client.cursor(), 6);
      assert.match(client.remarks, /ended; everything up to cursor 6 is handled/);
      await box.send(scenes.bag(), scenes.crowd(), scenes.camera("DARK"));
      client.start();
      await client.got(8);
      await box.send(scenes.bag());
      await client.got(9);
      assert.deepEqual(client.sequences(), upTo(10, [3]));
    },

    async "a hub that was away is found again by itself"() {
      await hub.stop();
      await client.said(/the hub is away/);
      await hub.start();
      await box.connect();
      await box.send(scenes.bag());
      await client.got(10);
      assert.deepEqual(client.sequences(), upTo(11, [3]));
    },

    async "its certificate is renewed beside it, and counts from its next connection on"() {
      const file = join(hub.dir, "pki", `${name}.pem`);
      const before = await readFile(file, "utf8");
      const renew = ["pki", "renew", "--hub", `https://localhost:${hub.port}`, "--pki", join(hub.dir, "pki"), "--operator", name];
      assert.match(await hub.velum(...renew), /holds for 82\d days; it is renewed when a third/);
      assert.equal(await readFile(file, "utf8"), before);
      assert.match(await hub.velum(...renew, "--now"), /renewed; holds for 82\d days/);
      assert.notEqual(await readFile(file, "utf8"), before);
      await client.stop();
      client.start();
    },

    async "killed at any moment nothing is missed"() {
      const sending = box.send(...Array.from({ length: 40 }, () => scenes.bag()));
      await client.got(11);
      await client.stop("SIGKILL");
      await sending;
      client.start();
      await until("the last", () => client.sequences().includes(51));
      assert.deepEqual([...new Set(client.sequences())], upTo(51, [3]));
      assert.ok(client.events.length <= 51, "at most the one that was being handled came twice");
    },

    async "missing numbers are told, and what is held back"() {
      box.jump(3);
      await box.send(scenes.bag());
      await client.said(/numbers 52 to 54 of tram-hub-3 have not arrived at the hub/);
      await box.send(scenes.ofAnotherPolicy());
      await client.said(/1 event\(s\) are released under a policy that this hub does not know/);
    },

    async "without the file what is new counts, from the first start on"() {
      const late = new Client(language, name, hub);
      late.cursorFile += ".late";
      late.args[late.args.indexOf("--cursor-file") + 1] = late.cursorFile;
      late.start();
      const from = await until("a cursor before any event", () => late.cursor().catch(() => 0));
      assert.equal(await late.stop("SIGTERM"), 0);
      await box.send(scenes.crowd());
      late.start();
      await late.got(1);
      assert.equal(late.events.length, 1);
      assert.ok(Number(late.events[0].cursor) > from);
      assert.equal(await late.stop(), 0);
      await writeFile(late.cursorFile, "12 or so");
      late.start();
      assert.equal(await late.ended, 1);
      assert.match(late.remarks, /holds no cursor; delete it to begin anew/);
    },

    async "who has no role is told so, gets nothing, and begins as soon as there is one"() {
      const stranger = new Client(language, await operator(hub, `stranger-${language}`), hub).start("--from-start");
      await stranger.said(new RegExp(`all events are for recipients of the policy, and you are none: \`velum-hub recipient give ROLE stranger-${language} --operator\``));
      assert.deepEqual(stranger.events, []);
      await hub.command("recipient", "give", "dispatch-system", `stranger-${language}`, "--operator");
      await box.send(scenes.bag());
      await stranger.got(1);
      await hub.command("revoke", `stranger-${language}`, "--operator");
      assert.equal(await stranger.ended, 1);
      assert.match(stranger.remarks, /the hub refused: this operator's certificates were revoked/);
      stranger.start();
      assert.equal(await stranger.ended, 1, "and it does not ask again and again");
    },

    async "a recipient that may not take anything out is told what is in the way"() {
      const steward = new Client(language, await operator(hub, `steward-${language}`, "plaza-steward"), hub).start("--from-start");
      await steward.said(/event\(s\) are not to be taken out by your recipient/);
      assert.deepEqual([steward.events, await steward.stop()], [[], 0]);
    },

    async "files of another town, and missing ones, are told"() {
      const other = join(hub.dir, `other-${language}`);
      await hub.velum("pki", "init", "--dir", other, "--hub-name", "localhost");
      const foreign = new Client(language, "operator", hub, ["--pki", other]).start();
      await foreign.said(/the hub is away \(.+\); asking again in/);
      assert.equal(await foreign.stop(), 0, "it ends while it waits");
      const nobody = new Client(language, "nobody", hub).start();
      assert.equal(await nobody.ended, 1);
      assert.match(nobody.remarks, /nobody\.(pem|key).* --pki is a folder with authority\.pem/);
    },

    async "it ends in order"() {
      assert.equal(await client.stop("SIGTERM"), 0);
    },
  };
}

/** The hub's figures arrive at a receiver made of the official messages of OpenTelemetry, and at a collector, which hands them on to it. */
function testsOfOtlp(hub, box) {
  /** What the receiver prints of the first message, sent to the address that `to` gives for its own. */
  const first = async (to) => {
    const receiver = spawn(join(process.env.CLIENTS, "venv/bin/python"), [new URL("otlp_receiver.py", import.meta.url).pathname], { stdio: ["ignore", "pipe", "inherit"] });
    const before = await readFile(hub.config, "utf8");
    try {
      let printed = "";
      receiver.stdout.on("data", (data) => (printed += data));
      const lines = () => printed.split("\n").filter(Boolean);
      await until("the receiver listens", () => printed.includes("\n"));
      const url = await to(`http://127.0.0.1:${lines()[0]}`);
      box.disconnect();
      await hub.stop();
      await writeFile(join(hub.dir, "otlp-header"), "X-Key: open sesame\n", { mode: 0o600 });
      await writeFile(hub.config, `${before}[otlp]\nurl = "${url}"\nallow_private = true\nevery_secs = 10\nheader_file = "otlp-header"\n`);
      await hub.start();
      await until("figures arrive", () => lines().length > 1);
      return JSON.parse(lines()[1]);
    } finally {
      receiver.kill("SIGKILL");
      await writeFile(hub.config, before);
    }
  };
  const asOnThePage = ({ resource, series }) => {
    assert.equal(resource["service.name"], "velum-hub");
    assert.deepEqual(series.velum_hub_boxes_known, ["gauge", [1]]);
    assert.equal(series.velum_hub_audit_failures[0], "sum");
    assert.ok(series.velum_hub_records[1].reduce((sum, one) => sum + one, 0) >= 4, "what the box sent");
    assert.ok(Object.keys(series).every((name) => name.startsWith("velum_hub_")));
  };
  return {
    async "the figures arrive, as the page for Prometheus has them"() {
      const told = await first((receiver) => receiver);
      assert.deepEqual(told.head, { path: "/v1/metrics", type: "application/x-protobuf", key: "open sesame" });
      asOnThePage(told);
    },

    async "a collector takes them, and hands them on as they are"() {
      const program = join(process.env.CLIENTS, "rotel/rotel/rotel-agent");
      if (!existsSync(program)) return console.log("skipped: there is no collector for this machine");
      const [http, grpc] = await freePorts(2);
      let collector;
      try {
        asOnThePage(await first(async (receiver) => {
          const files = ["pid", "log"].flatMap((kind) => [`--${kind}-file`, join(hub.dir, `collector.${kind}`)]);
          const places = ["--otlp-http-endpoint", `127.0.0.1:${http}`, "--otlp-grpc-endpoint", `127.0.0.1:${grpc}`];
          const on = ["--exporter", "otlp", "--otlp-exporter-protocol", "http", "--otlp-exporter-endpoint", receiver];
          collector = spawn(program, ["start", ...files, ...places, ...on], { stdio: "ignore" });
          return `http://127.0.0.1:${http}`;
        }));
      } finally {
        collector?.kill("SIGKILL");
      }
    },
  };
}

/** Events arrive at the libraries that others made of CloudEvents and Standard Webhooks. */
function testsOfWebhooks(hub, box) {
  return {
    async "an event and the message of a trial are verified and read by the standards' own libraries"() {
      const [secret, certificate, key] = ["dispatch.secret", "receiver.pem", "receiver.key"].map((name) => join(hub.dir, name));
      await writeFile(secret, `whsec_${Buffer.from("a secret of the tests of 32 bytes").toString("base64")}\n`, { mode: 0o600 });
      const asked = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key, "-out", certificate];
      const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
      await promisify(execFile)("openssl", [...asked, ...names]);
      const program = new URL("webhook_receiver.py", import.meta.url).pathname;
      const receiver = spawn(join(process.env.CLIENTS, "venv/bin/python"), [program, secret, certificate, key], { stdio: ["ignore", "pipe", "inherit"] });
      try {
        let printed = "";
        receiver.stdout.on("data", (data) => (printed += data));
        const lines = () => printed.split("\n").filter(Boolean);
        await until("the receiver listens", () => printed.includes("\n"));
        const url = `https://localhost:${lines()[0]}/velum`;
        const table = `[[connector]]\nname = "dispatch"\nkind = "webhook"\nrecipient = "dispatch-system"\nreason = "a trial"\nurl = "${url}"\n`;
        box.disconnect();
        await hub.stop();
        await writeFile(hub.config, `${await readFile(hub.config, "utf8")}${table}secret_file = "dispatch.secret"\nca_file = "receiver.pem"\nallow_private = true\n`);
        await hub.command("connector", "test", "dispatch");
        await until("the message of the trial", () => lines().length > 1);
        await hub.start();
        await box.connect();
        await box.send(scenes.bag());
        await until("the event", () => lines().length > 2);
        const [trial, event] = lines().slice(1).map((line) => JSON.parse(line));
        assert.equal(trial.type, "velum.test", JSON.stringify(trial));
        assert.equal(event.type, "velum.event.abandoned_object", JSON.stringify(event));
        assert.deepEqual([event.subject, event.data.end.kind, event.data.end.state, event.data.box], ["plaza-2", "abandoned_object", "raised", "tram-hub-3"]);
        assert.match(event.id, /^tram-hub-3\/[0-9a-f]{32}\/\d+$/);
        assert.equal(event.data.end.confidence, null, "only the recipient's fields");
      } finally {
        receiver.kill("SIGKILL");
      }
    },
  };
}

/** Debian's Prometheus reads the hub's page by the configuration and the rules of docs/integration/prometheus.md. */
function testsOfPrometheus(hub, box) {
  const folder = join(process.env.CLIENTS, "prometheus/usr/bin");
  return {
    async "it takes the page, and the rules of the manual judge what it says"() {
      const page = await readFile(new URL("../../../docs/integration/prometheus.md", import.meta.url), "utf8");
      const [scrape, rules] = [...page.matchAll(/```yaml\n([^]*?)```/g)].map((found) => found[1]);
      const [metrics, web] = await freePorts(2);
      box.disconnect();
      await hub.stop();
      await writeFile(hub.config, `metrics_listen = "127.0.0.1:${metrics}"\n${await readFile(hub.config, "utf8")}`);
      await hub.start();
      await writeFile(join(hub.dir, "rules.yml"), rules);
      const config = scrape.replace("127.0.0.1:9465", `127.0.0.1:${metrics}`).replace("scrape_interval: 30s", "scrape_interval: 1s");
      await writeFile(join(hub.dir, "prometheus.yml"), `global: {evaluation_interval: 1s}\nrule_files: ["rules.yml"]\n${config}`);
      await promisify(execFile)(join(folder, "promtool"), ["check", "config", join(hub.dir, "prometheus.yml")]);
      const args = [`--config.file=${join(hub.dir, "prometheus.yml")}`, `--storage.tsdb.path=${join(hub.dir, "tsdb")}`, `--web.listen-address=127.0.0.1:${web}`];
      const prometheus = spawn(join(folder, "prometheus"), args, { stdio: "ignore" });
      try {
        const ask = async (path) => (await (await fetch(`http://127.0.0.1:${web}/api/v1/${path}`)).json()).data;
        const value = async (query) => (await ask(`query?query=${encodeURIComponent(query)}`)).result[0]?.value[1];
        await until("Prometheus has read the page", async () => (await value('up{job="velum-hub"}').catch(() => undefined)) === "1");
        assert.equal(await value("velum_hub_boxes_known"), "1");
        assert.equal(await value('sum(velum_hub_records{end="event"})'), "3");
        assert.equal(await value("velum_hub_audit_failures_total"), "0");
        const judged = await until("the rules are judged", async () => {
          const found = (await ask("rules")).groups.flatMap((group) => group.rules);
          return found.length > 0 && found.every((rule) => rule.health !== "unknown") && found;
        });
        assert.deepEqual(judged.filter((rule) => rule.health !== "ok").map((rule) => rule.lastError), []);
        await until("a box that is away is seen", async () => (await ask("alerts")).alerts.some((alert) => alert.labels.alertname === "VelumBoxAway"));
      } finally {
        prometheus.kill("SIGKILL");
      }
    },
  };
}

const groups = { ...Object.fromEntries(Object.keys(programs).map((language) => [language, (hub, box) => testsOf(language, hub, box)])), otlp: testsOfOtlp, webhooks: testsOfWebhooks, prometheus: testsOfPrometheus };
let failed = 0;
let count = 0;
for (const [language, tests] of Object.entries(groups)) {
  const dir = await mkdtemp(join(tmpdir(), "velum-clients-"));
  try {
    const hub = await Hub.found(dir, 30, [["[human_oversight]", `${recipient}\n[human_oversight]`]]);
    const box = await hub.enrol("tram-hub-3");
    await box.connect();
    await box.send(scenes.bag(), scenes.crowd(), { withheld: { rule: "schedule" } }, scenes.camera("DARK"));
    for (const [name, test] of Object.entries(tests(hub, box))) {
      count += 1;
      await test();
      console.log(`ok      ${language}: ${name}`);
    }
  } catch (error) {
    failed += 1;
    console.error(`FAILED  ${language}: ${error.stack}`);
    // What follows builds on what went before.
    for (const one of Client.all) console.error(one.remarks);
  } finally {
    for (const one of Client.all) one.process?.kill("SIGKILL");
    for (const one of Hub.all) await one.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
console.log(failed === 0 ? `${count} passed` : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
