// Findings about STARTTLS and certificates (RFC 3207, RFC 8314). Pure.
import { type Finder, itemsOf, list, nameOf, quote, together } from './hit.js';

export const TLS_FINDERS = {
  'certificate-not-verified': (judged) =>
    together(
      judged,
      itemsOf(judged).filter(({ evidence }) => evidence.session.tls?.certificate?.problem),
      ({ evidence: { session } }) => `${session.tls?.certificate?.subject}: ${session.tls?.certificate?.problem}`,
    ).map((hit) => ({ ...hit, items: hit.items.slice(0, 1) })),
  'starttls-failed': ({ view }) => {
    if (view.brief.target.security === 'tls') return [];
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
  'starttls-response-injection': (judged) =>
    together(
      judged,
      itemsOf(judged).filter(
        ({ evidence: { fault } }) => fault?.kind === 'protocol-error' && fault.stage === 'starttls',
      ),
      ({ evidence }) => evidence.fault?.detail ?? '',
    ),
  'starttls-command-injection': (judged) =>
    together(
      judged,
      itemsOf(judged).filter(({ evidence }) => evidence.injected > 0),
      ({ evidence }) => `${evidence.injected} commands sent with STARTTLS were answered under TLS`,
    ),
} as const satisfies Record<string, Finder>;
