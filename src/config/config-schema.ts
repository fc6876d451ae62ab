// relayproof.yaml as a zod schema, made from the table of options that the command line hands in: no option is written twice.
// What a value means is read by the option's own reader; here is only where values stand and of what kind they are.
import { z } from 'zod';

/** An option as a configuration file has it. */
export interface ConfigRow {
  readonly description: string;
  readonly fallback?: string;
  /** Closed set of words that its reader takes; undefined for free text. */
  readonly words?: readonly string[];
  /** A switch, a single value, or a list as well. */
  readonly kind: 'switch' | 'value' | 'list';
  /** `run`: of the whole run, at the top alone; `server`: at the top as a default, and for each server. */
  readonly scope: 'run' | 'server';
  /** Whether each element of the list is a value of its own, as with an option that is given twice. */
  readonly isRepeatable?: true;
  /** Reads one text; none for a switch. @throws UsageError */
  readonly read?: (text: string, subject: string) => unknown;
}

export type ConfigRows = Readonly<Record<string, ConfigRow>>;

const scalar = (row: ConfigRow) => {
  const numbers = (row.words ?? []).filter((word) => /^\d+$/.test(word)).map(Number);
  const words = row.words === undefined ? {} : { enum: [...row.words, ...numbers] };
  return z.union([z.string(), z.number()], { error: 'text' }).meta(words);
};

function field(row: ConfigRow) {
  const fallback = row.fallback === undefined ? '' : ` (default: ${row.fallback})`;
  const description = row.description + fallback;
  if (row.kind === 'switch') return z.boolean().describe(description).optional();
  const one = scalar(row);
  if (row.kind === 'value') return one.describe(description).optional();
  return z
    .union([z.union([z.string(), z.number()], { error: 'text' }), z.array(one)], { error: 'text or a list of texts' })
    .describe(description)
    .optional();
}

/** SAFETY: a secret is named, never written: a file under version control holds none. */
const secretSource = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })], {
    error: '{ env: NAME } or { file: path }',
  })
  .describe('where a secret is read from: a variable of the environment, or a file');

/** Uses of a secret: of a server, and of the run as a whole. */
export const SECRET_USES = { server: ['proxy'], run: ['mailbox', 'queue', 'sink'] } as const;

const secretsOf = (uses: readonly string[]) => ({
  password: secretSource.describe("the account's password").optional(),
  secret: z
    .strictObject(Object.fromEntries(uses.map((use) => [use, secretSource.optional()])))
    .describe('every other secret, by its use')
    .optional(),
});

const waiver = z
  .strictObject({
    rule: z.string().min(1).describe('id of the rule, as relayproof rules lists it'),
    server: z.string().min(1).describe('host or host:port; left out: every server').optional(),
    source: z.string().min(1).describe('source as it is given; left out: every source').optional(),
    technique: z.string().min(1).describe('id of the technique; left out: every technique').optional(),
    reason: z.string().min(1).describe('why the finding is accepted for now'),
    expires: z.iso.date().describe('last day on which it is accepted, as 2026-12-31'),
  })
  .describe('a finding that is known and accepted until a day');

/** A waiver as it stands in the file. */
export type WaiverFields = z.infer<typeof waiver>;

/** Make the schema of a configuration from the options that there are; a server that is a text is given the form of a mapping before. */
export const configSchema = (rows: ConfigRows) => schemaWith(rows, (server) => server);

const text = z.string().min(1);

function schemaWith<Entry extends z.ZodType>(rows: ConfigRows, entryOf: (server: z.ZodType) => Entry) {
  const fields = (scope: ConfigRow['scope']) =>
    Object.fromEntries(
      Object.entries(rows)
        .filter(([, row]) => row.scope === scope)
        .map(([key, row]) => [key, field(row)]),
    );
  const server = z
    .strictObject({
      target: text.describe('host, host:port, [v6]:port, smtp://host, submission://host or smtps://host'),
      ...fields('server'),
      ...secretsOf(SECRET_USES.server),
    })
    .describe('one server; what it does not say is as it stands at the top');
  return z
    .strictObject({
      $schema: z.string().describe('path of relayproof.schema.json, for editors').optional(),
      ...fields('server'),
      ...secretsOf([...SECRET_USES.server, ...SECRET_USES.run]),
      ...fields('run'),
      servers: z.array(entryOf(server)).min(1).describe('the servers to audit').optional(),
      waivers: z.array(waiver).describe('findings that are accepted for a while').optional(),
    })
    .meta({ title: 'relayproof configuration', description: 'What relayproof audit is to do (relayproof.yaml)' });
}

/** Write relayproof.schema.json (JSON Schema 2020-12), indented, with a trailing line feed. */
export function configJsonSchema(rows: ConfigRows): string {
  const written = schemaWith(rows, (server) => z.union([text.describe('a server by its target alone'), server]));
  return `${JSON.stringify(z.toJSONSchema(written, { target: 'draft-2020-12' }), null, 2)}\n`;
}
