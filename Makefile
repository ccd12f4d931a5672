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

# With kernels that find bugs, and have to be built for that.
check-full:
	tests/runner/install base check
	tests/runner/check.py --full

demo:
	tests/runner/install base demo
	tests/runner/demo.py

.PHONY: modules clean check check-full demo
