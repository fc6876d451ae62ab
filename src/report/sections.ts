// The sections of the table below the matrix: techniques, findings, what has no answer, what was not tested, verdict.
// Lines of text only; colour comes in through the terminal.
import type { Finding, ReportAttempt, ServerReport, Severity } from '../model/report.js';
import { byGravity, proofsOf, sourceName, sourceOf, tallies, unanswered } from './facts.js';
import type { ExcuseOf } from './format.js';
import { clean, PAINT, paragraph, room, type Terminal } from './terminal.js';
import { counted, cut, listed, pad, width } from './text.js';
import { ARROWS, type Line, proof, transcript } from './transcript.js';
import { OUTCOME_WORDS, REASON_WORDS, RELAY_WORDS } from './words.js';

/** Everything below the matrix, each section with its title, those without content left out. */
export function sections(terminal: Terminal, server: ServerReport, excuseOf: ExcuseOf): string[] {
  const findings = byGravity(server.findings);
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ['TECHNIQUES', techniqueLines(terminal, server)],
    [
      `FINDINGS (${findings.length})`,
      findings.flatMap((each, index) => [
        ...(index ? [''] : []),
        ...findingLines(terminal, server, each, excuseOf(server, each)),
      ]),
    ],
    ['NO ANSWER', unansweredLines(terminal, server)],
    ['NOT TESTED', server.notTested.flatMap((text) => paragraph(terminal, `  ${terminal.sign.bullet} `, text))],
    ['CONVERSATIONS', terminal.verbose ? conversationLines(terminal, server) : []],
    ['VERDICT', verdictLines(terminal, server)],
  ];
  return parts.flatMap(([title, lines]) => (lines.length === 0 ? [] : ['', terminal.paint.strong(title), ...lines]));
}

/** The verdict as two words and their signs: what the first line of a server says. */
export function badge(terminal: Terminal, { verdict }: ServerReport): string[] {
  const { paint, sign } = terminal;
  const relay = {
    open: () => paint.alarm(`${sign.differs} ${RELAY_WORDS.open}`),
    closed: () => paint.good(`${sign.agrees} ${RELAY_WORDS.closed}`),
    inconclusive: () => paint.warn(`${sign.unknown} ${RELAY_WORDS.inconclusive}`),
  }[verdict.relay]();
  const compliance = {
    compliant: () => paint.good(`${sign.agrees} compliant`),
    'non-compliant': () => paint.bad(`${sign.differs} non-compliant`),
    inconclusive: () => paint.warn(`${sign.unknown} compliance unknown`),
  }[verdict.compliance]();
  return beside(terminal, '', `${relay} ${paint.faint(`(${verdict.confidence})`)}`, compliance);
}

/** Put two pieces of painted text on one line, or below one another where the line is too narrow. */
function beside(terminal: Terminal, margin: string, left: string, right: string): string[] {
  const line = `${margin}${left}  ${right}`;
  return width(line.replace(PAINT, '')) <= room(terminal) ? [line] : [margin + left, `${margin}  ${right}`];
}

function verdictLines(terminal: Terminal, server: ServerReport): string[] {
  return paragraph(terminal, '  ', server.verdict.summary, terminal.paint.strong);
}

function techniqueLines(terminal: Terminal, server: ServerReport): string[] {
  const swept = tallies(server).filter((tally) => tally.tried > 1);
  const names = swept.map((tally) => clean(terminal, sourceName(tally.source)));
  const margin = Math.max(0, ...names.map(width));
  const isAligned = margin <= room(terminal) / 3;
  return swept.flatMap(({ tried, refused, accepted, unknown }, index) => {
    const parts = [`${refused} refused`, `${accepted} accepted`, `${unknown} without an answer`];
    const shown = parts.filter((part) => !part.startsWith('0 '));
    const text = `${counted(tried, 'technique')} tried anonymously: ${listed(shown)}`;
    const paint = accepted > 0 && !isApproved(swept[index]?.source.approved) ? terminal.paint.bad : undefined;
    const name = names[index] ?? '';
    return isAligned
      ? paragraph(terminal, `  ${pad(name, margin)}  `, text, paint)
      : paragraph(terminal, '  ', `${cut(name, 60, terminal.unicode)}: ${text}`, paint);
  });
}

const isApproved = (approved: boolean | null | undefined): boolean => approved === true;

