// SPDX-License-Identifier: MIT
// Incidents as an engineer reads them: how bad, what kind, since when, the story as a timeline, the advice, and what each verdict rests on.
import type { Finding, Incident, IncidentDetail } from "./api";
import { ACTION, LAW } from "./words";
import { ahead, clock, human, known, quantity, share, span } from "./format";
import { h, type VNode } from "./dom";
import { board, engineNow, host } from "./model";
import { button, chip, meter } from "./parts";

export interface IncidentActs { open(kind: string, name: string, hostName: string): void }

const QUIET_S = 5; // evidence that was seen longer ago is over for the reader: a few ticks

interface Line { time: string; text: string; kind: string }

/** What is over is kept as one text: its facts begin with their time, its end with how long it was. */
function unfold(narrative: string): { kind: string; text: string }[] {
    const all = narrative.split(/(?<=\.) (?=\d\d:\d\d:\d\d [A-Z]|And \d+ more finding|Over since [^.]+, after |One event turned out )/);
    return all.map((text, i) => ({ kind: i === 0 ? "head" : /^(Over|One event)/.test(text) ? "end" : "fact", text }));
}

/** The story in lines, each with the time that it begins with. */
function lines(one: { narrative: string }, story: { kind: string; text: string }[] | undefined): Line[] {
    return (story && story.length > 0 ? story : unfold(one.narrative)).map(({ kind, text }) => {
        const at = /^(\d\d:\d\d:\d\d) /.exec(text);
        return { kind, time: at?.[1] ?? "", text: at ? text.slice(9) : text };
    });
}

function tale(one: Incident, story: { kind: string; text: string }[] | undefined): VNode {
    const all = lines(one, story), facts = all.filter((l) => l.kind === "fact"), rest = all.filter((l) => l.kind !== "fact");
    const said = (kind: string, name: string) => rest.filter((l) => l.kind === kind).map((l) => h("p", { class: name }, (l.time ? `${l.time} ` : "") + l.text));
    return h("div", { class: "tale" }, said("head", "lead"),
        facts.length > 0 && h("ol", { class: "facts" }, facts.map((l) => h("li", {}, h("time", {}, l.time), h("span", {}, l.text)))),
        said("next", "next"), said("advice", "do"), said("end", "end"));
}

function times(one: Incident, over: boolean, now: number): string {
    const quiet = !over && now - one.end >= QUIET_S;
    const lasted = span((over || quiet ? one.end : now) - one.start);
    if (over) return `${clock(one.start)} to ${clock(one.end)} (${lasted})`;
    return quiet ? `${clock(one.start)}, quiet since ${clock(one.end)}` : `since ${clock(one.start)} (${lasted})`;
}

function severity(one: Incident, over: boolean): VNode {
    const critical = one.severity === "critical";
    return chip({ word: one.severity, tone: over ? "quiet" : critical ? "bad" : "notice", sign: over ? "○" : critical ? "▲" : "◆" });
}

function evidence(f: Finding): VNode | null {
    if (f.evidence.length === 0) return null;
    return h("table", { class: "figures" }, h("caption", { class: "hidden" }, `evidence of ${f.id}`),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "evidence"), h("th", { scope: "col", class: "n" }, "value"), h("th", { scope: "col", class: "n" }, "expected"))),
        h("tbody", {}, f.evidence.map((e) => h("tr", {}, h("th", { scope: "row" }, e.signal), h("td", { class: "n" }, known(e.value) ? human(e.value) : "–"),
            h("td", { class: "n" }, known(e.expected) ? human(e.expected) : "–")))));
}

export function carriers(f: Finding): VNode | null {
    if (!f.carriers || f.carriers.length === 0) return null;
    return h("ul", { class: "carriers", "aria-label": "carried by" }, f.carriers.map((c) =>
        h("li", {}, h("span", { class: "name", title: c.process }, c.process), meter(c.share), h("span", { class: "n" }, `${human(c.share * 100, 2)}\u00a0%`))));
}

