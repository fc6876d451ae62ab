// The catalogue: every technique, family by family. A new one is an entry in its family's file and a row in the test.
// Nothing is decided here. Ids are never renamed.
import type { Family, Technique } from '../model/technique.js';
import { authentication } from './authentication.js';
import { identity } from './identity.js';
import { indirect } from './indirect.js';
import { protocol } from './protocol.js';
import { recipient } from './recipient.js';
import { plainExternal, sender } from './sender.js';

const BY_FAMILY = {
  sender,
  recipient,
  identity,
  authentication,
  protocol,
  indirect,
} satisfies Record<Family, readonly Technique[]>;

export const TECHNIQUES: readonly Technique[] = Object.values(BY_FAMILY).flat();

/** The plain attempt, which every source makes first. */
export const PLAIN_TECHNIQUE = plainExternal;
