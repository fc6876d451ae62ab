// The controls: attempts that no trick is in, and what each is for. Data; their ids stand in reports beside the techniques'.
export const CONTROLS = {
  'control-accept-local':
    'mail for a local recipient, as any server on the Internet would bring it: shows that this source is listened to at all',
  'control-accept-again':
    'mail for the local recipient once more, behind attempts that were refused in sessions of their own: shows that this source is still listened to',
  'control-unknown-local':
    'an invented local recipient: shows what an unknown user is told, and whether everything is accepted',
  'control-unrelated': 'a foreign recipient at a name that cannot exist: shows whether everything is accepted',
  'control-shape':
    "a technique's forward-path with a name that cannot exist in place of the canary's domain: shows whether a 250 to that shape means anything",
  'control-approved':
    'the plain foreign recipient, from the reverse-path of a client that may relay: shows that those who should relay can',
  'control-second-domain':
    'the same technique at a second foreign domain: shows whether the server serves the domain of the canary',
  'control-canary-direct':
    'a message from here to the receiver of the canaries, without the server: shows that canaries do arrive',
} as const;
export type ControlId = keyof typeof CONTROLS;
