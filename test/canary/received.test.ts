// Trace fields as products write them.
import { describe, expect, it } from 'vitest';
import { clientAddress, receivedChain } from '../../src/canary/received.js';

const DATE = 'Wed, 4 Mar 2026 05:06:08 +0000';

describe('a hop', () => {
  it.each<[string, string, string | null, string | null, string | null, boolean]>([
    [
      'Postfix',
      `from audit.example.com (client.example.net [192.0.2.7]) by mail.corp.test (Postfix) with ESMTP id 4ABC for <x@y>; ${DATE} (UTC)`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      false,
    ],
    [
      'Postfix, TLS',
      `from audit.example.com (unknown [IPv6:2001:db8::7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate requested) by mail.corp.test (Postfix) with ESMTPS id 4ABC; ${DATE}`,
      'audit.example.com',
      '2001:db8::7',
      'mail.corp.test',
      true,
    ],
    [
      'Postfix, greeted by another address',
      `from [192.0.2.99] (unknown [192.0.2.7]) by mail.corp.test (Postfix) with SMTP id 4; ${DATE}`,
      '[192.0.2.99]',
      '192.0.2.7',
      'mail.corp.test',
      false,
    ],
    [
      'Exim',
      `from [192.0.2.7] (helo=audit.example.com) by mail.corp.test with esmtp (Exim 4.96) (envelope-from <a@b>) id 1abc for x@y; ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      false,
    ],
    [
      'Exim, TLS',
      `from client.example.net ([192.0.2.7] helo=audit.example.com) by mail.corp.test with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) id 1; ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      true,
    ],
    [
      'Sendmail',
      `from audit.example.com (client.example.net [192.0.2.7] (may be forged)) by mail.corp.test (8.17.1/8.17.1) with ESMTP id 5; ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      false,
    ],
    [
      'Sendmail, TLS',
      `from audit.example.com ([192.0.2.7]) by mail.corp.test (8.17.1) with ESMTPS id 5 (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO); ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      true,
    ],
    [
      'qmail',
      `from unknown (HELO audit.example.com) (192.0.2.7) by mail.corp.test with SMTP; 4 Mar 2026 05:06:08 -0000`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      false,
    ],
    [
      'Courier',
      `from audit.example.com ([::ffff:192.0.2.7]) by mail.corp.test with ESMTP; ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      false,
    ],
    [
      'OpenSMTPD',
      `from audit.example.com (unknown [192.0.2.7]) by mail.corp.test (OpenSMTPD) with ESMTPS id 6 (TLSv1.3:AEAD-AES256-GCM-SHA384:256:NO); ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      true,
    ],
    [
      'Haraka',
      `from audit.example.com (unknown [192.0.2.7]) by mail.corp.test (Haraka/3.0.3) with ESMTP id 7 envelope-from <a@b>; ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'mail.corp.test',
      false,
    ],
    [
      'Exchange',
      `from audit.example.com (192.0.2.7) by EX01.corp.test (10.0.0.5) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.1.2; ${DATE}`,
      'audit.example.com',
      '192.0.2.7',
      'EX01.corp.test',
      true,
    ],
    ['qmail, local', `(qmail 123 invoked from network); 4 Mar 2026 05:06:08 -0000`, null, null, null, false],
    ['nothing that is known', 'gobbledygook', null, null, null, false],
  ])('of %s', (_, value, helo, address, by, tls) => {
    expect(receivedChain([value])[0]).toMatchObject({ helo, address, by, tls });
  });
});

describe('the address that the server wrote down', () => {
  const hop = (helo: string, address: string, by: string) =>
    `from ${helo} (unknown [${address}]) by ${by} with ESMTP; ${DATE}`;
  const chain = receivedChain([
    hop('mail.corp.test', '192.0.2.25', 'mx.example.net'),
    hop('audit.example.com', '172.17.0.1', 'mail.corp.test'),
    hop('hop1.example', '192.0.2.200', 'hop2.example'),
  ]);

  it('is that of the hop from the name that we greeted with', () => {
    expect(clientAddress(chain, 'AUDIT.example.com')).toBe('172.17.0.1');
  });
  it('is that of the oldest hop, where no hop has the name', () => {
    expect(clientAddress(chain, null)).toBe('192.0.2.200');
  });
  it('is not known without a trace', () => {
    expect(clientAddress([], 'audit.example.com')).toBeNull();
  });
});
