// docs/library.md as a program: its example is taken out, compiled against the bundle that users get, and run.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventAccount } from '../src/demo/account.js';
import { PRESETS } from '../src/demo/presets.js';
import { type RunningServer, startServer } from '../src/demo/server.js';
import { canBind } from '../src/sources/bind.js';

let folder = '';
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-library-'));
  const config = PRESETS['trusts-local-sender'].config({
    account: inventAccount(),
    sink: { host: '127.0.0.1', port: 1 },
  });
  server = await startServer(config);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('the example of docs/library.md', () => {
  it('audits, and gives a report', async () => {
    expect(await canBind('127.0.0.66')).toBeNull();
    const [, source = ''] = /```ts\n(.*?)```/s.exec(readFileSync('docs/library.md', 'utf8')) ?? [];
    await writeFile(join(folder, 'example.ts'), source);
    const outfile = join(folder, 'example.mjs');
    await build({
      entryPoints: [join(folder, 'example.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      alias: { relayproof: resolve('src/index.ts') },
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire('file:///');",
      },
    });
    const { auditMailServer } = (await import(pathToFileURL(outfile).href)) as {
      auditMailServer: (target: string, signal: AbortSignal) => Promise<string>;
    };
    const text = await auditMailServer(`${server.address}:${server.port}`, new AbortController().signal);
    expect(text).toContain(`\`${server.address}:${server.port}\``);
    expect(text).toContain('**OPEN RELAY**');
  });
});
