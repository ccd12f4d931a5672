# SPDX-License-Identifier: GPL-2.0-only
KERNELRELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

# By dkms, for each kernel that has headers here, and those to come; KERNELRELEASE=RELEASE
# for that one.
dkms-install:
	tools/dkms.sh install $(if $(filter command line environment,$(origin KERNELRELEASE)),$(KERNELRELEASE))

uninstall:
	tools/dkms.sh uninstall

# The sources as they are committed: the same bytes wherever it is made.
DIST := hugecontig-$(VERSION)

dist:
	mkdir -p dist
	git archive --format=tar --prefix=$(DIST)/ HEAD | xz -T1 > dist/$(DIST).tar.xz

# These install what they lack (QEMU, mmdebstrap, ...) and need root for that. Logs of what
# is done to whole systems are kept in logs/. ACCEL=kvm boots guests on KVM where that works.
check:
	tests/runner/install base check
	tests/runner/check.py

# The packages: on whole systems, with Secure Boot, in a fleet.
check-packages:
	tests/runner/install base check packages
	tests/runner/check.py --goal packages

# All kernels in short, which writes the table of docs/kernels.md and the rows of the README.
check-kernels:
	tests/runner/install base check
	tests/runner/check.py --goal kernels

# All of it on all kernels, and on some that find bugs, and are built for that.
check-full:
	tests/runner/install base check
	tests/runner/check.py --goal full

# The four above. Each job's verdict is kept, so that a run that was ended goes on, and a change
# runs again only what it touches. FRESH=1 starts over.
check-all:
	tests/runner/install base check packages
	tests/runner/check.py --goal all $(if $(FRESH),,--keep)

# What a release has to be, of the sources and the documents beside it.
check-release:
	tests/runner/install base check
	tests/runner/check.py --goal release

# Everything at once, at random. SEED=N makes the steps of an earlier run again.
SECONDS ?= 3600
KERNEL ?= 5.10-kasan

soak:
	tests/runner/install base check
	tests/runner/boot.py --kernel $(KERNEL) --memory 2048 --vmem 256 \
		--tcg single --append kernelcore=1G --timeout $$(($(SECONDS) * 2 + 600)) \
		SOAK_SECONDS=$(SECONDS) $(SEED:%=SOAK_SEED=%) soak.sh

# What it costs, in instructions; ACCEPT=1 makes it what later runs are compared with.
bench:
	tests/runner/install base check demo
	tests/runner/bench.py $(if $(ACCEPT),--accept)

demo:
	tests/runner/install base demo
	tests/runner/demo.py

# The pictures of hugecontig(8) in README.md and docs/operator.md.
screenshots:
	tests/runner/install base screenshots
	tests/runner/screenshots.py

.PHONY: modules clean dkms-install uninstall dist check check-packages check-kernels \
	check-full check-all check-release soak bench demo screenshots
