// What an audit from options alone loads: bundled as users get it, it must not pull in what only some runs need.
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** Packages that are loaded when they are used, and not before. */
const LATER = ['zod', 'yaml', 'imapflow', 'smtp-server', 'bullmq', 'ioredis'];

it('an audit from options alone loads no package that only some runs need', async () => {
  const { metafile } = await build({
    entryPoints: ['src/cli/main.ts', 'src/cli/audit.ts'],
    outdir: 'never-written',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
  });
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const imports = metafile.inputs[path]?.imports ?? [];
    for (const { path: next, kind } of imports) if (kind !== 'dynamic-import') visit(next);
  };
  visit('src/cli/main.ts');
  visit('src/cli/audit.ts');
  expect(seen.size).toBeGreaterThan(100);
  const packages = [...seen].flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  expect([...new Set(packages)].filter((name) => LATER.includes(name))).toEqual([]);
});
