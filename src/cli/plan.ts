// `relayproof plan`: what an audit would send first, what may follow and the ceilings, as text or JSON. Names are looked up
// and addresses tried for binding; no server is connected to.
import { systemRandom } from '../execute/ports.js';
import { systemResolver } from '../execute/resolver.js';
import { briefsFor, checkOptions } from '../fleet/briefs.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { showEntry } from '../model/networks.js';
import type { AuditOptions } from '../model/options.js';
import { showEndpoint } from '../model/target.js';
import { type Ceilings, ceilingsOf } from '../plan/ceilings.js';
import { next } from '../plan/next.js';
import { tarpittedMs } from '../plan/tarpit.js';
import { aboutSource, approvalOf } from './about-source.js';
import type { Call } from './call.js';
import { collect } from './collect.js';
import { inColumns } from './columns.js';
import { EXIT } from './exit-status.js';
import type { Values } from './options.js';
import { settingsOf } from './settings.js';
import { settingsAsJson, settingsAsText } from './show-config.js';
import { say, terminalOf } from './terminal.js';

interface Plan {
  readonly brief: Brief;
  readonly sessions: number;
  /** Where every refusal is kept waiting. */
  readonly tarpittedMs: number;
  readonly first: readonly Attempt[];
  readonly ceilings: Ceilings;
}

/** Run the command and give the exit status. @throws UsageError as `audit` does */
export async function run({ words, values: given }: Call): Promise<number> {
  const settings = await settingsOf(words, given);
  const { values } = settings.run;
  const { columns } = terminalOf(values);
  const isJson = values.format === 'json';
  if (given.showConfig === true) {
    process.stdout.write(isJson ? settingsAsJson(settings) : settingsAsText(settings, columns));
    return EXIT.asPolicy;
  }
  const checked = settings.parts.map((part) => collect(part.words, part.values, null));
  for (const warning of new Set(checked.flatMap(({ warnings }) => warnings))) say(`warning: ${warning}`);
  for (const { options } of checked) checkOptions(options);
  const resolved = await Promise.all(
    checked.flatMap(({ options }, index) => {
      const named = withLevel(withoutPassword(options, settings.parts[index]?.values ?? {}), values);
      return options.targets.map(async (target) => ({
        ...(await briefsFor(target, named, systemResolver, systemRandom)),
        sessions: options.sessions,
      }));
    }),
  );
  for (const { problem } of resolved) if (problem !== null) say(problem);
  const plans = resolved.flatMap(({ briefs, sessions }) => briefs.map((brief) => planOf(brief, sessions)));
  const text = isJson
    ? `${JSON.stringify(plans.map(asData), null, 2)}\n`
    : [...plans.map((plan) => asText(plan, columns)), ...(plans.length > 1 ? [asRun(plans, columns)] : [])].join('\n');
  process.stdout.write(text);
  return resolved.some(({ problem }) => problem !== null) ? EXIT.inconclusive : EXIT.asPolicy;
}

/** A plan needs no password; the account's name alone says that there will be logins. */
const withoutPassword = (options: AuditOptions, { user }: Values): AuditOptions =>
  user === undefined ? options : { ...options, account: { user, password: '' } };

const planOf = (brief: Brief, sessions: number): Plan => ({
  brief,
  sessions,
  tarpittedMs: tarpittedMs(brief, sessions),
  first: next(brief, []),
  ceilings: ceilingsOf(brief),
});

const asData = ({ brief, first, ceilings, tarpittedMs: ms }: Plan) => ({
  target: brief.target,
  policy: { ...brief.policy, relayHosts: brief.policy.relayHosts.map(showEntry) },
  sources: brief.sources.map((source) => ({ ...source, approved: approvalOf(brief, source) })),
  first,
  mayFollow: { techniques: brief.techniques.map(({ id }) => id), user: brief.user, mechanisms: brief.mechanisms },
  ceilings,
  tarpittedMs: ms,
});

/** The level that an audit with a receiver of canaries has, where none was named. */
const withLevel = (options: AuditOptions, { sink, mailbox }: Values): AuditOptions => ({
  ...options,
  confirm: options.confirm ?? (sink === undefined && mailbox === undefined ? 'rcpt' : 'delivery'),
});

