// SPDX-License-Identifier: MIT
// Listens to /api/v1/stream for as long as the page stands. EventSource cannot send a token, so the events are read from fetch. Source of the format:
// WHATWG HTML, "Server-sent events"; the sentinel sends only `data` lines and comments.
import { ask, Refused } from "./api";

export interface Listener {
    /** One event. */
    said(line: string): void;
    /** The stream is open; everything before it may have been missed. */
    opened(): void;
    /** It is not: why, and in how many milliseconds the next try comes. */
    lost(why: string, again_ms: number): void;
    /** A token is wanted; nothing is tried until start is called again. */
    locked(): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const FULL_WAIT_MS = 10_000; // what the sentinel asks for when too many listen
const EVENT_MAX = 256 * 1024; // a whole ring of the sentinel's

export class Stream {
    private cut: AbortController | null = null;
    private timer = 0;
    private wait = FIRST_WAIT_MS;

    constructor(private readonly listener: Listener) {}

    start(): void {
        this.stop();
        const cut = new AbortController();
        this.cut = cut;
        void this.listen(cut);
    }

    stop(): void {
        clearTimeout(this.timer);
        this.cut?.abort();
        this.cut = null;
    }

    private async listen(cut: AbortController): Promise<void> {
        let why = "the sentinel ended the stream";
        try {
            const answer = await ask("/api/v1/stream", cut.signal);
            this.wait = FIRST_WAIT_MS;
            this.listener.opened();
            await this.read(answer);
        } catch (error) {
            if (cut.signal.aborted) return;
            if (error instanceof Refused && error.status === 401) {
                this.listener.locked();
                return;
            }
            why = error instanceof Refused ? error.message : "the sentinel cannot be reached";
            if (error instanceof Refused && error.status === 503) this.wait = FULL_WAIT_MS;
        }
        if (cut.signal.aborted) return;
        const wait = this.wait * (0.75 + Math.random() / 2); // many pages must not come back at once
        this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
        this.listener.lost(why, wait);
        this.timer = window.setTimeout(() => this.start(), wait);
    }

    private async read(answer: Response): Promise<void> {
        const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
        let left = "";
        for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            left += value;
            const lines = left.split("\n");
            left = lines.pop()!;
            if (left.length > EVENT_MAX) left = "";
            for (const line of lines) if (line.startsWith("data: ")) this.listener.said(line.slice(6));
        }
    }
}
