// Where the queue is, as operators write it; a password is never taken from there, nor shown.
import { describe, expect, it } from 'vitest';
import { parseQueue, warningOf } from '../../src/queue/address.js';

describe('--queue', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379, db: 0, user: null, tls: false }],
    ['redis://127.0.0.1:6380/3', { host: '127.0.0.1', port: 6380, db: 3, user: null, tls: false }],
    ['rediss://audit@redis.example.com', { host: 'redis.example.com', port: 6379, db: 0, user: 'audit', tls: true }],
    ['rediss://a%20b@[::1]:7000/', { host: '::1', port: 7000, db: 0, user: 'a b', tls: true }],
  ])('%s', (text, address) => {
    expect(parseQueue(text)).toEqual(address);
  });

  it.each([
    ['redis.example.com', '--queue: not the address of a queue: got "redis.example.com"'],
    ['http://redis.example.com', '--queue: not the address of a queue'],
    ['redis://', '--queue: not the address of a queue'],
    ['redis://host:0', '--queue: '],
    ['redis://host/x', '--queue: not the address of a queue'],
    ['rediss://audit:Zx97@host', '--queue: a password in a URL: want redis://host'],
    ['rediss://:Zx97@host', '--queue: a password in a URL: want redis://host'],
    ['redis://%E0%A4%A@host', '--queue: '],
  ])('%s is refused in one line', (text, line) => {
    expect(() => parseQueue(text)).toThrow(new RegExp(`^${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
    expect(() => parseQueue(text)).not.toThrow(/Zx97|\n/);
  });

  it.each([
    ['redis', 'redis.example.com', 'secret', true],
    ['redis', 'redis.example.com', null, false],
    ['redis', '127.0.0.1', 'secret', false],
    ['rediss', 'redis.example.com', 'secret', false],
  ])('%s to %s with password %s: warning %s', (scheme, host, password, hasWarning) => {
    expect(warningOf({ ...parseQueue(`${scheme}://${host}`), password }) !== null).toBe(hasWarning);
  });
});
