# SPDX-License-Identifier: GPL-2.0-only
"""What the role hugecontig makes of the answers of a host, or of Prometheus.

A host is asked by "hugecontig stats --prometheus": these are the metrics that the alerts
of hugecontig.rules.yml are about, so both judge by the same. What holds is told in words
that begin with the name of the alert.
"""
import re
import statistics

LINE = re.compile(r"hugecontig_(\w+?)(?:\{(.*)\})? (\S+)", re.ASCII)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"', re.ASCII)

# Of this size the pool grows by requests, and a free page of it may be given up.
GIGANTIC_KB = "1048576"


class Sample:
    """The metrics of a host at one moment."""

    def __init__(self, text):
        self.series = []
        for line in text.splitlines():
            match = LINE.fullmatch(line)
            if match:
                self.series.append((match[1], dict(LABEL.findall(match[2] or "")),
                                    float(match[3])))

    def values(self, name):
        """(labels, value) of all that have this name."""
        return [(labels, value) for other, labels, value in self.series if other == name]

    def value(self, name):
        """The value of the only one that has it, or 0."""
        return sum(value for _, value in self.values(name))

    def info(self, label):
        """A label of hugecontig_info, or ""."""
        return "".join(labels.get(label, "") for labels, _ in self.values("info"))

    def failed(self):
        """How many requests failed, by reason."""
        return {labels["reason"]: value
                for labels, value in self.values("requests_failed_total")}

    def pools(self):
        """The size of each pool, without surplus pages, by the size of its pages."""
        return {labels["size_kb"]: value
                for labels, value in self.values("pool_configured_pages")}

    def apart(self):
        """How many pages the nodes have more than the pool, by the size of its pages."""
        sizes = {size: -pages for size, pages in self.pools().items()}
        for labels, value in self.values("pool_pages"):
            sign = {"total": 1, "surplus": -1}.get(labels["state"], 0)
            if labels["size_kb"] in sizes:
                sizes[labels["size_kb"]] += sign * value
        return sizes


def samples(text):
    """Those that follow each other, with empty lines between them."""
    found = [Sample(part) for part in re.split(r"\n\s*\n", text.strip())]
    if not all(sample.values("loaded") for sample in found):
        raise ValueError(f"these are no metrics of hugecontig: {text[:80]!r}")
    return found


def state(text):
    """What the module is, and does, by metrics; after an empty line stands what is
    installed, and what it is to do after a boot. It is old if another one is loaded: who
    loaded one that is not installed knows why."""
    metrics, _, words = text.partition("\n\n")
    sample, = samples(metrics)
    words = dict(line.partition(" ")[::2] for line in words.splitlines())
    loaded = bool(sample.value("loaded"))
    return {"loaded": loaded,
            "enabled": bool(sample.value("enabled")),
            "mode": sample.info("mode"),
            "at_boot": words["at_boot"],
            "old": loaded and words["installed"] not in ("", sample.info("version"))}


def absent_or_off(now):
    """The alert of this name, which makes others needless."""
    if not now.value("loaded"):
        yield "HugecontigAbsentOrOff: absent: the module is not loaded"
    elif not now.value("enabled"):
        yield "HugecontigAbsentOrOff: off: the module is switched off"
    elif now.info("mode") != "act":
        yield ("HugecontigAbsentOrOff: off: somebody has set the mode to "
               f"{now.info('mode') or 'nothing'}")


def pool_moved(now, before):
    """The alert of this name. The kernel's files are not read in one instant: of the
    size of a pool the middle of the samples is taken, and nodes have to differ from it
    in all of them."""
    served = now[-1].value("requests_total") > before[0].value("requests_total")
    given_up = (now[-1].value("gigantic_given_up_total")
                > before[0].value("gigantic_given_up_total"))
    for size in now[-1].pools():
        is_now, was = (statistics.median(sample.pools().get(size, 0) for sample in series)
                       for series in (now, before))
        known = size == GIGANTIC_KB and (is_now > was or given_up)
        if is_now != was and served and not known:
            yield (f"HugecontigPoolMoved: changed: the pool of {size} kB pages has "
                   f"{is_now:g} pages, and had {was:g}")
        apart = [sample.apart().get(size, 0) for sample in now]
        if all(apart) and now[-1].value("requests_total"):
            yield (f"HugecontigPoolMoved: differs: the nodes have {apart[-1]:+g} pages "
                   f"against the pool of {size} kB pages")


