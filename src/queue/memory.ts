// What an auditor remembers of the jobs that it gave leave to, beyond its own end: an auditor that goes on after a kill takes up
// what workers were doing or have done for it, and sends no message a second time. Pure.
// SAFETY: this memory and never Redis says which starts of which jobs count, and what was read of them (docs/decisions/0014).
import { createHash } from 'node:crypto';
import type { Brief } from '../model/brief.js';
import { VERSION } from '../model/version.js';

/** An attempt that needs leave: a login or a message. */
export interface Granted {
  readonly key: string;
  readonly isMessage: boolean;
}

/** Leave that was given to one start of a job, or the end of a job: its result, which was read. */
export type Memo =
  | {
      readonly kind: 'leave';
      readonly question: string;
      readonly round: number;
      readonly job: string;
      readonly nonce: string;
      /** What it may make and no other start. */
      readonly granted: readonly Granted[];
    }
  | {
      readonly kind: 'result';
      readonly job: string;
      readonly nonce: string;
      /** When it was read, by the wall clock, in milliseconds. */
      readonly at: number;
      /** As the worker sealed it. */
      readonly sealed: string;
    };

/** Where an auditor's memory is kept. */
export interface Memory {
  /** Of auditors of the same run before this one; empty where there was none. */
  readonly earlier: readonly Memo[];
  /** Keep a memo: called before leave is given, and before a result is used. What it throws ends the audit of the server. */
  readonly remember: (memo: Memo) => void;
}

/** The job of an auditor before this one. */
export interface Begun {
  readonly job: string;
  readonly round: number;
  /** Those that have leave, in their order. */
  readonly starts: readonly Pick<Extract<Memo, { kind: 'leave' }>, 'nonce' | 'granted'>[];
  /** What was read of it; null: nothing yet. */
  readonly read: Extract<Memo, { kind: 'result' }> | null;
}

/**
 * What is asked of a server at a source, as text: equal for all auditors of a run, whatever names they invent, and for all rounds.
 * Whether other sources can be had bears on what is planned, not on what an answer is to.
 */
export function questionOf(
  { maxMessages: _, failuresSpent: __, identity, techniques, sources, ...brief }: Brief,
  source: string,
) {
  const { id: ___, ...names } = identity;
  const from = sources.map(({ unavailable: ____, ...one }) => one);
  const asked = [VERSION, source, names, techniques.map(({ id }) => id), from, brief];
  const text = JSON.stringify(asked, (_____, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Make ready to give the jobs of a question, in the order in which they were begun. */
export function recalling(earlier: readonly Memo[]): (question: string) => readonly Begun[] {
  const results = new Map(earlier.flatMap((memo) => (memo.kind === 'result' ? [[memo.job, memo] as const] : [])));
  const leaves = new Map<string, Extract<Memo, { kind: 'leave' }>[]>();
  for (const memo of earlier)
    if (memo.kind === 'leave') leaves.set(memo.question, [...(leaves.get(memo.question) ?? []), memo]);
  return (question) => {
    const given = leaves.get(question) ?? [];
    return [...new Set(given.map(({ job }) => job))].map((job) => {
      const starts = given.filter((leave) => leave.job === job);
      return { job, round: starts[0]?.round ?? 0, starts, read: results.get(job) ?? null };
    });
  };
}
