// SPDX-License-Identifier: MIT
// The top of the page: is this host all right, is what I see current, and what should I do? Below it what there is to say of the sentinel itself.
import { ACTION, HOST_SAID, NO_CONTACT, NO_TICK, type Said } from "./words";
import { clock, count, day, human, known, share, span } from "./format";
import { h, type VNode } from "./dom";
import { board, engineNow, host, hostsByGravity, isQuiet, silence, type Host } from "./model";
import { button, chip, meter } from "./parts";
import { theme } from "./settings";

export interface HeadActs { choose(name: string): void; theme(): void; hold(): void; help(): void; retry(): void }

const QUIET_SHOWN_S = 1.5; // below, "just now" is what a person would say

/** What the page may say of the host's state: not the last word of a sentinel that is silent. */
export function stateSaid(shown: Host | null, now: number): Said {
    if (!shown) return board.connection.state === "lost" ? NO_CONTACT : NO_TICK;
    return isQuiet(shown, now) ? NO_CONTACT : HOST_SAID[shown.tick.status];
}

function heard(shown: Host | null, now: number): VNode {
    const quiet = shown && isQuiet(shown, now);
    const old = shown ? silence(shown, now) : 0;
    return h("span", { class: `heard ${quiet ? "old" : ""}` },
        shown ? h("span", { class: "stamp" }, `${day(shown.tick.t)} ${clock(shown.tick.t)} UTC`) : null,
        shown ? h("span", {}, board.held ? "held" : old < QUIET_SHOWN_S ? "live" : `last heard ${span(old)} ago`) : null);
}

function choice(shown: Host | null, acts: HeadActs): VNode {
    if (board.hosts.size <= 1) return h("h1", { class: "host", title: shown?.name ?? null }, shown?.name ?? "Coherence");
    return h("h1", { class: "host" }, h("select", {
        "aria-label": "host", class: "hosts",
        on: { change: (e) => acts.choose((e.target as HTMLSelectElement).value) },
        ref: (e) => {
            const select = e as HTMLSelectElement;
            if (shown && select.value !== shown.name) select.value = shown.name;
        },
    }, hostsByGravity().sort((a, b) => a.name.localeCompare(b.name)).map((one) =>
        h("option", { key: one.name, value: one.name }, `${one.name} – ${HOST_SAID[one.tick.status].word}`))));
}

export function head(now: number, acts: HeadActs): VNode {
    const shown = host();
    return h("header", { class: "head" },
        h("div", { class: "brand" },
            h("svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" }, h("path", { d: "M3 17h6l2-4 3 9 4-15 4 17 2.5-7H29" })), h("span", {}, "Coherence")),
        choice(shown, acts),
        chip(stateSaid(shown, now), "state"),
        heard(shown, now),
        h("div", { class: "tools" },
            button(board.held ? "Go on" : "Hold", acts.hold, { "aria-pressed": board.held ? "true" : "false", title: "Hold what is drawn (f)" }),
            button(theme() === "dark" ? "Light" : "Dark", acts.theme, { title: "Dark or light (t)" }),
            button("Help", acts.help, { title: "Keys and words (h)" })));
}

/** The strip under the head when something stands between what is shown and what is. */
export function contact(now: number, acts: HeadActs): VNode | null {
    const shown = host(), link = board.connection;
    let text = "";
    if (link.state === "lost") {
        const again = Math.max(0, Math.ceil((link.again - now) / 1000));
        text = `No contact: ${link.why}. ${again > 0 ? `Trying again in ${again} s.` : "Trying again."}`;
    } else if (shown && isQuiet(shown, now)) {
        text = link.state === "open" ? "The stream is open, but nothing is being said: the sentinel is stopped or overloaded." : "Listening again.";
    } else if (board.trouble) text = board.trouble;
    if (!text) return null;
    if (shown && isQuiet(shown, now)) text += ` What stands below is ${span(silence(shown, now))} old.`;
    return h("div", { class: "strip notice" }, h("span", { class: "sign", "aria-hidden": "true" }, "◆"), h("p", {}, text),
        link.state === "lost" ? button("Try now", acts.retry) : null);
}

let whole_s = 1; // the longest that advice was seen to last, since there was none: what its bar is measured by

