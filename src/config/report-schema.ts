// The report of docs/contract.md as a zod schema: one definition checks saved reports and writes report.schema.json.
// Tied to src/model/report.ts both ways by a test that compiles. Nothing on the audit's hot path imports this file.
import { z } from 'zod';
import { ACCESSES, CREDENTIALS, MECHANISMS } from '../model/access.js';
import { PRESETS } from '../model/policy.js';
import { REASONS } from '../model/reason.js';
import { STAGES } from '../model/reply.js';
import { OUTCOMES, type Report, SEVERITIES } from '../model/report.js';
import { EDGE_PLACES, ROUTES } from '../model/source.js';

const text = (description: string) => z.string().describe(description);
const textOrNull = (description: string) => z.string().nullable().describe(description);
const count = (description: string) => z.number().int().nonnegative().describe(description);
const duration = (description: string) => z.number().nonnegative().describe(`${description}, in milliseconds`);
const time = (description: string) => z.iso.datetime().describe(`${description}, UTC, ISO 8601`);
const oneOf = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z.enum(values).describe(description);
const texts = (description: string) => z.array(z.string()).describe(description);

const secured = (description: string) => oneOf(['none', 'tls'], description);
const confidence = (description: string) => oneOf(['confirmed', 'probable', 'possible'], description);
const relay = (description: string) => oneOf(['open', 'closed', 'inconclusive'], description);
const compliance = (description: string) => oneOf(['compliant', 'non-compliant', 'inconclusive'], description);

const reply = z
  .strictObject({
    code: z.number().int().min(200).max(599).describe('reply code (RFC 5321 section 4.2)'),
    enhanced: textOrNull('enhanced status code as 5.7.1 (RFC 3463), null where the reply has none'),
    text: text('lines of the reply without codes, joined by a line feed; control characters are masked'),
  })
  .meta({ id: 'Reply', description: 'one whole reply of the server' });

const exchange = z
  .strictObject({
    stage: oneOf(STAGES, 'where in the session'),
    sent: textOrNull('line as sent, without CR LF, secrets removed; null where the server speaks first'),
    reply: reply.nullable().describe('what came back; null where nothing did'),
    elapsedMs: duration('from the write, or the connection, to the last line of the reply'),
  })
  .meta({ id: 'Exchange', description: 'one line sent and what came back' });

const canary = z
  .strictObject({
    token: text('forward token of the attempt'),
    event: oneOf(['delivered', 'bounced', 'callout', 'none'], 'what was heard of it'),
    detail: textOrNull('where and when, or what the bounce says, as one line'),
    received: texts('Received fields of the message, the newest first'),
  })
  .meta({ id: 'Canary', description: 'what became of the message' });

const attempt = z
  .strictObject({
    id: text('as a12; what cells and findings refer to'),
    source: text('id of its source'),
    technique: text('id of the technique, or of a control'),
    mechanism: z.enum(MECHANISMS).nullable().describe('SASL mechanism, null for an anonymous attempt'),
    credentials: oneOf(CREDENTIALS, 'kind of the credentials; the password is nowhere in a report'),
    recipient: oneOf(['foreign', 'local'], 'whether the forward-path is meant for another server or for this one'),
    security: secured('what the session was secured with when the envelope was sent'),
    helo: text('name in the greeting'),
    reversePath: text('reverse-path without brackets, empty for the null reverse-path'),
    forwardPath: text('forward-path without brackets'),
    outcome: oneOf(OUTCOMES, 'how far it came, strongest first'),
    stage: oneOf(STAGES, 'where it was decided'),
    reason: oneOf(REASONS, 'why the server said so'),
    reply: reply.nullable().describe('the reply that decided; null where none came'),
    tries: count('tries made'),
    startedAt: time('start of the last try'),
    durationMs: duration('the last try'),
    canary: canary.nullable().describe('null where no message was sent'),
    exchanges: z.array(exchange).describe('the conversation, from the greeting on'),
  })
  .meta({ id: 'Attempt', description: 'one question to the server, and its answer' });

const cell = z
  .strictObject({
    access: oneOf(ACCESSES, 'by which right the client asks'),
    security: secured('security of the session'),
    expected: oneOf(['relay', 'refuse', 'accept', 'any'], 'what the policy says'),
    observed: oneOf(
      ['relay', 'refuse', 'accept', 'not-offered', 'not-discriminating', 'skipped', 'unknown'],
      'what the server did',
    ),
    agrees: z.boolean().nullable().describe('whether that is as the policy says; null where it cannot be said'),
    attempts: texts('ids of the attempts it rests on'),
  })
  .meta({ id: 'Cell', description: 'one source by one access' });