/** What a verdict rests on. */
export function finding(f: Finding, acts: IncidentActs | null): VNode {
    const runs = f.exhaustion_s && known(f.exhaustion_s[0]) ? `, exhausted in ${ahead(f.exhaustion_s[0])} to ${ahead(f.exhaustion_s[1])}` : "";
    const name = `${f.entity.kind}:${f.entity.name}`;
    return h("article", { class: "finding", key: f.id },
        h("h4", {}, `${LAW[f.law].title} of `, acts ? button(name, () => acts.open(f.entity.kind, f.entity.name, f.host), { class: "link name", title: name }) : h("span", { class: "name" }, name)),
        h("p", { class: "small" }, `since ${clock(f.onset)}, ${quantity(f.value, f.unit)}${known(f.expected) ? ` where ${quantity(f.expected, f.unit)} is usual` : ", no habit is known"}${runs}`),
        h("p", { class: "small" }, `cause ${f.cause.replace(/_/g, " ")}, confidence ${f.confidence}, false-alarm rate ${f.calibrated ? "calibrated" : "not calibrated yet"}, id ${f.id}`),
        evidence(f), carriers(f));
}

function open(detail: IncidentDetail, now: number, acts: IncidentActs): VNode {
    const one = detail.incident, left = one.veto ? one.veto.expires - now : 0;
    const more = (one.findings_total ?? one.findings.length) - detail.findings.length;
    return h("article", { class: `card incident ${one.severity}`, key: one.id, "aria-label": `${one.severity} incident, ${one.kind}` },
        h("header", {}, severity(one, false), h("h3", {}, one.kind),
            h("span", { class: "risk" }, "risk ", h("b", {}, share(one.risk)), meter(one.risk, one.severity === "critical" ? "bad" : "notice")),
            h("span", { class: "small" }, times(one, false, now)), h("span", { class: "small" }, one.laws.map((l) => LAW[l].title.toLowerCase()).join(", "))),
        tale(one, detail.story),
        one.veto && left > 0 ? h("p", { class: "terms small" }, `${ACTION[one.veto.action] ?? one.veto.action}: ${one.veto.type} veto, confidence ${share(one.veto.confidence)}`) : null,
        h("details", {}, h("summary", {}, `Evidence: ${detail.findings.length} ${detail.findings.length === 1 ? "finding" : "findings"}`),
            h("div", { class: "findings" }, detail.findings.map((f) => finding(f, acts)), more > 0 ? h("p", { class: "small" }, `and ${more} that are over or not listed`) : null)));
}

function past(one: Incident): VNode {
    return h("details", { class: "past", key: one.id },
        h("summary", {}, severity(one, true), h("span", { class: "kind" }, one.kind), h("span", { class: "small" }, times(one, true, 0)),
            h("span", { class: "small" }, `risk ${share(one.risk)}, ${one.laws.map((l) => LAW[l].title.toLowerCase()).join(", ")}`)),
        tale(one, undefined));
}

/** Of the host that is shown; those of others are named. */
export function incidents(now: number, acts: IncidentActs): VNode {
    const shown = host(), at = shown ? engineNow(shown, now) : 0;
    const here = board.incidents.filter((d) => d.incident.host === shown?.name), elsewhere = board.incidents.length - here.length;
    const over = board.over.filter((i) => i.host === shown?.name);
    return h("section", { class: "incidents", id: "incidents", tabindex: "-1", "aria-label": "incidents" },
        h("h2", { class: "caps" }, here.length === 0 ? "Incidents" : here.length === 1 ? "1 open incident" : `${here.length} open incidents`,
            elsewhere > 0 ? h("span", { class: "small" }, `and ${elsewhere} on other hosts`) : null),
        here.length === 0 && h("p", { class: "nothing" }, !shown ? "Nothing heard yet." : shown.tick.status === "unstable" ? "None has been opened of this yet." : "None is open."),
        here.map((d) => open(d, at, acts)),
        over.length > 0 && h("div", { class: "over" }, h("h3", { class: "caps" }, "Over, the latest first"), over.map(past)));
}
