// SPDX-License-Identifier: MIT
// Dark or light: as the system has it, until the person says otherwise. Kept in this browser.
export type Theme = "auto" | "dark" | "light";

const KEY = "coherence.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
let wish: Theme = "auto";
try {
    const kept = localStorage.getItem(KEY);
    if (kept === "dark" || kept === "light") wish = kept;
} catch {
    // a browser without storage: the system's, each time
}

export const theme = (): "dark" | "light" => (wish === "auto" ? (system.matches ? "dark" : "light") : wish);
export const themeWish = (): Theme => wish;

function apply(): void {
    document.documentElement.dataset["theme"] = theme();
}

export function nextTheme(): void {
    // From what is seen to its opposite; what the system has is no wish.
    const next = theme() === "dark" ? "light" : "dark";
    wish = next === (system.matches ? "dark" : "light") ? "auto" : next;
    try {
        if (wish === "auto") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, wish);
    } catch {
        // lost with the tab
    }
    apply();
}

export function watchTheme(changed: () => void): void {
    system.addEventListener("change", () => {
        apply();
        changed();
    });
    apply();
}
