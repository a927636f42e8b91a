// SPDX-License-Identifier: MIT
// What the sentinel answers (docs/openapi.json), asked with the token where there is one. The token is kept for this tab only.

export type LawName = "seizure" | "fever" | "amplification" | "shock" | "early_warning" | "signal_lost";
export type LawState = "warmup" | "ok" | "active" | "stale" | "unobservable";
export type HostStatus = "warmup" | "stable" | "unstable" | "stale" | "error";
type N = number | null;

export interface Reading { state: LawState; value: N; expected: N; band: [N, N]; unit: string; scale_s: N }
export interface Veto { type: string; action: string; reason: string; confidence: number; expires: number }
export interface Tick {
    type: "tick"; t: number; host: string; status: HostStatus;
    laws: { seizure: Reading; fever: Reading; amplification: Reading };
    veto: Veto | null;
    incident: { id: string; kind: string; severity: string } | null;
}
export interface Incident {
    type: "incident"; t: number; state: "open" | "update" | "close"; id: string; host: string; kind: string; severity: "warning" | "critical";
    start: number; end: number; risk: number; laws: LawName[]; narrative: string; findings: string[]; veto: Veto | null;
    findings_total?: number; exhaustion_s?: [N, N] | null; merged_into?: string | null;
}
export interface Finding {
    type: "finding"; t: number; state: string; id: string; host: string; entity: { kind: string; name: string; parent: string | null };
    law: LawName; onset: number; value: N; expected: N; band: [N, N]; unit: string; scale_s: N; calibrated: boolean; confidence: string;
    cause: string; exhaustion_s: [N, N] | null; evidence: { signal: string; value: N; expected: N }[];
    carriers?: { process: string; share: number }[]; text: string;
}
export interface IncidentDetail { incident: Incident; findings: Finding[]; story?: { kind: string; text: string }[] }
export interface Entity {
    id: number; kind: string; name: string; parent: string | null; host: string; lives: boolean; status: HostStatus | null;
    cpu: N; memory_bytes: N; laws: Partial<Record<LawName, Reading>>;
}
export interface Process {
    id: number; name: string; cpu: N; memory_bytes: N; growth_bytes_per_s: N; threads: N; futex_share: N; wait_ratio: N; faults_per_s: N;
    read_bytes_per_s: N; written_bytes_per_s: N;
}
export interface EntityDetail {
    entity: Entity; findings: Finding[];
    supplies: { name: string; unit: string; used: N; limit: N; growth_per_s: N; exhausted_s: [N, N] }[];
    signals: { metric: string; label: string; unit: string; rate: boolean; value: N; expected: N; surprise: N; recent: N[] }[];
    processes: Process[]; process_count: number;
}
export interface Spectrum { id: number; unit: string; step_s: number; t: N; scale_s: number[]; value: N[][] }
export interface Status {
    version: string; profile: string; started: number; uptime_s: number; t: N; ready: boolean; not_ready: string | null;
    seal: { no_new_privileges: boolean; landlock: boolean; seccomp: boolean; missing: string | null };
    sources: { name: string; up: boolean; heard: N; samples: number }[];
    degraded: string[]; entities: number; series: number; samples: number; refused: number; findings: number; incidents: number;
    tick_overruns: number; false_alarm_budget: { promised_per_day: N; shocks_per_day: N; host_days: number };
}
export interface Series { t: number[]; value: N[]; expected: N[]; lo: N[]; hi: N[] }

export class Refused extends Error {
    constructor(readonly status: number, message: string) {
        super(message);
    }
}

const TOKEN = "coherence.token";
let token: string | null = null;
try {
    token = sessionStorage.getItem(TOKEN);
} catch {
    token = null; // a browser without storage: asked for again after a reload
}

export const hasToken = (): boolean => token !== null;

export function setToken(value: string | null): void {
    token = value;
    try {
        if (value === null) sessionStorage.removeItem(TOKEN);
        else sessionStorage.setItem(TOKEN, value);
    } catch {
        // kept in this page alone
    }
}

/** An answer with status 200; throws Refused with the sentinel's own words, or what fetch throws when there is no answer. */
export async function ask(path: string, signal: AbortSignal): Promise<Response> {
    const answer = await fetch(path, {
        headers: token === null ? {} : { Authorization: `Bearer ${token}` },
        signal, cache: "no-store", credentials: "omit", redirect: "error",
    });
    if (answer.ok) return answer;
    let why = `the sentinel answered ${answer.status}`;
    try {
        why = ((await answer.json()) as { error: string }).error;
    } catch {
        // no body of its own
    }
    throw new Refused(answer.status, why);
}

const PATIENCE_MS = 10_000;

export async function get<T>(path: string): Promise<T> {
    return (await (await ask(path, AbortSignal.timeout(PATIENCE_MS))).json()) as T;
}
