#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Checks the Module resource and the Containerfile of tools/fleet/kubernetes, without a
cluster.

The resource has to fit its schema, as it is and with the patch for Secure Boot; each
kernel of tests/kernels has to have one image, built on its Debian, and no other kernel
any; and all files have to speak of the same version, arguments and places. Prints a line
for each thing that is wrong. Exit code: 1 if there is one.

Or prints what the operator makes of the resource for a kernel, or makes what a container
of Debian is made of.
"""
import argparse
import collections
import fnmatch
import json
import os
import pathlib
import re
import sys
from typing import NamedTuple

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "runner"))

import kernels  # pylint: disable=wrong-import-position

EXAMPLES = TOP / "tools" / "fleet" / "kubernetes"

# What the operator gives to each build.
OPERATOR_ARGUMENTS = {"KERNEL_VERSION", "KERNEL_FULL_VERSION", "MOD_NAME",
                      "MOD_NAMESPACE"}
# As its webhook has it, for the labels of nodes.
LONGEST_NAME = 40
KERNEL = "${KERNEL_FULL_VERSION}"
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

INSTRUCTIONS = {"ARG", "COPY", "ENV", "FROM", "RUN", "WORKDIR"}
FROM = re.compile(r"(\S+)(?: AS (\w+))?")
VARIABLE = re.compile(r"\$\{?([A-Z_]+)\b")

# Where the image for the check of the Containerfile comes from.
SUITE = "bookworm"


def tested():
    """The kernels that the module was tested on."""
    return [kernel for kernel in kernels.kernels() if not kernel.configs]


def dkms(name):
    """A value of dkms.conf."""
    text = (TOP / "dkms.conf").read_text(encoding="utf-8")
    return re.search(rf'^{name}="(.*)"$', text, re.MULTILINE)[1]


def load(path):
    """The contents of a YAML file, no key of which may be there twice."""
    import yaml  # pylint: disable=import-outside-toplevel

    class Loader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
        """Complains of what yaml takes the last one of."""

        def construct_mapping(self, node, deep=False):
            keys = [self.construct_object(key, deep) for key, _ in node.value]
            for key, count in collections.Counter(keys).items():
                if count > 1:
                    raise yaml.YAMLError(f"{key} is there twice")
            return super().construct_mapping(node, deep)

    # It is a safe one.
    return yaml.load(path.read_text(encoding="utf-8"), Loader)  # nosec


def patched(document, patch):
    """A document with a merge patch, by RFC 7396, that deletes nothing."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        result[key] = patched(result.get(key), value)
    return result


