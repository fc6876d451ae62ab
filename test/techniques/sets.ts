// The sets as the project promises them: data of its own, so that a technique cannot change its set unseen.

/** What an audit asks by default. */
export const STANDARD = [
  ...['plain-external', 'plain-same-address', 'plain-two-domains', 'null-sender', 'sender-unqualified'],
  ...['sender-empty-host', 'sender-localhost', 'sender-local-bogus', 'sender-local-real', 'sender-postmaster-local'],
  ...['sender-mailer-daemon', 'sender-target-host', 'sender-ip-literal', 'sender-ipv6-literal', 'sender-bare-ip'],
  ...['sender-loopback-literal', 'sender-subdomain-local', 'sender-bang', 'sender-auth-param'],
  ...['percent-local', 'percent-host', 'percent-ip', 'percent-bare-ip', 'percent-bare', 'percent-trailing-at'],
  ...['percent-double', 'quoted-at', 'quoted-percent', 'quoted-at-local', 'quoted-at-ip', 'quoted-at-host'],
  ...['double-at-local', 'double-at-ip', 'double-at-host', 'double-at-bare-ip', 'double-at-first'],
  'trailing-at',
  ...['source-route-local', 'source-route-host', 'source-route-ip', 'source-route-bare-ip', 'source-route-chain'],
  ...['bang-bare', 'bang-local', 'bang-host', 'bang-ip', 'bang-percent-mix'],
  ...['rcpt-no-brackets', 'rcpt-foreign-ip-literal', 'rcpt-foreign-numeric', 'rcpt-trailing-dot'],
  ...['rcpt-postmaster-foreign', 'rcpt-abuse-foreign', 'rcpt-subdomain-of-relay-domain', 'rcpt-smtputf8'],
  'rcpt-local-domain-inside',
  ...['rcpt-srs0', 'rcpt-srs1'],
  ...['ehlo-local-domain', 'ehlo-target-host', 'ehlo-localhost', 'ehlo-loopback-literal', 'ehlo-nonexistent'],
  ...['helo-only', 'no-helo', 'xclient-addr', 'xclient-approved', 'xclient-login', 'proxy-v1', 'proxy-v2'],
  ...['proxy-v1-approved', 'proxy-v2-approved', 'starttls-state'],
] as const;

/** What `--techniques all` adds. */
export const ADDED_BY_ALL = [
  ...['rcpt-param-injection', 'rcpt-mixed-first-local', 'ehlo-overflow'],
  ...['auth-cram-garbage', 'auth-anonymous', 'auth-external-nocert', 'auth-ntlm-anonymous', 'auth-unadvertised'],
  ...['auth-sender-mismatch', 'auth-authzid', 'auth-abort-then-relay', 'auth-then-rset', 'auth-then-rehlo'],
  ...['auth-then-starttls', 'bdat-path', 'pipelined-batch', 'starttls-injection', 'etrn'],
  ...['saml-soml-send', 'verb-soml', 'verb-send'],
] as const;

/** What is asked by its name alone: it sends or waits for mail, needs the operator's DNS, or is loud. */
export const NAMED = [
  ...['sender-mail-from-map', 'rcpt-mx-points-here', 'rcpt-header-relay', 'ptr-trust', 'xforward-exposed'],
  ...[
    'client-cert-any',
    'pop-before-smtp',
    'auth-default-creds',
    'auth-default-creds-admin',
    'auth-default-creds-test',
  ],
  ...['atrn', 'turn', 'vrfy-expn-expansion', 'burl', 'lmtp-exposed'],
  ...['smuggle-lf-lf', 'smuggle-lf-crlf', 'smuggle-lf-cr', 'smuggle-cr-lf', 'smuggle-cr-cr', 'smuggle-cr-crlf'],
  ...['smuggle-nul-crlf', 'smuggle-nul-lf', 'smuggle-lf-dot-nul', 'smuggle-vt', 'smuggle-ff', 'smuggle-space-dot'],
  ...['backscatter-unknown-user', 'backscatter-content', 'dsn-notify-success', 'autoreply', 'vacation', 'forward-loop'],
] as const;

/** What the matrix asks by itself. */
export const CELLS = [
  ...['auth-valid-relay', 'auth-wrong-password', 'auth-any-password', 'auth-unknown-user', 'auth-empty-password'],
  ...['auth-before-tls', 'auth-policy-crammd5', 'require-auth-local-delivery'],
] as const;
