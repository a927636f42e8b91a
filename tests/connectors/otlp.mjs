// SPDX-License-Identifier: MIT
// Sends a gauge, a counter, an up-down counter and a histogram through OpenTelemetry's own SDK and exporters: JSON and protobuf, plain and
// gzip, both temporalities. Says what became of it. usage: CONNECTORS=DIRECTORY node otlp.mjs URL
import { createRequire } from 'node:module';
const require = createRequire(process.env.CONNECTORS + '/');
const { MeterProvider, PeriodicExportingMetricReader, AggregationTemporality } = require('@opentelemetry/sdk-metrics');
const { Resource } = require('@opentelemetry/resources');
const exporters = {
    json: require('@opentelemetry/exporter-metrics-otlp-http').OTLPMetricExporter,
    proto: require('@opentelemetry/exporter-metrics-otlp-proto').OTLPMetricExporter,
};
const outcomes = [];

async function send(form, compression, temporality) {
    const exporter = new exporters[form]({ url: process.argv[2], compression, temporalityPreference: AggregationTemporality[temporality] });
    const inner = exporter.export.bind(exporter);
    exporter.export = (metrics, done) => inner(metrics, (outcome) => { outcomes.push(outcome); done(outcome); });
    const provider = new MeterProvider({
        resource: new Resource({ 'service.name': 'shop', 'host.name': `${form}-${compression}-${temporality}` }),
        readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600000 })],
    });
    const meter = provider.getMeter('test');
    const orders = meter.createCounter('orders'), open = meter.createUpDownCounter('carts.open');
    const latency = meter.createHistogram('checkout.duration', { unit: 's' });
    meter.createObservableGauge('queue.depth').addCallback((result) => result.observe(42, { queue: 'mail' }));
    for (let round = 0; round < 2; round++) {
        orders.add(3, { country: 'de' });
        open.add(round ? -1 : 5);
        latency.record(0.25);
        await provider.forceFlush();
    }
    await provider.shutdown();
}

for (const form of ['json', 'proto'])
    for (const compression of ['none', 'gzip'])
        for (const temporality of ['DELTA', 'CUMULATIVE'])
            await send(form, compression, temporality);
const failed = outcomes.filter((o) => o.code !== 0);
console.log(`${outcomes.length} sent, ${failed.length} failed`);
if (failed.length)
    console.log(failed[0].error);
process.exit(failed.length ? 1 : 0);
