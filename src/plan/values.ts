// What the names in templates stand for at one source, as far as operator and server have told, and the attempts that were made of
// them: plans are made anew with every answer, and ask for the same attempts each time. Pure; what is kept goes with its brief.
import { addressToBigInt } from '../model/addresses.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief, Identity } from '../model/brief.js';
import { serverNameOf } from '../model/extensions.js';
import { addressWithin } from '../model/networks.js';
import { once } from '../model/once.js';
import type { Policy } from '../model/policy.js';
import type { Source } from '../model/source.js';
import type { TemplateValues } from '../model/technique.js';
import { ehloOf, type Known } from '../replies/known.js';

const ATTEMPTS = once((_: TemplateValues) => new Map<string, readonly Attempt[]>());

/** Give the attempts that were made of these values before under a key, which names all else that decides them; else make them. */
export function madeOnce(values: TemplateValues, key: string, make: () => readonly Attempt[]): readonly Attempt[] {
  const made = ATTEMPTS(values);
  const attempts = made.get(key) ?? make();
  made.set(key, attempts);
  return attempts;
}

/** What is filled in is the same until the server's name or our address is known. */
const filledFor = once((_: Identity) =>
  once((_: Policy) => once((_: Brief['techniques']) => new Map<string, TemplateValues>())),
);

/** The values of the template names for one source, as far as operator and server have told them. */
export function valuesFor(brief: Brief, source: Source, known: Known): TemplateValues {
  const { identity, policy, techniques, target } = brief;
  const name = identity.serverName ?? serverNameIn(known) ?? `mail.${identity.localDomain ?? 'localdomain'}`;
  const from =
    source.address ?? known.items.find(({ attempt }) => attempt.source === source.id)?.evidence.session.localAddress;
  const key = [target.address, source.id, name, from ?? ''].join(' ');
  const filled = filledFor(identity)(policy)(techniques);
  const values = filled.get(key) ?? makeValues(brief, name, from ?? null);
  filled.set(key, values);
  return values;
}

function makeValues({ identity, target, policy }: Brief, name: string, from: string | null): TemplateValues {
  const at = identity.canary.lastIndexOf('@');
  const localDomain = identity.localDomain ?? domainOfServer(name);
  const address = target.address.replace(/%.*$/, '');
  const approved = addressWithin(policy.relayHosts, addressToBigInt(address)?.family ?? 4);
  return {
    canary: identity.canary,
    'canary.local': identity.canary.slice(0, at),
    'canary.domain': identity.canary.slice(at + 1),
    ...(identity.canaryAddress
      ? { 'canary.address': identity.canaryAddress, 'canary.literal': literal(identity.canaryAddress) }
      : {}),
    sender: identity.sender,
    'local.domain': localDomain,
    'local.recipient': identity.localRecipient.mailbox,
    'server.name': name,
    ...serverAddress(address),
    ...(from ? { 'source.address': from } : {}),
    ...(approved ? { 'approved.address': approved } : {}),
    'client.name': identity.helo,
    ...(identity.partner === undefined ? {} : { partner: identity.partner }),
    ...(identity.secondCanaryDomain ? { 'other.domain': identity.secondCanaryDomain } : {}),
    id: identity.id,
  };
}

/** The server's address in its notations; none where only a proxy knows it. */
function serverAddress(address: string): TemplateValues {
  const family = addressToBigInt(address)?.family;
  if (family === undefined) return {};
  const literal6 = `[IPv6:${family === 6 ? address : `::ffff:${address}`}]`;
  return { 'server.address': address, 'server.literal': literal(address), 'server.literal6': literal6 };
}

/** An address literal (RFC 5321 section 4.1.3). */
const literal = (address: string): string =>
  addressToBigInt(address)?.family === 6 ? `[IPv6:${address}]` : `[${address}]`;

const serverNameIn = once(({ items }: Known): string | null => {
  for (const { attempt, evidence } of items) {
    // The receiver of the canaries is another server.
    if (attempt.role === 'direct') continue;
    const name = serverNameOf(ehloOf(evidence)) ?? serverNameOf(evidence.session.greeting);
    if (name) return name;
  }
  return null;
});

/** `mail.corp.test` serves `corp.test`: a guess, and only ever used as a weak control or inside a technique. */
const domainOfServer = (name: string): string => {
  const labels = name.split('.');
  return labels.length > 2 ? labels.slice(1).join('.') : name;
};
