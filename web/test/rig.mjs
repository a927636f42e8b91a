// SPDX-License-Identifier: MIT
// What the page's tests share: a sentinel of the program under test (COHERENCE), a Chromium, and a host that is made to suffer.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const top = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const program = process.env.COHERENCE ?? join(top, "build/release/src/coherence");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const LIFE_S = "900"; // it ends by itself should the tests be killed
export const folder = mkdtempSync(join(tmpdir(), "coherence-page-"));

export const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** Waits until what() is true; what it was waiting for is said when it never is. */
export async function until(text, what, patience_ms = 60_000) {
    const end = Date.now() + patience_ms;
    for (;;) {
        if (await what()) return;
        if (Date.now() > end) throw new Error(`never: ${text}`);
        await pause(100);
    }
}

/** A sentinel with the HTTP service on a free port. */
export class Sentinel {
    async start(...options) {
        this.err = "";
        this.child = spawn(program, ["run", "--json", "--set", "http.listen=127.0.0.1:0", "--duration", LIFE_S, ...options], { stdio: ["ignore", "ignore", "pipe"], cwd: folder });
        this.child.stderr.on("data", (bytes) => (this.err += bytes));
        this.ended = new Promise((done) => this.child.once("exit", done));
        await until("the sentinel serves", () => {
            if (this.child.exitCode !== null) throw new Error(`the sentinel ended: ${this.err}`);
            return this.err.includes("HTTP on");
        });
        this.url = /HTTP on (http:\/\/[^/]*\/)/.exec(this.err)[1];
        return this;
    }

    async ask(path, headers = {}) {
        return (await fetch(new URL(path, this.url), { headers })).json();
    }

    signal(name) {
        this.child.kill(name);
    }

    async stop() {
        this.signal("SIGCONT");
        this.signal("SIGKILL");
        await this.ended;
    }
}

/** A copy of a recorded host, with so many cgroups more, named by name(i). */
export function makeTree(name, cgroups, nameOf) {
    const tree = join(folder, name), slice = join(tree, "sys/fs/cgroup/system.slice");
    cpSync(join(top, "tests/golden/host/linux-5.10-v2"), tree, { recursive: true });
    for (let i = 0; i < cgroups; i++) cpSync(join(slice, "web.service"), join(slice, nameOf(i)), { recursive: true });
    return tree;
}

/** Makes a cgroup of a tree one that its CPU limit holds back most of the time: the law speaks of that within half a minute, without any history. */
export function throttle(tree, name) {
    const file = join(tree, "sys/fs/cgroup/system.slice", name, "cpu.stat");
    let usage = 30_000_000, periods = 100, held = 2_500_000;
    const timer = setInterval(() => {
        usage += 50_000;
        periods++;
        held += 80_000;
        writeFileSync(file, `usage_usec ${usage}\nuser_usec ${usage}\nsystem_usec 0\nnr_periods ${periods}\nnr_throttled ${periods}\nthrottled_usec ${held}\n`);
    }, 100);
    return () => clearInterval(timer);
}

export const read = (path) => readFileSync(join(top, path), "utf8");
export const write = (name, text, mode) => {
    writeFileSync(join(folder, name), text, { mode });
    return join(folder, name);
};
export const mkdir = (name) => mkdirSync(join(folder, name), { recursive: true });

let browser = null;

/** A page of its own browser profile. What must never happen while it stands is written down in page.wrong. */
export async function openPage(url, options = {}) {
    browser ??= await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    page.wrong = [];
    page.on("dialog", (dialog) => {
        page.wrong.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    page.on("pageerror", (error) => page.wrong.push(`an error: ${error.stack}`));
    page.on("request", (request) => {
        if (!request.url().startsWith(url)) page.wrong.push(`a request elsewhere: ${request.url()}`);
    });
    await page.addInitScript(() => {
        globalThis.violations = [];
        addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
    });
    await page.goto(url);
    return page;
}

/** What went wrong so far: errors, requests elsewhere, what the policy had to refuse. */
export async function wrongOf(page) {
    return [...page.wrong, ...(await page.evaluate(() => globalThis.violations))];
}

export async function closeAll() {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
}
