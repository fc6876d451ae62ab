// Findings, worst first: what is wrong, the conversation that proves it, what to do. Those that break compliance, and
// the first, stand open.
import type { Finding, ServerReport, Severity } from '../../model/report.js';
import { byGravity, proofsOf, sourceOf } from '../facts.js';
import type { ExcuseOf } from '../format.js';
import { OUTCOME_WORDS } from '../words.js';
import { type Child, h, type Markup } from './markup.js';
import { anchorOf, chip, code, conversation, type Tone } from './page.js';

const TONES = { critical: 'bad', high: 'bad', medium: 'warn', low: 'note', info: 'note' } as const satisfies Record<
  Severity,
  Tone
>;

/** Write the findings of a server, each as something that opens. */
export const findings = (server: ServerReport, index: number, excuseOf: ExcuseOf): readonly Markup[] =>
  byGravity(server.findings).map((finding, place) =>
    findingOf(server, index, finding, finding.breaksCompliance || place === 0, excuseOf(server, finding)),
  );

function findingOf(
  server: ServerReport,
  index: number,
  finding: Finding,
  isOpen: boolean,
  excuse: string | null,
): Markup {
  const [first, ...more] = proofsOf(server, finding);
  const found = finding.breaksCompliance && finding.severity === 'medium' ? 'bad' : TONES[finding.severity];
  const tone = excuse === null ? found : 'note';
  const steps = finding.fix.map((step) => h('li', {}, step));
  return h(
    'details',
    { class: `finding ${tone}`, open: isOpen },
    h(
      'summary',
      {},
      chip(tone, finding.severity),
      h('span', { class: 'title' }, finding.title),
      h(
        'span',
        { class: 'under' },
        `${finding.rule}, ${finding.confidence}${finding.breaksCompliance ? '' : ', a note'}${excuse === null ? '' : ', does not count'}`,
      ),
    ),
    h(
      'div',
      { class: 'body' },
      h('p', { class: 'message' }, finding.message),
      excuse === null ? null : h('p', {}, h('strong', {}, 'Does not count: '), excuse),
      h(
        'div',
        { class: 'halves' },
        first === undefined
          ? null
          : h(
              'div',
              {},
              h('h4', {}, 'Proof'),
              h(
                'p',
                {},
                code(first.technique),
                ` from `,
                code(sourceOf(server, first.source)),
                first.security === 'tls' ? ' under TLS' : null,
                `: ${OUTCOME_WORDS[first.outcome]}`,
              ),
              conversation(first),
              also(server, index, more),
            ),
        steps.length === 0 ? null : h('div', {}, h('h4', {}, 'What to do'), h('ol', { class: 'steps' }, steps)),
      ),
      finding.references.length === 0 ? null : h('p', { class: 'references' }, `See ${finding.references.join('; ')}`),
    ),
  );
}

function also(server: ServerReport, index: number, proofs: ReturnType<typeof proofsOf>): Child {
  if (proofs.length === 0) return null;
  const links = proofs.slice(0, MOST).map((attempt) => {
    const target = anchorOf(server, index, attempt.id);
    const text = `${attempt.technique} from ${sourceOf(server, attempt.source)}`;
    return h('li', {}, target === null ? text : h('a', { href: `#${target}` }, text));
  });
  const rest = proofs.length > MOST ? h('li', {}, `${proofs.length - MOST} more`) : null;
  return [h('p', {}, 'Also proved by'), h('ul', { class: 'links' }, links, rest)];
}

const MOST = 12;
