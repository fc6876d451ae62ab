// The server's own domains: what can be one is taken, what is only a machine's idea of itself is not. Pure.
import { isIP } from '../model/addresses.js';
import { UsageError } from '../model/errors.js';
import { parseDomain } from '../model/host.js';
import type { Placed } from './imported.js';

/** Read a local domain; null for `localhost`, names without a dot, addresses, and what is no domain. */
export function takeDomain(entry: Placed): Placed | null {
  if (isIP(entry.text.replace(/[[\]]/g, '')) !== 0) return null;
  try {
    const domain = parseDomain(entry.text, entry.where);
    const isOwn = domain.includes('.') && !/^localhost(\.|$)/.test(domain);
    return isOwn ? { ...entry, text: domain } : null;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
