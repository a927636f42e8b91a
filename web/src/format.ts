// SPDX-License-Identifier: MIT
// Numbers and times in the words of the terminal (src/output/tui/phrase.c). What is absent is said to be absent.

export const NO_DATA = "no data";
const NOTHING = 5e-4; // below this in the unit that is shown, digits are noise of the arithmetic

export type Maybe = number | null | undefined;
export const known = (v: Maybe): v is number => typeof v === "number" && Number.isFinite(v);

/** Significant digits; those before the point are never cut. */
export function human(value: number, digits = 3): string {
    if (Math.abs(value) < NOTHING) return "0";
    const before = Math.floor(Math.log10(Math.abs(value))) + 1;
    const text = before >= digits ? Math.round(value).toString() : value.toFixed(Math.min(20, digits - before));
    return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

/** 12345 as 12 345, with narrow blanks. */
export const count = (n: number): string => Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");

const COUNTED: Record<string, string> = {
    "{page}/s": "pages/s", "{task}/s": "tasks/s", "{entry}/s": "entries/s", "{inode}/s": "inodes/s", "{file}/s": "files/s",
};

/** What a value of this size is divided by to be read at a glance, and what stands behind it. */
export function form(size: number, unit: string): { by: number; unit: string } {
    if (unit === "1" || unit === "") return { by: 1, unit: "" };
    if (unit !== "By/s") return { by: 1, unit: COUNTED[unit] ?? unit };
    if (size >= 1e9) return { by: 1e9, unit: "GB/s" };
    if (size >= 1e5 || size < NOTHING * 1e6) return { by: 1e6, unit: "MB/s" };
    return { by: 1e3, unit: "kB/s" };
}

/** A value apart from its unit, which is drawn smaller. */
export function parts(value: Maybe, unit: string): [string, string] {
    if (!known(value)) return [NO_DATA, ""];
    const f = form(Math.abs(value), unit);
    return [human(value / f.by), f.unit];
}

export function quantity(value: Maybe, unit: string): string {
    const [number, behind] = parts(value, unit);
    return behind ? `${number}\u00a0${behind}` : number;
}

export function band(lo: Maybe, hi: Maybe, unit: string): string {
    const low = known(lo), high = known(hi);
    if (!low && !high) return "not known";
    const f = form(Math.max(low ? Math.abs(lo) : 0, high ? Math.abs(hi) : 0), unit);
    const behind = f.unit ? `\u00a0${f.unit}` : "";
    if (!low) return `up to ${human(hi! / f.by)}${behind}`;
    if (!high) return `from ${human(lo / f.by)}${behind}`;
    return `${human(lo / f.by)} to ${human(hi / f.by)}${behind}`;
}

export function bytes(value: Maybe): string {
    if (!known(value)) return NO_DATA;
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let v = value, i = 0;
    while (i + 1 < units.length && Math.abs(v) >= 1000) {
        v /= 1024;
        i++;
    }
    return `${human(v)}\u00a0${units[i]}`;
}

export const percent = (ratio: Maybe): string => (known(ratio) ? `${human(ratio * 100)}\u00a0%` : NO_DATA);

/** A quantity of a metric: shares and time of time in percent, bytes, counts; rates a second. */
export function signal(value: Maybe, unit: string, rate: boolean): string {
    if (!known(value)) return NO_DATA;
    if (unit === "1" || (rate && unit === "s")) return percent(value);
    if (unit === "By") return bytes(value) + (rate ? "/s" : "");
    return human(value) + (rate ? "\u00a0/s" : unit === "s" ? "\u00a0s" : "");
}

export const share = (v: Maybe): string => (known(v) ? Math.min(1, Math.max(0, v)).toFixed(2) : NO_DATA);

/** A span in its two largest units: "5 min 18 s". */
export function span(seconds: number): string {
    const units: [number, string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const s = Math.max(0, Math.floor(seconds));
    let i = 0;
    while (i < 3 && s < units[i]![0]) i++;
    const [size, name] = units[i]!;
    const next = units[i + 1];
    const rest = next ? Math.floor((s % size) / next[0]) : 0;
    return `${Math.floor(s / size)}\u00a0${name}` + (rest && next ? ` ${rest}\u00a0${next[1]}` : "");
}

export function ahead(seconds: Maybe): string {
    if (!known(seconds)) return "not known";
    for (const [size, name] of [[86400, "d"], [3600, "h"], [60, "min"]] as const)
        if (seconds >= 2 * size) return `${human(seconds / size, 2)}\u00a0${name}`;
    return `${human(seconds, 2)}\u00a0s`;
}

/** Scales are binary multiples of an interval as it was measured: two digits, of more than ten three, are the number that was meant. */
export function scale(s: number): string {
    return `${human(s < 120 ? s : s / 60, s < 10 ? 2 : 3)}\u00a0${s < 120 ? "s" : "min"}`;
}

const two = (n: number) => String(n).padStart(2, "0");

/** UTC, as everywhere in the program. */
export function clock(unix: number, seconds = true): string {
    const d = new Date(unix * 1000);
    return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}` + (seconds ? `:${two(d.getUTCSeconds())}` : "");
}
export const day = (unix: number): string => new Date(unix * 1000).toISOString().slice(0, 10);
