// Attempts whose answer is known without asking: their source is lost, their reverse-path is refused for good, or the run has
// reached its limits.
import { mailLine } from './ask.js';
import { type Context, makeEvidence, notAsked, shapeOf, wayOf } from './context.js';

/** Finish what is ready and need not be asked. */
export function concludeKnown(context: Context): void {
  const { work, options } = context;
  const now = { startedAt: options.clock.date().toISOString(), durationMs: 0, tries: 0 };
  const { attempts, connections } = options.most;
  const end =
    context.opened >= connections
      ? `the run has reached its limit of ${connections} connections`
      : work.evidence.length >= attempts
        ? `the run has reached its limit of ${attempts} attempts`
        : null;
  if (end === null && context.lost.size === 0 && context.refusedMail.size === 0) return;
  for (const attempt of work.ready()) {
    if (end !== null) {
      work.done(notAsked(attempt, end, now.startedAt));
      continue;
    }
    const lost = context.lost.get(wayOf(attempt));
    if (lost) {
      work.done(makeEvidence(attempt, lost.session, now, { fault: lost.fault }));
      continue;
    }
    const refused =
      attempt.role === 'probe' &&
      !work.isAlone(attempt) &&
      context.refusedMail.get(`${shapeOf(attempt)} ${mailLine(attempt)}`);
    if (refused)
      work.done(
        makeEvidence(
          attempt,
          refused.session,
          { ...now, tries: 1 },
          { shared: true, fault: null, exchanges: [...refused.preamble, refused.mail] },
        ),
      );
  }
}
