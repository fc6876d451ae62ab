// The PROXY protocol header in front of a connection, versions 1 and 2 (HAProxy's proxy-protocol.txt, sections 2.1 and 2.2).
// Reads bytes only; whether the peer may claim anything is the session's decision.

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const FAMILIES: Readonly<Record<number, number>> = { 17: 4, 33: 16 };

export type ProxyHeader =
  /** `address` null: UNKNOWN or LOCAL, the peer itself speaks. */
  | { readonly kind: 'header'; readonly length: number; readonly address: string | null; readonly port: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'none' };

/** Read a header from the start of Latin-1 text; `length` is in bytes, `none` where these cannot become a header. */
export function readProxyHeader(bytes: string): ProxyHeader {
  if (startsLike(bytes, SIGNATURE)) return readBinary(bytes);
  if (startsLike(bytes, 'PROXY ')) return readText(bytes);
  return { kind: 'none' };
}

function readText(bytes: string): ProxyHeader {
  const end = bytes.indexOf('\r\n');
  if (end === -1) return bytes.length > 107 ? { kind: 'none' } : { kind: 'incomplete' };
  const line = bytes.slice(0, end);
  const length = end + 2;
  if (line.startsWith('PROXY UNKNOWN')) return { kind: 'header', length, address: null, port: 0 };
  const [, address, port] = /^PROXY TCP[46] (\S+) \S+ (\d+) \d+$/.exec(line) ?? [];
  return address === undefined ? { kind: 'none' } : { kind: 'header', length, address, port: Number(port) };
}

function readBinary(bytes: string): ProxyHeader {
  if (bytes.length < 16) return { kind: 'incomplete' };
  const head = Buffer.from(bytes, 'latin1');
  const length = 16 + head.readUInt16BE(14);
  if (head.length < length) return { kind: 'incomplete' };
  const size = FAMILIES[head[13] ?? 0];
  if (head[12] !== 0x21 || size === undefined) return { kind: 'header', length, address: null, port: 0 };
  const source = head.subarray(16, 16 + size);
  const address =
    size === 4
      ? [...source].join('.')
      : (source.toString('hex').match(/.{4}/g) ?? []).map((word) => Number.parseInt(word, 16).toString(16)).join(':');
  return { kind: 'header', length, address, port: head.readUInt16BE(16 + 2 * size) };
}

const startsLike = (bytes: string, mark: string): boolean =>
  bytes.length > 0 && (bytes.length < mark.length ? mark.startsWith(bytes) : bytes.startsWith(mark));
