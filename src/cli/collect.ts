// From option values to what `audit()` takes: checks what options mean to each other, and what is worth a warning.
// Sends nothing and asks no DNS; secrets are read elsewhere.

import { selectRules } from '../judge/rules.js';
import { complain } from '../model/errors.js';
import { isReservedDomain } from '../model/host.js';
import { type AuditOptions, DEFAULTS } from '../model/options.js';
import { parseTarget, type Target } from '../model/target.js';
import { TECHNIQUES } from '../techniques/index.js';
import { select } from '../techniques/select.js';
import type { Values } from './options.js';
import { isWorker } from './queue-values.js';

export interface Collected {
  readonly options: AuditOptions;
  /** Each one line, for standard error. */
  readonly warnings: readonly string[];
}

/** Collect the options of an audit; what was not given is as DEFAULTS says. @throws UsageError */
export function collect(words: readonly string[], values: Values, account: AuditOptions['account']): Collected {
  if (values.verbose === true && values.quiet === true) {
    throw complain({
      subject: '--quiet',
      problem: 'both less and more wanted',
      got: '--verbose',
      want: 'one of the two',
    });
  }
  if (values.passwordAtWorker === true && !(values.source ?? []).some(isWorker)) {
    const want = 'a source that is one, as -s worker:frankfurt';
    throw complain({ subject: '--password-at-worker', problem: 'no worker is asked', got: null, want });
  }
  const targets = words.map(parseTarget);
  const canary = canaryOf(values);
  refuseLocalCanary(targets, values, domainOf(canary));
  // Sets and ids are known to the tables alone, which refuse all others.
  selectRules(values.rules ?? DEFAULTS.rules);
  const techniques = values.techniques ?? DEFAULTS.techniques;
  select(TECHNIQUES, techniques);
  const options: AuditOptions = {
    ...DEFAULTS,
    ...given({
      sources: values.source,
      policy: values.policy,
      rules: values.rules,
      relayHosts: values.relayHosts?.flat(),
      localDomains: values.localDomain,
      localRecipient: values.localRecipient,
      secondCanaryDomain: values.secondCanaryDomain,
      confirm: values.confirm,
      waitMs: values.wait,
      maxMessages: values.maxMessages,
      confirmAll: values.confirmAll,
      helo: values.helo,
      sender: values.sender,
      authSender: values.authSender,
      partner: values.partner,
      allowInsecureAuth: values.allowInsecureAuth,
      tlsPin: values.tlsPin,
      mechanisms: values.mechanisms,
      negativeAuthentication: values.negativeAuthentication,
      family: values.family,
      address: values.address,
      sessions: values.sessions,
      rate: values.rate,
      timeoutMs: values.timeout,
      deadlineMs: values.deadline,
      greylistWaitMs: values.greylistWait,
      sharedSessions: values.sharedSessions,
      seed: values.seed,
      sweep: values.sweep,
      findExtent: values.findExtent,
    }),
    targets,
    techniques,
    canary,
    canaryIsDomain: values.canaryDomain !== undefined,
    account,
  };
  return { options, warnings: warningsOf(options) };
}

/** Leave out what was not given, so that the defaults stand. */
const given = <Row extends object>(row: Row): { [Key in keyof Row]?: Exclude<Row[Key], undefined> } =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Row]?: Exclude<Row[Key], undefined>;
  };

const domainOf = (mailbox: string): string => mailbox.slice(mailbox.lastIndexOf('@') + 1);

/** The foreign recipient. Relaying cannot be asked without one, and none may be borrowed from somebody else. */
function canaryOf({ canary, canaryDomain }: Values): string {
  if (canary !== undefined && canaryDomain !== undefined) {
    throw complain({
      subject: '--canary-domain',
      problem: 'two canaries',
      got: canaryDomain,
      want: 'one of --canary and --canary-domain',
    });
  }
  if (canary !== undefined) return canary;
  if (canaryDomain !== undefined) return `relayproof@${canaryDomain}`;
  throw complain({
    subject: '--canary',
    problem: 'not given',
    got: null,
    want: 'a mailbox that you own, at a domain that the server takes no mail for',
    hint: 'relaying is asked with it, as in --canary relaytest@canary.example.net',
  });
}

/** Mail for a local domain is delivered, not relayed: as a canary it would make every server look open. */
function refuseLocalCanary(targets: readonly Target[], values: Values, canaryDomain: string): void {
  const local = [...(values.localDomain ?? []), ...targets.map(({ host }) => host)];
  if (values.localRecipient !== undefined) local.push(domainOf(values.localRecipient));
  const want = 'a domain that the server takes no mail for';
  const { secondCanaryDomain } = values;
  if (local.includes(canaryDomain)) {
    const subject = values.canaryDomain === undefined ? '--canary' : '--canary-domain';
    throw complain({ subject, problem: "one of the server's own domains", got: canaryDomain, want });
  }
  if (secondCanaryDomain === undefined) return;
  const subject = '--second-canary-domain';
  if (local.includes(secondCanaryDomain)) {
    throw complain({ subject, problem: "one of the server's own domains", got: secondCanaryDomain, want });
  }
  if (secondCanaryDomain === canaryDomain) {
    throw complain({ subject, problem: 'the same as the first', got: secondCanaryDomain, want: 'another domain' });
  }
}

function warningsOf({ canary, secondCanaryDomain }: AuditOptions): string[] {
  return [domainOf(canary), secondCanaryDomain]
    .filter((domain) => domain !== null)
    .filter(isReservedDomain)
    .map((domain) => `${domain} is reserved and receives no mail: a server may refuse it for that, not for relaying`);
}
