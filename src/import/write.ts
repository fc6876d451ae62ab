// What was imported as text: a fragment of relayproof.yaml with, per line, where it came from, and everything that was not
// understood or is dangerous as comments. SAFETY: what was read is quoted, so that no line of it becomes a line of ours.
import type { Imported, Placed, ServicePolicy } from './imported.js';

/** Write the fragment. */
export function fragmentOf(imported: Imported): string {
  const [first, ...others] = imported.services;
  return `${[
    `# Imported from ${imported.product}'s own configuration. Look through it: it says what the server is told to do, not what it should.`,
    ...warned('Dangerous on paper', imported.warnings),
    ...warned('Not understood', imported.notUnderstood),
    ...warned('Named and not given', imported.wants),
    '',
    `policy: ${first.preset} # ${from(first.because)}: ${inComment(first.because.text)}`,
    ...ruleLines(first),
    ...listLines('relayHosts', first.relayHosts),
    ...listLines('localDomain', imported.localDomains),
    ...others.flatMap(otherLines),
  ].join('\n')}\n`;
}

const warned = (title: string, pieces: readonly Placed[]): readonly string[] =>
  pieces.length === 0
    ? []
    : ['#', `# ${title}:`, ...pieces.map((piece) => `#   ${from(piece)}: ${inComment(piece.text)}`)];

const from = ({ where }: Placed): string => inComment(where);

const ruleLines = ({ rules }: ServicePolicy): readonly string[] =>
  rules.length === 0
    ? []
    : [`rules: [basic, ${rules.map(({ text }) => text).join(', ')}] # ${rules.map(from).join(', ')}`];

const listLines = (key: string, pieces: readonly Placed[]): readonly string[] =>
  pieces.length === 0
    ? [`# ${key}: none`]
    : [`${key}:`, ...pieces.map((piece) => `  - ${JSON.stringify(piece.text)} # ${from(piece)}`)];

/** Another service is a server of its own to audit. */
const otherLines = (service: ServicePolicy): readonly string[] => [
  '',
  `# The service ${inComment(service.name)}${service.port === null ? '' : ` (port ${service.port})`}, ${inComment(service.where)}, is told otherwise; its own entry under servers would have:`,
  `#   policy: ${service.preset} # ${from(service.because)}: ${inComment(service.because.text)}`,
  `#   relayHosts: [${service.relayHosts.map(({ text }) => JSON.stringify(text)).join(', ')}]`,
];

const LONGEST = 200;

/** Text that stays within a comment's line. */
const inComment = (text: string): string => {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return short.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
};
