// SPDX-License-Identifier: MIT
// Everything that is known of one entity: what the laws say and why, what runs out, at which time scales it moves, what is measured of it, and its processes.
import type { EntityDetail, LawName, Process, Spectrum } from "./api";
import { h, type VNode } from "./dom";
import { ahead, band, bytes, human, known, percent, quantity, signal } from "./format";
import { board, ratioOf } from "./model";
import { button, chip, meter, spark } from "./parts";
import { spectrumBox } from "./view_spectrum";
import { finding, type IncidentActs } from "./view_incidents";
import { LAW, lawSaid, measured, whyNothing } from "./words";

const SURPRISING = 5; // usual deviations: as far out is rare in any series (docs/laws.md, shock)

/** What is open beside the board. */
export const drawer = { id: null as number | null, detail: null as EntityDetail | null, spectrum: null as Spectrum | null, gone: false };

export interface DrawerActs extends IncidentActs { close(): void; openId(id: number): void }

function lawsOf(d: EntityDetail): VNode {
    const rows = (Object.keys(d.entity.laws) as LawName[]).filter((law) => d.entity.laws[law]!.state !== "unobservable");
    if (rows.length === 0) return h("p", { class: "nothing" }, "No law judges it: it has no source for one, or carries the trouble of others.");
    return h("table", { class: "figures laws-of" },
        h("thead", {}, h("tr", {}, ["law", "state", "value", "usual", "band", "of band"].map((t, i) => h("th", { scope: "col", class: i > 1 ? "n" : "" }, t)))),
        h("tbody", {}, rows.map((law) => {
            const r = d.entity.laws[law]!, why = whyNothing(r), ratio = ratioOf(r);
            const what = why === null ? measured(law, d.entity.kind, r, d.findings.find((f) => f.law === law && f.cause !== "unexplained")?.cause ?? null) : why;
            return h("tr", { key: law }, h("th", { scope: "row" }, LAW[law].title, what ? h("span", { class: "small" }, what) : null), h("td", {}, chip(lawSaid(r))),
                h("td", { class: "n strong" }, why === null ? quantity(r.value, r.unit) : "–"), h("td", { class: "n" }, known(r.expected) ? quantity(r.expected, r.unit) : "–"),
                h("td", { class: "n" }, why === null ? band(r.band[0], r.band[1], r.unit) : "–"), h("td", { class: "n" }, Number.isFinite(ratio) ? `${Math.round(ratio * 100)}\u00a0%` : "–"));
        })));
}

function supplies(d: EntityDetail): VNode | null {
    if (d.supplies.length === 0) return null;
    return h("section", {}, h("h3", { class: "caps" }, "What it has so much of and no more"), h("ul", { class: "supplies" }, d.supplies.map((s) => {
        const amount = (v: number | null) => (s.unit === "By" ? bytes(v) : known(v) ? human(v) : "no data");
        const share = known(s.used) && known(s.limit) && s.limit > 0 ? s.used / s.limit : NaN;
        const runs = known(s.exhausted_s[0]) ? `exhausted in ${ahead(s.exhausted_s[0])} to ${ahead(s.exhausted_s[1])}`
            : known(s.growth_per_s) && s.growth_per_s > 0 ? `+${amount(s.growth_per_s)}/s of late` : "";
        return h("li", { key: s.name }, h("b", {}, s.name), h("span", {}, known(s.limit) ? `${amount(s.used)} of ${amount(s.limit)}` : `${amount(s.used)}, no limit`),
            Number.isFinite(share) ? meter(share, share > 0.9 ? "bad" : "") : null, h("span", { class: "n" }, Number.isFinite(share) ? percent(share) : ""),
            runs ? h("span", { class: known(s.exhausted_s[0]) ? "small badly" : "small" }, runs) : null);
    })));
}

