// Dialogues that no honest client speaks, for techniques of the family *authentication*: a server that says 235 to one of
// them lets anybody in (RFC 4505 ANONYMOUS, RFC 4422 appendix A EXTERNAL, MS-NLMP NTLM with the null session, a CRAM-MD5
// response that is no digest, an exchange that is cancelled). Pure; carried by `converse` of sasl.ts. They hold no secret.
import type { Dialogue } from './sasl.js';

export const ODD_AUTHENTICATIONS = ['cram-garbage', 'anonymous', 'external', 'ntlm-anonymous', 'abort'] as const;
export type OddAuthentication = (typeof ODD_AUTHENTICATIONS)[number];

const OVER = { cancel: 'the server asks on though there is nothing more to answer' } as const;
const once =
  (bytes: Buffer): Dialogue['respond'] =>
  (challenges) =>
    challenges.length > 1 ? OVER : { bytes, what: 'response' };

/** Build an odd dialogue; `trace` is what ANONYMOUS tells of itself (RFC 4505 section 2), a mailbox or a token. */
export function oddDialogue(how: OddAuthentication, trace: string): Dialogue {
  return DIALOGUES[how](Buffer.from(trace, 'utf8'));
}

const DIALOGUES = {
  'cram-garbage': () => ({
    mechanism: 'CRAM-MD5',
    initial: null,
    respond: once(Buffer.from([0xff, 0x00, 0x20, 0x80])),
  }),
  anonymous: (trace) => ({ mechanism: 'ANONYMOUS', initial: trace, respond: once(trace) }),
  external: () => ({ mechanism: 'EXTERNAL', initial: Buffer.alloc(0), respond: once(Buffer.alloc(0)) }),
  'ntlm-anonymous': () => ({
    mechanism: 'NTLM',
    initial: null,
    // Servers ask with an empty 334 first, and with the type 2 message after our type 1.
    respond: (challenges) => {
      const bytes = [NTLM_NEGOTIATE, NTLM_NULL_SESSION][challenges.length - 1];
      return bytes === undefined ? OVER : { bytes, what: 'response' };
    },
  }),
  abort: () => ({ mechanism: 'LOGIN', initial: null, respond: () => ({ cancel: null }) }),
} as const satisfies Record<OddAuthentication, (trace: Buffer) => Dialogue>;

/** Negotiate: Unicode, OEM, request target, NTLM; with no domain and no workstation (MS-NLMP section 2.2.1.1). */
const NTLM_NEGOTIATE = Buffer.concat([header(1), numbers(0x0000_0207), fields(0, 32), fields(0, 32)]);

/** Authenticate with an LM response of one zero octet and nothing else: the null session (MS-NLMP section 3.2.5.1.2). */
const NTLM_NULL_SESSION = Buffer.concat([
  header(3),
  fields(1, 64),
  fields(0, 65),
  fields(0, 64),
  fields(0, 64),
  fields(0, 64),
  fields(0, 65),
  // Negotiated flags: Unicode, NTLM, anonymous.
  numbers(0x0000_0a01),
  Buffer.alloc(1),
]);

function header(type: number): Buffer {
  return Buffer.concat([Buffer.from('NTLMSSP\0', 'latin1'), numbers(type)]);
}

/** Length, allocated length, offset of one payload. */
function fields(length: number, offset: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(length, 0);
  bytes.writeUInt16LE(length, 2);
  bytes.writeUInt32LE(offset, 4);
  return bytes;
}

function numbers(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
