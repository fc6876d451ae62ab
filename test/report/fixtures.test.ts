// The fixture reports obey the contract beyond their schema: what they refer to is there, and they agree with themselves.
import { describe, expect, it } from 'vitest';
import { readText } from '../config/read-text.js';
import { NAMES, source } from './fixtures.js';

describe.each(NAMES)('%s', async (name) => {
  const report = await readText(source(name));

  it('refers to attempts and sources that are there', () => {
    for (const server of report.servers) {
      const attempts = new Set(server.attempts.map((attempt) => attempt.id));
      const sources = new Set(server.sources.map((each) => each.id));
      expect(attempts.size).toBe(server.attempts.length);
      const named = [
        ...server.findings.flatMap((each) => each.attempts),
        ...server.sources.flatMap((each) => each.cells.flatMap((cell) => cell.attempts)),
      ];
      expect(named.filter((id) => !attempts.has(id))).toEqual([]);
      expect(
        [...server.attempts.map((each) => each.source), ...server.findings.flatMap((each) => each.sources)].filter(
          (id) => !sources.has(id),
        ),
      ).toEqual([]);
    }
  });

  it('has verdicts that follow from its cells and findings', () => {
    for (const server of report.servers) {
      const cells = server.sources.flatMap((each) => each.cells);
      const breaks = server.findings.some((finding) => finding.breaksCompliance);
      expect(server.verdict.compliance === 'non-compliant').toBe(breaks);
      expect(cells.some((cell) => cell.agrees === false)).toBe(breaks);
      const relays = cells.some(
        ({ access, expected, observed }) => access !== 'inbound' && expected === 'refuse' && observed === 'relay',
      );
      expect(server.verdict.relay === 'open').toBe(relays);
    }
  });

  it('holds no secret', () => {
    expect(source(name)).not.toMatch(/"sent": "AUTH [\w-]+ (?!\*\*\*")/);
  });
});