function signals(d: EntityDetail): VNode | null {
    if (d.signals.length === 0) return null;
    return h("section", {}, h("h3", { class: "caps" }, "Signals"), h("table", { class: "figures" },
        h("thead", {}, h("tr", {}, ["quantity", "now", "expected", "surprise", "of late"].map((t, i) => h("th", { scope: "col", class: i > 0 && i < 4 ? "n" : "" }, t)))),
        h("tbody", {}, d.signals.map((s) => h("tr", { key: s.metric },
            h("th", { scope: "row", title: s.metric }, s.label), h("td", { class: "n strong" }, signal(s.value, s.unit, s.rate)),
            h("td", { class: "n" }, known(s.expected) ? signal(s.expected, s.unit, s.rate) : "–"),
            h("td", { class: `n ${known(s.surprise) && Math.abs(s.surprise) >= SURPRISING ? "noticed" : ""}` },
                known(s.surprise) ? `${Math.abs(s.surprise) >= SURPRISING ? "◆ " : ""}${human(Math.abs(s.surprise), 2)}` : "–"),
            h("td", {}, spark(s.recent)))))));
}

function processes(d: EntityDetail, acts: DrawerActs): VNode | null {
    if (d.process_count === 0 || d.entity.kind === "process") return null;
    const more = d.process_count > d.processes.length ? ", those with the most CPU" : "";
    const row = (p: Process) => h("tr", { key: String(p.id) }, h("th", { scope: "row" }, button(p.name, () => acts.openId(p.id), { class: "link name", title: p.name })),
        h("td", { class: "n strong" }, percent(p.cpu)), h("td", { class: "n" }, bytes(p.memory_bytes)), h("td", { class: "n" }, known(p.futex_share) ? percent(p.futex_share) : "–"),
        h("td", { class: "n" }, known(p.wait_ratio) ? percent(p.wait_ratio) : "–"));
    return h("section", {}, h("h3", { class: "caps" }, `${d.process_count} ${d.process_count === 1 ? "process" : "processes"}${more}`), h("table", { class: "figures" },
        h("thead", {}, h("tr", {}, ["process", "CPU", "memory", "futex", "wait"].map((t, i) => h("th", { scope: "col", class: i > 0 ? "n" : "" }, t)))),
        h("tbody", {}, d.processes.map(row))));
}

export function drawerView(acts: DrawerActs): VNode[] {
    const d = drawer.detail;
    const close = button("Close", acts.close, { class: "close", title: "Close (Esc)" });
    if (!d) return [h("header", {}, h("h2", {}, drawer.gone ? "It is no more" : "…"), close), drawer.gone ? h("p", {}, "Nothing is known of it any more: its life has ended.") : null].filter((v): v is VNode => v !== null);
    const e = d.entity, parent = board.entities.find((p) => `${p.kind}:${p.name}` === e.parent && p.host === e.host);
    return [
        h("header", {}, h("h2", { class: "name" }, h("span", { class: "kind" }, `${e.kind}:`), e.name), close),
        h("p", { class: "small" }, e.kind === "host" ? "a host" : `on ${e.host}`, e.parent ? ", part of " : "",
            parent ? button(e.parent!, () => acts.openId(parent.id), { class: "link name" }) : (e.parent ?? ""), e.lives ? "" : ". It is no more."),
        h("section", {}, h("h3", { class: "caps" }, "Laws"), lawsOf(d)),
        d.findings.length > 0 ? h("section", {}, h("h3", { class: "caps" }, "Open findings"), d.findings.map((f) => h("div", {}, h("p", {}, f.text), finding(f, null)))) : null,
        supplies(d),
        drawer.spectrum && drawer.spectrum.scale_s.length > 0
            ? h("section", {}, h("h3", { class: "caps" }, "Variance spectrum of its CPU over time"), spectrumBox(drawer.spectrum, e.laws.seizure, "drawer")) : null,
        signals(d), processes(d, acts),
    ].filter((v): v is VNode => v !== null);
}
