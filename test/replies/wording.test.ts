// Replies taken apart: codes, enhanced codes wherever they stand, and what is left of addresses and names.
import { describe, expect, it } from 'vitest';
import { readWording } from '../../src/replies/wording.js';

describe('codes', () => {
  it.each<[string[], number | null, string | null]>([
    [['550 5.7.1 no'], 550, '5.7.1'],
    [['550-5.7.1 no', '550 5.7.1 really'], 550, '5.7.1'],
    [['550 #5.1.0 Address rejected.'], 550, '5.1.0'],
    [['553 sorry (#5.7.1)'], 553, '5.7.1'],
    [['550 550 5.1.1 User unknown'], 550, '5.1.1'],
    [['550'], 550, null],
    [['550-first', 'second without a code'], 550, null],
    [['Bye!'], null, null],
    [['999 no'], null, null],
    [['5500 no'], null, null],
    [['550 10.5.7.1 is an address'], 550, null],
    [[], null, null],
  ])('%j', (reply, code, enhanced) => {
    expect(readWording(reply)).toMatchObject({ code, enhanced, contradicts: false });
  });

  it('that contradict each other are seen', () => {
    expect(readWording(['250-ok', '550 no']).contradicts).toBe(true);
    expect(readWording(['550-no', '554 no']).contradicts).toBe(false);
  });
});

describe('words', () => {
  it.each([
    ['550 <relay-denied@canary.example>: unknown', '<> : unknown'],
    ['550 <"relay denied"@canary.example>: unknown', '<> : unknown'],
    ['550 <"a>b relay"@canary.example> unknown', '<> unknown'],
    ['550 relay.denied@canary.example unknown', '<> unknown'],
    ['550 "relay denied"@canary.example unknown', '<> unknown'],
    ['550 account not allowed...relay@canary.example', 'account not allowed... <>'],
    ['550 blocked by mailrelay.example.com [192.0.2.1]', 'blocked by []'],
    ['550 no 192.0.2.1 2001:db8::1 see https://relay.example.com/denied', 'no see'],
    ['550 Relaying denied.Please authenticate', 'relaying denied. please authenticate'],
    ['550 You don’t (really) "relay"', "you don't really relay"],
    ['550 Пересылка ЗАПРЕЩЕНА', 'пересылка запрещена'],
  ])('%s', (line, plain) => {
    expect(readWording([line]).plain).toBe(plain);
  });

  it('keep host names where a row asks for them', () => {
    expect(readWording(['550 listed at ZEN.spamhaus.org <x@y.example>']).named).toBe('listed at zen.spamhaus.org <>');
  });
});
