// placeholder interface: lists of approved networks
export interface NetworkEntry {
  /** As the operator wrote it. */
  readonly text: string;
  readonly ranges: readonly { readonly family: 4 | 6; readonly first: bigint; readonly last: bigint }[];
}
export type NetworkList = readonly NetworkEntry[];
