// A look at all places, for people: who is there, and how many jobs wait.
import { UsageError } from '../model/errors.js';
import type { QueueConnection } from './address.js';
import { crowdAt, type PlaceSeen, placesOf, whyNobody } from './presence.js';
import { connectRedis, loadPeers, PREFIX, queueName, redisOptions, troubleOf } from './redis.js';
import { makeSeal } from './seal.js';

/** Give the places that were told of within a day. @throws UsageError where the queue cannot be asked */
export async function lookAtPlaces(connection: QueueConnection, key: Buffer): Promise<PlaceSeen[]> {
  const peers = await loadPeers();
  const redis = connectRedis(peers, connection, () => {});
  try {
    const seal = makeSeal(key);
    const names = await placesOf(redis);
    return await Promise.all(
      names.map(async (place): Promise<PlaceSeen> => {
        const crowd = await crowdAt(redis, seal, place);
        const queue = new peers.bullmq.Queue(queueName(place), {
          connection: { ...redisOptions(connection), maxRetriesPerRequest: 1 },
          prefix: PREFIX,
          skipMetasUpdate: true,
        });
        queue.on('error', () => undefined);
        const waiting = await queue.getJobCountByTypes('waiting', 'prioritized', 'delayed');
        await queue.close();
        return { place, waiting, workers: crowd.workers, problem: whyNobody(place, crowd) };
      }),
    );
  } catch (error) {
    throw new UsageError(`--queue: cannot be asked: ${troubleOf(error)}`);
  } finally {
    redis.disconnect();
  }
}
