// The list of finders: one pure function per rule, from cells and evidence to hits. What a finding means stands in
// rules.ts under the same ids.
import type { RuleId } from '../rules.js';
import { DELIVERY_FINDERS } from './delivery.js';
import { DOUBT_FINDERS } from './doubt.js';
import { EXPOSURE_FINDERS } from './exposure.js';
import type { Finder } from './hit.js';
import { LOGIN_FINDERS } from './login.js';
import { MECHANISM_FINDERS } from './mechanisms.js';
import { RELAY_FINDERS } from './relay.js';
import { TECHNIQUE_FINDERS } from './techniques.js';
import { TLS_FINDERS } from './tls.js';

export const FINDERS = {
  ...RELAY_FINDERS,
  ...LOGIN_FINDERS,
  ...MECHANISM_FINDERS,
  ...TLS_FINDERS,
  ...TECHNIQUE_FINDERS,
  ...DELIVERY_FINDERS,
  ...EXPOSURE_FINDERS,
  ...DOUBT_FINDERS,
  // Found by comparing the reports of several addresses: src/judge/families.ts.
  'families-differ': () => [],
} as const satisfies Record<RuleId, Finder>;
