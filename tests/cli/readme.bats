#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every command that a document shows is run, and what the document says that it prints is compared.

bats_require_minimum_version 1.5.0

check()
{
    run "$BATS_TEST_DIRNAME/../../scripts/check-doc" "$BATS_TEST_DIRNAME/../../$1"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "README.md tells the truth" {
    check README.md
}

@test "CONTRIBUTING.md tells the truth" {
    check CONTRIBUTING.md
}

@test "SECURITY.md tells the truth" {
    check SECURITY.md
}

@test "ARCHITECTURE.md tells the truth" {
    check ARCHITECTURE.md
}

@test "the documents under docs/ tell the truth" {
    cd "$BATS_TEST_DIRNAME/../.."
    for document in docs/*.md docs/decisions/*.md; do
        check "$document"
    done
}

@test "every document is linked to by another, and every link of a document leads somewhere" {
    cd "$BATS_TEST_DIRNAME/../.."
    for document in docs/*.md; do
        name=$(basename "$document")
        grep -lE "\]\((docs/)?${name}[)#]" ./*.md docs/*.md | grep -qvx "$document" || { echo "no document leads to $document; docs/README.md is the index"; false; }
    done
    for document in *.md docs/*.md docs/decisions/*.md; do
        sed '/^```/,/^```/d' "$document" | grep -oE '\]\([^)#: ]+' | sed 's/^](//' | sort -u >"$BATS_TEST_TMPDIR/links" || true
        while read -r link; do
            [ -e "$(dirname "$document")/$link" ] || { echo "$document: $link is not there"; false; }
        done <"$BATS_TEST_TMPDIR/links"
    done
}

@test "README.md begins with the two commands that scripts/fresh-root proves" {
    cd "$BATS_TEST_DIRNAME/../.."
    run awk '/^```sh$/ { inside = 1; next } /^```/ { if (inside) exit } inside { sub(/ *#.*/, ""); print }' README.md
    [ "${lines[0]}" = './bootstrap live' ]
    [ "${lines[1]}" = './bootstrap test' ]
}

@test "a document that lies is caught" {
    doc=$BATS_TEST_TMPDIR/lie.md
    printf '```sh\nfalse\n```\n' >"$doc"
    run "$BATS_TEST_DIRNAME/../../scripts/check-doc" "$doc"
    [ "$status" -eq 1 ]
    printf '```console\n$ printf "one\\ntwo\\nthree\\n"\none\n...\n```\n' >"$doc"
    run "$BATS_TEST_DIRNAME/../../scripts/check-doc" "$doc"
    [ "$status" -eq 0 ]
    printf '```console\n$ printf "one\\ntwo\\nthree\\n"\none\n...\ntwo\n```\n' >"$doc"
    run "$BATS_TEST_DIRNAME/../../scripts/check-doc" "$doc"
    [ "$status" -eq 1 ]
    printf '```sh\n./bootstrap dance\n```\n' >"$doc"
    run "$BATS_TEST_DIRNAME/../../scripts/check-doc" "$doc"
    [ "$status" -eq 1 ]
    printf '```txt a.txt\nhello\n```\n```console\n$ cat a.txt\nhello\n```\n' >"$doc"
    run "$BATS_TEST_DIRNAME/../../scripts/check-doc" "$doc"
    [ "$status" -eq 0 ]
}
