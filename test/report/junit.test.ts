import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyReport, fixture, HOSTILE, NAMES, stuffed } from './fixtures.js';
import { renderJunit } from './render.js';
import { readXml, type XmlElement } from './xml-reader.js';

const results = (suite: XmlElement, name: string): number =>
  suite.children.filter((child) => child.name === 'testcase' && child.children.some((each) => each.name === name))
    .length;

/** What CI servers rely on: the sums are those of the cases, and elements stand where their schema has them. */
function check(root: XmlElement): void {
  expect(root.name).toBe('testsuites');
  const sum = { tests: 0, failures: 0, errors: 0 };
  for (const suite of root.children) {
    const cases = suite.children.filter((child) => child.name === 'testcase');
    expect(suite.name).toBe('testsuite');
    expect(suite.attributes).toMatchObject({
      tests: String(cases.length),
      failures: String(results(suite, 'failure')),
      errors: String(results(suite, 'error')),
      skipped: String(results(suite, 'skipped')),
    });
    expect(suite.children.map((child) => child.name)).toEqual(
      suite.children.map((child, index) => (index === 0 && child.name === 'properties' ? 'properties' : 'testcase')),
    );
    for (const each of cases) {
      const parts = each.children.map((child) => child.name).join(' ');
      expect(['', 'failure', 'error', 'skipped system-out', 'system-out']).toContain(parts);
      expect(Object.keys(each.attributes)).toEqual(['name', 'classname', 'time']);
    }
    sum.tests += cases.length;
    sum.failures += results(suite, 'failure');
    sum.errors += results(suite, 'error');
  }
  expect(root.attributes).toMatchObject(
    Object.fromEntries(Object.entries(sum).map(([key, value]) => [key, String(value)])),
  );
}

const caseOf = (name: string, suite: string, test: string): XmlElement => {
  const found = readXml(renderJunit(fixture(name)))
    .children.find((each) => each.attributes.name?.endsWith(suite))
    ?.children.find((each) => each.attributes.name === test);
  if (found === undefined) throw new Error(`no ${test} in ${suite}`);
  return found;
};

it.each(NAMES)('%s', async (name) => {
  const text = renderJunit(fixture(name));
  check(readXml(text));
  await expect(text).toMatchFileSnapshot(`golden/junit.${name}.golden.xml`);
});

describe('what is red', () => {
  it.each(NAMES)('%s is red exactly where it is not compliant', (name) => {
    const report = fixture(name);
    const { failures, errors } = readXml(renderJunit(report)).attributes;
    expect(Number(failures) > 0).toBe(report.verdict.compliance === 'non-compliant');
    expect(Number(failures) + Number(errors) > 0).toBe(report.verdict.compliance !== 'compliant');
  });

  it.each([
    ['open-confirmed', 'from 198.51.100.66', 'anonymous: refuse', 'failure'],
    ['open-confirmed', 'from 198.51.100.66', 'technique percent-local', 'failure'],
    ['open-confirmed', 'from 198.51.100.66', 'technique double-at-local', 'error'],
    ['open-confirmed', 'from 198.51.100.66', 'technique null-sender', undefined],
    ['open-confirmed', 'from 192.0.2.10', 'technique plain-external', undefined],
    ['open-confirmed', 'verdict', 'finding cleartext-authentication', 'system-out'],
    ['inconclusive-blocklisted', 'from 198.51.100.66', 'anonymous: refuse', 'error'],
    ['inconclusive-blocklisted', 'from 2001:db8:66::66', 'source', 'error'],
    ['inconclusive-blocklisted', 'verdict', 'compliance: inconclusive', 'error'],
    ['wrong-password-accepted', 'from 198.51.100.66', 'CRAM-MD5 under TLS: relay', undefined],
    ['several-servers', 'from 2001:db8:66:0:1:2:3:4', 'inbound: refuse', 'failure'],
  ])('%s, %s, %s: %s', (name, suite, test, result) => {
    expect(caseOf(name, suite, test).children[0]?.name).toBe(result);
  });

  it('shows what proves a failure', () => {
    const [failure] = caseOf('open-confirmed', 'from 198.51.100.66', 'technique percent-local').children;
    expect(failure?.text).toContain('-> RCPT TO:<relaytest%canary.example.net@corp.example>\n<-  250 2.1.5 Ok');
  });
});

describe('any report', () => {
  it('is well-formed, with sums that are right', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const root = readXml(renderJunit(report));
        check(root);
        if (report.servers.some((server) => server.verdict.compliance !== 'compliant')) {
          expect(Number(root.attributes.failures) + Number(root.attributes.errors)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes a megabyte', () => {
    for (const stranger of HOSTILE.slice(0, 9)) {
      const text = renderJunit(stuffed(stranger.repeat(1_000_000 / stranger.length)));
      check(readXml(text));
      expect(text.length).toBeLessThan(2_000_000);
    }
  });
});
