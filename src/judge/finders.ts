// How each finding is found: one pure function per rule, from cells and evidence to hits. What a finding means stands in
// rules.ts; messages here name the source, the technique and the reply that prove it.
import { MECHANISMS } from '../model/access.js';
import type { Confidence } from '../model/report.js';
import { isSubmission } from '../model/target.js';
import { ACCEPTS_EVERYTHING } from '../replies/settle.js';
import { adviceFor } from './advice.js';
import { type Cell, isAnyMechanismOffered, offeredAt } from './cells.js';
import type { RuleId } from './rules.js';
import type { PlaceView, Settled, SourceView, View } from './view.js';

export interface Hit {
  readonly message: string;
  readonly items: readonly Settled[];
  readonly sources: readonly SourceView[];
  readonly confidence: Confidence;
  /** Set where the finding does not weigh what its rule says (inbound under send-only, no policy). */
  readonly isNote?: boolean;
}

export interface Judged {
  readonly view: View;
  readonly cells: readonly Cell[];
}

type Finder = (judged: Judged) => readonly Hit[];

const PROOF = { delivered: 'confirmed', queued: 'probable', accepted: 'possible' } as const;

const relaying = (cell: Cell): readonly Settled[] =>
  cell.items.filter(({ settlement }) => settlement.kind === 'relays');

/** The strongest proof among items that relay. */
export function confidenceOf(items: readonly Settled[]): Confidence {
  const proofs = items.flatMap(({ settlement }) => (settlement.kind === 'relays' ? [PROOF[settlement.proof]] : []));
  return proofs.includes('confirmed') ? 'confirmed' : proofs.includes('probable') ? 'probable' : 'possible';
}

export const nameOf = ({ source }: SourceView): string => source.address ?? source.spec;

const quote = ({ reading: { reply, stage, reason } }: Settled): string =>
  reply
    ? `${reply.code}${reply.enhanced ? ` ${reply.enhanced}` : ''} ${reply.text.split('\n')[0] ?? ''} (at ${stage})`
    : `${reason} (at ${stage})`;

const pathsOf = ({ attempt }: Settled): string => `<${attempt.reversePath}> to <${attempt.forwardPath}>`;

const list = (names: readonly string[]): string => [...new Set(names)].join(', ');

const PROOF_WORDS = { confirmed: 'delivered', probable: 'queued', possible: 'accepted at RCPT' } as const;

const cellsAt = (judged: Judged, access: readonly string[]): readonly Cell[] =>
  judged.cells.filter((cell) => access.includes(cell.access));

const sourcesOf = (cells: readonly Cell[]): readonly SourceView[] => [...new Set(cells.map((cell) => cell.source))];

/** Anonymous cells that relay where that is a hole, the server itself without a list set aside. */
export const holes = (judged: Judged): readonly Cell[] =>
  cellsAt(judged, ['anonymous']).filter(
    (cell) => cell.observed === 'relay' && cell.source.isRelayWrong === true && !isExcused(judged, cell.source),
  );

/** A relay from the server itself is no hole where a list would say who is approved and none was given. */
export function isExcused({ view, cells }: Judged, source: SourceView): boolean {
  const { policy } = view.brief;
  if (!source.isServerItself || policy.relayHosts.length > 0) return false;
  if (policy.preset === 'auth-only' || policy.preset === 'send-only') return false;
  // Relaying for a stranger elsewhere as well, the server relays for everybody.
  return !cells.some(
    (cell) =>
      cell.access === 'anonymous' &&
      cell.observed === 'relay' &&
      cell.source.isRelayWrong === true &&
      !cell.source.isServerItself,
  );
}

const isPlainItem = ({ attempt }: Settled): boolean => attempt.varied.length === 0;

/** Strangers are told apart by their address where the plain attempt relays for some of them and is refused to others. */
function isListTooWide(judged: Judged): boolean {
  const strangers = cellsAt(judged, ['anonymous']).filter(
    (cell) => cell.source.isRelayWrong === true && cell.source.approved === false,
  );
  const plain = strangers.flatMap((cell) => cell.items.filter(isPlainItem).map((item) => item.settlement.kind));
  return plain.includes('relays') && plain.includes('refused');
}

