// `npm run corpus`: reads the corpora with and without the product and prints how often the classifier is right,
// with precision and recall of the two reasons that acquit a server by themselves. Exit 1 below the mark.
// Run it with vitest's or esbuild's help; it contacts nothing.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Reason } from '../../src/model/reason.js';
import type { Stage } from '../../src/model/reply.js';
import { classifyReply } from '../../src/replies/classify.js';

export interface Sample {
  readonly product: string;
  readonly stage: Stage | 'any';
  readonly reply: readonly string[];
  readonly reason: Reason;
  /** Where the reply is known from. */
  readonly from?: string;
}

export interface Score {
  readonly right: number;
  readonly total: number;
  readonly wrong: readonly { readonly sample: Sample; readonly got: Reason }[];
  /** True and false positives and misses of one reason. */
  readonly of: (reason: Reason) => { readonly hit: number; readonly falsely: number; readonly missed: number };
}

/** The reasons that settle an attempt by themselves. */
export const DENIALS = ['relay-denied', 'authentication-required'] as const satisfies readonly Reason[];

/** Read a corpus of this repository: `corpus` or `held-out`. */
export const readCorpus = (name: 'corpus' | 'held-out', folder = process.cwd()): readonly Sample[] =>
  JSON.parse(readFileSync(`${folder}/fixtures/replies/${name}.json`, 'utf8')) as readonly Sample[];

/** Classify every sample, with the product it is known to come from or without. */
export const score = (samples: readonly Sample[], withProduct: boolean): Score => {
  const results = samples.map((sample) => ({
    sample,
    got: classifyReply({
      stage: sample.stage,
      reply: sample.reply,
      ...(withProduct ? { product: sample.product } : {}),
    }).reason,
  }));
  const wrong = results.filter(({ sample, got }) => sample.reason !== got);
  return {
    right: results.length - wrong.length,
    total: results.length,
    wrong,
    of: (reason) => ({
      hit: results.filter(({ sample, got }) => sample.reason === reason && got === reason).length,
      falsely: wrong.filter(({ got }) => got === reason).length,
      missed: wrong.filter(({ sample }) => sample.reason === reason).length,
    }),
  };
};

const percent = (part: number, whole: number): string => `${whole === 0 ? '-' : ((100 * part) / whole).toFixed(1)} %`;

/** Write the table that `npm run corpus` prints. */
export const showScores = (rows: readonly { readonly title: string; readonly score: Score }[]): string => {
  const table = [
    ['replies', 'right', '', ...DENIALS.flatMap((reason) => [`${reason}: precision`, 'recall'])],
    ...rows.map(({ title, score: { right, total, of } }) => [
      title,
      `${right}/${total}`,
      percent(right, total),
      ...DENIALS.flatMap((reason) => {
        const { hit, falsely, missed } = of(reason);
        return [percent(hit, hit + falsely), percent(hit, hit + missed)];
      }),
    ]),
  ];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const faults = rows.flatMap(({ title, score: { wrong } }) =>
    wrong.map(
      ({ sample, got }) =>
        `${title}: ${sample.product}, ${sample.stage}: ${sample.reply.join(' / ')}\n    is ${sample.reason}, read as ${got}`,
    ),
  );
  return `${[...lines, '', ...faults].join('\n').trimEnd()}\n`;
};

const main = (): void => {
  const rows = (['corpus', 'held-out'] as const).flatMap((name) =>
    [true, false].map((withProduct) => ({
      title: `${name}, product ${withProduct ? 'known' : 'unknown'}`,
      score: score(readCorpus(name), withProduct),
    })),
  );
  process.stdout.write(showScores(rows));
  const holds = rows.every(
    ({ score: { right, total, of } }) =>
      right / total >= 0.98 && DENIALS.every((reason) => of(reason).falsely === 0 && of(reason).missed === 0),
  );
  if (!holds) process.exitCode = 1;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
