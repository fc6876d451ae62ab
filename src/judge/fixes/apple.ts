// Fixes for the mail service of Mac OS X Server 10.1 and of 10.2: what Server Settings shows, and the properties behind it. Data.
import type { Fix, ProductFixes, Step } from './fix.js';

const FOLLOWS = ['Apple Knowledge Base, "Mac OS X Server: How to restrict SMTP relay"'];
const SETTINGS = 'Server Settings';

/** The six steps, for 10.1 and 10.2 alike. */
const RESTRICT: readonly Step[] = [
  { text: 'Open Server Settings, and choose the Internet tab', file: SETTINGS },
  { text: 'Click Mail Service, and choose Configure Host Settings', file: SETTINGS },
  {
    text: 'Let SMTP relay only for the hosts in the list',
    file: SETTINGS,
    before: 'Use SMTP relay only for hosts in this list: off',
    after: 'Use SMTP relay only for hosts in this list: on',
  },
  { text: "Add the server's own address to the list", file: SETTINGS, add: "the server's address" },
  { text: 'Add the ranges of your network, and no wider ones', file: SETTINGS, add: '{hosts}' },
  { text: 'Save', file: SETTINGS },
];
const PROPERTIES: Step = {
  text: 'On 10.1 the same stands in the properties of the mail service: relaying is restricted, and the list is that of the approved hosts',
  file: 'properties of the mail service (10.1)',
  before: 'open_relay_addr_flag, open_relay_addr_list = ...',
  after: 'open_relay_addr_flag set, open_relay_addr_list = {hosts}',
};
const REQUIRED: Step = {
  text: 'Know what "require authenticated SMTP using CRAM-MD5" does on 10.2 to 10.2.3: with it other mail servers cannot deliver to yours; from 10.2.4 on the list stands beside it',
};
const RELAY: Fix = { steps: [...RESTRICT, PROPERTIES, REQUIRED], follows: FOLLOWS };

export const APPLE: ProductFixes = {
  product: 'Mac OS X Server',
  hosts: (networks) => networks.join(', '),
  fixes: {
    everyone: RELAY,
    range: RELAY,
    sender: RELAY,
    'approved-host-refused': RELAY,
    'cram-md5-missing': {
      steps: [
        {
          text: 'Enable CRAM-MD5 before PLAIN or LOGIN: a client takes what it finds, and the two show the password',
          file: SETTINGS,
          before: 'SMTP authentication: PLAIN or LOGIN alone',
          after: 'SMTP authentication: CRAM-MD5, then PLAIN and LOGIN',
        },
      ],
      follows: FOLLOWS,
    },
    'inbound-refused': {
      steps: [
        {
          text: 'Do not require authenticated SMTP of everybody: other mail servers do not log in. Restrict relaying by the list instead, or update to 10.2.4',
          file: SETTINGS,
          before: 'Require authenticated SMTP using CRAM-MD5: on',
          after: 'Require authenticated SMTP using CRAM-MD5: off',
        },
        ...RESTRICT,
      ],
      follows: FOLLOWS,
    },
    'mechanism-broken': {
      steps: [
        {
          text: 'CRAM-MD5 needs the Password Server: see that it runs, and that the user has a Password Server password',
        },
      ],
      follows: FOLLOWS,
    },
  },
};
