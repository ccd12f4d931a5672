# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests/capabilities has about this kernel. lib/hugecontig.sh is read before.

KERNEL=$(uname -r)
! kasan_kernel || KERNEL=$KERNEL+kasan

# known_capability NAME: "STATUS : STOCK" of the first line that fits
known_capability()
{
	sed -n "s/^$1 : //p" "$TESTS/capabilities" |
		while read -r pattern _ known; do
			# shellcheck disable=SC2254 # a pattern
			case $KERNEL in
			$pattern)
				echo "$known"
				break
				;;
			esac
		done
}

# known_status: "NAME STATUS" of each capability, sorted
known_status()
{
	sed -n 's/^\([a-z_]*\) : .*/\1/p' "$TESTS/capabilities" | sort -u |
		while read -r name; do
			known=$(known_capability "$name")
			echo "$name ${known%% *}"
		done
}

# known_stock NAME GOOD: the pattern of what the stock kernel does, which is GOOD if it has the
# capability
known_stock()
{
	known=$(known_capability "$1")
	case $known in
	native) echo "$2" ;;
	"provided :") echo ;;
	"provided : "*) echo "${known#provided : }" ;;
	*) echo "no line of tests/capabilities fits $KERNEL" ;;
	esac
}
