// The reader of --source: any spec of docs/contract.md is understood, and one whose route this version does not have is refused.
import { complain } from '../model/errors.js';
import type { Route } from '../model/source.js';
import { parseSource } from '../sources/spec.js';

/** Routes, and `edges:`, that this version can take. */
const ROUTES_HERE: readonly (Route | 'edges')[] = ['bind', 'xclient', 'proxy', 'socks5', 'http', 'ssh', 'edges'];

/** Read a source spec; it comes back as written. @throws UsageError */
export function sourceSpec(text: string, subject: string): string {
  const spec = parseSource(text, '', subject);
  const route = spec.kind === 'auto' ? 'bind' : spec.kind === 'edges' ? 'edges' : spec.source.route;
  if (ROUTES_HERE.includes(route)) return text;
  throw complain({
    subject,
    problem: 'a way to the server that this version does not have',
    got: text,
    want: 'any, auto, an address of this machine, xclient:, proxy:, socks5://, http://, ssh:// or edges:',
  });
}
