# SPDX-License-Identifier: GPL-2.0-only
#
# The pictures of "make bench". tests/runner/bench.py sets: data (a file), kernels (their
# releases) and picture: cost, unplug or scaling.

set terminal svg size 860, 380 font "sans-serif,13" background "white"
set datafile separator "\t"
set border 3
set tics out nomirror
set grid ytics linecolor rgb "#e4e4e4" linetype 1
set key top left Left reverse

# The values of one series, in the order of the kernels; the others are no points at all.
of(side, kind) = strcol(1) eq picture && strcol(3) eq side && strcol(4) eq kind ? \
	column(5) : NaN
place(offset) = offset + \
	(sum [i = 1 : words(kernels)] (word(kernels, i) eq strcol(2) ? i : 0))

if (picture eq "scaling") {
	set xlabel "free huge pages in the range"
	set ylabel "µs for the range"
	plot for [i = 1 : words(kernels)] data using \
		(strcol(1) eq picture && strcol(2) eq word(kernels, i) ? column(4) : NaN):5 \
		with linespoints linewidth 2 title word(kernels, i)
} else {
	set style fill solid 0.9
	set boxwidth 0.12
	set xrange [0.5 : words(kernels) + 0.5]
	set yrange [1 : *]
	set key outside top center horizontal maxrows 3
	set xtics ()
	do for [i = 1 : words(kernels)] {
		set xtics add (word(kernels, i) i)
	}
	set logscale y
	set ylabel picture eq "cost" ? "µs for a huge page" : "ms to give 1 GiB back"
	plot data using (place(-0.32)):(of("stock", "free")) with boxes \
			linecolor rgb "#d55e00" title "free, stock", \
		data using (place(-0.19)):(of("allocator", "free")) with boxes \
			linecolor rgb "#b5d8ec" title "free, hugecontig, pages of the allocator", \
		data using (place(-0.06)):(of("on", "free")) with boxes \
			linecolor rgb "#0072b2" title "free, hugecontig", \
		data using (place(0.07)):(of("stock", "used")) with boxes \
			linecolor rgb "#8c3b00" title "in use, stock", \
		data using (place(0.2)):(of("allocator", "used")) with boxes \
			linecolor rgb "#c9c9c9" title "in use, hugecontig, pages of the allocator", \
		data using (place(0.33)):(of("on", "used")) with boxes \
			linecolor rgb "#404040" title "in use, hugecontig"
}
