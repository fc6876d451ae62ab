// Source specs as operators write them (docs/contract.md, "Sources"), read into sources. Pure: whether an address is this machine's,
// and whether a route can be had, is asked elsewhere. SAFETY: no spec holds a password, and no error shows one.
import { complain } from '../model/errors.js';
import { parseAddress, parseDomain, parseHost, parsePort, splitEndpoint } from '../model/host.js';
import { parseGreetingName } from '../model/mailbox.js';
import { didYouMean } from '../model/nearest.js';
import type { Claim, Route, Source } from '../model/source.js';

/** What a spec stands for: one source, or several that depend on the machine (`auto`) or on the list (`edges:`). */
export type SourceSpec =
  | { readonly kind: 'one'; readonly source: Source }
  | { readonly kind: 'auto'; readonly spec: string; readonly seenAs: string | null }
  | {
      readonly kind: 'edges';
      readonly spec: string;
      readonly seenAs: string | null;
      readonly through: 'xclient' | 'proxy';
    };

/**
 * Read one spec; `id` becomes the id of a source that stands for itself, `subject` names the option in errors.
 * A v1 header is what `proxy:` sends unless told, an ssh port that is not given is left to ssh's own configuration.
 * @throws UsageError
 */
export function parseSource(spec: string, id: string, subject = '--source'): SourceSpec {
  const { kind, rest, options } = split(spec, subject);
  const seenAs = options.get('seen-as');
  const read = KINDS[kind](rest, { subject, spec, options });
  const allowed = ['seen-as', ...read.takes];
  for (const name of options.keys()) {
    if (allowed.includes(name)) continue;
    const want = allowed.map((other) => `${other}=`).join(', ');
    throw complain({
      subject,
      problem: `${label(kind)} takes no such part`,
      got: `${name}=`,
      want,
      hint: didYouMean(name, allowed),
    });
  }
  const common = { spec, seenAs: seenAs === undefined ? null : parseAddress(seenAs, `${subject} seen-as`) };
  if (read.kind === 'auto') return { kind: 'auto', ...common };
  if (read.kind === 'edges') return { kind: 'edges', ...common, through: read.through };
  return {
    kind: 'one',
    source: { id, ...common, address: null, planned: false, unavailable: null, isServerItself: false, ...read.source },
  };
}

type Kind = 'any' | 'auto' | 'address' | 'xclient' | 'proxy' | 'socks5' | 'http' | 'ssh' | 'worker' | 'edges';

interface Context {
  readonly subject: string;
  readonly spec: string;
  readonly options: ReadonlyMap<string, string>;
}

type Read = { readonly takes: readonly string[] } & (
  | { readonly kind: 'auto' }
  | { readonly kind: 'edges'; readonly through: 'xclient' | 'proxy' }
  | { readonly kind: 'one'; readonly source: { readonly route: Route } & Partial<Source> }
);

const KINDS: Readonly<Record<Kind, (rest: string, context: Context) => Read>> = {
  any: () => ({ kind: 'one', takes: [], source: { route: 'bind' } }),
  auto: () => ({ kind: 'auto', takes: [] }),
  address: (rest, { subject }) => ({
    kind: 'one',
    takes: [],
    source: { route: 'bind', address: parseAddress(rest, subject) },
  }),
  xclient: (rest, context) => {
    const claim = claimOf(rest, context);
    return { kind: 'one', takes: CLAIMED, source: { route: 'xclient', address: claim.address, claim } };
  },
  proxy: (rest, { subject, options }) => {
    const version = options.get('version') ?? '1';
    if (version !== '1' && version !== '2') {
      throw complain({ subject, problem: 'an unknown PROXY protocol version', got: version, want: '1 or 2' });
    }
    const source = { address: parseAddress(rest, `${subject} proxy`), proxyVersion: version === '1' ? 1 : 2 } as const;
    return { kind: 'one', takes: ['version'], source: { route: 'proxy', ...source } };
  },
  socks5: (rest, context) => gateway('socks5', rest, context),
  http: (rest, context) => gateway('http', rest, context),
  ssh: (rest, context) => gateway('ssh', rest, context),
  worker: (rest, { subject }) => {
    if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(rest)) {
      const want = 'letters, digits, dots, hyphens and underscores, as worker:frankfurt';
      throw complain({ subject, problem: 'not the name of a place', got: rest, want });
    }
    return { kind: 'one', takes: [], source: { route: 'worker', place: rest } };
  },
  edges: (rest, { subject }) => {
    if (rest === 'xclient' || rest === 'proxy') return { kind: 'edges', takes: [], through: rest };
    const hint = didYouMean(rest, ['xclient', 'proxy']);
    throw complain({
      subject,
      problem: 'edges need a way to claim addresses',
      got: rest,
      want: 'edges:xclient or edges:proxy',
      hint,
    });
  },
};

/** How each kind begins; an address is what no other kind is. */
const BEGINNINGS: readonly (readonly [Kind, string])[] = [
  ['xclient', 'xclient:'],
  ['proxy', 'proxy:'],
  ['socks5', 'socks5://'],
  ['http', 'http://'],
  ['ssh', 'ssh://'],
  ['worker', 'worker:'],
  ['edges', 'edges:'],
];
const WORDS = ['any', 'auto'] as const;
const WANT = 'any, auto, an address of this machine, xclient:, proxy:, socks5://, http://, ssh://, worker: or edges:';

