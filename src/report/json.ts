// The report as JSON, as docs/contract.md has it: what programs read, and what `relayproof report` reads again.
import type { LongReport } from '../model/report.js';

/**
 * Write the report as JSON, indented by two, with a trailing line feed.
 * SAFETY: what JSON may hold raw and a terminal obeys (C1 controls, bidirectional overrides) is written as escapes.
 */
export function* jsonPieces(report: LongReport): Generator<string> {
  const { schemaVersion, tool, startedAt, durationMs, servers, verdict } = report;
  const [head = '', foot = ''] = indented(
    { schemaVersion, tool, startedAt, durationMs, servers: [], verdict },
    '',
  ).split('"servers": []');
  yield `${head}"servers": [`;
  let isFirst = true;
  for (const server of servers) {
    yield `${isFirst ? '' : ','}\n    ${indented(server, '    ')}`;
    isFirst = false;
  }
  yield `${isFirst ? '' : '\n  '}]${foot}\n`;
}

/** JSON holds no line feed but those between its lines. */
const indented = (value: unknown, margin: string): string =>
  escapeJson(JSON.stringify(value, null, 2)).replaceAll('\n', `\n${margin}`);

/** Write what JSON text holds raw and a terminal would obey as JSON escapes; the value stays equal. */
export const escapeJson = (json: string): string =>
  json.replace(/[\x7f-\x9f\u2028\u2029\p{Cf}]/gu, (char) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
