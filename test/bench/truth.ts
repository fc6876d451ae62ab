// `npm run truth [-- words]`: audits every real server with relayproof, nmap's smtp-open-relay and a plain RCPT check made
// with swaks, holds the verdicts against the measured truth, and writes docs/accuracy.md and its picture. With words, only
// the scenarios whose ids hold all of them, and nothing is written. Exit 1 where relayproof is wrong about any.
import { mkdirSync, writeFileSync } from 'node:fs';
import { auditScenario, serverAddress } from '../../fixtures/real/audit.js';
import { differences, expectationOf } from '../../fixtures/real/expected.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { freePort } from '../../fixtures/real/port.js';
import type { Scenario } from '../../fixtures/real/scenario.js';
import { SCENARIOS } from '../../fixtures/real/scenarios/index.js';
import { openToolbox, type Probe, type Toolbox, type ToolVerdict } from '../../fixtures/real/tools.js';
import { withServer, withServerAt } from '../../fixtures/real/with-server.js';
import { accuracyPage, accuracyPicture, type Measured, type Row, showRow } from './accuracy.js';

/** Servers at once: nearly all the time is waited for. */
const AT_ONCE = 3;

async function main(words: readonly string[]): Promise<number> {
  const reason = whyNotHere();
  if (reason !== null) {
    process.stdout.write(`real servers cannot be run here: ${reason}\n`);
    return 2;
  }
  const chosen = SCENARIOS.filter(({ id }) => words.every((word) => id.includes(word)));
  const toolbox = await openToolbox();
  const rows: Row[] = [];
  try {
    const left = [...chosen];
    const worker = async (): Promise<void> => {
      for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
        const row = await measure(scenario, toolbox);
        rows.push(row);
        process.stdout.write(`${showRow(row)}\n`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    await toolbox.close();
  }
  const inOrder = chosen.flatMap(({ id }) => rows.find((row) => row.id === id) ?? []);
  if (words.length === 0) {
    mkdirSync('docs/pictures', { recursive: true });
    writeFileSync('docs/accuracy.md', accuracyPage(inOrder));
    writeFileSync('docs/pictures/accuracy.svg', accuracyPicture(inOrder));
  }
  return inOrder.some(({ relayproof, differences: wrong }) => relayproof.verdict === null || wrong.length > 0) ? 1 : 0;
}

/** Each tool gets a server of its own, so that none meets what another has left behind. */
async function measure(scenario: Scenario, toolbox: Toolbox): Promise<Row> {
  const sinkPort = await freePort();
  const audited = await withServerAt(scenario.id, sinkPort, ({ port }) => auditScenario(scenario, { port, sinkPort }));
  const relayproof: Measured = { verdict: audited.report?.verdict.relay ?? null, durationMs: audited.durationMs };
  const tool = (name: 'nmap' | 'swaks'): Promise<Measured> =>
    withServer(scenario.id, async ({ port }) => {
      const began = Date.now();
      const verdicts: ToolVerdict[] = [];
      for (const probe of probesOf(scenario, port)) verdicts.push(await toolbox[name](probe));
      return { verdict: together(verdicts), durationMs: Date.now() - began };
    });
  const { truth, id, title, server } = scenario;
  return {
    id,
    title,
    product: server,
    truth: truth.undecidable === undefined ? truth.relay : 'undecidable',
    wanted: expectationOf(scenario).relay,
    relayproof,
    nmap: await tool('nmap'),
    swaks: await tool('swaks'),
    differences: differences(scenario, audited, 'delivery'),
  };
}

/** The tools know no list: they are run from every address that may not relay. */
const probesOf = (scenario: Scenario, port: number): readonly Probe[] =>
  scenario.truth.sources
    .filter(({ approved, route = 'bind' }) => !approved && route === 'bind')
    .map((source) => ({
      host: serverAddress(source).replace(/[[\]]/g, ''),
      port,
      from: source.address,
      implicitTls: scenario.implicitTls ?? false,
    }));

const together = (verdicts: readonly ToolVerdict[]): ToolVerdict =>
  verdicts.includes('open')
    ? 'open'
    : verdicts.length === 0 || verdicts.includes('inconclusive')
      ? 'inconclusive'
      : 'closed';

process.exitCode = await main(process.argv.slice(2));
