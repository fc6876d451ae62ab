// Many servers for a terminal: a line each, the worst first, and how many have which finding. Lines of text only.
import type { ServerSummary } from '../model/report.js';
import { serverName } from './facts.js';
import { FEW, isFine, ruleCounts, worstFirst } from './summary.js';
import { clean, paragraph, type Terminal } from './terminal.js';
import { counted } from './text.js';

/** The verdict on one server as one line, whatever its length. */
export function verdictLine(terminal: Terminal, server: ServerSummary): string {
  const { relay, compliance, summary } = server.verdict;
  const sign = signOf(terminal, server);
  return `${sign} ${clean(terminal, serverName(server))} ${relay}, ${compliance}: ${clean(terminal, summary)}`;
}

/** Servers that the overview names one by one; of more, those that are as they should be are counted first. */
const MOST = 100;

/** The verdicts on many servers in few words, the worst first. */
export function overviewLines(terminal: Terminal, summaries: readonly ServerSummary[]): string[] {
  const rows = worstFirst(summaries).flatMap((index) => summaries[index] ?? []);
  const shown = rows.length <= MOST ? rows : rows.filter((row) => !isFine(row)).slice(0, MOST);
  const fine = rows.slice(shown.length).filter(isFine).length;
  const others = rows.length - shown.length - fine;
  return [
    ...shown.flatMap((server) => lineOf(terminal, server)),
    ...(others === 0 ? [] : paragraph(terminal, '  ', `and ${counted(others, 'more server')} like these`)),
    ...(fine === 0
      ? []
      : paragraph(
          terminal,
          `  ${terminal.paint.good(terminal.sign.agrees)} `,
          `${counted(fine, 'more server')}: closed, compliant`,
        )),
  ];
}

function lineOf(terminal: Terminal, server: ServerSummary): string[] {
  const { relay, compliance } = server.verdict;
  return paragraph(terminal, `  ${signOf(terminal, server)} `, `${serverName(server)}: ${relay}, ${compliance}`);
}

/** How many servers have which finding, the gravest first; of a few servers each says it itself. */
export function rulesLines(terminal: Terminal, summaries: readonly ServerSummary[]): string[] {
  if (summaries.length <= FEW) return [];
  const { paint, sign } = terminal;
  const lines = ruleCounts(summaries).flatMap(({ rule, title, severity, breaksCompliance, servers }) => {
    const label = `  ${breaksCompliance ? paint.bad(sign.differs) : paint.faint(sign.bullet)} `;
    return paragraph(terminal, label, `${counted(servers, 'server')}: ${severity}: ${rule}: ${title}`);
  });
  return lines.length === 0 ? [] : [paint.strong('FINDINGS'), ...lines, ''];
}

function signOf({ paint, sign }: Terminal, { verdict: { relay, compliance } }: ServerSummary): string {
  if (relay === 'open' || compliance === 'non-compliant') return paint.bad(sign.differs);
  return relay === 'closed' && compliance === 'compliant' ? paint.good(sign.agrees) : paint.warn(sign.unknown);
}
