// SPDX-License-Identifier: MIT
// The page in Chromium against a real sentinel: what a person sees, and what they must never see. node web/test/page.test.mjs prints TAP with
// --test-reporter=tap. Times are told as remarks; they are held to only with PAGE_TIMING=1, on a machine that has nothing else to do.
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { closeAll, folder, makeTree, mkdir, openPage, pause, program, read, Sentinel, throttle, until, write, wrongOf } from "./rig.mjs";

const TIMING = process.env.PAGE_TIMING === "1";
const remark = (text) => console.log(`# ${text}`);

// A name may hold anything but a slash and a NUL.
const HOSTILE = "<img src=x onerror=alert(1)><script>globalThis.owned=1<\\script>'\"&amp;.service";
const HOSTILE_HOST = "<b onmouseover=alert(2)>five";
const QUIET = ["--set", "sources.host.deep=off", "--set", "sources.host.filesystems=false"];

const ill = new Sentinel();
const tree = makeTree("ill", 1, () => HOSTILE);
write("ill/proc/sys/kernel/hostname", `${HOSTILE_HOST}\n`);
const release = throttle(tree, HOSTILE);
await ill.start("--root", tree, ...QUIET);
const page = await openPage(ill.url);

const text = (selector, of = page) => of.locator(selector).first().innerText();
const shows = (selector, wanted, of = page) => until(`${selector} shows ${wanted}`, async () => (await of.locator(selector).count()) > 0 && wanted.test(await text(selector, of)));

test("the whole of it is small, loads nothing from elsewhere and holds no script of its own", async () => {
    let bytes = 0;
    for (const path of ["", "page/page.js", "page/page.css", "page/icon.svg"]) {
        const answer = await fetch(new URL(path, ill.url), { headers: { Accept: "text/html,*/*;q=0.5", "Accept-Encoding": "identity" } });
        assert.equal(answer.status, 200);
        const { gzipSync } = await import("node:zlib");
        bytes += gzipSync(Buffer.from(await answer.arrayBuffer()), { level: 4 }).length;
        if (path === "") {
            assert.match(answer.headers.get("content-security-policy"), /default-src 'none'; script-src 'self'; .*trusted-types 'none'/);
            assert.doesNotMatch(answer.headers.get("content-security-policy"), /unsafe/);
        }
        const again = await fetch(new URL(path, ill.url), { headers: { Accept: "text/html,*/*;q=0.5", "If-None-Match": answer.headers.get("etag") } });
        assert.equal(again.status, 304);
    }
    remark(`${bytes} bytes compressed`);
    assert.ok(bytes < 150_000);
    for (const document of ["web/front.html", "web/without.html"]) assert.doesNotMatch(read(document), /<script>|\son\w+=|https?:|<style|style=/);
});

test("without the page a browser learns so, how to get it, and what else is there", () => {
    const document = read("web/without.html"), paths = Object.keys(JSON.parse(read("docs/openapi.json")).paths);
    assert.match(document, /make page/);
    assert.doesNotMatch(document, /<script/);
    for (const [, path] of document.matchAll(/href="([^"]*)"/g)) assert.ok(paths.includes(path), path);
});

test("it is drawn at once, and follows what is said", async () => {
    const fresh = await openPage(ill.url);
    await fresh.locator(".law .number, .law .why").nth(2).waitFor();
    const drawn = await fresh.evaluate(() => performance.now());
    remark(`drawn ${Math.round(drawn)} ms after the navigation began`);
    if (TIMING) assert.ok(drawn < 1000);
    await shows(".heard", /live/, fresh);
    const first = await text(".stamp", fresh);
    await until("the next second", async () => (await text(".stamp", fresh)) !== first);
    assert.match(await text(".about dl", fresh), /profile default[\s\S]*(sealed|open in part)/);
    await fresh.context().close();
});

