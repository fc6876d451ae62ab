// The journal of a run and the lock of its folder: what is read again is what was written, whatever happened in between.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveInState } from '../../src/fleet/archive.js';
import type { Archive } from '../../src/fleet/archive-in-memory.js';
import type { Task } from '../../src/fleet/audit-target.js';
import { openJournal } from '../../src/fleet/journal.js';
import { lock } from '../../src/fleet/lock.js';
import { reportsOf } from '../../src/fleet/reports.js';
import { unaskedServer } from '../../src/fleet/unasked.js';
import { OPTIONS } from './lab.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function read(path: string): { records: unknown[]; damaged: number[] } {
  const records: unknown[] = [];
  const damaged: number[] = [];
  openJournal(path, { onRecord: (record) => records.push(record), onDamage: (line) => damaged.push(line) }).close();
  return { records, damaged };
}

const NOTHING = { onRecord: () => {}, onDamage: () => {} };
const RECORDS = [{ a: 1 }, { text: 'é\u2028"\\n', long: 'x'.repeat(3_000_000) }, { b: [1, { c: null }] }];

function written(path: string): void {
  const journal = openJournal(path, NOTHING);
  for (const record of RECORDS) journal.append(record);
  journal.close();
}

describe('a journal', () => {
  it('gives back what was appended, at once and when it is opened again', () => {
    const path = join(folder, 'j');
    const journal = openJournal(path, NOTHING);
    const extents = RECORDS.map((record) => journal.append(record));
    expect(extents.map((extent) => journal.read(extent))).toEqual(RECORDS);
    journal.close();
    expect(read(path)).toEqual({ records: RECORDS, damaged: [] });
  });

  it('is read by its owner alone, and each line is JSON', async () => {
    const path = join(folder, 'j');
    written(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { record: unknown }).record)).toEqual(RECORDS);
  });

  it('takes off what was not written to its end, wherever that was, and goes on behind it', async () => {
    const whole = join(folder, 'whole');
    written(whole);
    const bytes = await readFile(whole);
    const last = bytes.lastIndexOf(10, bytes.length - 2) + 1;
    for (const length of [last + 1, last + 20, bytes.length - 2, bytes.length - 1]) {
      const path = join(folder, `torn-${length}`);
      await writeFile(path, bytes.subarray(0, length));
      const journal = openJournal(path, NOTHING);
      journal.append({ after: true });
      journal.close();
      expect(read(path)).toEqual({ records: [...RECORDS.slice(0, -1), { after: true }], damaged: [] });
    }
  });

  it('tells lines that are not as they were written, and believes none of them', async () => {
    const path = join(folder, 'j');
    written(path);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('{"a":1}', '{"a":2}'));
    await appendFile(path, '{"sum":"0000000000000000","record":{"x":1}}\nnot json\n\n');
    expect(read(path)).toEqual({ records: RECORDS.slice(1), damaged: [1, 4, 5, 6] });
  });

  it('may be empty', async () => {
    const path = join(folder, 'j');
    expect(read(path)).toEqual({ records: [], damaged: [] });
    await truncate(path, 0);
    expect(read(path)).toEqual({ records: [], damaged: [] });
  });
});

describe('the lock of a folder', () => {
  it('is one process’s at a time, and free again', () => {
    const release = lock(folder);
    if (typeof release === 'number') throw new Error('the lock was taken');
    expect(lock(folder)).toBe(process.pid);
    release();
    const again = lock(folder);
    expect(typeof again).toBe('function');
  });

  it('of a process that was killed is taken over', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    await writeFile(join(folder, 'lock'), `{"pid":${child.pid},"began":null}\n`);
    expect(lock(folder)).toBe(child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(typeof lock(folder)).toBe('function');
  });

  it.each([
    ['of another process that had this number', `{"pid":${process.pid},"began":"1"}`],
    ['that names nobody', 'rubbish'],
    ['that is empty', ''],
  ])('%s is taken over', async (_, text) => {
    await writeFile(join(folder, 'lock'), text);
    expect(typeof lock(folder)).toBe('function');
  });
});

