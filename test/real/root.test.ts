// A real server leaves nothing behind: no mount, no process, no file but the cached archive.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../fixtures/raw/client.js';
import { cacheFolder, whyNotHere } from '../../fixtures/real/machine.js';
import { startPostfix } from '../../fixtures/real/postfix.js';
import { withServer } from '../../fixtures/real/with-server.js';

const reason = whyNotHere();
const mounts = (): readonly string[] => readFileSync('/proc/mounts', 'utf8').split('\n');

const answerAt = async (port: number): Promise<string> => {
  const client = await connect({ port });
  client.close();
  return client.greeting.text;
};

/** A folder for scratch that no other test uses, for as long as this one lasts. */
function ownScratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'relayproof-own-'));
  vi.stubEnv('RELAYPROOF_REAL_CACHE', cacheFolder());
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

describe.skipIf(reason !== null)(`roots of real servers${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('several run side by side, each with its own settings', { timeout: 120_000 }, async () => {
    await withServer('postfix-open', (open) =>
      withServer('postfix-closed-554', async (closed) => {
        const answers = await Promise.all(
          [open, closed].map(async ({ port }) => {
            const client = await connect({ port, localAddress: '127.0.0.66' });
            await client.send('EHLO client.example');
            await client.send('MAIL FROM:<probe@sender.example.org>');
            const { code } = await client.send('RCPT TO:<relaytest@canary.example.net>');
            client.close();
            return code;
          }),
        );
        expect(answers).toEqual([250, 554]);
      }),
    );
  });

  test('mounts are never seen outside, and after the stop nobody answers', { timeout: 120_000 }, async () => {
    const before = mounts();
    const port = await withServer('postfix-closed-554', async (server) => {
      expect(mounts()).toEqual(before);
      expect(await server.inside('hostname')).toBe('mail.corp.test\n');
      return server.port;
    });
    expect(mounts()).toEqual(before);
    // The port is anybody's again: another test may have it for a moment.
    await vi.waitFor(() => expect(answerAt(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' }), 20_000);
  });

  test('a server that cannot start says why', { timeout: 120_000 }, async () => {
    const scratch = ownScratch();
    const broken = { main: {}, prepare: 'echo the reason is here >&2; exit 3' };
    await expect(startPostfix(broken, { sinkPort: 9, account: null })).rejects.toThrow(
      /ended at its start[\s\S]*the reason is here/,
    );
    expect(readdirSync(scratch)).toEqual([]);
  });
});
