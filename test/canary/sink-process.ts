// A sink in a process of its own, for tests that kill it. Prints its port, then a line per row that is safe.
import { startSink } from '../../src/canary/sink.js';
import { openStore } from '../../src/canary/store.js';

const [folder = '', key = '', port = '0'] = process.argv.slice(2);
const store = await openStore(folder, 1_000_000);
const sink = await startSink({
  listen: { host: '127.0.0.1', port: Number(port) },
  key: Buffer.from(key),
  store,
});
process.stdout.write(`${sink.port}\n`);