test("an instability is told: state, law, advice with its countdown, the story with its evidence", async () => {
    await shows(".chip.state", /unstable/);
    await shows(".law .usual button", /active in 1 entity/);
    await shows(".advice", /Shed load[\s\S]*withheld[\s\S]*expires in/);
    await shows(".incident .lead", /Detected instability on/);
    await shows(".incident .facts li", /\d\d:\d\d:\d\d[\s\S]*CPU is withheld/);
    await page.locator(".incident summary").first().click();
    await shows(".incident .finding", /Compute seizure of cgroup:[\s\S]*cause throttled[\s\S]*cpu\.steal/);
    assert.match(await page.title(), /unstable/);
    const left = /expires in (?:(\d+)\s*min)?\s*(?:(\d+)\s*s)?/.exec((await text(".advice .count")).replace(/\u00a0/g, " "));
    assert.ok(Number(left[1] ?? 0) * 60 + Number(left[2] ?? 0) <= 60);
    const chart = await page.evaluate(() => document.querySelectorAll(".chart canvas")[1].getContext("2d").getImageData(60, 20, 200, 60).data.some((v) => v > 0));
    assert.ok(chart, "the chart is empty");
});

test("a story that is over is told fact by fact too, and how it ended", async () => {
    const said = execFileSync(program, ["simulate", "metastable", "--json"], { encoding: "utf8" }).split("\n");
    const closed = said.filter((line) => line.includes('"state":"close"')).slice(-1).map((line) => ({ ...JSON.parse(line), host: HOSTILE_HOST }));
    const fresh = await openPage(ill.url);
    await fresh.route("**/api/v1/incidents?state=closed*", (route) => route.fulfill({ json: { incidents: closed } }));
    await fresh.reload();
    await fresh.locator(".past summary").click();
    await shows(".past .lead", /^Detected instability on .*Critical, from 00:09:59 to 00:26:58\.$/, fresh);
    assert.deepEqual(await fresh.locator(".past .facts time").allInnerTexts(), ["00:09:59", "00:16:50"]);
    assert.match(await text(".past .facts li", fresh), /Intent amplification: 7\.57 requests[\s\S]*Until 00:17:48\.$/);
    assert.match(await text(".past .end", fresh), /^Over since 00:26:58, after 16 min 59 s, [^]*for 1 min\.$/);
    await fresh.context().close();
});

test("names are shown and never become markup", async () => {
    await until("the cgroup is listed", async () => (await text("#rows")).includes("onerror"));
    assert.ok((await text("#rows")).includes(HOSTILE.slice(0, 40)));
    await shows(".host", /onmouseover/);
    await page.locator("#rows .row", { hasText: "onerror" }).click();
    await shows("dialog.drawer h2", /onerror/);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("main img, main script, main b[onmouseover]").count(), 0);
    assert.equal(await page.evaluate(() => globalThis.owned), undefined);
    assert.deepEqual(await wrongOf(page), []);
    // The policy is in force: what would write markup is refused.
    assert.match(await page.evaluate(() => {
        try {
            document.body.innerHTML = "<p>";
            return "written";
        } catch (error) {
            return String(error);
        }
    }), /TypeError/);
    assert.equal(await page.evaluate(() => {
        globalThis.violations.length = 0;
        return document.querySelectorAll("main").length;
    }), 1);
});

test("what a fever uses up is named by its unit, and of a file system it is space", async () => {
    const fresh = await openPage(ill.url);
    for (const [kind, unit, wanted] of [["filesystem", "By/s", /space over/], ["filesystem", "{inode}/s", /inodes over/], ["cgroup", "By/s", /memory over/], ["cgroup", "{file}/s", /open files over/]]) {
        await fresh.unroute(/entities\/\d+$/);
        await fresh.route(/entities\/\d+$/, async (route) => {
            const told = await (await route.fetch()).json();
            told.entity.kind = kind;
            told.entity.laws.fever = { state: "ok", value: 5, expected: 4, band: [0, 10], scale_s: 60, unit };
            await route.fulfill({ json: told });
        });
        await fresh.locator("#rows .row").first().click();
        await shows("dialog.drawer .laws-of", wanted, fresh);
        await fresh.keyboard.press("Escape");
    }
    await fresh.context().close();
});

