// Reports of many servers: the worst first, the details of some, all of them where a program reads; in pieces, none of which
// holds more than one server, however many there are.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { LongReport, Report, ServerList, ServerReport } from '../../src/model/report.js';
import { FORMATS, type FormatName } from '../../src/report/index.js';
import { FEW, internTable, shared, summarise, worstFirst } from '../../src/report/summary.js';
import { fixture, PLAIN } from './fixtures.js';
import { readXml } from './xml-reader.js';

const KINDS = ['closed-compliant', 'open-confirmed', 'inconclusive-blocklisted', 'wrong-password-accepted'] as const;
const SERVERS = KINDS.map((kind) => fixture(kind).servers[0]).filter((server) => server !== undefined);

/** Server number so and so: one of the fixtures by its number, under a name of its own; most are closed. */
function serverAt(index: number): ServerReport {
  const server = SERVERS[index % 10 < 7 ? 0 : (index % 10) - 6];
  if (server === undefined) throw new Error('a fixture without a server');
  return {
    ...server,
    target: { ...server.target, host: `mail${index}.example.org`, address: `198.51.100.${index % 250}` },
  };
}

/** A list that makes a server whenever it is asked for one, and counts how many it has made. */
function makingList(length: number): { readonly servers: ServerList; readonly made: () => number } {
  let made = 0;
  const at = (index: number): ServerReport | undefined => {
    if (index >= length) return undefined;
    made += 1;
    return serverAt(index);
  };
  const servers = {
    length,
    at,
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index += 1) yield serverAt(index);
      made += length;
    },
  };
  return { servers, made: () => made };
}

const HEAD: Omit<Report, 'servers'> = {
  ...fixture('several-servers'),
  verdict: { relay: 'open', compliance: 'non-compliant', summary: 'Many servers.' },
};

function longReport(length: number): LongReport & { readonly made: () => number } {
  const { servers, made } = makingList(length);
  const intern = internTable();
  const summaries = Array.from({ length }, (_, index) => shared(summarise(serverAt(index)), intern));
  const { schemaVersion, tool, startedAt, durationMs, verdict } = HEAD;
  return { schemaVersion, tool, startedAt, durationMs, verdict, servers, summaries, made };
}

const render = (name: FormatName, report: LongReport, more = {}): string =>
  FORMATS[name].render(report, { ...PLAIN, ...more });

const LARGEST = Math.max(...SERVERS.map((server) => JSON.stringify(server, null, 6).length));

describe.each(Object.keys(FORMATS) as FormatName[])('%s of many servers', (name) => {
  it('is what a report in memory gives', () => {
    for (const length of [0, 1, 2, FEW, FEW + 1, 60]) {
      const { servers, ...long } = longReport(length);
      const { summaries: _, ...plain } = long;
      expect(render(name, { ...long, servers })).toBe(render(name, { ...plain, servers: [...servers] }));
    }
  });

  it('comes in pieces about a server at most', () => {
    const report = longReport(120);
    const sizes = [...FORMATS[name].pieces(report, PLAIN)].map((piece) => piece.length);
    // An overview grows with the list, by a line for each.
    expect(Math.max(...sizes)).toBeLessThan(LARGEST * 3 + 120 * 500);
  });
});

describe('people read of many servers', () => {
  it('the worst first, and no details of what is as it should be', () => {
    const report = longReport(60);
    const text = render('table', report);
    const [first = '', second = ''] = text.split('\n').slice(1);
    expect(first).toMatch(/X|✗/);
    expect(first).toContain('open');
    expect(second).toContain('open');
    expect(text).toMatch(/44 more servers: --verbose shows each/);
    expect(text).toContain('FINDINGS');
    expect(report.made()).toBe(FEW);
    expect(render('table', report, { verbose: true })).toContain('mail0.example.org:25 [198.51.100.0], Postfix');
  });

  it('a line for each where that is wanted', () => {
    const lines = render('table', longReport(300), { quiet: true }).trimEnd().split('\n');
    expect(lines).toHaveLength(300);
  });

  it('how many are as they should be, rather than each of them', () => {
    const text = render('table', longReport(1_000));
    expect(text).toMatch(/700 more servers: closed, compliant/);
    expect(text).toMatch(/and 200 more servers like these/);
    expect(text.split('\n').filter((line) => /^ {2}\S mail\d+/.test(line))).toHaveLength(100);
    const markdown = render('markdown', longReport(1_000));
    expect(markdown).toContain('And 800 more servers, 700 of all as the policy says.');
    expect(markdown.length).toBeLessThan(1_000_000);
  });

  it('of all servers on the page, folded, the conversations of the worst', () => {
    const page = render('html', longReport(120));
    const index = [...page.matchAll(/<li><a href="#server-(\d+)">/g)].map(([, at]) => Number(at) - 1);
    expect(index).toHaveLength(120);
    expect(index).toEqual(worstFirst(Array.from({ length: 120 }, (_, at) => summarise(serverAt(at)))));
    const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    expect([...page.matchAll(/ id="/g)]).toHaveLength(ids.size);
    const links = [...page.matchAll(/ href="#([^"]*)"/g)].map(([, to]) => to ?? '');
    expect(links.filter((to) => !ids.has(to))).toEqual([]);
    expect([...page.matchAll(/<details class="server">/g)]).toHaveLength(120);
    expect([...page.matchAll(/<h3>Everything that was asked<\/h3>/g)]).toHaveLength(36);
  });
});

describe('programs read of many servers', () => {
  it('a whole report that its schema accepts', () => {
    const report = longReport(50);
    const value: unknown = JSON.parse(render('json', report));
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync('report.schema.json', 'utf8')) as object);
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    const { made: _, summaries: __, ...plain } = report;
    expect(value).toEqual({ ...plain, servers: [...report.servers] });
  });

  it('JUnit whose sums are right', () => {
    const root = readXml(render('junit', longReport(40)));
    const text = JSON.stringify(root);
    expect(text).toContain('mail39.example.org');
  });

  it('a line of state, and the worst as far as there is room', () => {
    const text = render('nagios', longReport(2_000));
    expect(text).toMatch(/^RELAYPROOF CRITICAL: Many servers\. \| servers=2000;;;0 open=/);
    expect(text.length).toBeLessThan(4_200);
    expect(text.split('\n')[1]).toMatch(/^CRITICAL: /);
  });

  it('every gauge once, with its samples together', () => {
    const lines = render('prometheus', longReport(40)).trimEnd().split('\n');
    const names = lines.flatMap((line) => /^(relayproof_\w+)/.exec(line)?.[1] ?? []);
    const runs = names.filter((name, index) => name !== names[index - 1]);
    expect(runs).toHaveLength(new Set(runs).size);
    expect(lines.filter((line) => line.startsWith('# TYPE'))).toHaveLength(runs.length);
  });
});
