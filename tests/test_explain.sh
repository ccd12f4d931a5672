#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each obstacle is planted, and explain names it, with its pfn; and only looks. Best with
# a 1 GiB page, virtio-mem and hwpoison-inject.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/explain.sh"

SIZED=$WORK/sized
GIGANTIC=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
trap cleanup_explain EXIT

cleanup_explain()
{
	[ ! -d /sys/module/half_freed ] || rmmod half_freed
	! grep -q "$SIZED" /proc/mounts || umount "$SIZED"
	cleanup
}

# says NAME PFN VERDICT STAYS [PAGES]: of a page that was planted
says()
{
	ktap_equal "$1" "$(verdict_at "$2" "$5")" \
		"$(printf '0x%x' "$2") verdict=$3 stays=$4"
}

# first_pfn: of those that a user wrote down
first_pfn()
{
	head -n 1 "$WORK/user.pfns"
}

# --- huge pages -------------------------------------------------------------

test_huge_pages()
{
	free_pool 4
	says "free" "$(first_pfn)" huge_free no $PAGES_PER_HUGE
	user_start -t private -n 1
	pfn=$(first_pfn)
	says "in use" "$pfn" huge_in_use no $PAGES_PER_HUGE
	ktap_equal "in use: all of the line" \
		"$(explain_pages "$pfn" $PAGES_PER_HUGE | sed -n 's/^obstacle .* size_kb/size_kb/p')" \
		"size_kb=2048 use=in_use mapped=1 references=1 reserved=no surplus=no"
	ktap_equal "a part of it" "$(verdict_at $((pfn + 5)) 7)" \
		"$(printf '0x%x' $((pfn + 5))) verdict=huge_in_use stays=no"
	ktap_equal "address" \
		"$(explain "address $(pfn_range $((pfn * 4096)) 4096)" | value_of pfn)" \
		"$(printf '0x%x' "$pfn")"
	user_stop

	pin_start vmsplice
	says "pinned by vmsplice" "$pfn" huge_pinned yes $PAGES_PER_HUGE
	pin_stop
	if warns_of_pins; then
		ktap_skip "pinned by io_uring" "$WARNS_OF_PINS"
	else
		pin_start iouring
		says "pinned by io_uring" "$pfn" huge_pinned yes $PAGES_PER_HUGE
		pin_stop
	fi
	test_not_migratable
	test_being_freed
	test_reserved_and_surplus
}

# A private mapping of a file system with a limit of its size.
test_not_migratable()
{
	mkdir -p "$SIZED"
	mount -t hugetlbfs -o pagesize=2M,size=8M hugetlbfs "$SIZED"
	user_start -t file-private -f "$SIZED" -n 1
	says "not migratable" "$(first_pfn)" huge_not_migratable yes $PAGES_PER_HUGE
	user_stop
	umount "$SIZED"
}

test_being_freed()
{
	free_pool 2
	pfn=$(first_pfn)
	insmod "$TESTS/modules/half_freed/half_freed.ko" pfn="$pfn"
	says "being freed" "$pfn" huge_being_freed no $PAGES_PER_HUGE
	rmmod half_freed
}

test_reserved_and_surplus()
{
	free_pool 1
	pfn=$(first_pfn)
	user_start -t shared -n 1 -r
	ktap_equal "reserved" \
		"$(explain_pages "$pfn" $PAGES_PER_HUGE | grep ^obstacle | value_of reserved)" yes
	user_stop > /dev/null
	pool_resize 0
	echo 1 > $POOL/nr_overcommit_hugepages
	user_start -t private -n 1
	ktap_equal "surplus" \
		"$(explain_pages "$(first_pfn)" $PAGES_PER_HUGE | grep ^obstacle | value_of surplus)" yes
	user_stop
	echo "$overcommit_before" > $POOL/nr_overcommit_hugepages
}

test_gigantic()
{
	if [ "$(cat $GIGANTIC 2>/dev/null)" != 1 ]; then
		ktap_skip "gigantic, in use" "no 1 GiB page (hugepagesz=1G hugepages=1)"
		ktap_skip "gigantic: of a part its pages only" "no 1 GiB page"
		return
	fi
	pin_start gigantic
	says "gigantic, in use" "$pfn" huge_gigantic yes 262144
	ktap_equal "gigantic: of a part its pages only" \
		"$(explain_pages $((pfn + 512)) 512 | grep ^obstacle | value_of pages)" 512
	pin_stop
}

