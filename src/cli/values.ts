// Readers of option values: each takes the text and the option's name, and gives a typed value or a UsageError of one line.
// Used for the command line and for configuration files alike; nothing in here knows an option by name.
import { MECHANISMS, type Mechanism } from '../model/access.js';
import { complain } from '../model/errors.js';
import { parseDomain } from '../model/host.js';
import { parseMailbox, showMailbox } from '../model/mailbox.js';
import { didYouMean } from '../model/nearest.js';
import { parseNetworks } from '../model/networks.js';

/** Reads one value; `subject` is the option as it is named in errors. @throws UsageError */
export interface Reader<Value> {
  (text: string, subject: string): Value;
  /** The closed set of words it takes, or that elements of its list are of. */
  readonly words?: readonly string[];
  /** Whether one text may hold several elements. */
  readonly isList?: true;
}

/** Text that is not empty and holds no control characters. */
export const line: Reader<string> = (text, subject) => {
  if (text !== '' && !/\p{Cc}/u.test(text)) return text;
  throw complain({
    subject,
    problem: text === '' ? 'nothing given' : 'control characters',
    got: text,
    want: 'a line of text',
  });
};

/** A whole number within bounds, both included. */
export const integer =
  (least: number, most: number): Reader<number> =>
  (text, subject) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw complain({
      subject,
      problem: 'not a number in range',
      got: text,
      want: `a whole number from ${least} to ${most}`,
    });
  };

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration as `1500ms`, `30s`, `1.5m`, `1h`, in milliseconds; a bare `0` needs no unit. Bounds are durations too. */
export const duration =
  (least: string, most: string): Reader<number> =>
  (text, subject) => {
    const value = milliseconds(text);
    if (value !== null && value >= (milliseconds(least) ?? 0) && value <= (milliseconds(most) ?? 0)) return value;
    const want = `a duration from ${least} to ${most}, as 1500ms, 30s, 5m or 1h`;
    const isBare = /^\d+(\.\d+)?$/.test(text);
    const hint = isBare ? `add a unit: ${text}s?` : undefined;
    throw complain({
      subject,
      problem: value === null ? 'not a duration' : 'a duration out of range',
      got: text,
      want,
      hint,
    });
  };

function milliseconds(text: string): number | null {
  if (text === '0') return 0;
  const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) return null;
  const value = Number(number) * factor;
  return Number.isInteger(Math.round(value * 1_000) / 1_000) ? Math.round(value) : null;
}

/** Events per second, as `5`, `5/s`, `0.5/s` or `30/m`. */
export const rate: Reader<number> = (text, subject) => {
  const [, number = '', unit = 's'] = /^(\d{1,6}(?:\.\d{1,3})?)(?:\/([smh]))?$/.exec(text) ?? [];
  const value = Number(number) / ((UNITS[unit] ?? 0) / 1_000);
  if (number !== '' && value > 0 && value <= 10_000) return value;
  throw complain({
    subject,
    problem: 'not a rate',
    got: text,
    want: 'a number above 0 per second or minute, as 5/s or 30/m',
  });
};

/** One of a closed set of words; case is not looked at. */
export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  const read = (text: string, subject: string): Word => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    const want = words.length === 1 ? String(words[0]) : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
    throw complain({ subject, problem: 'no such choice', got: text, want, hint: didYouMean(text, words) });
  };
  return Object.assign(read, { words });
}

/** A list with commas, each element by a reader of its own; nothing empty, nothing twice. */
export function listOf<Value>(readElement: Reader<Value>): Reader<readonly Value[]> {
  const read = (text: string, subject: string): readonly Value[] => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.includes('')) {
      throw complain({
        subject,
        problem: 'an empty element in a list',
        got: text,
        want: 'elements with single commas between',
      });
    }
    return [...new Set(parts)].map((part) => readElement(part, subject));
  };
  const { words } = readElement;
  return Object.assign(read, { isList: true as const }, words === undefined ? {} : { words });
}

/** An id of a catalogue or a set of them, with a leading hyphen to leave it out; which ids there are is known elsewhere. */
export const selector: Reader<string> = (text, subject) => {
  if (/^-?[a-z0-9]+(-[a-z0-9]+)*$/.test(text)) return text;
  throw complain({
    subject,
    problem: 'not an id',
    got: text,
    want: 'an id, the name of a set, or -id to leave it out',
  });
};

/** Hosts approved to relay, in the notations of docs/contract.md; entries come back as written. */
export const networks: Reader<readonly string[]> = Object.assign(
  (text: string, subject: string) => parseNetworks(text, subject).map((entry) => entry.text),
  { isList: true as const },
);

export const domain: Reader<string> = parseDomain;

export const mailbox: Reader<string> = (text, subject) => showMailbox(parseMailbox(text, subject));

export const mechanism: Reader<Mechanism> = oneOf(MECHANISMS);

/** SHA-256 of a certificate, with or without colons, as `sha256:` and 64 lower-case hexadecimal digits. */
export const tlsPin: Reader<string> = (text, subject) => {
  const digits = /^sha256:([0-9a-f:]+)$/i.exec(text)?.[1]?.replaceAll(':', '').toLowerCase() ?? '';
  if (digits.length === 64) return `sha256:${digits}`;
  const want = 'sha256: and the 64 hexadecimal digits of the certificate';
  throw complain({ subject, problem: 'not a fingerprint', got: text, want });
};

/** `name=path` of an output. */
export const output: Reader<{ readonly format: string; readonly path: string }> = (text, subject) => {
  const [, format = '', path = ''] = /^([a-z]+)=(.+)$/s.exec(text) ?? [];
  if (format !== '' && !path.includes('\0')) return { format, path };
  throw complain({ subject, problem: 'not an output', got: text, want: 'a format and a path, as json=report.json' });
};

/** A product and its configuration file, as `postfix:/etc/postfix/main.cf`; which products there are is known elsewhere. */
export const policySource: Reader<string> = (text, subject) => {
  if (/^[a-z]+:[^\p{Cc}]+$/u.test(text)) return text;
  throw complain({
    subject,
    problem: 'no product and file',
    got: text,
    want: 'product:file, as postfix:/etc/postfix/main.cf',
  });
};
