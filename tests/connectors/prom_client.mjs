// SPDX-License-Identifier: MIT
// A Node.js program that tells its metrics by prom-client, in Prometheus' text or, where asked for it, OpenMetrics. usage: node prom_client.mjs PORTFILE
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
const require = createRequire(process.env.CONNECTORS + '/');
const { Registry, Counter, Gauge, Histogram, Summary, collectDefaultMetrics } = require('prom-client');
const plain = new Registry();
const open = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
for (const registry of [plain, open]) {
    const registers = [registry];
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 10 });
    const orders = new Counter({ name: 'orders_total', help: 'orders, "quoted" and \\ broken\nover lines', labelNames: ['country'], registers });
    const queue = new Gauge({ name: 'queue_depth', help: 'jobs that wait', registers });
    const took = new Histogram({ name: 'checkout_seconds', help: 'of a checkout', buckets: [0.1, 1], registers });
    const basket = new Summary({ name: 'basket_size', help: 'of a basket', registers });
    setInterval(() => {
        orders.inc({ country: 'de "\\\n' }, 2);
        queue.set(40 + (Date.now() % 3));
        took.observe(0.2);
        basket.observe(3);
        globalThis.kept = Array.from({ length: 20_000 }, (_, i) => ({ i })); // something to collect
    }, 100);
}
const server = createServer(async (request, response) => {
    const registry = request.url === '/open' ? open : plain;
    response.setHeader('Content-Type', registry.contentType);
    response.end(await registry.metrics());
});
server.listen(0, '127.0.0.1', () => writeFileSync(process.argv[2], `${server.address().port}\n`));
