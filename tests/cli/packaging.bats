#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What packaging/ ships: the container's root file system, run as the image would be, and the manifests. The Debian package takes minutes to build
# and is scripts/package-acceptance's matter.

load common

@test "the program works in the container's root: read-only, no shell, a user without rights" {
    [ "$(id -u)" -eq 0 ] || skip 'only root can make namespaces and change its root'
    unshare --mount --pid --net --ipc --uts --fork true 2>/dev/null || skip 'no namespaces can be made here'
    run "$TOP/scripts/container-root" "$COHERENCE"
    echo "$output"
    [ "$status" -eq 0 ]
    has 'ticks, HTTP, alerts, remote write, the seal and doctor work in it' "$output"
}

@test "the manifests for Kubernetes and ECS keep their promises" {
    python3 -c 'import yaml' 2>/dev/null || skip 'python3-yaml is not installed'
    run "$TOP/scripts/check-manifests" "$COHERENCE"
    is "$output" ''
    [ "$status" -eq 0 ]
}
