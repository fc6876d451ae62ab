// `relayproof workers`: the places with workers, as they tell of themselves: versions, addresses, load. Asks Redis alone.
import type { PlaceSeen, Presence } from '../queue/presence.js';
import type { Call } from './call.js';
import { inColumns } from './columns.js';
import { EXIT } from './exit-status.js';
import { areValuesOf } from './options.js';
import { connectionOf, queueKey } from './queue-values.js';
import { readSecrets } from './secrets.js';
import { terminalOf } from './terminal.js';
import { WORKERS_OPTIONS } from './worker-options.js';

/** List the workers and give the exit status. @throws UsageError where the queue cannot be asked */
export async function run(call: Call): Promise<number> {
  const values: object = call.values;
  if (!areValuesOf(WORKERS_OPTIONS, values)) throw new Error('workers: values of options that it does not have');
  const connection = connectionOf(values, await readSecrets(values.secret));
  const key = await queueKey(values, false);
  const { lookAtPlaces } = await import('../queue/look.js');
  const places = await lookAtPlaces(connection, key);
  if (values.format === 'json') process.stdout.write(`${JSON.stringify(places, null, 2)}\n`);
  else process.stdout.write(table(places, terminalOf(call.values).columns));
  return EXIT.asPolicy;
}

function table(places: readonly PlaceSeen[], columns: number): string {
  if (places.length === 0) return 'no place has workers\n';
  const rows = places.flatMap(({ place, waiting, workers, problem }) =>
    workers.length === 0
      ? [[place, '-', '-', `${waiting} wait`, problem ?? '']]
      : workers.map((worker) => [place, worker.machine, worker.version, loadOf(worker, waiting), addressesOf(worker)]),
  );
  return inColumns([['place', 'machine', 'version', 'load', 'asks from'], ...rows], columns);
}

const loadOf = ({ running, concurrency, done }: Presence, waiting: number): string =>
  `${running.length} of ${concurrency}, ${done} done, ${waiting} wait`;

const addressesOf = ({ source, addresses, seen }: Presence): string =>
  [source, ...addresses, ...seen.map((address) => `seen as ${address}`)]
    .filter((one, at, all) => all.indexOf(one) === at)
    .join(', ');
