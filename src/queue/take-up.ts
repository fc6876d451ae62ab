// What auditors of the same run before this one had asked of a server at a place: every job that they gave leave to, whatever round
// it was of, with what a worker has answered or is answering. What is still to be asked is for whoever plans: an attempt that was
// answered is known by its key.
// SAFETY: what was read before is taken out of the auditor's own memory, whatever Redis says of it since; a job gets leave again
// without the logins and messages that had it before.
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { followed } from './follow.js';
import type { Pending, Task } from './hand-in.js';
import { contextOf, isResult, type Result, runOf } from './job.js';
import { type Begun, type Granted, questionOf } from './memory.js';
import { type Desk, renew } from './place.js';

/** A source of a brief and the place that it names, with the leave of a start that begins a job once more. */
export interface Earlier extends Pick<Task, 'source' | 'place' | 'leave'> {
  readonly brief: Brief;
}

/** What has come of one job. */
export interface TakenUp {
  readonly round: number;
  readonly evidence: readonly Evidence[];
  /** What had leave and of which nobody can say any more whether it was made. */
  readonly doubtful: readonly Granted[];
}

/** Take up all jobs that ask the same, side by side; a job that came to nothing has no evidence. */
export async function takeUp(desk: Desk, earlier: Earlier, signal: AbortSignal): Promise<readonly TakenUp[]> {
  const question = questionOf(earlier.brief, earlier.source);
  return Promise.all(
    desk.recall(question).map(async (begun): Promise<TakenUp> => {
      const { round, read } = begun;
      const ended = await (read === null
        ? awaited(desk, earlier, question, begun, signal)
        : again(desk, earlier, read));
      return { round, evidence: ended?.evidence ?? [], doubtful: doubtfulOf(begun, ended) };
    }),
  );
}

/** What a job ended with, and which start of it. */
type Ended = Pick<Result, 'evidence' | 'isCut'> & { readonly nonce: string };

/** Read once more what was read before; it was not too old then. Null where it was sealed with another key. */
async function again(
  { seal }: Desk,
  { place }: Earlier,
  { job, nonce, at, sealed }: NonNullable<Begun['read']>,
): Promise<Ended | null> {
  const { value } = await seal.open('result', contextOf(place, job, nonce), sealed, at);
  return isResult(value) ? { ...value, nonce } : null;
}

/** Wait for a job that was begun; null where there is nothing of it any more. */
async function awaited(
  desk: Desk,
  { place, leave }: Earlier,
  question: string,
  { job, round, starts }: Begun,
  signal: AbortSignal,
): Promise<Ended | null> {
  desk.runs.add(runOf(job));
  await renew(desk).catch(() => undefined);
  const given = new Map(starts.map(({ nonce }) => [nonce, null]));
  const pending: Pending = { id: job, place, round, leave, question, envelope: null, starts: given, times: 0 };
  const told = await followed(desk, pending, signal, async () => null);
  return told.start === null ? null : { ...told, nonce: [...given.keys()][told.start] ?? '' };
}

/** What the start that ended the job had leave for was made or left alone, unless it was cut off; of other starts that is unknown. */
function doubtfulOf({ starts }: Begun, ended: Ended | null): readonly Granted[] {
  const answered = new Set(ended?.evidence.map(({ attempt }) => attempt.key));
  return starts.flatMap(({ nonce, granted }) =>
    nonce === ended?.nonce && ended.isCut !== true ? [] : granted.filter(({ key }) => !answered.has(key)),
  );
}
