// Sources at other places beside those of this machine: in each round of the planner every source is asked where it is, side by
// side, and what is wanted then is planned from all that was heard, before it from what workers answered an auditor of the run that
// did not end. Logins and messages are one place's at a time, and none is handed out twice. Judges nothing; sends nothing itself.
import type { Tokens } from '../canary/token.js';
import { notAsked } from '../execute/context.js';
import { type ExecuteOptions, execute } from '../execute/execute.js';
import type { Next } from '../execute/work.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import type { AuditOptions } from '../model/options.js';
import type { Source } from '../model/source.js';
import { ceilingsOf } from '../plan/ceilings.js';
import { needsPassword, withoutPassword } from '../queue/accounts.js';
import { type Grant, isHarmless, type Leave } from '../queue/job.js';
import type { Granted } from '../queue/memory.js';
import type { Places } from '../queue/places.js';

/** A source that a worker stands for, and the place that it names. */
type Remote = Source & { readonly place: string };

const isRemote = (source: Source): source is Remote => source.route === 'worker' && source.place !== undefined;

/**
 * Mark the sources whose place has no worker, so that they stay unknown for that reason; other sources are not looked at, and what
 * a place was asked before counts without one.
 */
export async function withPlaces(brief: Brief, places: Places | null, signal: AbortSignal): Promise<Brief> {
  if (!brief.sources.some(isRemote)) return brief;
  const sources = await Promise.all(
    brief.sources.map(async (source) => {
      if (!isRemote(source) || source.unavailable !== null) return source;
      if (places === null) return { ...source, unavailable: 'no queue was named to reach a worker' };
      const why = await places.whyNot(source.place, signal);
      return { ...source, unavailable: places.remembers(brief, source.id) ? null : why };
    }),
  );
  return { ...brief, sources };
}

export interface Elsewhere {
  readonly places: Places;
  /** The brief as the run leaves it now. */
  readonly brief: () => Brief;
  readonly canaryIsDomain: boolean;
  /** The tokens of an attempt's message, which from then on may arrive. */
  readonly tokensOf: (attempt: Attempt) => Tokens | null;
  /** Whether canaries are waited for: those of an auditor before this one would be waited for in vain. */
  readonly isReceived: boolean;
  /** Told of each message that an auditor before this one may have sent, by the key of its attempt. */
  readonly onSpent: (key: string) => void;
  /** Milliseconds that are left of the server's time. */
  readonly leftMs: () => number;
}

/** Ask what a plan wants until it wants nothing more, as `execute` does. */
type Ask = (plan: Next, options: AskOptions) => Promise<Evidence[]>;

/** The account's password may be with the workers alone. */
interface AskOptions extends Omit<ExecuteOptions, 'account'> {
  readonly account: AuditOptions['account'];
}

/** What one server's audit has had done elsewhere so far. */
interface Ledger {
  readonly remotes: readonly Remote[];
  readonly elsewhere: Elsewhere;
  /** Jobs that were handed in, by source: the number of the next one. */
  readonly rounds: Map<string, number>;
  readonly connections: Map<string, number>;
  /** Attempts that a worker was given leave for, and that it did not say it left alone, by key; why that is not known. */
  readonly handedOut: Map<string, string>;
  /** Sources that will not be asked any more, and why. */
  readonly lost: Map<string, string>;
}

/** Give what asks for one server: this machine alone where all sources are its own. */
export function askingFor(brief: Brief, elsewhere: Elsewhere | null): Ask {
  const remotes = brief.sources.filter(isRemote).filter(({ unavailable }) => unavailable === null);
  if (elsewhere === null || remotes.length === 0) return askHere;
  const ledger: Ledger = {
    remotes,
    elsewhere,
    rounds: new Map(),
    connections: new Map(),
    handedOut: new Map(),
    lost: new Map(),
  };
  let isBegun = false;
  return async (plan, options) => {
    const before = isBegun ? [] : await takeUp(ledger, options);
    isBegun = true;
    return askEverywhere(ledger, plan, { ...options, initial: [...options.initial, ...before] });
  };
}

