// The version that this is, written in by the build (.ci/build.mjs); unbundled sources have none.
declare const RELAYPROOF_VERSION: string | undefined;

export const VERSION: string = typeof RELAYPROOF_VERSION === 'string' ? RELAYPROOF_VERSION : '0.0.0-source';
