// Wordings that lie near each other: a denial that nobody reads leaves a closed server inconclusive, and what only
// sounds like one acquits an open relay. What is said of the client, the recipient or the message is no denial.
import { describe, expect, it } from 'vitest';
import type { Stage } from '../../src/model/reply.js';
import { classifyReply } from '../../src/replies/classify.js';
import { DENIALS } from '../bench/corpus.js';

const isDenial = (stage: Stage, line: string): boolean => {
  const { reason } = classifyReply({ stage, reply: line.split(' / ') });
  return DENIALS.some((denial) => denial === reason);
};

describe('a denial, in whatever words', () => {
  it.each([
    '550 Relaying allowed only for authenticated users',
    '550 Relaying allowed only from our own network',
    '550 Only hosts in our network may relay',
    '550 You can only relay after logging in',
    '550 You must be on our network to relay mail',
    '550 We only relay for our customers',
    '554 This MTA relays for local clients only',
    '554 5.7.1 Relaying restricted to authenticated clients',
    '550 Only customers may use this server to send mail to other domains',
    '550-This server does not / 550 relay for strangers',
    '550-Sorry. / 550-Relaying / 550 denied',
    '550 [relay denied]',
    '550 ***RELAYING*DENIED***',
    '550 5.7.1 relaying to probe@canary.example has been administratively denied',
    '550 Relaying has been turned off',
    '553 Relaying disallowed. Invalid Domain - canary.example',
    '550 relaying denied as probe@canary.example is not a local address',
    '550 relaying denied for one of your recipients',
    '551 <probe@canary.example>: forwarding is disabled',
    '553 To send mail, first check your mail with a valid POP account (#5.7.1)',
    '550 you must first authorise to send',
    '550 only registered users may use this system',
    '554 Denied: third party relay',
    '554 5.7.1 external relay is blocked',
    '550 Relay attempt detected and refused',
    '550 mailbox unavailable - relaying prohibited',
    '550 5.7.8 authentication failed; relaying denied',
    '550 Sorry, canary.example is not a domain we accept mail for',
    '550 Mail for canary.example is not accepted here',
    '550 We accept mail for local domains only',
    '550 Non-local recipient refused',
    '550 foreign recipients not accepted',
    '550 5.7.1 no permission to send to external domains',
    '553 Authenticated senders only',
    '530 Unauthorised: log in',
    '530 Sign in to send mail',
    '530 5.7.0 You have to identify yourself with user name and password first',
    '503 Authentication must be done first',
    '550-Access denied. / 550-This server may only be used by authenticated customers. / 550 See http://example.com/',
    '550 Senden an fremde Domains nicht erlaubt',
    '550 Le relais est réservé aux utilisateurs authentifiés',
    '550 Envoi vers un domaine externe interdit',
    '550 Sólo usuarios autenticados pueden enviar',
    '550 No está autorizado a enviar a dominios externos',
    '550 Solo utenti autenticati possono inviare',
    '550 Отправка на внешние адреса запрещена',
    "550 We don't run an open relay. Sorry.",
    '550 Relay is for customers only - see https://example.net/listed',
    '550 Your address is not on the list of hosts that may relay',
    '530 Outgoing mail is for account holders; authenticate via SMTP AUTH',
    '550 5.7.1 Not permitted to pass your mail on to other servers',
    '550 Mail to canary.example is not handled here',
    '550 Turn on SMTP AUTH in your mail program',
    '550 user not logged on',
    '550 Access denied for anonymous users',
    '553 relay check domain fail',
    '550 Example no longer relays mail for this project. See http://example.org/legacy-lists',
    '550 5.7.1 Relaying denied without TLS and authentication',
    '550 5.7.1 Relaying denied: we are no MX for canary.example',
  ])('%s', (line) => {
    expect(isDenial('rcpt', line)).toBe(true);
  });
});

