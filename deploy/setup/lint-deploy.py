"""Lints the chart of the hub: Helm's own linter and templates (its Go library in a wheel; the same code as the program), Kubernetes' schemas,
what the *restricted* profile of Pod Security asks for, and, where velum-hub is built, whether it understands the rendered hub.toml.

    lint-deploy.py
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import helm_python as helm
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/velum-hub"
KUBERNETES = ["1.29", "1.33", "1.37"]
# Of the Prometheus operator: no schema of Kubernetes has it.
NOT_OF_KUBERNETES = {"ServiceMonitor"}
# Public keys of nobody: examples/demo.toml.
APPROVERS = """quorum = 2
approvers = ["ed25519:cBBiZG3eZw2eKu/Tflp9/tOE0gzvTLbIodpAdccN8BU=", "ed25519:3zGsaNO0RSTpXSiMN3V4KjtOpgCHO7jFToHgTL3szYA="]
"""
# Each must be refused by the chart's schema.
REFUSED = [
    {"publicHost": ""},
    {"image": {"repository": "r", "tag": "latest"}},
    {"pki": {"secretName": "Not A Name"}},
    {"replicas": 0},
    {"nats": {"servers": ["nats://nats:4222"]}},
    {"secretNames": ["../etc"]},
    {"extraToml": "data_dir = \"/elsewhere\"\n"},
    {"networkPolicy": {"browsers": [{}]}},
]
# Each must be refused when it is rendered, with these words.
IMPOSSIBLE = [
    ({"replicas": 2}, "more than one hub needs database.host"),
    ({"nats": {"servers": ["tls://nats:4222"]}}, "set database.host"),
    ({"database": {"host": "db"}}, "networkPolicy.database"),
    ({"database": {"host": "db"}, "networkPolicy": {"enabled": False}, "persistence": {"existingClaim": "old"}}, "a claim of its own"),
    ({"database": {"host": "db"}, "networkPolicy": {"enabled": False}, "backups": {"existingClaim": "old"}}, "server's own tools"),
    ({"nats": {"user": "hub"}}, "both, or neither"),
]


def fail(words: str) -> None:
    sys.exit(f"lint-deploy: {words}")


def refused(chart: helm.Chart, values: dict) -> bool:
    try:
        chart.validate_schema(values)
    except helm.HelmError:
        return True
    return False


def rendered(chart: helm.Chart, values: dict) -> list[dict]:
    files = chart.render(values, name="city", namespace="velum")
    return [one for name, text in files.items() if name.endswith(".yaml") for one in yaml.safe_load_all(text) if one]


def restricted(pod: dict) -> None:
    """The profile of https://kubernetes.io/docs/concepts/security/pod-security-standards/, as far as a pod names it, and more."""
    whole, (container,) = pod["securityContext"], pod["containers"]
    own = container["securityContext"]
    names = [volume["name"] for volume in pod["volumes"]]
    kinds = {key for volume in pod["volumes"] for key in volume if key != "name"}
    holds = {
        "runs as somebody, not as root": whole["runAsNonRoot"] is True and whole["runAsUser"] > 0,
        "seccomp": whole["seccompProfile"] == {"type": "RuntimeDefault"},
        "no new privileges": own["allowPrivilegeEscalation"] is False and own["privileged"] is False,
        "no capabilities": own["capabilities"] == {"drop": ["ALL"]},
        "read-only root": own["readOnlyRootFilesystem"] is True,
        "no token of the cluster": pod["automountServiceAccountToken"] is False,
        "a name for each volume": len(names) == len(set(names)),
        "volumes": kinds <= {"configMap", "emptyDir", "persistentVolumeClaim", "secret"},
        "nothing of the host": not {"hostNetwork", "hostPID", "hostIPC", "hostAliases"} & set(pod),
        "no port of the host": all("hostPort" not in port for port in container["ports"]),
        "no secret in a variable": "env" not in container and "envFrom" not in container,
        "an end to its memory": "memory" in container["resources"]["limits"],
    }
    for rule, does in holds.items():
        if not does:
            fail(f"the pod: {rule} does not hold")


def check_configuration(text: str) -> str:
    programs = [ROOT / "target" / kind / "velum-hub" for kind in ("release", "debug")]
    program = next((one for one in programs if one.exists()), None)
    if program is None:
        return "velum-hub is not built: hub.toml was NOT read by it"
    with tempfile.TemporaryDirectory() as folder:
        approvers, config = Path(folder, "approvers.toml"), Path(folder, "hub.toml")
        approvers.write_text(APPROVERS)
        config.write_text(text.replace("/etc/velum/policy/approvers.toml", str(approvers)))
        done = subprocess.run([program, "check", "--config", config, "--format", "json"], capture_output=True, text=True)
    # What is missing on this machine is no fault of the chart; a key that the hub does not know is.
    findings = json.loads(done.stdout or "[]")
    findings = findings if isinstance(findings, list) else findings["findings"]
    whole = [one for one in findings if one["subject"] == "configuration"]
    if not whole or any(one["verdict"] != "ok" for one in whole):
        fail(f"velum-hub does not understand the rendered hub.toml: {whole}{done.stderr}\n{text}")
    return "velum-hub reads its hub.toml"


def main() -> None:
    with helm.Chart.load(str(CHART)) as chart:
        least = yaml.safe_load((CHART / "ci/least-values.yaml").read_text())
        if not refused(chart, {}):
            fail("the chart takes values that name no image, host and secret")
        for change in REFUSED:
            if not refused(chart, least | change):
                fail(f"the chart takes {change}")
        for change, words in IMPOSSIBLE:
            try:
                rendered(chart, least | change)
            except helm.HelmError as error:
                if words not in str(error):
                    fail(f"the chart refuses {change} with other words: {error}")
            else:
                fail(f"the chart is rendered with {change}")
        # Nothing but comments below a key.
        rendered(chart, least | {"database": None, "nats": None, "networkPolicy": {"egress": None}})
        for name in ("least", "all", "several"):
            values = yaml.safe_load((CHART / f"ci/{name}-values.yaml").read_text())
            # Severities 2 and 3 are warnings and errors; 1 wishes for an icon.
            if found := [one for one in helm.lint(str(CHART), values, strict=True)["messages"] if one["severity"] > 1]:
                fail(f"helm lint, {name} values: {found}")
            objects = rendered(chart, values)
            for one in objects:
                for version in KUBERNETES if one["kind"] not in NOT_OF_KUBERNETES else []:
                    kubernetes_validate.validate(one, version, strict=True)
            by_kind = {one["kind"]: one for one in objects}
            of_names = [(one["kind"], one["metadata"]["name"]) for one in objects]
            if len(of_names) != len(set(of_names)):
                fail(f"two objects of one name: {of_names}")
            restricted(by_kind["StatefulSet"]["spec"]["template"]["spec"])
            words = check_configuration(by_kind["ConfigMap"]["data"]["hub.toml"])
            rules = by_kind["NetworkPolicy"]["spec"]
            if any(not rule.get("from") for rule in rules["ingress"] or []):
                fail("the network policy lets everybody in somewhere")
            print(f"chart velum-hub, {name} values: {len(objects)} objects; Kubernetes {', '.join(KUBERNETES)}; restricted; {words}")


main()
