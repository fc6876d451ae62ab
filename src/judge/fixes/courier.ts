// Fixes for Courier (makesmtpaccess(8), couriertcpd(8), esmtpd(8)). Data.

import type { Networks, ProductFixes, Step } from './fix.js';
import { byOctets } from './networks.js';

const FOLLOWS = ['makesmtpaccess(8)', 'couriertcpd(8)'];
const RUN = 'esmtpd restart';

const keys = (networks: Networks): readonly string[] =>
  networks.flatMap((network) => (network.includes(':') ? [] : (byOctets(network) ?? [])));

const LIST: Step = {
  text: 'Give RELAYCLIENT to the approved hosts alone: an address of fewer than four numbers stands for all that begins with it (a tabulator stands between the two words)',
  file: '/etc/courier/smtpaccess/default',
  before: '... allow,RELAYCLIENT',
  after: '{hosts}',
  run: `sed -i '/RELAYCLIENT/d' /etc/courier/smtpaccess/default && printf '%s\\tallow,RELAYCLIENT\\n' {keys} >> /etc/courier/smtpaccess/default && makesmtpaccess && ${RUN}`,
};

export const COURIER: ProductFixes = {
  product: 'Courier',
  hosts: (networks) =>
    keys(networks)
      .map((key) => `${key} allow,RELAYCLIENT`)
      .join(' and '),
  values: ({ networks }) => ({ keys: keys(networks).join(' ') }),
  fixes: {
    range: { steps: [LIST], follows: FOLLOWS, provenBy: ['courier-prefix'] },
    everyone: {
      steps: [
        LIST,
        {
          text: 'Set RELAYCLIENT for no listener as a whole',
          file: '/etc/courier/esmtpd',
          before: 'RELAYCLIENT=...',
          run: RUN,
        },
      ],
      follows: FOLLOWS,
      provenBy: ['courier-open'],
    },
    'approved-host-refused': { steps: [LIST], follows: FOLLOWS },
    'wrong-password-accepted': {
      steps: [
        {
          text: 'See what checks the passwords, and try a wrong one',
          file: '/etc/courier/authdaemonrc',
          run: 'authtest {user} not-the-password',
        },
      ],
      follows: ['authtest(1)'],
    },
    'cram-md5-missing': {
      steps: [
        {
          text: 'Offer CRAM-MD5 as well',
          file: '/etc/courier/esmtpd',
          before: 'ESMTPAUTH=...',
          after: 'ESMTPAUTH="CRAM-MD5 PLAIN LOGIN"',
          run: 'esmtpd restart',
        },
      ],
      follows: ['esmtpd(8)'],
    },
    'cleartext-authentication': {
      steps: [
        {
          text: 'Name mechanisms under TLS alone',
          file: '/etc/courier/esmtpd',
          before: 'ESMTPAUTH=...',
          after: 'ESMTPAUTH=""',
          run: 'esmtpd restart',
        },
      ],
      follows: ['esmtpd(8)'],
    },
  },
};