function findingLines(terminal: Terminal, server: ServerReport, finding: Finding, excuse: string | null): string[] {
  const { paint } = terminal;
  const paintOf: Record<Severity, (text: string) => string> = {
    critical: paint.bad,
    high: paint.bad,
    medium: paint.warn,
    low: paint.note,
    info: paint.faint,
  };
  const counts = finding.breaksCompliance && excuse === null;
  const sign = counts ? terminal.sign.differs : terminal.sign.bullet;
  const head = (excuse === null ? paintOf[finding.severity] : paint.faint)(`${sign} ${finding.severity.toUpperCase()}`);
  const rule = paint.faint(
    cut(clean(terminal, `${finding.rule}, ${finding.confidence}`), room(terminal) - 4, terminal.unicode),
  );
  const [first, ...more] = proofsOf(server, finding);
  return [
    ...beside(terminal, '  ', head, rule),
    ...paragraph(terminal, '    ', finding.title, paint.strong),
    ...paragraph(terminal, '    ', finding.message),
    ...(excuse === null ? [] : paragraph(terminal, '    Does not count: ', excuse, paint.note)),
    ...(first === undefined ? [] : proofLines(terminal, server, first)),
    ...(more.length === 0 ? [] : paragraph(terminal, '    Also   ', also(server, more))),
    ...finding.fix.flatMap((step, index) =>
      paragraph(terminal, `${index === 0 ? '    Fix    ' : '           '}${index + 1}. `, step),
    ),
    ...(finding.references.length === 0
      ? []
      : paragraph(terminal, '    See    ', finding.references.join('; '), paint.faint)),
  ];
}

function proofLines(terminal: Terminal, server: ServerReport, attempt: ReportAttempt): string[] {
  const where = attempt.security === 'tls' ? ' under TLS' : '';
  const right = attempt.credentials === 'none' ? '' : `, ${attempt.mechanism ?? 'account'}, ${attempt.credentials}`;
  const name = `${sourceOf(server, attempt.source)}, ${attempt.technique}${right}${where}: ${OUTCOME_WORDS[attempt.outcome]}`;
  return [
    ...paragraph(terminal, '    Proof  ', name),
    ...proof(attempt).flatMap((line) => spoken(terminal, '           ', line)),
  ];
}

const spoken = (terminal: Terminal, margin: string, { kind, text }: Line): string[] =>
  paragraph(terminal, margin + ARROWS[kind], text, kind === 'sent' ? undefined : terminal.paint.note);

/** Name the other attempts by technique and outcome, grouped by source, the first eight of them. */
function also(server: ServerReport, attempts: readonly ReportAttempt[]): string {
  const shown = attempts.slice(0, MOST);
  const groups = [...new Set(shown.map((attempt) => attempt.source))].map((source) => {
    const own = shown.filter((attempt) => attempt.source === source);
    return `${sourceOf(server, source)}: ${own.map(({ technique, outcome }) => `${technique} (${outcome})`).join(', ')}`;
  });
  const rest = attempts.length > MOST ? `; and ${attempts.length - MOST} more` : '';
  return groups.join('; ') + rest;
}

const MOST = 8;

function unansweredLines(terminal: Terminal, server: ServerReport): string[] {
  const bullet = `  ${terminal.sign.unknown} `;
  const sources = server.sources.flatMap((source) =>
    source.unknownBecause === null
      ? []
      : paragraph(terminal, bullet, `${sourceName(source)}: ${source.unknownBecause}`, terminal.paint.warn),
  );
  const groups = unanswered(server).flatMap(({ source, techniques, stage, reason, reply }) => {
    const rest = techniques.length > MOST ? ` and ${techniques.length - MOST} more` : '';
    const what = `${sourceName(source)}: ${techniques.slice(0, MOST).join(', ')}${rest}: ${REASON_WORDS[reason]} (${stage})`;
    const text = reply === null ? null : `${reply.code} ${reply.enhanced ?? ''} ${reply.text}`.replace(/ {2,}/g, ' ');
    return [
      ...paragraph(terminal, bullet, what),
      ...(text === null ? [] : paragraph(terminal, '    <** ', text, terminal.paint.note)),
    ];
  });
  return [...sources, ...groups];
}

function conversationLines(terminal: Terminal, server: ServerReport): string[] {
  return server.attempts.flatMap((attempt, index) => [
    ...(index > 0 ? [''] : []),
    ...paragraph(
      terminal,
      '  ',
      `${attempt.id} ${attempt.technique} from ${sourceOf(server, attempt.source)}: ${attempt.outcome}, ${attempt.reason}`,
      terminal.paint.strong,
    ),
    ...transcript(attempt).flatMap((line) => spoken(terminal, '  ', line)),
  ]);
}
