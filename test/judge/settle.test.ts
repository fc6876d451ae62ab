// The table of weights (docs/contract.md, "Reasons, and what a refusal is worth"), row by row: one attempt beside its controls.
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/model/attempt.js';
import type { Brief } from '../../src/model/brief.js';
import type { Evidence } from '../../src/model/evidence.js';
import { know } from '../../src/replies/known.js';
import { settle } from '../../src/replies/settle.js';
import { briefOf, forgedSender, heard, inbound, login, percent, probe, unknownLocal, unrelated } from './evidence.js';

const ACCEPTED = heard(inbound(), ['rcpt 250 2.1.5 Ok']);
const REFUSED_INBOUND = heard(inbound(), ['rcpt 550 No, thank you']);
const PLAIN_DENIED = heard(probe(), ['rcpt 550 5.7.1 Relaying denied']);
const WEAK = briefOf('list-or-auth', {
  identity: { ...briefOf().identity, localRecipient: { mailbox: 'postmaster', strong: false } },
});
const noGreeting: Partial<Attempt> = {
  technique: 'no-helo',
  varied: ['greeting'],
  greeting: { verb: 'none', name: '' },
};

/** A title, what was heard, the rest of the run, how the first piece settles; the brief where it is another. */
type Row = readonly [string, Evidence, readonly Evidence[], string, Brief?];