def requests_failing(now, before, share, least):
    """The alert of this name, over all of the time between them."""
    requests = now.value("requests_total") - before.value("requests_total")
    for reason, failed in now.failed().items():
        failed -= before.failed().get(reason, 0)
        if failed >= least and failed > share * requests:
            yield (f"HugecontigRequestsFailing: {reason}: {failed:g} of {requests:g} "
                   "requests failed for this reason")


def failure_of(result):
    """What went wrong with a task by its result, or nothing."""
    said = " ".join((result.get("stderr") or result.get("msg") or "").split())
    if result.get("unreachable"):
        return [f"unreachable: {said}"]
    if result.get("failed") or result.get("rc"):
        return [f"failed: {said}"]
    return []


def failures(result, host):
    """The same, with the name of the host, which in a loop is the item."""
    return [f"{one.get('item', host)}: {what}"
            for one in result.get("results", [result]) for what in failure_of(one)]


def conditions(result, before, share, least, last=True):
    """What holds of the alerts by the result of a command, after the one "before". Few
    requests tell nothing of how many fail: that is judged at the end of the time only."""
    failure = failure_of(result)
    if failure:
        return failure
    now, before = samples(result["stdout"]), samples(before["stdout"])
    found = list(absent_or_off(now[-1]))
    if now[-1].value("requests_total") < before[0].value("requests_total"):
        # It counts from 0 again.
        return found or ["HugecontigAbsentOrOff: absent: the module was loaded anew"]
    found += pool_moved(now, before)
    if last:
        found += requests_failing(now[-1], before[0], share, least)
    return found


def is_known(answer):
    """Whether metrics of the host are in the answer of Prometheus."""
    return any(series["metric"]["__name__"] == "hugecontig_loaded"
               for series in answer["data"]["result"])


def firing(answer, last=True):
    """What holds of the alerts by the answer of Prometheus. At the end of the time its
    metrics have to say that the host acts: else nobody has seen what that did."""
    found, acts = [], False
    for series in answer["data"]["result"]:
        labels = series["metric"]
        acts = acts or labels["__name__"] == "hugecontig_info"
        if labels["__name__"] == "ALERTS":
            details = (labels[name] for name in ("problem", "size_kb", "reason")
                       if name in labels)
            found.append(": ".join((labels["alertname"], *details,
                                    f"{labels['alertstate']} in Prometheus")))
    if last and not acts and not found:
        return ["HugecontigAbsentOrOff: vanished: Prometheus has no metrics by which it acts"]
    return sorted(found)


def named(found, host):
    """The same, with the name of the host."""
    return [f"{host}: {what}" for what in found]


def unfit(doctor, ignored=()):
    """Why the module can not work on the host, by the answer of the doctor, or ""."""
    return "; ".join(f"{finding['what']}: {finding['found']}"
                     for finding in doctor["findings"]
                     if finding["finding"] == "fail" and finding["what"] not in ignored)


def signature(doctor):
    """What there is to do if a signature is refused, by the answer of the doctor; "" if
    none is needed."""
    return "; ".join(f"{finding['found']}: {finding['advice']}"
                     for finding in doctor["findings"]
                     if finding["finding"] == "warn" and finding["what"] == "signature")


class FilterModule:
    """What Ansible looks for."""

    @staticmethod
    def filters():
        """The filters, by name."""
        return {"hugecontig_state": state,
                "hugecontig_conditions": conditions,
                "hugecontig_failures": failures,
                "hugecontig_firing": firing,
                "hugecontig_is_known": is_known,
                "hugecontig_named": named,
                "hugecontig_signature": signature,
                "hugecontig_unfit": unfit}
