// Which server is audited when: so many at once, and never more connections to one address than it may have, whatever its names
// and ports. An audit is granted its part of an address's sessions when it starts, and gives it back when it ends; nobody holds
// some and waits for more. Knows nothing of audits; asks and sends nothing.
import { createChanges } from '../execute/changes.js';

/** Where an audit connects to, by the canonical address, and how many sessions it would have there. */
export interface Place {
  readonly address: string;
  readonly port: number;
  readonly sessions: number;
}

/** What can be started once its places are free. */
export interface Ready {
  readonly places: readonly Place[];
}

/** The sessions that were granted at an address. */
export type Granted = (address: string) => number;

interface Use {
  used: number;
  /** The least that anybody who is there now wants the address to have. */
  limit: number;
  audits: number;
}

/** What is looked at beyond those that run, where the next in the list has to wait for its address. */
const LOOK_AHEAD = 64;

/**
 * Run all items, at most `atOnce` at a time, as nearly in their order as their addresses allow. An item is prepared when its
 * turn comes, not before. Rejects with the first error of `prepare` or `run`, once what was under way has ended.
 */
export async function schedule<Item, Prepared extends Ready>(
  items: Iterable<Item>,
  atOnce: number,
  prepare: (item: Item) => Promise<Prepared>,
  run: (prepared: Prepared, granted: Granted) => Promise<void>,
): Promise<void> {
  const source = items[Symbol.iterator]();
  const waiting: Prepared[] = [];
  const addresses = new Map<string, Use>();
  const endpoints = new Set<string>();
  let isExhausted = false;
  const changes = createChanges();

  const free = ({ address, sessions }: Place): number => {
    const use = addresses.get(address);
    return use === undefined ? sessions : Math.min(sessions, use.limit) - use.used;
  };
  const mayStart = ({ places }: Prepared): boolean =>
    places.every((place) => !endpoints.has(endpointOf(place)) && free(place) > 0);

  /** Who waits for the same address gets a part of it: all but the first, who cannot know of them. */
  const take = ({ places }: Prepared): Map<string, number> => {
    const granted = new Map<string, number>();
    for (const place of places) {
      const { address } = place;
      endpoints.add(endpointOf(place));
      const others = waiting.filter((one) => one.places.some((other) => other.address === address));
      const sessions = Math.max(1, Math.floor(free(place) / (others.length + 1)));
      const use = addresses.get(address) ?? { used: 0, limit: place.sessions, audits: 0 };
      use.used += sessions;
      use.limit = Math.min(use.limit, place.sessions);
      use.audits += 1;
      addresses.set(address, use);
      granted.set(address, sessions);
    }
    return granted;
  };
  const release = ({ places }: Prepared, granted: ReadonlyMap<string, number>): void => {
    for (const place of places) {
      endpoints.delete(endpointOf(place));
      const use = addresses.get(place.address);
      if (use === undefined) continue;
      use.used -= granted.get(place.address) ?? 0;
      use.audits -= 1;
      if (use.audits === 0) addresses.delete(place.address);
    }
    changes.announce();
  };

  // Found and taken in one breath: between the two somebody else would find the same address free.
  const next = async (): Promise<{ prepared: Prepared; granted: ReadonlyMap<string, number> } | null> => {
    for (;;) {
      const at = waiting.findIndex(mayStart);
      const [prepared] = at < 0 ? [] : waiting.splice(at, 1);
      if (prepared !== undefined) return { prepared, granted: take(prepared) };
      if (!isExhausted && waiting.length < LOOK_AHEAD) {
        const item = source.next();
        if (item.done === true) isExhausted = true;
        else waiting.push(await prepare(item.value));
        continue;
      }
      if (isExhausted && waiting.length === 0) return null;
      await changes.next();
    }
  };
  const runner = async (): Promise<void> => {
    try {
      for (let one = await next(); one !== null; one = await next()) {
        const { prepared, granted } = one;
        await run(prepared, (address) => granted.get(address) ?? 1).finally(() => release(prepared, granted));
      }
    } catch (error) {
      // Nothing further is begun; what is under way ends by itself.
      isExhausted = true;
      waiting.length = 0;
      changes.announce();
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, runner));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

const endpointOf = ({ address, port }: Place): string => `${address} ${port}`;
