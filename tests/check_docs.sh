#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The documents say what the sources have: each message of the module, each parameter, the
# version; and their links lead somewhere. Each check is shown documents that are wrong, too.

TESTS=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$TESTS/.." && pwd)
. "$TESTS/lib/ktap.sh"

# Bytes are characters: awk is slow otherwise.
export LC_ALL=C
TROUBLESHOOTING=docs/troubleshooting.md
# The section of it whose headings are messages of the module.
MESSAGES="## What the module says"
README_LINES=150

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# --- messages ---------------------------------------------------------------

# messages_of FILE: a pattern, as of grep -E, for each line of the log that a source can
# write. A conversion stands for any text; or, if it is one of two strings, for each of them.
# A message of which nothing is left then is looked for as it is written: nobody has it.
messages_of()
{
	awk '
	# The text of a string, without its quotes and without the end of the line.
	function text_of(string)
	{
		string = substr(string, 2, length(string) - 2)
		gsub(/\\n/, "", string)
		gsub(/\\"/, "\"", string)
		gsub(/\\\\/, "\\", string)
		return string
	}

	function escaped(text)
	{
		gsub(/[][\\.*^$()+?{}|]/, "\\\\&", text)
		return text
	}

	# Cuts what was matched off the rest of the file.
	function cut(length_)
	{
		token = substr(rest, 1, length_)
		rest = substr(rest, length_ + 1)
	}

	function tokenize(end)
	{
		while (rest != "") {
			if (match(rest, /^[ \t\n]+/)) {
				cut(RLENGTH)
			} else if (substr(rest, 1, 2) == "/*") {
				end = index(rest, "*/")
				cut(end ? end + 1 : length(rest))
			} else if (substr(rest, 1, 2) == "//") {
				cut(index(rest "\n", "\n"))
			} else {
				if (match(rest, /^"([^"\\]|\\.)*"/) ||
				    match(rest, "^\047([^\047\\\\]|\\\\.)\047") ||
				    match(rest, /^[A-Za-z_][A-Za-z_0-9]*/))
					cut(RLENGTH)
				else
					cut(1)
				tokens[++nr] = token
			}
		}
	}

	# The tokens of each argument of a call, with blanks in between.
	function read_arguments(i, depth)
	{
		split("", arguments)
		number = 1
		for (; i <= nr; i++) {
			if (depth == 1 && (tokens[i] == "," || tokens[i] == ")"))
				number++
			else if (depth)
				arguments[number] = arguments[number] tokens[i] " "
			if (tokens[i] ~ /^[[({]$/)
				depth++
			else if (tokens[i] ~ /^[])}]$/ && !--depth)
				return
		}
	}

	function format_of(argument, format)
	{
		while (match(argument, /"([^"\\]|\\.)*"/)) {
			format = format text_of(substr(argument, RSTART, RLENGTH))
			argument = substr(argument, RSTART + RLENGTH)
		}
		return format
	}

	function add(text, i)
	{
		for (i = 1; i <= variants; i++)
			variant[i] = variant[i] text
	}

	function add_either(one, other, i)
	{
		for (i = 1; i <= variants; i++) {
			variant[variants + i] = variant[i] escaped(other)
			variant[i] = variant[i] escaped(one)
		}
		variants *= 2
	}

	# An argument of the form  condition ? "one" : "other"
	function add_argument(argument, one)
	{
		if (!match(argument, /[?] "([^"\\]|\\.)*" : "([^"\\]|\\.)*" $/)) {
			add(".+")
			return
		}
		argument = substr(argument, RSTART + 2, RLENGTH - 3)
		match(argument, /^"([^"\\]|\\.)*"/)
		one = substr(argument, 1, RLENGTH)
		add_either(text_of(one), text_of(substr(argument, RLENGTH + 4)))
		said = said one
	}

	function show(format, next_, piece, whole, i)
	{
		whole = format
		variants = 1
		variant[1] = escaped(prefix)
		said = ""
		for (next_ = 2; format != ""; format = substr(format, length(piece) + 1)) {
			if (match(format, /^[^%]+/) || match(format, /^%%/)) {
				piece = substr(format, 1, RLENGTH)
				said = said piece
				add(piece == "%%" ? "%" : escaped(piece))
			} else if (match(format, \
	/^%[-+ #0]*([0-9]+|[*])?([.]([0-9]+|[*]))?[hlzjt]*(p[A-Za-z0-9]*|[a-zA-Z])/)) {
				piece = substr(format, 1, RLENGTH)
				next_ += split(piece, unused, "*") - 1
				add_argument(arguments[next_++])
			} else {
				piece = substr(format, 1, 1)
				add(escaped(piece))
			}
		}
		if (said !~ /[a-z][a-z][a-z]/) {
			variants = 1
			variant[1] = escaped(prefix whole)
		}
		for (i = 1; i <= variants; i++)
			print variant[i]
	}

	# src/build.c and src/redirect.c define pr_fmt() for all messages.
	BEGIN { prefix = "hugecontig: " }
	# Of the preprocessor only what it makes of messages is of interest.
	/^#[ \t]*define[ \t]+pr_fmt/ { next }
	{ rest = rest $0 "\n" }
	END {
		tokenize()
		for (i = 1; i < nr; i++) {
			if (tokens[i] !~ /^(pr_(emerg|alert|crit|err|warn|notice|info|cont|debug|devel)|printk)(_once|_ratelimited|_deferred)?$/ ||
			    tokens[i + 1] != "(")
				continue
			read_arguments(i + 1)
			show(format_of(arguments[1]))
		}
	}' "$1"
}

# messages DIRECTORY
messages()
{
	find "$1/src" "$1/include" -name '*.[ch]' | sort | while read -r source; do
		messages_of "$source"
	done
}

# told_messages DIRECTORY: the headings of that section, without their backticks
told_messages()
{
	awk -v section="$MESSAGES" '
		/^## / { inside = $0 == section }
		inside && sub(/^### /, "") {
			gsub(/^`+|`+$/, "")
			print
		}' "$1/$TROUBLESHOOTING"
}

# untold_messages DIRECTORY: those of the sources that no heading has
untold_messages()
{
	told_messages "$1" > "$work/told"
	messages "$1" | while IFS= read -r pattern; do
		grep -q -x -E -e "$pattern" "$work/told" || echo "$pattern"
	done
}

# stale_messages DIRECTORY: the headings that no source writes
stale_messages()
{
	messages "$1" > "$work/patterns"
	told_messages "$1" | grep -v -x -E -f "$work/patterns"
}

# --- parameters -------------------------------------------------------------

# parameters DIRECTORY: of the sources
parameters()
{
	cat "$1"/src/*.c | tr '\n' ' ' |
		grep -o -E '\bmodule_param[a-z_]*\([[:space:]]*[a-z_0-9]+' |
		sed 's/.*[([:space:]]//' | sort | xargs
}

# told_parameters FILE: in the first column of the table below "Parameters"
told_parameters()
{
	awk '
		/^## / { inside = /^## Parameters/ }
		inside && /^[|] *`/ {
			split($0, cells, "|")
			gsub(/[`,]/, " ", cells[2])
			print cells[2]
		}' "$1" | xargs -n 1 | sort | xargs
}

# --- links ------------------------------------------------------------------

# documents DIRECTORY
documents()
{
	(cd "$1" && find . \( -name '.?*' -o -name dist -o -name 'demo-*' \) -prune -o \
		-name '*.md' -print | sed 's/^..//' | sort)
}

# all_links DIRECTORY: "DOCUMENT FILE LINK", the file seen from the top. Code has no links,
# and what is elsewhere is not looked at.
all_links()
{
	# shellcheck disable=SC2046 # a list
	(cd "$1" && awk '
		function file_of(document, link)
		{
			sub(/#.*/, "", link)
			if (link == "")
				return document
			sub(/[^\/]*$/, "", document)
			link = document link
			while (sub(/^[.]\//, "", link) || sub(/\/[.]\//, "/", link) ||
			       sub(/[^\/.][^\/]*\/[.][.]\//, "", link))
				;
			return link
		}

		FNR == 1 { code = 0 }
		/^[ \t]*```/ { code = !code }
		code || /^(    |\t)/ { next }
		{
			gsub(/`[^`]*`/, "")
			while (match($0, /\]\([^)]*\)/)) {
				link = substr($0, RSTART + 2, RLENGTH - 3)
				$0 = substr($0, RSTART + RLENGTH)
				if (link !~ /^[a-z]+:/)
					print FILENAME, file_of(FILENAME, link), link
			}
		}' $(documents .))
}

