// Fixes for Haraka (its plugins relay, rcpt_to.in_host_list, auth/*). Data.
import type { ProductFixes, Step } from './fix.js';

const RUN = 'systemctl restart haraka';
const RELAY = ['Haraka documentation, plugin relay'];

const LIST: Step = {
  text: 'Name the approved hosts in relay_acl_allow, one network a line, and no others (the command is for the folder of the installation)',
  file: 'config/relay_acl_allow',
  after: '{hosts}',
  run: `printf '%s\\n' {hosts} > config/relay_acl_allow && ${RUN}`,
};
const NO_ALL: Step = {
  text: 'Switch off what relays for everybody',
  file: 'config/relay.ini',
  before: 'all = true',
  after: 'all = false',
  run: RUN,
};

export const HARAKA: ProductFixes = {
  product: 'Haraka',
  hosts: (networks) => networks.join(' '),
  fixes: {
    range: { steps: [LIST], follows: RELAY, provenBy: ['haraka-range-31'] },
    everyone: { steps: [NO_ALL, LIST], follows: RELAY, provenBy: ['haraka-open'] },
    sender: {
      steps: [
        {
          text: 'A reverse-path can be forged: take plugins out that set connection.relaying by it',
          file: 'config/plugins',
          run: RUN,
        },
      ],
      follows: RELAY,
    },
    proxy: {
      steps: [
        {
          text: 'Take PROXY headers from the load balancer alone',
          file: 'config/connection.ini',
          before: 'hosts[] = ...',
          after: 'hosts[] = 192.0.2.1',
          run: RUN,
        },
      ],
      follows: ['Haraka documentation, HAProxy'],
    },
    xclient: {
      steps: [
        {
          text: 'Take XCLIENT from named hosts alone',
          file: 'config/xclient.hosts',
          before: '...',
          run: RUN,
        },
      ],
      follows: ['Haraka documentation, plugin xclient'],
    },
    'approved-host-refused': { steps: [LIST], follows: RELAY },
    'wrong-password-accepted': {
      steps: [
        {
          text: 'Take out the auth plugin that accepts any password, and check one user with a wrong password',
          file: 'config/plugins',
          run: RUN,
        },
      ],
      follows: ['Haraka documentation, plugin auth/auth_base'],
    },
    'cleartext-authentication': {
      steps: [
        {
          text: 'Load the plugin tls above those of auth: with it they offer AUTH under TLS alone',
          file: 'config/plugins',
          run: RUN,
        },
      ],
      follows: RELAY,
    },
  },
};