const ROWS: readonly Row[] = [
  [
    'a PROXY header that was read as commands, in words about the session',
    heard(
      probe({ technique: 'proxy-v1', varied: ['session'], extras: { proxy: { version: 1, address: '127.0.0.1' } } }),
      ['proxy 500 5.5.1 Invalid command: Pipelining not supported'],
    ),
    [PLAIN_DENIED],
    'refused form',
  ],
  ['denial, 5yz', heard(probe(), ['rcpt 554 5.7.1 Relay access denied']), [], 'refused denial'],
  ['denial, 4yz', heard(probe(), ['rcpt 454 4.7.1 <x>: Relay access denied']), [], 'refused denial'],
  [
    'denial without an accepted control',
    heard(probe(), ['rcpt 513 Relaying denied.']),
    [REFUSED_INBOUND],
    'refused denial',
  ],
  ['authentication required', heard(probe(), ['mail 530 5.7.0 Authentication required']), [], 'refused denial'],

  [
    'doubtful, control accepted',
    heard(probe(), ['rcpt 550 Invalid recipient: <relaytest@canary.example.net>']),
    [ACCEPTED],
    'refused doubtful',
  ],
  [
    'doubtful, control accepted, but weak',
    heard(probe(), ['rcpt 550 Invalid recipient: <x@y>']),
    [ACCEPTED],
    'unsettled',
    WEAK,
  ],
  ['doubtful, control refused', heard(probe(), ['rcpt 550 Invalid recipient: <x@y>']), [REFUSED_INBOUND], 'unsettled'],
  ['doubtful, no control', heard(probe(), ['rcpt 550 Invalid recipient: <x@y>']), [], 'unsettled'],
  ['doubtful, 4yz', heard(probe(), ['rcpt 450 Invalid recipient: <x@y>']), [ACCEPTED], 'unsettled'],
  ['unclassified, control accepted', heard(probe(), ['rcpt 550 That will not happen']), [ACCEPTED], 'refused doubtful'],
  [
    'unclassified, control of another source',
    heard(probe(), ['rcpt 550 That will not happen']),
    [heard(inbound({ source: 's1' }), ['rcpt 250 Ok'])],
    'unsettled',
  ],
  [
    'unclassified, control under TLS',
    heard(probe(), ['rcpt 550 That will not happen']),
    [heard(inbound({ security: 'tls' }), ['rcpt 250 Ok'])],
    'unsettled',
  ],
  [
    'unclassified, control with another reverse-path',
    heard(forgedSender(), ['rcpt 550 That will not happen']),
    [ACCEPTED],
    'unsettled',
  ],
  [
    'unknown recipient, in the words of an unknown local user',
    heard(probe(), ['rcpt 550 5.1.1 <relaytest@canary.example.net>: User unknown']),
    [ACCEPTED, heard(unknownLocal(), ['rcpt 550 5.1.1 <nobody@corp.test>: User unknown'])],
    'refused doubtful',
  ],
  [
    'unknown recipient, in other words than an unknown local user',
    heard(probe(), ['rcpt 550 5.1.1 <relaytest@canary.example.net>: User unknown']),
    [ACCEPTED, heard(unknownLocal(), ['rcpt 550 5.1.1 No such mailbox here'])],
    'unsettled',
  ],

  [
    'form, about the reverse-path that is varied',
    heard(forgedSender(), ['mail 550 5.7.1 <alice@corp.test>: Sender address rejected: not logged in']),
    [PLAIN_DENIED],
    'refused form',
  ],
  [
    'form, and the plain attempt is not settled',
    heard(forgedSender(), ['mail 550 5.7.1 <alice@corp.test>: Sender address rejected']),
    [heard(probe(), ['rcpt !timeout'])],
    'unsettled',
  ],
  [
    'form, and there is no plain attempt',
    heard(forgedSender(), ['mail 550 5.7.1 <alice@corp.test>: Sender address rejected']),
    [],
    'unsettled',
  ],
  [
    'form, of the plain attempt itself',
    heard(probe(), ['mail 550 5.7.1 Sender address rejected']),
    [ACCEPTED],
    'unsettled',
  ],
  [
    'form, 4yz',
    heard(forgedSender(), ['mail 450 4.1.8 Sender address rejected: Domain not found']),
    [PLAIN_DENIED],
    'unsettled',
  ],
  [
    'form, 4yz, said to the local recipient as well',
    heard(forgedSender(), ['rcpt 450 4.1.8 Sender address rejected: Domain not found']),
    [
      PLAIN_DENIED,
      ACCEPTED,
      heard(inbound({ role: 'inbound-as', reversePath: forgedSender().reversePath }), [
        'rcpt 450 4.1.8 Sender address rejected: Domain not found',
      ]),
    ],
    'refused form',
  ],
  [
    'form, 4yz, and the local recipient is accepted from the same sender',
    heard(forgedSender(), ['rcpt 450 4.1.8 Sender address rejected: Domain not found']),
    [
      PLAIN_DENIED,
      ACCEPTED,
      heard(inbound({ role: 'inbound-as', reversePath: forgedSender().reversePath }), ['rcpt 250 Ok']),
    ],
    'unsettled',
  ],
  [
    'greylisted with a sender that the local recipient was deferred for as well',
    heard(forgedSender(), ['rcpt 451 4.7.1 Greylisting in action, please come back later']),
    [
      PLAIN_DENIED,
      ACCEPTED,
      heard(inbound({ role: 'inbound-as', reversePath: forgedSender().reversePath }), [
        'rcpt 451 4.7.1 Greylisting in action, please come back later',
      ]),
    ],
    'unsettled',
  ],
  [
    'a failure of the server over a sender that is no mailbox, for the local recipient as well',
    heard(forgedSender({ reversePath: 'auditor@127.0.0.25' }), ['rcpt 451 4.3.2 Internal server error']),
    [
      PLAIN_DENIED,
      ACCEPTED,
      heard(inbound({ role: 'inbound-as', reversePath: 'auditor@127.0.0.25' }), [
        'rcpt 451 4.3.2 Internal server error',
      ]),
    ],
    'refused form',
  ],
  [
    'a failure of the server over a sender that is a mailbox, for the local recipient as well',
    heard(forgedSender(), ['rcpt 451 4.3.2 Internal server error']),
    [
      PLAIN_DENIED,
      ACCEPTED,
      heard(inbound({ role: 'inbound-as', reversePath: forgedSender().reversePath }), [
        'rcpt 451 4.3.2 Internal server error',
      ]),
    ],
    'unsettled',
  ],
  [
    'a form refusal of the sender, at RCPT, said to the local recipient as well',
    heard(forgedSender({ reversePath: 'auditor' }), [
      'rcpt 504 5.5.2 <auditor>: Sender address rejected: need fully-qualified address',
    ]),
    [
      PLAIN_DENIED,
      ACCEPTED,
      heard(inbound({ role: 'inbound-as', reversePath: 'auditor' }), [
        'rcpt 504 5.5.2 <auditor>: Sender address rejected: need fully-qualified address',
      ]),
    ],
    'refused form',
  ],
  [
    'an unknown user for now, in the words of an unknown local user',
    heard(percent(), ['rcpt 450 4.1.1 <relaytest%canary.example.net@corp.test>: User unknown']),
    [PLAIN_DENIED, ACCEPTED, heard(unknownLocal(), ['rcpt 450 4.1.1 <nobody@corp.test>: User unknown'])],
    'refused doubtful',
  ],
  [
    'a refused login and a closed line, as after every other one',
    heard(login('PLAIN', 'wrong'), ['auth 535 5.7.8 Authentication failed', 'mail !disconnected']),
    [PLAIN_DENIED, heard(login('LOGIN', 'empty'), ['auth 535 5.7.8 Authentication failed', 'mail !disconnected'])],
    'refused denial',
  ],
  [
    'a refused login and a closed line, and another session went on',
    heard(login('PLAIN', 'wrong'), ['auth 535 5.7.8 Authentication failed', 'mail !disconnected']),
    [
      PLAIN_DENIED,
      heard(login('LOGIN', 'empty'), [
        'auth 535 5.7.8 Authentication failed',
        'mail 250 Ok',
        'rcpt 554 5.7.1 Relay access denied',
      ]),
    ],
    'unsettled',
  ],
  [
    'a closed line after the one login that was refused',
    heard(login('PLAIN', 'wrong'), ['auth 535 5.7.8 Authentication failed', 'mail !disconnected']),
    [PLAIN_DENIED],
    'unsettled',
  ],
  [
    'hello first, for now, to whoever left the greeting out',
    heard(probe(noGreeting), ['mail 403 Send HELO or EHLO first']),
    [PLAIN_DENIED],
    'refused form',
  ],
  [
    'syntax of the forward-path that is varied',
    heard(percent(), ['rcpt 501 5.1.3 Bad recipient address syntax']),
    [PLAIN_DENIED],
    'refused form',
  ],
  [
    'syntax at MAIL, while the forward-path is varied',
    heard(percent(), ['mail 501 5.1.7 Bad sender address syntax']),
    [PLAIN_DENIED],
    'unsettled',
  ],
  [
    'hello wanted from who left it out',
    heard(probe(noGreeting), ['mail 503 5.5.1 Polite people say HELO first']),
    [PLAIN_DENIED],
    'refused form',
  ],
  [
    'hello wanted, in words that do not say so',
    heard(probe(noGreeting), ['mail 502 ESMTP command error']),
    [PLAIN_DENIED],
    'refused form',
  ],
  [
    'hello wanted from who gave it',
    heard(probe({ ...noGreeting, greeting: { verb: 'EHLO', name: 'localhost' } }), [
      'mail 503 5.5.1 Polite people say HELO first',
    ]),
    [PLAIN_DENIED],
    'unsettled',
  ],

  ['greylisted', heard(probe(), ['rcpt 450 4.2.0 Greylisted, try again later']), [ACCEPTED], 'unsettled'],
  [
    'blocklisted',
    heard(probe(), ['rcpt 554 5.7.1 Client host [127.0.0.66] blocked using zen.dnsbl.test']),
    [ACCEPTED],
    'unsettled',
  ],
  [
    "the canary's domain is not found",
    heard(probe(), ['rcpt 550 5.1.2 <x>: Recipient address rejected: Domain not found']),
    [ACCEPTED],
    'unsettled',
  ],
  ['TLS wanted', heard(probe(), ['mail 530 5.7.0 Must issue a STARTTLS command first']), [ACCEPTED], 'unsettled'],
  ['too many errors', heard(probe(), ['rcpt 421 4.7.0 Error: too many errors']), [ACCEPTED], 'unsettled'],
  ['line closed', heard(probe(), ['rcpt !disconnected']), [ACCEPTED], 'unsettled'],
  ['no answer', heard(probe(), ['greeting !timeout']), [ACCEPTED], 'unsettled'],
  ['no connection', heard(probe(), ['connect !unreachable']), [ACCEPTED], 'unsettled'],
  ['garbage', heard(probe(), ['rcpt !protocol-error']), [ACCEPTED], 'unsettled'],

  ['accepted', heard(probe(), ['rcpt 250 2.1.5 Ok']), [], 'relays accepted'],
  [
    'accepted by whoever accepts everything',
    heard(probe(), ['rcpt 250 Ok']),
    [heard(unknownLocal(), ['rcpt 250 Ok']), heard(unrelated(), ['rcpt 250 Ok'])],
    'unsettled',
  ],
  [
    'accepted, and unknown local users are refused',
    heard(probe(), ['rcpt 250 Ok']),
    [heard(unknownLocal(), ['rcpt 550 5.1.1 User unknown']), heard(unrelated(), ['rcpt 250 Ok'])],
    'relays accepted',
  ],
  ['accepted at the own domain, shape not asked', heard(percent(), ['rcpt 250 Ok']), [PLAIN_DENIED], 'unsettled'],
  [
    'accepted at the own domain, shape accepted',
    heard(percent(), ['rcpt 250 Ok']),
    [PLAIN_DENIED, shapeOf('rcpt 250 Ok')],
    'unsettled',
  ],
  [
    'accepted at the own domain, shape denied',
    heard(percent(), ['rcpt 250 Ok']),
    [PLAIN_DENIED, shapeOf('rcpt 550 5.7.1 Relaying denied')],
    'relays accepted',
  ],
  [
    'accepted at the own domain, shape greylisted',
    heard(percent(), ['rcpt 250 Ok']),
    [PLAIN_DENIED, shapeOf('rcpt 450 4.2.0 Greylisted')],
    'unsettled',
  ],

  [
    'delivered, whatever was answered',
    heard(probe(), ['rcpt 250 Ok', 'data 354 Go', 'message 550 5.7.1 Refused'], {
      change: { canary: [{ kind: 'delivered', at: '', by: 'sink', envelopeTo: '', received: [] }] },
    }),
    [],
    'relays delivered',
  ],
  [
    'bounced by the server itself',
    heard(probe(), ['rcpt 250 Ok', 'data 354 Go', 'message 250 queued'], {
      change: { canary: [{ kind: 'bounced', at: '', failedBy: 'server', status: '5.7.1', detail: '' }] },
    }),
    [],
    'refused not-passed-on',
  ],
  [
    'bounced by the host that it was passed on to, and silent since',
    heard(probe(), ['rcpt 250 Ok', 'data 354 Go', 'message 250 queued'], {
      change: {
        canary: [
          { kind: 'bounced', at: '', failedBy: 'other', status: '5.1.1', detail: '' },
          { kind: 'silent', at: '', waitedMs: 1 },
        ],
      },
    }),
    [],
    'relays queued',
  ],
  [
    'returned by nobody knows whom',
    heard(probe(), ['rcpt 250 Ok', 'data 354 Go', 'message 250 queued'], {
      change: { canary: [{ kind: 'bounced', at: '', failedBy: 'unknown', status: null, detail: '' }] },
    }),
    [],
    'unsettled',
  ],
  [
    'wrong password, and 250 after it',
    heard(login('PLAIN', 'wrong'), ['auth 535 5.7.8 Authentication failed', 'mail 250 Ok', 'rcpt 250 Ok']),
    [PLAIN_DENIED],
    'relays accepted',
  ],
  ['valid login refused', heard(login('PLAIN'), ['auth 535 5.7.8 Authentication failed']), [PLAIN_DENIED], 'unsettled'],

  [
    'everyone is told the same, the login relays, and the policy wants it',
    heard(probe(), ['rcpt 554 5.7.1 Recipient address rejected: Access denied']),
    [
      heard(inbound(), ['rcpt 554 5.7.1 Recipient address rejected: Access denied']),
      heard(login('PLAIN'), ['auth 235 Ok', 'mail 250 Ok', 'rcpt 250 Ok']),
    ],
    'refused doubtful',
    briefOf('send-only'),
  ],
  [
    'the same, and no login relays',
    heard(probe(), ['rcpt 554 5.7.1 Recipient address rejected: Access denied']),
    [heard(inbound(), ['rcpt 554 5.7.1 Recipient address rejected: Access denied'])],
    'unsettled',
    briefOf('send-only'),
  ],
  [
    'the same under a policy that wants inbound mail',
    heard(probe(), ['rcpt 554 5.7.1 Recipient address rejected: Access denied']),
    [
      heard(inbound(), ['rcpt 554 5.7.1 Recipient address rejected: Access denied']),
      heard(login('PLAIN'), ['auth 235 Ok', 'mail 250 Ok', 'rcpt 250 Ok']),
    ],
    'unsettled',
  ],
];

function shapeOf(line: string): Evidence {
  const of = percent();
  return heard(probe({ ...of, key: `${of.key}/shape`, role: 'shape', forwardPath: of.shape ?? '', of: of.key }), [
    line,
  ]);
}

describe('an attempt', () => {
  const rows = ROWS.map(([title, piece, others, expected, brief = briefOf()]) => ({
    title,
    piece,
    others,
    expected,
    brief,
  }));

  it.each(rows)('$title', ({ piece, others, expected, brief }) => {
    const known = know([piece, ...others]);
    const item = known.byKey.get(piece.attempt.key);
    if (!item) throw new Error('the attempt is not among what is known');
    const settlement = settle(item, known, brief);
    const detail = settlement.kind === 'relays' ? settlement.proof : settlement.kind === 'refused' ? settlement.by : '';
    expect(`${settlement.kind} ${detail}`.trim()).toBe(expected);
  });
});
