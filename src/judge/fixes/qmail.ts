// Fixes for qmail and its kin (qmail-smtpd(8), tcprules(1)). Data.

import type { Networks, ProductFixes, Step } from './fix.js';
import { byOctets } from './networks.js';

const FOLLOWS = ['qmail-smtpd(8)', 'tcprules(1)'];
const RUN = 'tcprules /etc/tcp.smtp.cdb /etc/tcp.smtp.tmp < /etc/tcp.smtp';

/** Of fewer than four numbers with a final dot: a prefix. */
const keys = (networks: Networks): readonly string[] =>
  networks
    .flatMap((network) => (network.includes(':') ? [] : (byOctets(network) ?? [])))
    .map((key) => (key.split('.').length < 4 ? `${key}.` : key));

const LIST: Step = {
  text: 'Set RELAYCLIENT for the approved hosts alone, one rule a line',
  file: '/etc/tcp.smtp',
  before: '...:allow,RELAYCLIENT=""',
  after: '{hosts}',
  run: RUN,
};
const RCPTHOSTS: Step = {
  text: 'Without control/rcpthosts every recipient is taken: name your domains there, one a line',
  file: '/var/qmail/control/rcpthosts',
  add: '{domain}',
};

export const QMAIL: ProductFixes = {
  product: 'qmail',
  hosts: (networks) =>
    keys(networks)
      .map((key) => `${key}:allow,RELAYCLIENT=""`)
      .join(' and '),
  fixes: {
    range: { steps: [LIST], follows: FOLLOWS },
    everyone: { steps: [RCPTHOSTS, LIST], follows: FOLLOWS },
    percent: {
      steps: [
        {
          text: 'Take your domains out of control/percenthack',
          file: '/var/qmail/control/percenthack',
          before: '{domain}',
          run: 'qmailctl restart',
        },
      ],
      follows: ['qmail-send(8) percenthack'],
    },
    sender: {
      steps: [
        {
          text: 'A reverse-path can be forged: take patches out that relay by it (relaymailfrom)',
          file: '/var/qmail/control/relaymailfrom',
          before: '...',
        },
      ],
      follows: FOLLOWS,
    },
    'wrong-password-accepted': {
      steps: [
        {
          text: 'qmail-smtpd with SMTP AUTH wants the host name before checkpassword: without it /bin/true is taken for the checker',
          before: 'qmail-smtpd /bin/checkpassword /bin/true',
          after: 'qmail-smtpd {domain} /bin/checkpassword /bin/true',
        },
      ],
      follows: ['SMTP AUTH patch for qmail, README'],
    },
    'approved-host-refused': { steps: [LIST], follows: FOLLOWS },
  },
};
