// SPDX-License-Identifier: MIT
// One law over the last ten minutes: the value, what was expected, and the band in which nothing is found, drawn by uPlot.
import uPlot from "uplot";
import { clock, form, human, quantity } from "./format";
import { type Trail, TRAIL_TICKS } from "./model";

const HEIGHT_REM = 9, AXIS_REM = 3.4, FOOT_REM = 1.5, FONT_REM = 0.74;

/** Pixels of so many rem: on a wall screen the text is larger. */
export const rem = (n: number): number => Math.round(n * parseFloat(getComputedStyle(document.documentElement).fontSize));

/** Colours are the style sheet's. */
function colour(element: HTMLElement, name: string): string {
    return getComputedStyle(element).getPropertyValue(name).trim();
}

/** Values beyond the band, and the points beside them, so that a single one shows. */
function beyond(trail: Trail): (number | null)[] {
    const out = trail.value.map((v, i) => v !== null && trail.hi[i] !== null && v > trail.hi[i]!);
    return trail.value.map((v, i) => (out[i] || (out[i + 1] ?? false) ? v : null));
}

function range(trail: Trail): [number, number] {
    let lo = 0, hi = 0;
    for (const column of [trail.value, trail.hi, trail.expected])
        for (const v of column)
            if (v !== null) {
                hi = Math.max(hi, v);
                if (column !== trail.hi) lo = Math.min(lo, v);
            }
    // A little of the band below 0 is worth seeing, all of it is not.
    const least = trail.lo.reduce<number>((m, v) => Math.min(m, v ?? 0), 0);
    if (hi === lo) hi = lo + 1;
    lo = Math.max(Math.min(lo, least), lo - (hi - lo) * 0.3);
    return [lo, hi + (hi - lo) * 0.08];
}

export class Chart {
    private plot: uPlot | null = null;
    private trail: Trail | null = null;
    private seen = "";
    private drawn: { trail: Trail | null; last: number | undefined; n: number } = { trail: null, last: undefined, n: 0 };
    private width = 0;
    private readonly readout: HTMLElement;
    private readonly observer: ResizeObserver;

    constructor(private readonly box: HTMLElement, private readonly group: string) {
        this.readout = document.createElement("div");
        this.readout.className = "readout";
        this.readout.hidden = true;
        box.append(this.readout);
        this.observer = new ResizeObserver(() => this.fit());
        this.observer.observe(box);
    }

    /** Draws the trail; nothing is done when it is the one that stands already. */
    draw(trail: Trail, theme: string): void {
        this.trail = trail;
        const seen = `${theme}/${trail.unit}/${rem(1)}`;
        if (seen !== this.seen && this.plot) {
            this.plot.destroy();
            this.plot = null;
        }
        this.seen = seen;
        const last = trail.t.at(-1), stands = this.plot !== null && this.drawn.trail === trail && this.drawn.last === last && this.drawn.n === trail.t.length;
        if (stands) return;
        this.drawn = { trail, last, n: trail.t.length };
        if (!this.plot) this.make();
        else this.plot.setData(this.data(trail));
    }

    destroy(): void {
        this.observer.disconnect();
        this.plot?.destroy();
    }

    private data(trail: Trail): uPlot.AlignedData {
        return [trail.t, trail.hi, trail.lo.map((v, i) => v ?? (trail.hi[i] === null ? null : 0)), trail.expected, trail.value, beyond(trail)];
    }

    private fit(): void {
        const width = Math.floor(this.box.clientWidth);
        if (width === this.width) return;
        this.width = width;
        if (this.plot) this.plot.setSize({ width, height: rem(HEIGHT_REM) });
        else if (this.trail) this.draw(this.trail, this.seen.split("/")[0]!);
    }

    private make(): void {
        this.width = Math.floor(this.box.clientWidth);
        if (this.width < 40) return;
        const ink = colour(this.box, "--quiet"), line = colour(this.box, "--line"), unit = this.trail!.unit;
        const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: `${rem(FONT_REM)}px ${colour(this.box, "--sans")}` };
        this.plot = new uPlot({
            width: this.width, height: rem(HEIGHT_REM), padding: [6, rem(1), 0, 0],
            legend: { show: false },
            cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: this.group } },
            tzDate: (t) => uPlot.tzDate(new Date(t * 1000), "Etc/UTC"),
            scales: {
                x: { time: true, range: () => this.times() },
                y: { range: () => range(this.trail!) },
            },
            axes: [
                { ...axis, space: rem(5), size: rem(FOOT_REM), gap: 4, values: (_, ticks) => ticks.map((t) => clock(t, false)), incrs: [60, 120, 300, 600] },
                { ...axis, size: rem(AXIS_REM), gap: 6, space: rem(2.2), values: (_, ticks) => this.labels(ticks, unit) },
            ],
            series: [
                {},
                { stroke: "transparent", points: { show: false } },
                { stroke: "transparent", points: { show: false } },
                { stroke: ink, width: 1, dash: [3, 3], points: { show: false } },
                { stroke: colour(this.box, "--value"), width: 1.5, points: { show: false } },
                { stroke: colour(this.box, "--bad"), width: 2, points: { show: false } },
            ],
            bands: [{ series: [1, 2], fill: colour(this.box, "--band") }],
            hooks: { setCursor: [(u) => this.read(u)] },
        }, this.data(this.trail!), this.box);
        const canvas = this.box.querySelector("canvas");
        canvas?.setAttribute("aria-hidden", "true");
    }

    /** The same ten minutes in all charts, whatever is known of them. */
    private times(): [number, number] {
        const t = this.trail!.t, last = t.at(-1) ?? 0, step = t.length > 1 ? Math.max(0.1, last - t.at(-2)!) : 1;
        return [last - TRAIL_TICKS * step, last];
    }

    private labels(ticks: number[], unit: string): string[] {
        const f = form(Math.max(...ticks.map(Math.abs)), unit);
        return ticks.map((t) => human(t / f.by) + (f.unit === "%" ? " %" : ""));
    }

    /** What stands under the pointer, in words. */
    private read(u: uPlot): void {
        const i = u.cursor.idx;
        const trail = this.trail!;
        if (i === null || i === undefined || trail.t[i] === undefined || (u.cursor.left ?? -1) < 0) {
            this.readout.hidden = true;
            return;
        }
        this.readout.hidden = false;
        this.readout.textContent = `${clock(trail.t[i]!)}  ${quantity(trail.value[i], trail.unit)}, usual ${quantity(trail.expected[i], trail.unit)}`;
    }
}