const source = z
  .strictObject({
    id: text('as s1'),
    spec: text('as the operator gave it'),
    route: oneOf(ROUTES, 'how the server is made to see that address'),
    address: textOrNull('address bound or claimed; null where the system or a gateway picks it'),
    seenAs: textOrNull('address that the server said it saw'),
    edge: z
      .strictObject({
        entry: textOrNull('the entry of the list that it was planned around; null where it is far from all'),
        place: oneOf(EDGE_PLACES, 'where it lies, seen from that entry'),
      })
      .optional()
      .describe('set where the address was planned by edges:'),
    approved: z.boolean().nullable().describe('whether the list holds it; null where its address is not known'),
    reachable: z.boolean().describe('whether any session reached the server from there'),
    unknownBecause: textOrNull('why nothing can be said from there'),
    relays: oneOf(['yes', 'no', 'unknown'], 'whether it relays without valid credentials'),
    cells: z.array(cell).describe('its row of the matrix'),
  })
  .meta({ id: 'Source', description: 'where was probed from' });

const finding = z
  .strictObject({
    rule: text('id of the rule, as open-relay'),
    severity: oneOf(SEVERITIES, 'how bad it is'),
    confidence: confidence('how well it is proved'),
    breaksCompliance: z.boolean().describe('whether the policy is broken by it'),
    title: text('what is wrong, as one sentence'),
    message: text('what it means here'),
    sources: texts('ids of the sources that show it'),
    attempts: texts('ids of the attempts that prove it, the strongest first'),
    fix: texts('steps that end it, in order'),
    references: texts('where to read on'),
  })
  .meta({ id: 'Finding', description: 'something to know or to do' });

const certificate = z
  .strictObject({
    subject: text('subject'),
    issuer: text('issuer'),
    altNames: texts('names it is valid for'),
    validFrom: text('start of its validity'),
    validTo: text('end of its validity'),
    fingerprint: text('sha256: and 64 hexadecimal digits of the certificate (DER)'),
    problem: textOrNull('why it does not verify for the host; null when it does'),
  })
  .meta({ id: 'Certificate', description: 'certificate that the server showed' });

const target = z
  .strictObject({
    host: text('host as given'),
    port: z.number().int().min(1).max(65_535).describe('TCP port'),
    address: textOrNull('address that was audited; null where the name has none'),
    security: oneOf(['none', 'starttls', 'tls'], 'how a session starts'),
    banner: textOrNull('text of the greeting; null where none came'),
    extensions: texts('extensions announced, in upper case'),
    certificate: certificate.nullable().describe('null where no TLS was seen'),
    software: z
      .strictObject({
        product: text('as Postfix'),
        version: textOrNull('version, where it shows'),
        confidence: oneOf(['high', 'medium', 'low'], 'how sure that is'),
      })
      .nullable()
      .describe('what the server seems to be; null where nothing tells'),
  })
  .meta({ id: 'Target', description: 'the server, at one of its addresses' });

const policy = z
  .strictObject({
    preset: oneOf(PRESETS, 'preset it was judged by'),
    rules: texts('mechanism rules in force'),
    relayHosts: texts('hosts approved to relay without authentication; names with their addresses'),
    localDomains: texts('domains the server takes mail for'),
  })
  .meta({ id: 'Policy', description: 'what the server was held to' });

const server = z
  .strictObject({
    target,
    policy,
    sources: z.array(source).describe('the matrix, a row per source'),
    attempts: z.array(attempt).describe('everything that was asked'),
    findings: z.array(finding).describe('what was found, worst first'),
    notTested: texts('what the operator left out, each with what is missing'),
    verdict: z
      .strictObject({
        relay: relay('whether it relays for those it should not'),
        confidence: confidence('how well that is proved'),
        compliance: compliance('whether it behaves as its policy says'),
        summary: text('the same as one sentence'),
      })
      .meta({ id: 'ServerVerdict', description: 'verdict on one server' }),
  })
  .meta({ id: 'Server', description: 'one server at one address' });

export const reportSchema = z
  .strictObject({
    schemaVersion: z.literal('1.0').describe('contract that holds for this report'),
    tool: z
      .strictObject({ name: z.literal('relayproof').describe('its name'), version: text('its version') })
      .describe('what wrote the report'),
    startedAt: time('start of the audit'),
    durationMs: duration('the whole audit'),
    servers: z.array(server).describe('a report per server and address'),
    verdict: z
      .strictObject({
        relay: relay('the worst of all servers'),
        compliance: compliance('the worst of all servers'),
        summary: text('the same as one sentence'),
      })
      .describe('verdict on all servers together'),
  })
  .meta({ title: 'relayproof report', description: 'What an audit found, as JSON' }) satisfies z.ZodType<Report>;

/** Write report.schema.json (JSON Schema 2020-12), indented, with a trailing line feed. */
export function reportJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(reportSchema, { target: 'draft-2020-12' }), null, 2)}\n`;
}
