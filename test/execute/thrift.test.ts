// Politeness as the server sees it: with the limits that products ship, no session is slowed down or cut off, nothing is asked
// again without need, and sessions are few.
import { describe, expect, it } from 'vitest';
import { PERSONAS } from '../../src/demo/personas.js';
import { eximLimits, type Part, postfixErrors } from '../../src/demo/tempers.js';
import { auditOf, expectWhole } from './lab.js';

interface Row {
  readonly server: string;
  readonly parts: readonly Part[];
  /** Errors that a session may draw before it is slowed down. */
  readonly errors: number;
  readonly sessions: number;
}

const ROWS: readonly Row[] = [
  { server: 'Postfix', parts: [{ persona: PERSONAS.postfix }, postfixErrors()], errors: 10, sessions: 45 },
  { server: 'Exim', parts: [{ persona: PERSONAS.exim }, eximLimits()], errors: 200, sessions: 45 },
  { server: 'nobody knows', parts: [], errors: 200, sessions: 35 },
];

describe.each(ROWS)('the sweep of a server that is $server', ({ parts, errors, sessions }) => {
  it('provokes no delay and no closed line, asks next to nothing twice, and needs few sessions', async () => {
    const { server, demo } = await auditOf(parts, { timeoutMs: 15_000 });
    expect(server.verdict.relay).toBe('closed');
    expectWhole(server);
    expect(demo.log.filter(({ lines }) => lines.some(({ text }) => /^(?:421|554 Too many)/i.test(text)))).toEqual([]);
    expect(Math.max(...demo.log.map(({ counts }) => counts.errors))).toBeLessThan(errors);
    expect(server.attempts.filter(({ tries }) => tries > 1).length).toBeLessThan(server.attempts.length / 10);
    expect(demo.log.length).toBeLessThanOrEqual(sessions);
  });
});