# --- other memory -----------------------------------------------------------

# first_with FLAG: the first page of the system that has it, in the upper half of the
# node, where the kernel has what it needs for longer than a moment
first_with()
{
	"$TESTS/page_flags" "$1" 0 $((1 << 20)) 2>/dev/null | head -n 1
}

# says_small WAY VERDICT STAYS: of a small page that a user has
says_small()
{
	if pin_start "$1"; then
		says "a small page: $1" "$pfn" "$2" "$3"
		pin_stop
	else
		ktap_skip "a small page: $1" "$(cat "$WORK/pin.out")"
	fi
}

test_small_pages()
{
	says_small small movable no
	says_small mlock mlocked no
	says_small small_vmsplice pinned yes
	says_small small_iouring pinned yes
	says "reserved by the firmware" "$(first_with reserved)" reserved yes
	says "slab" "$(first_with slab)" slab yes
	says "page table" "$(first_with pgtable)" page_table yes
	says "a driver's" "$(cat $CONTIG/kept)" unmovable yes
	read -r start pages <<- END
		$(movable_ranges $PAGES_PER_HUGE 1)
	END
	block=$("$TESTS/page_flags" buddy "$start" $((pages * 64)) | tail -n 1)
	says "free" "$block" free no
}

# isolated_at RANGE: is it isolated, as somebody who empties it does?
isolated_at()
{
	for _ in $(seq 1000); do
		! explain "$1" | grep -q 'verdict=isolated stays=yes' || return 0
	done
	return 1
}

test_isolated()
{
	free_pool 2
	pfn=$(first_pfn)
	echo "$pfn $PAGES_PER_HUGE" > "$WORK/ranges"
	insmod "$TESTS/modules/half_freed/half_freed.ko" pfn="$pfn"
	hammer_start
	ktap_true "isolated" isolated_at "$(pfn_range "$pfn" $PAGES_PER_HUGE)"
	hammer_stop
	rmmod half_freed
}

# The rest of a memory block, of which virtio-mem has plugged a part.
test_offline()
{
	if ! host resize 33554432 > "$WORK/host" || ! host_plugged 33554432; then
		ktap_skip "offline" "no virtio-mem: $(cat "$WORK/host")"
		return
	fi
	block=$(virtio_mem_block)
	ktap_true "offline: $(explain "$block" | grep -c verdict=offline) obstacles in $block" \
		explain_has "$block" "verdict=offline stays=yes"
	host resize 0 > /dev/null
	host_plugged 0
	for _ in $(seq 100); do
		grep -q 'System RAM (virtio_mem)' /proc/iomem || return 0
		sleep 0.1
	done
}

