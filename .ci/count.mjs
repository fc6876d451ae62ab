// Counts the tests in the report of vitest's JSON reporter and prints `N passed, N failed, N skipped`, and before it why
// tests were skipped. A file that could not be loaded counts as one that failed, as does a report that is not there.
import { readFileSync } from 'node:fs';

const files = readResults(process.argv[2] ?? '');
const tests = files.flatMap(({ assertionResults, status, name }) =>
  assertionResults.length === 0 && status === 'failed' ? [{ status, fullName: name }] : assertionResults,
);
const of = (...states) => tests.filter(({ status }) => states.includes(status));
const [passed, failed, skipped] = [of('passed'), of('failed'), of('pending', 'skipped', 'todo', 'disabled')];

const reasons = new Set(skipped.map(({ fullName }) => /\(skipped: ([^)]+)\)/.exec(fullName)?.[1] ?? fullName));
for (const reason of reasons) console.log(`skipped: ${reason}`);
console.log(
  `${passed.length} passed, ${failed.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
);
process.exitCode = failed.length > 0 || passed.length === 0 ? 1 : 0;

function readResults(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch {
    return [{ status: 'failed', name: 'no report of the tests', assertionResults: [] }];
  }
}
