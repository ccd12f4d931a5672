#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""judge.py FILTERS GROUP: whether the filters of the role find what they shall, and no
more. The groups are the functions below."""
import importlib.util
import sys

HOST = {"loaded": "1", "enabled": "1", 'info{version="1",kernel="k",mode="act"}': "1",
        "requests_total": "100", "gigantic_given_up_total": "0",
        'requests_failed_total{reason="pinned"}': "5",
        'requests_failed_total{reason="none"}': "0",
        'pool_configured_pages{size_kb="2048"}': "64",
        'pool_configured_pages{size_kb="1048576"}': "4",
        'pool_pages{node="0",size_kb="2048",state="total"}': "40",
        'pool_pages{node="0",size_kb="2048",state="free"}': "7",
        'pool_pages{node="0",size_kb="2048",state="surplus"}': "6",
        'pool_pages{node="1",size_kb="2048",state="total"}': "30",
        'pool_pages{node="1",size_kb="2048",state="surplus"}': "0",
        'pool_pages{node="0",size_kb="1048576",state="total"}': "4"}
POOL = 'pool_configured_pages{size_kb="2048"}'
NODE = 'pool_pages{node="1",size_kb="2048",state="total"}'
GIGANTIC = 'pool_configured_pages{size_kb="1048576"}'
GIGANTIC_NODE = 'pool_pages{node="0",size_kb="1048576",state="total"}'
PINNED = 'requests_failed_total{reason="pinned"}'
ACT = 'info{version="1",kernel="k",mode="act"}'
OBSERVE = {ACT: None, 'info{version="1",kernel="k",mode="observe"}': "1"}
MORE = {"requests_total": "140"}


def text(*changes):
    """Metrics of the host, a sample for each change of it."""
    samples = []
    for change in changes:
        lines = ["# HELP hugecontig_loaded Whether the module is loaded."]
        lines += [f"hugecontig_{name} {value}" for name, value in (HOST | change).items()
                  if value is not None]
        samples.append("\n".join(lines) + "\n")
    return "\n".join(samples)


def result(*changes):
    """The same, as a command has it."""
    return {"rc": 0, "stdout": text(*changes)}


class Judge:
    """Counts what is not as it has to be."""

    def __init__(self, path):
        spec = importlib.util.spec_from_file_location("filters", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.filters = module.FilterModule.filters()
        self.wrong = 0

    def equal(self, what, found, expected):
        """One of them."""
        if found != expected:
            self.wrong += 1
            print(f"{what}: {found}, expected {expected}")

    def finds(self, what, changes, expected, last=True):
        """What holds after these changes, without its explanation: the name of the alert,
        and the label that there is several of."""
        found = self.filters["hugecontig_conditions"](
            result(*changes), result({}, {}, {}), 0.25, 10, last)
        self.equal(what, [": ".join(words.split(": ")[:2]) for words in found],
                   ["Hugecontig" + words for words in expected])


def pool(judge):
    """HugecontigPoolMoved."""
    changed, differs = "PoolMoved: changed", "PoolMoved: differs"
    grown = MORE | {POOL: "65", NODE: "31"}
    judge.finds("nothing", [{}] * 3, [])
    judge.finds("requests alone", [MORE] * 3, [])
    judge.finds("grown", [grown] * 3, [changed])
    judge.finds("shrunk", [MORE | {POOL: "63", NODE: "29"}] * 3, [changed])
    judge.finds("before the end, too", [grown] * 3, [changed], last=False)
    judge.finds("without requests", [{POOL: "65", NODE: "31"}] * 3, [])
    judge.finds("in one sample only", [MORE, grown, MORE], [])
    judge.finds("in two", [MORE, grown, grown], [changed])
    judge.finds("the nodes have more", [{NODE: "31"}] * 3, [differs])
    judge.finds("in two samples", [{NODE: "31"}, {}, {NODE: "31"}], [])
    judge.finds("both", [MORE | {POOL: "65"}] * 3, [changed, differs])
    judge.finds("surplus pages come", [MORE | {
        NODE: "35", 'pool_pages{node="1",size_kb="2048",state="surplus"}': "5"}] * 3, [])
    never = {"requests_total": "0"}
    judge.equal("and no request ever", judge.filters["hugecontig_conditions"](
        result(*[never | {NODE: "31"}] * 3), result(never), 0.25, 10), [])
    more = MORE | {GIGANTIC: "5", GIGANTIC_NODE: "5"}
    less = MORE | {GIGANTIC: "3", GIGANTIC_NODE: "3"}
    judge.finds("a 1 GiB page that was asked for", [more] * 3, [])
    judge.finds("one that was lost", [less] * 3, [changed])
    judge.finds("one that was given up",
                [less | {"gigantic_given_up_total": "1"}] * 3, [])
    judge.finds("and one of 2 MiB", [grown | {"gigantic_given_up_total": "1"}] * 3,
                [changed])


def requests(judge):
    """HugecontigRequestsFailing."""
    pinned, none = "RequestsFailing: pinned", "RequestsFailing: none"
    judge.finds("eleven of forty", [MORE | {PINNED: "16"}] * 3, [pinned])
    judge.finds("ten of forty are no more than a quarter", [MORE | {PINNED: "15"}] * 3, [])
    judge.finds("nine of nine are few",
                [{"requests_total": "109", PINNED: "14"}] * 3, [])
    judge.finds("ten of ten", [{"requests_total": "110", PINNED: "15"}] * 3, [pinned])
    judge.finds("before the end", [MORE | {PINNED: "45"}] * 3, [], last=False)
    judge.finds("no page known", [
        MORE | {'requests_failed_total{reason="none"}': "20"}] * 3, [none])


def absent(judge):
    """HugecontigAbsentOrOff, and hosts that do not answer."""
    gone, off = "AbsentOrOff: absent", "AbsentOrOff: off"
    nothing = {name: None for name in HOST if "pool" not in name} | {"loaded": "0"}
    judge.finds("absent", [nothing] * 3, [gone])
    judge.finds("off", [{"enabled": "0"}] * 3, [off])
    judge.finds("it observes", [OBSERVE] * 3, [off])
    judge.finds("off, and the pool has grown", [
        {"enabled": "0"} | MORE | {POOL: "65", NODE: "31"}] * 3,
                [off, "PoolMoved: changed"])
    judge.finds("loaded anew", [{"requests_total": "99"}] * 3, [gone])
    judge.finds("before the end, too", [{"enabled": "0"}] * 3, [off], last=False)
    conditions = judge.filters["hugecontig_conditions"]
    judge.equal("unreachable",
                conditions({"unreachable": True, "msg": "no\n route"}, {}, 0, 0),
                ["unreachable: no route"])
    judge.equal("an error", conditions({"rc": 1, "stderr": "no file"}, {}, 0, 0),
                ["failed: no file"])
    try:
        found = conditions({"rc": 0, "stdout": "rubbish"}, result({}), 0, 0)
    except ValueError as error:
        found = str(error).split(":", maxsplit=1)[0]
    judge.equal("rubbish", found, "these are no metrics of hugecontig")


def prometheus(judge):
    """What is firing there, and whether it knows the host."""
    def answer(*series):
        return {"status": "success", "data": {"result": [
            {"metric": labels, "value": [1, "1"]} for labels in series]}}
    loaded = {"__name__": "hugecontig_loaded"}
    info = {"__name__": "hugecontig_info", "mode": "act"}
    alert = {"__name__": "ALERTS", "alertname": "HugecontigPoolMoved", "problem": "changed",
             "size_kb": "2048", "alertstate": "firing"}
    told = ["HugecontigPoolMoved: changed: 2048: firing in Prometheus"]
    blind = ["HugecontigAbsentOrOff: vanished: Prometheus has no metrics by which it acts"]
    firing = judge.filters["hugecontig_firing"]
    judge.equal("nothing", firing(answer(loaded, info)), [])
    judge.equal("an alert", firing(answer(alert, loaded, info)), told)
    judge.equal("before the end, too", firing(answer(alert, loaded, info), False), told)
    judge.equal("blind", firing(answer(loaded)), blind)
    judge.equal("blind, before the end", firing(answer(loaded), False), [])
    judge.equal("an alert, and blind", firing(answer(alert)), told)
    is_known = judge.filters["hugecontig_is_known"]
    judge.equal("known", is_known(answer(alert, loaded)), True)
    judge.equal("not known", is_known(answer(alert)), False)


def doctor(judge):
    """Why a host is not fit, and what becomes of signatures."""
    def says(*findings):
        return {"findings": [dict(zip(("finding", "what", "found", "advice"), finding))
                             for finding in findings]}
    fine, warning = ("ok", "ftrace", "on", None), ("warn", "kernel", "odd", "another")
    module = ("fail", "module", "neither", "install it")
    symbol = ("fail", "symbol x", "missing", "another kernel")
    key = ("warn", "signature", "needed", "enrol the key")
    unfit = judge.filters["hugecontig_unfit"]
    judge.equal("fit", unfit(says(fine, warning, key)), "")
    judge.equal("not fit", unfit(says(fine, module, symbol)),
                "module: neither; symbol x: missing")
    judge.equal("not yet there", unfit(says(fine, module), ["module"]), "")
    judge.equal("never", unfit(says(module, symbol), ["module"]), "symbol x: missing")
    signature = judge.filters["hugecontig_signature"]
    judge.equal("no signature", signature(says(fine, warning, symbol)), "")
    judge.equal("signature", signature(says(fine, warning, key)), "needed: enrol the key")


def state(judge):
    """What the module is, and the names of hosts before what went wrong."""
    of_text = judge.filters["hugecontig_state"]
    acts = {"loaded": True, "enabled": True, "mode": "act", "at_boot": "act", "old": False}
    for what, more in (("acts", "installed 1\nat_boot act"),
                       ("old", "installed 2\nat_boot act"),
                       ("not installed", "installed \nat_boot act"),
                       ("not for good", "installed 1\nat_boot ")):
        judge.equal(what, of_text(f"{text({})}\n{more}\n"),
                    acts | {"old": what == "old",
                            "at_boot": "" if what == "not for good" else "act"})
    judge.equal("absent", of_text("hugecontig_loaded 0\n\ninstalled 1\nat_boot \n"),
                {"loaded": False, "enabled": False, "mode": "", "at_boot": "", "old": False})
    failures = judge.filters["hugecontig_failures"]
    judge.equal("none", failures({"rc": 0}, "a"), [])
    judge.equal("one", failures({"failed": True, "msg": "why"}, "a"), ["a: failed: why"])
    judge.equal("of a loop", failures({"results": [
        {"item": "b", "rc": 0}, {"item": "c", "unreachable": True, "msg": "why"}]}, "a"),
                ["c: unreachable: why"])
    judge.equal("named", judge.filters["hugecontig_named"](["x", "y"], "a"),
                ["a: x", "a: y"])


GROUPS = {group.__name__: group
          for group in (pool, requests, absent, prometheus, doctor, state)}


def main():
    """The command line."""
    path, *groups = sys.argv[1:]
    judge = Judge(path)
    for group in groups or GROUPS:
        GROUPS[group](judge)
    return 1 if judge.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
