// The list of products whose own configuration can be read as a policy.
import { importCourier } from './courier.js';
import { importExim } from './exim.js';
import { importHaraka } from './haraka.js';
import type { Importer } from './imported.js';
import { importOpensmtpd } from './opensmtpd.js';
import { importPostfix } from './postfix.js';
import { importSendmail } from './sendmail.js';

export interface ProductImport {
  readonly read: Importer;
  /** Where its files usually are: a path below it is looked for below the folder of the file that was given. */
  readonly home: string;
  /** What is to be given, as --help says it. */
  readonly files: string;
}

export const IMPORTS = {
  postfix: { read: importPostfix, home: '/etc/postfix', files: 'main.cf or the output of postconf -n, and master.cf' },
  exim: {
    read: importExim,
    home: '/etc/exim4',
    files: 'the configuration or the output of exim -bP config, and update-exim4.conf.conf',
  },
  sendmail: { read: importSendmail, home: '/etc/mail', files: 'sendmail.mc, access, relay-domains, local-host-names' },
  opensmtpd: { read: importOpensmtpd, home: '/etc', files: 'smtpd.conf' },
  haraka: { read: importHaraka, home: 'config', files: 'plugins, relay.ini, relay_acl_allow, host_list' },
  courier: {
    read: importCourier,
    home: '/etc/courier',
    files: 'smtpaccess/default, esmtpd, esmtpacceptmailfor, locals',
  },
} as const satisfies Record<string, ProductImport>;

export type ImportProduct = keyof typeof IMPORTS;
