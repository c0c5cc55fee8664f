#!/bin/sh
# A tool in the shell's own language: its input is JSON on standard input, its answer JSON on standard output, and what it
# writes to standard error is its log. It finds an empty folder in $HOME, which is gone when it ends.
set -eu
cat >"$HOME/input"
# The letters of the JSON text, less the name of its one member and less its escapes.
sed -e 's/^[^:]*://' -e 's/\\./ /g' "$HOME/input" | tr -cs '[:alpha:]' '\n' | tr '[:upper:]' '[:lower:]' |
  sed '/^$/d' | sort | uniq -c | sort -k1,1nr -k2 | head -n 20 >"$HOME/counts"
echo "$(wc -l <"$HOME/counts") words are shown" >&2
awk 'BEGIN { printf "{\"words\":[" }
  { printf "%s{\"word\":\"%s\",\"count\":%d}", (NR > 1 ? "," : ""), $2, $1 }
  END { print "]}" }' "$HOME/counts"
