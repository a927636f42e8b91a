// SPDX-License-Identifier: MIT
// Keeps the board up to date: the stream as it speaks, and questions for what it does not say, at a pace that costs the sentinel little. A page that nobody
// sees asks nothing.
import { get, Refused, type Entity, type Incident, type IncidentDetail, type Series, type Spectrum, type Status, type Tick, type Veto } from "./api";
import { board, emptyTrail, entityOf, host, MAIN_LAWS, prepend, takeTick, type Connection } from "./model";
import { Stream } from "./stream";
import { drawer } from "./view_entity";

const ENTITIES_MS = 3000, ENTITY_MS = 2 /* more for each of them */, STATUS_MS = 10_000, INCIDENTS_MS = 10_000, SPECTRUM_MS = 5000, DRAWER_MS = 2000, SOON_MS = 150;
const DETAILS_MAX = 16; // open incidents that are told at length
const PAST_MAX = 50;

export interface Watcher { changed(): void; announce(text: string): void; locked(): void }

type Job = { every_ms: number; due: number; busy: boolean; run: () => Promise<void> };

export class Watch {
    private readonly stream: Stream;
    private readonly jobs: Record<"entities" | "status" | "incidents" | "past" | "spectrum" | "drawer", Job>;
    private readonly filled = new Set<string>(); // hosts whose past has been asked for

    constructor(private readonly watcher: Watcher) {
        const job = (every_ms: number, run: () => Promise<void>): Job => ({ every_ms, due: 0, busy: false, run });
        this.jobs = {
            status: job(STATUS_MS, async () => void (board.status = await get<Status>("/api/v1/status"))),
            entities: job(ENTITIES_MS, () => this.askEntities()),
            incidents: job(INCIDENTS_MS, () => this.askIncidents()),
            past: job(Infinity, () => this.askPast()),
            spectrum: job(SPECTRUM_MS, () => this.askSpectrum()),
            drawer: job(DRAWER_MS, () => this.askDrawer()),
        };
        this.stream = new Stream({
            opened: () => this.opened(),
            said: (line) => this.said(line),
            lost: (why, again) => this.connection({ state: "lost", why, again: performance.now() + again }),
            locked: () => {
                this.connection({ state: "locked" });
                watcher.locked();
            },
        });
        window.setInterval(() => this.work(), 250);
        document.addEventListener("visibilitychange", () => this.work());
    }

    start(): void {
        this.stream.start();
        this.first().catch(() => undefined); // the stream says what is wrong
    }

    /** What stands now, so that nobody waits for the next tick. */
    private async first(): Promise<void> {
        const [status, { entities }] = await Promise.all([get<Status>("/api/v1/status"), get<{ entities: Entity[] }>("/api/v1/entities?kind=host")]);
        board.status = status;
        await Promise.all(entities.map(async (e) => {
            const { seizure, fever, amplification } = e.laws;
            if (!e.status || !seizure || !fever || !amplification || status.t === null) return;
            const { veto } = e.status === "unstable" ? await get<{ veto: Veto | null }>(`/api/v1/veto?host=${encodeURIComponent(e.name)}`) : { veto: null };
            const tick: Tick = { type: "tick", t: status.t, host: e.name, status: e.status, laws: { seizure, fever, amplification }, veto, incident: null };
            if (!board.hosts.has(e.name)) takeTick(tick, performance.now());
        }));
        this.watcher.changed();
    }

    /** Asks for it as soon as may be. */
    soon(...names: (keyof Watch["jobs"])[]): void {
        for (const name of names) this.jobs[name].due = Math.min(this.jobs[name].due, performance.now() + SOON_MS);
    }

    private connection(to: Connection): void {
        if (to.state === "lost" && board.connection.state === "open") this.watcher.announce("Contact with the sentinel is lost.");
        if (to.state === "open" && board.connection.state === "lost") this.watcher.announce("Contact with the sentinel is back.");
        board.connection = to;
        this.watcher.changed();
    }

    private opened(): void {
        this.connection({ state: "open" });
        this.filled.clear();
        for (const job of Object.values(this.jobs)) job.due = 0;
        this.work();
    }

