// SPDX-License-Identifier: MIT
// The page: what is known (model.ts, kept up to date by watch.ts) is drawn once a frame at most when something has changed, and once a second for what ages.
import "uplot/dist/uPlot.min.css";
import "./page.css";
import { setToken } from "./api";
import { h, patch } from "./dom";
import { listenToKeys } from "./keys";
import { board, host, isQuiet } from "./model";
import { nextTheme, theme, watchTheme } from "./settings";
import { entities, list, move, ORDERS, selectedRow } from "./view_entities";
import { drawer, drawerView } from "./view_entity";
import { about, advice, contact, head, stateSaid } from "./view_head";
import { help, tokenForm } from "./view_help";
import { incidents } from "./view_incidents";
import { drawCharts, laws } from "./view_laws";
import { drawSpectra, spectrum } from "./view_spectrum";
import { Watch } from "./watch";

const app = document.getElementById("app")!;
const side = document.createElement("dialog");
const helping = document.createElement("dialog");
const live = document.createElement("div");
side.className = "drawer";
side.setAttribute("aria-label", "one entity");
helping.className = "help";
helping.setAttribute("aria-label", "help");
live.className = "hidden";
live.setAttribute("role", "status");
document.body.append(side, helping, live);

let gate: "shut" | "wrong" | null = null; // a token is wanted
let tried = false;
let due = false;

/** Says it to a screen reader; what was said is taken away, so that the same can be said again. */
let silent = 0;
function announce(text: string): void {
    live.textContent = live.textContent ? `${live.textContent} ${text}` : text;
    clearTimeout(silent);
    silent = window.setTimeout(() => (live.textContent = ""), 5000);
}

function changed(): void {
    if (due || document.hidden) return;
    due = true;
    requestAnimationFrame(() => {
        due = false;
        draw();
    });
}

const watch = new Watch({
    changed: () => {
        if (!board.held) changed();
    },
    announce,
    locked: () => {
        gate = tried ? "wrong" : "shut";
        setToken(null);
        changed();
    },
});

const redraw = changed;

function openId(id: number): void {
    if (drawer.id !== id) Object.assign(drawer, { id, detail: null, spectrum: null, gone: false });
    if (!side.open) side.showModal();
    side.scrollTop = 0;
    watch.soon("drawer");
    redraw();
}

function openNamed(kind: string, name: string, hostName: string): void {
    const entity = board.entities.find((e) => e.kind === kind && e.name === name && e.host === hostName);
    if (entity) openId(entity.id);
}

side.addEventListener("close", () => Object.assign(drawer, { id: null, detail: null, spectrum: null, gone: false }));
for (const box of [side, helping])
    box.addEventListener("click", (event) => {
        if (event.target === box) box.close(); // beside it
    });

const headActs = {
    choose: (name: string) => {
        board.chosen = name;
        board.spectrum = null;
        watch.soon("spectrum");
        redraw();
    },
    theme: () => {
        nextTheme();
        redraw();
    },
    hold: () => {
        board.held = !board.held;
        announce(board.held ? "Held." : "Going on.");
        redraw();
    },
    help: () => {
        if (!helping.open) helping.showModal();
        redraw();
    },
    retry: () => watch.start(),
};

function draw(): void {
    const now = performance.now(), shown = host();
    document.documentElement.toggleAttribute("data-quiet", shown !== null && isQuiet(shown, now));
    if (gate) {
        patch(app, [tokenForm(gate === "wrong", {
            give: (token) => {
                setToken(token);
                gate = null;
                tried = true;
                watch.start();
                redraw();
            },
        })]);
        app.querySelector("input")?.focus();
        return;
    }
    if (board.connection.state === "open") tried = false;
    const said = stateSaid(shown, now);
    document.title = shown ? `${said.sign} ${shown.name} ${said.word} – Coherence` : "Coherence";
    const entityActs = { open: (e: { id: number }) => openId(e.id), redraw };
    patch(app, [
        h("a", { class: "skip", href: "#incidents" }, "Skip to the incidents"),
        head(now, headActs),
        contact(now, headActs),
        h("main", { class: "board" },
            advice(now),
            laws(now, { showActive: (law) => {
                list.law = law;
                document.getElementById("entities")?.scrollIntoView();
                redraw();
            } }),
            h("div", { class: "columns" },
                h("div", { class: "column" }, incidents(now, { open: openNamed }), entities(entityActs)),
                h("div", { class: "column" }, spectrum(), about()))),
    ]);
    if (side.open) patch(side, drawerView({ close: () => side.close(), open: openNamed, openId }));
    if (helping.open) patch(helping, help({
        close: () => helping.close(),
        forget: () => {
            setToken(null);
            location.reload();
        },
    }));
    drawCharts();
    drawSpectra(theme());
}

listenToKeys({
    help: () => (helping.open ? helping.close() : headActs.help()),
    search: () => document.getElementById("search")?.focus(),
    down: () => {
        move(1);
        redraw();
    },
    up: () => {
        move(-1);
        redraw();
    },
    open: () => {
        const row = selectedRow();
        if (row && !side.open && !helping.open) openId(row.entity.id);
    },
    incidents: () => {
        document.getElementById("incidents")?.scrollIntoView();
        document.getElementById("incidents")?.focus({ preventScroll: true });
    },
    entities: () => {
        document.getElementById("entities")?.scrollIntoView();
        document.getElementById("rows")?.focus({ preventScroll: true });
    },
    processes: () => {
        list.processes = !list.processes;
        redraw();
    },
    order: () => {
        list.order = ORDERS[(ORDERS.indexOf(list.order) + 1) % ORDERS.length]!;
        list.reversed = false;
        redraw();
    },
    reverse: () => {
        list.reversed = !list.reversed;
        redraw();
    },
    hold: headActs.hold,
    theme: headActs.theme,
    back: () => {
        if (side.open) side.close();
        else if (helping.open) helping.close();
    },
});

watchTheme(redraw);
document.addEventListener("visibilitychange", redraw);
window.addEventListener("resize", redraw);
// Ages are counted by the second, also when nothing is said; they are what tells a silent sentinel from a calm one, so that holding does not hold them.
window.setInterval(() => {
    const shown = host();
    if (!board.held || (shown && isQuiet(shown, performance.now()))) redraw();
}, 1000);
watch.start();
draw();
