// SPDX-License-Identifier: MIT
// The three laws of the host, a card each: what it says now, what is usual, and the last ten minutes.
import type { LawName, Reading } from "./api";
import { Chart } from "./chart";
import { h, type VNode } from "./dom";
import { band, known, parts, quantity } from "./format";
import { board, causeOf, emptyTrail, host, isQuiet, MAIN_LAWS, type MainLaw } from "./model";
import { button, chip } from "./parts";
import { theme } from "./settings";
import { LAW, lawSaid, measured, whyNothing } from "./words";

const NOTHING: Reading = { state: "warmup", value: null, expected: null, band: [null, null], unit: "", scale_s: null };
const charts = new Map<MainLaw, Chart>();

export interface LawActs { showActive(law: LawName): void }

/** Entities of the host on which this law is active. */
function activeIn(law: MainLaw, hostName: string): number {
    return board.entities.filter((e) => e.host === hostName && e.kind !== "host" && e.laws[law]?.state === "active").length;
}

function spoken(law: MainLaw, r: Reading): string {
    const nothing = whyNothing(r);
    return `${LAW[law].title} over the last ten minutes: ${nothing ?? `now ${quantity(r.value, r.unit)}, usual ${quantity(r.expected, r.unit)}, band ${band(r.band[0], r.band[1], r.unit)}`}`;
}

function card(law: MainLaw, now: number, acts: LawActs): VNode {
    const shown = host(), r = shown?.tick.laws[law] ?? NOTHING;
    const quiet = shown !== null && isQuiet(shown, now);
    const said = lawSaid(r), nothing = shown ? whyNothing(r) : "nothing heard yet";
    const [number, unit] = parts(r.value, r.unit);
    const others = shown ? activeIn(law, shown.name) : 0;
    const cause = shown && r.state === "active" ? causeOf("host", shown.name, shown.name, law) : null;
    return h("article", { class: `card law ${quiet ? "old" : said.tone}`, key: law, "aria-labelledby": `law-${law}` },
        h("header", {}, h("h2", { id: `law-${law}`, title: LAW[law].means }, LAW[law].title), chip(said)),
        nothing !== null
            ? h("p", { class: "value why" }, nothing)
            : h("p", { class: "value" }, h("span", { class: "number" }, number), h("span", { class: "unit" }, unit),
                h("span", { class: "measured" }, measured(law, "host", r, cause))),
        h("p", { class: "usual" }, nothing !== null ? "\u00a0" : `usual ${known(r.expected) ? quantity(r.expected, r.unit) : "not known"}, band ${band(r.band[0], r.band[1], r.unit)}`,
            others > 0 ? button(`active in ${others} ${others === 1 ? "entity" : "entities"}`, () => acts.showActive(law), { class: "link" }) : null),
        h("div", {
            class: "chart", opaque: true, role: "img", "aria-label": spoken(law, r),
            ref: (box) => {
                if (!charts.has(law)) charts.set(law, new Chart(box, "laws"));
            },
        }));
}

export function laws(now: number, acts: LawActs): VNode {
    return h("section", { class: "laws", "aria-label": "the three laws of this host" }, MAIN_LAWS.map((law) => card(law, now, acts)));
}

/** After the document stands. */
export function drawCharts(): void {
    for (const law of MAIN_LAWS) charts.get(law)?.draw(host()?.trails[law] ?? emptyTrail(), theme());
}
