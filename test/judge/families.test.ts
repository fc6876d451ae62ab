// What the comparison of the addresses of one name finds, and what it leaves alone.
import { describe, expect, it } from 'vitest';
import { compareAddresses } from '../../src/judge/families.js';
import type { Observed, ServerReport } from '../../src/model/report.js';

interface Seen {
  readonly address: string;
  readonly stranger: Observed;
  readonly approved?: Observed;
  readonly plain?: Observed;
}

const cell = (access: 'anonymous' | 'PLAIN', observed: Observed) =>
  ({ access, security: 'none', expected: 'any', observed, agrees: true, attempts: [] }) as const;

function report({ address, stranger, approved, plain = 'not-offered' }: Seen): ServerReport {
  const source = {
    spec: 'any',
    route: 'bind',
    address: null,
    seenAs: null,
    reachable: true,
    unknownBecause: null,
  } as const;
  return {
    target: {
      host: 'mail.corp.test',
      port: 25,
      address,
      security: 'none',
      banner: null,
      extensions: [],
      certificate: null,
      software: null,
    },
    policy: { preset: 'list-or-auth', rules: [], relayHosts: [], localDomains: [] },
    sources: [
      {
        ...source,
        id: 's1',
        approved: false,
        relays: 'unknown',
        cells: [cell('anonymous', stranger), cell('PLAIN', plain)],
      },
      ...(approved === undefined
        ? []
        : [{ ...source, id: 's2', approved: true, relays: 'unknown' as const, cells: [cell('anonymous', approved)] }]),
    ],
    attempts: [],
    findings: [],
    notTested: [],
    verdict: { relay: 'closed', confidence: 'confirmed', compliance: 'compliant', summary: '' },
  };
}

const found = (...seen: readonly Seen[]) =>
  compareAddresses(seen.map(report)).map(({ findings }) => findings.map(({ rule, message }) => `${rule}: ${message}`));

const V4 = '192.0.2.25';
const OTHER4 = '192.0.2.26';
const V6 = '2001:db8::25';

describe('compareAddresses', () => {
  it.each<readonly [string, readonly Seen[]]>([
    ['one address', [{ address: V4, stranger: 'relay' }]],
    [
      'alike',
      [
        { address: V4, stranger: 'refuse' },
        { address: V6, stranger: 'refuse' },
      ],
    ],
    [
      'one of them unknown',
      [
        { address: V4, stranger: 'unknown' },
        { address: V6, stranger: 'relay' },
      ],
    ],
    [
      'asked from other kinds of source',
      [
        { address: V4, stranger: 'refuse' },
        { address: V6, stranger: 'refuse', approved: 'relay' },
      ],
    ],
  ])('finds nothing: %s', (_, seen) => expect(found(...seen)).toEqual(seen.map(() => [])));

  it('tells families apart, in the report of each', () => {
    const message = 'families-differ: anonymous from others: IPv4 refused, IPv6 relays';
    expect(found({ address: V4, stranger: 'refuse' }, { address: V6, stranger: 'relay' })).toEqual([
      [message],
      [message],
    ]);
  });

  it('tells machines of one family apart, and leaves the other family alone', () => {
    const message = `inconsistent-answers: PLAIN from others: ${V4} not offered, ${OTHER4} relays`;
    const seen = [
      { address: V4, stranger: 'refuse' },
      { address: OTHER4, stranger: 'refuse', plain: 'relay' },
      { address: V6, stranger: 'refuse' },
    ] as const;
    expect(found(...seen)).toEqual([[message], [message], []]);
  });

  it('names every question that was answered differently', () => {
    const [first] = found(
      { address: V4, stranger: 'refuse', approved: 'relay' },
      { address: V6, stranger: 'relay', approved: 'refuse' },
    );
    expect(first).toEqual([
      'families-differ: anonymous from others: IPv4 refused, IPv6 relays; anonymous from approved hosts: IPv4 relays, IPv6 refused',
    ]);
  });

  it('puts what it found where its severity belongs', () => {
    const other = { severity: 'info', rule: 'audit-inconclusive' } as ServerReport['findings'][number];
    const reports = [report({ address: V4, stranger: 'refuse' }), report({ address: V6, stranger: 'relay' })];
    const [first] = compareAddresses(reports.map((one) => ({ ...one, findings: [other] })));
    expect(first?.findings.map(({ rule }) => rule)).toEqual(['families-differ', 'audit-inconclusive']);
  });
});
