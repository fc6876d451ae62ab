// relayproof.yaml's schema: made from the table of options, current as shipped, and of one mind with the reader.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_ROWS } from '../../src/cli/config-rows.js';
import { configurationText } from '../../src/cli/init.js';
import { OPTIONS, type OptionRow } from '../../src/cli/options.js';
import { configJsonSchema } from '../../src/config/config-schema.js';
import { readConfig } from '../../src/config/read-config.js';

const shipped = readFileSync(new URL('../../relayproof.schema.json', import.meta.url), 'utf8');
const schema = JSON.parse(shipped) as {
  properties: Record<string, object> & {
    servers: { items: { anyOf: [{ type: 'string' }, { properties: Record<string, object> }] } };
  };
};
const ofServer = schema.properties.servers.items.anyOf[1].properties;

/** Options that a file gives in another way, or not at all. */
/** What all servers of a run share: where canaries are received, and the queue. */
const SHARED = ['sink', 'mailbox', 'mailboxClean', 'canaryKeyFile', 'queue', 'queueKeyFile', 'workerWait'];

const OTHERWISE = ['targets', 'config', 'passwordFile', 'passwordEnv', 'passwordStdin', 'secret'];

function validator() {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

describe('relayproof.schema.json', () => {
  it('is current (node .ci/schema.mjs writes it)', () => expect(shipped).toBe(configJsonSchema(CONFIG_ROWS)));

  it.each(Object.entries<OptionRow>(OPTIONS).filter(([key, { since }]) => since !== null && !OTHERWISE.includes(key)))(
    'has the option %s, with what --help says of it',
    (key, row) => {
      expect(JSON.stringify(schema.properties[key])).toContain(JSON.stringify(row.description).slice(1, -1));
      const isOfRun = ['Many servers', 'Output', 'What counts'].includes(row.group) || SHARED.includes(key);
      expect(Object.hasOwn(ofServer, key)).toBe(!isOfRun);
    },
  );

  it('has no option that this version lacks', () => {
    const absent = Object.entries<OptionRow>(OPTIONS).filter(([, { since }]) => since === null);
    for (const [key] of absent) expect(Object.hasOwn(schema.properties, key)).toBe(OTHERWISE.includes(key));
  });
});

const ANSWERS = {
  target: 'mail.example.org',
  canary: 'relaytest@canary.example.net',
  localRecipient: 'alice@example.org',
  relayHosts: '192.0.2.0/24, 2001:db8::/32',
  user: 'on',
};

describe('what relayproof init writes', () => {
  const text = configurationText(ANSWERS);

  it('is taken by the schema and by the reader, and says what was answered', () => {
    const validate = validator();
    validate(parse(text));
    expect(validate.errors ?? []).toEqual([]);
    const { shared, servers } = readConfig(text, 'relayproof.yaml', CONFIG_ROWS);
    expect(Object.fromEntries(shared.map(({ key, value }) => [key, value]))).toEqual({
      canary: 'relaytest@canary.example.net',
      localRecipient: 'alice@example.org',
      relayHosts: [['192.0.2.0/24'], ['2001:db8::/32']],
      user: 'on',
      passwordEnv: 'MAIL_PASSWORD',
    });
    expect(servers.map(({ target }) => target)).toEqual(['mail.example.org']);
  });

  it('names every option, each once', () => {
    for (const key of Object.keys(CONFIG_ROWS)) expect(text.match(new RegExp(`^(# )?${key}:`, 'gm'))).toHaveLength(1);
  });
});

/** Files, and whether they are right; where only the reader of an option can tell, the schema is asked nothing. */
const FILES: readonly (readonly [text: string, isRight: boolean])[] = [
  ['', true],
  ['canary: a@canary.example.net', true],
  ['family: 4', true],
  ['family: 5', false],
  ['policy: list-or-auth', true],
  ['policy: list-and-auth', false],
  ['relayHosts: 192.0.2.7', true],
  ['relayHosts: [192.0.2.7, 192.0.2.0/28]', true],
  ['relayHosts: { a: b }', false],
  ['relayHosts: [[192.0.2.7]]', false],
  ['relayHosts:', false],
  ['sessions: 3', true],
  ['sharedSessions: false', true],
  ['sharedSessions: maybe', false],
  ['password: secret', false],
  ['password: { env: A }', true],
  ['password: { env: A, file: b }', false],
  ['password: { env: 1 }', false],
  ['servers: []', false],
  ['servers: [a.example, { target: b.example, policy: none }]', true],
  ['servers: [[a.example]]', false],
  ['servers: [{ policy: none }]', false],
  ['servers: [{ target: a.example, quiet: true }]', false],
  ['waivers: [{ rule: open-relay, reason: r, expires: 2030-01-31 }]', true],
  ['waivers: [{ rule: open-relay, reason: r, expires: 2030-02-31 }]', false],
  ['waivers: [{ rule: open-relay, expires: 2030-01-31 }]', false],
  ['[]', false],
  ['relayhosts: 192.0.2.7', false],
];

describe('schema and reader', () => {
  it.each(FILES)('are of one mind on %s: %s', (text, isRight) => {
    const validate = validator();
    expect(validate(parse(text) ?? {})).toBe(isRight);
    const read = () => readConfig(text, 'f', CONFIG_ROWS);
    if (isRight) expect(read).not.toThrow();
    else expect(read).toThrow();
  });
});
