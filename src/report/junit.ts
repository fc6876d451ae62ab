// JUnit XML, as CI servers read it: a suite per source, a case per cell and per technique, a suite of findings.
// What could not be answered is an error, never skipped: a build must not be green on it. Red exactly where the verdict is, but
// for findings that do not count: they are skipped, and with the last of them all that only shows them.
import type { Finding, LongReport, ReportAttempt, ReportCell, ReportSource, ServerReport } from '../model/report.js';
import { FATES, grouped, isSweep, markOf, proofsOf, serverName, sourceName } from './facts.js';
import type { ExcuseOf, RenderOptions } from './format.js';
import { oneLine, short } from './text.js';
import { ARROWS, type Line, proof } from './transcript.js';
import { OUTCOME_WORDS, REASON_WORDS } from './words.js';
import { around, element, indent, textElement } from './xml.js';

type Result = 'passed' | 'failure' | 'error' | 'skipped';

interface Case {
  readonly name: string;
  readonly result: Result;
  readonly message: string;
  /** What proves it, as conversation. */
  readonly attempts: readonly ReportAttempt[];
  readonly seconds: number;
}

interface Suite {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

/** Write the report as JUnit XML. */
export function* junitPieces(report: LongReport, { excuseOf = () => null }: RenderOptions): Generator<string> {
  const { startedAt, durationMs } = report;
  const total = { tests: 0, failures: 0, errors: 0 };
  // The root says how many there are before the first of them.
  for (const server of report.servers) {
    const { tests, failures, errors } = sums(suitesOf(server, excuseOf).flatMap((suite) => suite.cases));
    total.tests += tests;
    total.failures += failures;
    total.errors += errors;
  }
  const [start, end] = around('testsuites', { name: 'relayproof', ...total, time: seconds(durationMs) });
  yield `<?xml version="1.0" encoding="UTF-8"?>\n${start}`;
  for (const server of report.servers)
    yield suitesOf(server, excuseOf)
      .map((suite) => indent(suiteElement(suite, startedAt)))
      .join('\n')
      .concat('\n');
  yield `${end}\n`;
}

function suitesOf(server: ServerReport, excuseOf: ExcuseOf): Suite[] {
  const suites = [
    ...server.sources.map((source) => sourceSuite(server, source)),
    serverSuite(server, (finding) => excuseOf(server, finding)),
  ];
  const breaking = server.findings.filter((finding) => finding.breaksCompliance);
  const isExcused = breaking.length > 0 && breaking.every((finding) => excuseOf(server, finding) !== null);
  return isExcused ? suites.map((suite) => ({ ...suite, cases: suite.cases.map(excused) })) : suites;
}

const excused = (each: Case): Case =>
  each.result === 'failure' ? { ...each, result: 'skipped', message: `${each.message}\n${EXCUSED}` } : each;

const EXCUSED = 'Every finding that shows it does not count.';

function sourceSuite(server: ServerReport, source: ReportSource): Suite {
  const sweep = server.attempts.filter((attempt) => attempt.source === source.id && isSweep(attempt));
  const techniques = grouped(sweep, (attempt) => JSON.stringify([attempt.technique, attempt.security]));
  const unreachable: readonly Case[] =
    source.unknownBecause === null
      ? []
      : [{ name: 'source', result: 'error', message: source.unknownBecause, attempts: [], seconds: 0 }];
  return {
    name: `${serverName(server)} from ${sourceName(source)}`,
    properties: {
      source: source.spec,
      route: source.route,
      approved: source.approved === null ? 'unknown' : String(source.approved),
      policy: server.policy.preset,
    },
    cases: [
      ...unreachable,
      ...source.cells.map((cell) => cellCase(server, cell)),
      ...techniques.map((attempts) => techniqueCase(source, attempts)),
    ],
  };
}

function cellCase(server: ServerReport, cell: ReportCell): Case {
  const attempts = server.attempts.filter((attempt) => cell.attempts.includes(attempt.id));
  const results = { agrees: 'passed', differs: 'failure', unknown: 'error', free: 'passed' } as const;
  const isUntried = cell.observed === 'skipped' || cell.observed === 'not-discriminating';
  const mark = markOf(cell);
  return {
    name: `${cell.access}${cell.security === 'tls' ? ' under TLS' : ''}: ${cell.expected}`,
    result: isUntried && mark !== 'differs' ? 'skipped' : results[mark],
    message: `the policy says ${cell.expected}, the server shows ${cell.observed}`,
    attempts:
      mark === 'differs' || mark === 'unknown' ? attempts.filter((each) => FATES[each.outcome] !== 'refused') : [],
    seconds: attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0) / 1000,
  };
}