host_plugged()
{
	for _ in $(seq 100); do
		[ "$(host plugged)" != "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

# virtio_mem_block: its first memory block
virtio_mem_block()
{
	start=$(sed -n 's/^ *\([0-9a-f]*\)-.* : System RAM (virtio_mem)/\1/p' /proc/iomem | head -n 1)
	size=$((0x$(cat /sys/devices/system/memory/block_size_bytes)))
	echo "memory$((0x$start / size))"
}

explain_has()
{
	explain "$1" | grep -q "$2"
}

test_poisoned()
{
	if [ ! -f $INJECT ]; then
		ktap_skip "a small page: poisoned" "no hwpoison-inject in this kernel"
		ktap_skip "huge, poisoned" "no hwpoison-inject in this kernel"
		return
	fi
	pin_start small
	echo "$pfn" > $INJECT
	says "a small page: poisoned" "$pfn" poisoned yes
	pin_stop 2> /dev/null
	free_pool 1
	user_start -t shared -n 1
	pfn=$(first_pfn)
	echo "$pfn" > $INJECT
	says "huge, poisoned" "$pfn" huge_poisoned yes $PAGES_PER_HUGE
	user_stop > /dev/null 2>&1
}

# --- the file ---------------------------------------------------------------

# pages_of TARGET: what it has, by the last line
pages_of()
{
	explain "$1" | grep ^result | value_of pages
}

test_targets()
{
	present=$(awk '$1 == "present" { sum += $2 } END { print sum }' /proc/zoneinfo)
	spanned=$(pages_of all)
	ktap_true "all: $spanned pages, present are $present" [ "$spanned" -ge "$present" ]
	ktap_equal "node0" "$(pages_of node0)" "$spanned"
	ktap_true "zone Movable: at least what is present" \
		[ "$(pages_of 'zone Movable')" -ge "$(movable_managed all)" ]
	ktap_equal "node0 zone Movable" "$(pages_of 'node0 zone Movable')" \
		"$(pages_of 'zone Movable')"
	block_pages=$((0x$(cat /sys/devices/system/memory/block_size_bytes) / 4096))
	ktap_equal "memory1" "$(pages_of memory1) $(explain memory1 | value_of range)" \
		"$block_pages $(pfn_range $block_pages $block_pages)"
	ktap_equal "a hole" \
		"$(explain_pages 786432 $PAGES_PER_HUGE | sed -n 's/^obstacle //p')" \
		"pfn=0xc0000 pages=512 node=any zone=any verdict=hole stays=yes"
	for target in "" foo 0x10 0x20-0x10 0x-0x 0x10-20 node99 memory99999 zone "zone Foo" \
		"address 10-20" "0x1000-0x1fff foo" 0xfffffffffffff-0xffffffffffffff \
		"$(head -c 200 /dev/zero | tr '\0' a)"; do
		echo "0x1000-0x1fff" > $EXPLAIN
		dmesg -c > /dev/null
		echo "$target" 2> /dev/null > $EXPLAIN
		ktap_equal "refused: '$(echo "$target" | head -c 20)'" \
			"$? $(dmesg | grep -c 'hugecontig: explain: ') $(cat $PARAMETERS/explain_target)" \
			"1 1 0x1000-0x1fff"
	done
}

# The same by both ways, in text and in JSON.
test_forms()
{
	free_pool 2
	target=$(pfn_range "$(first_pfn)" $PAGES_PER_HUGE)
	explain "$target" > "$WORK/text"
	ktap_equal "types of lines" "$(cut -d ' ' -f 1 "$WORK/text" | xargs)" \
		"target obstacle total result"
	explain "$target json" > "$WORK/json"
	ktap_equal "JSON says the same" \
		"$(sed -e 's/^{"type":"\([a-z]*\)"/\1/' -e 's/}$//' \
			-e 's/,"\([a-z_]*\)":"*\([^",]*\)"*/ \1=\2/g' \
			-e 's/=true/=yes/g' -e 's/=false/=no/g' "$WORK/json")" \
		"$(cat "$WORK/text")"
	echo "$target" > $PARAMETERS/explain_target
	ktap_equal "explanation of the parameter" "$(cat $DEBUGFS/explanation)" \
		"$(cat "$WORK/text")"
	exec 3<> $EXPLAIN
	echo "$target" >&3
	echo all > $PARAMETERS/explain_target
	ktap_equal "a file keeps its target" "$(cat <&3)" "$(cat "$WORK/text")"
	exec 3>&-
	explain all > "$WORK/whole"
	dd if=$EXPLAIN bs=100 2> /dev/null > "$WORK/pieces"
	ktap_equal "in pieces: lines of each type but obstacles" \
		"$(grep -v ^obstacle "$WORK/pieces" | cut -d ' ' -f 1 | uniq | xargs)" \
		"target total result"
}

# Of all memory, again and again: nothing moves, and nothing is isolated.
test_only_looks()
{
	free_pool 16
	user_start -t private -n 8
	cp "$WORK/user.pfns" "$WORK/before.pfns"
	state=$(pool_state)
	sampler_start
	for _ in $(seq 5); do
		explain all > /dev/null
	done
	sampler_stop
	ktap_equal "only looks: pool" "$(pool_state)" "$state"
	ktap_equal "only looks: counters" "$(sampler_moved)" ""
	ktap_equal "only looks: requests, pages" "$(statistic requests)" "$requests"
	ktap_true "only looks: contents" user_stop
}

test_interrupted()
{
	explain all > /dev/null &
	kill -INT $!
	wait $!
	explain_pid=$!
	for _ in $(seq 20); do
		(while :; do cat $EXPLAIN; done) > /dev/null &
		explain_pid=$!
		usleep 20000
		kill -KILL $explain_pid
		wait $explain_pid 2> /dev/null
	done
	ktap_true "interrupted 20 times: all is well" explain_has all '^result'
}

contig_load
module_load
ktap_plan 56
requests=$(statistic requests)

test_huge_pages
test_gigantic
test_small_pages
test_isolated
test_offline
test_targets
test_forms
requests=$(statistic requests)
test_only_looks
test_interrupted
test_poisoned

ktap_finish
