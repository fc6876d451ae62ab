// The options of `relayproof sink`, as data. Some have the name of an audit's, and mean the same; none is read here.
import { parseAddress, parseDomain } from '../model/host.js';
import { listen } from './canary-values.js';
import type { OptionRow } from './options.js';
import { integer, line, listOf } from './values.js';

const MIB = 1_048_576;

/** The options of `relayproof sink`. */
export const SINK_OPTIONS = {
  sink: {
    group: 'Canary',
    argument: '<[host]:port>',
    description: 'take canaries here',
    fallback: ':25',
    read: listen,
    since: '0.1.0',
  },
  canaryKeyFile: {
    group: 'Canary',
    argument: '<path>',
    description: 'the key of their tokens, the same as that of the audits; made where it is not there; required',
    read: line,
    since: '0.1.0',
  },
  canaryDomain: {
    group: 'Canary',
    argument: '<domain>',
    repeatable: true,
    description:
      'a domain of canaries: its mailboxes exist for servers that ask before they take a recipient or a sender; a message still needs a token',
    fallback: 'none',
    read: parseDomain,
    since: '0.1.0',
  },
  state: {
    group: 'Canary',
    argument: '<folder>',
    description: 'keep what comes in here',
    fallback: 'relayproof-sink',
    read: line,
    since: '0.1.0',
  },
  stateLimit: {
    group: 'Canary',
    argument: '<MiB>',
    description: 'most that the state may take',
    fallback: '64',
    read: (text, subject) => integer(1, 1_000_000)(text, subject) * MIB,
    since: '0.1.0',
  },
  proxyFrom: {
    group: 'Canary',
    argument: '<list>',
    description: 'addresses that speak the PROXY protocol, version 1, first',
    fallback: 'none',
    read: listOf(parseAddress),
    since: '0.1.0',
  },
  events: {
    group: 'Canary',
    argument: '<host:port>',
    description: 'tell audits elsewhere over HTTP what came; only on loopback unless with a certificate',
    fallback: 'off',
    read: listen,
    since: '0.1.0',
  },
  secret: {
    group: 'Account',
    argument: '<use=from>',
    repeatable: true,
    description: 'the bearer token of --events, as sink=env:NAME or sink=file:path',
    read: line,
    since: '0.1.0',
  },
  tlsCert: {
    group: 'Account',
    argument: '<path>',
    description: 'PEM certificate, for STARTTLS and for --events',
    fallback: 'one that is made at start, for STARTTLS alone',
    read: line,
    since: '0.1.0',
  },
  tlsKey: {
    group: 'Account',
    argument: '<path>',
    description: 'PEM key of --tls-cert',
    read: line,
    since: '0.1.0',
  },
  quiet: { group: 'Output', short: '-q', description: 'say nothing of each canary', since: '0.1.0' },
} as const satisfies Record<string, OptionRow>;
