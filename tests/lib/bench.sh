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

# ranges_of_pool: $WORK/pairs are those with two of its pages in each, but for one, which is
# $scratch
ranges_of_pool()
{
	pairs < "$WORK/user.pfns" > "$WORK/pairs"
	read -r scratch < "$WORK/pairs"
	sed -i 1d "$WORK/pairs"
}

# used_ranges PAGES: such ranges, with two pages of a new pool that are in use, until
# user_stop
used_ranges()
{
	pool_resize 0
	pool_resize "$1"
	user_start -t private -n "$1"
	ranges_of_pool
}

# nanoseconds PFN [PAGES]: of a range; prints nothing if it was not had
nanoseconds()
{
	echo "$1" "${2:-$RANGE_PAGES}" "$scratch" > $CONTIG/timed || return
	read -r nanoseconds_code nanoseconds < $CONTIG/result
	[ "$nanoseconds_code" = 0 ] && echo "$nanoseconds"
}

# each_range FILE [PAGES]: nanoseconds of each range that begins with a pfn of the file
each_range()
{
	while read -r each_pfn; do
		nanoseconds "$each_pfn" "$2"
	done < "$1"
}

# own_time: "US PAGES" of the free pages that the module has replaced, by its own clock
own_time()
{
	echo "$(statistic replace_us_sum) $(statistic free_replaced)"
}

# own_time_since BEFORE: ns for each of them, later
own_time_since()
{
	own_time | awk -v before="$1" '
		{ split(before, was)
		  printf "%.1f\n", ($1 - was[1]) * 1000 / ($2 - was[2]) }'
}

# free_ranges PAGES RANGES: so many ranges, at most, with two free pages of a pool of that
# many pages in each
free_ranges()
{
	free_pool "$1"
	ranges_of_pool
	sed -i "$(($2 + 1)),\$d" "$WORK/pairs"
}

# free_and_bare SIDE PAGES RANGES: such ranges; what the module takes of it, as "own"; and
# as "bare" the same without the pages, of another pool: both are the first to ask for their
# ranges
free_and_bare()
{
	free_ranges "$2" "$3"
	! module_loaded || own_before=$(own_time)
	each_range "$WORK/pairs" | figure "$1/free" || return
	! module_loaded || own_time_since "$own_before" | figure "$1/own" || return
	free_ranges "$2" "$3"
	pool_resize 0
	each_range "$WORK/pairs" | figure "$1/bare"
}
