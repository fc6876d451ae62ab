// What a server makes of an odd forward-path between its relay check and its delivery. Each form alone is harmless or a hole by
// one thing only: whether the result is checked again (RFC 5321 section 3.6 and appendix C, RFC 1123 section 5.2.16).
import { type Address, dequote, joinAddress, parseAddress, splitOutsideQuotes, withoutRootDot } from './address.js';
import type { Rewrite, RewriteForm } from './config.js';

export interface Destination {
  /** The domain that the relay check looks at; null where the address has none. */
  readonly checked: string | null;
  /** The address that mail goes to. */
  readonly final: Address;
}

/** Follow a forward-path through the rewrites; `isLocal` says which domains, or none, are the server's own. */
export function resolve(
  address: Address,
  rewrites: readonly Rewrite[],
  isLocal: (domain: string | null) => boolean,
): Destination {
  const unchecked = rewrites.filter(({ rechecked }) => !rechecked).map(({ form }) => form);
  const early = follow(
    address,
    rewrites.filter(({ rechecked }) => rechecked).map(({ form }) => form),
    isLocal,
  );
  return { checked: checkedDomain(early, unchecked), final: follow(early, unchecked, isLocal) };
}

/** One step each: the address anew, or null where the form does not apply. */
const STEPS: Record<RewriteForm, (address: Address, isOwn: boolean) => string | null> = {
  percent: ({ local }, isOwn) => {
    const at = local.lastIndexOf('%');
    return isOwn && !local.startsWith('"') && at > 0 ? `${local.slice(0, at)}@${local.slice(at + 1)}` : null;
  },
  bang: ({ local }, isOwn) => {
    const at = local.indexOf('!');
    return isOwn && !local.startsWith('"') && at > 0 ? `${local.slice(at + 1)}@${local.slice(0, at)}` : null;
  },
  quoted: ({ local }, isOwn) => {
    const inside = dequote(local);
    return isOwn && inside !== null && /[@%!]/.test(inside) ? inside : null;
  },
  'source-route': ({ route, local, domain }) => (route.length > 0 ? joinAddress(local, domain) : null),
  'double-at-last': ({ local, domain }, isOwn) =>
    isOwn && domain && splitOutsideQuotes(local, '@').length > 1 ? local : null,
  'double-at-first': ({ local, domain }) => {
    const [mailbox = '', ...others] = splitOutsideQuotes(local, '@');
    return others.length > 0 && domain ? `${mailbox}@${domain}` : null;
  },
  'trailing-at': ({ local, domain }) => (domain === '' ? local : null),
  'first-bracket': ({ text }) => (text.includes('>') ? text.slice(0, text.indexOf('>')).replace(/^"/, '') : null),
  srs: ({ local }, isOwn) => {
    if (!isOwn) return null;
    const first = /^SRS1[=+-][^=]*=([^=]*)==[^=]*=[^=]*=([^=]*)=(.*)$/i.exec(local);
    const plain = first ? [first[2], first[3]] : /^SRS0[=+-][^=]*=[^=]*=([^=]*)=(.*)$/i.exec(local)?.slice(1);
    return plain?.[0] && plain[1] ? `${plain[1]}@${plain[0]}` : null;
  },
};

function follow(start: Address, forms: readonly RewriteForm[], isLocal: (domain: string | null) => boolean): Address {
  let address = start;
  // Bounded: each form may show up again in what another one has laid bare.
  for (let pass = 0; pass < 8; pass++) {
    const isOwn = !address.domain || isLocal(address.domain);
    const next = forms
      .map((form) => STEPS[form](address, isOwn))
      .find((text) => text !== null && text !== address.text);
    if (!next) break;
    address = parseAddress(next);
  }
  return address;
}

function checkedDomain(address: Address, unchecked: readonly RewriteForm[]): string | null {
  if (unchecked.includes('source-route') && address.route[0] !== undefined) return address.route[0];
  if (unchecked.includes('double-at-first')) {
    const first = splitOutsideQuotes(address.local, '@')[1];
    if (first) return withoutRootDot(first.toLowerCase());
  }
  return address.domain;
}