describe('no denial, though it has the words of one', () => {
  it.each<[Stage, string]>([
    ['rcpt', '553 Relaying disallowed as a@sender.example'],
    ['rcpt', '550 Envelope-From (sender.example) is not authorised for relay'],
    ['rcpt', '550 Limit on the number of outgoing messages exceeded, relaying denied for one hour'],
    ['rcpt', '554 relay access denied for the next 30 minutes'],
    ['rcpt', '451 authentication backend down, relaying not possible now'],
    ['rcpt', '550 Blocked for spam. To send mail, first check your mail server for open relays'],
    ['mail', '550 You must first authorize this IP address in the control panel'],
    ['message', '550 Forwarding denied'],
    // the client
    ['rcpt', '554 5.7.1 Relay access denied by blocklist zen.example.org'],
    ['rcpt', '550 We do not relay because your IP is listed at dnsbl.example.org'],
    ['rcpt', '550 relay [192.0.2.10] rejected: listed in dnsbl.example.org'],
    ['rcpt', '554 5.7.1 Insecure mail relay'],
    ['rcpt', '550 Relay host rejected: no reverse DNS'],
    ['rcpt', '550 5.7.25 Reverse DNS authentication required'],
    ['greeting', '554 This server requires PTR for unauthenticated connections'],
    ['rcpt', '550 If you are not authenticated, your IP may be blocked'],
    ['rcpt', '421 4.4.2 Too many unauthenticated connections'],
    ['rcpt', '450 4.7.1 rate limit for unauthenticated clients exceeded'],
    ['rcpt', '552 sending limit for unauthenticated mail reached'],
    // the recipient
    ['rcpt', '550 Recipient must log in to activate mailbox'],
    ['rcpt', '550 account requires login before receiving mail'],
    ['rcpt', '550 The user has not logged in for 90 days, mailbox suspended'],
    ['rcpt', '550 5.1.1 The user does not accept relayed mail'],
    ['rcpt', '550 Relaying is allowed but recipient unknown'],
    ['rcpt', '550 not a relay problem: user unknown'],
    ['rcpt', "550 the recipient's server refused the relay's greeting"],
    ['rcpt', '550 Recipient does not accept mail from external senders'],
    ['rcpt', '550 "relay denied"@example.net: no such user'],
    ['rcpt', '550 User relay-access-denied not found'],
    ['rcpt', '550 User unknown; this is not a relay denial'],
    ['rcpt', '550 relay[192.0.2.1] rejected recipient: no such mailbox here'],
    ['rcpt', '550 User must authenticate his mailbox before it can receive mail'],
    ['rcpt', '550 5.2.1 Mailbox disabled; owner must authenticate again'],
    ['rcpt', '550 5.1.2 Cannot relay: no MX or A record for canary.example'],
    ['rcpt', '550 Unable to relay because host canary.example not found'],
    ['rcpt', '550 5.7.133 Sender not authenticated for group'],
    // the sender
    ['mail', '553 You are authenticated, but not allowed to relay as this sender'],
    ['mail', '553 Sender is not allowed to relay emails'],
    ['rcpt', '550 Remetente não autorizado para retransmissão'],
    // the session and the message
    ['rcpt', '550 Relaying permitted only over TLS'],
    ['rcpt', '451 4.7.1 relaying denied, please try again later'],
    ['auth', '535 5.7.8 authentication failed; relaying denied'],
    ['auth', '535 5.7.1 Please log in with your web browser and then try again'],
    ['message', '550 5.7.1 Unauthenticated email is not accepted from this domain.'],
    ['message', '550 5.7.1 This message fails to pass authentication checks'],
    ['rcpt', '530 Relaying is not allowed without STARTTLS'],
    ['rcpt', '450 Relaying quota exceeded, not allowed to relay more today'],
    ['rcpt', '451 You are not permitted to relay more than 50 mails a day'],
    ['rcpt', '452 cannot relay to more than 100 recipients per message'],
    ['rcpt', '421 Relay service is too busy, please log in later'],
    ['rcpt', '421 relay busy, no relaying at the moment'],
    ['rcpt', '501 source routes not permitted (relay syntax)'],
    ['rcpt', '554 5.4.6 Mail loop: will not relay to myself'],
    ['message', '554 5.4.6 too many hops, will not relay further'],
    ['message', '554 Message rejected: contains the phrase "relay access denied"'],
    ['message', '550 Message rejected: Subject "relaying denied" looks like spam'],
    ['message', '554 5.7.1 Rejected: bounce text "Relay access denied" in body'],
  ])('at %s: %s', (stage, line) => {
    expect(isDenial(stage, line)).toBe(false);
  });
});
