// A reply taken apart for reading: reply code (RFC 5321 section 4.2), enhanced status code (RFC 3463) and what is said.
// Addresses, host names and links are taken out of what is said, so that `relay-denied@…` or `mailrelay.…` say nothing.
// SAFETY: the lines come from a peer; every pattern here is linear, and a line is cut before it is read.

/** Longest text that is read, in characters; a refusal says what it means well before. */
const LONGEST = 2_000;

export interface Wording {
  /** 200 to 599; null where no line begins with a reply code. */
  readonly code: number | null;
  /** Whether lines of the reply disagree about the first digit of the code. */
  readonly contradicts: boolean;
  /** As `5.7.1`, from the front of the text or the end as qmail has it, `(#5.7.1)`; null where there is none. */
  readonly enhanced: string | null;
  /** Lower case, in one line, addresses as `<>`. */
  readonly named: string;
  /** The same without host names, links and IP addresses, and without brackets and quotes. */
  readonly plain: string;
}

/** Take a reply apart; lines may be without code, text or line end, and may hold line feeds. Never throws. */
export const readWording = (reply: readonly string[]): Wording => {
  const lines = reply
    .flatMap((line) => line.split(/\r\n|\r|\n/))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(takeLineApart);
  const codes = lines.map((line) => line.code).filter((code) => code !== null);
  const said = lines
    .map((line) => line.text)
    .join(' ')
    .slice(0, LONGEST)
    .normalize('NFC')
    .toLowerCase();
  const named = withoutAddresses(said).replace(/\s+/g, ' ').trim();
  return {
    code: codes.at(-1) ?? null,
    contradicts: new Set(codes.map((code) => Math.floor(code / 100))).size > 1,
    enhanced: lines.map((line) => line.enhanced).find((found) => found !== null) ?? null,
    named,
    plain: withoutNames(named).replace(/\s+/g, ' ').trim(),
  };
};

interface Line {
  readonly code: number | null;
  readonly enhanced: string | null;
  readonly text: string;
}

const takeLineApart = (line: string): Line => {
  const coded = /^([2-5]\d\d)(?:[ \t-]|$)/.exec(line);
  const said = coded === null ? line : line.slice(4).trim();
  // A proxy or a callout hands on the other server's reply with its code: `550 550 5.1.1 …`.
  const rest = coded === null ? said : said.replace(/^[45]\d\d[ -](?=\S)/, '');
  const front = /^#?([245]\.\d{1,3}\.\d{1,3})(?=$|[\s:;,])[\s:;,]*/.exec(rest);
  const text = front === null ? rest : rest.slice(front[0].length);
  return {
    code: coded === null ? null : Number(coded[1]),
    enhanced: front?.[1] ?? /\(#([245]\.\d{1,3}\.\d{1,3})\)/.exec(rest)?.[1] ?? null,
    text: text.replace(/\(#[245]\.\d{1,3}\.\d{1,3}\)/g, ' '),
  };
};

/** Between angle brackets stands a path, whatever it looks like; bare addresses go too. */
const withoutAddresses = (text: string): string =>
  text
    // `not allowed...user@example.com`: no local part has two dots in a row.
    .replace(/\.{3}(?=\S)/g, '... ')
    .replace(/<(?:"(?:\\.|[^"\\])*"|[^<>"])*>/g, ' <> ')
    .replace(/<[^<>\s]*@[^<>]*>/g, ' <> ')
    .replace(/"(?:\\.|[^"\\])*"@\S+/g, ' <> ')
    .replace(/[^\s<>()[\]'"]+@(?:\[[^\]\s]*\]|(?:[^\s<>()'":]|:(?!\p{L}))+)/gu, ' <> ');

const withoutNames = (text: string): string =>
  text
    .replace(/\bhttps?:\/\/\S+/g, ' ')
    .replace(/\[[^\]\s]*\]/g, ' [] ')
    .replace(/\[([^[\]]+)\]/g, ' $1 ')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, ' ')
    .replace(/\b(?=[0-9a-f]*:)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\b/g, ' ')
    .replace(/[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+\.?/gu, hostOrSentence)
    .replace(/_/g, ' ')
    .replace(/["'`„“”‘’«»()*]/g, (mark) => (mark === "'" || mark === '’' ? "'" : ' '));

/** `mail.example.com` is a name; `denied.please` is two sentences without a space between. */
const hostOrSentence = (token: string): string =>
  /^\p{L}{4,}\.(?:access|authentication|contact|error|please|proper|see|the|this|try|you|your)$/u.test(token)
    ? token.replace('.', '. ')
    : ' ';
