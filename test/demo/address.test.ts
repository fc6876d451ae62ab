// Paths as the server reads them, and where each rewrite leads.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress, parseArgument } from '../../src/demo/address.js';
import type { RewriteForm } from '../../src/demo/config.js';
import { resolve } from '../../src/demo/rewrite.js';

describe('parseArgument', () => {
  it.each([
    ['<a@b>', 'a@b', true, []],
    [' <a@b> SIZE=1 BODY=8BITMIME', 'a@b', true, ['SIZE=1', 'BODY=8BITMIME']],
    ['<>', '', true, []],
    ['a@b SIZE=1', 'a@b', false, ['SIZE=1']],
    ['<"a> b"@c> SIZE=1', '"a> b"@c', true, ['SIZE=1']],
    ['<"a\\">"@c>', '"a\\">"@c', true, []],
  ])('%s', (text, path, isBracketed, parameters) => {
    expect(parseArgument(text)).toEqual({ path, isBracketed, parameters });
  });

  it.each(['', '<a@b', '<"a>@b'])('finds no path in %s', (text) => expect(parseArgument(text)).toBeNull());
});

describe('parseAddress', () => {
  it.each([
    ['a@B.example', [], 'a', 'b.example', false],
    ['a', [], 'a', null, false],
    ['a@', [], 'a', '', false],
    ['a@b@c', [], 'a@b', 'c', false],
    ['"a@b"@c', [], '"a@b"', 'c', false],
    ['"a@b"', [], '"a@b"', null, false],
    ['@x,@y:a@b', ['x', 'y'], 'a', 'b', false],
    ['@', [], '', '', true],
    ['a b@c', [], 'a b', 'c', true],
    ['a@b..c', [], 'a', 'b..c', true],
    ['', [], '', null, false],
  ])('%s', (text, route, local, domain, isMalformed) => {
    expect(parseAddress(text)).toEqual({ text, route, local, domain, isMalformed });
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a@b"\\:,%! <>.[]') }),
        (text) => parseAddress(text).text === text,
      ),
    );
  });
});

describe('resolve', () => {
  const isLocal = (domain: string | null): boolean => !domain || ['corp.test', 'mail.corp.test'].includes(domain);

  it.each<[RewriteForm[], string, string | null, string]>([
    [['percent'], 'a%b.example@corp.test', 'corp.test', 'a@b.example'],
    [['percent'], 'a%b.example%corp.test@mail.corp.test', 'mail.corp.test', 'a@b.example'],
    [['percent'], 'a%b.example', null, 'a@b.example'],
    [['percent'], 'a%b.example@elsewhere.example', 'elsewhere.example', 'a%b.example@elsewhere.example'],
    [['bang'], 'b.example!a@corp.test', 'corp.test', 'a@b.example'],
    [['bang'], 'corp.test!b.example!a', null, 'a@b.example'],
    [['percent', 'bang'], 'b.example!a%corp.test@mail.corp.test', 'mail.corp.test', 'a@b.example'],
    [['quoted'], '"a@b.example"@corp.test', 'corp.test', 'a@b.example'],
    [['quoted', 'percent'], '"a%b.example"', null, 'a@b.example'],
    [['source-route'], '@corp.test,@x:a@b.example', 'corp.test', 'a@b.example'],
    [['double-at-last'], 'a@b.example@corp.test', 'corp.test', 'a@b.example'],
    [['double-at-first'], 'a@corp.test@b.example', 'corp.test', 'a@b.example'],
    [['trailing-at'], 'a@b.example@', '', 'a@b.example'],
    [['srs'], 'SRS0=HHHH=TT=b.example=a@corp.test', 'corp.test', 'a@b.example'],
    [['srs'], 'SRS1=HHHH=x.example==HHHH=TT=b.example=a@corp.test', 'corp.test', 'a@b.example'],
    [[], 'a%b.example@corp.test', 'corp.test', 'a%b.example@corp.test'],
    [[], '@corp.test:a@b.example', 'b.example', '@corp.test:a@b.example'],
  ])('%j %s', (forms, text, checked, final) => {
    const found = resolve(
      parseAddress(text),
      forms.map((form) => ({ form })),
      isLocal,
    );
    expect([found.checked, found.final.text]).toEqual([checked, final]);
  });

  it('comes to an end for any address and any rewrites', () => {
    const forms = fc.subarray<RewriteForm>([
      'percent',
      'bang',
      'quoted',
      'source-route',
      'double-at-last',
      'double-at-first',
      'trailing-at',
      'srs',
      'first-bracket',
    ]);
    const text = fc.string({ unit: fc.constantFrom(...'a@b"\\:,%! <>.[]='), maxLength: 40 });
    fc.assert(
      fc.property(forms, text, (chosen, path) => {
        resolve(
          parseAddress(path),
          chosen.map((form) => ({ form })),
          isLocal,
        );
      }),
    );
  });
});
