// What the sentinel of a session is held against, as the server sees it (docs/decisions, 10).
import { expect, test } from 'vitest';
import { DEFAULT_OFFER } from '../../src/demo/config.js';
import { auditOf, OPTIONS } from './lab.js';

test.each([
  ['in one segment', DEFAULT_OFFER],
  ['line by line', DEFAULT_OFFER.filter((extension) => extension !== 'PIPELINING')],
])('a session that greets as nobody did before begins with the local recipient, %s', async (_, offer) => {
  const { demo } = await auditOf([{ extensions: { offer } }]);
  const sessions = demo.log.map(({ lines }) => lines.map(({ text }) => text));
  const others = sessions.filter(
    (lines) => lines.includes('RSET') && lines.some((text) => /^EHLO /.test(text) && text !== `EHLO ${OPTIONS.helo}`),
  );
  expect(others.length).toBeGreaterThan(2);
  for (const lines of others) {
    const recipients = lines.filter((text) => text.startsWith('RCPT '));
    expect(recipients[0]).toBe(`RCPT TO:<${OPTIONS.localRecipient}>`);
    expect(recipients.at(-1)).toBe(recipients[0]);
  }
});
