// The reader of --source: a spec of docs/contract.md, kept as it was written.
import { parseSource } from '../sources/spec.js';

/** Read a source spec; it comes back as written. @throws UsageError */
export function sourceSpec(text: string, subject: string): string {
  parseSource(text, '', subject);
  return text;
}
