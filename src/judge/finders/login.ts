// Findings about logins and the rights that they give (RFC 4954 section 6): from the cells of the mechanisms and of the
// credentials that must not work. Pure.
import { MECHANISMS } from '../../model/access.js';
import {
  cellsAt,
  confidenceOf,
  type Finder,
  itemsOf,
  list,
  nameOf,
  pathsOf,
  quote,
  relaying,
  together,
} from './hit.js';
import { relayHit } from './relay.js';

const NEGATIVE = ['wrong-password', 'empty-password', 'unknown-account'] as const;

/** A login succeeded that must fail; whether it relays as well plays no part. */
const accepted =
  (access: (typeof NEGATIVE)[number]): Finder =>
  (judged) =>
    cellsAt(judged, [access])
      .map((cell) => ({ cell, items: cell.items.filter(({ reading }) => reading.login?.answer === 'accepted') }))
      .filter(({ items }) => items.length > 0)
      .map(({ cell, items }) => ({
        message: `${nameOf(cell.source)}: ${list(items.map(({ attempt }) => attempt.mechanism ?? ''))} answered ${list(items.map(({ reading }) => String(reading.login?.reply?.code ?? '')))}`,
        items,
        sources: [cell.source],
        confidence: 'confirmed',
      }));

export const LOGIN_FINDERS = {
  'authenticated-relay-refused': (judged) =>
    cellsAt(judged, MECHANISMS)
      .filter((cell) => cell.expected === 'relay' && cell.observed === 'refuse')
      .flatMap((cell) => {
        const items = cell.items.filter(({ reading }) => reading.login?.answer === 'accepted');
        return together(
          judged,
          items,
          (first) =>
            `${nameOf(cell.source)}, ${cell.access}: logged in, and ${pathsOf(first)} was answered ${quote(first)}`,
        );
      }),
  'authenticated-relay-accepted': (judged) =>
    relayHit(cellsAt(judged, MECHANISMS).filter((cell) => cell.expected === 'refuse' && cell.observed === 'relay')),
  'wrong-password-accepted': accepted('wrong-password'),
  'empty-password-accepted': accepted('empty-password'),
  'unknown-account-accepted': accepted('unknown-account'),
  'relays-after-failed-authentication': (judged) =>
    cellsAt(judged, NEGATIVE)
      .filter((cell) => cell.source.isRelayWrong === true)
      .map((cell) => ({
        cell,
        items: relaying(cell).filter(({ reading }) => reading.login?.answer === 'refused'),
      }))
      .filter(({ items }) => items.length > 0)
      .map(({ cell, items }) => ({
        message: `${nameOf(cell.source)}: the login was refused, and then the recipient was accepted`,
        items,
        sources: [cell.source],
        confidence: confidenceOf(items),
      })),
  'account-locked': (judged) =>
    together(
      judged,
      itemsOf(judged).filter(({ attempt, reading }) => attempt.role === 'login' && reading.login?.answer === 'refused'),
      ({ attempt, reading }) =>
        `after ${attempt.of ?? 'a failed login'} the account was answered ${reading.login?.reply?.code ?? 'nothing'}`,
    ),
} as const satisfies Record<string, Finder>;
