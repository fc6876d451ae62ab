// Names of the field that are no technique here, each with the place where the question is asked instead. Data, for the
// error of `--techniques` and for docs/techniques.md.

export const ASKED_ELSEWHERE: Readonly<Record<string, string>> = {
  'honeypot-selective': 'part of the proof of every relay: a second canary before it is called open',
  'ip-family-v4': 'a choice of addresses: --family 4',
  'ip-family-v6': 'a choice of addresses: --family 6',
  'v4-mapped': 'a source: --source xclient: or proxy: with the mapped address',
  '6to4': 'a source: --source with an address of 2002::/16',
  'approved-vs-unapproved': 'two sources: --source twice, with --relay-hosts',
  'mynetworks-edge': 'planned sources: --source edges:xclient or edges:proxy',
  'nat-source-loss': 'compared for every source: the address that the server says it saw',
  'port-25': 'a target: host:25',
  'port-465-noauth': 'a target: smtps://host',
  'port-587-noauth': 'a target: submission://host',
  'qmtp-209': 'another protocol than SMTP, hence not asked at all: close the port to strangers',
  'qmqp-628': 'another protocol than SMTP, hence not asked at all: close the port to strangers',
};
