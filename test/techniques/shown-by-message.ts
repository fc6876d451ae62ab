// Techniques that only a message, or a mailbox, shows: asked in by-message.test.ts.
import { smuggling } from '../../src/techniques/smuggling.js';

export const SMUGGLING = smuggling.map(({ id }) => id);

export const SHOWN_BY_MESSAGE: readonly string[] = [...SMUGGLING, 'backscatter-unknown-user', 'pop-before-smtp'];
