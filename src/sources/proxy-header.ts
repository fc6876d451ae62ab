// The PROXY protocol header, versions 1 and 2 (HAProxy's proxy-protocol.txt, sections 2.1 and 2.2): what a load balancer says
// of the client before the first byte of SMTP. Pure; who may be believed is the server's affair.
import { addressToBigInt, bigIntToAddress, isIP } from '../model/addresses.js';

export interface ProxyClaim {
  readonly version: 1 | 2;
  /** The client that is claimed, v4 or v6 text. */
  readonly client: string;
  readonly clientPort: number;
  /** The server's own end of the connection. */
  readonly server: string;
  readonly serverPort: number;
}

export interface ProxyHeader {
  readonly bytes: Buffer;
  /** The header as text, for evidence: version 2 in words. */
  readonly shown: string;
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 2, command PROXY; then the family, over a stream. */
const VERSION_AND_COMMAND = 0x21;
const FAMILY = { 4: 0x11, 6: 0x21 } as const;

/**
 * Encode a header; both addresses are written in one family, a v4 one beside a v6 one in its mapped form.
 * @throws Error for text that is no address
 */
export function proxyHeader(claim: ProxyClaim): ProxyHeader {
  const client = read(claim.client);
  const server = read(claim.server);
  // A mapped address that is written as IPv6 is claimed as such.
  const family = isIP(claim.client) === 4 && server.family === 4 ? 4 : 6;
  const [from, to] = [client, server].map((one) => (family === 6 ? mapped(one) : one.value)) as [bigint, bigint];
  const [source, destination] = [text(from, family), text(to, family)];
  const line = `PROXY TCP${family} ${source} ${destination} ${claim.clientPort} ${claim.serverPort}`;
  if (claim.version === 1) return { bytes: Buffer.from(`${line}\r\n`, 'latin1'), shown: line };
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(claim.clientPort, 0);
  ports.writeUInt16BE(claim.serverPort, 2);
  const block = Buffer.concat([octets(from, family), octets(to, family), ports]);
  const head = Buffer.alloc(4);
  head.writeUInt8(VERSION_AND_COMMAND, 0);
  head.writeUInt8(FAMILY[family], 1);
  head.writeUInt16BE(block.length, 2);
  return { bytes: Buffer.concat([SIGNATURE, head, block]), shown: `${line} (version 2, binary)` };
}

function read(address: string): { readonly family: 4 | 6; readonly value: bigint } {
  const known = addressToBigInt(address);
  if (known === null) throw new Error(`proxy header: not an address: ${address}`);
  return known;
}

const mapped = ({ family, value }: { readonly family: 4 | 6; readonly value: bigint }): bigint =>
  family === 4 ? (0xffffn << 32n) | value : value;

/** A mapped address is written as `::ffff:` and its v4 form, which every reader of text takes. */
function text(value: bigint, family: 4 | 6): string {
  const isMapped = family === 6 && value >> 32n === 0xffffn;
  const inner = isMapped ? bigIntToAddress(value & 0xffff_ffffn, 4) : bigIntToAddress(value, family);
  return isMapped ? `::ffff:${inner}` : (inner ?? '');
}

function octets(value: bigint, family: 4 | 6): Buffer {
  const length = family === 4 ? 4 : 16;
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}
