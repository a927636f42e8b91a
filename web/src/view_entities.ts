// SPDX-License-Identifier: MIT
// Everything that is watched, the most unstable first. Only the rows that can be seen stand in the document, so that a thousand entities cost what thirty do.
import type { Entity, LawName } from "./api";
import { h, patch, type VNode } from "./dom";
import { bytes, count, percent, quantity } from "./format";
import { board, host, ratioOf, standing, type Standing } from "./model";
import { button, chip, meter, pathName } from "./parts";
import { LAW, lawSaid, type Said } from "./words";

export interface EntityActs { open(e: Entity): void; redraw(): void }
export type Order = "instability" | "CPU" | "memory" | "name";
export const ORDERS: Order[] = ["instability", "CPU", "memory", "name"];

const OVERSCAN = 6;
const ROW_PX = 40, ROW_WIDE_PX = 48, ROW_NARROW_PX = 64; // in the style sheet's three sizes of text and columns
const NARROW = matchMedia("(max-width: 820px)"), WIDE = matchMedia("(min-width: 1900px)");
const EMPTY: Said = { word: "not judged", tone: "quiet", sign: "○" };

/** What is listed, and which row is selected. */
export const list = {
    search: "", order: "instability" as Order, reversed: false, processes: false, law: null as LawName | null, everywhere: false,
    selected: null as number | null, top: 0, height: 480, row: 40,
};

export interface Row { entity: Entity; at: Standing | null }

const nameOf = (e: Entity): string => `${e.kind}:${e.name}`;
let memo: { of: Entity[]; key: string; rows: Row[] } | null = null;

function compare(a: Row, b: Row): number {
    switch (list.order) {
        case "CPU": return (b.entity.cpu ?? -1) - (a.entity.cpu ?? -1);
        case "memory": return (b.entity.memory_bytes ?? -1) - (a.entity.memory_bytes ?? -1);
        case "name": return a.entity.name < b.entity.name ? -1 : a.entity.name > b.entity.name ? 1 : 0;
        default: return (b.at?.group ?? -1) - (a.at?.group ?? -1) || (b.at?.ratio ?? 0) - (a.at?.ratio ?? 0) || a.entity.id - b.entity.id;
    }
}

/** The rows that are wanted, in order. Made anew only when answers or wishes have changed. */
export function rows(): Row[] {
    const shown = host();
    const key = JSON.stringify([list.search, list.order, list.reversed, list.processes, list.law, list.everywhere, shown?.name]);
    if (memo && memo.of === board.entities && memo.key === key) return memo.rows;
    const text = list.search.toLowerCase();
    const kept: Row[] = [];
    for (const entity of board.entities) {
        if ((entity.kind === "process") !== list.processes || (!list.everywhere && entity.host !== shown?.name)) continue;
        if (text && !nameOf(entity).toLowerCase().includes(text)) continue;
        if (list.law && entity.laws[list.law]?.state !== "active") continue;
        kept.push({ entity, at: standing(entity) });
    }
    kept.sort((a, b) => (list.reversed ? -compare(a, b) : compare(a, b)));
    memo = { of: board.entities, key, rows: kept };
    return kept;
}

/** The selected row, or the one that stands first. */
export const selectedRow = (): Row | undefined => rows().find((r) => r.entity.id === list.selected) ?? rows()[0];

export function move(by: number): void {
    const all = rows();
    const at = all.findIndex((r) => r.entity.id === list.selected);
    const to = Math.min(all.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by));
    list.selected = all[to]?.entity.id ?? null;
    const box = document.getElementById("rows");
    if (!box) return;
    if (to * list.row < box.scrollTop) box.scrollTop = to * list.row;
    else if ((to + 1) * list.row > box.scrollTop + box.clientHeight) box.scrollTop = (to + 1) * list.row - box.clientHeight;
}

function cells(row: Row): VNode[] {
    const { entity: e, at } = row;
    const ratio = at ? ratioOf(at.reading) : NaN;
    const cell = (name: string, ...children: (VNode | string)[]) => h("span", { class: name, role: "cell" }, children);
    return [
        cell("c-state", chip(at ? lawSaid(at.reading) : EMPTY)),
        cell("c-law", at && at.group > 0 ? LAW[at.law].title : ""),
        cell("c-value n", at && at.reading.value !== null ? quantity(at.reading.value, at.reading.unit) : ""),
        cell("c-band n", Number.isFinite(ratio) ? meter(ratio / 2, ratio > 1 ? "bad" : "") : "", Number.isFinite(ratio) ? `${Math.round(ratio * 100)}\u00a0%` : ""),
        cell("c-cpu n", e.cpu === null ? "" : percent(e.cpu)),
        cell("c-memory n", e.memory_bytes === null ? "" : bytes(e.memory_bytes)),
    ];
}

function rowNode(row: Row, index: number, acts: EntityActs): VNode {
    const e = row.entity, selected = e.id === list.selected;
    return h("div", {
        key: String(e.id), class: `row ${selected ? "selected" : ""}`, role: "row", "aria-rowindex": index + 2, "aria-current": selected ? "true" : null,
        css: { top: `${index * list.row}px`, height: `${list.row}px` },
        on: {
            click: () => {
                list.selected = e.id;
                acts.open(e);
            },
        },
    }, h("span", { class: "c-name", role: "cell" }, h("button", { type: "button", class: "link name", title: nameOf(e), tabindex: "-1" },
        pathName(e.kind, e.name))), cells(row));
}

