// What the names in templates stand for at one source, as far as operator and server have told. Pure.
import { addressToBigInt } from '../model/addresses.js';
import type { Brief } from '../model/brief.js';
import { addressWithin } from '../model/networks.js';
import type { Source } from '../model/source.js';
import type { TemplateValues } from '../model/technique.js';
import type { Known } from '../replies/known.js';
import { type Filled, kept } from '../replies/memory.js';

/** Give the values of the template names for one source, as far as operator and server have told them, and what is made of them. */
export function filledFor(brief: Brief, source: Source, known: Known): Filled {
  const { identity, target } = brief;
  const name = identity.serverName ?? known.serverName ?? `mail.${identity.localDomain ?? 'localdomain'}`;
  const from =
    source.address ?? known.items.find(({ attempt }) => attempt.source === source.id)?.evidence.session.localAddress;
  return kept(known.memory.filled, [target.address, source.id, name, from ?? ''].join(' '), () => ({
    values: makeValues(brief, name, from ?? null),
    made: new Map(),
  }));
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

/** `mail.corp.test` serves `corp.test`: a guess, and only ever used as a weak control or inside a technique. */
const domainOfServer = (name: string): string => {
  const labels = name.split('.');
  return labels.length > 2 ? labels.slice(1).join('.') : name;
};
