#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# coherence check-config: every problem with its place on standard error, exit 2 if there is any; the golden cases through the program itself.
# COHERENCE: the program.

# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
bats_require_minimum_version 1.5.0

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit
}

@test "a good file says nothing and exits 0" {
    run --separate-stderr "$COHERENCE" check-config "$BATS_TEST_DIRNAME/../golden/config/good.yaml"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ -z "$stderr" ]
}

@test "every golden case says what is expected, each line after the program's name" {
    cd "$BATS_TEST_DIRNAME/../golden/config" || exit
    for file in *.yaml; do
        run --separate-stderr "$COHERENCE" check-config "$file"
        expected=$(sed 's/^/coherence: /' "${file%.yaml}.expected")
        if [ "$stderr" != "$expected" ]; then
            diff <(echo "$expected") <(echo "$stderr")
        fi
        if [ -s "${file%.yaml}.expected" ]; then [ "$status" -eq 2 ]; else [ "$status" -eq 0 ]; fi
        [ -z "$output" ]
    done
}

@test "conf.d beside the file is checked with it" {
    mkdir conf.d
    echo 'profile: classic' >c.yaml
    echo 'veto: {ttl: 5}' >conf.d/a.yaml
    echo 'profil: default' >conf.d/b.yaml
    run --separate-stderr "$COHERENCE" check-config c.yaml
    [ "$status" -eq 2 ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ ${stderr_lines[0]} == *"conf.d/a.yaml:1:13: veto.ttl: '5' needs a unit"* ]]
    [[ ${stderr_lines[1]} == *"conf.d/b.yaml:1:1: unknown key 'profil'; did you mean 'profile'?"* ]]
}

@test "a FIFO, a directory, a device and a missing file are refused at once" {
    mkfifo fifo
    for path in fifo . /dev/zero nowhere; do
        run --separate-stderr timeout 5 "$COHERENCE" check-config "$path"
        [ "$status" -eq 2 ]
        [ "${#stderr_lines[@]}" -eq 1 ]
    done
}

@test "a file name with control bytes cannot drive the terminal" {
    name=$(printf 'a\033[31m.yaml')
    echo 'profil: 1' >"$name"
    run --separate-stderr "$COHERENCE" check-config "$name"
    [ "$status" -eq 2 ]
    [[ $stderr == *'\x1b[31m'* ]]
    [[ $stderr != *$'\033'* ]]
}
