// How much of a server's patience one session may use: refusals, commands that are no mail, malformed paths
// (ARCHITECTURE, "The life of an attempt"). Pure. Known products set the start, since banners lie no more than that; what a server does sets
// the rest: budgets grow while there is no sign, and shrink for good at the first.
import type { Attempt } from '../model/attempt.js';
import { once } from '../model/once.js';

export interface Budget {
  /** Negative replies a session may draw. */
  readonly negatives: number;
  /** RSET and further EHLO. */
  readonly nonMail: number;
  /** Paths that a parser may call malformed. */
  readonly syntax: number;
  /** Recipients of one mail transaction. */
  readonly recipients: number;
  readonly mayGrow: boolean;
  /** Whether address literals are paths like others. */
  readonly readsLiterals: boolean;
  /** The most that a session has used without a sign. */
  readonly proven: Use;
}

export type Use = Pick<Budget, 'negatives' | 'nonMail' | 'syntax'>;

export const NOTHING: Use = { negatives: 0, nonMail: 0, syntax: 0 };

/** The strictest common defaults. */
const START: Budget = {
  negatives: 8,
  nonMail: 8,
  syntax: 2,
  recipients: 32,
  mayGrow: true,
  readsLiterals: true,
  proven: NOTHING,
};

/** Where products begin; a number that the product enforces itself does not grow. */
const TEMPERS: Readonly<Record<string, Budget>> = {
  // smtpd_soft_error_limit 10: from the 10th error on it sleeps before each reply.
  Postfix: { ...START, negatives: 9, nonMail: 40, syntax: 9, mayGrow: false },
  // smtp_max_synprot_errors 3, smtp_accept_max_nonmail 10; refused recipients are not counted, address literals are errors.
  Exim: { ...START, negatives: 60, nonMail: 7, syntax: 3, mayGrow: false, readsLiterals: false },
  Sendmail: { ...START, negatives: 20, nonMail: 15, syntax: 8 },
  // Its default tarpit doubles from 8 s with every refusal of a session.
  Courier: { ...START, negatives: 1, mayGrow: false },
  // go-smtp hangs up at the third error.
  Maddy: { ...START, negatives: 2, syntax: 1, mayGrow: false },
};

/** The budget to start with for a product; the strictest common defaults where it is not known. */
export const startBudget = (product: string | null): Budget => TEMPERS[product ?? ''] ?? START;

const MOST: Use = { negatives: 256, nonMail: 256, syntax: 128 };

/** The budget after a session has used so much without a sign: twice as much, within bounds, where a good part was used. */
export function grown(budget: Budget, use: Use): Budget {
  const proven = each((name) => Math.max(budget.proven[name], use[name]));
  if (!budget.mayGrow) return { ...budget, proven };
  return {
    ...budget,
    proven,
    ...each((name) => Math.min(MOST[name], budget[name] * (proven[name] * 3 > budget[name] ? 2 : 1))),
  };
}

/**
 * The budget after a sign in a session that may have used so much, for good; one refusal a session at the least. What went
 * well before is kept as long as it explains the sign, so that sessions side by side do not shrink it again and again.
 */
export function shrunk(budget: Budget, use: Use): Budget {
  const isNew = USES.some((name) => use[name] > budget.proven[name]);
  const left = each((name) => {
    if (isNew && use[name] <= budget.proven[name]) return budget[name];
    const half = Math.max(1, Math.floor(use[name] / 2));
    return Math.min(budget[name], isNew ? Math.max(budget.proven[name], half) : half);
  });
  return { ...budget, ...left, proven: each((name) => Math.min(budget.proven[name], left[name])), mayGrow: false };
}

const USES = ['negatives', 'nonMail', 'syntax'] as const;

const each = (of: (name: (typeof USES)[number]) => number): Use => ({
  negatives: of('negatives'),
  nonMail: of('nonMail'),
  syntax: of('syntax'),
});

/** Whether a use still fits. */
export const fits = (budget: Budget, use: Use): boolean =>
  use.negatives <= budget.negatives && use.nonMail <= budget.nonMail && use.syntax <= budget.syntax;

export const sum = (a: Use, b: Use): Use => ({
  negatives: a.negatives + b.negatives,
  nonMail: a.nonMail + b.nonMail,
  syntax: a.syntax + b.syntax,
});

const DOT_STRING = "[\\w!#$%&'*+/=?^`{|}~-]+(?:\\.[\\w!#$%&'*+/=?^`{|}~-]+)*";
const HOST = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*';
const LITERAL = '\\[[^\\]]+\\]';
/** A Path of RFC 5321 section 4.1.2, without its brackets; the domains in it are of the given form. */
const pathOf = (host: string): RegExp =>
  new RegExp(`^(?:@(?:${host})(?:,@(?:${host}))*:)?(?:${DOT_STRING}|"(?:[^"\\\\]|\\\\.)*")@(?:${host})$`, 'i');
const PATH = pathOf(`${HOST}|${LITERAL}`);
const PATH_WITHOUT_LITERALS = pathOf(HOST);

/** Whether a parser may call an attempt's envelope malformed: it counts in the syntax budget until it is answered. */
export const isMalformed = (attempt: Attempt, { readsLiterals }: Pick<Budget, 'readsLiterals'>): boolean =>
  readsLiterals ? isMalformedAsUsual(attempt) : isMalformedWithoutLiterals(attempt);

const isNoPath =
  (path: RegExp) =>
  ({ bareForwardPath, forwardPath, reversePath }: Attempt): boolean =>
    bareForwardPath || !path.test(forwardPath) || (reversePath !== '' && !path.test(reversePath));

const isMalformedAsUsual = once(isNoPath(PATH));
const isMalformedWithoutLiterals = once(isNoPath(PATH_WITHOUT_LITERALS));