/** The advice that holds, with its countdown by the sentinel's own clock. */
export function advice(now: number): VNode {
    const shown = host(), veto = shown?.tick.veto ?? null;
    const left = veto && shown ? veto.expires - engineNow(shown, now) : 0;
    const heading = h("h2", { class: "caps" }, "Advice");
    if (!veto || left <= 0) {
        whole_s = 1;
        return h("section", { class: "advice none", "aria-label": "advice" }, heading, h("p", { class: "nothing" }, shown && isQuiet(shown, now) ? "none that still holds" : "none"));
    }
    whole_s = Math.max(whole_s, left);
    const quiet = shown !== null && isQuiet(shown, now);
    return h("section", { class: `advice ${quiet ? "notice" : "bad"}`, "aria-label": "advice" }, heading,
        h("p", { class: "action" }, ACTION[veto.action] ?? veto.action, h("span", { class: "code" }, veto.action)),
        h("p", { class: "reason" }, veto.reason),
        h("p", { class: "terms" },
            h("span", {}, `${veto.type} veto, confidence ${share(veto.confidence)}`),
            h("span", { class: "count" }, meter(left / whole_s, quiet ? "" : "bad"), `expires in ${span(left)}`)),
        h("p", { class: "small" }, "A recommendation: Coherence itself changes nothing."));
}

function seal(): VNode {
    const s = board.status!.seal;
    const layers = [["no new privileges", s.no_new_privileges], ["Landlock", s.landlock], ["seccomp", s.seccomp]] as const;
    const all = layers.every(([, on]) => on);
    return h("div", {}, h("dt", {}, "Sandbox"), h("dd", {},
        chip(all ? { word: "sealed", tone: "good", sign: "●" } : { word: "open in part", tone: "notice", sign: "◆" }),
        h("span", { class: "small" }, layers.map(([name, on]) => `${name} ${on ? "on" : "off"}`).join(", ") + (s.missing ? `; ${s.missing}` : ""))));
}

/** Alarms promised against alarms that came: how far its words may be trusted. */
function calibration(): VNode {
    const b = board.status!.false_alarm_budget;
    let text = "no budget: fixed limits";
    if (known(b.promised_per_day)) {
        text = `${human(b.promised_per_day, 2)} false alarms a day promised; `;
        text += b.host_days === 0 ? "not calibrated yet"
            : `${known(b.shocks_per_day) ? human(b.shocks_per_day, 2) : "0"} alarms a day came in ${human(b.host_days, 2)} host-days`;
    }
    return h("div", {}, h("dt", {}, "Calibration"), h("dd", {}, text));
}

function sources(): VNode {
    return h("div", {}, h("dt", {}, "Sources"), h("dd", {}, board.status!.sources.length === 0 ? "none yet" : board.status!.sources.map((s) =>
        h("span", { class: "source", key: s.name }, chip(s.up ? { word: s.name, tone: "good", sign: "●" } : { word: `${s.name}: no reading`, tone: "notice", sign: "◆" }),
            h("span", { class: "small" }, `${count(s.samples)} samples`)))));
}

/** The sentinel itself. */
export function about(): VNode {
    const s = board.status;
    if (!s) return h("section", { class: "about", "aria-label": "the sentinel" });
    const watched = `${count(s.entities)} ${s.entities === 1 ? "entity" : "entities"}, ${count(s.series)} series`;
    return h("section", { class: "about", "aria-label": "the sentinel" },
        h("dl", {},
            h("div", {}, h("dt", {}, "Sentinel"), h("dd", {}, `coherence ${s.version}, profile ${s.profile}`)),
            h("div", {}, h("dt", {}, "Up"), h("dd", {}, span(s.uptime_s), s.tick_overruns > 0 ? h("span", { class: "small" }, `${count(s.tick_overruns)} ticks missed`) : null)),
            seal(), calibration(), sources(),
            h("div", {}, h("dt", {}, "Watched"), h("dd", {}, watched, s.refused > 0 ? h("span", { class: "small" }, `${count(s.refused)} refused at the limit`) : null))),
        s.degraded.length > 0 && h("details", { class: "degraded" },
            h("summary", {}, chip({ word: s.degraded.length === 1 ? "1 thing cannot be seen here" : `${s.degraded.length} things cannot be seen here`, tone: "notice", sign: "◆" })),
            h("ul", {}, s.degraded.map((line) => h("li", {}, line)))));
}
