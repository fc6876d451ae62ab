// Whether a condition holds: the one reader of the rows of `relay` and `refuse`. Each kind of row is one line; what a row decides
// is src/demo/relay.ts and the session. Greylisting writes its first sight of a triple, nothing else changes anything.
import { type Address, addressOfDomain, parseAddress, splitOutsideQuotes, withoutRootDot } from './address.js';
import type { Condition, ForwardPathKind, ReversePathKind, ServerConfig } from './config.js';
import { isInDomains, isInNetworks } from './network.js';
import type { ForwardPath, ServerState, Session } from './state.js';

export interface Context {
  readonly config: ServerConfig;
  readonly state: ServerState;
  readonly session: Session;
  readonly now: number;
  /** The recipient asked for; null at other stages. */
  readonly recipient: ForwardPath | null;
}

/** Say whether a condition holds in a context. */
export function holds(condition: Condition, context: Context): boolean {
  const { session, state, now } = context;
  const { record, transaction } = session;
  switch (condition.kind) {
    case 'anyone':
      return true;
    case 'network':
      return isInNetworks(record.client, condition.in);
    case 'authenticated':
      return record.user !== null && (condition.by?.includes(session.mechanism ?? '') ?? true);
    case 'greeting':
      return holdsGreeting(condition, record.greeting);
    case 'reverse-path': {
      if (!transaction) return false;
      const kinds = reversePathKinds(transaction.reversePath, context);
      const isOfDomain = condition.domains
        ? isInDomains(transaction.reversePath.domain ?? '', condition.domains)
        : true;
      return isOfDomain && (condition.is?.some((kind) => kinds.has(kind)) ?? true);
    }
    case 'forward-path': {
      if (!context.recipient) return false;
      const kinds = forwardPathKinds(context.recipient, context);
      const { domain } = context.recipient.address;
      const isOfDomain = condition.domains ? isInDomains(domain ?? '', condition.domains) : true;
      return isOfDomain && (condition.is?.some((kind) => kinds.has(kind)) ?? true);
    }
    case 'verb':
      return transaction !== null && condition.is.includes(transaction.verb);
    case 'transport':
      return transaction?.transport != null && condition.is.includes(transaction.transport);
    case 'tls':
      return record.isSecured;
    case 'client-certificate':
      return session.clientCertificate;
    case 'recipients':
      return (transaction?.recipients.length ?? 0) >= condition.atLeast;
    case 'greylisted': {
      const triple = [record.client, transaction?.reversePath.text, context.recipient?.address.text];
      const key = condition.by === 'client' ? record.client : triple.join(' ');
      const first = state.greylist.get(key) ?? now;
      state.greylist.set(key, first);
      return now - first < condition.waitMs;
    }
    case 'count':
      return record.counts[condition.of] >= condition.atLeast;
    case 'history': {
      const clients = condition.per === 'client' ? [record.client] : [...state.history.keys()];
      const events = clients.flatMap((client) => state.history.get(client) ?? []);
      const since = condition.withinMs === undefined ? 0 : now - condition.withinMs;
      return events.filter(({ of, at }) => of === condition.of && at >= since).length >= condition.atLeast;
    }
    case 'concurrent': {
      const counts = condition.per === 'client' ? [state.open.get(record.client) ?? 0] : [...state.open.values()];
      return counts.reduce((sum, count) => sum + count, 0) >= condition.atLeast;
    }
    case 'early-talker':
      return session.isEarlyTalker;
    case 'pipelined':
      return session.isPipelined;
    case 'not':
      return !holds(condition.of, context);
    case 'all':
      return condition.of.every((part) => holds(part, context));
    case 'any':
      return condition.of.some((part) => holds(part, context));
  }
}

/** Say whether a domain is the server's own: a local domain, its name, or its own address, literal or numeric. */
export function isLocalDomain(domain: string, { config, session }: Pick<Context, 'config' | 'session'>): boolean {
  const name = withoutRootDot(domain);
  return isInDomains(name, [...config.localDomains, config.hostname]) || addressOfDomain(name) === session.local;
}

/** Say whether a mailbox exists here; postmaster always does (RFC 5321 section 4.5.1). */
export const isUser = (local: string, config: ServerConfig): boolean =>
  [...config.users, 'postmaster'].includes(local.toLowerCase());

