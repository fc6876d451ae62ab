// `relayproof plan --show-config`: every setting of every server with its value and where it comes from, as text or JSON.
// SAFETY: shows where a secret is read from, never what is read there.
import { parseTarget, showEndpoint } from '../model/target.js';
import { inColumns } from './columns.js';
import { OPTIONS, type OptionRow } from './options.js';
import type { Layered, Settings } from './settings.js';

interface Shown {
  readonly key: string;
  readonly value: string | boolean | readonly string[];
  readonly origin: string;
}

/** Write the settings as columns, a block per server. */
export function settingsAsText({ parts, run, waivers }: Settings, columns: number): string {
  const table = (layer: Layered, isOfRun: boolean): string =>
    inColumns(
      shown(layer, isOfRun).map(({ key, value, origin }) => [
        `  ${key}`,
        origin,
        Array.isArray(value) ? value.join(', ') : String(value),
      ]),
      columns,
    );
  const blocks = parts.map((part) => `${part.words.map(endpointOf).join(', ')}\n${table(part, false)}`);
  const waived = waivers.map(({ rule, expires, where, reason }) => [`  ${rule}`, where, `until ${expires}: ${reason}`]);
  return [
    ...blocks,
    `The run\n${table(run, true)}`,
    ...(waived.length === 0 ? [] : [`Waivers\n${inColumns(waived, columns)}`]),
  ].join('\n');
}

/** Write the settings as JSON, for programs. */
export function settingsAsJson({ parts, run, waivers }: Settings): string {
  const data = {
    servers: parts.map((part) => ({ targets: part.words.map(endpointOf), settings: shown(part, false) })),
    run: shown(run, true),
    waivers,
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function endpointOf(word: string): string {
  const { host, port } = parseTarget(word);
  return showEndpoint(host, port);
}

const OF_THE_RUN: readonly string[] = ['Many servers', 'Output', 'What counts'];

function shown({ values, origins }: Layered, isOfRun: boolean): Shown[] {
  return Object.entries<OptionRow>(OPTIONS)
    .filter(([key, { since, group }]) => since !== null && key !== 'config' && OF_THE_RUN.includes(group) === isOfRun)
    .map(([key, row]) => {
      const value = (values as Readonly<Record<string, unknown>>)[key];
      if (value !== undefined) return { key, value: showSetting(row, value), origin: origins[key] ?? '' };
      const fallback = row.fallback ?? (row.negated === true ? true : row.argument === undefined ? false : 'none');
      return { key, value: fallback, origin: 'default' };
    });
}

/** A value in the words that its option takes again. */
function showSetting(row: OptionRow, value: unknown): Shown['value'] {
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value))
    return value.flat().map((each) => (isOutput(each) ? `${each.format}=${each.path}` : String(each)));
  if (row.argument === '<duration>') return `${value}ms`;
  return row.argument === '<n/s>' ? `${value}/s` : String(value);
}

const isOutput = (value: unknown): value is { format: string; path: string } =>
  typeof value === 'object' && value !== null && 'format' in value && 'path' in value;
