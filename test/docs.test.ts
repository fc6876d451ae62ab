// The documentation against the code: links and paths that exist, options and commands that this version has, and the tables
// of docs/contract.md beside the tables that they tell of. What fails here is mended in the document.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { COMMANDS, type CommandRow } from '../src/cli/commands.js';
import { EXIT } from '../src/cli/exit-status.js';
import { flagOf, type OptionRow } from '../src/cli/options.js';
import { RULE_SETS } from '../src/judge/rules.js';
import { PRESETS } from '../src/model/policy.js';
import { OUTCOMES } from '../src/model/report.js';
import { WEIGHTS } from '../src/replies/weights.js';
import { FORMATS } from '../src/report/index.js';

const DOCUMENTS = ['.', 'docs', 'docs/ci', 'docs/decisions']
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.md') && path !== 'docs/techniques.md');

const textOf = (path: string): string => readFileSync(path, 'utf8');

/** All text of the first group, in order. */
const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** The text under a heading of the second level, down to the next one. */
function section(path: string, heading: string): string {
  const [, text] = textOf(path).split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`${path} has no section ${heading}`);
  return text.split('\n## ')[0] ?? '';
}

/** The cells of a section's tables, without head and rule, row by row. */
const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line, index, lines) => line.startsWith('| ') && !lines[index + 1]?.startsWith('| ---'))
    .filter((line) => !line.startsWith('| ---'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );

const codes = (text = ''): string[] => found(text, /`([^`]+)`/g);

/** As GitHub makes the anchor of a heading. */
const anchorsOf = (text: string): string[] =>
  found(text, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );

const isHere = ([, row]: readonly [string, { readonly since: string | null }]): boolean => row.since !== null;
const FLAGS = Object.entries<CommandRow>(COMMANDS)
  .filter(isHere)
  .flatMap(([, { options }]) => Object.entries(options))
  .filter(isHere)
  .map((row) => flagOf(...row));
/** Options of npm, of docker and of our own scripts, and the short way to say `--progress none`. */
const OTHER_FLAGS = ['--global', '--help', '--measure', '--network', '--no-progress', '--rm', '--version'];

describe.each(DOCUMENTS)('%s', (path) => {
  const text = textOf(path);

  it('links to what exists', () => {
    const broken = found(text, /\]\(([^)\s]+)\)/g)
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : join(dirname(path), file);
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor));
      });
    expect(broken).toEqual([]);
  });

  it('names files that exist', () => {
    const paths = found(text, /`((?:\.ci|bin|docs|fixtures|src|test)\/[^`\s<*]+)`/g);
    expect(paths.filter((one) => !existsSync(one))).toEqual([]);
  });

  it('names options and scripts of this version', () => {
    const flags = found(text, /(?<![\w-])(--[a-z][a-z-]+)/g);
    expect(flags.filter((flag) => ![...FLAGS, ...OTHER_FLAGS].includes(flag))).toEqual([]);
    const scripts = found(text, /npm run ([a-z:-]+)/g);
    expect(scripts.filter((script) => !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
  });

  it('names commands of this version', () => {
    const commands = found(text, /(?:relayproof|relayproof\.js) ([a-z]+)\b/g);
    const known = Object.entries<CommandRow>(COMMANDS)
      .filter(isHere)
      .map(([name]) => name);
    const called = commands.filter((word) => Object.hasOwn(COMMANDS, word));
    expect(called.filter((word) => !known.includes(word))).toEqual([]);
  });
});

describe('docs/contract.md', () => {
  const CONTRACT = 'docs/contract.md';
  const firstCodes = (heading: string): string[] => rows(section(CONTRACT, heading)).flatMap(([cell]) => codes(cell));

  it('lists the commands', () => {
    const names = firstCodes('Command line').map((words) => words.split(' ')[1]);
    const known = Object.entries<CommandRow>(COMMANDS).filter(isHere);
    expect(names.sort()).toEqual(known.map(([name]) => name).sort());
  });

  it('lists every option of an audit and of the sink, and every format', () => {
    const listed = found(section(CONTRACT, 'Options of an audit'), /(--[a-z][a-z-]+)/g);
    const options = [COMMANDS.audit, COMMANDS.sink].flatMap(({ options: rows }) => Object.entries<OptionRow>(rows));
    const flags = options.filter(isHere).map((row) => flagOf(...row));
    expect(flags.filter((flag) => !listed.includes(flag))).toEqual([]);
    expect(firstCodes('Formats')).toEqual(Object.keys(FORMATS));
  });

  it('lists every exit status', () => {
    const numbers = rows(section(CONTRACT, 'Exit status')).map(([number]) => Number(number));
    expect(numbers).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  it('lists presets and rule sets', () => {
    const names = firstCodes('Policy');
    expect(names).toEqual([...PRESETS, ...Object.keys(RULE_SETS)]);
  });

  it('lists the outcomes, strongest first', () => {
    expect(firstCodes('Outcomes')).toEqual([...OUTCOMES]);
  });

  it('weighs every reason as the code does', () => {
    const said = rows(section(CONTRACT, 'Reasons, and what a refusal is worth')).flatMap(([weight = '', reasons]) =>
      codes(reasons).map((reason) => `${reason}: ${weight}`),
    );
    const held = Object.entries(WEIGHTS).filter(([, weight]) => weight !== 'none');
    // What an unknown local user is told may be a refusal to relay: said among the doubtful ones as well.
    const expected = [...held.map(([reason, weight]) => `${reason}: ${weight}`), 'unknown-recipient: doubtful'];
    expect(said.sort()).toEqual(expected.sort());
  });
});

describe('README.md', () => {
  it('lists presets and formats', () => {
    expect(rows(section('README.md', 'Policies')).flatMap(([cell]) => codes(cell))).toEqual([...PRESETS]);
    const [, formats = ''] = /\nResults go to[^\n]*Formats: ([^;]+);/.exec(section('README.md', 'In CI')) ?? [];
    expect(codes(formats)).toEqual(Object.keys(FORMATS));
  });

  it('opens with two commands that package.json has', () => {
    const [commands = ''] = found(textOf('README.md'), /```sh\n([\s\S]*?)```/g);
    const scripts = found(commands, /npm (?:run )?(demo|test)\b/g);
    expect(scripts.filter((script) => Object.hasOwn(packageJson.scripts, script))).toEqual(['demo', 'test']);
  });
});