function relayHit(cells: readonly Cell[]): Hit[] {
  if (cells.length === 0) return [];
  const items = cells.flatMap(relaying);
  const [first] = items;
  if (!first) return [];
  const confidence = confidenceOf(items);
  const techniques = list(items.map(({ attempt }) => attempt.technique));
  const sources = sourcesOf(cells);
  return [
    {
      message: `${list(sources.map(nameOf))}: ${techniques} ${PROOF_WORDS[confidence]}; ${pathsOf(first)} was answered ${quote(first)}`,
      items,
      sources,
      confidence,
    },
  ];
}

const byPlain = (cell: Cell): boolean => relaying(cell).some(isPlainItem);

const negative =
  (access: 'wrong-password' | 'empty-password' | 'unknown-account'): Finder =>
  (judged) =>
    cellsAt(judged, [access])
      .map((cell) => ({ cell, items: cell.items.filter(({ reading }) => reading.login?.answer === 'accepted') }))
      .filter(({ items }) => items.length > 0)
      .map(({ cell, items }) => ({
        message: `${nameOf(cell.source)}: ${list(items.map(({ attempt }) => attempt.mechanism ?? ''))} answered 235`,
        items,
        sources: [cell.source],
        confidence: 'confirmed',
      }));

/** One hit for all places whose announced mechanisms are wrong in the same way. */
function offers(judged: Judged, isWrong: (names: readonly string[], place: PlaceView) => string | null): Hit[] {
  const wrong = judged.view.sources.flatMap((source) =>
    source.places.flatMap((place) => {
      const names = offeredAt(place);
      const problem = names === null ? null : isWrong(names, place);
      return problem === null ? [] : [{ source, place, problem }];
    }),
  );
  const [first] = wrong;
  if (!first) return [];
  return [
    {
      message: `${list(wrong.map(({ source }) => nameOf(source)))}: ${list(wrong.map(({ problem }) => problem))}`,
      items: first.place.plain ? [first.place.plain] : [],
      sources: [...new Set(wrong.map(({ source }) => source))],
      confidence: 'confirmed',
    },
  ];
}

const shows = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name === 'PLAIN' || name === 'LOGIN');

const when = (place: PlaceView): string => (place.security === 'tls' ? 'under TLS' : 'without TLS');

const needsAuthentication = ({ view }: Judged): boolean =>
  ['auth-only', 'send-only', 'submission'].includes(view.brief.policy.preset);

