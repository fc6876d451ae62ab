// The demo's account: a made-up name and a phrase that is new at every start, so that no password stands in the repository.
import { randomInt } from 'node:crypto';
import type { Account } from '../model/options.js';

const WORDS = [
  'amber',
  'birch',
  'cobalt',
  'dune',
  'ember',
  'fjord',
  'granite',
  'harbour',
  'indigo',
  'juniper',
  'kelp',
  'lantern',
  'marble',
  'nectar',
  'orchid',
  'pebble',
  'quartz',
  'raven',
  'saffron',
  'thistle',
  'umber',
  'velvet',
  'willow',
  'xenon',
  'yarrow',
  'zephyr',
] as const;

/** Invent the account that a demo server knows: `alice` and five words. */
export function inventAccount(): Account {
  const password = Array.from({ length: 5 }, () => WORDS[randomInt(WORDS.length)]).join('-');
  return { user: 'alice', password };
}
