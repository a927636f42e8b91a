// SPDX-License-Identifier: MIT
// Asks a fake of Datadog's API through Datadog's own client, and holds what it answers, and what the program has asked it, to the client's
// types: nothing that they do not know, nothing that they cannot read. usage: node datadog.mjs URL REQUEST.json
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(process.env.CONNECTORS + '/');
const { client, v1, v2 } = require('@datadog/datadog-api-client');
const { ObjectSerializer } = require('@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/models/ObjectSerializer.js');

const [url, file] = process.argv.slice(2);
const configuration = client.createConfiguration({
    baseServer: new client.BaseServerConfiguration(url, {}),
    authMethods: { apiKeyAuth: '0123456789abcdef0123456789canary', appKeyAuth: 'canary0123456789abcdef0123456789abcdef01' },
});

// What the client could not read stands in unparsedObject, what it does not know in additionalProperties.
function check(value, path) {
    if (value === null || typeof value !== 'object') return;
    if (value.unparsedObject !== undefined || value._unparsed) throw new Error(`${path} cannot be read: ${JSON.stringify(value)}`);
    if (value.additionalProperties !== undefined) throw new Error(`${path} has members that are unknown: ${JSON.stringify(value.additionalProperties)}`);
    for (const [name, inner] of Object.entries(value)) check(inner, `${path}.${name}`);
}

const to = Math.floor(Date.now() / 1000) - 60;
const from = to - 600;
const text = 'avg:system.mem.total{*} by {host}.rollup(avg, 20).fill(null)';

const second = await new v2.MetricsApi(configuration).queryTimeseriesData({
    body: { data: { type: 'timeseries_request', attributes: { from: from * 1000, to: to * 1000, interval: 20000,
        queries: [{ dataSource: 'metrics', query: text, name: 'q0' }], formulas: [{ formula: 'q0' }] } } },
});
check(second, 'version 2');
const found = second.data.attributes;
if (found.values.length !== found.series.length || found.values.some((v) => v.length !== found.times.length)) throw new Error('values do not fit times and series');

const first = await new v1.MetricsApi(configuration).queryMetrics({ from, to, query: text });
check(first, 'version 1');

const valid = await new v1.AuthenticationApi(configuration).validate();
check(valid, 'validate');

const asked = ObjectSerializer.deserialize(JSON.parse(readFileSync(file, 'utf8')), 'TimeseriesFormulaQueryRequest', '');
check(asked, 'the request');
for (const q of asked.data.attributes.queries) if (q.dataSource !== 'metrics' || !q.query || !q.name) throw new Error(`a query is not whole: ${JSON.stringify(q)}`);
if (!(asked.data.attributes.queries.length > 0 && asked.data.attributes.formulas.every((f) => f.formula))) throw new Error('no query, or an empty formula');

console.log(`version 2: ${found.series.length} series; version 1: ${first.series.length} series; keys ${valid.valid ? 'valid' : 'not valid'}; what the program asks for is understood`);
