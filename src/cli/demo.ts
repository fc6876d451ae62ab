// `relayproof demo`: starts an example server and a receiver of canaries on loopback, audits the one, and says whether the
// verdict is the preset's truth. Nothing leaves this machine.
import { createServer } from 'node:net';
import { inventAccount } from '../demo/account.js';
import { DEFAULT_PRESET, DEMO, type DemoPreset, PRESET_NAMES, PRESETS, type PresetName } from '../demo/presets.js';
import { type RunningServer, startServer } from '../demo/server.js';
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import { type Account, type AuditOptions, DEFAULTS } from '../model/options.js';
import type { LongReport } from '../model/report.js';
import { canBind } from '../sources/bind.js';
import { auditOnTerminal } from './audit.js';
import type { Call } from './call.js';
import { inColumns } from './columns.js';
import { EXIT } from './exit-status.js';
import { prepareOutputs, writeOutputs } from './outputs.js';
import { say, terminalOf } from './terminal.js';

/** Run the command: exit status 0 when the verdict is the truth. @throws UsageError for a preset that there is not */
export async function run({ words: [word = DEFAULT_PRESET], values }: Call): Promise<number> {
  if (word === 'list') {
    const rows = PRESET_NAMES.map((name) => [name, PRESETS[name].truth.relay, PRESETS[name].title]);
    process.stdout.write(inColumns(rows, terminalOf(values).columns));
    return EXIT.asPolicy;
  }
  const name = presetName(word);
  const preset: DemoPreset = PRESETS[name];
  const outputs = await prepareOutputs(values);
  const account = inventAccount();
  // Where a system has one loopback address alone, the others are claimed in a PROXY header.
  const viaProxy = (await canBind(DEMO.stranger)) !== null;
  const sink = { host: '127.0.0.1', port: await freePort() };
  const server = await startServer(preset.config({ account, sink, viaProxy }));
  say(`demo ${name}: a server on ${server.address}:${server.port} that ${preset.title}`);
  const { report, isInterrupted } = await auditOnTerminal(
    [optionsFor(preset, server, account, viaProxy)],
    values,
    outputs,
    { receivers: [{ kind: 'sink', state: null, stateLimit: 1_048_576, listen: sink }] },
  ).finally(() => server.close());
  const isWritten = await writeOutputs(report, outputs, values);
  if (isInterrupted) return EXIT.interrupted;
  const differences = differencesOf(report, preset);
  for (const difference of differences) say(`not the truth of ${name}: ${difference}`);
  if (differences.length > 0) return EXIT.broken;
  say(`the truth of ${name} was found: ${preset.truth.relay}, ${preset.truth.compliance}`);
  return isWritten ? EXIT.asPolicy : EXIT.usage;
}

function presetName(word: string): PresetName {
  const found = PRESET_NAMES.find((name) => name === word);
  if (found !== undefined) return found;
  const hint = didYouMean(word, [...PRESET_NAMES, 'list']);
  throw complain({
    subject: 'demo',
    problem: 'no such preset',
    got: word,
    want: 'one that relayproof demo list names',
    hint,
  });
}

/** How long the demo waits for a canary, in milliseconds: everything happens on this machine. */
const WAIT_MS = 2_000;

/** A port for the receiver, which the example server has to know before there is one. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const holder = createServer();
    holder.once('error', reject);
    holder.listen(0, '127.0.0.1', () => {
      const address = holder.address();
      holder.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function optionsFor(preset: DemoPreset, server: RunningServer, account: Account, viaProxy: boolean): AuditOptions {
  const { policy, relayHosts, sources, usesAccount } = preset.audit;
  return {
    ...DEFAULTS,
    targets: [{ host: server.address, port: server.port, security: 'none' }],
    sources: sources.map((address) => (viaProxy ? `proxy:${address}` : address)),
    policy,
    relayHosts,
    localDomains: [DEMO.localDomain],
    localRecipient: DEMO.localRecipient,
    canary: DEMO.canary,
    account: usesAccount ? account : null,
    waitMs: WAIT_MS,
  };
}

/** What the report says otherwise than the truth, each one clause. */
function differencesOf({ servers: [server] }: LongReport, { truth }: DemoPreset): string[] {
  if (server === undefined) return ['no server was audited'];
  const { verdict, sources } = server;
  const compared = [
    ['relay', verdict.relay, truth.relay],
    ['compliance', verdict.compliance, truth.compliance],
    ...sources.map(({ address, relays }) => [`relays for ${address}`, relays, truth.sources[address ?? '']]),
  ] as const;
  return compared
    .filter(([, got, want]) => got !== want)
    .map(([what, got, want]) => `${what}: got ${got}, want ${want}`);
}
