#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A range in a free 1 GiB page: it is busy, unless the administrator has chosen to give
# such pages up. Those in use stay in any case. Needs one of them.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

GIGANTIC=/sys/kernel/mm/hugepages/hugepages-1048576kB
GIVE_UP=/sys/module/hugecontig/parameters/give_up_gigantic
RANGE_PAGES=$((PAGES_PER_HUGE * 2))

# free_mib: what is free
free_mib()
{
	awk '$1 == "MemFree:" { print int($2 / 1024) }' /proc/meminfo
}

# gigantic_state: total, free and reserved
gigantic_state()
{
	echo "$(cat $GIGANTIC/nr_hugepages) $(cat $GIGANTIC/free_hugepages)" \
	     "$(cat $GIGANTIC/resv_hugepages)"
}

[ "$(gigantic_state 2>/dev/null)" = "1 1 0" ] ||
	ktap_skip_all "no 1 GiB page (hugepagesz=1G hugepages=1)"
contig_load
ktap_plan 12

module_load
ktap_equal "default" "$(cat $GIVE_UP)" N
pin_start gigantic
ktap_equal "in use: alloc_contig_range()" \
	"$(contig_alloc "$pfn" $RANGE_PAGES)" "$EBUSY"
echo Y > $GIVE_UP
ktap_equal "in use, to be given up: alloc_contig_range()" \
	"$(contig_alloc "$pfn" $RANGE_PAGES)" "$EBUSY"
ktap_true "in use: contents" pin_stop
ktap_equal "in use: pool" "$(gigantic_state)" "1 1 0"
echo N > $GIVE_UP
ktap_equal "free: alloc_contig_range()" \
	"$(contig_alloc "$pfn" $RANGE_PAGES)" "$EBUSY"
ktap_equal "free: reason" "$(statistic last_blocking_reason)" gigantic
ktap_equal "free: pool" "$(gigantic_state)" "1 1 0"
echo Y > $GIVE_UP
free=$(free_mib)
ktap_equal "to be given up: alloc_contig_range()" \
	"$(contig_alloc "$((pfn + PAGES_PER_HUGE))" $RANGE_PAGES)" 0
ktap_equal "to be given up: pool" "$(gigantic_state)" "0 0 0"
ktap_true "to be given up: $(($(free_mib) - free)) MiB more are free" \
	[ $(($(free_mib) - free)) -gt 1000 ]
ktap_equal "to be given up: pages" "$(statistic gigantic_given_up)" 1
module_unload

ktap_finish
