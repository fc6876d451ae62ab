// Canaries looked for in a mailbox (IMAP, RFC 9051; IDLE, RFC 2177; special-use folders, RFC 6154), by imapflow, which is loaded
// only here. Reads headers of what is new, and whole messages with a token of this run alone; removes no others.
// SAFETY: the password or token goes out under verified TLS, or to loopback.
import { isIP } from 'node:net';
import type { ImapFlow } from 'imapflow';
import { complain } from '../model/errors.js';
import { parseHost, parsePort, splitEndpoint } from '../model/host.js';
import { isLoopback } from '../model/networks.js';
import type { Arrival } from './events.js';
import { envelopeOf } from './mailbox-envelope.js';
import { readHeader } from './mime.js';
import type { Token } from './token.js';

export interface MailboxUrl {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly folder: string;
  /** Whether the secret is an OAuth access token. */
  readonly isOAuth: boolean;
}

const WANT = 'imaps://user@host/INBOX; with ;AUTH=XOAUTH2 behind the user for an OAuth token';

/**
 * Read `imaps://user[;AUTH=XOAUTH2|OAUTHBEARER]@host[:port][/folder]` (RFC 5092), parts percent-encoded; port 993 and INBOX
 * where nothing is said. @throws UsageError, also for a password in it, which is not shown.
 */
export function parseMailboxUrl(text: string, subject = '--mailbox'): MailboxUrl {
  // SAFETY: what stands before the @ may hold a password.
  const got = text.includes('@') ? `…${text.slice(text.lastIndexOf('@'))}` : text;
  const fail = (problem: string, want = WANT) => complain({ subject, problem, got, want });
  const [, account, authority = '', path = ''] = /^imaps:\/\/(?:([^/]*)@)?([^/@]+)(?:\/(.*))?$/is.exec(text) ?? [];
  if (authority === '') throw fail('not the address of a mailbox');
  if (account === undefined || account === '') throw fail('without a user');
  if (account.includes(':'))
    throw fail('a password in an address', `${WANT}; the password comes with --secret mailbox=`);
  const [, name = '', mechanism] = /^(.*?)(?:;AUTH=([\w*-]+))?$/is.exec(account) ?? [];
  if (mechanism !== undefined && !/^(XOAUTH2|OAUTHBEARER)$/i.test(mechanism)) throw fail('an unknown way to log in');
  const { host, port } = splitEndpoint(authority);
  const [user, folder] = [decoded(name), decoded(path.replace(/\/$/, ''))];
  if (user === null || folder === null || /[\r\n\0]/.test(user + folder)) throw fail('not percent-encoded text');
  return {
    host: parseHost(host, subject),
    port: port === null ? 993 : parsePort(port, subject),
    user,
    folder: folder === '' ? 'INBOX' : folder,
    isOAuth: mechanism !== undefined,
  };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export interface MailboxOptions {
  readonly mailbox: MailboxUrl;
  /** Password or OAuth access token. */
  readonly secret: string;
  /** Remove canaries after reading. */
  readonly clean: boolean;
  /** Reads a token of this run out of an address. */
  readonly find: (address: string) => Token | null;
  readonly onArrival: (arrival: Arrival) => void;
  readonly onTrouble?: (text: string) => void;
}

interface Folder {
  readonly path: string;
  /** All up to this one are read. */
  lastUid: number;
}

const LIMITS = { message: 262_144, headers: 65_536 } as const;
/** How often folders are looked at that IDLE does not tell of, in milliseconds. */
const LOOK_MS = 3_000;
const RECONNECT_MS = 2_000;

/** Watch a mailbox and its spam folder from now on. @throws UsageError where it cannot be opened at all. */
export async function watchMailbox(options: MailboxOptions): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController();
  let client: ImapFlow;
  let folders: Folder[];
  try {
    client = await connect(options);
    folders = await foldersOf(client, options);
  } catch (error) {
    const problem = `cannot be opened (${reasonOf(error)})`;
    throw complain({ subject: '--mailbox', problem, got: options.mailbox.host, want: 'a mailbox that lets us in' });
  }
  const ending = follow(client, folders, options, stop.signal);
  return {
    close: async () => {
      stop.abort();
      await ending;
    },
  };
}