def normalized(release):
    """A release as the operator puts it into names of images."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", release)


class Module:
    """The resource, and what the operator makes of it."""

    def __init__(self, document):
        self.document = document

    def against_schema(self, schema):
        """What does not fit the schema."""
        import jsonschema  # pylint: disable=import-outside-toplevel
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        for error in kind(schema, format_checker=jsonschema.FormatChecker()
                          ).iter_errors(self.document):
            where = "/".join(str(part) for part in error.absolute_path)
            yield f"{where or 'top'}: {error.message[:300]}"

    @property
    def container(self):
        """What it is mainly about."""
        return self.document["spec"]["moduleLoader"]["container"]

    def mappings(self, release):
        """Those that match; the operator takes the first one."""
        return [mapping for mapping in self.container["kernelMappings"]
                if mapping.get("literal") == release or
                re.search(mapping.get("regexp", "(?!)"), release)]

    def image(self, release):
        """The image for a kernel."""
        return self.mappings(release)[0]["containerImage"].replace(
            KERNEL, normalized(release))

    def build_arguments(self, release):
        """What the image is built with, by name."""
        arguments = {}
        for place in self.container, self.mappings(release)[0]:
            for argument in place.get("build", {}).get("buildArgs", []):
                arguments[argument["name"]] = argument["value"]
        metadata = self.document["metadata"]
        arguments.update(KERNEL_VERSION=release, KERNEL_FULL_VERSION=release,
                         MOD_NAME=metadata["name"], MOD_NAMESPACE=metadata["namespace"])
        return arguments

    def path(self, release):
        """Where the module has to be in the image."""
        modprobe = self.container["modprobe"]
        return (f"{modprobe.get('dirName', '/opt')}/lib/modules/{release}/"
                f"{modprobe['moduleName']}.ko")

    def names(self, version):
        """Versions, names and parameters that are not those of the sources."""
        metadata = self.document["metadata"]
        if len(metadata["name"] + metadata["namespace"]) > LONGEST_NAME:
            yield "name and namespace are too long for a label"
        if self.container["version"] != version:
            yield f"the version is {self.container['version']}, not {version}"
        modprobe = self.container["modprobe"]
        if modprobe["moduleName"] != dkms(r"BUILT_MODULE_NAME\[0\]"):
            yield f"there is no module {modprobe['moduleName']}"
        source = (TOP / "src" / "control.c").read_text(encoding="utf-8")
        known = set(re.findall(r"^module_param\w*\((\w+)", source, re.MULTILINE))
        for parameter in modprobe.get("parameters", []):
            if parameter.split("=")[0] not in known:
                yield f"the module has no parameter {parameter.split('=')[0]}"

    def each_kernel(self, version):
        """Kernels without an image, or with the wrong one."""
        images = collections.Counter()
        for kernel in tested():
            release = kernel.release
            if len(self.mappings(release)) != 1:
                yield f"{release} is matched by {len(self.mappings(release))} mappings"
                continue
            image = self.image(release)
            images[image] += 1
            tag = image.rsplit(":", 1)[1]
            if not TAG.fullmatch(tag):
                yield f"{tag} can not be the tag of an image"
            if not tag.startswith(f"{version}-"):
                yield f"{tag} is not of version {version}"
            arguments = self.build_arguments(release)
            if not arguments.get("DEBIAN_IMAGE", "").endswith(
                    f"/debian:{kernel.base}-slim"):
                yield f"{release} is not built on {kernel.base}"
            extra = kernel.suite if kernel.suite != kernel.base else None
            if arguments.get("EXTRA_SUITE") != extra:
                yield f"{release} is in {kernel.suite}, and not looked for there"
            if not arguments.get("SOURCE_IMAGE", "").endswith(f":{version}"):
                yield f"{release} is not built from version {version}"
        for image, count in images.items():
            if count > 1:
                yield f"{count} kernels have the image {image}"

    def other_kernels(self):
        """Kernels that nobody knows and that have an image, and mappings for none."""
        releases = [kernel.release for kernel in tested()]
        for release in releases:
            for other in (f"1{release}", f"{release}0", release.replace(".", "x"),
                          release.replace("amd64", "arm64"),
                          re.sub(r"^\d+\.", "4.", release)):
                if self.mappings(other):
                    yield f"{other} is matched, and nobody has tested it"
        for mapping in self.container["kernelMappings"]:
            if not any(mapping in self.mappings(release) for release in releases):
                yield f"{mapping.get('regexp', mapping.get('literal'))} matches no kernel"

    def signed(self):
        """Kernels whose module is not signed."""
        patterns = self.container["sign"]["filesToSign"]
        directory = self.container["modprobe"].get("dirName", "/opt")
        for pattern in patterns:
            if not pattern.startswith(f"{directory}/"):
                yield f"{pattern} is not below {directory}"
        for kernel in tested():
            if not any(fnmatch.fnmatchcase(
                    self.path(kernel.release),
                    pattern.replace(KERNEL, normalized(kernel.release)))
                       for pattern in patterns):
                yield f"{self.path(kernel.release)} is not signed"


class Stage(NamedTuple):
    """A stage of a Containerfile, and the variables that it knows."""

    name: str
    variables: set


class Containerfile:
    """Its instructions, and what can be wrong with them."""

    def __init__(self, path):
        text = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"),
                      flags=re.MULTILINE)
        lines = re.sub(r"\\\n", " ", text).splitlines()
        self.instructions = [tuple(line.split(None, 1)) for line in lines if line.strip()]
        # Those on top are for what the stages are made of.
        self.arguments = {}
        self.stages = []
        self.wrong = list(self.read())

    def read(self):
        """Goes through it; the complaints."""
        for instruction, text in self.instructions:
            if instruction not in INSTRUCTIONS:
                yield f"Containerfile: {instruction} is no instruction that is needed"
            elif instruction == "FROM":
                yield from self.begin(*FROM.fullmatch(text).groups())
            elif not self.stages:
                name, _, value = text.partition("=")
                self.arguments[name] = value
            else:
                yield from self.step(instruction, text, self.stages[-1])

    def begin(self, base, name):
        """A stage begins."""
        for variable in VARIABLE.findall(base):
            if variable not in self.arguments:
                yield f"Containerfile: {base} is no argument"
        parent = [stage.variables for stage in self.stages if stage.name == base]
        self.stages.append(Stage(name, set(*parent)))

    def step(self, instruction, text, stage):
        """A step of a stage."""
        if instruction in ("ARG", "ENV"):
            stage.variables.add(text.partition("=")[0])
            return
        for variable in VARIABLE.findall(text):
            if variable not in stage.variables:
                yield f"Containerfile: {variable} is not known in stage {stage.name}"
        source = re.match(r"--from=(\S+) ", text)
        if source and source[1] not in [other.name for other in self.stages[:-1]]:
            yield f"Containerfile: there is no stage {source[1]}"
        if instruction == "COPY" and not source:
            yield "Containerfile: in a cluster there is nothing to copy"

    def every_argument(self):
        """The names of all that may be given to it."""
        return set(self.arguments).union(
            text.partition("=")[0] for instruction, text in self.instructions
            if instruction == "ARG")

    def fits(self, module, version):
        """What it does otherwise than the resource says."""
        for kernel in tested():
            for name in module.build_arguments(kernel.release):
                if name not in self.every_argument() | OPERATOR_ARGUMENTS:
                    yield f"Containerfile: nobody asks for {name}"
        if not self.arguments.get("SOURCE_IMAGE", "").endswith(f":{version}"):
            yield f"Containerfile: SOURCE_IMAGE is not of version {version}"
        place = module.path("$KERNEL_FULL_VERSION").rsplit("/", 1)[0]
        if not any(place in text for instruction, text in self.instructions
                   if instruction == "RUN"):
            yield f"Containerfile: nothing is put into {place}"


def complaints(options):
    """One line for each thing that is wrong."""
    version = dkms("PACKAGE_VERSION")
    schema = json.loads(options.schema.read_text(encoding="utf-8"))
    module = Module(load(options.module))
    signed = Module(patched(module.document, load(options.sign)))
    wrong = [*module.against_schema(schema),
             *(f"signed: {text}" for text in signed.against_schema(schema))]
    if wrong:
        # What follows relies on keys that may not be there.
        yield from wrong
        return
    yield from module.names(version)
    unknown = list(module.each_kernel(version))
    yield from unknown
    yield from module.other_kernels()
    yield from signed.signed()
    containerfile = Containerfile(options.containerfile)
    yield from containerfile.wrong
    if not unknown:
        yield from containerfile.fits(module, version)


def small_debian():
    """What a container of Debian is made of: the directory, and the first kernel."""
    kernel = next(kernel for kernel in tested() if kernel.suite == SUITE)
    path = kernels.CACHE / f"container-{SUITE}"
    # It appears at once: only those that miss it wait for their turn to make it.
    if not path.exists():
        with kernels.cache_lock(f"lock-{path.name}"):
            if not path.exists():
                with kernels.appears_at_once(path) as part:
                    kernels.run("mmdebstrap", "--variant=minbase", SUITE, part)
    return path, kernel.release


def print_base():
    """Without what it takes: one line that says what."""
    if os.geteuid() != 0:
        print("root is needed, to make containers")
        return 1
    try:
        print(*small_debian())
    except (kernels.BuildError, OSError) as error:
        print("no Debian to make containers of:", str(error).strip().splitlines()[-1])
        return 1
    return 0


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, file in (("module", "module.yaml"), ("sign", "sign.yaml"),
                       ("schema", "module.schema.json"),
                       ("containerfile", "Containerfile")):
        parser.add_argument(f"--{name}", type=pathlib.Path, default=EXAMPLES / file,
                            help="another one than that of tools/fleet/kubernetes")
    parser.add_argument("--image", metavar="RELEASE",
                        help="print the name of the image for a kernel")
    parser.add_argument("--build-arguments", metavar="RELEASE",
                        help="print what the image for a kernel is built with")
    parser.add_argument("--base", action="store_true",
                        help="print the directory of a small Debian, which is made if "
                        "it is not there, and the release of its kernel")
    options = parser.parse_args()
    if options.base:
        return print_base()
    if options.image:
        print(Module(load(options.module)).image(options.image))
        return 0
    if options.build_arguments:
        module = Module(load(options.module))
        for name, value in module.build_arguments(options.build_arguments).items():
            print(f"{name}={value}")
        return 0
    wrong = list(complaints(options))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
