// How far an audit is, and sums of that over addresses and servers. Pure.

/** How far an audit is: attempts done and known to be wanted, sources with nothing left to ask, findings so far. */
export interface Step {
  readonly done: number;
  readonly total: number;
  readonly sources: { readonly done: number; readonly total: number };
  readonly findings: number;
}

export const NO_STEP: Step = { done: 0, total: 0, sources: { done: 0, total: 0 }, findings: 0 };

export const added = (a: Step, b: Step): Step => ({
  done: a.done + b.done,
  total: a.total + b.total,
  sources: { done: a.sources.done + b.sources.done, total: a.sources.total + b.sources.total },
  findings: a.findings + b.findings,
});
