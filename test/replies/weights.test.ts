// The weights of docs/contract.md, as one table more: what settles, what may, what never does.
import { expect, it } from 'vitest';
import { REASONS } from '../../src/model/reason.js';
import { FAULTS } from '../../src/model/reply.js';
import { WEIGHTS } from '../../src/replies/weights.js';

const of = (weight: string): string[] => REASONS.filter((reason) => WEIGHTS[reason] === weight);

it('gives every reason the weight of the contract', () => {
  expect(of('none')).toEqual(['accepted']);
  expect(of('denial')).toEqual(['relay-denied', 'authentication-required']);
  expect(of('doubtful')).toEqual(['relay-or-unknown', 'policy', 'unclassified']);
  expect(of('form')).toEqual([
    'sender-rejected',
    'sender-not-owned',
    'address-not-qualified',
    'greeting-rejected',
    'syntax',
    'not-implemented',
    'smtputf8-required',
    'claim-refused',
  ]);
  expect(of('block')).toHaveLength(REASONS.length - 14);
});

it('never lets a fault settle anything by itself', () => {
  for (const fault of FAULTS) expect(['block', 'form']).toContain(WEIGHTS[fault]);
});