    private said(line: string): void {
        const event = JSON.parse(line) as { type: string };
        if (event.type === "tick") {
            const tick = event as Tick, before = board.hosts.get(tick.host)?.tick;
            takeTick(tick, performance.now());
            if (before && before.status !== tick.status) this.watcher.announce(`${tick.host}: ${tick.status}.`);
            if (tick.veto && before && !before.veto) this.watcher.announce(`Advice: ${tick.veto.action}.`);
        } else if (event.type === "incident") {
            const one = event as Incident;
            if (one.state !== "update") this.watcher.announce(`Incident ${one.state === "open" ? "opened" : "over"} on ${one.host}: ${one.kind}, ${one.severity}.`);
            if (one.state === "close") board.over = [one, ...board.over.filter((i) => i.id !== one.id)].slice(0, PAST_MAX);
            this.soon("incidents", "entities");
        } else if (event.type === "finding") this.soon("incidents", "entities");
        this.watcher.changed();
    }

    private work(): void {
        const now = performance.now();
        if (document.hidden || board.connection.state !== "open") return;
        const shown = host();
        if (shown && !this.filled.has(shown.name)) {
            this.filled.add(shown.name);
            void this.fill(shown.name);
            this.jobs.spectrum.due = 0;
        }
        for (const job of Object.values(this.jobs)) {
            if (job.busy || job.due > now) continue;
            job.busy = true;
            job.due = now + job.every_ms;
            void this.run(job);
        }
    }

    private async run(job: Job): Promise<void> {
        try {
            await job.run();
            board.trouble = null;
        } catch (error) {
            if (error instanceof Refused && error.status === 401) this.watcher.locked();
            else if (board.connection.state === "open") board.trouble = error instanceof Refused ? `Refused: ${error.message}.` : "An answer did not come; what stands below may be old.";
        }
        job.busy = false;
        this.watcher.changed();
    }

    private async askEntities(): Promise<void> {
        const answer = await get<{ entities: Entity[]; left_out: number }>("/api/v1/entities");
        board.entities = answer.entities;
        board.entities_left_out = answer.left_out;
        this.jobs.entities.every_ms = ENTITIES_MS + answer.entities.length * ENTITY_MS;
    }

    private async askIncidents(): Promise<void> {
        const { incidents } = await get<{ incidents: Incident[] }>("/api/v1/incidents");
        const grave = (i: Incident) => (i.severity === "critical" ? 2 : 0) + i.risk;
        incidents.sort((a, b) => grave(b) - grave(a));
        const details = await Promise.all(incidents.map(async (incident, i): Promise<IncidentDetail> => {
            if (i >= DETAILS_MAX) return { incident, findings: [] };
            try {
                return await get<IncidentDetail>(`/api/v1/incidents/${encodeURIComponent(incident.id)}`);
            } catch {
                return { incident, findings: [] }; // over since
            }
        }));
        board.incidents = details;
    }

    private async askPast(): Promise<void> {
        const { incidents } = await get<{ incidents: Incident[] }>(`/api/v1/incidents?state=closed&limit=${PAST_MAX}`);
        const heard = board.over.filter((i) => !incidents.some((k) => k.id === i.id));
        board.over = [...heard, ...incidents].sort((a, b) => b.end - a.end).slice(0, PAST_MAX);
    }

    private async askSpectrum(): Promise<void> {
        const shown = host(), entity = shown && entityOf(shown);
        if (!entity) {
            this.jobs.spectrum.due = performance.now() + SOON_MS;
            return;
        }
        board.spectrum = await get<Spectrum>(`/api/v1/spectra/${entity.id}`);
    }

    private async askDrawer(): Promise<void> {
        const id = drawer.id;
        if (id === null) return;
        try {
            const [detail, spectrum] = await Promise.all([get<typeof drawer.detail>(`/api/v1/entities/${id}`), get<Spectrum>(`/api/v1/spectra/${id}`)]);
            if (drawer.id !== id) return; // another one since
            drawer.detail = detail;
            drawer.spectrum = spectrum;
        } catch (error) {
            if (!(error instanceof Refused && error.status === 404)) throw error;
            drawer.gone = true;
            drawer.detail = null;
        }
    }

    /** What the laws of a host were before the page came. Where that cannot be had the charts begin now. */
    private async fill(name: string): Promise<void> {
        await Promise.all(MAIN_LAWS.map(async (law) => {
            try {
                const past = await get<Series & { unit: string | null }>(`/api/v1/series?entity=host&metric=${law}&host=${encodeURIComponent(name)}`);
                const trail = { ...emptyTrail(), t: past.t, value: past.value, expected: past.expected, lo: past.lo, hi: past.hi, unit: past.unit ?? "" };
                const shown = board.hosts.get(name);
                if (shown) prepend(shown.trails[law], trail);
            } catch {
                // the charts begin now
            }
        }));
        this.watcher.changed();
    }
}
