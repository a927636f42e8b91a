// SPDX-License-Identifier: MIT
// Keys: the terminal's, where the page has the same thing. What a field, a button or the browser itself uses is left to them.
export type KeyActs = Record<"help" | "search" | "down" | "up" | "open" | "incidents" | "entities" | "processes" | "order" | "reverse" | "hold" | "theme" | "back", () => void>;

const PLAIN: Record<string, keyof KeyActs> = {
    h: "help", "?": "help", "/": "search", j: "down", k: "up", i: "incidents", e: "entities", p: "processes", s: "order", I: "reverse", f: "hold", t: "theme", q: "back",
};

export function listenToKeys(acts: KeyActs): void {
    document.addEventListener("keydown", (event) => {
        const at = event.target as HTMLElement;
        if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
        const types = at instanceof HTMLInputElement || at instanceof HTMLSelectElement || at instanceof HTMLTextAreaElement;
        if (types) {
            if (event.key === "Escape" || (event.key === "Enter" && at.id === "search")) {
                if (event.key === "Escape" && at.id === "search") {
                    at.value = ""; // some browsers empty it without a word, others not at all
                    at.dispatchEvent(new Event("input"));
                }
                at.blur();
                document.getElementById("rows")?.focus();
            }
            return;
        }
        const inRows = at.id === "rows";
        let act: keyof KeyActs | undefined = PLAIN[event.key];
        if (inRows && event.key === "ArrowDown") act = "down";
        if (inRows && event.key === "ArrowUp") act = "up";
        if (event.key === "Enter" && (inRows || at === document.body)) act = "open";
        if (!act) return;
        event.preventDefault();
        acts[act]();
    });
}