const PASSWORD = {
  problem: 'a password in a URL',
  got: null,
  want: 'a user name alone',
  hint: 'give the password with --secret proxy=env:NAME or proxy=file:path',
} as const;

const label = (kind: Kind): string => BEGINNINGS.find(([name]) => name === kind)?.[1] ?? kind;

/** Take a spec apart: its kind, what follows, and the `name=value` parts after commas. */
function split(spec: string, subject: string): { kind: Kind; rest: string; options: Map<string, string> } {
  // SAFETY: arguments end up in process lists and shell histories, and errors in logs; a password may hold a comma.
  if (/:\/\/[^@]*:.*@/s.test(spec)) throw complain({ subject, ...PASSWORD });
  const [head = '', ...parts] = spec.split(',');
  const options = new Map<string, string>();
  for (const part of parts) {
    const [, name = '', value = ''] = /^([a-z-]+)=(.+)$/s.exec(part) ?? [];
    if (name === '')
      throw complain({ subject, problem: 'a part without a value', got: part, want: 'name=value after a comma' });
    if (options.has(name)) throw complain({ subject, problem: 'a part given twice', got: part, want: `${name}= once` });
    options.set(name, value);
  }
  const word = WORDS.find((known) => known === head);
  if (word !== undefined) return { kind: word, rest: '', options };
  const found = BEGINNINGS.find(([, beginning]) => head.toLowerCase().startsWith(beginning));
  if (found !== undefined) return { kind: found[0], rest: head.slice(found[1].length), options };
  if (/^[0-9a-f:.]+(%.*)?$/i.test(head) && /[:.]/.test(head)) return { kind: 'address', rest: head, options };
  throw complain({ subject, ...misread(head), want: WANT });
}

/** Say why a spec is of no kind at all, without showing what may be a password. */
function misread(head: string): { problem: string; got: string; hint?: string | undefined } {
  const scheme = /^([a-z0-9+.-]+):\/\/(.*)$/is.exec(head);
  const known = [...WORDS, ...BEGINNINGS.map(([, beginning]) => beginning)];
  if (scheme !== null) {
    return { problem: 'an unknown scheme', got: `${scheme[1]}://`, hint: didYouMean(`${scheme[1]}://`, known) };
  }
  const got = head.includes('@') ? `…${head.slice(head.lastIndexOf('@'))}` : head;
  if (/^[0-9a-f:.]+\/\d+$/i.test(head)) {
    return {
      problem: 'a network is no source',
      got,
      hint: 'edges:xclient and edges:proxy ask around the entries of --relay-hosts',
    };
  }
  const colon = head.indexOf(':') + 1;
  return { problem: 'not a source', got, hint: didYouMean(colon > 0 ? head.slice(0, colon) : head, known) };
}

const CLAIMED = ['name', 'helo', 'login', 'port', 'proto'] as const;

function claimOf(rest: string, { subject, options }: Context): Claim {
  const [name, helo, login, port, proto] = CLAIMED.map((attribute) => options.get(attribute));
  const protocol = proto?.toUpperCase();
  if (protocol !== undefined && protocol !== 'SMTP' && protocol !== 'ESMTP') {
    throw complain({
      subject: `${subject} proto`,
      problem: 'no such protocol',
      got: proto ?? '',
      want: 'SMTP or ESMTP',
    });
  }
  // SAFETY: XCLIENT encodes what it claims (xtext), but a line break has no place in a name at all.
  if (login !== undefined && /\p{Cc}/u.test(login)) {
    throw complain({ subject: `${subject} login`, problem: 'control characters', got: login, want: 'a login name' });
  }
  return {
    address: parseAddress(rest, `${subject} xclient`),
    ...(name === undefined ? {} : { name: parseDomain(name, `${subject} name`) }),
    ...(helo === undefined ? {} : { helo: parseGreetingName(helo, `${subject} helo`) }),
    ...(login === undefined ? {} : { login }),
    ...(port === undefined ? {} : { port: parsePort(port, `${subject} port`) }),
    ...(protocol === undefined ? {} : { proto: protocol }),
  };
}

/** `[user@]host:port`; the port may be left out for ssh alone, whose configuration knows it. */
function gateway(route: 'socks5' | 'http' | 'ssh', rest: string, { subject }: Context): Read {
  const want = `${route}://[user@]host:port`;
  const at = rest.lastIndexOf('@');
  const user = at < 0 ? null : decoded(rest.slice(0, at));
  const authority = rest.slice(at + 1);
  const got = at < 0 ? rest : `…@${authority}`;
  const fail = (problem: string, hint?: string) => complain({ subject, problem, got, want, hint });
  if (user?.includes(':') === true) throw complain({ subject, ...PASSWORD });
  if (user === null && at >= 0) throw fail('a user name that cannot be read');
  // SAFETY: a user or host that begins with a hyphen would be an option to ssh.
  if (user !== null && !/^[^\s:\p{Cc}-][^\s:\p{Cc}]*$/u.test(user)) throw fail('not a user name');
  if (/[/?#]/.test(authority)) throw fail('a source has no path and no query');
  const { host, port } = splitEndpoint(authority);
  if (host === '') throw fail('a source without a host');
  if (port === null && route !== 'ssh') throw fail('a source without a port');
  const place = { host: parseHost(host, subject), port: port === null ? null : parsePort(port, subject), user };
  return { kind: 'one', takes: [], source: { route, gateway: place } };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
