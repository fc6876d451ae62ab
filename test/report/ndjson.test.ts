// Lines of JSON: a report is whole in them, a stream gives the same lines, and none holds what a terminal obeys.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report, ServerReport } from '../../src/model/report.js';
import { anyReport, fixture, NAMES } from './fixtures.js';
import { renderNdjson } from './render.js';

interface Line {
  readonly event: string;
  readonly [key: string]: unknown;
}

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** Put a report together again from its lines. */
function reportOf(lines: readonly Line[]): unknown {
  const servers: Record<string, unknown>[] = [];
  const report: Record<string, unknown> = { servers };
  const lists = { source: 'sources', attempt: 'attempts', finding: 'findings' } as const;
  for (const { event, ...fields } of lines) {
    const server = servers.at(-1) ?? {};
    if (event === 'start' || event === 'end') Object.assign(report, fields);
    if (event === 'server') {
      const { server: _, ...facts } = fields;
      servers.push({ ...facts, sources: [], attempts: [], findings: [], notTested: [] });
    }
    if (event in lists) (server[lists[event as keyof typeof lists]] as unknown[]).push(fields[event]);
    if (event === 'not-tested') (server.notTested as unknown[]).push(fields.text);
    if (event === 'verdict') server.verdict = fields.verdict;
  }
  return report;
}

it.each(NAMES)('%s', async (name) => {
  await expect(renderNdjson(fixture(name))).toMatchFileSnapshot(`golden/ndjson.${name}.golden.ndjson`);
});

describe('the lines', () => {
  it('hold the whole of any report, each one object that names its event', () => {
    fc.assert(
      fc.property(anyReport, (report: Report) => {
        const text = renderNdjson(report);
        expect(reportOf(linesOf(text))).toEqual(report);
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 200 },
    );
  });

  it('name the server of each', () => {
    const { servers } = fixture('several-servers');
    const ofServers = linesOf(renderNdjson(fixture('several-servers'))).slice(1, -1);
    const of = ({ target: { host, port, address } }: ServerReport) => JSON.stringify({ host, port, address });
    expect([...new Set(ofServers.map(({ server }) => JSON.stringify(server)))]).toEqual(servers.map(of));
  });
});