async function connect({ mailbox, secret }: MailboxOptions): Promise<ImapFlow> {
  const { ImapFlow } = await import('imapflow');
  const { host, port, user, isOAuth } = mailbox;
  const client = new ImapFlow({
    host,
    port,
    secure: true,
    auth: isOAuth ? { user, accessToken: secret } : { user, pass: secret },
    logger: false,
    disableAutoIdle: true,
    tls: {
      rejectUnauthorized: !isLoopback(host) && host !== 'localhost',
      ...(isIP(host) === 0 ? { servername: host } : {}),
    },
  });
  // Without a listener, a broken connection ends the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function foldersOf(client: ImapFlow, { mailbox }: MailboxOptions): Promise<Folder[]> {
  const listed = await client.list();
  const spam = listed.filter(({ specialUse, path }) => specialUse === '\\Junk' || /^(junk|spam)$/i.test(path));
  const paths = [mailbox.folder, ...spam.map(({ path }) => path).filter((path) => path !== mailbox.folder)];
  const folders: Folder[] = [];
  for (const path of paths) {
    const { uidNext } = await client.mailboxOpen(path);
    folders.push({ path, lastUid: uidNext - 1 });
  }
  return folders;
}

/** Look, wait for news, look again; connect again where the connection broke. */
async function follow(
  first: ImapFlow,
  folders: readonly Folder[],
  options: MailboxOptions,
  signal: AbortSignal,
): Promise<void> {
  let client: ImapFlow | null = first;
  while (!signal.aborted) {
    try {
      client ??= await connect(options);
      for (const folder of folders) await look(client, folder, options);
      await news(client, folders, signal);
    } catch (error) {
      if (!signal.aborted) options.onTrouble?.(`mailbox: ${reasonOf(error)}`);
      client?.close();
      client = null;
      await pause(RECONNECT_MS, signal);
    }
  }
  await client?.logout().catch(() => undefined);
  client?.close();
}

async function look(client: ImapFlow, folder: Folder, options: MailboxOptions): Promise<void> {
  const lock = await client.getMailboxLock(folder.path);
  try {
    // What another client has put there is only told when asked.
    await client.noop();
    const range = `${folder.lastUid + 1}:*`;
    const query = { uid: true, internalDate: true, headers: true } as const;
    const found = await client.fetchAll(range, query, { uid: true });
    // `n:*` names the last message even where its UID is less than n (RFC 9051 section 9).
    for (const { uid, headers, internalDate } of found.filter((message) => message.uid > folder.lastUid)) {
      const isOurs = await take(client, uid, headers, internalDate, options);
      if (isOurs && options.clean) await client.messageDelete(String(uid), { uid: true });
      folder.lastUid = Math.max(folder.lastUid, uid);
    }
  } finally {
    lock.release();
  }
}

/** Read one message where a token of ours stands in its envelope. */
async function take(
  client: ImapFlow,
  uid: number,
  headers: Buffer | undefined,
  date: Date | string | undefined,
  { find, onArrival }: MailboxOptions,
): Promise<boolean> {
  const { fields } = readHeader((headers ?? Buffer.alloc(0)).subarray(0, LIMITS.headers).toString('latin1'));
  const { recipients, reversePath } = envelopeOf(fields);
  if (!recipients.some((recipient) => find(recipient) !== null)) return false;
  const whole = await client.fetchOne(String(uid), { source: { maxLength: LIMITS.message } }, { uid: true });
  if (whole === false || whole.source === undefined) return false;
  onArrival({
    kind: 'message',
    at: new Date(date ?? Date.now()).toISOString(),
    by: 'mailbox',
    reversePath,
    recipients,
    client: null,
    helo: null,
    tls: null,
    message: whole.source.toString('latin1'),
    detail: '',
  });
  return true;
}

/** Wait in IDLE for the first folder to grow, or for the time when the others are looked at. */
async function news(client: ImapFlow, [first]: readonly Folder[], signal: AbortSignal): Promise<void> {
  if (first === undefined) return;
  await client.mailboxOpen(first.path);
  const wake = new AbortController();
  const onExists = (): void => wake.abort();
  client.on('exists', onExists);
  client.on('close', onExists);
  // The next command ends it.
  if (client.capabilities.has('IDLE')) void client.idle().catch(() => wake.abort());
  signal.addEventListener('abort', onExists);
  if (signal.aborted) onExists();
  await pause(LOOK_MS, wake.signal);
  signal.removeEventListener('abort', onExists);
  client.off('exists', onExists);
  client.off('close', onExists);
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

/** SAFETY: words of the server and the system; never what was sent to log in. */
function reasonOf(error: unknown): string {
  const { code, responseText, authenticationFailed, message } = error as Error & {
    code?: string;
    responseText?: string;
    authenticationFailed?: boolean;
  };
  if (authenticationFailed === true) return `the login is refused${responseText ? `: ${responseText}` : ''}`;
  return code ?? responseText ?? message;
}
