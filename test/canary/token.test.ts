// Tokens: what counts as one and what does not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readToken, tokensFor } from '../../src/canary/token.js';
import { KEY, RUN } from './made.js';

const { forward, reverse } = tokensFor({ key: KEY, run: RUN, attempt: 'a' });
const at = (local: string) => `${local}@canary.example.net`;
const swapCase = (text: string) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

describe('tokens', () => {
  it('are equal for equal input, and differ in role, attempt, run and key', () => {
    expect(tokensFor({ key: KEY, run: RUN, attempt: 'a' })).toEqual({ forward, reverse });
    const others = [
      tokensFor({ key: KEY, run: RUN, attempt: 'b' }),
      tokensFor({ key: KEY, run: 'run-2', attempt: 'a' }),
      tokensFor({ key: Buffer.from('another key of thirty-two octets'), run: RUN, attempt: 'a' }),
      // What is at the end of one part is not at the start of the next.
      tokensFor({ key: KEY, run: `${RUN}a`, attempt: '' }),
    ].flatMap((tokens) => [tokens.forward, tokens.reverse]);
    expect(new Set([forward, reverse, ...others]).size).toBe(10);
  });

  it('are short, and safe in a local part', () => {
    for (const token of [forward, reverse]) expect(token).toMatch(/^[0-9a-z]{21}$/);
  });

  it.each([
    ['behind a plus', at(`relaytest+${forward}`)],
    ['alone', at(forward)],
    ['in capitals', at(`RELAYTEST+${swapCase(forward)}`)],
    ['in a percent route', `relaytest+${forward}%canary.example.net@corp.test`],
    ['in a quoted local part', `"relaytest+${forward}@canary.example.net"@corp.test`],
    ['in an SRS address', `SRS0=AAAA=TT=canary.example.net=relaytest+${forward}@corp.test`],
    ['in a BATV address', at(`prvs=1234567890=relaytest+${forward}`)],
    ['behind letters that are no token', at(`relaytest+f0000000000000000000.${forward}`)],
  ])('are found %s', (_, address) => {
    expect(readToken(address, KEY)).toEqual({ text: forward, role: 'forward' });
    expect(readToken(address, KEY, RUN)).toEqual({ text: forward, role: 'forward' });
  });

  it('tell their role', () => {
    expect(readToken(at(reverse), KEY)?.role).toBe('reverse');
  });

  const forged = (position: number) => {
    const letter = forward.charAt(position) === '0' ? '1' : '0';
    return forward.slice(0, position) + letter + forward.slice(position + 1);
  };
  it.each([
    ['nothing', at('relaytest')],
    ['forged at the role', at(`r${forward.slice(1)}`)],
    ['forged in the run', at(forged(2))],
    ['forged in the attempt', at(forged(7))],
    ['forged in the code', at(forged(20))],
    ['made with another key', at(tokensFor({ key: Buffer.alloc(32, 1), run: RUN, attempt: 'a' }).forward)],
    ['truncated at the end', at(forward.slice(0, -1))],
    ['truncated at the start', at(forward.slice(1))],
    ['lengthened', at(`${forward}0`)],
    ['glued to a word', at(`x${forward}`)],
    ['re-encoded as base64', at(Buffer.from(forward).toString('base64').replaceAll('=', ''))],
    ['re-encoded as hexadecimal', at(Buffer.from(forward).toString('hex'))],
    ['re-encoded by percent signs', at([...forward].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(''))],
    ['re-encoded in quoted-printable', at(`=66${forward.slice(1)}`)],
    ['broken by a space', at(`${forward.slice(0, 10)} ${forward.slice(10)}`)],
    ['reversed', at([...forward].reverse().join(''))],
    [
      'in letters of another script',
      at(forward.replace(/[a-z]/, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0))),
    ],
  ])('do not count %s', (_, address) => {
    expect(readToken(address, KEY)).toBeNull();
  });

  it('of another run do not count where the run is known', () => {
    const replayed = tokensFor({ key: KEY, run: 'run-0', attempt: 'a' }).forward;
    expect(readToken(at(replayed), KEY)?.role).toBe('forward');
    expect(readToken(at(replayed), KEY, RUN)).toBeNull();
  });

  it('are not found in any text that holds none, and reading never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'frabc0123@+'), minLength: 15 })),
        (text) => {
          expect(readToken(text, KEY)).toBeNull();
        },
      ),
    );
  });
});