/** The rows that can be seen, and some beyond. */
function visible(acts: EntityActs): VNode[] {
    const all = rows();
    const from = Math.max(0, Math.floor(list.top / list.row) - OVERSCAN), to = Math.min(all.length, Math.ceil((list.top + list.height) / list.row) + OVERSCAN);
    return all.slice(from, to).map((row, i) => rowNode(row, from + i, acts));
}

let scrolling = false;

/** Scrolling changes nothing but the rows. */
function scrolled(box: HTMLElement, acts: EntityActs): void {
    if (scrolling) return;
    scrolling = true;
    requestAnimationFrame(() => {
        scrolling = false;
        const canvas = box.querySelector(".canvas");
        if (canvas) patch(canvas, visible(acts));
    });
}

let watched: HTMLElement | null = null;

function watchHeight(box: HTMLElement, acts: EntityActs): void {
    if (box === watched) return;
    watched = box;
    new ResizeObserver(() => {
        list.height = box.clientHeight;
        scrolled(box, acts);
    }).observe(box);
}

function heading(acts: EntityActs): VNode {
    const column = (name: string, text: string, order?: Order) => h("span", {
        class: name, role: "columnheader", "aria-sort": order && list.order === order ? (list.reversed === (order === "name") ? "descending" : "ascending") : null,
    }, order ? button(text, () => {
        list.reversed = list.order === order ? !list.reversed : false;
        list.order = order;
        acts.redraw();
    }, { class: `sort ${list.order === order ? "on" : ""}` }) : text);
    return h("div", { class: "row heading", role: "row", "aria-rowindex": 1 }, column("c-name", "Entity", "name"), column("c-state", "State", "instability"), column("c-law", "Law"),
        column("c-value n", "Value"), column("c-band n", "Of band"), column("c-cpu n", "CPU", "CPU"), column("c-memory n", "Memory", "memory"));
}

function wishes(acts: EntityActs): VNode {
    const toggle = (text: string, on: boolean, press: () => void) => button(text, () => {
        press();
        acts.redraw();
    }, { class: "toggle", "aria-pressed": on ? "true" : "false" });
    const searched = (event: Event) => {
        list.search = (event.target as HTMLInputElement).value;
        acts.redraw();
    };
    return h("div", { class: "wishes" },
        h("label", { class: "search" }, h("span", { class: "hidden" }, "Search entities"), h("input", {
            type: "search", id: "search", placeholder: "Search  /", autocomplete: "off", spellcheck: "false",
            on: { input: searched, search: searched }, // the cross in the box may say the latter alone
        })),
        toggle("Processes", list.processes, () => (list.processes = !list.processes)),
        board.hosts.size > 1 ? toggle("All hosts", list.everywhere, () => (list.everywhere = !list.everywhere)) : null,
        list.law ? toggle(`Active: ${LAW[list.law].title} ×`, true, () => (list.law = null)) : null);
}

function empty(): string {
    if (board.entities.length === 0) return "Nothing is watched yet.";
    if (list.processes && !list.search) return "No process is known: single processes are read where sources.host.processes is on.";
    return list.search ? `Nothing is named like “${list.search}”.` : "Nothing like this is watched.";
}

export function entities(acts: EntityActs): VNode {
    list.row = NARROW.matches ? ROW_NARROW_PX : WIDE.matches ? ROW_WIDE_PX : ROW_PX;
    const all = rows(), unstable = all.filter((r) => r.at?.group === 4).length;
    const noun = list.processes ? (all.length === 1 ? "process" : "processes") : all.length === 1 ? "entity" : "entities";
    return h("section", { class: "entities", id: "entities", "aria-label": "entities" },
        h("header", {}, h("h2", { class: "caps" }, `${count(all.length)} ${noun}`, unstable > 0 ? h("span", { class: "count bad" }, `▲ ${count(unstable)} unstable`) : null,
            board.entities_left_out > 0 ? h("span", { class: "small" }, `${count(board.entities_left_out)} more are not listed`) : null), wishes(acts)),
        h("div", { class: "table", role: "table", "aria-label": "entities", "aria-rowcount": all.length + 1 },
            h("div", { role: "rowgroup" }, heading(acts)),
            h("div", {
                id: "rows", role: "rowgroup", tabindex: "0", "aria-label": "rows, arrow keys select, Enter opens",
                css: { "--rows": String(all.length) },
                on: {
                    scroll: (event) => {
                        list.top = (event.target as HTMLElement).scrollTop;
                        scrolled(event.target as HTMLElement, acts);
                    },
                },
                ref: (box) => watchHeight(box, acts),
            }, h("div", { class: "canvas", role: "presentation", key: "canvas", css: { height: `${all.length * list.row}px` } }, visible(acts)),
            all.length === 0 ? h("p", { class: "nothing", key: "none" }, empty()) : null)));
}