test("axe finds nothing, dark and light, board, drawer and help", async () => {
    const axe = read("web/node_modules/axe-core/axe.min.js");
    for (const colorScheme of ["dark", "light"]) {
        const seen = await openPage(ill.url, { colorScheme, bypassCSP: true });
        await shows(".incident .facts", /./, seen);
        await seen.locator("#rows .row").first().waitFor();
        await seen.evaluate(axe);
        const found = async (where) => {
            const result = await seen.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
            assert.deepEqual(result.violations.map((v) => `${where} ${colorScheme}: ${v.id} ${v.nodes.map((n) => n.target + " " + n.failureSummary).join("; ")}`), []);
        };
        await found("board");
        await seen.keyboard.press("Enter");
        await seen.locator("dialog.drawer .figures").first().waitFor();
        await found("drawer");
        await seen.keyboard.press("Escape");
        await seen.keyboard.press("h");
        await seen.locator("dialog.help h2").waitFor();
        await found("help");
        await seen.context().close();
    }
});

test("the keyboard reaches everything", async () => {
    const at = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || "");
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("/");
    assert.equal(await at(), "search");
    await page.keyboard.type("onerror");
    await until("one row is left", async () => (await page.locator("#rows .row").count()) === 1);
    await page.keyboard.press("Enter");
    assert.equal(await at(), "rows");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await shows("dialog.drawer", /Open findings/i);
    await page.keyboard.press("q");
    await until("the drawer is shut", async () => !(await page.locator("dialog.drawer").isVisible()));
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#search").inputValue(), "");
    await until("all rows are back", async () => (await page.locator("#rows .row").count()) > 2);
    const theme = await page.evaluate(() => document.documentElement.dataset.theme);
    await page.keyboard.press("t");
    await until("the other theme", async () => (await page.evaluate(() => document.documentElement.dataset.theme)) !== theme);
    await page.keyboard.press("i");
    assert.equal(await at(), "incidents");
    await page.keyboard.press("?");
    assert.ok(await page.locator("dialog.help").isVisible());
    await page.keyboard.press("Escape");
    await page.keyboard.press("f");
    await shows(".heard", /held/);
    await page.keyboard.press("f");
    await shows(".heard", /live/);
    // With Tab alone: everything that can be pressed gets the focus, and shows it.
    await page.evaluate(() => document.activeElement?.blur());
    const seen = new Set();
    for (let i = 0; i < 40; i++) {
        await page.keyboard.press("Tab");
        seen.add((await at()).trim().slice(0, 20));
    }
    for (const wanted of ["Hold", "Help", "search", "rows", "Processes"]) assert.ok([...seen].some((s) => s.startsWith(wanted)), `${wanted} is not among ${[...seen]}`);
});

