// What an EHLO reply announces (RFC 5321 section 4.1.1.1). Pure reading of one reply.
import { once } from './once.js';
import { remember } from './remember.js';
import type { Reply } from './reply.js';

/** The extension lines of an EHLO reply, upper-cased, without the greeting line; empty for a refusal and for null. */
export const extensionsOf = (ehlo: Reply | null): readonly string[] =>
  ehlo === null || ehlo.code >= 300 ? [] : linesOf(ehlo);

const linesOf = ({ text }: Reply): readonly string[] =>
  asAnnounced(text, () =>
    text
      .split('\n')
      .slice(1)
      .map((line) => line.trim().toUpperCase())
      .filter((line) => line !== ''),
  );

/** Each session of a server begins with the same reply, and each is looked at again and again. */
const asAnnounced = remember<readonly string[]>({ most: 100, longest: 20_000 });

/** Say whether an extension keyword is among the lines of `extensionsOf`. */
export const announces = (extensions: readonly string[], keyword: string): boolean =>
  extensions.some((line) => line === keyword || line.startsWith(`${keyword} `) || line.startsWith(`${keyword}=`));

/** The SASL mechanisms announced (RFC 4954 section 3; `AUTH=` is the form before it), upper-cased, each once. */
export const mechanismsOf = once((extensions: readonly string[]): readonly string[] => [
  ...new Set(
    extensions
      .filter((line) => /^AUTH[ =]/.test(line))
      .flatMap((line) => line.slice(5).split(/[\s=]+/))
      .filter((word) => SASL_NAME.test(word)),
  ),
]);

/** RFC 4422 section 3.1. */
const SASL_NAME = /^[A-Z0-9_-]{1,20}$/;

/** The server's own name from its EHLO reply or greeting (the first word), null where it is no host name. */
export const serverNameOf = (reply: Reply | null): string | null => (reply === null ? null : nameIn(reply));

const nameIn = ({ text }: Reply): string | null => {
  const name = /^\S{0,255}/.exec(text)?.[0].replace(/\.$/, '').toLowerCase() ?? '';
  return /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(name) ? name : null;
};
