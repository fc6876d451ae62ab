// What an auditor remembers of the jobs that it gave leave to, beyond its own end: an auditor that goes on after a kill takes up
// what workers were doing or have done for it, and sends no message a second time. Pure.
// SAFETY: this memory and never Redis says which starts of which jobs count, and that a result counts once (docs/decisions/0014).
import { createHash } from 'node:crypto';
import type { Brief } from '../model/brief.js';
import { VERSION } from '../model/version.js';

/** Leave that was given to one start of a job, or the end of a job: its result was read. */
export type Memo =
  | {
      readonly kind: 'leave';
      readonly question: string;
      readonly round: number;
      readonly job: string;
      readonly nonce: string;
      /** Keys of the attempts whose messages it may send. */
      readonly messages: readonly string[];
    }
  | { readonly kind: 'result'; readonly job: string };

/** Where an auditor's memory is kept. */
export interface Memory {
  /** Of auditors of the same run before this one; empty where there was none. */
  readonly earlier: readonly Memo[];
  /** Keep a memo: called before leave is given, and before a result is used. What it throws ends the audit of the server. */
  readonly remember: (memo: Memo) => void;
}

/** A job that was begun and whose result was not read, with the starts that have leave, in their order. */
export interface Begun {
  readonly job: string;
  readonly nonces: readonly string[];
}

export interface Recalled {
  /** The job that asks the same for the first time, to be taken up; null where there is none, or its messages are another's. */
  readonly begun: Begun | null;
  /** Jobs for the same that are not taken up, and that may still be done. */
  readonly others: readonly string[];
  /** Keys of attempts whose messages may have been sent. */
  readonly messages: readonly string[];
}

/** What is asked of a server at a source, as text: equal for all auditors of a run, whatever names they invent. */
export function questionOf(
  { maxMessages: _, failuresSpent: __, identity, techniques, ...brief }: Brief,
  source: string,
) {
  const { id: ___, ...names } = identity;
  const asked = [VERSION, source, names, techniques.map(({ id }) => id), brief];
  const text = JSON.stringify(asked, (____, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** A memory made ready to be asked by question; what is remembered from now on counts too, and is kept where it is kept. */
export function memorising({ earlier, remember }: Memory = { earlier: [], remember: () => {} }): {
  readonly recall: (question: string) => Recalled;
  readonly remember: Memory['remember'];
} {
  const read = new Set(earlier.flatMap((memo) => (memo.kind === 'result' ? [memo.job] : [])));
  const leaves = new Map<string, Extract<Memo, { kind: 'leave' }>[]>();
  for (const memo of earlier)
    if (memo.kind === 'leave') leaves.set(memo.question, [...(leaves.get(memo.question) ?? []), memo]);
  return {
    recall: (question) => {
      const given = leaves.get(question) ?? [];
      const open = given.filter(({ job }) => !read.has(job));
      const job = open.findLast(({ round, messages }) => round === 0 && messages.length === 0)?.job;
      const nonces = open.flatMap((leave) => (leave.job === job ? [leave.nonce] : []));
      return {
        begun: job === undefined ? null : { job, nonces },
        others: [...new Set(open.map((leave) => leave.job))].filter((other) => other !== job),
        messages: given.flatMap(({ messages }) => messages),
      };
    },
    remember: (memo) => {
      remember(memo);
      if (memo.kind === 'result') read.add(memo.job);
    },
  };
}
