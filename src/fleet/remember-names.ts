// Names are looked up once per run: a list of thousands of targets names the same hosts again and again, and what is told of one
// name within a run is of one mind.
import type { Resolver } from '../execute/resolver.js';

/** Make a resolver that asks the given one once for each name and address; failures are remembered as well. */
export function rememberNames(resolver: Resolver): Resolver {
  const remembered = <Answer>(ask: (name: string) => Promise<Answer>): ((name: string) => Promise<Answer>) => {
    const answers = new Map<string, Promise<Answer>>();
    return (name) => {
      const answer = answers.get(name) ?? ask(name);
      answers.set(name, answer);
      return answer;
    };
  };
  return {
    ...resolver,
    addresses: remembered((name) => resolver.addresses(name)),
    hasRoute: remembered((address) => resolver.hasRoute(address)),
  };
}
