#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What it takes the guest to give 1 GiB of virtio-mem back that is full of huge pages, free
# or in use: ns of its workers, and how often a page is moved. Where the stock kernel can
# do it, without the module, too.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"
. "$TESTS/lib/bench.sh"

ROUNDS=3

# pages_in_device: of the pool, which has no other user yet
pages_in_device()
{
	[ -n "$user_pid" ] || {
		user_start -t private -n "$(cat $POOL/free_hugepages)" && user_stop
	} || return
	virtio_mem_ranges |
		while read -r pages_first pages_last; do
			echo $((pages_first / 4096)) $((pages_last / 4096))
		done |
		awk 'FILENAME == "-" { first[NR] = $1; last[NR] = $2; ranges = NR; next }
		     { for (i = 1; i <= ranges; i++)
			       count += first[i] <= $1 && $1 <= last[i] }
		     END { print count + 0 }' - "$WORK/user.pfns"
}

# worker_ns: what all workers have had of the CPU; the driver works in one of them
worker_ns()
{
	grep -l '^kworker' /proc/[0-9]*/comm 2> /dev/null |
		sed 's,comm$,schedstat,' | xargs cat 2> /dev/null |
		awk '{ ns += $1 } END { printf "%.0f\n", ns }'
}

# moves: of huge pages so far: each takes a page of the allocator, or one of the module's
moves()
{
	if module_loaded; then
		echo $(($(statistic free_replaced) + $(statistic inuse_migrated)))
	else
		vm_event htlb_buddy_alloc_success
	fi
}

# once EXPERIMENT: "NS MOVES PAGES"; fails if not all was given back
once()
{
	experiment_start "$1" && pages=$(pages_in_device) || return
	ns_before=$(worker_ns)
	moves_before=$(moves)
	unplug
	echo "$(($(worker_ns) - ns_before)) $(($(moves) - moves_before)) $pages"
	experiment_stop "$1" && [ "$given_back" -eq $VMEM_MIB ]
}

# unplugs SIDE NAME EXPERIMENT
unplugs()
{
	: > "$WORK/unplugs"
	for _ in $(seq $ROUNDS); do
		once "$3" >> "$WORK/unplugs" || return
	done
	cut -d ' ' -f 1 "$WORK/unplugs" | figure "$1/unplug_$2_ns" &&
		awk '{ printf "%.3f\n", $2 / $3 }' "$WORK/unplugs" |
		figure "$1/unplug_$2_moves"
}

bench_begin
ktap_plan 4

if native; then
	ktap_true "stock: free" unplugs stock free a
	ktap_true "stock: used" unplugs stock used b
else
	ktap_skip "stock: free" "this kernel does not replace pages"
	ktap_skip "stock: used" "this kernel does not migrate pages in use"
fi
module_load
ktap_true "on: free" unplugs on free a
ktap_true "on: used" unplugs on used b
module_unload

ktap_finish
