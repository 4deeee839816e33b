"""What the servers are measured with: tables, policies, requests, sessions."""

import os
import random

NETWORKS = 100000
DOMAINS = 1000000
REQUESTS = 1000
SESSIONS = 200
MESSAGES = 10  # of a session
PATTERNS = 10

# What Postfix 3.7 sends at RCPT, about 900 bytes of it.
REQUEST = """request=smtpd_access_policy
protocol_state=RCPT
protocol_name=ESMTP
client_address={client}
client_name=mail-out.customer.example
client_port=46394
reverse_client_name=mail-out.customer.example
server_address=192.0.2.25
server_port=25
helo_name=mail-out.customer.example
sender={sender}
recipient={recipient}
recipient_count=0
queue_id=
instance=5b3f.6b003544.1fa8c.0
size=48231
etrn_domain=
stress=
sasl_method=
sasl_username=
sasl_sender=
ccert_subject=mail-out.customer.example
ccert_issuer=Example Trust Network RSA Server Authority 3
ccert_fingerprint=8E:23:C1:44:6F:10:9A:D7:55:0B:E2:71:3C:98:AF:06:5D:72:11:EE
ccert_pubkey_fingerprint=1F:A7:90:3B:C2:5E:68:D4:07:BB:F9:12:46:8D:EC:30:A5:79:\
54:C8
encryption_protocol=TLSv1.3
encryption_cipher=TLS_AES_256_GCM_SHA384
encryption_keysize=256
policy_context=relay

"""

POLICY = """mode = "enforce";
networks = {{ customers = [ {networks} ]; }};
never_trust = [ ];
destinations = [ {destinations} ];
relay = ( {{ name = "customers"; from = "customers"; }} );
log = {{ level = "info"; format = "text"; target = "stderr"; }};
{user}
listen = {{ policy = "unix:{socket}"; milter = "unix:{socket}"; }};
"""


def network(draw):
    """A network and an address in it."""
    if draw.random() < 0.3:
        block = '2001:db8:%x:%x::' % (draw.randrange(1, 0xffff),
                                      draw.randrange(1, 0xffff))
        return block + '/64', block + '%x' % draw.randrange(1, 0xffff)
    bits = draw.choice((20, 22, 24, 24, 24, 28, 32))
    # Not 198.18.0.0/15: those are the strangers.
    address = draw.randrange(1 << 24, 198 << 24) >> (32 - bits) << (32 - bits)
    inside = address + (draw.randrange(1 << (32 - bits)) if bits < 32 else 0)
    return '%s/%d' % (dotted(address), bits), dotted(inside)


def dotted(number):
    return '.'.join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def domain(draw, number):
    """A value of a list, and a domain that it matches."""
    name = '%s%d.%s' % (draw.choice(('mail', 'shop', 'acme', 'web-site')),
                        number, draw.choice(('com', 'example', 'co.uk', 'de')))
    if draw.random() < 0.01:
        return '.' + name, 'a.b.' + name
    return name, name


def write(path, text):
    with open(path, 'w') as out:
        out.write(text)


def requests(draw, granted, ours):
    """40 % granted clients, 40 % our destinations, 20 % to be refused."""
    for number in range(REQUESTS):
        kind = number % 5
        client = '203.0.113.%d' % draw.randrange(1, 255)
        recipient = 'user%d@elsewhere.example.net' % number
        if kind < 2:
            client = draw.choice(granted)
        elif kind < 4:
            recipient = 'user%d@%s' % (number, draw.choice(ours))
        else:
            client = '198.18.100.100'  # counted up by load_policy
            recipient = 'refused' + recipient
        yield REQUEST.format(client=client, recipient=recipient,
                             sender='sender%d@customer.example' % number)


def message(draw, number, ours):
    """MAIL, five RCPT of which the last is refused, and ABORT."""
    yield 'D', 'M', '{mail_mailer}', 'smtp', '{mail_addr}', 'a@customer.example'
    yield 'M', '<sender%d@customer.example>' % number, 'SIZE=48231'
    for turn in range(5):
        name = draw.choice(ours) if turn < 4 else 'elsewhere.example.net'
        address = 'user%d@%s' % (number, name)
        yield ('D', 'R', 'i', '4XyZab1234z5678', '{rcpt_mailer}', 'smtp',
               '{rcpt_host}', name, '{rcpt_addr}', address)
        if turn < 4:
            yield 'R', '<%s>' % address
        else:
            yield 'R', '<%s>' % address, 'refused'
    yield 'A',


def session(draw, number, ours, messages):
    client = '203.0.113.%d' % (number % 250 + 1)
    name = 'mail-out.stranger.example'
    yield ('D', 'C', 'v', 'Postfix 3.7.11', '{client_addr}', client,
           '{client_name}', name, '{client_ptr}', name, '{daemon_port}', '25')
    yield 'C', name, client
    yield 'D', 'H', '{tls_version}', 'TLSv1.3'
    yield 'H', name
    for turn in range(messages):
        yield from message(draw, number * messages + turn, ours)
    yield 'Q',


def quoted(values):
    return ', '.join('"%s"' % value.replace('\\', '\\\\') for value in values)


class Data:
    """All files, in one directory."""

    def __init__(self, directory):
        self.directory = directory
        self.draw = random.Random(20)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write_tables(self):
        networks = [network(self.draw) for _ in range(NETWORKS)]
        domains = [domain(self.draw, number) for number in range(DOMAINS)]
        write(self.path('networks'),
              ''.join('%s OK\n' % block for block, _ in networks))
        write(self.path('domains'),
              ''.join('%s\n' % value for value, _ in domains))
        granted = [inside for _, inside in networks]
        ours = [name for _, name in domains]
        self.write_requests('big', granted, ours)
        self.write_sessions('long', ours, 2 * MESSAGES)
        self.few_networks = networks[:8]
        self.few_domains = domains[:10]
        self.write_requests('small', granted[:8], ours[:10])
        self.write_requests('pattern', granted[:1], ['mx.bench.example'])

    def write_requests(self, name, granted, ours):
        write(self.path(name + '.requests'),
              ''.join(requests(self.draw, granted, ours)))
        self.write_sessions(name, ours, MESSAGES)

    def write_sessions(self, name, ours, messages):
        write(self.path(name + '.sessions'), ''.join(
            '\t'.join(words) + '\n' for number in range(SESSIONS)
            for words in session(self.draw, number, ours, messages)))

    def write_policy(self, name, networks, destinations):
        user = 'user = "nobody";' if os.geteuid() == 0 else ''
        write(self.path(name + '.conf'), POLICY.format(
            networks=networks, destinations=destinations, user=user,
            socket=self.path(name + '.socket')))

    def write_policies(self):
        few = quoted(block for block, _ in self.few_networks)
        self.write_policy('big', '"cidr:networks"', '"file:domains"')
        self.write_policy('milter', '"cidr:networks"', '"file:domains"')
        self.write_policy('small', few,
                          quoted(value for value, _ in self.few_domains))
        patterns = [r'/^[^@]+@(?:[a-z0-9-]+\.)*(?:%s\.(?:com|org|net))$/' % name
                    for name in ('alpha', 'bravo', 'charlie', 'delta', 'echo',
                                 'foxtrot', 'golf', 'hotel', 'india')]
        patterns.append(r'/^[^@]+@(?:[a-z0-9-]+\.)*bench\.example$/')
        assert len(patterns) == PATTERNS
        self.write_policy('plain', few, '".bench.example"')
        self.write_policy('pattern', few, quoted(patterns))
        self.write_policy('interpreted', few, quoted(patterns))

    def write_all(self):
        self.write_tables()
        self.write_policies()
