# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# The program hugecontig(8): what it says, and what it has to say of the files of the
# module. lib/hugecontig.sh and lib/explain.sh are read before.

PROGRAM=$TESTS/../tools/hugecontig

# ask ARGUMENT...: sets $code; what it says is in $WORK/out and $WORK/err
ask()
{
	"$PROGRAM" "$@" > "$WORK/out" 2> "$WORK/err"
	code=$?
}

# ask_while_same FILE ARGUMENT...: while that file of the module, which is in $WORK/file
# then, stays as it is
ask_while_same()
{
	same=$DEBUGFS/$1
	shift
	for _ in $(seq 20); do
		cat "$same" > "$WORK/file"
		ask "$@"
		! cmp -s "$same" "$WORK/file" || return 0
	done
	echo "# $same does not stay as it is"
}

# said: all of it in one line, errors too
said()
{
	cat "$WORK/out" "$WORK/err" | tr '\n' ' ' | tr -s ' ' | sed 's/ $//'
}

# says NAME CODE REGEX: so it ended, without an error, and a line is like that
says()
{
	if [ $code -eq "$2" ] && [ ! -s "$WORK/err" ] && grep -q -E -e "$3" "$WORK/out"; then
		ktap_pass "$1"
	else
		head -n 40 "$WORK/out" "$WORK/err" | sed 's/^/# | /'
		ktap_fail "$1" "code $code, expected $2 and '$3'"
	fi
}

# says_words NAME CODE FILE: so it ended, and it has said the lines of the file, but for
# blanks and the order
says_words()
{
	tr -s ' ' < "$WORK/out" | sed -e 's/^ //' -e 's/ $//' -e '/^$/d' | sort > "$WORK/words"
	sort "$3" > "$WORK/expected"
	if [ $code -eq "$2" ] && [ ! -s "$WORK/err" ] && cmp -s "$WORK/words" "$WORK/expected"; then
		ktap_pass "$1"
	else
		diff "$WORK/expected" "$WORK/words" | sed 's/^/# /'
		ktap_fail "$1" "code $code, is not what the file says"
	fi
}

# failed NAME CODE REGEX: so it ended, with one line of error, which is like that
failed()
{
	if [ $code -eq "$2" ] && [ "$(wc -l < "$WORK/err")" -eq 1 ] &&
	   grep -q -E -e "^hugecontig: .*$3" "$WORK/err"; then
		ktap_pass "$1"
	else
		ktap_fail "$1" "code $code, '$(said)', expected $2 and '$3'"
	fi
}

# --- what the files say, in the words of the program -------------------------

# status_lines: as the program shows the file
status_lines()
{
	sed -e 's/^redirect_//' -e 's/^\([a-z_]*\): /\1 /' \
		-e 's/^\([a-z_]* \(native\|provided\|unavailable\)\), /\1 /' "$WORK/file"
}

# status_json: the file, as JSON
status_json()
{
	awk '
		function add(list, name, value) {
			return list (list == "" ? "" : ",") "\"" name "\":" value
		}
		{
			name = $1
			sub(/:$/, "", name)
			value = substr($0, length(name) + 3)
		}
		name == "enabled" {
			first = add(first, name, value == "Y" ? "true" : "false")
			next
		}
		name == "page_in_flight" {
			first = add(first, name, "{\"pages\":" value + 0 "}")
			next
		}
		sub(/^redirect_/, "", name) {
			redirects = add(redirects, name, value + 0)
			next
		}
		value ~ /^(native|provided|unavailable)(,|$)/ {
			state = why = value
			sub(/,.*/, "", state)
			sub(/^[a-z]*,? ?/, "", why)
			capabilities = add(capabilities, name,
				"{\"state\":\"" state "\",\"why\":\"" why "\"}")
			next
		}
		{ first = add(first, name, "\"" value "\"") }
		END {
			print "{" first ",\"capabilities\":{" capabilities \
			      "},\"redirects\":{" redirects "}}"
		}' "$WORK/file"
}

