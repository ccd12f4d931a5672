# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# What the module says of memory, in explain.

EXPLAIN=$DEBUGFS/explain

# explain TARGET: all of the answer
explain()
{
	echo "$1" > $EXPLAIN && cat $EXPLAIN
}

# pfn_range FIRST_PFN PAGES: as a target
pfn_range()
{
	printf '0x%x-0x%x' "$1" $(($1 + $2 - 1))
}

# explain_pages FIRST_PFN PAGES [WORDS]
explain_pages()
{
	explain "$(pfn_range "$1" "$2") $3"
}

# value_of KEY: of lines of the answer
value_of()
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p"
}

# verdict_at PFN [PAGES]: of that page; with the words of the line that are asked for
verdict_at()
{
	explain_pages "$1" "${2:-1}" full | sed -n 's/^obstacle pfn=\(0x[0-9a-f]*\) .* \(verdict=[^ ]*\) \(stays=[^ ]*\).*/\1 \2 \3/p'
}
