// SPDX-License-Identifier: MIT
// What the keys do and the words mean, and the question for the token.
import { hasToken } from "./api";
import { h, type VNode } from "./dom";
import { button } from "./parts";
import { GLOSSARY, LAW } from "./words";

/** Keys that are the terminal's too, where there is such a thing. */
export const KEYS: [string, string][] = [
    ["h or ?", "this page"],
    ["/", "search the entities: Enter leads to what is left, Esc brings all back"],
    ["j k, ↓ ↑", "select an entity"],
    ["Enter", "open the selected one"],
    ["i", "go to the incidents"],
    ["e", "go to the entities"],
    ["p", "processes, or everything else"],
    ["s", "the next order: instability, CPU, memory, name"],
    ["I", "turn the order round"],
    ["f", "hold what is drawn; watching goes on"],
    ["t", "dark or light"],
    ["Esc or q", "back"],
];

export interface HelpActs { close(): void; forget(): void }

export function help(acts: HelpActs): VNode[] {
    const table = (rows: [string, string][]) => h("dl", { class: "glossary" }, rows.map(([word, text]) => h("div", {}, h("dt", {}, word), h("dd", {}, text))));
    return [
        h("header", {}, h("h2", {}, "Help"), button("Close", acts.close, { class: "close" })),
        h("h3", { class: "caps" }, "Keys"), table(KEYS),
        h("h3", { class: "caps" }, "The three laws"), table([LAW.seizure, LAW.fever, LAW.amplification].map((l) => [l.title, l.means])),
        h("h3", { class: "caps" }, "Words"), table(GLOSSARY),
        h("h3", { class: "caps" }, "Beside this page"),
        h("p", {}, h("a", { href: "/api/v1/openapi.json" }, "the interface"), ", ", h("a", { href: "/metrics" }, "metrics"), ", ", h("a", { href: "/api/v1/status" }, "status"),
            hasToken() ? ": links carry no token, so with one they are refused here. " : ".", hasToken() ? button("Forget the token", acts.forget, { class: "link" }) : null),
    ];
}

export interface TokenActs { give(token: string): void }

export function tokenForm(wrong: boolean, acts: TokenActs): VNode {
    return h("main", { class: "gate" }, h("form", {
        on: {
            submit: (event) => {
                event.preventDefault();
                const field = (event.target as HTMLFormElement).querySelector("input")!;
                const token = field.value.trim();
                field.value = "";
                if (token) acts.give(token);
            },
        },
    }, h("svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" }, h("path", { d: "M3 17h6l2-4 3 9 4-15 4 17 2.5-7H29" })), h("h1", {}, "Coherence"),
        h("p", {}, "This sentinel answers only to those who have its token: the line in the file that ", h("code", {}, "http.token_file"), " names."),
        h("label", { for: "token" }, "Token"),
        h("input", { id: "token", type: "password", autocomplete: "current-password", required: true, autofocus: true, "aria-describedby": wrong ? "wrong" : null }),
        wrong ? h("p", { id: "wrong", class: "wrong", role: "alert" }, "◆ This token was refused.") : null,
        h("button", { type: "submit" }, "Open"), h("p", { class: "small" }, "It is kept for this tab only, and sent to this sentinel alone.")));
}
