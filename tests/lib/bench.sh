# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
#
# What the benchmarks share: figures for the host, who makes the report of them, and ranges
# to measure. Scripts read lib/hugecontig.sh first.

# Of two huge pages: as large as the largest block of the buddy allocator. Of a larger one
# the rest would be taken, and zeroed, as well.
RANGE_PAGES=$((2 * PAGES_PER_HUGE))

# bench_begin: only a clock that counts instructions will do, of 2 ns each (-icount shift=1):
# CLOCK=instructions
bench_begin()
{
	[ "${CLOCK:-time}" = instructions ] ||
		ktap_skip_all "the clock of this guest does not count instructions"
	contig_load
}

# figure NAME: the samples on stdin, one a line, go to the host around this guest, if there
# is one. Fails if there are none.
figure()
{
	figure_samples=$(xargs)
	echo "# $1: $figure_samples"
	[ -n "$figure_samples" ] || return
	# shellcheck disable=SC2086 # a list of samples
	[ ! -f /arguments ] || host log figure "$1" $figure_samples
}

# pairs: of the pfns that it reads, the first of those two that make such a range
pairs()
{
	sort -n | awk -v step=$PAGES_PER_HUGE '
		$1 == last + step && last % (2 * step) == 0 { print last }
		{ last = $1 }'
}

# ranges_of_pool: $WORK/pairs are those with two of its pages in each, but for one, which is
# $scratch
ranges_of_pool()
{
	pairs < "$WORK/user.pfns" > "$WORK/pairs"
	read -r scratch < "$WORK/pairs"
	sed -i 1d "$WORK/pairs"
}

# nanoseconds PFN [PAGES]: of a range; prints nothing if it was not had. What the last
# call has left in the lists of the CPU is counted, too, so it always is the same one:
# $scratch.
nanoseconds()
{
	contig_alloc "$scratch" $RANGE_PAGES > /dev/null
	[ "$(contig_alloc "$1" "${2:-$RANGE_PAGES}")" = 0 ] &&
		cut -d ' ' -f 2 $CONTIG/result
}

# each_range FILE [PAGES]: nanoseconds of each range that begins with a pfn of the file
each_range()
{
	while read -r each_pfn; do
		nanoseconds "$each_pfn" "$2"
	done < "$1"
}
