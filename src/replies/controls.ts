// An attempt beside its controls: which of them bear on it, and whether they drew the same words. Pure.
import type { Attempt } from '../model/attempt.js';
import type { Known } from './known.js';
import { type Item, isSameText } from './read.js';

/** Say whether a refusal has the words that the unknown local user of the same place drew; null where that was not answered. */
export function isLikeUnknownLocal(item: Item, known: Known): boolean | null {
  const control = known
    .at(item.attempt.source, item.attempt.security)
    .find(
      (other) =>
        other.attempt.role === 'unknown-local' && other.reading.reply !== null && other.reading.stage === 'rcpt',
    );
  return control === undefined ? null : isSaidAlso(item, control);
}

/** Say whether a control drew the same words; false where there is none. */
export const isSaidAlso = (item: Item, control: Item | undefined): boolean => {
  const [reply, other] = [item.reading.reply, control?.reading.reply];
  if (reply === null || control === undefined || other == null || reply.code !== other.code) return false;
  const isSame = textBeside(item) === textBeside(control);
  return isSame || isSameText(reply, other, [...wordsOf(item.attempt), ...wordsOf(control.attempt)]);
};

/** What decided, without the path that was asked about where it stands in brackets: most servers say nothing else of it. */
function textBeside({ attempt: { forwardPath }, reading }: Item): string {
  const text = reading.reply?.text ?? '';
  return /[<>]/.test(forwardPath) ? text : text.replaceAll(`<${forwardPath}>`, '<>');
}

/** What an attempt's replies may quote: its paths, their parts, its greeting name. */
const wordsOf = (attempt: Attempt): readonly string[] =>
  [attempt.forwardPath, attempt.reversePath]
    .flatMap((path) => [path, ...path.split(/[@%!:",\s]+/)])
    .concat(attempt.greeting.name);

/** Give the inbound controls that share an attempt's source, security, greeting and reverse-path. */
export const controlsOf = (attempt: Attempt, known: Known): readonly Item[] =>
  known
    .inboundAt(attempt.source, attempt.security)
    .filter(
      ({ attempt: other }) =>
        other.reversePath === attempt.reversePath &&
        other.greeting.verb === attempt.greeting.verb &&
        other.greeting.name === attempt.greeting.name,
    );