# histogram_lines: of each histogram of the file how often
histogram_lines()
{
	awk '
		/_us_(lt_[0-9]+|more) / { sub(/_us_.*/, "", $1); count[$1] += $2 }
		END {
			for (name in count)
				print name "_us " count[name] " time" (count[name] == 1 ? "" : "s")
		}' "$WORK/file"
}

# failure_lines: of the file, as the program shows them
failure_lines()
{
	echo "TIME RESULT REASON PFN RANGE CALLER COMM"
	while read -r line; do
		time=$(echo "$line" | value_of time)
		fraction=${time#*.}
		echo "$(date -d "@${time%.*}" '+%Y-%m-%d %H:%M:%S').$(echo "$fraction" | cut -c 1-3)" \
			"$(echo "$line" | value_of result | sed -e "s/^$EBUSY\$/EBUSY/" -e "s/^$ENOMEM\$/ENOMEM/")" \
			"$(echo "$line" | value_of reason) $(echo "$line" | value_of pfn)" \
			"$(echo "$line" | value_of range) $(echo "$line" | value_of caller)" \
			"${line#* comm=}"
	done < "$WORK/file"
}

# counter_metrics: of the lines of the file that count
counter_metrics()
{
	sed -n -e '/_us_/d' -e '/^last_/d' -e '/^free_replaced /d' -e '/^inuse_migrated /d' \
		-e 's/^failed_\([a-z_]*\)/requests_failed_total{reason="\1"}/p; t' \
		-e 's/^\(busy\|ruled_out\)_\([a-z_]*\)/\1_total{reason="\2"}/p; t' \
		-e 's/^would_\([a-z_]*\)/observed_pages_total{action="\1"}/p; t' \
		-e 's/^node\([0-9]*\)_free_replaced/pages_replaced_total{node="\1"}/p; t' \
		-e 's/^node\([0-9]*\)_inuse_migrated/pages_migrated_total{node="\1"}/p; t' \
		-e 's/^\([a-z_]*\) /\1_total /p' "$WORK/file" | sed 's/^/hugecontig_/'
}

# histogram_metrics: of the lines of the file that are times
histogram_metrics()
{
	awk '
		!/_us_/ { next }
		{
			metric = part = $1
			sub(/_us_.*/, "", metric)
			sub(/.*_us_/, "", part)
			metric = "hugecontig_" metric "_seconds"
		}
		part == "sum" {
			printf "%s_sum %d.%06d\n", metric, $2 / 1000000, $2 % 1000000
			next
		}
		{ count[metric] += $2 }
		part == "more" {
			print metric "_bucket{le=\"+Inf\"} " count[metric]
			print metric "_count " count[metric]
			next
		}
		{
			sub(/lt_/, "", part)
			printf "%s_bucket{le=\"%.9g\"} %d\n", metric, part / 1000000, count[metric]
		}' "$WORK/file"
}

# pool_metrics: of the pools of the kernel
pool_metrics()
{
	for directory in /sys/devices/system/node/node*/hugepages/hugepages-*; do
		node=${directory#*/node/node}
		size=${directory##*hugepages-}
		labels="node=\"${node%%/*}\",size_kb=\"${size%kB}\""
		for state in total:nr free:free surplus:surplus; do
			echo "hugecontig_pool_pages{$labels,state=\"${state%:*}\"}" \
				"$(cat "$directory/${state#*:}_hugepages")"
		done
	done
	for directory in /sys/kernel/mm/hugepages/hugepages-*; do
		size=${directory##*hugepages-}
		pages=$(($(cat "$directory/nr_hugepages") - $(cat "$directory/surplus_hugepages")))
		echo "hugecontig_pool_reserved_pages{size_kb=\"${size%kB}\"}" \
			"$(cat "$directory/resv_hugepages")"
		echo "hugecontig_pool_configured_pages{size_kb=\"${size%kB}\"} $pages"
	done
}
