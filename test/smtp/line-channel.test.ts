import { SMTPClient } from 'smtp-client';
import { expect, test } from 'vitest';
import { lineChannelOf } from '../../src/smtp/line-channel.js';

test('the version that is installed has what the wire builds on', () => {
  expect(lineChannelOf(SMTPClient)).toBe(SMTPClient);
});

test.each([[undefined], [{}], [() => {}], [class {}], [class extends Array {}]])('%s is no line channel', (base) => {
  expect(() => lineChannelOf(base)).toThrow('not the version');
});
