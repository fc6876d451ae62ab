// "Did you mean": the candidate that a mistyped word most likely stands for. Pure; knows no option and no command.

/**
 * Find the candidate nearest to a word: equal but for case, else the shortest that it begins (three letters or more), else
 * the one within a third of its letters in typing slips (insertions, deletions, replacements, swaps). Null where none is near.
 */
function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = word.toLowerCase();
  const beginning = candidates
    .filter((candidate) => typed.length >= 3 && candidate.toLowerCase().startsWith(typed))
    .sort((a, b) => a.length - b.length)[0];
  const ranked = candidates
    .map((candidate) => ({ candidate, slips: slipsBetween(typed, candidate.toLowerCase()) }))
    .filter(({ candidate, slips }) => slips <= Math.max(1, Math.floor(candidate.length / 3)) && slips < typed.length)
    .sort((a, b) => a.slips - b.slips);
  if (ranked[0]?.slips === 0) return ranked[0].candidate;
  return beginning ?? ranked[0]?.candidate ?? null;
}

/** Word the hint for `nearest`, as `did you mean x?`; undefined where nothing is near. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const found = nearest(word, candidates);
  return found === null ? undefined : `did you mean ${found}?`;
}

/** Optimal string alignment distance. */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : replaced;
      row.push(Math.min(replaced, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