# all_anchors DIRECTORY: "FILE#ANCHOR" for each heading: small letters, no punctuation,
# hyphens for blanks, and a number if there is the same one already
all_anchors()
{
	# shellcheck disable=SC2046 # a list
	(cd "$1" && awk '
		FNR == 1 { code = 0 }
		/^[ \t]*```/ { code = !code }
		!code && /^##* / {
			sub(/^##* +/, "")
			gsub(/\]\([^)]*\)/, "")
			$0 = tolower($0)
			gsub(/[^a-z0-9 _-]/, "")
			gsub(/ /, "-")
			anchor = FILENAME "#" $0
			print anchor (seen[anchor]++ ? "-" seen[anchor] - 1 : "")
		}' $(documents .))
}

# broken_links DIRECTORY: files that are not there, then headings
broken_links()
{
	all_anchors "$1" > "$work/anchors"
	all_links "$1" > "$work/links"
	while read -r document file link; do
		[ -e "$1/$file" ] || echo "$document: $link"
	done < "$work/links"
	awk 'FNR == NR { anchors[$0] }
	     FNR != NR && match($3, /#.*/) && !(($2 substr($3, RSTART)) in anchors) {
		print $1 ": " $3
	     }' "$work/anchors" "$work/links"
}

# lonely_documents DIRECTORY: files of docs that no other document links to
lonely_documents()
{
	all_links "$1" | awk '$1 != $2 { print $2 }' > "$work/linked"
	(cd "$1" && find docs -type f | sort) | grep -v -x -F -f "$work/linked"
}

# --- README and CHANGELOG ---------------------------------------------------

# changelog_version DIRECTORY: of its top section
changelog_version()
{
	sed -n 's/^## \([^ ]*\).*/\1/p' "$1/CHANGELOG.md" | head -n 1
}

# package_version DIRECTORY
package_version()
{
	sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$1/dkms.conf"
}

# readme_lines DIRECTORY
readme_lines()
{
	wc -l < "$1/README.md"
}

# --- documents that are wrong -----------------------------------------------

# sample DIRECTORY: in each way that is looked for
sample()
{
	mkdir -p "$1/src" "$1/include" "$1/docs"
	cat > "$1/src/sample.c" <<-'END'
	#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
	/* pr_err("of a comment\n"); */
	static const char quote = '"';
		pr_err("told of \"%s\" [%*pE], "
		       "in two lines (%d)\n",
		       name(a, b), width, text, ret);
		pr_warn_once("%s: nobody tells of it\n", name);
		pr_info("switched %s\n", on ? "on" : "off");
		pr_notice("%s: %d\n", name, ret);
		pr_err(format, name);
	module_param_cb(told, &ops, NULL, 0644);
	module_param_named(
		untold, variable, int, 0644);
	END
	cat > "$1/$TROUBLESHOOTING" <<-END
	# Sample
	$MESSAGES
	### \`hugecontig: told of "NAME" [TEXT], in two lines (-22)\`
	### \`hugecontig: switched on\`
	### \`hugecontig: nobody says it\`
	## What others say
	### \`not looked at\`
	[itself](troubleshooting.md#sample), [bad]($TROUBLESHOOTING)
	END
	cat > "$1/docs/table.md" <<-'END'
	# `a` (b), c: d
	## Parameters: here
	| name | what |
	| --- | --- |
	| `told`, `stale` | |
	## Other
	| `other` | |
	END
	cat > "$1/README.md" <<-'END'
	[good](docs/table.md#a-b-c-d) and [good](docs/../docs/./table.md), [bad](docs/none.md)
	[bad](docs/table.md#none), `[code](none)`, [elsewhere](https://host.example/none)
	<!-- kernels: written -->
	| a row |
	<!-- /kernels -->

	    [code](none)
	END
	printf '# Changelog\n\n## 1.2.4 - today\n\n## 1.2.3\n' > "$1/CHANGELOG.md"
	echo 'PACKAGE_VERSION="1.2.3"' > "$1/dkms.conf"
}

bad=$work/bad
sample "$bad"

ktap_plan 14

ktap_equal "messages: the check sees those that nobody tells of" "$(untold_messages "$bad")" \
'hugecontig: .+: nobody tells of it
hugecontig: switched off
hugecontig: %s: %d
hugecontig: '
ktap_equal "each message of the module is in $TROUBLESHOOTING" \
	"$(untold_messages "$TOP")" ""
ktap_equal "messages: the check sees one that no source has" "$(stale_messages "$bad")" \
	"hugecontig: nobody says it"
ktap_equal "$TROUBLESHOOTING has no other" "$(stale_messages "$TOP")" ""

ktap_equal "parameters: the check sees what differs" \
	"$(parameters "$bad"), $(told_parameters "$bad/docs/table.md")" \
	"told untold, stale told"
for document in docs/interface.md docs/operator.md; do
	ktap_equal "parameters of $document" "$(told_parameters "$TOP/$document")" \
		"$(parameters "$TOP")"
done

ktap_equal "links: the check sees those that lead nowhere" "$(broken_links "$bad")" \
'README.md: docs/none.md
docs/troubleshooting.md: docs/troubleshooting.md
README.md: docs/table.md#none'
ktap_equal "each link leads somewhere" "$(broken_links "$TOP")" ""
ktap_equal "documents: the check sees one that nobody links to" \
	"$(lonely_documents "$bad")" "$TROUBLESHOOTING"
ktap_equal "each file of docs is linked to" "$(lonely_documents "$TOP")" ""

ktap_equal "version of CHANGELOG.md" \
	"$(changelog_version "$bad"), $(changelog_version "$TOP")" \
	"1.2.4, $(package_version "$TOP")"
ktap_equal "README.md: the check counts each line" "$(readme_lines "$bad")" 7
ktap_true "README.md has $(readme_lines "$TOP") lines, $README_LINES at most" \
	[ "$(readme_lines "$TOP")" -le $README_LINES ]

ktap_finish
