#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Reservations while ranges are emptied: no mmap() and no fault fails that would
# not fail on the stock kernel. The same is done without the module and with it,
# and each result is the same: what succeeded, what pool and file systems show.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

: "${ROUNDS:=4}"

# The pool, all of which is reserved at some time.
PAGES=32
FILE_PAGES=16

# Options of hugetlbfs; the first is none that matters.
FILE_SYSTEMS="mode=0700 size=32M min_size=16M size=32M,min_size=16M"

# The cases of hugetlb_reserve.
ANONYMOUS="reserved noreserve together steal"
FILES="file limit punch cut cow"
RESULTS=63

trap cleanup_reservations EXIT

cleanup_reservations()
{
	[ ! -e "$WORK/hammer" ] || hammer_stop
	[ ! -d /sys/module/slow_unmap ] || rmmod slow_unmap
	umount "$WORK/fs" 2>/dev/null
	cleanup
}

# is_possible CASE OPTIONS: without a page for it, on a file system with min_size
# the stock kernel gives back a reservation that it never had, and has less than
# none.
is_possible()
{
	case $1,$2 in
	limit,*min_size*) false ;;
	*) true ;;
	esac
}

# pages_of CASE: what it maps; private copies need as much again
pages_of()
{
	case $1 in
	cow) echo $((FILE_PAGES / 2)) ;;
	file | limit | punch | cut) echo $FILE_PAGES ;;
	*) echo $PAGES ;;
	esac
}

# expected CASE: the calls and faults that succeed, and those that do not
expected()
{
	pages=$(pages_of "$1")
	all=$((ROUNDS * pages))
	case $1 in
	reserved) set -- $ROUNDS $ROUNDS $all 0 ;;
	noreserve) set -- $ROUNDS 0 $all $ROUNDS ;;
	together) set -- $ROUNDS 0 $all 0 ;;
	steal) set -- $ROUNDS 0 $((all * 2)) $all ;;
	file) set -- $((ROUNDS * 3)) 0 $all 0 ;;
	limit) set -- $ROUNDS $((ROUNDS * 3)) $all 0 ;;
	punch) set -- $((ROUNDS + ROUNDS / 2 + 2)) 0 $all 0 ;;
	cut) set -- $((ROUNDS * 2 + 2)) 0 $all $ROUNDS ;;
	cow) set -- $((ROUNDS + 2)) 0 $((all + pages)) 0 ;;
	esac
	echo "calls $1 refused $2 faults $3 sigbus $4 wrong 0"
}

# reserve SIDE NAME CASE [DIRECTORY]: to the file of that side and name
reserve()
{
	reserve_file=$WORK/$1.$2
	shift 2
	"$TESTS/hugetlb_reserve" "$1" "$(pages_of "$1")" $ROUNDS ${2:+"$2"} \
		> "$reserve_file" 2>&1
	echo "code $?, pool $(pool_state)" >> "$reserve_file"
}

# mount_state: the pool, and blocks, used and available ones of the mount
mount_state()
{
	echo "$(pool_state) $(df -k "$WORK/fs" | awk 'NR > 1 { print $2, $3, $4 }')"
}

# reserve_files SIDE OPTIONS: all cases on one file system, and what its mount
# shows before, after, and when it is gone
reserve_files()
{
	mount -t hugetlbfs -o "pagesize=2M,$2" hugetlbfs "$WORK/fs" || return 1
	mount_state > "$WORK/$1.$2"
	for case in $FILES; do
		is_possible $case "$2" || continue
		reserve "$1" "$2, $case" $case "$WORK/fs"
	done
	mount_state >> "$WORK/$1.$2"
	umount "$WORK/fs"
	pool_state >> "$WORK/$1.$2"
}

# workload SIDE
workload()
{
	pool_resize $PAGES
	for case in $ANONYMOUS; do
		reserve "$1" $case $case
	done
	pool_resize $FILE_PAGES
	for options in $FILE_SYSTEMS; do
		reserve_files "$1" "$options"
	done
}

# result NAME CASE: of both sides
result()
{
	ktap_equal "$1, stock" "$(grep ^calls "$WORK/stock.$1")" "$(expected $2)"
	ktap_equal "$1" "$(grep -v ^late "$WORK/module.$1")" \
		"$(grep -v ^late "$WORK/stock.$1")"
}

# late SIDE: what did not succeed at once, "NAME:late COUNT up to MILLISECONDS"
late()
{
	(cd "$WORK" && grep ^late -- "$1".* | grep -v ':late 0 ')
}

# result_mount OPTIONS: nothing is left, and all of it was reserved
result_mount()
{
	minimum=0
	case $1 in
	*min_size*) minimum=$((FILE_PAGES / 2)) ;;
	esac
	ktap_equal "$1: mount, stock" "$(sed 1d "$WORK/stock.$1")" \
		"$(head -n 1 "$WORK/stock.$1")
$FILE_PAGES $FILE_PAGES 0 0"
	ktap_equal "$1: reserved by the mount" \
		"$(head -n 1 "$WORK/module.$1" | cut -d ' ' -f 1-4)" \
		"$FILE_PAGES $FILE_PAGES $minimum 0"
	ktap_equal "$1: mount" "$(cat "$WORK/module.$1")" \
		"$(cat "$WORK/stock.$1")"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
# Since v6.14, and in 6.12.118, no free page is handed out that lies in a range, until it
# is replaced.
! native_with_free_pages ||
	ktap_skip_all "this kernel itself fails reserved faults while ranges are emptied"
contig_load
ktap_plan $RESULTS
mkdir "$WORK/fs"

workload stock
zone_ranges $((PAGES_PER_HUGE * 4))
pool_resize 0
module_load
# Pages are on their way for long, so they often are when they are given back.
insmod "$TESTS/modules/slow_unmap/slow_unmap.ko"
hammer_start
workload module
hammer_stop
rmmod slow_unmap

for case in $ANONYMOUS; do
	result $case $case
done
for options in $FILE_SYSTEMS; do
	for case in $FILES; do
		if is_possible $case "$options"; then
			result "$options, $case" $case
		else
			ktap_skip "$options, $case" \
				"breaks the reservations of the stock kernel"
		fi
	done
	result_mount "$options"
done
ktap_equal "nothing has to be tried again, stock" "$(late stock)" ""
ktap_equal "nothing has to be tried again" "$(late module)" ""
ktap_true "pages were replaced meanwhile: $(statistic free_replaced)" \
	[ "$(statistic free_replaced)" -gt $PAGES ]
ktap_true "pages were migrated meanwhile: $(statistic inuse_migrated)" \
	[ "$(statistic inuse_migrated)" -gt "$(rounds $PAGES)" ]
ktap_equal "codes of alloc_contig_range()" "$(hammer_codes)" "$EBUSY 0"
module_unload

ktap_finish
