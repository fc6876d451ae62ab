// Fixes for OpenSMTPD 6.4 and later (smtpd.conf(5)). Data.
import type { ProductFixes, Step } from './fix.js';

const FILE = 'smtpd.conf';
const RUN = 'smtpd -n && systemctl restart opensmtpd';
const FOLLOWS = ['smtpd.conf(5) match'];

const rule = (text: string, before: string, after?: string): Step => ({
  text,
  file: FILE,
  before,
  ...(after === undefined ? {} : { after }),
  run: RUN,
});

const LIST = rule(
  'Let addresses of the list alone match the rule that relays for any recipient',
  'match from src ... for any action ...',
  'match from src { {hosts} } for any action ...',
);
const RELAY_RULE = rule(
  'The rule that relays for any recipient must ask for the list or for a login; without from it is from local',
  'match from any for any action ...',
  'match from src { {hosts} } for any action ...',
);
const MAIL_FROM = rule(
  'A reverse-path can be forged: take the rule out that relays by it, or ask for a login in it (match auth)',
  'match from any mail-from ... for any action ...',
);

export const OPENSMTPD: ProductFixes = {
  product: 'OpenSMTPD',
  hosts: (networks) => networks.join(', '),
  fixes: {
    range: { steps: [LIST], follows: FOLLOWS, provenBy: ['opensmtpd-range-31'] },
    everyone: { steps: [RELAY_RULE], follows: FOLLOWS, provenBy: ['opensmtpd-open'] },
    sender: { steps: [MAIL_FROM], follows: FOLLOWS, provenBy: ['opensmtpd-sender-trust'] },
    'null-sender': { steps: [MAIL_FROM], follows: FOLLOWS },
    partner: { steps: [MAIL_FROM], follows: FOLLOWS },
    greeting: {
      steps: [
        rule(
          'A greeting can say anything: take the rule out that relays by it, or ask for a login in it (match auth)',
          'match from any helo ... for any action ...',
        ),
      ],
      follows: FOLLOWS,
      provenBy: ['opensmtpd-helo-trust'],
    },
    name: {
      steps: [
        rule(
          'A reverse DNS name belongs to whoever has the address: name addresses',
          'match from rdns ... for any action ...',
          'match from src { {hosts} } for any action ...',
        ),
      ],
      follows: FOLLOWS,
    },
    'under-tls': {
      steps: [
        rule(
          'Encryption is no right to relay: ask for a login instead',
          'match tls from any for any action ...',
          'match auth from any for any action relay',
        ),
      ],
      follows: FOLLOWS,
    },
    'approved-host-refused': { steps: [LIST], follows: FOLLOWS },
    'authenticated-relay-refused': {
      steps: [
        {
          text: 'Add a rule for those who have logged in, above those that reject',
          file: FILE,
          add: 'match auth from any for any action relay',
          run: RUN,
        },
      ],
      follows: FOLLOWS,
    },
    'cleartext-authentication': {
      steps: [
        rule(
          'Offer AUTH under TLS alone',
          'listen on ... tls auth-optional ...',
          'listen on egress port submission tls-require pki {domain} auth',
        ),
      ],
      follows: ['smtpd.conf(5) listen on'],
    },
  },
};