/** What workers have answered auditors of the run before this one, or answer still; nothing is planned before that is known. */
async function takeUp(ledger: Ledger, { signal, onEvidence }: AskOptions): Promise<readonly Evidence[]> {
  const { remotes, elsewhere, rounds, handedOut } = ledger;
  const brief = elsewhere.brief();
  const taken = new Map<string, Evidence>();
  const doubt = ({ key, isMessage }: Granted): void => {
    handedOut.set(key, NOT_ENDED);
    if (isMessage) elsewhere.onSpent(key);
  };
  const ofRemote = async (remote: Remote): Promise<void> => {
    const leave = (): Leave => ({ granted: [], account: null, deadlineMs: Math.max(1, elsewhere.leftMs()) });
    const earlier = { brief, source: remote.id, place: remote.place, leave };
    for (const { round, evidence, doubtful } of await elsewhere.places.takeUp(earlier, signal)) {
      rounds.set(remote.id, Math.max(rounds.get(remote.id) ?? 0, round + 1));
      countConnections(ledger, remote, evidence);
      for (const granted of doubtful) doubt(granted);
      for (const piece of evidence) {
        const { key, depth } = piece.attempt;
        // What was left alone may be asked now.
        if (piece.skipped !== null && piece.tries === 0) continue;
        if (elsewhere.isReceived && depth === 'message') doubt({ key, isMessage: true });
        else if (!taken.has(key)) taken.set(key, piece);
      }
    }
  };
  await Promise.all(remotes.map(ofRemote));
  const all = [...taken.values()];
  for (const piece of all) onEvidence(piece);
  return all;
}

/** Ask from this machine; what needs a password that is not here is evidence of not having been asked. */
async function askHere(plan: Next, options: AskOptions): Promise<Evidence[]> {
  const { account, clock, random } = options;
  if (account === null || account.password !== null) return execute(plan, { ...options, account });
  const why = `the password of ${account.user} is looked up by workers, and this source is none`;
  const standIn = withoutPassword(account, random);
  for (let initial = options.initial; ; ) {
    const heard = await execute((known) => plan(known).filter((one) => !needsPassword(one)), {
      ...{ ...options, initial, account: standIn },
    });
    const withheld = options.signal.aborted ? [] : plan(heard).filter(needsPassword);
    if (withheld.length === 0) return heard;
    const skipped = withheld.map((one) => notAsked(one, why, clock.date().toISOString()));
    for (const piece of skipped) options.onEvidence(piece);
    initial = [...heard, ...skipped];
  }
}

async function askEverywhere(ledger: Ledger, plan: Next, options: AskOptions): Promise<Evidence[]> {
  let evidence = options.initial;
  while (!options.signal.aborted) {
    const wanted = plan(evidence);
    if (wanted.length === 0) break;
    const known = evidence;
    const skipped = wanted.flatMap((attempt) => whyNotAsked(ledger, attempt, options));
    const heard = skipped.length > 0 ? skipped : await askOnce(ledger, plan, wanted, { ...options, initial: known });
    if (skipped.length > 0) for (const piece of skipped) options.onEvidence(piece);
    evidence = [...known, ...heard];
  }
  return [...evidence];
}

/** Evidence of what will not be asked: of a place that was lost, and of what may have been done there already. */
function whyNotAsked({ lost, handedOut }: Ledger, attempt: Attempt, { clock }: AskOptions): Evidence[] {
  const trouble = handedOut.get(attempt.key);
  const why = trouble === undefined ? lost.get(attempt.source) : mayHaveBeen(attempt, trouble);
  return why === undefined ? [] : [notAsked(attempt, why, clock.date().toISOString())];
}

const NOT_BACK = 'the worker did not come back';
const NOT_ENDED = 'the audit before this one was cut off';

const mayHaveBeen = ({ depth }: Attempt, trouble: string): string =>
  `${trouble}: ${depth === 'message' ? 'the message may have been sent' : 'the login may have been tried'}, so it was not repeated`;

