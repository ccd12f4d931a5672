#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Checks the Grafana dashboard of tools/fleet, without a Grafana.

It has to fit its schema; panels have ids of their own, and places; what they ask for
are metrics that there are, by labels that these have; and each metric is asked for by
a panel or a rule. With METRICS, what "hugecontig stats --prometheus" has printed, the
metrics are those. Prints a line for each thing that is wrong. Exit code: 1 if there is
one.
"""
import argparse
import itertools
import json
import pathlib
import re
import sys

FLEET = pathlib.Path(__file__).resolve().parent.parent / "tools" / "fleet"

# What the program prints, by the labels that it has.
CONTRACT = {
    "hugecontig_loaded": set(),
    "hugecontig_enabled": set(),
    "hugecontig_info": {"version", "kernel", "mode"},
    "hugecontig_requests_total": set(),
    "hugecontig_requests_ok_total": set(),
    "hugecontig_requests_failed_total": {"reason"},
    "hugecontig_pages_replaced_total": {"node"},
    "hugecontig_pages_migrated_total": {"node"},
    "hugecontig_gigantic_given_up_total": set(),
    "hugecontig_observed_pages_total": {"action"},
    "hugecontig_settled_total": set(),
    "hugecontig_enomem_total": set(),
    "hugecontig_interrupted_total": set(),
    "hugecontig_busy_total": {"reason"},
    "hugecontig_ruled_out_total": {"reason"},
    "hugecontig_second_passes_total": set(),
    "hugecontig_second_passes_ok_total": set(),
    "hugecontig_second_passes_out_of_time_total": set(),
    "hugecontig_request_seconds": {"le"},
    "hugecontig_replace_seconds": {"le"},
    "hugecontig_migrate_seconds": {"le"},
    "hugecontig_pool_pages": {"node", "size_kb", "state"},
    "hugecontig_pool_reserved_pages": {"size_kb"},
    "hugecontig_pool_configured_pages": {"size_kb"},
    "hugecontig_virtio_mem_plugged_bytes": set(),
}

# What others bring: the node exporter, and Prometheus itself.
EXPORTER = {
    "node_boot_time_seconds": set(),
    "node_textfile_mtime_seconds": {"file"},
    "node_textfile_scrape_error": set(),
}
PROMETHEUS = {"up": set(), "ALERTS": {"alertname", "alertstate", "problem", "reason"}}

# What Prometheus gives to all of them.
TARGET_LABELS = {"instance", "job"}

# Of Grafana itself.
OWN_VARIABLES = {"__rate_interval"}

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
SELECTOR = re.compile(r"\{([^{}]*)\}")
GROUPING = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
RANGE = re.compile(r"\[[^\]]*\]")
# What is no function, and no duration as in "offset 15m".
NAME = re.compile(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])")
KEYWORDS = {"and", "or", "unless", "offset", "bool"}
LEGEND_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
PART = re.compile(r"_(?:bucket|sum|count)$")


def samples(text):
    """The samples of a file in Prometheus' text format: (name, labels) and values. An
    le is a number: programs differ in how they write it."""
    found = {}
    for line in text.splitlines():
        sample = SAMPLE.match(line)
        if sample:
            labels = dict(LABEL.findall(sample[2] or ""))
            if "le" in labels:
                labels["le"] = float(labels["le"])
            key = sample[1], frozenset(labels.items())
            found[key] = float(sample[3])
    return found


def base(name):
    """The metric that a name of a sample stands for."""
    short = PART.sub("", name)
    return short if "le" in CONTRACT.get(short, ()) else name


def printed(text):
    """The metrics of a file, by the labels that they have."""
    found = {}
    for name, labels in samples(text):
        found.setdefault(base(name), set()).update(label for label, _ in labels)
    return found


def names_in(expr):
    """The metrics that an expression asks for."""
    text = RANGE.sub(" ", GROUPING.sub(" ", SELECTOR.sub(" ", STRING.sub('""', expr))))
    return set(NAME.findall(text)) - KEYWORDS


def labels_in(expr):
    """The labels that an expression selects or groups by."""
    text = STRING.sub('""', expr)
    found = set()
    for selector in SELECTOR.findall(text):
        found.update(re.findall(r"(\w+)\s*[=!]", selector))
    for grouping in GROUPING.findall(text):
        found.update(re.findall(r"\w+", grouping))
    return found


class Dashboard:
    """The dashboard, and what can be wrong with it."""

    def __init__(self, path):
        self.model = json.loads(path.read_text(encoding="utf-8"))

    def panels(self):
        """Those with something in them: no rows."""
        return [panel for panel in self.model["panels"] if panel["type"] != "row"]

    def queries(self):
        """(where it is, query) of all that Prometheus is asked for."""
        for panel in self.panels():
            for target in panel["targets"]:
                yield f"panel {panel['id']} {target['refId']}", target
        for number, annotation in enumerate(self.model["annotations"]["list"]):
            if "target" in annotation:
                yield f"annotation {number}", annotation["target"]

    def variables(self):
        """The names of its variables."""
        return {variable["name"] for variable in self.model["templating"]["list"]}

    def against_schema(self, path):
        """What does not fit the schema."""
        # The rest is of use without this package, too.
        import jsonschema  # pylint: disable=import-outside-toplevel
        schema = json.loads(path.read_text(encoding="utf-8"))
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        for error in kind(schema).iter_errors(self.model):
            where = "/".join(str(part) for part in error.absolute_path)
            yield f"{where or 'top'}: {error.message[:300]}"

    def layout(self):
        """Ids that are there twice, and panels on each other or over the edge."""
        for one, other in itertools.combinations(self.model["panels"], 2):
            if one["id"] == other["id"]:
                yield f"id {one['id']} is there twice"
            first, second = one["gridPos"], other["gridPos"]
            if all(first[start] < second[start] + second[size] and
                   second[start] < first[start] + first[size]
                   for start, size in ("xw", "yh")):
                yield f"panels {one['id']} and {other['id']} overlap"
        for panel in self.model["panels"]:
            if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24:
                yield f"panel {panel['id']} is wider than the dashboard"
        for panel in self.panels():
            letters = [target["refId"] for target in panel["targets"]]
            if len(set(letters)) != len(letters):
                yield f"panel {panel['id']} has a refId twice"

    def asked(self, metrics):
        """Metrics, labels and variables that are not there; what does not keep to the
        host that was chosen."""
        known = {**metrics, **EXPORTER, **PROMETHEUS}
        for where, query in self.queries():
            expr = query["expr"]
            names = {base(name) for name in names_in(expr)}
            for name in names - set(known):
                yield f"{where}: there is no metric {name}"
            labels = TARGET_LABELS.union(*(known.get(name, ()) for name in names))
            used = labels_in(expr) | set(LEGEND_LABEL.findall(
                query.get("legendFormat", "")))
            for label in used - labels:
                yield f"{where}: none of its metrics has a label {label}"
            for name in set(VARIABLE.findall(expr)) - self.variables() - OWN_VARIABLES:
                yield f"{where}: there is no variable {name}"
            # One selector for each name, whatever is done with it.
            selectors = SELECTOR.findall(expr)
            if not all('instance=~"$instance"' in text for text in selectors) or \
                    len(selectors) < len(names):
                yield f"{where}: not of the chosen hosts only"

        for variable in self.model["templating"]["list"]:
            for name in re.findall(r"\bhugecontig_\w+", json.dumps(variable)):
                if name not in metrics:
                    yield f"variable {variable['name']}: there is no metric {name}"

    def used(self):
        """The metrics that it asks for."""
        return {base(name) for _, query in self.queries()
                for name in names_in(query["expr"])}

    def as_rules(self):
        """A rule file that asks for the same, for promtool and Prometheus."""
        rules = []
        for where, query in self.queries():
            expr = query["expr"].replace("$__rate_interval", "5m") \
                .replace("$instance", ".*")
            rules.append({"record": "dashboard:" + where.replace(" ", "_"),
                          "expr": expr})
        # JSON is YAML, too.
        return json.dumps({"groups": [{"name": "dashboard", "rules": rules}]},
                          indent=1)


def names_in_rules(path):
    """The metrics of ours that are named in a rule file, but for its comments."""
    lines = (line for line in path.read_text(encoding="utf-8").splitlines()
             if not line.lstrip().startswith("#"))
    return {base(name) for name in re.findall(r"\bhugecontig_\w+", "\n".join(lines))}


def contract_and_program(metrics):
    """Where the program and the contract differ."""
    for name in sorted(set(CONTRACT) - set(metrics)):
        yield f"the program does not print {name}"
    for name in sorted(set(metrics) - set(CONTRACT)):
        yield f"the program prints {name}, which is not in the contract"
    for name in sorted(set(metrics) & set(CONTRACT)):
        if metrics[name] != CONTRACT[name]:
            yield (f"the program prints {name} with the labels "
                   f"{sorted(metrics[name])}, not {sorted(CONTRACT[name])}")


def complaints(dashboard, options):
    """One line for each thing that is wrong."""
    wrong = list(dashboard.against_schema(options.schema))
    if wrong:
        # What follows relies on keys that may not be there.
        yield from wrong
        return
    yield from dashboard.layout()
    metrics = CONTRACT
    if options.metrics:
        metrics = printed(options.metrics.read_text(encoding="utf-8"))
        yield from contract_and_program(metrics)
    yield from dashboard.asked(metrics)
    in_rules = names_in_rules(options.rules)
    for name in sorted(in_rules - set(metrics)):
        yield f"the rules name {name}, which is no metric"
    for name in sorted(set(metrics) - dashboard.used() - in_rules):
        yield f"no panel and no rule has {name}"


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", nargs="?", type=pathlib.Path,
                        help="what hugecontig stats --prometheus printed")
    for name, file in (("dashboard", "hugecontig.dashboard.json"),
                       ("schema", "dashboard.schema.json"),
                       ("rules", "hugecontig.rules.yml")):
        parser.add_argument(f"--{name}", type=pathlib.Path, default=FLEET / file,
                            help="another one than that of tools/fleet")
    parser.add_argument("--as-rules", action="store_true",
                        help="print what the panels ask for as a rule file, and "
                        "check nothing")
    options = parser.parse_args()
    dashboard = Dashboard(options.dashboard)
    if options.as_rules:
        print(dashboard.as_rules())
        return 0
    wrong = list(complaints(dashboard, options))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
