// Fixes for Stalwart, Maddy and Apache James, whose relay rule is one setting each. Data.
import type { Fix, ProductFixes } from './fix.js';

const STALWART_RCPT = ['Stalwart documentation, "RCPT stage"'];
const STALWART_RELAY = {
  text: 'Let those relay who have logged in, and the approved hosts; nobody else (WebUI: Settings, MTA, Session, RCPT TO stage, Allow relaying)',
  file: 'config.toml',
  before: 'session.rcpt.relay = ...',
  after: 'session.rcpt.relay = [ { if = "!is_empty(authenticated_as) || ({hosts})", then = true }, { else = false } ]',
  run: 'stalwart-cli server reload-config',
} as const;

export const STALWART: ProductFixes = {
  product: 'Stalwart',
  hosts: (networks) => networks.map((network) => `is_within_cidr(remote_ip, '${network}')`).join(' || '),
  fixes: {
    range: { steps: [STALWART_RELAY], follows: STALWART_RCPT },
    everyone: { steps: [STALWART_RELAY], follows: STALWART_RCPT },
    sender: { steps: [STALWART_RELAY], follows: STALWART_RCPT },
    'null-sender': { steps: [STALWART_RELAY], follows: STALWART_RCPT },
    'under-tls': { steps: [STALWART_RELAY], follows: STALWART_RCPT },
    'sender-not-tied-to-account': {
      steps: [
        {
          text: 'Hold senders to the addresses of the account',
          file: 'config.toml',
          before: 'session.auth.must-match-sender = false',
          after: 'session.auth.must-match-sender = true',
          run: 'stalwart-cli server reload-config',
        },
      ],
      follows: ['Stalwart documentation, "AUTH stage"'],
    },
  },
};

const MADDY_SMTP = [
  'maddy documentation, "SMTP/LMTP/Submission endpoint"',
  'maddy documentation, "SMTP message routing (pipeline)"',
];
const MADDY_REJECT = {
  text: 'In the smtp block, refuse what is not for a local domain; relaying belongs into the submission block, which asks for a login',
  file: 'maddy.conf',
  before: 'default_destination { deliver_to &remote_queue }',
  after: 'default_destination { reject 550 5.1.1 "User does not exist" }',
  run: 'systemctl restart maddy',
} as const;

export const MADDY: ProductFixes = {
  product: 'Maddy',
  hosts: (networks) => networks.join(' '),
  fixes: {
    everyone: { steps: [MADDY_REJECT], follows: MADDY_SMTP },
    range: { steps: [MADDY_REJECT], follows: MADDY_SMTP },
    sender: { steps: [MADDY_REJECT], follows: MADDY_SMTP },
    'sender-not-tied-to-account': {
      steps: [
        {
          text: 'Hold senders to the addresses of the account, in the submission block',
          file: 'maddy.conf',
          add: 'check { authorize_sender { prepare_email &local_rewrites user_to_email identity } }',
          run: 'systemctl restart maddy',
        },
      ],
      follows: ['maddy documentation, "authorize_sender"'],
    },
  },
};

const JAMES_SMTP = ['Apache James documentation, "SMTP configuration"'];
const JAMES_LIST = {
  text: 'Name the approved hosts in authorizedAddresses, and no others: they relay without a login',
  file: 'conf/smtpserver.xml',
  before: '<authorizedAddresses>...</authorizedAddresses>',
  after: '<authorizedAddresses>{hosts}</authorizedAddresses>',
  run: 'systemctl restart james',
} as const;

const JAMES_SENDER: Fix = {
  steps: [
    {
      text: 'Hold local senders to the account that has logged in',
      file: 'conf/smtpserver.xml',
      before: '<verifyIdentity>false</verifyIdentity>',
      after: '<verifyIdentity>true</verifyIdentity>',
      run: 'systemctl restart james',
    },
  ],
  follows: JAMES_SMTP,
};

export const JAMES: ProductFixes = {
  product: 'Apache James',
  hosts: (networks) => networks.join(', '),
  fixes: {
    range: { steps: [JAMES_LIST], follows: JAMES_SMTP },
    everyone: {
      steps: [
        JAMES_LIST,
        {
          text: 'Without SMTP AUTH everybody relays: ask for a login',
          file: 'conf/smtpserver.xml',
          before: '<required>false</required>',
          after: '<required>true</required>',
          run: 'systemctl restart james',
        },
        {
          text: 'In the transport processor, let nothing relay that came from elsewhere without a login',
          file: 'conf/mailetcontainer.xml',
          add: '<mailet match="RemoteAddrNotInNetwork={hosts}" class="ToProcessor"><processor>relay-denied</processor></mailet>',
          run: 'systemctl restart james',
        },
      ],
      follows: [...JAMES_SMTP, 'Apache James documentation, "Mailet container"'],
    },
    sender: JAMES_SENDER,
    'sender-not-tied-to-account': JAMES_SENDER,
    'approved-host-refused': { steps: [JAMES_LIST], follows: JAMES_SMTP },
  },
};
