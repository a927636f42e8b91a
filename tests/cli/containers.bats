#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Containers of a node, with real cgroups and namespaces: what is seen of them from the node, and from a container that is given the node's
# /proc and /sys.

load common

setup()
{
    cd "$BATS_TEST_TMPDIR"
    [ "$(id -u)" -eq 0 ] || skip 'only root can make cgroups and namespaces'
    unshare --mount --pid --net --cgroup --fork true 2>/dev/null || skip 'no namespaces can be made here'
    GROUP=coherence-test-$$-$BATS_TEST_NUMBER
    make_groups || skip 'no cgroups can be made here'
}

teardown()
{
    for id in ${pids-}; do kill -9 "$id" 2>/dev/null || true; done
    wait
    # A cgroup is busy until its last process is reaped.
    for _ in $(seq 50); do
        left=
        for d in ${groups-}; do rmdir "$d/inner" "$d/busy" "$d/me" "$d" 2>/dev/null || true; [ ! -d "$d" ] || left=1; done
        [ -n "$left" ] || break
        sleep 0.1
    done
    [ -n "${BATS_TEST_COMPLETED-}" ] || { cat errors 2>/dev/null; tail -n 5 telemetry.csv 2>/dev/null; }
}

# A cgroup with three below it in every hierarchy that counts CPU time, or is of v2.
make_groups()
{
    groups=
    while read -r point; do
        mkdir "$point/$GROUP" 2>/dev/null || continue
        mkdir "$point/$GROUP/inner" "$point/$GROUP/busy" "$point/$GROUP/me" && groups="$groups $point/$GROUP"
    done < <(awk '/ - cgroup2 / || (/ - cgroup / && /cpuacct/) { print $5 }' /proc/self/mountinfo)
    [ -n "$groups" ]
}

# inside NAME COMMAND...: runs in the groups of that name, in the background.
inside()
{
    name=$1
    shift
    (
        for d in $groups; do echo $BASHPID >"$d/$name/cgroup.procs"; done
        exec "$@"
    ) </dev/null >/dev/null 2>&1 3>&- &
    pids="${pids-} $!"
}

# connects: tries the discard port of its own loopback, where nobody listens, ten times a second.
connects()
{
    cat <<'END'
import fcntl, socket, struct, time
s = socket.socket()
fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 1))  # SIOCSIFFLAGS, IFF_UP
open('connects', 'w').close()
while True:
    with socket.socket() as s:
        s.connect_ex(('127.0.0.1', 9))
    time.sleep(0.1)
END
}

# last METRIC: its last value of the inner cgroup.
last()
{
    awk -F, -v m="$1" -v e="cgroup:$GROUP/inner" '$3 == m && $5 == e { v = $4 } END { print v }' telemetry.csv
}

@test "TCP connections of a container are its own, and none of the node's" {
    connects >connects.py
    inside inner unshare --net python3 connects.py
    for _ in $(seq 100); do [ ! -e connects ] || break; sleep 0.1; done
    "$COHERENCE" run --json --csv telemetry.csv --duration 6 >/dev/null 2>errors
    out=$(last system.network.connection.opened.active) failed=$(last system.network.connection.failed)
    [ "$out" -ge 20 ]
    [ "$failed" -ge 20 ]
    is "$(last system.network.connection.opened.passive)" 0
    # The node's own processes are in the node's network.
    is "$(awk -F, '/opened.active/ && $5 ~ /^cgroup:/ { print $5 }' telemetry.csv | sort -u)" "cgroup:$GROUP/inner"
}

@test "from a container, the node's cgroups have their names, and its CPU time is read ten times a second" {
    inside busy sh -c 'while :; do :; done'
    connects >connects.py
    inside inner unshare --net python3 connects.py
    mkdir node
    cat >container <<'END'
mount -t tmpfs none node && mkdir node/proc node/sys
mount --rbind /proc node/proc && mount --rbind /sys node/sys && mount -t proc proc /proc
exec "$COHERENCE" run --json --root "$PWD/node" --csv "$PWD/telemetry.csv" --duration 14 >/dev/null 2>"$PWD/errors"
END
    inside me unshare --mount --pid --cgroup --fork sh container
    wait "${pids##* }"
    [ "$(awk -F, '$3 == "system.cpu.utilization" && $5 == ""' telemetry.csv | wc -l)" -ge 80 ]
    is "$(awk -F, '$5 == "cgroup:/"' telemetry.csv | wc -l)" 0
    grep -q ",process:$GROUP/busy/[0-9]* sh @" telemetry.csv
    # Of its cgroup it is told no process numbers: the watched processes stand in.
    [ "$(last system.network.connection.opened.active)" -ge 5 ]
}
