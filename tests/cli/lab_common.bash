# SPDX-License-Identifier: MIT
# What the tests of the lab share: LAB, the folder of its programs, beside the program under test.
LAB=$(cd "$(dirname "$COHERENCE")/../lab" 2>/dev/null && pwd || true)

programs()
{
    [ -n "$LAB" ] && [ -x "$LAB/enter" ] || skip 'the lab is not built (meson option benches)'
}

# gone PID: there is no such process, or nobody has buried it yet.
gone()
{
    local state
    state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null || true)
    [ -z "$state" ] || [ "$state" = Z ] || { echo "process $1 is still there: $state"; return 1; }
}
