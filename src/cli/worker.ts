// `relayproof worker`: does the jobs of one place until it is told to end. The first interrupt finishes what was begun, the second
// leaves at once. What it says goes to standard error, a line at a time; it writes nothing else.
import { systemClock, systemRandom } from '../execute/ports.js';
import { systemResolver } from '../execute/resolver.js';
import { complain } from '../model/errors.js';
import { parseNetworks } from '../model/networks.js';
import type { HeldAccount } from '../queue/accounts.js';
import type { WorkerEvent } from '../queue/worker.js';
import type { Call } from './call.js';
import { EXIT } from './exit-status.js';
import { areValuesOf } from './options.js';
import { connectionOf, queueKey } from './queue-values.js';
import { readSecret, readSecrets } from './secrets.js';
import { say } from './terminal.js';
import { ACCOUNT_WANT, type AccountSource, WORKER_OPTIONS } from './worker-options.js';

const DEFAULT_CONCURRENCY = 8;

/** Run a worker until an interrupt, and give the exit status. @throws UsageError */
export async function run(call: Call): Promise<number> {
  const values: object = call.values;
  if (!areValuesOf(WORKER_OPTIONS, values)) throw new Error('worker: values of options that it does not have');
  const { name, allow, concurrency = DEFAULT_CONCURRENCY, source = 'any', quiet = false, rate = null } = values;
  if (name === undefined) throw missing('--name', 'the place that it is at, as frankfurt');
  if (allow === undefined)
    throw missing('--allow', 'the targets that it may talk to, as 192.0.2.0/24,mail.example.org');
  const secrets = await readSecrets(values.secret);
  const accounts = await Promise.all((values.account ?? []).map(heldAccount));
  const connection = connectionOf(values, secrets);
  const { startWorker } = await import('../queue/worker.js');
  const key = await queueKey(values, true);
  const told = untilTold(() => say(`${name}: takes no more jobs; once more leaves at once`));
  const worker = await startWorker({
    place: name,
    ...{ connection, key, concurrency, jobRate: rate, source },
    allow: allow.flat().flatMap((text) => parseNetworks(text, '--allow')),
    accounts,
    proxyPassword: secrets.get('proxy') ?? null,
    ...{ clock: systemClock, random: systemRandom, resolver: systemResolver },
    onEvent: teller(name, quiet),
  });
  await told;
  if (worker.running() > 0) say(`${name}: finishes ${worker.running()} jobs`);
  await worker.close();
  // BullMQ goes on looking for a Redis that is gone, and would keep the process for that.
  process.exit(EXIT.asPolicy);
}

async function heldAccount({ user, targets, ...source }: AccountSource): Promise<HeldAccount> {
  return { user, targets, password: await readSecret(source, '--account', ACCOUNT_WANT) };
}

const missing = (subject: string, want: string) => complain({ subject, problem: 'not given', got: null, want });

/** Resolves at the first SIGINT or SIGTERM; the second ends the process. */
const untilTold = (onFirst: () => void): Promise<void> =>
  new Promise((resolve) => {
    let isTold = false;
    const take = (): void => {
      if (isTold) process.exit(EXIT.interrupted);
      isTold = true;
      onFirst();
      resolve();
    };
    process.on('SIGINT', take).on('SIGTERM', take);
  });

/** Says what happens; trouble that goes on is said once, until a job was done. */
function teller(name: string, isQuiet: boolean): (event: WorkerEvent) => void {
  const told = new Set<string>();
  return (event) => {
    const text = worded(event);
    if (event.kind !== 'trouble') told.clear();
    if (told.has(text) || (isQuiet && event.kind === 'job')) return;
    if (event.kind === 'trouble') told.add(text);
    say(`${name}: ${text}`);
  };
}

function worded(event: WorkerEvent): string {
  if (event.kind === 'ready') return 'takes jobs';
  if (event.kind === 'trouble') return event.text;
  return `${event.target}: ${event.attempts} attempts in ${(event.ms / 1_000).toFixed(1)} s`;
}
