// SPDX-License-Identifier: MIT
// Sends every type of DogStatsD through hot-shots. usage: node dogstatsd.mjs PORT
import { createRequire } from 'node:module';
const require = createRequire(process.env.CONNECTORS + '/');
const StatsD = require('hot-shots');
const client = new StatsD({ host: '127.0.0.1', port: Number(process.argv[2]), globalTags: { host: 'node-dog', service: 'shop' }, maxBufferSize: 512 });
for (let i = 0; i < 10; i++) {
    client.increment('orders', 2, ['country:de']);
    client.gauge('queue.depth', 42);
    client.timing('checkout.time', 20 + i);
    client.histogram('basket.size', 3);
    client.distribution('basket.value', 30.5);
    client.set('customers', `c${i % 4}`);
}
client.check('shop.alive', client.CHECKS.OK);
client.event('deployed', 'a new shop');
client.close((error) => process.exit(error ? 1 : 0));
