// The command line that asks again what a finding found, and little more: its techniques, its sources, the policy as it was given.
// SAFETY: values are quoted for the shell, and no password is among them.
import type { Attempt } from '../../model/attempt.js';
import type { Brief } from '../../model/brief.js';

import { presetFor } from '../../model/policy.js';
import { isSubmission, showEndpoint } from '../../model/target.js';
import type { Hit } from '../finders/hit.js';

/** Write the command that checks one hole again. */
export function checkCommand({ target, policy, identity, user }: Brief, hit: Hit): string {
  const attempts = hit.items.map(({ attempt }) => attempt);
  const needsUser = user !== null && attempts.some(({ credentials }) => credentials !== 'none');
  const techniques = [...new Set(attempts.filter(isOfCatalogue).map(({ technique }) => technique))];
  const specs = [...new Set(hit.sources.map(({ source }) => specOf(source.spec, source.address, source.route)))];
  const words = [
    'relayproof',
    'audit',
    `${schemeOf(target.security)}${showEndpoint(target.host, target.port)}`,
    ...specs.slice(0, MOST).flatMap((spec) => ['--source', spec]),
    ...(policy.preset === presetFor(isSubmission(target)) ? [] : ['--policy', policy.preset]),
    ...(policy.relayHosts.length === 0 ? [] : ['--relay-hosts', policy.relayHosts.map(({ text }) => text).join(',')]),
    ...policy.localDomains.flatMap((domain) => ['--local-domain', domain]),
    ...(identity.localRecipient.strong ? ['--local-recipient', identity.localRecipient.mailbox] : []),
    '--canary',
    identity.canary,
    ...(techniques.length === 0 ? [] : ['--techniques', techniques.slice(0, MOST).join(',')]),
    ...(needsUser ? ['--user', user, '--password-file', 'FILE'] : []),
  ];
  return words.map(forShell).join(' ');
}

const MOST = 8;

/** Techniques that the catalogue is asked by; those of cells ask themselves. */
const isOfCatalogue = ({ role, credentials, technique }: Attempt): boolean =>
  role === 'probe' && credentials === 'none' && !technique.startsWith('control-');

/** An address that was planned around the list is named by itself. */
function specOf(spec: string, address: string | null, route: string): string {
  if (!spec.startsWith('edges:') || address === null) return spec;
  return route === 'bind' ? address : `${route}:${address}`;
}

const schemeOf = (security: 'none' | 'starttls' | 'tls'): string =>
  security === 'tls' ? 'smtps://' : security === 'starttls' ? 'submission://' : '';

/** Quote a word for a POSIX shell where it needs it. */
const forShell = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./[\]-]+$/.test(word) && !word.includes('[') ? word : `'${word.replaceAll("'", "'\\''")}'`;
