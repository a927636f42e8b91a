// SPDX-License-Identifier: MIT
// The variance spectrum over time as a picture: a row for each time scale, the darker the larger the swing. As in the terminal, the darkest stands for the
// upper end of the band, or for the largest swing when that is more, and columns begin at multiples of their length, so that the picture does not flicker.
import type { Spectrum } from "./api";
import { rem } from "./chart";
import { clock, scale } from "./format";

const COLUMN = 5, GAP = 2; // pixels
const TOP_LEAST = 0.5; // percent: swings below are not blown up to fill the picture
const TICKS = 600;
const STEPS = [1, 2, 5, 10, 15, 30];

export interface Heat { spectrum: Spectrum; hi: number | null; active_s: number | null }

export function largest(spectrum: Spectrum): { value: number; scale_s: number } {
    let best = { value: 0, scale_s: 0 };
    spectrum.value.forEach((row, i) => {
        for (const v of row) if (v !== null && v > best.value) best = { value: v, scale_s: spectrum.scale_s[i]! };
    });
    return best;
}

/** The same, of the last moment alone. */
export function latest(spectrum: Spectrum): { value: number; scale_s: number } {
    return largest({ ...spectrum, value: spectrum.value.map((row) => row.slice(-1)) });
}

export const topOf = (heat: Heat): number => Math.max(TOP_LEAST, heat.hi ?? 0, largest(heat.spectrum).value);

const marked = (heat: Heat, s: number): boolean => heat.active_s !== null && Math.abs(s - heat.active_s) < s * 0.25;

/** Draws into the canvas, whose width is its box's. */
export function drawHeat(canvas: HTMLCanvasElement, heat: Heat): void {
    const { spectrum } = heat;
    const box = canvas.parentElement!;
    const style = getComputedStyle(canvas);
    const ink = (name: string) => style.getPropertyValue(name).trim();
    const ROW = rem(1.45), LABEL = rem(3.6), FOOT = rem(1.35);
    const width = Math.floor(box.clientWidth), rows = spectrum.scale_s.length, height = rows * (ROW + GAP) + FOOT;
    const dots = window.devicePixelRatio || 1;
    if (width < LABEL + 40 || rows === 0) return;
    if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
        canvas.width = Math.round(width * dots);
        canvas.height = Math.round(height * dots);
        canvas.style.setProperty("height", `${height}px`);
    }
    const g = canvas.getContext("2d")!;
    g.setTransform(dots, 0, 0, dots, 0, 0);
    g.clearRect(0, 0, width, height);
    g.font = `${rem(0.74)}px ${ink("--sans")}`;
    g.textBaseline = "middle";

    const room = Math.max(1, Math.floor((width - LABEL) / COLUMN));
    const step = STEPS.find((s) => TICKS / s <= room) ?? STEPS.at(-1)!;
    const columns = Math.ceil(TICKS / step), wide = (width - LABEL) / columns;
    const n = spectrum.value[0]!.length, top = topOf(heat);
    const last = Math.floor((spectrum.t ?? 0) / spectrum.step_s / step); // number of the newest column
    const cool = ink("--cool"), hot = ink("--bad");
    for (let row = 0; row < rows; row++) {
        const y = (rows - 1 - row) * (ROW + GAP); // long scales above, as a spectrum stands
        g.fillStyle = marked(heat, spectrum.scale_s[row]!) ? ink("--bad") : ink("--quiet");
        g.textAlign = "right";
        g.fillText(scale(spectrum.scale_s[row]!), LABEL - 8, y + ROW / 2);
        for (let back = 0; back < columns; back++) {
            const from = (last - back) * step, end = from + step - 1;
            let most: number | null = null;
            for (let tick = from; tick <= end; tick++) {
                const i = n - 1 - (Math.floor((spectrum.t ?? 0) / spectrum.step_s) - tick);
                const v = i >= 0 && i < n ? spectrum.value[row]![i]! : null;
                if (v !== null) most = Math.max(most ?? 0, v);
            }
            if (most === null) continue;
            const x = width - (back + 1) * wide;
            g.globalAlpha = 0.07 + 0.93 * Math.min(1, most / top) ** 0.75;
            g.fillStyle = heat.hi !== null && most > heat.hi ? hot : cool;
            g.fillRect(x, y, Math.max(1, wide - (wide > 3 ? 0.5 : 0)), ROW);
        }
        g.globalAlpha = 1;
    }
    // Times stand where a minute is full.
    g.fillStyle = ink("--quiet");
    const now = spectrum.t ?? 0, apart = width > rem(36) ? 120 : 300;
    for (let t = Math.floor(now / apart) * apart; t > now - TICKS * spectrum.step_s; t -= apart) {
        const x = width - ((now - t) / spectrum.step_s / step) * wide;
        g.textAlign = x > width - rem(1.5) ? "right" : "center";
        if (x > LABEL + rem(1)) g.fillText(clock(t, false), Math.min(x, width), height - FOOT / 2 + 2);
    }
}
