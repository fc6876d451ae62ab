// A message made ready for DATA: dot-stuffing and the end-of-data line (RFC 5321 sections 4.1.1.4 and 4.5.2). Pure.
// Not for techniques that want an end-of-data look-alike: those are sent as raw bytes.

/**
 * Give the bytes that follow a 354: lines end in CR LF, a leading dot is doubled, `.` CR LF ends it.
 * An empty message gives the end alone. Bare CR and bare LF become CR LF (section 2.3.8).
 */
export function endOfData(message: Buffer): Buffer {
  // Latin-1 maps every octet to one character and back, so 8-bit content is untouched.
  const text = message.toString('latin1');
  // SAFETY: servers that take a bare LF as a line end would see `LF . LF` as the end, and the rest as commands.
  const lines = text.replace(/\r\n|\r|\n/g, '\r\n').replace(/^\./gm, '..');
  const ended = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`;
  return Buffer.from(`${ended}.\r\n`, 'latin1');
}
