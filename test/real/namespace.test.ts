// A network of its own with IPv4 and IPv6, in a namespace that ends with the test: one name, two addresses, IPv6 open and IPv4
// closed. What is started there is the command line as users have it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { Report, ServerReport } from '../../src/model/report.js';

const run = promisify(execFile);

const SCRIPT = `set -e
ip link set lo up
ip addr add 192.0.2.25/24 dev lo
ip addr add 192.0.2.66/24 dev lo
ip addr add 2001:db8::25/64 dev lo nodad
ip addr add 2001:db8::66/64 dev lo nodad
ip addr add fe80::25/64 dev lo nodad
ip addr add fe80::66/64 dev lo nodad
mount -t tmpfs none /mnt
printf '192.0.2.25 mail.corp.test\\n2001:db8::25 mail.corp.test\\n' > /mnt/hosts
printf 'hosts: files\\n' > /mnt/nsswitch.conf
mount --bind /mnt/hosts /etc/hosts
mount --bind /mnt/nsswitch.conf /etc/nsswitch.conf
exec 3< <(exec "$1" fixtures/real/two-families.mjs 2525 192.0.2.25 2001:db8::25 fe80::25%lo)
read -r ready <&3
shift
node=$1
shift
exec "$node" dist/bin/relayproof.js audit --format json --canary relaytest@canary.example.net --local-recipient alice@corp.test \\
  --helo auditor.example.net --techniques plain-external --no-progress "$@"
`;

async function auditThere(...args: readonly string[]): Promise<{ report: Report; status: number }> {
  const node = process.execPath;
  const command = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    'bash',
    '-c',
    SCRIPT,
    'bash',
    node,
    node,
    ...args,
  ];
  const options = { cwd: resolve(import.meta.dirname, '../..'), timeout: 60_000 };
  try {
    const { stdout } = await run('unshare', command, options);
    return { report: JSON.parse(stdout) as Report, status: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    if (stdout === '') throw new Error(stderr);
    return { report: JSON.parse(stdout) as Report, status: code };
  }
}

const summary = ({ target, sources, verdict, findings }: ServerReport) => ({
  address: target.address,
  sources: sources.map(({ address, relays }) => [address, relays]),
  relay: verdict.relay,
  differ: findings.find(({ rule }) => rule === 'families-differ')?.message ?? null,
});

const reason = whyNotHere() ?? (['/sbin/ip', '/usr/sbin/ip', '/bin/ip'].some(existsSync) ? null : 'needs iproute2');

describe.skipIf(reason !== null)(`a network of two families${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('is audited address by address, each from its own sources, and compared', { timeout: 90_000 }, async () => {
    const sources = ['-s', '192.0.2.66', '-s', '2001:db8::66', '--relay-hosts', '192.0.2.10'];
    const { report, status } = await auditThere('mail.corp.test:2525', ...sources);
    const differ = 'anonymous from others: IPv4 refused, IPv6 relays';
    expect(report.servers.map(summary)).toEqual([
      { address: '2001:db8::25', sources: [['2001:db8::66', 'yes']], relay: 'open', differ },
      { address: '192.0.2.25', sources: [['192.0.2.66', 'no']], relay: 'closed', differ },
    ]);
    expect(report.verdict.relay).toBe('open');
    expect(status).toBe(1);
  });

  test('is audited at a link-local address, with its zone', { timeout: 90_000 }, async () => {
    const { report } = await auditThere('[fe80::25%lo]:2525', '-s', 'fe80::66%lo', '--relay-hosts', '192.0.2.10');
    expect(report.servers.map(summary)).toEqual([
      { address: 'fe80::25%lo', sources: [['fe80::66%lo', 'yes']], relay: 'open', differ: null },
    ]);
  });

  test('is audited in one family where that is wanted', { timeout: 90_000 }, async () => {
    const { report, status } = await auditThere(
      'mail.corp.test:2525',
      '--family',
      '4',
      '-s',
      '192.0.2.66',
      '--relay-hosts',
      '192.0.2.10',
    );
    expect(report.servers.map(summary)).toEqual([
      { address: '192.0.2.25', sources: [['192.0.2.66', 'no']], relay: 'closed', differ: null },
    ]);
    expect(status).toBe(0);
  });
});
