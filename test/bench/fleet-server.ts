// A lean closed server for the benchmark of fleets: one process that answers on every loopback address, a batch of pipelined
// commands with one write, so that it is not what limits whoever asks it. Prints its port.
import { createServer } from 'node:net';

const LOCAL = /^RCPT TO:<(?:alice|postmaster)@corp\.test>/i;
const EHLO = '250-mail.corp.test\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n';

function answer(line: string): string {
  switch (line.slice(0, 4).toUpperCase()) {
    case 'EHLO':
      return EHLO;
    case 'HELO':
      return '250 mail.corp.test\r\n';
    case 'MAIL':
    case 'RSET':
      return '250 2.1.0 Ok\r\n';
    case 'RCPT':
      if (LOCAL.test(line)) return '250 2.1.5 Ok\r\n';
      return /@corp\.test>?$/i.test(line) && !/[%!:]|@.*@/.test(line.slice(8))
        ? '550 5.1.1 Recipient address rejected: User unknown in local recipient table\r\n'
        : '554 5.7.1 Relay access denied\r\n';
    case 'DATA':
      return '554 5.5.1 Error: no valid recipients\r\n';
    case 'QUIT':
      return '221 2.0.0 Bye\r\n';
    default:
      return '502 5.5.2 Error: command not recognized\r\n';
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    const lines = (rest + bytes.toString('latin1')).split('\r\n');
    rest = lines.pop() ?? '';
    socket.write(lines.map(answer).join(''), 'latin1');
    if (lines.some((line) => /^QUIT$/i.test(line))) socket.end();
  });
  socket.write('220 mail.corp.test ESMTP Postfix\r\n');
});
server.listen({ host: '0.0.0.0', port: 0, backlog: 4_096 }, () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`);
});
