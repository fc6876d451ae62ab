// A channel to a server on loopback, with limits that no good test reaches; and dialogues played from end to end.
import { type Hostile, type PlayOptions, play, serve } from '../../fixtures/hostile/server.js';
import { Channel, type ChannelOptions } from '../../src/smtp/channel.js';
import { openTcp } from '../../src/smtp/tcp.js';

const LIMITS = { connectMs: 5_000, greetingMs: 5_000, replyMs: 5_000, tlsMs: 5_000 };

export type Overrides = Partial<Omit<ChannelOptions, 'timeouts'>> & { timeouts?: Partial<ChannelOptions['timeouts']> };

export const channelAt = (port: number, { timeouts, ...others }: Overrides = {}): Channel =>
  new Channel({
    open: (signal) => openTcp({ address: '127.0.0.1', port, timeoutMs: LIMITS.connectMs }, signal),
    host: '127.0.0.1',
    implicitTls: false,
    signal: new AbortController().signal,
    tlsPin: null,
    ...others,
    timeouts: { ...LIMITS, ...timeouts },
  });

/** Play a dialogue, hand over a channel that has heard the greeting, and check that no connection is left afterwards. */
export async function withDialogue<T>(
  dialogue: string,
  use: (channel: Channel, server: Hostile) => Promise<T>,
  { playing, ...overrides }: Overrides & { playing?: PlayOptions } = {},
): Promise<T> {
  const server = await serve(play(dialogue, playing));
  const channel = channelAt(server.port, overrides);
  try {
    await channel.connect();
    await channel.greeting();
    return await use(channel, server);
  } finally {
    channel.destroy();
    await server.emptied();
    await server.close();
  }
}
