// SPDX-License-Identifier: MIT
// The words of the page: those of the terminal (src/output/tui), so that what is read in one place is found in the other.
import type { HostStatus, LawName, Reading } from "./api";
import { known, scale } from "./format";

/** How grave something is: a word for CSS and for the sign before it. */
export type Tone = "good" | "notice" | "bad" | "quiet";

export interface Said { word: string; tone: Tone; sign: string }

const SIGN: Record<Tone, string> = { good: "●", notice: "◆", bad: "▲", quiet: "○" };
const said = (word: string, tone: Tone): Said => ({ word, tone, sign: SIGN[tone] });

export const HOST_SAID: Record<HostStatus, Said> = {
    warmup: said("warming up", "quiet"),
    stable: said("stable", "good"),
    unstable: said("unstable", "bad"),
    stale: said("no telemetry", "notice"),
    error: said("unreadable", "notice"),
};
export const NO_CONTACT = said("no contact", "notice");
export const NO_TICK = said("no tick yet", "quiet");

export function lawSaid(r: Reading): Said {
    switch (r.state) {
        case "active": return said("active", "bad");
        case "ok": return known(r.value) && known(r.band[1]) && r.value > r.band[1] ? said("high", "notice") : said("ok", "good");
        case "stale": return said("stale", "notice");
        case "warmup": return said("warmup", "quiet");
        default: return said("unobservable", "quiet");
    }
}

/** Why there is no number; null when there is one. */
export function whyNothing(r: Reading): string | null {
    if (r.state === "unobservable") return "no source for it here";
    if (r.state === "stale") return "its source has gone quiet: no verdict";
    if (known(r.value)) return null;
    if (r.state === "warmup") return "learning what is usual here";
    return r.state === "ok" ? "nothing to judge at present" : "no data";
}

export const LAW: Record<LawName, { title: string; measured: string; means: string }> = {
    seizure: { title: "Compute seizure", measured: "CPU swing", means: "the CPU swings at some time scale while its mean stays moderate: lock contention, thrashing, throttling" },
    fever: { title: "Resource fever", measured: "memory", means: "memory is allocated or grows faster than usual: churn, a leak, exhaustion ahead" },
    amplification: { title: "Intent amplification", measured: "out per in", means: "requests that leave per request that comes in: retries that feed on themselves" },
    shock: { title: "Shock", measured: "", means: "one value far outside what is usual" },
    early_warning: { title: "Early warning", measured: "", means: "variance and memory of the series rise together" },
    signal_lost: { title: "Signal lost", measured: "", means: "its telemetry has stopped: no verdict, no advice" },
};

/** What the fever law looks at where it is not memory, by the unit of its reading. */
const CONSUMED: Record<string, string> = {
    "{task}/s": "tasks", "{entry}/s": "connections tracked", "{inode}/s": "inodes", "{file}/s": "open files", "1": "garbage collection", "1/s": "garbage collection",
};

/** "CPU swing at 0.8 s", of a file system "space over 60 s", or with a cause "lock convoy over 0.8 s". */
export function measured(law: LawName, kind: string, r: Reading, cause: string | null): string {
    const own = law === "fever" ? CONSUMED[r.unit] ?? (kind === "filesystem" ? "space" : LAW.fever.measured) : LAW[law].measured;
    const what = cause ? cause.replace(/_/g, " ") : own;
    if (!what || !known(r.scale_s)) return what;
    return `${what} ${law === "seizure" && !cause ? "at" : "over"} ${scale(r.scale_s)}`;
}

export const ACTION: Record<string, string> = { SHED_LOAD: "Shed load", THROTTLE: "Throttle", CAP_RETRIES: "Cap retries" };

export const GLOSSARY: [string, string][] = [
    ["ok", "inside its band"],
    ["high", "outside its band, but not long or not plainly enough for a finding"],
    ["active", "a finding is open; the incident says why"],
    ["warmup", "not long enough watched to say"],
    ["stale", "its source has gone quiet: no verdict, no advice"],
    ["unobservable", "it has no source on this host"],
    ["usual", "what this host does normally, learned from it"],
    ["band", "values that raise no finding: the shaded area of a chart"],
    ["of band", "value in percent of the band's upper end"],
    ["surprise", "distance from what was expected, in usual deviations; above 5 is rare"],
    ["spectrum", "how much CPU use changes from one moment to the next, by the length of the moment; the darker, the nearer to the band's upper end"],
    ["advice", "a recommendation that expires; Coherence itself changes nothing"],
];
