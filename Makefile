# SPDX-License-Identifier: GPL-2.0-only
KDIR ?= /lib/modules/$(shell uname -r)/build

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

# Both install what they lack (QEMU, mmdebstrap, ...) and need root for that.
check:
	tests/runner/install base check
	tests/runner/check.py

# All kernels in short, which writes the table of the README.
check-kernels:
	tests/runner/install base check
	tests/runner/check.py --goal kernels

# All of it on all kernels, and on some that find bugs, and are built for that.
check-full:
	tests/runner/install base check
	tests/runner/check.py --goal full

# Everything at once, at random. SEED=N makes the steps of an earlier run again.
SECONDS ?= 3600
KERNEL ?= 5.10-debug

soak:
	tests/runner/install base check
	tests/runner/boot.py --kernel $(KERNEL) --memory 2048 --vmem 256 \
		--tcg single --append kernelcore=1G --timeout $$(($(SECONDS) * 2 + 600)) \
		SOAK_SECONDS=$(SECONDS) $(SEED:%=SOAK_SEED=%) soak.sh

demo:
	tests/runner/install base demo
	tests/runner/demo.py

# The pictures of hugecontig(8) in the README.
screenshots:
	tests/runner/install base screenshots
	tests/runner/screenshots.py

.PHONY: modules clean check check-kernels check-full soak demo screenshots
