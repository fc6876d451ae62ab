// The table of options against what else must agree with it: the formats, the defaults, the flags of docs/contract.md.
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.js';
import { COMMANDS, type CommandRow } from '../../src/cli/commands.js';
import { flagOf, OPTIONS, type OptionRow } from '../../src/cli/options.js';
import { FORMATS } from '../../src/report/index.js';

const ROWS: readonly (readonly [string, OptionRow])[] = Object.entries(OPTIONS);

/** The options of docs/contract.md, "Options of an audit"; one that is missing here or there is a breach of it. */
const CONTRACT = [
  '--queue --queue-key-file --worker-wait',
  '--source --config --policy --policy-from --rules --relay-hosts --local-domain --local-recipient --canary --canary-domain',
  '--second-canary-domain --confirm --sink --mailbox --mailbox-clean --canary-key-file --wait --max-messages --confirm-all --helo --sender',
  '--auth-sender --partner --user --password-file --password-env --password-stdin --password-at-worker --secret --allow-insecure-auth --tls-pin',
  '--mechanisms --negative-authentication --techniques --family --address --sessions --rate --timeout --deadline',
  '--greylist-wait --no-shared-sessions --sweep --find-extent --seed --format --output --fail-on --allow-inconclusive --baseline --verbose --quiet',
  '--no-color --progress --targets --parallel --threads --state --ownership-key-file',
].flatMap((line) => line.split(' '));

describe('the table of options', () => {
  it('is that of the contract', () => {
    expect(ROWS.map((row) => flagOf(...row)).sort()).toEqual([...CONTRACT].sort());
  });

  it('has no flag twice', () => {
    const short = ROWS.map(([, row]) => row.short).filter((flag) => flag !== undefined);
    expect(new Set(short).size).toBe(short.length);
  });

  it.each(ROWS)('%s has a reader where it takes a value, and only there', (_, row) => {
    expect(row.read !== undefined).toBe(row.argument !== undefined);
  });

  it('offers the formats that there are', () => {
    for (const name of Object.keys(FORMATS)) expect(OPTIONS.format.description).toContain(name);
  });
});

describe('--help', () => {
  const commands = Object.entries<CommandRow>(COMMANDS).filter(([, { since }]) => since !== null);

  it('lists the commands of this version alone', () => {
    const asked = readCommandLine(['--help']);
    const listed = asked.kind === 'text' ? [...asked.text.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name) : [];
    expect(listed).toEqual([...commands.map(([name]) => name), 'help']);
  });

  it.each(commands)('%s lists its options of this version alone, and examples that can be read', (name, row) => {
    const asked = readCommandLine([name, '--help']);
    const text = asked.kind === 'text' ? asked.text : '';
    for (const [key, option] of Object.entries(row.options)) {
      expect(new RegExp(`^ +(-\\w, )?${flagOf(key, option)}( |$)`, 'm').test(text), key).toBe(option.since !== null);
    }
    const examples = row.examples.join('\n').replaceAll('\\\n', ' ').split('\n');
    for (const example of examples) {
      expect(text).toContain(example.slice(0, 40));
      expect(readCommandLine(example.trim().split(/\s+/).slice(1)).kind).toBe('call');
    }
  });
});

describe('what was given', () => {
  const valuesOf = (...args: string[]) => {
    const asked = readCommandLine(['audit', 'mail.example.org', ...args]);
    return asked.kind === 'call' ? asked.call : null;
  };

  it('is nothing but that', () => {
    expect(valuesOf()).toMatchObject({ words: ['mail.example.org'] });
    expect(valuesOf()?.values).toEqual({});
  });

  it('is collected where an option may be repeated, else the last counts', () => {
    const given = valuesOf(
      '-s',
      'any',
      '--source=auto',
      '--timeout',
      '1s',
      '--timeout',
      '2s',
      '--relay-hosts',
      '192.0.2.1,192.0.2.2',
    );
    expect(given?.values).toEqual({
      source: ['any', 'auto'],
      timeout: 2000,
      relayHosts: [['192.0.2.1', '192.0.2.2']],
    });
  });

  it('holds switches as true, and false where they switch off', () => {
    expect(valuesOf('-vq', '--no-shared-sessions', '--no-color')?.values).toEqual({
      verbose: true,
      quiet: true,
      sharedSessions: false,
      color: false,
    });
  });
});
