// Every scenario's declared truth is what a raw client and a sink measure. relayproof has no part in it.
import { describe, expect, test } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { SCENARIOS } from '../../fixtures/real/scenarios/index.js';
import { measureTruth } from '../../fixtures/real/truth.js';
import { withServer } from '../../fixtures/real/with-server.js';

const reason = whyNotHere();

describe.skipIf(reason !== null)(`truth of real servers${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test.concurrent.each(SCENARIOS.map(({ id, title }) => [id, title] as const))(
    '%s: %s',
    { timeout: 120_000 },
    async (id) => {
      await withServer(id, async (served) => {
        const measured = await measureTruth(served.scenario, served, served.sink);
        expect(measured, served.log().slice(-3_000)).toEqual(served.scenario.truth);
      });
    },
  );
});