function holdsGreeting(
  { names, verb, longerThan }: Extract<Condition, { kind: 'greeting' }>,
  greeting: { readonly verb: string; readonly name: string } | null,
): boolean {
  if (verb !== undefined && verb !== (greeting?.verb ?? 'none')) return false;
  if (longerThan !== undefined && (greeting?.name.length ?? 0) <= longerThan) return false;
  return names === undefined || (greeting !== null && isInDomains(greeting.name, names));
}

function reversePathKinds(address: Address, context: Context): Set<ReversePathKind> {
  const { config, session, recipient } = context;
  const { local, domain, text } = address;
  const kinds = new Set<ReversePathKind>();
  const bang = local.indexOf('!');
  const number = domain ? addressOfDomain(domain) : null;
  if (text === '') kinds.add('null');
  if (text !== '' && domain === null) kinds.add('unqualified');
  if (domain === '') kinds.add('empty-domain');
  if (domain === 'localhost') kinds.add('localhost');
  if (domain === config.hostname.toLowerCase()) kinds.add('host-name');
  if (domain && isInDomains(domain, below(config))) kinds.add('subdomain');
  if (domain && isInDomains(domain, config.localDomains)) {
    kinds.add('local-domain');
    kinds.add(isUser(local, config) ? 'local-user' : 'local-unknown');
    if (local.toLowerCase() === 'postmaster') kinds.add('postmaster');
    if (local.toLowerCase() === 'mailer-daemon') kinds.add('mailer-daemon');
    if (local.toLowerCase() === session.record.user?.split('@')[0]?.toLowerCase()) kinds.add('owned');
  }
  if (number !== null) kinds.add(domain?.startsWith('[') ? 'literal' : 'numeric');
  if (number !== null && domain?.startsWith('[') && number === session.local) kinds.add('own-literal');
  if (number !== null && domain?.startsWith('[') && isInNetworks(number, ['127.0.0.0/8', '::1'])) {
    kinds.add('loopback-literal');
  }
  if (bang > 0) kinds.add('bang');
  if (bang > 0 && isLocalDomain(local.slice(0, bang), context)) kinds.add('bang-local');
  if (isFromLocalUser(session.transaction?.parameters ?? [], context)) kinds.add('auth-parameter');
  if (text !== '' && text === recipient?.address.text) kinds.add('same-as-recipient');
  if (hasUtf8(text)) kinds.add('utf8');
  return kinds;
}

function forwardPathKinds({ address, isBracketed }: ForwardPath, context: Context): Set<ForwardPathKind> {
  const { local, domain, text } = address;
  const kinds = new Set<ForwardPathKind>();
  const isOwn = !domain || isLocalDomain(domain, context);
  kinds.add(isOwn ? 'local' : 'foreign');
  if (isOwn && !isUser(local, context.config)) kinds.add('local-unknown');
  if (!isOwn && context.config.localDomains.some((name) => local.toLowerCase().includes(name.toLowerCase())))
    kinds.add('local-domain-inside');
  if (domain && isInDomains(domain, below(context.config))) kinds.add('subdomain');
  if (address.route.length > 0) kinds.add('source-route');
  if (splitOutsideQuotes(local, '@').length > 1) kinds.add('double-at');
  if (local.includes('%')) kinds.add('percent');
  if (local.includes('!')) kinds.add('bang');
  if (local.startsWith('"')) kinds.add('quoted');
  if (domain && addressOfDomain(domain) !== null) kinds.add(domain.startsWith('[') ? 'literal' : 'numeric');
  if (domain?.endsWith('.')) kinds.add('trailing-dot');
  if (domain === '') kinds.add('empty-domain');
  if (domain === null) kinds.add('unqualified');
  if (!isBracketed) kinds.add('unbracketed');
  if (/^(?:postmaster|abuse)$/i.test(local)) kinds.add('role');
  if (/^SRS[01][=+-]/i.test(local)) kinds.add('srs');
  if (hasUtf8(text)) kinds.add('utf8');
  return kinds;
}

const below = ({ localDomains }: ServerConfig): string[] => localDomains.map((domain) => `.${domain}`);

const hasUtf8 = (text: string): boolean => [...text].some((char) => char > '\x7f');

/** AUTH= of MAIL (RFC 4954 section 5) that names a local mailbox. */
function isFromLocalUser(parameters: readonly string[], context: Context): boolean {
  const value = parameters.find((parameter) => /^AUTH=/i.test(parameter))?.slice(5);
  if (!value || value === '<>') return false;
  const domain = parseAddress(value.replace(/^<(.*)>$/, '$1').replaceAll('+3D', '=')).domain;
  return domain !== null && isLocalDomain(domain, context);
}
