// SPDX-License-Identifier: MIT
// Small things that stand in several places: a state with its sign, a button, a meter, a sparkline.
import { h, type VNode } from "./dom";
import type { Said } from "./words";

/** A state: its sign, its word, and the colour that repeats them. */
export function chip(said: Said, more = ""): VNode {
    return h("span", { class: `chip ${said.tone} ${more}` }, h("span", { class: "sign", "aria-hidden": "true" }, said.sign), said.word);
}

export function button(text: string, press: () => void, props: Record<string, string | boolean | null> = {}): VNode {
    return h("button", { type: "button", ...props, on: { click: press } }, text);
}

/** A name whose last part is what tells it from others: where there is no room, the path before it is cut. */
export function pathName(kind: string, name: string): VNode[] {
    const at = name.lastIndexOf("/") + 1;
    return [h("span", { class: "path" }, `${kind}:${name.slice(0, at)}`), h("span", { class: "tail" }, name.slice(at))];
}

/** A share of 0 to 1 as a bar; the number stands beside it. */
export function meter(share: number, tone = ""): VNode {
    return h("span", { class: `meter ${tone}`, "aria-hidden": "true", css: { "--share": String(Math.min(1, Math.max(0, share))) } });
}

const SPARK_W = 96, SPARK_H = 20;

export function spark(values: readonly (number | null)[]): VNode {
    const known = values.filter((v): v is number => v !== null);
    const lo = Math.min(...known), hi = Math.max(...known), step = SPARK_W / Math.max(1, values.length - 1);
    const y = (v: number) => (hi > lo ? SPARK_H - 2 - ((v - lo) / (hi - lo)) * (SPARK_H - 4) : SPARK_H / 2);
    let path = "", pen = "M";
    values.forEach((v, i) => {
        if (v !== null) path += `${pen}${(i * step).toFixed(1)} ${y(v).toFixed(1)}`;
        pen = v === null ? "M" : "L";
    });
    return h("svg", { class: "spark", viewBox: `0 0 ${SPARK_W} ${SPARK_H}`, preserveAspectRatio: "none", "aria-hidden": "true" },
        known.length > 1 ? h("path", { d: path }) : null);
}