export const FINDERS = {
  'open-relay': (judged) => {
    const cells = holes(judged).filter((cell) => cell.source.approved !== true);
    const hits = relayHit(isListTooWide(judged) ? cells.filter((cell) => !byPlain(cell)) : cells);
    return hits.map((hit) => ({ ...hit, isNote: judged.view.brief.policy.preset === 'none' }));
  },
  'unapproved-host-relays': (judged) => {
    if (!isListTooWide(judged)) return [];
    const hits = relayHit(holes(judged).filter((cell) => cell.source.approved === false && byPlain(cell)));
    return hits.map((hit) => ({ ...hit, isNote: judged.view.brief.policy.preset === 'none' }));
  },
  'approved-host-relays-anonymously': (judged) =>
    relayHit(holes(judged).filter((cell) => cell.source.approved === true)),
  'approved-host-refused': (judged) =>
    cellsAt(judged, ['anonymous'])
      .filter((cell) => cell.expected === 'relay' && cell.observed === 'refuse')
      .map((cell) => ({
        message: `${nameOf(cell.source)}: ${cell.items[0] ? `${pathsOf(cell.items[0])} was answered ${quote(cell.items[0])}` : 'refused'}`,
        items: cell.items,
        sources: [cell.source],
        confidence: 'confirmed',
      })),
  'authenticated-relay-refused': (judged) =>
    cellsAt(judged, MECHANISMS)
      .filter((cell) => cell.expected === 'relay' && cell.observed === 'refuse')
      .flatMap((cell) => {
        const items = cell.items.filter(({ reading }) => reading.login?.answer === 'accepted');
        const [first] = items;
        return first
          ? [
              {
                message: `${nameOf(cell.source)}, ${cell.access}: logged in, and ${pathsOf(first)} was answered ${quote(first)}`,
                items,
                sources: [cell.source],
                confidence: 'confirmed' as const,
              },
            ]
          : [];
      }),
  'authenticated-relay-accepted': (judged) =>
    relayHit(cellsAt(judged, MECHANISMS).filter((cell) => cell.expected === 'refuse' && cell.observed === 'relay')),
  'wrong-password-accepted': negative('wrong-password'),
  'empty-password-accepted': negative('empty-password'),
  'unknown-account-accepted': negative('unknown-account'),
  'relays-after-failed-authentication': (judged) =>
    cellsAt(judged, ['wrong-password', 'empty-password', 'unknown-account'])
      .filter((cell) => cell.observed === 'relay' && cell.source.isRelayWrong === true)
      .map((cell) => ({
        cell,
        items: cell.items.filter(
          (item) => item.settlement.kind === 'relays' && item.reading.login?.answer === 'refused',
        ),
      }))
      .filter(({ items }) => items.length > 0)
      .map(({ cell, items }) => ({
        message: `${nameOf(cell.source)}: the login was refused, and then the recipient was accepted`,
        items,
        sources: [cell.source],
        confidence: confidenceOf(items),
      })),
  'inbound-refused': (judged) =>
    cellsAt(judged, ['inbound'])
      .filter((cell) => cell.observed === 'refuse' && cell.expected !== 'any')
      .slice(0, 1)
      .map((cell) => {
        const cells = cellsAt(judged, ['inbound']).filter((other) => other.observed === 'refuse');
        const isWanted = cell.expected === 'refuse';
        return {
          message: `${list(cells.map((other) => nameOf(other.source)))}: mail for <${cell.items[0]?.attempt.forwardPath ?? ''}> was answered ${cell.items[0] ? quote(cell.items[0]) : 'with a refusal'}${isWanted ? '; the policy wants it so, and other mail servers can no longer deliver to this one' : ''}`,
          items: cells.flatMap((other) => other.items),
          sources: sourcesOf(cells),
          confidence: 'confirmed' as const,
          isNote: isWanted,
        };
      }),
  'cram-md5-missing': (judged) =>
    offers(judged, (names, place) =>
      shows(names).length > 0 && !names.includes('CRAM-MD5')
        ? `${shows(names).join(' and ')} offered ${when(place)} without CRAM-MD5`
        : null,
    ),
  'cleartext-authentication': (judged) =>
    offers(judged, (names, place) =>
      place.security === 'none' && shows(names).length > 0 ? `${shows(names).join(' and ')} offered without TLS` : null,
    ),
  'mechanism-broken': (judged) => {
    const hasLogin = judged.view.known.items.some(
      ({ attempt, reading }) => attempt.credentials === 'valid' && reading.login?.answer === 'accepted',
    );
    if (!hasLogin) return [];
    return cellsAt(judged, MECHANISMS).flatMap((cell) => {
      const items = cell.items.filter(
        ({ reading }) => reading.login?.answer === 'refused' && reading.login.reason !== 'authentication-unavailable',
      );
      const [first] = items;
      if (!first || cell.items.some(({ reading }) => reading.login?.answer === 'accepted')) return [];
      return [
        {
          message: `${nameOf(cell.source)}, ${cell.access} ${cell.security === 'tls' ? 'under TLS' : 'without TLS'}: the account was refused (${first.reading.login?.reply?.code ?? 'no reply'}), and logs in by another mechanism`,
          items,
          sources: [cell.source],
          confidence: 'confirmed' as const,
        },
      ];
    });
  },
  'authentication-unavailable': (judged) => {
    const items = judged.cells
      .flatMap((cell) => cell.items)
      .filter(({ reading }) => reading.login?.reason === 'authentication-unavailable');
    const sources = judged.view.sources.filter(({ source }) =>
      items.some(({ attempt }) => attempt.source === source.id),
    );
    const [first] = items;
    if (!first) return [];
    const names = list(items.map(({ attempt }) => attempt.mechanism ?? ''));
    return [
      {
        message: `${list(sources.map(nameOf))}: ${names} answered ${first.reading.login?.reply?.code ?? ''}`,
        items,
        sources,
        confidence: 'confirmed',
      },
    ];
  },
  'authentication-not-offered': (judged) => {
    if (!needsAuthentication(judged) || isAnyMechanismOffered(judged.view)) return [];
    const sources = judged.view.sources.filter((source) => source.places.some((place) => offeredAt(place) !== null));
    if (sources.length === 0) return [];
    return [
      {
        message: `the EHLO reply names none of ${MECHANISMS.join(', ')}, with or without TLS`,
        items: [],
        sources,
        confidence: 'confirmed',
      },
    ];
  },
  'static-challenge': (judged) => {
    const seen = judged.view.known.items.filter(({ evidence }) => evidence.challenge !== null);
    const twice = seen.filter((item) =>
      seen.some(
        (other) =>
          other !== item &&
          other.evidence.challenge === item.evidence.challenge &&
          other.evidence.session.id !== item.evidence.session.id,
      ),
    );
    if (twice.length === 0) return [];
    const settled = judged.cells
      .flatMap((cell) => cell.items)
      .filter((item) => twice.some((other) => other.attempt.key === item.attempt.key));
    return [
      {
        message: `${twice.length} connections got one and the same CRAM-MD5 challenge`,
        items: settled,
        sources: sourcesOf(judged.cells.filter((cell) => cell.items.some((item) => settled.includes(item)))),
        confidence: 'confirmed',
      },
    ];
  },
  'anonymous-mechanism': (judged) =>
    offers(judged, (names, place) => (names.includes('ANONYMOUS') ? `ANONYMOUS offered ${when(place)}` : null)),
  'mechanism-accepted-though-not-offered': (judged) => {
    const items = judged.cells
      .flatMap((cell) => cell.items)
      .filter(
        (item) => item.attempt.extras.authentication === 'unadvertised' && item.reading.login?.answer === 'accepted',
      );
    return items.length === 0
      ? []
      : [
          {
            message: `AUTH ${list(items.map(({ attempt }) => attempt.mechanism ?? ''))} succeeded`,
            items,
            sources: [],
            confidence: 'confirmed',
          },
        ];
  },
  'certificate-not-verified': ({ view }) => {
    const item = view.known.items.find(({ evidence }) => evidence.session.tls?.certificate?.problem);
    const certificate = item?.evidence.session.tls?.certificate;
    return certificate?.problem
      ? [{ message: `${certificate.subject}: ${certificate.problem}`, items: [], sources: [], confidence: 'confirmed' }]
      : [];
  },
  'starttls-failed': ({ view }) => {
    const places = view.sources.flatMap((source) => source.places.filter((place) => place.state === 'no-tls'));
    const plain = places[0]?.plain;
    if (!plain) return [];
    return [
      {
        message: `${list(places.map((place) => nameOf(place.source)))}: ${plain.evidence.fault?.detail ?? quote(plain)}`,
        items: [plain],
        sources: places.map((place) => place.source),
        confidence: 'confirmed',
      },
    ];
  },
  'starttls-response-injection': ({ view }) => {
    const items = view.sources
      .flatMap((source) => source.places.flatMap((place) => place.items))
      .filter(({ evidence: { fault } }) => fault?.kind === 'protocol-error' && fault.stage === 'starttls');
    const [first] = items;
    return first
      ? [{ message: first.evidence.fault?.detail ?? '', items: [first], sources: [], confidence: 'confirmed' }]
      : [];
  },
  'starttls-command-injection': ({ view }) => {
    const items = view.sources
      .flatMap((source) => source.places.flatMap((place) => place.items))
      .filter(({ evidence }) => evidence.injected > 0);
    const [first] = items;
    return first
      ? [
          {
            message: `${first.evidence.injected} commands sent with STARTTLS were answered under TLS`,
            items: [first],
            sources: [],
            confidence: 'confirmed',
          },
        ]
      : [];
  },
  'source-is-the-server': (judged) => {
    const cells = cellsAt(judged, ['anonymous']).filter(
      (cell) => cell.observed === 'relay' && cell.source.isRelayWrong === true && isExcused(judged, cell.source),
    );
    return cells.length === 0
      ? []
      : [
          {
            message: `${list(cells.map((cell) => nameOf(cell.source)))} relays, is the audited server itself, and no list was given`,
            items: cells.flatMap(relaying),
            sources: sourcesOf(cells),
            confidence: 'possible',
          },
        ];
  },
  'source-address-unknown': (judged) => {
    const cells = cellsAt(judged, ['anonymous']).filter(
      (cell) =>
        cell.observed === 'relay' && cell.source.approved === null && judged.view.brief.policy.preset !== 'none',
    );
    return cells.length === 0
      ? []
      : [
          {
            message: `${list(cells.map((cell) => nameOf(cell.source)))} relays; whether it is on the list cannot be told`,
            items: cells.flatMap(relaying),
            sources: sourcesOf(cells),
            confidence: 'possible',
          },
        ];
  },
  'accepts-everything': (judged) => {
    const cells = judged.cells.filter((cell) =>
      cell.items.some(({ settlement }) => settlement.kind === 'unsettled' && settlement.because === ACCEPTS_EVERYTHING),
    );
    return cells.length === 0
      ? []
      : [
          {
            message: `${list(cells.map((cell) => nameOf(cell.source)))}: an invented local user and a name that cannot exist were accepted too`,
            items: [],
            sources: sourcesOf(cells),
            confidence: 'possible',
          },
        ];
  },
  'inconsistent-answers': ({ view }) => {
    const items = view.sources.flatMap((source) => source.places.flatMap((place) => place.items));
    const differing = items.filter(({ attempt, settlement }) => {
      const first = items.find((other) => other.attempt.key === attempt.of);
      return (
        attempt.role === 'probe' &&
        first !== undefined &&
        settlement.kind !== 'unsettled' &&
        first.settlement.kind !== 'unsettled' &&
        first.settlement.kind !== settlement.kind
      );
    });
    return differing.length === 0
      ? []
      : [
          {
            message: `${list(differing.map(({ attempt }) => attempt.technique))}: accepted once, refused when asked again`,
            items: differing,
            sources: [],
            confidence: 'confirmed',
          },
        ];
  },
  'account-locked': ({ view }) => {
    const items = view.sources
      .flatMap((source) => source.places.flatMap((place) => place.items))
      .filter(({ attempt, reading }) => attempt.role === 'login' && reading.login?.answer === 'refused');
    const [first] = items;
    return first
      ? [
          {
            message: `after ${first.attempt.of ?? 'a failed login'} the account was answered ${first.reading.login?.reply?.code ?? ''}`,
            items,
            sources: [],
            confidence: 'confirmed',
          },
        ]
      : [];
  },
  'audit-inconclusive': (judged) => {
    const unknown = judged.cells.filter((cell) => cell.observed === 'unknown');
    const silent = judged.view.sources.filter(
      (source) => source.unknownBecause !== null && !unknown.some((cell) => cell.source === source),
    );
    const clauses = [
      ...unknown.map(
        (cell) =>
          `${nameOf(cell.source)}, ${cell.access}${cell.security === 'tls' ? ' under TLS' : ''}: ${cell.because.slice(0, 3).join('; ')}`,
      ),
      ...silent.map((source) => `${nameOf(source)}: ${source.unknownBecause}`),
    ];
    if (clauses.length === 0) return [];
    const items = unknown.flatMap((cell) => cell.items.filter(({ settlement }) => settlement.kind === 'unsettled'));
    const advice = adviceFor(items, isSubmission(judged.view.brief.target));
    return [
      {
        message: [clauses.join(' | '), ...advice].join('. '),
        items,
        sources: [...sourcesOf(unknown), ...silent],
        confidence: 'possible',
      },
    ];
  },
} as const satisfies Record<RuleId, Finder>;
