// What a server report says, gathered for reading: sums, groups, look-ups. Judges nothing; every format builds on it.
import { ACCESSES, type Access, type Secured } from '../model/access.js';
import type { Reason } from '../model/reason.js';
import type { Stage } from '../model/reply.js';
import type {
  Finding,
  FindingSummary,
  Outcome,
  ReportAttempt,
  ReportCell,
  ReportReply,
  ReportSource,
  ServerReport,
  ServerSummary,
} from '../model/report.js';
import { showEndpoint } from '../model/target.js';
import { SEVERITY_RANK } from './words.js';

/** Write the server as `mail.example.org:25 [192.0.2.25]`; the address only where it is not the host itself. */
export function serverName({ target: { host, port, address } }: Pick<ServerSummary, 'target'>): string {
  return `${showEndpoint(host, port)}${address === null || address === host ? '' : ` [${address}]`}`;
}

/** Name a source by the address the server sees, else the one bound or claimed, else as the operator wrote it. */
export const sourceName = (source: ReportSource): string => source.seenAs ?? source.address ?? source.spec;

/** Findings, worst first, as they came within a severity. */
export const byGravity = <Each extends FindingSummary>(findings: readonly Each[]): readonly Each[] =>
  findings.toSorted((a, b) => SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity]);

/** How a cell is to be taken: as the policy says, against it, open, or nothing to hold it to. */
export type Mark = 'agrees' | 'differs' | 'unknown' | 'free';

/** Say how a cell is to be taken. */
export function markOf(cell: ReportCell): Mark {
  if (cell.agrees === false) return 'differs';
  if (cell.observed === 'unknown') return 'unknown';
  return cell.agrees === true && cell.expected !== 'any' ? 'agrees' : 'free';
}

export interface Column {
  readonly access: Access;
  readonly security: Secured;
}

/** The columns of the matrix that any source has an answer for, in the order given by the first that has them. */
export function columnsOf(sources: readonly ReportSource[]): readonly Column[] {
  const cells = sources.flatMap((source) => source.cells).filter((cell) => cell.observed !== 'skipped');
  return ORDER.filter(({ access, security }) =>
    cells.some((cell) => cell.access === access && cell.security === security),
  );
}

const ORDER: readonly Column[] = ACCESSES.flatMap((access) => [
  { access, security: 'none' },
  { access, security: 'tls' },
]);

/** What became of the anonymous techniques of one source. */
export interface Tally {
  readonly source: ReportSource;
  readonly tried: number;
  readonly refused: number;
  readonly accepted: number;
  readonly unknown: number;
}

/** Sum the anonymous techniques per source; a technique asked in several ways counts by the worst answer. */
export function tallies(server: ServerReport): readonly Tally[] {
  return server.sources.map((source) => {
    const worst = new Map<string, Fate>();
    for (const attempt of server.attempts) {
      if (attempt.source !== source.id || !isSweep(attempt)) continue;
      const fate = FATES[attempt.outcome];
      if (fate === 'skipped') continue;
      const known = worst.get(attempt.technique);
      if (known === undefined || GRAVITY.indexOf(fate) < GRAVITY.indexOf(known)) worst.set(attempt.technique, fate);
    }
    const count = (fate: Fate): number => [...worst.values()].filter((each) => each === fate).length;
    return {
      source,
      tried: worst.size,
      refused: count('refused'),
      accepted: count('accepted'),
      unknown: count('unknown'),
    };
  });
}

type Fate = 'refused' | 'accepted' | 'unknown' | 'skipped';
const GRAVITY: readonly Fate[] = ['accepted', 'unknown', 'refused', 'skipped'];

/** What an outcome means for the question whether the server relays. */
export const FATES = {
  delivered: 'accepted',
  queued: 'accepted',
  accepted: 'accepted',
  vanished: 'refused',
  bounced: 'refused',
  refused: 'refused',
  deferred: 'unknown',
  failed: 'unknown',
  skipped: 'skipped',
} as const satisfies Record<Outcome, Fate>;

/** Say whether an attempt is of the anonymous sweep, not a control and not of an account. */
export const isSweep = (attempt: ReportAttempt): boolean =>
  attempt.credentials === 'none' && attempt.recipient === 'foreign' && !attempt.technique.startsWith('control-');

/** Questions of one source that ended without an answer, for one reason. */
export interface Unanswered {
  readonly source: ReportSource;
  readonly techniques: readonly string[];
  readonly stage: Stage;
  readonly reason: Reason;
  /** Of the first of them. */
  readonly reply: ReportReply | null;
}

/** Group what could not be answered by source, stage and reason, in the order asked. */
export function unanswered(server: ServerReport): readonly Unanswered[] {
  const open = server.attempts.filter((attempt) => FATES[attempt.outcome] === 'unknown');
  return grouped(open, ({ source, stage, reason }) => JSON.stringify([source, stage, reason])).flatMap((attempts) => {
    const [first] = attempts;
    const source = server.sources.find((each) => each.id === first.source);
    if (source === undefined) return [];
    const techniques = [...new Set(attempts.map((attempt) => attempt.technique))];
    return [{ source, techniques, stage: first.stage, reason: first.reason, reply: first.reply }];
  });
}

/** Put together what has the same key, in the order of the first of each. */
export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): [Item, ...Item[]][] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** The attempts a finding names, in its order; ids that the report lacks are left out. */
export function proofsOf(server: ServerReport, finding: Finding): readonly ReportAttempt[] {
  const byId = new Map(server.attempts.map((attempt) => [attempt.id, attempt]));
  return finding.attempts.flatMap((id) => byId.get(id) ?? []);
}

/** Name the source of an attempt; its id where the report lacks it. */
export function sourceOf(server: ServerReport, id: string): string {
  const source = server.sources.find((each) => each.id === id);
  return source === undefined ? id : sourceName(source);
}
