// The configuration of each real-server scenario, imported, and held against the policy that the scenario declares.
import type { Scenario, SourceTruth } from '../../fixtures/real/scenario.js';
import { SCENARIOS } from '../../fixtures/real/scenarios/index.js';
import { configurationOf } from '../../fixtures/real/with-server.js';
import type { ConfigFile, Imported, ServicePolicy } from '../../src/import/imported.js';
import { IMPORTS } from '../../src/import/index.js';
import { contains, type NetworkList, parseNetworks } from '../../src/model/networks.js';
import { expectationOf } from '../../src/model/policy.js';

/** The products whose configuration is read, and the scenarios of them. */
type Read = Scenario['server'] & keyof typeof IMPORTS;
export type ReadScenario = Extract<Scenario, { readonly server: Read }>;
export const READ: readonly ReadScenario[] = SCENARIOS.filter(
  (scenario): scenario is ReadScenario => scenario.server in IMPORTS,
);

/** The file that an operator would name first. */
const FIRST: Readonly<Record<Read, string>> = {
  postfix: '/etc/postfix/main.cf',
  exim: '/etc/exim.conf',
  sendmail: '/relayproof.mc',
  opensmtpd: '/etc/smtpd.conf',
  haraka: '/opt/mail/config/plugins',
  courier: '/etc/courier/smtpaccess/default',
};

/**
 * `declared`: the imported policy is the declared one; `served`: another, by which the server really acts; `warned`, `said`:
 * another, and the import warns or says what it did not understand; `undecidable`: another, where something else than relaying is
 * refused to all sources; `different`: another, without a word.
 */
export type Agreement = 'declared' | 'served' | 'warned' | 'said' | 'undecidable' | 'different' | 'none declared';

export interface Compared {
  readonly id: string;
  readonly imported: Imported;
  readonly service: ServicePolicy;
  readonly agreement: Agreement;
}

/** Import a scenario's configuration and compare. */
export async function compare(scenario: ReadScenario): Promise<Compared> {
  const { files, port } = await configurationOf(scenario);
  const first = FIRST[scenario.server];
  const given: ConfigFile[] = Object.entries(files)
    .sort(([a], [b]) => Number(b === first) - Number(a === first))
    .map(([path, text]) => ({ path, text }));
  const imported = IMPORTS[scenario.server].read(given);
  const service = imported.services.find((one) => one.port === port) ?? imported.services[0];
  return { id: scenario.id, imported, service, agreement: agreementOf(scenario, imported, service) };
}

const listOf = (texts: readonly string[]): NetworkList =>
  texts.length === 0 ? [] : parseNetworks(texts.join(' '), 'list');

const rangesOf = (list: NetworkList): string =>
  [...new Set(list.flatMap(({ ranges }) => ranges).map(({ first, last }) => `${first}-${last}`))].sort().join(' ');

function agreementOf(scenario: Scenario, imported: Imported, service: ServicePolicy): Agreement {
  const { policy, truth } = scenario;
  if (policy.preset === 'none') return 'none declared';
  const hosts = listOf(service.relayHosts.map(({ text }) => text));
  const needsList = !['auth-only', 'send-only', 'submission'].includes(service.preset);
  const isSameList = !needsList || rangesOf(hosts) === rangesOf(listOf(policy.relayHosts));
  // Without a mechanism the two say the same.
  const isNear = (preset: string): string =>
    preset === 'list-only' && scenario.account === null ? 'list-or-auth' : preset;
  if (isSameList && isNear(service.preset) === isNear(policy.preset)) return 'declared';
  if (truth.sources.every((source) => isAsServed(source, service, hosts))) return 'served';
  if (imported.warnings.length > 0) return 'warned';
  if (imported.notUnderstood.length > 0) return 'said';
  return truth.undecidable === undefined ? 'different' : 'undecidable';
}

/** Whether a source is treated as the imported policy says, by its address alone. */
function isAsServed(source: SourceTruth, service: ServicePolicy, hosts: NetworkList): boolean {
  const wanted = expectationOf(service.preset, contains(hosts, source.address), 'anonymous');
  const places = [source.clear, ...(source.tls ? [source.tls] : [])];
  return source.holes.length === 0 && (wanted === 'any' || places.every(({ anonymous }) => anonymous === wanted));
}
