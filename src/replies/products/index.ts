// The list of products, the peculiar before those they are built on or like.
import type { Product } from '../product.js';
import { COURIER } from './courier.js';
import { EXCHANGE } from './exchange.js';
import { EXIM } from './exim.js';
import { HARAKA } from './haraka.js';
import { HMAILSERVER } from './hmailserver.js';
import { MADDY } from './maddy.js';
import { OPENSMTPD } from './opensmtpd.js';
import { BY_BANNER, COMMUNIGATE, DOVECOT, IMAIL, JAMES, MAILENABLE, MERCURY, SMTP_SERVER } from './others.js';
import { APPLE, POSTFIX, ZIMBRA } from './postfix.js';
import { QMAIL } from './qmail.js';
import { SENDMAIL } from './sendmail.js';
import { STALWART } from './stalwart.js';

export const PRODUCTS: readonly Product[] = [
  APPLE,
  ZIMBRA,
  POSTFIX,
  EXIM,
  SENDMAIL,
  OPENSMTPD,
  COURIER,
  HARAKA,
  QMAIL,
  EXCHANGE,
  HMAILSERVER,
  STALWART,
  MADDY,
  JAMES,
  DOVECOT,
  SMTP_SERVER,
  COMMUNIGATE,
  MERCURY,
  IMAIL,
  MAILENABLE,
  ...BY_BANNER,
];
