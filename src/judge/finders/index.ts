// The list of finders: one pure function per rule, from cells and evidence to hits. What a finding means stands in
// rules.ts under the same ids.
import type { RuleId } from '../rules.js';
import { DOUBT_FINDERS } from './doubt.js';
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
  ...DOUBT_FINDERS,
} as const satisfies Record<RuleId, Finder>;
