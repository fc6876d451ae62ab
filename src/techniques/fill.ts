// Reading a technique: filling its templates, naming what it varies, and where its forward-path ends. Pure text; what an
// answer to it is worth is judged elsewhere.
import { once } from '../model/once.js';
import {
  TEMPLATE_MEANINGS,
  type Technique,
  type Template,
  type TemplateName,
  type TemplateValues,
  type Varied,
} from '../model/technique.js';

/**
 * Fill a template with values.
 * @throws Error for a name outside the closed set, for a name without a value, and for a brace that belongs to none.
 */
export function fill(template: Template, values: TemplateValues): string {
  const { first, holes } = read(template);
  let filled = first;
  for (const { name, after } of holes) {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {${name}} in ${template}`);
    filled += value + after;
  }
  return filled;
}

/** A template in parts: what stands before the first name, then each name with what stands behind it. */
interface Parts {
  readonly first: string;
  readonly holes: readonly { readonly name: TemplateName; readonly after: string }[];
}

/** Templates are the catalogue's own, which are few, and each is filled for every source of every server. */
const READ = new Map<Template, Parts>();

function read(template: Template): Parts {
  const kept = READ.get(template);
  if (kept !== undefined) return kept;
  const [first = '', ...rest] = template.split('{');
  if (first.includes('}')) throw new Error(`a brace without its pair in ${template}`);
  const holes = rest.map((part) => {
    const [name = '', after, more] = part.split('}');
    if (after === undefined || more !== undefined) throw new Error(`a brace without its pair in ${template}`);
    if (!isTemplateName(name)) throw new Error(`unknown name {${name}} in ${template}`);
    return { name, after };
  });
  const parts = { first, holes };
  READ.set(template, parts);
  return parts;
}

const isTemplateName = (name: string): name is TemplateName => Object.hasOwn(TEMPLATE_MEANINGS, name);

/** List every template of a technique, of its envelope, greeting and session. */
export const templatesOf = (technique: Technique): readonly Template[] => [
  ...reversePathsOf(technique),
  ...besideReversePath(technique),
];

const besideReversePath = once((technique: Technique): readonly Template[] => {
  const { greeting, forwardPath = '{canary}', mailParameters, rcptParameters, extras, login } = technique;
  return textsIn([greeting?.name, forwardPath, mailParameters, rcptParameters, extras, login]);
});

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
};

/**
 * List the names that a technique uses, each once.
 * @param reversePaths those that it is to be asked from; default all that it goes with.
 */
export function namesIn(
  technique: Technique,
  reversePaths: readonly Template[] = reversePathsOf(technique),
): readonly TemplateName[] {
  const names = new Set<TemplateName>();
  for (const templates of [reversePaths, besideReversePath(technique)])
    for (const template of templates) for (const { name } of read(template).holes) names.add(name);
  return [...names];
}

/** List the names that a technique uses and that have no value, in the order of the closed set; empty when it can be asked. */
export function missingNames(technique: Technique, values: TemplateValues): readonly TemplateName[] {
  const missing = namesIn(technique).filter((name) => values[name] === undefined);
  return TEMPLATE_NAMES.filter((name) => missing.includes(name));
}

const TEMPLATE_NAMES = Object.keys(TEMPLATE_MEANINGS) as TemplateName[];

/** What a recipient form is tried from beside its own reverse-path. */
const FORGED_LOCAL = 'no-such-{id}@{local.domain}';

/** List the reverse-paths that a technique goes with, its own first; the null reverse-path is empty. */
export const reversePathsOf = (technique: Technique): readonly Template[] => [
  technique.reversePath ?? '{sender}',
  ...(technique.alsoFrom ?? (technique.family === 'recipient' ? [FORGED_LOCAL] : [])),
];

/**
 * Name the field in which a technique differs from the plain attempt, the most telling one where there are several.
 * Null for the plain attempt alone.
 */
export function variedBy(technique: Technique): Varied | null {
  const { extras = {}, greeting, forwardPath, reversePath } = technique;
  const { authentication, ...session } = extras;
  if (authentication !== undefined || technique.login || technique.credentials) return 'authentication';
  if (Object.keys(session).length > 0 || technique.security) return 'session';
  if (greeting) return 'greeting';
  if (forwardPath !== undefined || technique.bareForwardPath) return 'forward-path';
  if (reversePath !== undefined) return 'reverse-path';
  return technique.mailParameters || technique.rcptParameters ? 'parameters' : null;
}

/**
 * Say whether the forward-path, behind a source route, ends where the canary lives: at its domain, with or without a final dot,
 * or at its address, and has no @ before that one, at which others may split it. Where it does not, a 250 may only mean that the
 * server took the path for a local one.
 */
export const endsInCanaryDomain = (technique: Technique): boolean =>
  /^(@[^:]*:)?[^@]*(\{canary\}|@\{canary\.(domain|address|literal)\})\.?$/.test(technique.forwardPath ?? '{canary}');

/** A name that nobody can register (RFC 6761 section 6.4). */
const NO_DOMAIN = 'relayproof-control.invalid';

/**
 * Fill a forward-path with a canary that cannot exist: the shape control.
 * Null where the path does not name the canary's domain, so that no control can tell the two apart.
 */
export function shapeOf(template: Template, values: TemplateValues): string | null {
  if (!/\{canary(\.domain)?\}/.test(template)) return null;
  return fill(template, withoutDomain(values));
}

const withoutDomain = once((values: TemplateValues): TemplateValues => {
  const canary = `${values['canary.local'] ?? 'relayproof'}@${NO_DOMAIN}`;
  return { ...values, canary, 'canary.domain': NO_DOMAIN };
});