/** A technique fails only where its cell does: alone, an accepted recipient need not be a relay. */
function techniqueCase(source: ReportSource, attempts: readonly ReportAttempt[]): Case {
  const worst = (['accepted', 'unknown', 'refused', 'skipped'] as const).flatMap((fate) =>
    attempts.filter((attempt) => FATES[attempt.outcome] === fate),
  )[0];
  if (worst === undefined) return { name: 'technique', result: 'skipped', message: '', attempts: [], seconds: 0 };
  const cell = source.cells.find(({ access, security }) => access === 'anonymous' && security === worst.security);
  const relays = cell?.agrees === false && cell.observed === 'relay';
  const result = {
    accepted: relays ? 'failure' : cell?.observed === 'unknown' ? 'error' : 'passed',
    unknown: cell?.expected === 'refuse' ? 'error' : 'passed',
    refused: 'passed',
    skipped: 'skipped',
  } as const satisfies Record<string, Result>;
  const why = FATES[worst.outcome] === 'unknown' ? `: ${REASON_WORDS[worst.reason]}` : '';
  return {
    name: `technique ${worst.technique}${worst.security === 'tls' ? ' under TLS' : ''}`,
    result: result[FATES[worst.outcome]],
    message: `${OUTCOME_WORDS[worst.outcome]}${why}`,
    attempts: result[FATES[worst.outcome]] === 'passed' ? [] : [worst],
    seconds: attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0) / 1000,
  };
}

function serverSuite(server: ServerReport, excuseOf: (finding: Finding) => string | null): Suite {
  const { relay, compliance, summary } = server.verdict;
  const of = {
    closed: 'passed',
    compliant: 'passed',
    open: 'failure',
    'non-compliant': 'failure',
    inconclusive: 'error',
  } as const;
  const verdict = { message: summary, attempts: [], seconds: 0 };
  // Under a policy without expectations an open relay is what is seen, not what is wrong.
  const isOpen = relay === 'open' && compliance === 'compliant' ? 'passed' : of[relay];
  return {
    name: `${serverName(server)} verdict`,
    properties: { policy: server.policy.preset },
    cases: [
      { ...verdict, name: `relay: ${relay}`, result: isOpen },
      { ...verdict, name: `compliance: ${compliance}`, result: of[compliance] },
      ...server.findings.map((finding) => findingCase(server, finding, excuseOf(finding))),
    ],
  };
}

const findingCase = (server: ServerReport, finding: Finding, excuse: string | null): Case => ({
  name: `finding ${finding.rule}`,
  result: !finding.breaksCompliance ? 'passed' : excuse === null ? 'failure' : 'skipped',
  message: [
    finding.title,
    finding.message,
    ...(excuse === null ? [] : [`Does not count: ${excuse}`]),
    ...finding.fix.map((step, index) => `${index + 1}. ${step}`),
    ...finding.references.map((reference) => `See ${reference}`),
  ].join('\n'),
  attempts: proofsOf(server, finding).slice(0, 3),
  seconds: 0,
});

function suiteElement(suite: Suite, startedAt: string): string {
  const properties = Object.entries(suite.properties).map(([name, value]) =>
    element('property', { name, value: short(value, 500) }),
  );
  return element(
    'testsuite',
    {
      name: short(suite.name, 200),
      ...sums(suite.cases),
      time: suite.cases.reduce((sum, each) => sum + each.seconds, 0).toFixed(3),
      // The schema that CI servers go by knows no zone and no fraction.
      timestamp: oneLine(startedAt).replace(/(\.\d+)?Z$/, ''),
    },
    [
      ...(properties.length === 0 ? [] : [element('properties', {}, properties)]),
      ...suite.cases.map((each) => caseElement(each, suite.name)),
    ],
  );
}

function caseElement(each: Case, suite: string): string {
  const spoken = each.attempts
    .slice(0, 5)
    .flatMap((attempt) => [
      `${short(attempt.technique, 100)}: ${attempt.outcome}, ${attempt.reason}`,
      ...proof(attempt).map(({ kind, text }: Line) => ARROWS[kind] + short(text, 1000)),
    ]);
  const message = short(each.message.split('\n')[0] ?? '', 500);
  const body = [
    ...each.message
      .split('\n')
      .slice(0, 40)
      .map((line) => short(line, 1000)),
    ...spoken,
  ].join('\n');
  const result = {
    passed: [] as string[],
    failure: [textElement('failure', { message, type: 'policy' }, body)],
    error: [textElement('error', { message, type: 'inconclusive' }, body)],
    // Jenkins' schema allows no message here.
    skipped: [element('skipped', {}), textElement('system-out', {}, body)],
  }[each.result];
  const isNote = each.result === 'passed' && each.name.startsWith('finding ');
  return element(
    'testcase',
    { name: short(each.name, 200), classname: short(suite, 200), time: each.seconds.toFixed(3) },
    isNote ? [textElement('system-out', {}, body)] : result,
  );
}

const sums = (cases: readonly Case[]) => {
  const count = (result: Result): number => cases.filter((each) => each.result === result).length;
  return { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') };
};

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);
