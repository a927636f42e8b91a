#!/bin/sh
# SPDX-License-Identifier: MIT
# Files to C: embed.sh HEADER TYPE SYMBOL FILE... > out.c
# Writes `const struct TYPE SYMBOL[]` with one row {base name, bytes, count} a file, ended by a row of NULL. TYPE is declared in HEADER.
# Only sh, od and awk: a bare Debian has neither xxd nor python.
set -eu

header=$1 type=$2 symbol=$3
shift 3

printf '/* Made by scripts/embed.sh; do not edit. */\n#include "%s"\n\n' "$header"
i=0
for file in "$@"; do
    [ -s "$file" ] || { printf 'embed.sh: %s is missing or empty\n' "$file" >&2; exit 1; }
    printf 'static const unsigned char %s_%d[] = {\n' "$symbol" "$i"
    od -An -v -tx1 "$file" | awk '{ for (k = 1; k <= NF; k++) printf "0x%s,", $k; print "" }'
    printf '};\n\n'
    i=$((i + 1))
done
printf 'const struct %s %s[] = {\n' "$type" "$symbol"
i=0
for file in "$@"; do
    printf '    {"%s", %s_%d, sizeof(%s_%d)},\n' "${file##*/}" "$symbol" "$i" "$symbol" "$i"
    i=$((i + 1))
done
printf '    {NULL, NULL, 0},\n};\n'
