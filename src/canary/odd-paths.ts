// Paths that servers under audit pass on as they got them: without a domain, with two `@`, with an `@`, a space or a `>` in
// quotes, as a bang path. smtp-server's parser answers 501 to them, and a canary that was relayed would seem not to have been.
// What it cannot read is taken by the octets between the brackets.
import type { SMTPServer } from 'smtp-server';

type Connection = SMTPServer['connections'] extends Set<infer C> ? C : never;

/** Make a connection of smtp-server read odd paths too; parameters are held to the same rules as beside any path. */
export function readOddPaths(connection: Pick<Connection, '_parseAddressCommand'>): void {
  const strict = connection._parseAddressCommand.bind(connection);
  connection._parseAddressCommand = (name, command) => {
    const [, verb = '', path = '', parameters = ''] = COMMAND.exec(command.toString()) ?? [];
    const known = strict(name, command);
    // Of what stands in quotes it knows nothing: it ends the path at the first space.
    if (path === '' || (known && !path.includes('"'))) return known;
    // SAFETY: control characters, of any kind, are in no path of ours, and end up in no row.
    if (/[\p{Cc}\p{Cf}]/u.test(path)) return false;
    const parsed = strict(name, `${verb}:<odd@path.invalid>${parameters}`);
    return parsed && { ...parsed, address: withoutRoute(path) };
  };
}

/** Verb, what stands between the brackets (RFC 5321 section 4.1.2, with anything in quotes), and the parameters. */
const COMMAND = /^([^:]*):\s*<((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>((?:\s.*)?)$/s;

/** Drop a source route, as smtp-server does (RFC 5321 appendix C). */
const withoutRoute = (path: string): string => path.replace(/^@[^\s,:@"]+(?:,@[^\s,:@"]+)*:/, '');
