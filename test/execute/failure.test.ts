// A mistake of ours in the middle of a run: it is told, and nothing that other sessions hold is left behind, so that the process
// can end.
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { serve } from '../../fixtures/hostile/server.js';
import { startServer } from '../../src/demo/server.js';
import { systemRandom } from '../../src/execute/ports.js';
import { audit } from '../../src/fleet/audit.js';
import { OPTIONS } from '../fleet/lab.js';

const ACCOUNT = { user: 'alice', password: 'Tr0ub4dor&3 staple' } as const;

it('ends every session where one fails', async () => {
  const server = await startServer({
    hostname: 'mail.corp.test',
    localDomains: ['corp.test'],
    users: ['alice'],
    accounts: { [ACCOUNT.user]: ACCOUNT.password },
    auth: { mechanisms: ['PLAIN'] },
  });
  const between = await serve(({ socket }) => {
    const onwards = connect(server.port, server.address);
    onwards.on('error', () => socket.destroy());
    socket.on('close', () => onwards.destroy());
    socket.pipe(onwards).pipe(socket);
  });
  try {
    const random = (bytes: number): string => {
      if (between.accepted() > 0) throw new RangeError('nothing is random any more');
      return systemRandom(bytes);
    };
    const target = { host: '127.0.0.1', port: between.port, security: 'none' } as const;
    const options = {
      ...OPTIONS,
      account: ACCOUNT,
      negativeAuthentication: 'full',
      seed: 'fails',
      targets: [target],
    } as const;
    const { verdict, servers } = await audit(options, { random });
    expect(verdict.relay).toBe('inconclusive');
    expect(JSON.stringify(servers)).toContain('nothing is random any more');
    expect(between.accepted()).toBeGreaterThan(1);
    await between.emptied();
  } finally {
    await between.close();
    await server.close();
  }
});
