// Starts a server of the demo on loopback, for workflows that try the action out: `demo-server.mjs <preset> <port>`. Runs until
// it is ended; says on standard output when it listens. Its canaries' mail host is started beside it.
import { build } from 'esbuild';

const ENTRY = `
export { startServer } from './src/demo/server.js';
export { DEMO, PRESETS } from './src/demo/presets.js';
export { inventAccount } from './src/demo/account.js';
`;

const { outputFiles } = await build({
  stdin: { contents: ENTRY, resolveDir: '.' },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire('file:///');",
  },
});
const { startServer, DEMO, PRESETS, inventAccount } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);

const [preset = 'follows-policy', port = '0'] = process.argv.slice(2);
const [user, domain] = DEMO.canary.split('@');
const sink = await startServer({ hostname: `mx.${domain}`, localDomains: [domain], users: [user] });
const config = PRESETS[preset].config({
  account: inventAccount(),
  sink: { host: sink.address, port: sink.port },
  viaProxy: false,
});
const server = await startServer({ ...config, port: Number(port) });
console.log(`${server.address}:${server.port}`);
