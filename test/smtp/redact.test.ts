import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeRedactor, redactValue, WITHHELD } from '../../src/smtp/redact.js';
import { authenticate } from '../../src/smtp/sasl.js';
import { channelAt, withDialogue } from './channel-at.js';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const html = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** Every way in which a report might write a text. */
const FORMS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON in ASCII': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[^ -~]|[<>&]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  HTML: html,
  XML: (text) => html(text).replaceAll('&#39;', '&apos;'),
  'HTML by numbers': (text) => [...text].map((one) => `&#x${(one.codePointAt(0) ?? 0).toString(16)};`).join(''),
  'JSON in HTML': (text) => html(JSON.stringify(text).slice(1, -1)),
  Markdown: (text) => text.replace(/[\\`*_{}[\]()#+.!|<>-]/g, '\\$&'),
  URL: encodeURIComponent,
  form: (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  'URL in small letters': (text) => encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  'URL, all of it': (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  base64,
  'base64, second alignment': (text) => base64(`a${text}`),
  'base64, third alignment': (text) => base64(`ab${text}cd`),
  base64url: (text) => Buffer.from(`?${text}>`).toString('base64url'),
  'base64 in a URL': (text) => encodeURIComponent(base64(`a${text}`)),
  'base64 in JSON': (text) => base64(text).replaceAll('/', '\\/'),
  'a PLAIN response': (text) => base64(`\0alice\0${text}`),
};

const PASSWORDS = [
  'correct horse battery',
  'hunter2',
  'geheim',
  'Gèh&im "x" <y> \'z\' \\ / %41',
  'pässwörd€🙂',
  'a+b/c=d-e_f',
  '$^.*+?()[]{}|',
  '\\\\\\\\',
  'tab\there',
  '????>>>>',
] as const;

/** What a reader finds who decodes every base64-looking run at three alignments. */
function decodings(output: string): readonly string[] {
  const runs = output.match(/[A-Za-z0-9+/_-]{4,}/g) ?? [];
  return [
    output,
    ...runs.flatMap((run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('utf8'))),
  ];
}

const holds = (output: string, password: string): boolean =>
  decodings(output).some((text) => text.includes(password)) ||
  decodings(decodeURIComponent(output.replace(/%(?![0-9a-fA-F]{2})/g, '%25'))).some((text) => text.includes(password));

describe('the filter', () => {
  const cases = PASSWORDS.flatMap((password) => Object.keys(FORMS).map((form) => [password, form] as const));

  test.each(cases)('removes %j as %s', (password, form) => {
    const written = FORMS[form]?.(password) ?? '';
    for (const text of [written, `535 5.7.8 bad password "${written}" for alice`, `x ${written} y ${written}.`]) {
      const clean = makeRedactor([password])(text);
      expect(clean).not.toContain(written);
      expect(clean).toContain(WITHHELD);
      expect(holds(clean, password)).toBe(false);
      expect(makeRedactor([password])(clean)).toBe(clean);
    }
  });

  test('keeps what stands around a secret', () => {
    expect(makeRedactor(['geheim'])('535 no geheim, alice')).toBe(`535 no ${WITHHELD}, alice`);
    expect(makeRedactor(['geheim'])('a geheim b geheim c')).toBe(`a ${WITHHELD} b ${WITHHELD} c`);
    expect(makeRedactor(['ge-heim', 'heim-lich'])('x ge-heim-lich y')).toBe(`x ${WITHHELD} y`);
    expect(makeRedactor([])('nothing to hide')).toBe('nothing to hide');
    expect(makeRedactor([''])('nothing to hide')).toBe('nothing to hide');
  });

  test('of a base64 run nothing stays, since its edges tell bits of the secret', () => {
    expect(makeRedactor(['hunter2'])(`334 ${base64('xxhunter2yy')} end`)).toBe(`334 ${WITHHELD} end`);
  });

  test('a password of any kind, in any form', () => {
    const password = fc
      .string({ unit: 'grapheme', minLength: 4, maxLength: 20 })
      .filter((text) => !/^[a-z]*$/.test(text));
    // Making a filter takes longer than using it: every form of one password goes through one.
    fc.assert(
      fc.property(password, (secret) => {
        const redact = makeRedactor([secret]);
        for (const form of Object.values(FORMS)) {
          const written = form(secret);
          expect(redact(`" ${written} "`)).not.toContain(` ${written} `);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('does not take long over what is made to take long', () => {
    const redact = makeRedactor(['\\'.repeat(40), 'a'.repeat(60), '&amp;'.repeat(20), base64('x'.repeat(600))]);
    const started = process.cpuUsage();
    for (const text of [
      '\\'.repeat(200_000),
      'a'.repeat(59).concat(' ').repeat(3_000),
      '&amp;'.repeat(40_000),
      'A'.repeat(200_000),
    ])
      redact(text);
    // Processor time: a busy machine takes nothing from it.
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(3_000);
  });
});

describe('short passwords and common words', () => {
  const report = JSON.stringify({
    servers: [
      {
        target: { port: 250, host: 'a.example' },
        attempts: [
          { id: 'a1', outcome: 'refused', reason: 'relay-denied', reply: { code: 250, text: 'Relay access denied' } },
        ],
      },
    ],
  });

  test.each(['a', '1', '250', 'a1', 'id', 'relay', 'refused', 'accepted', 'code', 'reply'])(
    '%j destroys nothing',
    (password) => {
      expect(makeRedactor([password])(report)).toBe(report);
    },
  );

  test.each(['a', '250', 'relay'])('%j: its SASL responses and its base64 go all the same', (password) => {
    const redact = makeRedactor([
      password,
      base64(`\0alice\0${password}`),
      base64(`alice ${'0123456789abcdef'.repeat(2)}`),
    ]);
    expect(redact(`501 cannot decode ${base64(`\0alice\0${password}`)}`)).toBe(`501 cannot decode ${WITHHELD}`);
    expect(redact(`501 cannot decode ${base64(password)}`)).toBe(`501 cannot decode ${WITHHELD}`);
  });

  test('a word of letters and digits counts only by itself', () => {
    const redact = makeRedactor(['test']);
    expect(redact('the latest testing, protest')).toBe('the latest testing, protest');
    expect(redact('535 "test" is wrong: test')).toBe(`535 "${WITHHELD}" is wrong: ${WITHHELD}`);
  });
});

describe('redactValue', () => {
  test('walks a JSON value, and changes strings alone', () => {
    const value = { geheim: 250, list: ['x geheim', null, true, 1.5, { deep: 'geheim' }], none: undefined };
    expect(redactValue(value, makeRedactor(['geheim']))).toEqual({
      geheim: 250,
      list: [`x ${WITHHELD}`, null, true, 1.5, { deep: WITHHELD }],
      none: undefined,
    });
  });
});

describe('a server that repeats what it was sent', () => {
  const password = 'Tr0ub4dor&3';

  /** A whole exchange with a server that gives everything away, as evidence. */
  const evidence = async (mechanism: 'PLAIN' | 'LOGIN' | 'CRAM-MD5') => {
    const server = createServer((socket) => {
      let count = 0;
      socket.on('error', () => {});
      socket.write('220 hi\r\n');
      socket.on('data', (chunk) => {
        const said = chunk.toString().trim();
        count += 1;
        const asks = { PLAIN: 0, LOGIN: 2, 'CRAM-MD5': 1 }[mechanism];
        socket.write(
          count <= asks
            ? `334 ${base64('<1@a>')}\r\n`
            : `535-cannot decode ${said}\r\n535 nor ${Buffer.from(said, 'base64').toString()} ${password}\r\n`.replaceAll(
                '\0',
                '\\0',
              ),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const channel = channelAt(typeof address === 'object' ? (address?.port ?? 0) : 0);
    await channel.connect();
    await channel.greeting();
    const { heards, secrets } = await authenticate(channel, { mechanism, user: 'alice', password });
    channel.destroy();
    await new Promise((resolve) => server.close(resolve));
    return { heards, secrets };
  };

  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'] as const)(
    '%s: nothing gets out with the filter on, all of it with the filter off',
    async (mechanism) => {
      const { heards, secrets } = await evidence(mechanism);
      const redact = makeRedactor([password, ...secrets]);
      const written = JSON.stringify(redactValue(heards, redact));
      const unfiltered = JSON.stringify(heards);
      const isLeak = (output: string): boolean =>
        holds(output, password) ||
        secrets.some((secret) => output.includes(secret)) ||
        /[0-9a-f]{32}/.test(decodings(output).join(' '));
      expect(isLeak(written)).toBe(false);
      expect(isLeak(unfiltered)).toBe(true);
    },
  );

  test('what we ourselves write down needs no filter', async () => {
    const { heards } = await withDialogue('<-  220 hi\n -> AUTH\n<-  535 no', (channel) =>
      authenticate(channel, { mechanism: 'PLAIN', user: 'alice', password }),
    );
    expect(holds(JSON.stringify(heards), password)).toBe(false);
  });
});
