// Fixes for servers on Windows: Microsoft Exchange (receive connectors) and hMailServer (IP ranges). Data.
import type { ProductFixes, Step } from './fix.js';

const ANONYMOUS = ['Microsoft Learn, "Allow anonymous relay on Exchange servers"'];
const RIGHT = "-User 'NT AUTHORITY\\ANONYMOUS LOGON' -ExtendedRights Ms-Exch-SMTP-Accept-Any-Recipient";

const WHICH: Step = {
  text: 'Find the receive connectors that give strangers the right to any recipient',
  run: 'Get-ReceiveConnector | Get-ADPermission -User "NT AUTHORITY\\ANONYMOUS LOGON" | where {$_.ExtendedRights -like "*Any-Recipient*"} | ft Identity',
};
const TAKE: Step = {
  text: 'Take the right from connectors that strangers can reach (put your connector in place of CONNECTOR)',
  before: 'Ms-Exch-SMTP-Accept-Any-Recipient for ANONYMOUS LOGON',
  run: `Get-ReceiveConnector "CONNECTOR" | Remove-ADPermission ${RIGHT} -Confirm:$false`,
};
const RANGES: Step = {
  text: 'Let the connector that relays without a login be for the approved hosts alone',
  before: 'RemoteIPRanges: ...',
  after: 'RemoteIPRanges: {hosts}',
  run: 'Set-ReceiveConnector "CONNECTOR" -RemoteIPRanges {hosts}',
};
const SECURED: Step = {
  text: 'A connector that is "externally secured" trusts whoever reaches it: take the mark off, or narrow its remote ranges',
  before: 'AuthMechanism: ExternalAuthoritative',
  after: 'AuthMechanism: Tls',
  run: 'Set-ReceiveConnector "CONNECTOR" -AuthMechanism Tls -PermissionGroups AnonymousUsers',
};

export const EXCHANGE: ProductFixes = {
  product: 'Exchange',
  hosts: (networks) => networks.join(','),
  fixes: {
    range: { steps: [RANGES], follows: ANONYMOUS },
    everyone: { steps: [WHICH, TAKE, SECURED, RANGES], follows: ANONYMOUS },
    'approved-host-refused': { steps: [RANGES], follows: ANONYMOUS },
    'cleartext-authentication': {
      steps: [
        {
          text: 'Offer Basic under TLS alone',
          before: 'AuthMechanism: BasicAuth',
          after: 'AuthMechanism: Tls, BasicAuth, BasicAuthRequireTLS',
          run: 'Set-ReceiveConnector "CONNECTOR" -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS',
        },
      ],
      follows: ['Microsoft Learn, "Set-ReceiveConnector"'],
    },
  },
};

const IP_RANGES = ['hMailServer documentation, "IP ranges"'];
const WHERE = 'Settings, Advanced, IP Ranges';
const AUTHENTICATE: Step = {
  text: 'In the range Internet, ask for a login before mail goes from external to external addresses, or forbid such deliveries',
  file: WHERE,
  before: 'Require SMTP authentication, External to external e-mail addresses: off',
  after: 'Require SMTP authentication, External to external e-mail addresses: on',
};
const LOCAL_SENDERS: Step = {
  text: 'Ask for a login before mail goes from local to external addresses: a local sender can be forged',
  file: WHERE,
  before: 'Require SMTP authentication, Local to external e-mail addresses: off',
  after: 'Require SMTP authentication, Local to external e-mail addresses: on',
};

export const HMAILSERVER: ProductFixes = {
  product: 'hMailServer',
  hosts: (networks) => networks.join(', '),
  fixes: {
    range: {
      steps: [
        {
          text: 'Narrow the range that may send without a login to the approved hosts; of ranges that overlap the one of higher priority counts',
          file: WHERE,
          before: 'Lower IP ..., Upper IP ...',
          after: '{hosts}',
        },
      ],
      follows: IP_RANGES,
    },
    everyone: { steps: [AUTHENTICATE, LOCAL_SENDERS], follows: IP_RANGES },
    sender: { steps: [LOCAL_SENDERS], follows: IP_RANGES },
    'null-sender': { steps: [AUTHENTICATE], follows: IP_RANGES },
    'approved-host-refused': {
      steps: [
        {
          text: 'Add a range of the approved hosts with a higher priority that needs no login',
          file: WHERE,
          add: '{hosts}',
        },
      ],
      follows: IP_RANGES,
    },
  },
};
