// Where attempts are made: every source that can be had, before and after STARTTLS as far as the server offers it. Pure.

import { isApproved } from '../model/approval.js';
import type { Brief } from '../model/brief.js';
import { announces } from '../model/extensions.js';
import { isRelayWrong } from '../model/policy.js';
import type { Source } from '../model/source.js';
import { extensionsAt, type Known } from '../replies/known.js';
import { plainOf, seenAt } from '../replies/plain.js';
import { LOGIN_FIRST, mayBeAboutLogin, settle } from '../replies/settle.js';
import { sourcesOf } from '../replies/sources.js';
import type { Place } from './attempt.js';

/** The places to ask at, given what is known: in the clear first, under TLS once STARTTLS was seen there. */
export function placesOf(brief: Brief, known: Known): Place[] {
  return sourcesOf(brief, known)
    .filter((source) => source.unavailable === null)
    .flatMap((source): Place[] => {
      if (brief.target.security === 'tls') return [{ source, security: 'tls' }];
      const clear: Place = { source, security: 'none' };
      const offersTls = announces(extensionsAt(known, source.id, 'none'), 'STARTTLS');
      // Planned addresses are many: what was answered in the clear is not asked again.
      if (source.planned && plainState(brief, clear, known) !== 'needs-tls') return [clear];
      return offersTls ? [clear, { source, security: 'tls' }] : [clear];
    });
}

/** Whether a source is approved, as far as is known so far. */
export function approvalOf(brief: Brief, source: Source, known: Known): boolean | null {
  const session = known.items.find(
    ({ attempt, evidence }) => attempt.source === source.id && evidence.session.greeting !== null,
  )?.evidence.session;
  return isApproved(
    brief.policy.relayHosts,
    source,
    brief.target.address,
    seenAt(source.id, known),
    session?.localAddress ?? null,
  );
}

export type PlainState = 'unknown' | 'refused' | 'relays' | 'unsettled' | 'unheard' | 'needs-tls';

/** How the plain attempt of a place stands; `unheard`: it got no usable reply, so that asking more is pointless. */
export function plainState(brief: Brief, place: Place, known: Known): PlainState {
  const plain = plainOf({ source: place.source.id, security: place.security }, known);
  if (!plain) return 'unknown';
  if (
    plain.reading.answer === 'none' &&
    ['connect', 'proxy', 'greeting', 'helo', 'starttls', 'tls', 'xclient'].includes(plain.reading.stage)
  )
    return 'unheard';
  if (plain.reading.reason === 'encryption-required') return 'needs-tls';
  const { kind } = settle(plain, known, brief);
  return kind === 'relays' || kind === 'refused' ? kind : 'unsettled';
}

/**
 * Say whether logins tell something at a place: where strangers are refused, and under policies that want a login before all
 * else also where they are refused in words that only a login can explain.
 */
export function isLoginTelling(brief: Brief, place: Place, known: Known): boolean {
  const state = plainState(brief, place, known);
  if (state !== 'unsettled') return state === 'refused';
  const plain = plainOf({ source: place.source.id, security: place.security }, known);
  return LOGIN_FIRST.has(brief.policy.preset) && plain !== undefined && mayBeAboutLogin(plain.reading);
}

/**
 * Whether the catalogue is swept at a source: where the policy says *refuse*, under no policy from whoever is not on the
 * list, and where the source's approval is not known (a hole found there is reported, though never as *open*).
 */
export function isSwept(brief: Brief, source: Source, known: Known): boolean {
  const approved = approvalOf(brief, source, known);
  return approved === null || isRelayWrong(brief.policy.preset, approved);
}