/** How many messages may go out, to all servers of a run together. */
const messagesOf = ({ confirm, maxMessages }: Brief): string =>
  confirm === 'rcpt'
    ? '0: every attempt ends at RCPT'
    : `${maxMessages} in the whole run, only for what was accepted at RCPT`;

function asText({ brief, first, ceilings, sessions, tarpittedMs: ms }: Plan, columns: number): string {
  const { target, policy, techniques, user } = brief;
  const heading = [
    ['Server', `${showEndpoint(target.host, target.port)} at ${target.address}, ${SECURITY[target.security]}`],
    ['Policy', `${policy.preset}; approved: ${policy.relayHosts.map(showEntry).join(', ') || 'no host'}`],
  ];
  const sources = brief.sources.map((source) => [`  ${source.id}`, source.spec, aboutSource(brief, source)]);
  const sent = first.flatMap((attempt) => [
    `  ${attempt.source}  ${attempt.technique}`,
    ...linesOf(attempt).map((line) => `        ${line}`),
  ]);
  const { places, attempts, tries, connections, logins, failedLogins } = ceilings;
  const login = `${user === null ? 'no account' : `logins as ${user} with ${brief.mechanisms.join(', ')}`}`;
  const follow = [
    ['  techniques', `${techniques.length} from each source that is to be refused, and a control for each in doubt`],
    ['  accounts', `${login}; logins that must fail: ${brief.negativeAuthentication}`],
  ];
  const most = [
    ['  places', `${places}: each source in the clear, and under TLS where that is offered`],
    ['  attempts', `${attempts}, each asked at most ${tries} times`],
    ['  connections', `${connections}; then the run ends, and what is left is unknown`],
    ['  logins', `${logins} with the account, ${failedLogins} that must fail`],
    ['  messages', messagesOf(brief)],
    [
      '  time',
      `about ${Math.ceil(ms / 60_000)} min at a server that tarpits as Courier does, ${sessions} at once; others take seconds`,
    ],
  ];
  return [
    inColumns(heading, columns),
    `Sources\n${inColumns(sources, columns)}`,
    `Sent first\n${sent.length === 0 ? '  nothing: no source can be had' : sent.join('\n')}\n`,
    `What may follow\n${inColumns(follow, columns)}`,
    `At most\n${inColumns(most, columns)}`,
  ].join('\n');
}

/** The most that all servers come to together: an account's own failed logins are one server's, messages are the run's. */
function asRun(plans: readonly Plan[], columns: number): string {
  const sum = (countOf: (ceilings: Ceilings) => number): number =>
    plans.reduce((all, { ceilings }) => all + countOf(ceilings), 0);
  const users = plans.flatMap(({ brief: { user, negativeAuthentication }, ceilings }) =>
    user !== null && negativeAuthentication === 'safe' && ceilings.failedLogins > 0 ? [user.toLowerCase()] : [],
  );
  // A wrong and an empty password of each account, once.
  const failedLogins = sum((ceilings) => ceilings.failedLogins) - 2 * (users.length - new Set(users).size);
  const [sender] = plans
    .map(({ brief }) => brief)
    .toSorted((a, b) => Number(b.confirm !== 'rcpt') - Number(a.confirm !== 'rcpt') || b.maxMessages - a.maxMessages);
  const rows = [
    ['  servers', String(plans.length)],
    ['  attempts', String(sum(({ attempts }) => attempts))],
    ['  connections', String(sum(({ connections }) => connections))],
    ['  logins', `${sum(({ logins }) => logins)} with accounts, ${failedLogins} that must fail`],
    ...(sender === undefined ? [] : [['  messages', messagesOf(sender)]]),
  ];
  return `All together at most\n${inColumns(rows, columns)}`;
}

const SECURITY = { none: 'in the clear and under STARTTLS', starttls: 'under STARTTLS', tls: 'under TLS' } as const;

function linesOf({ greeting, reversePath, forwardPath, depth, bareForwardPath }: Attempt): string[] {
  const opening = greeting.verb === 'none' ? [] : [`${greeting.verb} ${greeting.name}`];
  if (depth === 'greeting') return opening;
  const path = bareForwardPath ? forwardPath : `<${forwardPath}>`;
  return [...opening, `MAIL FROM:<${reversePath}>`, `RCPT TO:${path}`];
}
