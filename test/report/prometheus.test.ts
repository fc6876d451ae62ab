import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyReport, fixture, HOSTILE, NAMES, stuffed } from './fixtures.js';
import { renderPrometheus } from './render.js';

const LABEL = '[a-z_]+="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(relayproof_[a-z_]+)(\\{${LABEL}(?:,${LABEL})*\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`);

/** Read the text format 0.0.4; throws where the collector would refuse the file. */
function read(text: string): Map<string, number> {
  const series = new Map<string, number>();
  const typed = new Set<string>();
  let current = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, name] = /^# (HELP|TYPE) (relayproof_[a-z_]+) \S/.exec(line) ?? [];
    if (kind === 'HELP' && name !== undefined) {
      if (typed.has(name)) throw new Error(`twice: ${name}`);
      current = name;
    } else if (kind === 'TYPE' && name === current) {
      typed.add(name);
    } else {
      const match = SAMPLE.exec(line);
      if (match === null || match[1] !== current || !typed.has(current)) throw new Error(`no sample: ${line}`);
      const key = line.slice(0, line.lastIndexOf(' '));
      if (series.has(key)) throw new Error(`twice: ${key}`);
      series.set(key, Number(match[3]));
    }
  }
  if (!text.endsWith('\n')) throw new Error('no line feed at the end');
  return series;
}

it.each(NAMES)('%s', async (name) => {
  read(renderPrometheus(fixture(name)));
  await expect(renderPrometheus(fixture(name))).toMatchFileSnapshot(`golden/prometheus.${name}.golden.prom`);
});

it('says what the report says', () => {
  const series = read(renderPrometheus(fixture('open-confirmed')));
  const server = 'server="mail.corp.example:25",address="192.0.2.25"';
  const source = 'source="198.51.100.66",spec="198.51.100.66"';
  expect(series.get(`relayproof_relay_verdict{${server},verdict="open"}`)).toBe(1);
  expect(series.get(`relayproof_relay_verdict{${server},verdict="closed"}`)).toBe(0);
  expect(series.get(`relayproof_findings{${server},severity="critical"}`)).toBe(1);
  expect(series.get(`relayproof_cell_agrees{${server},${source},access="anonymous",security="none"}`)).toBe(0);
  expect(series.get(`relayproof_techniques{${server},${source},fate="accepted"}`)).toBe(4);
  expect(series.get('relayproof_last_run_duration_seconds')).toBe(0.588);
});

it('says where there is no answer', () => {
  const series = read(renderPrometheus(fixture('inconclusive-blocklisted')));
  const unanswered = [...series].filter(([key, value]) => key.startsWith('relayproof_cell_unanswered') && value === 1);
  expect(unanswered).toHaveLength(3);
  expect([...series.keys()].filter((key) => key.startsWith('relayproof_cell_agrees'))).toEqual([]);
});

it('lets the worse of two sources of one name stand', () => {
  const report = fixture('open-confirmed');
  const twice = {
    ...report,
    servers: report.servers.map((server) => ({
      ...server,
      sources: server.sources.map((each) => ({ ...each, spec: 'any', address: null, seenAs: null })),
    })),
  };
  const agrees = [...read(renderPrometheus(twice))].filter(
    ([key]) => key.includes('cell_agrees') && key.includes('anonymous'),
  );
  expect(agrees.map(([, value]) => value)).toEqual([0]);
});

it('takes any report', () => {
  fc.assert(
    fc.property(anyReport, (report) => void read(renderPrometheus(report))),
    { numRuns: 300 },
  );
  for (const stranger of HOSTILE) read(renderPrometheus(stuffed(stranger.repeat(1000))));
});
