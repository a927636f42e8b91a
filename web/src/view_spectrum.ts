// SPDX-License-Identifier: MIT
// The variance spectrum over time, of the host on the board and of an entity in the drawer, and what it shows in words for whoever does not see it.
import type { Reading, Spectrum } from "./api";
import { h, type VNode } from "./dom";
import { human, scale } from "./format";
import { drawHeat, latest, topOf, type Heat } from "./heat";
import { board, host } from "./model";

const shown = new Map<string, { canvas: HTMLCanvasElement; heat: Heat; drawn: string }>();

const heatOf = (spectrum: Spectrum, r: Reading | undefined): Heat => ({
    spectrum,
    hi: r && r.unit === "%" ? r.band[1] : null, // at times the law speaks of something else
    active_s: r?.state === "active" ? r.scale_s : null,
});

export function spectrumBox(spectrum: Spectrum, r: Reading | undefined, where: string): VNode {
    const heat = heatOf(spectrum, r), now = latest(spectrum);
    const most = now.value > 0 ? `most now ${human(now.value)}\u00a0% at ${scale(now.scale_s)}` : "no swing now";
    const words = `${most}; darkest = ${human(topOf(heat))}\u00a0%`;
    return h("div", { class: "heat" },
        h("div", { class: "heat-box", opaque: true, role: "img", "aria-label": `CPU swing by time scale over the last ten minutes: ${words}`, ref: (box) => {
            let canvas = box.querySelector("canvas");
            if (!canvas) {
                canvas = document.createElement("canvas");
                canvas.setAttribute("aria-hidden", "true");
                box.append(canvas);
            }
            shown.set(where, { canvas, heat, drawn: shown.get(where)?.canvas === canvas ? shown.get(where)!.drawn : "" });
        } }),
        h("p", { class: "small" }, words));
}

export function spectrum(): VNode {
    const s = board.spectrum, r = host()?.tick.laws.seizure;
    return h("section", { class: "card spectrum", "aria-label": "variance spectrum" },
        h("header", {}, h("h2", {}, "Variance spectrum"), h("span", { class: "small" }, "CPU swing by time scale, ten minutes")),
        s && s.scale_s.length > 0 ? spectrumBox(s, r, "board") : h("p", { class: "nothing" }, "Not enough samples of CPU use yet."));
}

/** After the document stands; what has not changed is not drawn again. */
export function drawSpectra(theme: string): void {
    for (const [where, one] of shown) {
        if (!one.canvas.isConnected) {
            shown.delete(where);
            continue;
        }
        const seen = [theme, one.heat.spectrum.id, one.heat.spectrum.t, one.heat.hi, one.heat.active_s, one.canvas.parentElement!.clientWidth].join("/");
        if (seen === one.drawn) continue;
        one.drawn = seen;
        drawHeat(one.canvas, one.heat);
    }
}
