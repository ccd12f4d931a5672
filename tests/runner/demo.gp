# SPDX-License-Identifier: GPL-2.0-only
#
# The picture of the demo, one panel for each experiment. tests/runner/demo.py
# sets: form (svg or png), data, kernel, size (MiB of the device), and lists of
# words with one for each panel: experiments, states, ends (seconds), pools
# (HugePages_Total), stock and hugecontig (MiB that were given back).

panels = words(experiments)
columns = panels > 1 ? 2 : 1
rows = (panels + 1) / 2
height = 260 * rows + 140
if (form eq "svg") {
	set terminal svg size 900, height font "sans-serif,13" \
		background "white"
} else {
	set terminal pngcairo size 900, height font "DejaVu Sans,10"
}

# Told apart by colour, and without it by dashes and width.
set style line 1 linewidth 3 dashtype (8, 4) linecolor rgb "#d55e00"
set style line 2 linewidth 3 dashtype solid linecolor rgb "#0072b2"
set style line 3 linewidth 7 dashtype solid linecolor rgb "#b5d8ec"
set style line 4 linewidth 1.5 dashtype (2, 4) linecolor rgb "#8c3b00"

set datafile separator "\t"

# The samples of one panel and one side; the others are no points at all.
of(side) = strcol(1) eq side && strcol(2) eq name ? column(3) : NaN

# What is to be said of the lines; experiment d has no memory for more.
outcome(mib) = mib == size ? "all given back" : \
	sprintf("%s%d MiB given back", mib < size / 4 ? "only " : "", mib)
outcome_tight(mib) = sprintf("%d MiB, as memory allows", mib)

set multiplot layout rows, columns \
	margins screen 0.085, 0.915, 110.0 / height, 1 - 90.0 / height \
	spacing screen 0.17, 85.0 / height
set label 1 sprintf("A guest is asked to give %d MiB of virtio-mem back", \
	size) at screen 0.5, 1 - 24.0 / height center font ",15"
set label 2 sprintf("Linux %s, stock and with hugecontig loaded", kernel) \
	at screen 0.5, 1 - 48.0 / height center

# The legend of all panels is that of the first one.
set key at screen 0.5, 24.0 / height center maxrows 2 Left reverse \
	samplen 5 width 2

set xlabel "seconds since the request" offset 0, 0.4
set ylabel "plugged memory (MiB)" offset 1
set y2label "HugePages\\_Total" offset -1
set xtics nomirror
set ytics size / 4 nomirror
set tics out
set border 11
set grid ytics linecolor rgb "#e4e4e4" linetype 1

do for [panel = 1 : panels] {
	name = word(experiments, panel)
	pool = real(word(pools, panel))
	given_stock = real(word(stock, panel))
	given_hugecontig = real(word(hugecontig, panel))
	end = real(word(ends, panel))
	# Scaled so that the line of the pool is where no other one stays.
	set y2tics (0, pool, 2 * pool)
	set title sprintf("%s. Huge pages: %s", name, word(states, panel)) \
		offset 0, -0.5 font ",12"

	set label 3 "stock: ".outcome(given_stock) \
		at end * 0.98, size - given_stock + size * 0.08 right \
		textcolor rgb "#b34f00"
	if (name eq "d") {
		set label 4 "hugecontig: ".outcome_tight(given_hugecontig) \
			at end * 0.98, size - given_hugecontig - size * 0.09 \
			right textcolor rgb "#0072b2"
	} else {
		# Below the line, which comes down from the left.
		set label 4 "hugecontig: ".outcome(given_hugecontig) \
			at end * 0.02, size * 0.07 left textcolor rgb "#0072b2"
	}

	# Of all samples, so before the panel has its ranges.
	set autoscale
	stats data using (strcol(2) eq name ? column(5) : NaN) name "total" \
		nooutput
	set label 5 sprintf(total_min < total_max ? \
		"HugePages\\_Total moved" : "HugePages\\_Total: %d", pool) \
		at end * 0.98, size * 0.57 right \
		textcolor rgb "#404040" font ",9"

	set xrange [0 : end]
	set yrange [0 : size * 1.2]
	set y2range [0 : pool * 2.4]
	plot data using (of("hugecontig")):5 axes x1y2 with lines ls 3 \
			title "HugePages\\_Total, hugecontig", \
		data using (of("stock")):5 axes x1y2 with lines ls 4 \
			title "HugePages\\_Total, stock", \
		data using (of("hugecontig")):4 with lines ls 2 \
			title "plugged memory, hugecontig", \
		data using (of("stock")):4 with lines ls 1 \
			title "plugged memory, stock"
	unset key
	unset label 1
	unset label 2
}
unset multiplot
