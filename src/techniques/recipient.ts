// Family recipient: a forward-path that the relay rule reads in one way and the router in another (RFC 5321 section 4.1.2).
// Data. Each form goes with a resolvable foreign sender and with a forged local one; never with a doubtful reverse-path.
import type { Technique } from '../model/technique.js';
import { address } from './recipient-address.js';
import { routing } from './recipient-routing.js';

export const recipient: readonly Technique[] = [...routing, ...address];