describe('the folder of a run', () => {
  const taskFor = (index: number, change: Partial<typeof OPTIONS> = {}): Task => {
    const target = { host: `mail${index}.corp.test`, port: 25, security: 'none' } as const;
    return { index, target, options: { ...OPTIONS, ...change, targets: [target] } };
  };
  const reportOf = (task: Task, address: string) =>
    reportsOf([unaskedServer(task.target, task.options, { problem: 'a test', address })]);
  const put = (archive: Archive, task: Task, isFinal = true): void =>
    archive.put({ task, addresses: ['192.0.2.1'], reports: reportOf(task, '192.0.2.1'), isFinal });
  const warnings: string[] = [];
  const opened = (): Archive => archiveInState(folder, (text) => warnings.push(text));

  it('goes on where a run was: what is done is known, by the same options and addresses alone', () => {
    const first = opened();
    expect(first.startedAt).toBeNull();
    first.start('2026-11-24T09:00:00.000Z');
    first.grant({ kind: 'failed-logins', user: 'alice' });
    put(first, taskFor(0));
    put(first, taskFor(1), false);
    first.close(false);
    const second = opened();
    expect(second.startedAt).toBe('2026-11-24T09:00:00.000Z');
    expect(second.granted).toEqual([{ kind: 'failed-logins', user: 'alice' }]);
    expect(second.known(taskFor(0), ['192.0.2.1'])?.servers()).toEqual(reportOf(taskFor(0), '192.0.2.1').servers());
    expect(second.known(taskFor(5), ['192.0.2.1'])).toBeNull();
    // The run was ended before that one.
    expect(second.known(taskFor(1), ['192.0.2.1'])).toBeNull();
    expect(second.known(taskFor(0), ['192.0.2.2'])).toBeNull();
    expect(second.known(taskFor(0), [])).toBeNull();
    expect(second.known(taskFor(0, { policy: 'auth-only' }), ['192.0.2.1'])).toBeNull();
    expect(second.known(taskFor(0, { account: { user: 'bob', password: 'x' } }), ['192.0.2.1'])).toBeNull();
    put(second, taskFor(0));
    put(second, taskFor(1));
    expect([...second.servers()].map(({ target }) => target.host)).toEqual(['mail0.corp.test', 'mail1.corp.test']);
    expect(second.servers().at(1)?.target.host).toBe('mail1.corp.test');
    expect(second.summaries()).toHaveLength(2);
    second.close(true);
    // What is over is not gone on with.
    const third = opened();
    expect([third.startedAt, third.granted, third.known(taskFor(0), ['192.0.2.1'])]).toEqual([null, [], null]);
    third.close(false);
  });

  it('holds no secret', async () => {
    const archive = opened();
    archive.start('2026-11-24T09:00:00.000Z');
    put(
      archive,
      taskFor(0, { account: { user: 'alice', password: 'Zx97-correct-horse' }, proxyPassword: 'Zx97-proxy' }),
    );
    archive.close(false);
    const text = await readFile(join(folder, 'journal.ndjson'), 'utf8');
    expect(text).toContain('mail0.corp.test');
    expect(text).not.toContain('Zx97');
  });

  it('is refused to a second process by name, and says where it cannot be', async () => {
    const archive = opened();
    expect(opened).toThrow(
      new RegExp(`^--state: in use by process ${process.pid}: got ".*", want a folder of its own`),
    );
    archive.close(false);
    await writeFile(join(folder, 'file'), '');
    expect(() => archiveInState(join(folder, 'file'), () => {})).toThrow(/^--state: cannot be used \(EEXIST\)/);
  });

  it('tells of a damaged line, and asks again', async () => {
    const first = opened();
    first.start('2026-11-24T09:00:00.000Z');
    put(first, taskFor(0));
    put(first, taskFor(1));
    first.close(false);
    const path = join(folder, 'journal.ndjson');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"a test"', '"a lie!"'));
    const second = opened();
    expect(warnings.at(-1)).toMatch(/line 2 of the journal is damaged: what it held is asked again$/);
    expect(second.known(taskFor(0), ['192.0.2.1'])).toBeNull();
    expect(second.known(taskFor(1), ['192.0.2.1'])).not.toBeNull();
    second.close(false);
  });
});
