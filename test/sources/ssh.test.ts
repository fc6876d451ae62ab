// The arguments that ssh gets, and what becomes of it when it cannot be had. A tunnel through a real sshd: test/real/sources.test.ts.
import { describe, expect, it } from 'vitest';
import { openSsh, sshArguments } from '../../src/sources/ssh.js';

const TARGET = { host: 'mail.corp.test', address: '192.0.2.25', port: 25, security: 'none' } as const;
const GATEWAY = { host: 'jump.example.org', port: null, user: null };

describe('ssh', () => {
  it.each([
    ['its own configuration decides', GATEWAY, TARGET, ['-W', 'mail.corp.test:25', '--', 'jump.example.org']],
    [
      'user and port are given',
      { ...GATEWAY, user: 'alice', port: 2222 },
      TARGET,
      ['-p', '2222', '-l', 'alice', '-W', 'mail.corp.test:25', '--', 'jump.example.org'],
    ],
    [
      'the target is an address',
      GATEWAY,
      { ...TARGET, host: '2001:db8::25', address: '2001:db8::25' },
      ['-W', '[2001:db8::25]:25', '--', 'jump.example.org'],
    ],
    [
      'a name looks like an option',
      { ...GATEWAY, host: '-oProxyCommand=id' },
      TARGET,
      ['-W', 'mail.corp.test:25', '--', '-oProxyCommand=id'],
    ],
  ])('gets arguments: %s', (_, gateway, target, expected) => {
    const given = sshArguments(gateway, target, 2_500);
    expect(given.slice(0, 6)).toEqual(['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3', '-o', 'LogLevel=ERROR']);
    expect(given.slice(6)).toEqual(expected);
  });

  it('never takes a second line', () => {
    expect(() => sshArguments({ ...GATEWAY, user: 'alice\nroot' }, TARGET, 1_000)).toThrow('one line');
  });

  it.each([
    ['that is not there', 'no-such-ssh', /no ssh program/],
    ['that fails without a word', 'false', /ended with status 1/],
  ])('a program %s is a fault', async (_, program, words) => {
    const tunnel = openSsh(GATEWAY, TARGET, 1_000, new AbortController().signal, program);
    const error = await new Promise((resolve) => tunnel.once('error', resolve));
    expect(error).toMatchObject({
      fault: { kind: 'unreachable', stage: 'proxy', detail: expect.stringMatching(words) },
    });
  });
});
