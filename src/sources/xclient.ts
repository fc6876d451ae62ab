// The XCLIENT command (Postfix XCLIENT_README): who we claim to be, as attributes the server has announced. Pure.
// Values are xtext (RFC 3461 section 4), so that none can be a second attribute or a second command.
import { isIP } from '../model/addresses.js';
import type { Claim } from '../model/source.js';

/** Write the command line for attributes by name, values unencoded; an IPv6 address gets its tag. */
export const xclientLine = (attributes: Readonly<Record<string, string>>): string =>
  ['XCLIENT', ...Object.entries(attributes).map(([name, value]) => `${name}=${xtext(tagged(name, value))}`)].join(' ');

/** The attributes of a claim, in the order in which they are sent. */
export const attributesOf = ({ address, name, helo, login, port, proto }: Claim): Readonly<Record<string, string>> => ({
  ...(name === undefined ? {} : { NAME: name }),
  ADDR: address.replace(/%.*$/, ''),
  ...(port === undefined ? {} : { PORT: String(port) }),
  ...(proto === undefined ? {} : { PROTO: proto }),
  ...(helo === undefined ? {} : { HELO: helo }),
  ...(login === undefined ? {} : { LOGIN: login }),
});

/**
 * The attributes that an EHLO reply announces, upper-cased, from extension lines as `XCLIENT NAME ADDR`.
 * Null where XCLIENT is not announced at all; empty where it is announced without attributes.
 */
export function announcedAttributes(extensions: readonly string[]): readonly string[] | null {
  const lines = extensions.map((one) => one.toUpperCase().split(/\s+/)).filter(([keyword]) => keyword === 'XCLIENT');
  return lines.length === 0 ? null : lines.flatMap(([, ...names]) => names);
}

const tagged = (name: string, value: string): string =>
  (name === 'ADDR' || name === 'DESTADDR') && isIP(value) === 6 ? `IPV6:${value}` : value;

const xtext = (value: string): string =>
  [...Buffer.from(value)]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x2b && byte !== 0x3d
        ? String.fromCharCode(byte)
        : `+${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
