// How long a tarpit takes, and that the deadline leaves it the time.
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/execute/ports.js';
import { systemResolver } from '../../src/execute/resolver.js';
import { briefsFor } from '../../src/fleet/briefs.js';
import type { Brief } from '../../src/model/brief.js';
import { DEFAULTS } from '../../src/model/options.js';
import { parseTarget } from '../../src/model/target.js';
import { next } from '../../src/plan/next.js';
import { tarpittedMs, usualDeadline } from '../../src/plan/tarpit.js';

const briefOf = async (sources: readonly string[], techniques: readonly string[] = ['standard']): Promise<Brief> => {
  const options = { ...DEFAULTS, targets: [], canary: 'relaytest@canary.example.net', sources, techniques };
  const { briefs } = await briefsFor(parseTarget('127.0.0.1:25'), options, systemResolver, systemRandom);
  const [brief] = briefs;
  if (brief === undefined) throw new Error('no brief of an address');
  return brief;
};

describe('a tarpit', () => {
  it('takes a session for each refusal, in the clear and under TLS', async () => {
    const brief = await briefOf(['127.0.0.66']);
    const inClear = (next(brief, []).length * 10_000) / DEFAULTS.sessions;
    expect(tarpittedMs(brief, DEFAULTS.sessions)).toBeGreaterThanOrEqual(2 * inClear);
    expect(tarpittedMs(brief, DEFAULTS.sessions)).toBeLessThan(3 * inClear);
  });

  it('takes longer with fewer sessions and from more sources', async () => {
    const [one, two] = [await briefOf(['127.0.0.66']), await briefOf(['127.0.0.66', '127.0.0.67'])];
    expect(tarpittedMs(one, 1)).toBeGreaterThan(3 * tarpittedMs(one, DEFAULTS.sessions));
    expect(tarpittedMs(two, DEFAULTS.sessions)).toBeGreaterThan(1.5 * tarpittedMs(one, DEFAULTS.sessions));
  });

  it.each([['127.0.0.66'], ['127.0.0.66', '127.0.0.67', '127.0.0.68']])(
    'is not cut short from %s %s %s',
    async (...sources) => {
      const brief = await briefOf(sources);
      expect(usualDeadline(brief, DEFAULTS.sessions)).toBeGreaterThan(tarpittedMs(brief, DEFAULTS.sessions));
    },
  );

  it('has ten minutes at the least', async () => {
    expect(usualDeadline(await briefOf(['127.0.0.66'], ['plain-external']), DEFAULTS.sessions)).toBe(600_000);
  });
});