/** One round: each place what it is wanted for, as many at once as the target may have sessions. */
async function askOnce(
  ledger: Ledger,
  plan: Next,
  wanted: readonly Attempt[],
  options: AskOptions,
): Promise<Evidence[]> {
  const remoteOf = ({ source }: Attempt): Remote | null => ledger.remotes.find(({ id }) => id === source) ?? null;
  const delicate = wanted.filter((attempt) => !isHarmless(attempt));
  const [first] = delicate;
  // Several logins at once could lock the account, and messages are counted: one party has all of them in a round.
  const holder = first === undefined ? undefined : remoteOf(first);
  // Who is wanted for nothing else waits for its turn.
  const isTheirs = (attempt: Attempt): boolean => isHarmless(attempt) || remoteOf(attempt) === holder;
  const parties = [...new Set(wanted.filter(isTheirs).map(remoteOf))];
  const atOnce = Math.min(parties.length, options.sessions);
  const share = {
    ...options,
    sessions: Math.max(1, Math.floor(options.sessions / atOnce)),
    rate: options.rate === null ? null : options.rate / atOnce,
    isShared: options.isShared === true || atOnce > 1,
  };
  const heard: Evidence[] = [];
  const run = async (party: Remote | null): Promise<void> => {
    const granted = holder === party ? delicate.filter((attempt) => remoteOf(attempt) === party) : [];
    if (party !== null) heard.push(...(await askAt(ledger, party, granted, share)));
    else {
      const keys = new Set(granted.map(({ key }) => key));
      const isOurs = (attempt: Attempt): boolean =>
        remoteOf(attempt) === null && (parties.length === 1 || isHarmless(attempt) || keys.has(attempt.key));
      const own = ceilingsOf({ ...options.brief, sources: options.brief.sources.filter((one) => !isRemote(one)) });
      const all = await askHere((known) => plan(known).filter(isOurs), {
        ...share,
        most: { ...share.most, connections: own.connections },
      });
      heard.push(...all.slice(options.initial.length));
    }
  };
  const queue = parties[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const party of queue) await run(party);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return heard;
}

/** Have one place asked; what comes back is told like any evidence. */
async function askAt(
  ledger: Ledger,
  remote: Remote,
  granted: readonly Attempt[],
  { sessions, rate, isShared, timeoutMs, greylistWaitMs, initial, most, account, signal, ...told }: AskOptions,
): Promise<Evidence[]> {
  const { elsewhere, rounds, connections, handedOut, lost } = ledger;
  const brief = elsewhere.brief();
  const round = rounds.get(remote.id) ?? 0;
  rounds.set(remote.id, round + 1);
  const used = connections.get(remote.id) ?? 0;
  const own = ceilingsOf({ ...brief, sources: [remote] });
  let starts = 0;
  const leave = (): Leave => {
    const isFirst = starts === 0;
    starts += 1;
    const grants = isFirst ? granted.map((attempt) => grantOf(attempt, elsewhere)) : [];
    for (const { key } of grants) handedOut.set(key, NOT_BACK);
    const needsAccount =
      isFirst && granted.some((attempt) => attempt.depth !== 'message' || attempt.mechanism !== null);
    return { granted: grants, account: needsAccount ? account : null, deadlineMs: Math.max(1, elsewhere.leftMs()) };
  };
  const result = await elsewhere.places.ask(
    {
      ...{ brief, source: remote.id, place: remote.place, round, evidence: initial },
      limits: {
        ...{ sessions, rate, isShared: isShared === true, timeoutMs, greylistWaitMs },
        most: { attempts: most.attempts, connections: Math.max(1, own.connections - used) },
      },
      canaryIsDomain: elsewhere.canaryIsDomain,
      leave,
    },
    signal,
  );
  // Only the start that had the leave can say what it left alone, and not where it was cut off.
  if (result.start === 0 && result.isCut !== true) for (const { key } of granted) handedOut.delete(key);
  // Where a start before it had the leave, that is why there is nothing; else asking again would bring as little.
  const isIdle = result.evidence.length === 0 && !granted.some(({ key }) => handedOut.has(key));
  const problem = result.problem ?? (isIdle ? 'the worker asked nothing of what was wanted' : null);
  if (problem !== null) lost.set(remote.id, problem);
  countConnections(ledger, remote, result.evidence);
  for (const piece of result.evidence) told.onEvidence(piece);
  return [...result.evidence];
}

const grantOf = (attempt: Attempt, { tokensOf }: Elsewhere): Grant => ({
  key: attempt.key,
  tokens: attempt.depth === 'message' ? tokensOf(attempt) : null,
});

/** Add the connections of a job to those of its source. */
function countConnections({ connections }: Ledger, { id }: Remote, evidence: readonly Evidence[]): void {
  const made = Math.max(0, ...evidence.map(({ session }) => numberOf(session.id)));
  connections.set(id, (connections.get(id) ?? 0) + made);
}

/** The number of a connection in the id of its session, as 5 of `s2/0/c5`. */
const numberOf = (id: string): number => Number(/c(\d+)$/.exec(id)?.[1] ?? 0);
