// The catalogue's pages; docs/techniques.md is one of them (`npm run docs:techniques` writes it).
import { describe, expect, test } from 'vitest';
import {
  techniqueExplained,
  techniquesJson,
  techniquesMarkdown,
  techniquesTable,
} from '../../src/report/techniques-page.js';
import { width } from '../../src/report/text.js';
import { ASKED_ELSEWHERE } from '../../src/techniques/elsewhere.js';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { EXAMPLE_VALUES, linesOf, NAMES_AS_VALUES } from '../../src/techniques/lines.js';

const explained = (id: string, columns = 80): string =>
  TECHNIQUES.filter((one) => one.id === id)
    .map((technique) => techniqueExplained({ technique, lines: linesOf(technique, EXAMPLE_VALUES) }, { columns }))
    .join('');

test('docs/techniques.md is current', async () => {
  const pages = TECHNIQUES.map((technique) => ({ technique, lines: linesOf(technique, NAMES_AS_VALUES) }));
  await expect(techniquesMarkdown(pages, ASKED_ELSEWHERE)).toMatchFileSnapshot('../../docs/techniques.md');
});

describe('table', () => {
  test.each([40, 80, 200])('every id once, no line wider than %i columns where words allow it', (columns) => {
    const lines = techniquesTable(TECHNIQUES, { columns }).split('\n');
    for (const { id } of TECHNIQUES) expect(lines.filter((line) => line.startsWith(`${id} `))).toHaveLength(1);
    // Beside ids and sets, 24 columns are kept for the titles.
    for (const line of lines) expect(width(line)).toBeLessThanOrEqual(Math.max(columns, 66));
  });

  test('an empty list is counted as such', () => {
    expect(techniquesTable([], { columns: 80 })).toBe('0 techniques\n');
  });

  test('two entries', () => {
    const some = TECHNIQUES.filter(({ id }) => ['plain-external', 'percent-local', 'auth-valid-relay'].includes(id));
    expect(techniquesTable(some, { columns: 60 })).toMatchInlineSnapshot(`
      "sender: what the reverse-path makes a server believe
      plain-external    standard  Relays for any client that asks

      recipient: forward-paths that the relay rule and the router
      read in two ways
      percent-local     standard  Routes by the percent hack at a
                                  local domain

      authentication: logins that should give no right, or not
      that one
      auth-valid-relay  cell      Refuses to relay for its own
                                  user after a good login

      3 techniques: 2 standard, 1 cell
      "
    `);
  });
});

describe('one entry', () => {
  test('percent-local', () => {
    expect(explained('percent-local')).toMatchInlineSnapshot(`
      "percent-local: Routes by the percent hack at a local domain

      The host on the right is the server itself, so the address passes; what is left
      is then read as a new address, with the last percent sign for an @.

      Family recipient; asked by default.
      A positive reply to RCPT is the first sign, the canary that arrives the proof.

      Sends:
       -> EHLO audit.example.com
       -> MAIL FROM:<auditor@canary.example.net>
       -> RCPT TO:<relaytest%canary.example.net@example.org>
      === or, in another transaction
       -> MAIL FROM:<no-such-k7f3@example.org>
       -> RCPT TO:<relaytest%canary.example.net@example.org>

      Known for it:
      - Lotus Domino (CVE-2001-1445)
      - Novell GroupWise
      - MX for VMS
      - Sendmail: FEATURE(loose_relay_check)
      - qmail: control/percenthack
      - Exim: percent_hack_domains
      - Postfix: allow_percent_hack = yes behind a trusting relay

      References:
      - RFC 1123 section 5.2.16
      - RFC 5321 section 2.3.11
      - CVE-2001-1445
      "
    `);
  });

  test('a line longer than anybody reads is shortened', () => {
    expect(explained('ehlo-overflow')).toContain(' -> EHLO AAAAAAAA… (2048 times)\n');
  });

  test.each(TECHNIQUES.map(({ id }) => id))('%s shows no control characters', (id) => {
    expect(explained(id)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});

test('JSON is the catalogue', () => {
  expect(JSON.parse(techniquesJson(TECHNIQUES))).toEqual(TECHNIQUES);
});