test("no size makes it scroll sideways or hides what matters", async () => {
    for (const [width, height] of [[390, 844], [768, 1024], [1280, 800], [2560, 1440]]) {
        await page.setViewportSize({ width, height });
        await pause(300);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide} at ${width}`);
        for (const selector of [".chip.state", ".advice .action", ".law .value", ".incident .lead", ".heat canvas", "#rows .row"]) {
            const box = await page.locator(selector).first().boundingBox();
            assert.ok(box && box.width > 10 && box.x >= 0 && box.x + box.width <= width + 1, `${selector} at ${width}: ${JSON.stringify(box)}`);
        }
        for (const small of await page.locator("button:visible, summary:visible").all()) {
            const box = await small.boundingBox();
            assert.ok(!box || box.height >= 22, `a target of ${box?.height} at ${width}: ${await small.innerText()}`);
        }
    }
    await page.setViewportSize({ width: 1280, height: 800 });
});

test("a sentinel that says nothing more does not look alive, and is found again", async () => {
    ill.signal("SIGSTOP");
    await shows(".heard", /last heard .* ago/);
    await shows(".chip.state", /no contact/);
    assert.match(await text(".strip"), /nothing is being said[\s\S]*old/);
    assert.doesNotMatch(await page.title(), /unstable|stable/);
    assert.ok((await page.evaluate(() => Number(getComputedStyle(document.querySelector(".law")).opacity))) < 0.7);
    ill.signal("SIGCONT");
    await shows(".heard", /live/);
    await shows(".chip.state", /stable/);
});

test("the connection's end is said, and the next sentinel on that port is shown without a reload", async () => {
    const { port } = new URL(ill.url);
    await ill.stop();
    await shows(".strip", /cannot be reached|ended the stream/);
    await shows(".chip.state", /no contact/);
    await ill.start("--root", tree, ...QUIET, "--set", `http.listen=127.0.0.1:${port}`);
    await shows(".heard", /live/);
    assert.deepEqual(await wrongOf(page), []);
});

test("a token is asked for, refused, taken, kept for the tab and forgotten", async () => {
    const file = write("token", "a-token-of-0123456789\n", 0o600);
    mkdir("bin");
    copyFileSync("/bin/sh", join(folder, "bin", "<i onload=x>"));
    // Only processes that do something are told of.
    const hostile = spawn(join(folder, "bin", "<i onload=x>"), ["-c", "ulimit -t 60; while :; do :; done"], { stdio: "ignore" });
    const guarded = await new Sentinel().start("--set", `http.token_file=${file}`, "--set", "sources.host.deep=off");
    try {
        const locked = await openPage(guarded.url);
        await locked.locator("#token").fill("a-token-of-0000000000");
        await locked.locator("button", { hasText: "Open" }).click();
        await shows("#wrong", /refused/, locked);
        await locked.locator("#token").fill("a-token-of-0123456789");
        await locked.keyboard.press("Enter");
        await shows(".heard", /live/, locked);
        await shows(".about dl", /coherence/, locked);
        assert.doesNotMatch(locked.url(), /token/);
        assert.equal(await locked.evaluate(() => JSON.stringify(localStorage)), "{}");
        await locked.reload();
        await shows(".heard", /live/, locked);
        // Processes of this host, one of them with a name that is none.
        await locked.keyboard.press("p");
        await locked.locator("#search").fill("onload");
        await until("the process is listed", async () => (await text("#rows", locked)).includes("<i onload=x>"));
        assert.deepEqual(await wrongOf(locked), []);
        await locked.keyboard.press("Escape");
        await locked.keyboard.press("h");
        await locked.locator("button", { hasText: "Forget the token" }).click();
        await locked.locator("#token").waitFor();
        await locked.context().close();
    } finally {
        hostile.kill("SIGKILL");
        await guarded.stop();
    }
});

test("a thousand entities: a few dozen rows stand in the document, and no task is long", async () => {
    const tree = makeTree("big", 1000, (i) => `app-${String(i).padStart(4, "0")}.service`);
    const big = await new Sentinel().start("--root", tree, ...QUIET, "--set", "sources.host.max_cgroups=2000");
    try {
        const full = await openPage(big.url);
        await shows(".entities h2", /1.00\d ENTITIES/i, full);
        await full.evaluate(() => {
            globalThis.long = [];
            new PerformanceObserver((list) => globalThis.long.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: "longtask" });
        });
        const box = full.locator("#rows");
        for (let i = 0; i < 20; i++) {
            await box.evaluate((e) => (e.scrollTop += 997));
            await pause(100);
        }
        await full.locator("#search").fill("app-09");
        await shows(".entities h2", /^100 ENTITIES/i, full);
        await full.locator("#search").fill("");
        await pause(TIMING ? 20_000 : 4000);
        const rows = await full.locator("#rows .row").count();
        assert.ok(rows > 5 && rows < 60, `${rows} rows`);
        const long = await full.evaluate(() => globalThis.long);
        remark(`1000 entities: ${long.length} tasks over 50 ms${long.length ? `, the longest ${Math.max(...long)} ms` : ""}`);
        if (TIMING) assert.deepEqual(long, []);
        assert.deepEqual(await wrongOf(full), []);
        await full.context().close();
    } finally {
        await big.stop();
    }
});

test("the end: nothing is left behind", async () => {
    release();
    await ill.stop();
    await closeAll();
});
