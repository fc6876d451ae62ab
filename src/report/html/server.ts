// One server on the page: the verdict, what it was held to, the matrix, the address bar, findings, everything that was asked.
import type { ServerReport, ServerVerdict } from '../../model/report.js';
import { serverName, sourceName, tallies, unanswered } from '../facts.js';
import type { ExcuseOf } from '../format.js';
import { counted, listed } from '../text.js';
import { REASON_WORDS } from '../words.js';
import { addressBars } from './addresses.js';
import { attempts } from './attempts.js';
import { findings } from './findings.js';
import { type Child, h, type Markup } from './markup.js';
import { matrix } from './matrix.js';
import { chip, code, facts, section, type Tone } from './page.js';

const RELAY: { readonly [verdict in ServerVerdict['relay']]: readonly [Tone, string] } = {
  open: ['bad', 'open relay'],
  closed: ['good', 'closed'],
  inconclusive: ['warn', 'relay inconclusive'],
};

const COMPLIANCE: { readonly [verdict in ServerVerdict['compliance']]: readonly [Tone, string] } = {
  compliant: ['good', 'compliant'],
  'non-compliant': ['bad', 'non-compliant'],
  inconclusive: ['warn', 'compliance inconclusive'],
};

/** Both verdicts as chips. */
export const verdictChips = ({ relay, compliance }: Pick<ServerVerdict, 'relay' | 'compliance'>): readonly Markup[] => [
  chip(...RELAY[relay]),
  chip(...COMPLIANCE[compliance]),
];

/** The worse of both verdicts as a tone. */
export function toneOf({ relay, compliance }: Pick<ServerVerdict, 'relay' | 'compliance'>): Tone {
  const tones = [RELAY[relay][0], COMPLIANCE[compliance][0]];
  return tones.includes('bad') ? 'bad' : tones.includes('warn') ? 'warn' : 'good';
}

interface Shown {
  /** The page has said its verdict already. */
  readonly isOnly: boolean;
  /** With everything that was asked. */
  readonly isWhole: boolean;
  readonly excuseOf: ExcuseOf;
}

/** Write one server as an article. */
export function serverArticle(server: ServerReport, index: number, { isOnly, isWhole, excuseOf }: Shown): Markup {
  const { verdict } = server;
  const shown = isWhole ? server : telling(server);
  const id = `server-${index + 1}`;
  return h(
    'article',
    { id, 'aria-labelledby': `${id}-name`, class: toneOf(verdict) },
    h(
      'header',
      {},
      h('h2', { id: `${id}-name` }, serverName(server)),
      isOnly
        ? null
        : [
            h('p', { class: 'chips' }, verdictChips(verdict), h('span', { class: 'under' }, verdict.confidence)),
            h('p', { class: 'summary' }, verdict.summary),
          ],
    ),
    about(server),
    section(`${id}-matrix`, 'Who may do what', matrix(shown, index), tally(server)),
    section(`${id}-addresses`, 'The list, and whom the server trusts', addressBars(server)),
    section(`${id}-findings`, 'Findings', findings(shown, index, excuseOf)),
    section(`${id}-no-answer`, 'No answer', noAnswer(server)),
    section(`${id}-not-tested`, 'Not tested', list(server.notTested)),
    isWhole
      ? section(`${id}-attempts`, 'Everything that was asked', ...attempts(server, index))
      : section(`${id}-attempts`, 'What was asked', h('p', {}, ELSEWHERE), ...attempts(shown, index)),
  );
}

function about({ target, policy }: ServerReport): Markup {
  const { software, certificate } = target;
  const product =
    software === null ? 'unknown' : [software.product, software.version].filter((part) => part !== null).join(' ');
  const problem = certificate?.problem ?? null;
  const shown =
    certificate === null
      ? null
      : `${certificate.subject}, until ${certificate.validTo}${problem === null ? '' : `: ${problem}`}`;
  const codes = (texts: readonly string[]): Child => texts.slice(0, MOST).map((text) => [code(text), ' ']);
  return facts([
    ['policy', policy.preset],
    ['approved hosts', policy.relayHosts.length === 0 ? 'none' : codes(policy.relayHosts)],
    ['local domains', policy.localDomains.length === 0 ? 'none named' : codes(policy.localDomains)],
    ['software', product],
    ['greeting', target.banner === null ? null : code(target.banner)],
    ['certificate', shown],
  ]);
}

function tally(server: ServerReport): Child {
  const items = tallies(server)
    .filter(({ tried }) => tried > 1)
    .map(({ source, tried, refused, accepted, unknown }) => {
      const parts = [`${refused} refused`, `${accepted} accepted`, `${unknown} without an answer`];
      const text = `: ${counted(tried, 'technique')} tried anonymously: ${listed(parts.filter((part) => !part.startsWith('0 ')))}`;
      return h('li', {}, code(sourceName(source)), text);
    });
  return items.length === 0 ? null : h('ul', { class: 'tally' }, items);
}

function noAnswer(server: ServerReport): Child {
  const sources = server.sources.flatMap((source) =>
    source.unknownBecause === null ? [] : [h('li', {}, code(sourceName(source)), `: ${source.unknownBecause}`)],
  );
  const groups = unanswered(server).map(({ source, techniques, stage, reason, reply }) => {
    const names = techniques.slice(0, MOST).map((name, place) => [place > 0 ? ', ' : null, code(name)]);
    const rest = techniques.length > MOST ? ` and ${techniques.length - MOST} more` : '';
    const said = reply === null ? null : [': ', code(`${reply.code} ${reply.enhanced ?? ''} ${reply.text}`)];
    return h('li', {}, code(sourceName(source)), ': ', names, `${rest}: ${REASON_WORDS[reason]} (${stage})`, said);
  });
  const items = [...sources, ...groups];
  return items.length === 0 ? null : h('ul', {}, items);
}

const list = (texts: readonly string[]): Child =>
  texts.length === 0
    ? null
    : h(
        'ul',
        {},
        texts.map((text) => h('li', {}, text)),
      );

/** The server with no more attempts than its findings and its matrix lead to. */
function telling(server: ServerReport): ServerReport {
  const named = new Set([
    ...server.findings.flatMap((finding) => finding.attempts.slice(0, MOST)),
    ...server.sources.flatMap(({ cells }) => cells.flatMap((cell) => cell.attempts.slice(0, 1))),
  ]);
  return { ...server, attempts: server.attempts.filter((attempt) => named.has(attempt.id)) };
}

const ELSEWHERE = 'Only what the findings and the matrix lead to; everything else is in the JSON report.';

const MOST = 12;
