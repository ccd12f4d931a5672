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

demo:
	tests/runner/install base demo
	tests/runner/demo.py

.PHONY: modules clean check demo
