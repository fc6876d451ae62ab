// One name, several addresses: do they behave alike? Compared once all addresses of a target were audited; a difference between
// IPv4 and IPv6 is a finding of its own, one within a family means machines that are set up differently. Pure.
import { addressToBigInt } from '../model/addresses.js';
import { type Finding, SEVERITIES, type ServerReport } from '../model/report.js';
import { RULES, type RuleId } from './rules.js';

/** Give the reports of one target's addresses with the findings that only their comparison shows; order is kept. */
export function compareAddresses(servers: readonly ServerReport[]): ServerReport[] {
  const four = servers.filter((server) => familyOf(server) === 4);
  const six = servers.filter((server) => familyOf(server) === 6);
  const between = differences([joined('IPv4', four), joined('IPv6', six)]);
  return servers.map((server) => {
    const own = (familyOf(server) === 4 ? four : six).map((one) => joined(one.target.address ?? '', [one]));
    return withFindings(server, [
      ...found('families-differ', between),
      ...found('inconsistent-answers', differences(own)),
    ]);
  });
}

const familyOf = ({ target }: ServerReport): 4 | 6 | null => addressToBigInt(target.address ?? '')?.family ?? null;

/** What was seen at one or more addresses, by question; null where they are not of one mind, or nothing was settled. */
interface Behaviour {
  readonly name: string;
  readonly seen: ReadonlyMap<string, string | null>;
}

function joined(name: string, servers: readonly ServerReport[]): Behaviour {
  const seen = new Map<string, string | null>();
  for (const [question, answer] of servers.flatMap(answersOf)) {
    const known = seen.get(question);
    seen.set(question, known === undefined || known === answer ? answer : null);
  }
  return { name, seen };
}

const SETTLED: readonly string[] = ['relay', 'refuse', 'accept', 'not-offered'];

/** Sources have other addresses in the other family: rows are matched by what the policy makes of them. */
function answersOf({ sources }: ServerReport): [string, string][] {
  return sources.flatMap(({ approved, cells }) =>
    cells
      .filter(({ observed }) => SETTLED.includes(observed))
      .map(({ access, security, observed }): [string, string] => [
        `${access}${security === 'tls' ? ' under TLS' : ''} from ${WHO.get(approved) ?? ''}`,
        WORDS[observed] ?? observed,
      ]),
  );
}

const WHO = new Map([
  [true, 'approved hosts'],
  [false, 'others'],
  [null, 'hosts of unknown approval'],
] as const);
const WORDS: Readonly<Record<string, string>> = {
  relay: 'relays',
  refuse: 'refused',
  accept: 'accepted',
  'not-offered': 'not offered',
};

/** One clause per question that was settled in more than one place, and not alike. */
function differences(behaviours: readonly Behaviour[]): string[] {
  const questions = [...new Set(behaviours.flatMap(({ seen }) => [...seen.keys()]))];
  return questions.flatMap((question) => {
    const answers = behaviours.flatMap(({ name, seen }) => {
      const answer = seen.get(question);
      return answer == null ? [] : [{ name, answer }];
    });
    if (new Set(answers.map(({ answer }) => answer)).size < 2) return [];
    return [`${question}: ${answers.map(({ name, answer }) => `${name} ${answer}`).join(', ')}`];
  });
}

function found(id: RuleId, clauses: readonly string[]): Finding[] {
  if (clauses.length === 0) return [];
  const { severity, breaks, title, fix, references } = RULES[id];
  const message = clauses.join('; ');
  const common = { sources: [], attempts: [], fix: [...fix], references: [...references] };
  return [{ rule: id, severity, confidence: 'confirmed', breaksCompliance: breaks, title, message, ...common }];
}

const withFindings = (server: ServerReport, more: readonly Finding[]): ServerReport =>
  more.length === 0
    ? server
    : {
        ...server,
        findings: [...server.findings, ...more].sort(
          (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
        ),
      };
