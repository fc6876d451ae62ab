// What a fix is: steps with the exact directive before and after, what applies them, the documentation they follow. A step is
// written as one line of text, `text -- in: … -- before: … -- after: … -- run: …`, so that whoever reads a report can do what it
// says word for word, and a test does.
import type { Cause } from './causes.js';

/**
 * Text with `{name}` of a value; other braces are the directive's own. In `before`, `...` stands for whatever your file has there;
 * in `after` for the same, counted from the end of the line.
 */
export type FixTemplate = string;

export interface Step {
  readonly text: FixTemplate;
  /** The file, by its usual name. */
  readonly file?: string;
  /** The line that is to go. */
  readonly before?: FixTemplate;
  /** The line that takes its place; absent: none does. */
  readonly after?: FixTemplate;
  /** The line below which `add` is to stand. */
  readonly below?: FixTemplate;
  readonly add?: FixTemplate;
  /** A shell command that changes or applies it. */
  readonly run?: FixTemplate;
}

export interface Fix {
  readonly steps: readonly Step[];
  /** The documentation that it follows. */
  readonly follows: readonly string[];
  /** Set-ups of real servers (fixtures/real) whose hole a test closes by it; none: it is not proven. */
  readonly provenBy?: readonly string[];
}

/** A list of networks as text, as `192.0.2.0/24` or `2001:db8::7`. */
export type Networks = readonly string[];

export interface ProductFixes {
  /** As fingerprints name it (src/replies/products). */
  readonly product: string;
  /** Writes a list of hosts in the product's own notation, on one line. */
  readonly hosts: (networks: Networks) => string;
  /** Further values of its own, by what the policy permits. */
  readonly values?: (facts: Facts) => Readonly<Record<string, string>>;
  readonly fixes: Readonly<Partial<Record<Cause, Fix>>>;
}

/** What a fix is filled with. */
export interface Facts {
  /** The networks of the policy's list; of a list that was not given, the server itself. */
  readonly networks: Networks;
  readonly isListGiven: boolean;
  /** Whether hosts on the list relay without a login, and whether a login gives the right to relay. */
  readonly permitsList: boolean;
  readonly permitsLogin: boolean;
  /** A domain of the server's own. */
  readonly domain: string;
  readonly user: string;
}

/** Fill the steps of a fix, each as one line. */
export function writeSteps(product: ProductFixes, fix: Fix, facts: Facts): string[] {
  const values: Readonly<Record<string, string>> = {
    hosts: product.hosts(facts.networks),
    domain: facts.domain,
    user: facts.user,
    ...product.values?.(facts),
  };
  const filled = (template: FixTemplate): string =>
    template.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
  return fix.steps.map((step) =>
    [filled(step.text), ...PARTS.flatMap(([label, key]) => part(label, step[key], filled))].join(''),
  );
}

const PARTS = [
  ['in', 'file'],
  ['before', 'before'],
  ['after', 'after'],
  ['below', 'below'],
  ['add', 'add'],
  ['run', 'run'],
] as const satisfies readonly (readonly [string, keyof Step])[];

const part = (label: string, text: FixTemplate | undefined, filled: (template: FixTemplate) => string): string[] =>
  text === undefined ? [] : [` -- ${label}: ${filled(text)}`];
