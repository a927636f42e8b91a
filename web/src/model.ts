// SPDX-License-Identifier: MIT
// What the page knows: the last ticks of each host, and the sentinel's last answers, each with the moment at which it was heard. What is too old to be
// believed is told from what is current by the clock of this page alone: the sentinel's may be anybody's.
import type { Entity, EntityDetail, Incident, IncidentDetail, LawName, Reading, Spectrum, Status, Tick } from "./api";

export const MAIN_LAWS = ["seizure", "fever", "amplification"] as const;
export type MainLaw = (typeof MAIN_LAWS)[number];

export const TRAIL_TICKS = 600; // ten minutes at a tick a second, as the terminal and the sentinel keep
const HOSTS_MAX = 512; // more than a sentinel watches
const QUIET_TICKS = 3; // periods without a tick: then what is shown is old
const QUIET_LEAST_S = 3;

/** What a law of a host was, tick by tick, oldest first; absent values are null. */
export interface Trail {
    t: number[];
    value: (number | null)[];
    expected: (number | null)[];
    lo: (number | null)[];
    hi: (number | null)[];
    unit: string;
}

const COLUMNS = ["t", "value", "expected", "lo", "hi"] as const;

export const emptyTrail = (): Trail => ({ t: [], value: [], expected: [], lo: [], hi: [], unit: "" });

export interface Host {
    name: string;
    tick: Tick;
    heard: number; // performance.now() of the last tick
    period_s: number;
    trails: Record<MainLaw, Trail>;
}

export type Connection =
    | { state: "connecting" }
    | { state: "open" }
    | { state: "lost"; why: string; again: number } // performance.now() of the next try
    | { state: "locked" };

export interface Board {
    connection: Connection;
    hosts: Map<string, Host>;
    chosen: string | null; // by the person; else the worst
    status: Status | null;
    entities: Entity[];
    entities_left_out: number;
    incidents: IncidentDetail[]; // open, the worst first
    over: Incident[]; // the latest first
    spectrum: Spectrum | null; // of the host
    held: boolean; // drawing stands still, by wish
    trouble: string | null; // an answer that could not be had
}

export const board: Board = {
    connection: { state: "connecting" }, hosts: new Map(), chosen: null, status: null, entities: [], entities_left_out: 0, incidents: [], over: [],
    spectrum: null, held: false, trouble: null,
};

function push(trail: Trail, t: number, r: Reading): void {
    if (r.unit !== trail.unit) Object.assign(trail, emptyTrail(), { unit: r.unit }); // it speaks of something else now
    const last = trail.t.at(-1);
    if (last !== undefined && t <= last) return;
    const row = { t, value: r.value, expected: r.expected, lo: r.band[0], hi: r.band[1] };
    for (const column of COLUMNS) {
        (trail[column] as (number | null)[]).push(row[column]);
        if (trail[column].length > TRAIL_TICKS) trail[column].shift();
    }
}

/** Puts what was before the page came in front of what it has heard itself. */
export function prepend(trail: Trail, past: Trail): void {
    if (past.unit !== trail.unit && trail.t.length > 0) return;
    const first = trail.t[0] ?? Infinity;
    const n = past.t.filter((t) => t < first).length;
    for (const column of COLUMNS) {
        const joined = [...(past[column].slice(0, n) as (number | null)[]), ...(trail[column] as (number | null)[])];
        (trail as unknown as Record<string, (number | null)[]>)[column] = joined.slice(-TRAIL_TICKS);
    }
    trail.unit ||= past.unit;
}

export function takeTick(tick: Tick, now: number): void {
    let host = board.hosts.get(tick.host);
    if (!host) {
        if (board.hosts.size >= HOSTS_MAX) return;
        host = {
            name: tick.host, tick, heard: now, period_s: 1,
            trails: { seizure: emptyTrail(), fever: emptyTrail(), amplification: emptyTrail() },
        };
        board.hosts.set(tick.host, host);
    } else if (tick.t > host.tick.t) {
        host.period_s = Math.min(60, Math.max(0.1, tick.t - host.tick.t));
    }
    if (tick.t < host.tick.t - 1) host.trails = { seizure: emptyTrail(), fever: emptyTrail(), amplification: emptyTrail() }; // another run
    host.tick = tick;
    host.heard = now;
    for (const law of MAIN_LAWS) push(host.trails[law], tick.t, tick.laws[law]);
}

/** Seconds since this page last heard of the host. */
export const silence = (host: Host, now: number): number => (now - host.heard) / 1000;

/** Whether what the page shows of the host is old. */
export function isQuiet(host: Host, now: number): boolean {
    return silence(host, now) > Math.max(QUIET_LEAST_S, QUIET_TICKS * host.period_s);
}

/** Engine time now, as far as it can be told. */
export const engineNow = (host: Host, now: number): number => host.tick.t + silence(host, now);

const GRAVITY: Record<string, number> = { unstable: 4, error: 3, stale: 2, warmup: 1, stable: 0 };

export function hostsByGravity(): Host[] {
    return [...board.hosts.values()].sort((a, b) => GRAVITY[b.tick.status]! - GRAVITY[a.tick.status]! || a.name.localeCompare(b.name));
}

/** The host that is shown. */
export function host(): Host | null {
    if (board.chosen !== null && board.hosts.has(board.chosen)) return board.hosts.get(board.chosen)!;
    return board.hosts.size === 1 ? [...board.hosts.values()][0]! : (hostsByGravity()[0] ?? null);
}

export const entityOf = (h: Host): Entity | undefined => board.entities.find((e) => e.kind === "host" && e.name === h.name);

/** The cause that the open finding of an entity's law names. */
export function causeOf(kind: string, name: string, hostName: string, law: LawName): string | null {
    for (const { findings } of board.incidents)
        for (const f of findings)
            if (f.law === law && f.host === hostName && f.entity.kind === kind && f.entity.name === name && f.cause !== "unexplained") return f.cause;
    return null;
}

/** The law that puts an entity where it stands in the list, and how far it is up. */
export interface Standing { law: LawName; reading: Reading; group: number; ratio: number }

const GROUPS: Record<string, number> = { active: 4, ok: 3, stale: 2, warmup: 1, unobservable: 0 };

export const ratioOf = (r: Reading): number => {
    const hi = r.band[1];
    return hi !== null && hi > 0 && r.value !== null ? r.value / hi : NaN;
};

export function standing(e: Entity): Standing | null {
    let best: Standing | null = null;
    for (const law of Object.keys(e.laws) as LawName[]) {
        const reading = e.laws[law]!;
        if (law === "signal_lost" && reading.state !== "active") continue; // only that its source is silent is news
        const group = GROUPS[reading.state]!;
        const tenths = Math.round(Math.max(0, ratioOf(reading) || 0) * 10);
        if (!best || group > best.group || (group === best.group && tenths > best.ratio)) best = { law, reading, group, ratio: tenths };
    }
    return best;
}

export type { EntityDetail };
